//! Stacks, resources, exports and imports, described and listed.

use serde_json::{Value as Json, json};

use super::drift;
use super::request::{Request, page};
use super::shown::{parameter_list, rollback, tags};
use crate::model::{ExecutionStatus, Stack, StackResource};
use crate::protocol::ApiError;
use crate::time;
use crate::world::World;
use formwork_model::status::{ResourceStatus, StackStatus};

const PAGE: usize = 100;

pub(super) fn stacks(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stacks: Vec<Json> = match request.form.get("StackName").filter(|name| !name.is_empty()) {
        Some(_) => vec![stack(request.stack(world)?)],
        None => world.living(request.region).map(stack).collect(),
    };
    let (stacks, next) = page(stacks, request.form, PAGE, |item| item["StackId"].as_str().unwrap_or_default())?;
    Ok(json!({ "Stacks": stacks, "NextToken": next }))
}

fn stack(stack: &Stack) -> Json {
    let content = &stack.content;
    let outputs: Vec<Json> = content
        .outputs
        .iter()
        .map(|output| {
            json!({
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export_name,
            })
        })
        .collect();
    let operations: Vec<Json> = stack
        .operations
        .iter()
        .take(2)
        .map(|operation| json!({ "OperationType": operation.kind.as_str(), "OperationId": operation.id }))
        .collect();
    let is_there = stack.status != StackStatus::DeleteComplete;
    let executed = stack.change_sets.values().rev().find(|change_set| {
        use ExecutionStatus::{ExecuteComplete, ExecuteFailed, ExecuteInProgress};
        matches!(change_set.execution, ExecuteInProgress | ExecuteComplete | ExecuteFailed)
    });
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": executed.filter(|_| is_there).map(|change_set| &change_set.id),
        "Description": content.description,
        "Parameters": parameter_list(content),
        "CreationTime": time::text(stack.created),
        "DeletionTime": stack.deleted.map(time::text),
        "LastUpdatedTime": stack.updated.map(time::text),
        "RollbackConfiguration": rollback(content),
        "StackStatus": stack.status.as_str(),
        "StackStatusReason": stack.reason,
        "DetailedStatus": detailed_status(stack),
        "DisableRollback": stack.disable_rollback,
        "DeploymentConfig": stack.express.then(|| json!({ "Mode": "EXPRESS" })),
        "NotificationARNs": content.notification_arns,
        // Left out where there are none, other than in the description of a change set.
        "Capabilities": Some(&content.capabilities).filter(|all| !all.is_empty()),
        "Outputs": outputs,
        "RoleARN": content.role_arn,
        "Tags": tags(content),
        "EnableTerminationProtection": is_there.then_some(stack.termination_protection),
        "ParentId": stack.parent,
        "RootId": stack.root,
        "DriftInformation": drift::of_stack(stack),
        "LastOperations": operations,
    })
}

/// That of the stack's last event of its own.
fn detailed_status(stack: &Stack) -> Option<&str> {
    stack.events.iter().rev().find(|event| event.physical_id == stack.id)?.detailed_status.as_deref()
}

pub(super) fn stack_summaries(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let filter = request.form.list("StackStatusFilter");
    if let Some(unknown) = filter.iter().find(|name| StackStatus::read(name).is_none()) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '[{unknown}]' at 'stackStatusFilter' failed to satisfy constraint"
        )));
    }
    let mut stacks: Vec<&Stack> = world
        .stacks
        .values()
        .filter(|stack| stack.place.region == request.region)
        .filter(|stack| filter.is_empty() || filter.contains(&stack.status.as_str()))
        .collect();
    stacks.sort_by_key(|stack| std::cmp::Reverse(stack.created));
    let stacks = stacks
        .into_iter()
        .map(|stack| {
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "TemplateDescription": stack.content.description,
                "CreationTime": time::text(stack.created),
                "LastUpdatedTime": stack.updated.map(time::text),
                "DeletionTime": stack.deleted.map(time::text),
                "StackStatus": stack.status.as_str(),
                "StackStatusReason": stack.reason,
                "ParentId": stack.parent,
                "RootId": stack.root,
                "DriftInformation": drift::of_stack(stack),
            })
        })
        .collect();
    let (stacks, next) = page(stacks, request.form, PAGE, |item| item["StackId"].as_str().unwrap_or_default())?;
    Ok(json!({ "StackSummaries": stacks, "NextToken": next }))
}

