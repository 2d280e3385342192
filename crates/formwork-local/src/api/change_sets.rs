//! Change sets: made, described, executed, deleted.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::{
    Deployment, Request, nested_sets, page, parameter_list, repeated, rollback, tags, target, templates, token,
};
use crate::machine::allowed::{self, Ask};
use crate::machine::{Start, begin};
use crate::model::{ChangeSet, Content, Event, EventKind, OnFailure, OperationKind, Stack, Status};
use crate::omissions;
use crate::preview::{preview, without_values};
use crate::protocol::ApiError;
use crate::validation;
use crate::world::World;
use crate::{stacks, time};

/// What `CreateChangeSet` takes. What comes with the deployers that use it (imports, drift-aware change sets) is missing here
/// and therefore refused.
pub(super) const FIELDS: &[&str] = &[
    "StackName",
    "TemplateBody",
    "TemplateURL",
    "UsePreviousTemplate",
    "Parameters",
    "Capabilities",
    "ResourceTypes",
    "RoleARN",
    "RollbackConfiguration",
    "NotificationARNs",
    "Tags",
    "ChangeSetName",
    "ClientToken",
    "Description",
    "ChangeSetType",
    "IncludeNestedStacks",
    "OnStackFailure",
    "DeploymentConfig",
    "DisableValidation",
    "ImportExistingResources",
];

const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

/// The stack and the id of the change set that a request names.
pub(super) fn find<'w>(world: &'w World, request: &Request<'_>) -> Result<(&'w Stack, String), ApiError> {
    let name = request.form.require("ChangeSetName")?;
    if name.starts_with("arn:") {
        let found = world.stack_of_change_set(request.region, name);
        let stack = found.ok_or_else(|| ApiError::no_change_set(name))?;
        return Ok((stack, name.to_owned()));
    }
    if request.form.get("StackName").is_none_or(str::is_empty) {
        return Err(ApiError::validation("StackName must be specified if ChangeSetName is not specified as an ARN."));
    }
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    let found =
        stack.change_sets.values().find(|change_set| change_set.name == name).map(|change_set| change_set.id.clone());
    Ok((stack, found.ok_or_else(|| ApiError::no_change_set(name))?))
}

pub(super) fn create(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let name = form.require("ChangeSetName")?.to_owned();
    let stack_name = form.require("StackName")?.to_owned();
    if !stacks::is_name(&name) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
    let kind = form.word("ChangeSetType", &["CREATE", "UPDATE", "IMPORT"])?.unwrap_or("UPDATE");
    let on_failure = form.word("OnStackFailure", &["DELETE", "DO_NOTHING", "ROLLBACK"])?;
    let unsupported = |field: &str| ApiError::validation(format!("the embedded engine does not support {field}"));
    if kind == "IMPORT" {
        return Err(unsupported("change sets of type IMPORT"));
    }
    if form.flag("ImportExistingResources")? == Some(true) {
        return Err(unsupported("ImportExistingResources"));
    }
    let deployment = Deployment::of(form)?;
    let existing = world.find(request.region, &stack_name);
    let exists = existing.is_some_and(|stack| stack.status != Status::ReviewInProgress);
    match (kind, existing) {
        ("CREATE", Some(stack)) if exists => {
            return Err(ApiError::validation(format!(
                "Stack [{}] already exists and cannot be created again with the changeSet [{name}].",
                stack.name
            )));
        }
        ("UPDATE", None) => return Err(ApiError::no_stack_to_change(&stack_name)),
        ("UPDATE", Some(stack)) => allowed::check(stack, Ask::Update)?,
        ("CREATE", None) if !stacks::is_name(&stack_name) => return Err(super::operations::bad_name(&stack_name)),
        _ => {}
    }
    let client_token = form.get("ClientToken").filter(|token| !token.is_empty()).map(str::to_owned);
    let before = existing.and_then(|stack| {
        let is_same = |set: &&ChangeSet| set.name == name && set.token.is_some() && set.token == client_token;
        Some((stack, stack.change_sets.values().find(is_same)?))
    });
    if let Some((stack, before)) = before {
        // The same request once more: its answer was lost.
        return Ok(json!({ "Id": before.id, "StackId": stack.id }));
    }
    if existing.is_some_and(|stack| {
        stack.change_sets.values().any(|change_set| change_set.name == name && change_set.execution == "AVAILABLE")
    }) {
        return Err(ApiError::new(
            "AlreadyExistsException",
            400,
            format!(
                "ChangeSet {name} cannot be created due to a mismatch with existing attributes or because it already exists"
            ),
        ));
    }
    if let Some(stack) = existing {
        deployment.check(stack)?;
    }
    let (text, document) = templates::of_request(world, request, existing)?;
    let target = target(world, request, text, &document, existing)?;
    let stack_id = match existing.map(|stack| stack.id.clone()) {
        Some(id) => id,
        None => {
            let id = stacks::new_stack(world, &request.place(), &stack_name);
            crate::machine::stack_event(world, &id, Status::ReviewInProgress, Some("User Initiated"));
            id
        }
    };
    let uuid = world.ids.uuid();
    let place = request.place();
    let id =
        format!("arn:{}:cloudformation:{}:{}:changeSet/{name}/{uuid}", place.partition(), place.region, place.account);
    let mut beyond = false;
    let (status, reason, execution, changes, findings) = {
        let Some(stack) = world.stacks.get(&stack_id) else { return Err(ApiError::no_stack(&stack_name)) };
        match preview(world, stack, &document, &target) {
            Err(reason) => ("FAILED", Some(reason), "UNAVAILABLE", Vec::new(), Vec::new()),
            Ok(preview) if !preview.anything => {
                ("FAILED", Some(NO_CHANGES.to_owned()), "UNAVAILABLE", Vec::new(), Vec::new())
            }
            Ok(preview) => {
                let skipped = form.flag("DisableValidation")? == Some(true);
                let findings =
                    if skipped { Vec::new() } else { validation::findings(world, &place, &preview, Some(&id)) };
                beyond = preview.beyond_resources;
                if findings.is_empty() {
                    ("CREATE_COMPLETE", None, "AVAILABLE", preview.changes, findings)
                } else {
                    ("FAILED", Some(validation::reason(&findings)), "UNAVAILABLE", Vec::new(), findings)
                }
            }
        }
    };
    let operation = world.ids.uuid();
    for finding in findings {
        let event_id = world.ids.uuid();
        if let Some(stack) = world.stack_mut(&stack_id) {
            stack.events.push(Event {
                id: event_id,
                time: time::now(),
                operation: Some(operation.clone()),
                token: None,
                kind: EventKind::Validation,
                logical_id: finding.logical_id,
                physical_id: String::new(),
                type_name: finding.type_name,
                status: None,
                reason: None,
                properties: None,
                validation: Some(finding.validation),
                detailed_status: None,
            });
        }
    }
    let mut change_set = ChangeSet {
        id: id.clone(),
        name,
        description: form.get("Description").map(str::to_owned),
        token: client_token,
        kind: kind.to_owned(),
        created: time::now(),
        status: status.to_owned(),
        reason,
        execution: execution.to_owned(),
        // Resources are those at the time of execution.
        target: Content { resources: IndexMap::new(), outputs: Vec::new(), ..target },
        changes,
        on_stack_failure: on_failure.map(str::to_owned),
        parent: None,
        root: None,
        nested: form.flag("IncludeNestedStacks")? == Some(true),
        express: deployment.express,
        disable_rollback: deployment.disable_rollback,
    };
    if change_set.nested && change_set.execution == "AVAILABLE" {
        let mut changes = std::mem::take(&mut change_set.changes);
        nested_sets::make(world, &change_set, &id, request.region, &mut changes);
        change_set.changes = changes;
        if change_set.changes.is_empty() && !beyond {
            "FAILED".clone_into(&mut change_set.status);
            "UNAVAILABLE".clone_into(&mut change_set.execution);
            change_set.reason = Some(NO_CHANGES.to_owned());
        }
    }
    world.add_change_set(&stack_id, change_set);
    Ok(json!({ "Id": id, "StackId": stack_id }))
}

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let with_values = request.form.flag("IncludePropertyValues")? == Some(true);
    let (stack, id) = find(world, request)?;
    let change_set = &stack.change_sets[&id];
    let changes = change_set.changes.to_vec();
    let changes = omissions::left(changes, &world.faults.omissions, with_values);
    let changes = if with_values { changes } else { changes.iter().map(without_values).collect() };
    let (changes, next) = page(changes, request.form, 200)?;
    let content = &change_set.target;
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "Parameters": parameter_list(content),
        "CreationTime": time::text(change_set.created),
        "ExecutionStatus": change_set.execution,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "NotificationARNs": content.notification_arns,
        "RollbackConfiguration": rollback(content),
        "Capabilities": content.capabilities,
        "Tags": tags(content),
        "Changes": changes,
        "NextToken": next,
        "IncludeNestedStacks": change_set.nested,
        "ParentChangeSetId": change_set.parent,
        "RootChangeSetId": change_set.root,
        "OnStackFailure": change_set.on_stack_failure,
        "ImportExistingResources": false,
        "DeploymentConfig": change_set.express.then(|| json!({ "Mode": "EXPRESS" })),
    }))
}