fn resource_fields(stack: &Stack, resource: &StackResource) -> Json {
    json!({
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": some(&resource.physical_id),
        "ResourceType": resource.type_name,
        "Timestamp": time::text(resource.updated),
        "ResourceStatus": resource.status.as_str(),
        "ResourceStatusReason": resource.reason,
        "DriftInformation": drift::of_resource(stack, resource),
    })
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn resources(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = match (request.form.get("StackName"), request.form.get("PhysicalResourceId")) {
        (Some(_), None) => request.stack(world)?,
        (None, Some(physical_id)) => world
            .living(request.region)
            .find(|stack| stack.content.resources.values().any(|resource| resource.physical_id == physical_id))
            .ok_or_else(|| ApiError::validation(format!("Stack for {physical_id} does not exist")))?,
        _ => {
            return Err(ApiError::validation("You must specify either StackName or PhysicalResourceId, but not both."));
        }
    };
    let wanted = request.form.get("LogicalResourceId");
    // Source: API Reference, `DescribeStackResources`: it has no pages, and lists 100 resources at most.
    let resources: Vec<Json> = stack
        .content
        .resources
        .values()
        .filter(|resource| wanted.is_none_or(|wanted| wanted == resource.logical_id))
        .take(PAGE)
        .map(|resource| resource_fields(stack, resource))
        .collect();
    Ok(json!({ "StackResources": resources }))
}

pub(super) fn resource(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let no_stack = |name: &str| ApiError::validation(format!("Stack '{name}' does not exist"));
    let stack = request.stack_or(world, no_stack)?;
    let wanted = request.form.require("LogicalResourceId")?;
    // What was never made is listed, and not described. Source: localstack's recordings of AWS, `test_describe_failed_resource`.
    let is_undone = |one: &&StackResource| one.status == ResourceStatus::DeleteComplete && one.physical_id.is_empty();
    let found = stack.content.resources.get(wanted).filter(|resource| !is_undone(resource));
    let resource = found.ok_or_else(|| {
        let name = request.form.get("StackName").unwrap_or_default();
        ApiError::validation(format!("Resource {wanted} does not exist for stack {name}"))
    })?;
    let mut detail = resource_fields(stack, resource);
    if let Some(fields) = detail.as_object_mut() {
        fields.shift_remove("Timestamp");
        fields.insert("LastUpdatedTimestamp".to_owned(), json!(time::text(resource.updated)));
        fields.insert("Metadata".to_owned(), json!(resource.metadata.as_deref().unwrap_or("{}")));
    }
    Ok(json!({ "StackResourceDetail": detail }))
}

pub(super) fn resource_summaries(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    let resources = stack
        .content
        .resources
        .values()
        .map(|resource| {
            json!({
                "LogicalResourceId": resource.logical_id,
                "PhysicalResourceId": some(&resource.physical_id),
                "ResourceType": resource.type_name,
                "LastUpdatedTimestamp": time::text(resource.updated),
                "ResourceStatus": resource.status.as_str(),
                "ResourceStatusReason": resource.reason,
                "DriftInformation": drift::of_resource(stack, resource),
            })
        })
        .collect();
    let (resources, next) =
        page(resources, request.form, PAGE, |item| item["LogicalResourceId"].as_str().unwrap_or_default())?;
    Ok(json!({ "StackResourceSummaries": resources, "NextToken": next }))
}

pub(super) fn exports(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let exports = world
        .living(request.region)
        .flat_map(|stack| stack.content.outputs.iter().map(move |output| (stack, output)))
        .filter_map(|(stack, output)| {
            let name = output.export_name.as_ref()?;
            Some(json!({ "ExportingStackId": stack.id, "Name": name, "Value": output.value }))
        })
        .collect();
    let (exports, next) = page(exports, request.form, PAGE, |item| item["Name"].as_str().unwrap_or_default())?;
    Ok(json!({ "Exports": exports, "NextToken": next }))
}

pub(super) fn imports(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let name = request.form.require("ExportName")?;
    let users: Vec<Json> = world.importers(request.region, name).map(|stack| json!(stack.name)).collect();
    if users.is_empty() {
        return Err(ApiError::validation(format!("Export '{name}' is not imported by any stack.")));
    }
    let (users, next) = page(users, request.form, PAGE, |item| item.as_str().unwrap_or_default())?;
    Ok(json!({ "Imports": users, "NextToken": next }))
}