pub(super) fn list(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    let summaries = stack
        .change_sets
        .values()
        .map(|change_set| {
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": change_set.id,
                "ChangeSetName": change_set.name,
                "ExecutionStatus": change_set.execution,
                "Status": change_set.status,
                "StatusReason": change_set.reason,
                "CreationTime": time::text(change_set.created),
                "Description": change_set.description,
                "IncludeNestedStacks": change_set.nested,
                "ParentChangeSetId": change_set.parent,
                "RootChangeSetId": change_set.root,
            })
        })
        .collect();
    let (summaries, next) = page(summaries, request.form, 100)?;
    Ok(json!({ "Summaries": summaries, "NextToken": next }))
}

pub(super) fn delete(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let found = find(world, request).map(|(stack, id)| (stack.id.clone(), id));
    let (stack_id, id) = match found {
        Ok(found) => found,
        // What is not there need not be deleted.
        Err(error) if error.code == "ChangeSetNotFound" => return Ok(json!({})),
        Err(error) => return Err(error),
    };
    if let Some(stack) = world.stack_mut(&stack_id) {
        if stack.change_sets.get(&id).is_some_and(|change_set| change_set.execution == "EXECUTE_IN_PROGRESS") {
            return Err(ApiError::new(
                "InvalidChangeSetStatus",
                400,
                format!("ChangeSet [{id}] is being executed and cannot be deleted"),
            ));
        }
        stack.change_sets.shift_remove(&id);
    }
    for (stack_id, nested) in nested_sets::below(world, &id) {
        if let Some(stack) = world.stack_mut(&stack_id) {
            stack.change_sets.shift_remove(&nested);
        }
    }
    Ok(json!({}))
}

pub(super) fn execute(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let (stack, id) = find(world, request)?;
    let change_set = stack.change_sets[&id].clone();
    for kind in [OperationKind::Create, OperationKind::Update] {
        if matches!(repeated(stack, request.form, kind), Ok(Some(_))) {
            return Ok(json!({}));
        }
    }
    if change_set.execution != "AVAILABLE" {
        return Err(ApiError::new(
            "InvalidChangeSetStatus",
            400,
            match change_set.status.as_str() {
                "CREATE_COMPLETE" => format!(
                    "ChangeSet [{id}] cannot be executed in its current execution status of [{}]",
                    change_set.execution
                ),
                status => format!("ChangeSet [{id}] cannot be executed in its current status of [{status}]"),
            },
        ));
    }
    if change_set.parent.is_some() {
        return Err(ApiError::new(
            "InvalidChangeSetStatus",
            400,
            format!("ChangeSet [{id}] belongs to a nested stack and can only be executed with that of its root"),
        ));
    }
    let creation = stack.status == Status::ReviewInProgress;
    allowed::check(stack, if creation { Ask::Create } else { Ask::Update })?;
    let deployment = Deployment {
        express: change_set.express,
        disable_rollback: request.form.flag("DisableRollback")?.or(change_set.disable_rollback),
    };
    let on_failure = deployment.on_failure(change_set.on_stack_failure.as_deref(), creation);
    let stack_id = stack.id.clone();
    let target = Content {
        resources: stack.content.resources.clone(),
        outputs: stack.content.outputs.clone(),
        ..change_set.target
    };
    if let Some(stack) = world.stack_mut(&stack_id) {
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
        if let Some(own) = stack.change_sets.get_mut(&id) {
            "EXECUTE_IN_PROGRESS".clone_into(&mut own.execution);
        }
    }
    for (stack_id, nested) in nested_sets::below(world, &id) {
        let sets = world.stack_mut(&stack_id).map(|stack| &mut stack.change_sets);
        if let Some(nested) = sets.and_then(|sets| sets.get_mut(&nested)) {
            "EXECUTE_IN_PROGRESS".clone_into(&mut nested.execution);
        }
    }
    let kind = if creation { OperationKind::Create } else { OperationKind::Update };
    let start = Start {
        token: token(request.form),
        change_set: Some(id),
        on_failure,
        express: change_set.express,
        retain_except_on_create: request.form.flag("RetainExceptOnCreate")? == Some(true),
        ..Start::new(kind, target)
    };
    begin::begin(world, &stack_id, start);
    Ok(json!({}))
}
