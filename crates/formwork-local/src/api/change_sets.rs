//! Change sets: made, described, executed, deleted.

use formwork_model::ResourceChange;
use formwork_template::names::is_stack_name;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::deployment::{Deployment, check_rollback};
use super::request::{Request, change_set as find, page, repeated, token};
use super::shown::{parameter_list, rollback, tags};
use super::target::target;
use super::{nested_sets, templates};
use crate::document::Document;
use crate::machine::allowed::{self, Ask};
use crate::machine::{self, Start, begin};
use crate::model::{
    ChangeSet, ChangeSetKind, ChangeSetStatus, Content, Event, EventKind, ExecutionStatus, OnFailure, OperationKind,
    Stack,
};
use crate::omissions;
use crate::preview::{Preview, Wanted, preview, without_values};
use crate::protocol::ApiError;
use crate::validation;
use crate::world::World;
use crate::{changes, stacks, time};
use formwork_model::status::StackStatus;

/// The fields that `CreateChangeSet` takes. What comes with the deployers that use it (imports, drift-aware change sets) is missing here
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

/// The time that the making of a change set takes, in milliseconds.
const MAKING: u64 = 2_000;

const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

pub(super) fn create(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let name = form.require("ChangeSetName")?.to_owned();
    let stack_name = form.require("StackName")?.to_owned();
    if !is_stack_name(&name) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
    let kind = match form.word("ChangeSetType", &["CREATE", "UPDATE", "IMPORT"])? {
        Some("CREATE") => ChangeSetKind::Create,
        Some("IMPORT") => return Err(unsupported("change sets of type IMPORT")),
        _ => ChangeSetKind::Update,
    };
    let on_stack_failure = form.word("OnStackFailure", &["DELETE", "DO_NOTHING", "ROLLBACK"])?;
    let deployment = Deployment::of(form)?;
    let existing = world.find(request.region, &stack_name);
    admit(existing, kind, &stack_name, &name)?;
    let client_token = form.get("ClientToken").filter(|token| !token.is_empty()).map(str::to_owned);
    if let Some(stack) = existing {
        let mut namesakes = stack.change_sets.values().filter(|one| one.name == name);
        if let Some(before) = namesakes.clone().find(|one| one.token.is_some() && one.token == client_token) {
            // The same request once more: its answer was lost.
            return Ok(json!({ "Id": before.id, "StackId": stack.id }));
        }
        if namesakes.any(|one| one.execution == ExecutionStatus::Available) {
            return Err(ApiError::new(
                "AlreadyExistsException",
                400,
                format!(
                    "ChangeSet {name} cannot be created due to a mismatch with existing attributes or because it already exists"
                ),
            ));
        }
        deployment.check(stack)?;
    }
    let (text, document) = templates::of_request(world, request, existing)?;
    let (target, document) = target(world, request, text, document, existing)?;
    let imports_existing = form.flag("ImportExistingResources")? == Some(true);
    let validates = form.flag("DisableValidation")? != Some(true);
    let nested = form.flag("IncludeNestedStacks")? == Some(true);
    let stack_id = match existing.map(|stack| stack.id.clone()) {
        Some(id) => id,
        None => {
            let id = stacks::new_stack(world, &request.place(), &stack_name);
            machine::stack_event(world, &id, StackStatus::ReviewInProgress, Some("User Initiated"));
            id
        }
    };
    let uuid = world.ids.uuid();
    let place = request.place();
    let id =
        format!("arn:{}:cloudformation:{}:{}:changeSet/{name}/{uuid}", place.partition(), place.region, place.account);
    let checks = Checks { validates, imports_existing };
    let found = examine(world, &stack_id, &id, &document, &target, checks)?;
    tell(world, &stack_id, found.invalid);
    let now = world.now();
    let mut change_set = ChangeSet {
        id: id.clone(),
        name,
        description: form.get("Description").map(str::to_owned),
        token: client_token,
        kind,
        created: now,
        ready: now + world.scaled(MAKING),
        status: ChangeSetStatus::CreateComplete,
        reason: None,
        execution: ExecutionStatus::Available,
        // Resources are those at the time of execution.
        target: Content { resources: IndexMap::new(), outputs: Vec::new(), ..target },
        changes: found.changes,
        on_stack_failure: on_stack_failure.map(str::to_owned),
        parent: None,
        root: None,
        nested,
        express: deployment.express,
        disable_rollback: deployment.disable_rollback,
        imports_existing,
    };
    let mut reason = found.reason;
    if change_set.nested && reason.is_none() {
        let mut changes = std::mem::take(&mut change_set.changes);
        let parent = nested_sets::Parent { stack: &stack_id, change_set: &id };
        nested_sets::make(world, &change_set, parent, &mut changes, &found.wanted);
        change_set.changes = changes;
        if change_set.changes.is_empty() && !found.beyond_resources {
            reason = Some(NO_CHANGES.to_owned());
        }
    }
    if reason.is_some() {
        change_set.status = ChangeSetStatus::Failed;
        change_set.execution = ExecutionStatus::Unavailable;
        change_set.reason = reason;
    }
    world.add_change_set(&stack_id, change_set);
    Ok(json!({ "Id": id, "StackId": stack_id }))
}

fn unsupported(what: &str) -> ApiError {
    ApiError::validation(format!("the embedded engine does not support {what}"))
}

/// Refuses such a change set if the stack, where there is one, cannot have it.
fn admit(existing: Option<&Stack>, kind: ChangeSetKind, stack_name: &str, name: &str) -> Result<(), ApiError> {
    match (kind, existing) {
        (ChangeSetKind::Create, Some(stack)) if stack.status != StackStatus::ReviewInProgress => {
            Err(ApiError::validation(format!(
                "Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
            )))
        }
        (ChangeSetKind::Update, None) => Err(ApiError::no_stack_to_change(stack_name)),
        (ChangeSetKind::Update, Some(stack)) => allowed::check(stack, Ask::Update),
        // A stack that is to be made has no ARN yet.
        (ChangeSetKind::Create, None) if !is_stack_name(stack_name) => Err(ApiError::no_stack_to_change(stack_name)),
        _ => Ok(()),
    }
}

/// The findings about the changes.
#[derive(Default)]
struct Examined {
    changes: Vec<ResourceChange>,
    wanted: Vec<Wanted>,
    beyond_resources: bool,
    invalid: Vec<validation::Invalid>,
    /// The reason for which the change set fails.
    reason: Option<String>,
}

/// The demands on a change set besides its changes.
#[derive(Clone, Copy)]
struct Checks {
    validates: bool,
    imports_existing: bool,
}

fn examine(
    world: &World,
    stack_id: &str,
    id: &str,
    document: &Document,
    target: &Content,
    checks: Checks,
) -> Result<Examined, ApiError> {
    let stack = world.stacks.get(stack_id).ok_or_else(|| ApiError::no_stack(stack_id))?;
    let failed = |reason: String| Examined { reason: Some(reason), ..Examined::default() };
    let preview = match preview(world, stack, document, target) {
        Err(reason) => return Ok(failed(reason)),
        Ok(preview) if !preview.anything => return Ok(failed(NO_CHANGES.to_owned())),
        Ok(preview) => preview,
    };
    if checks.imports_existing
        && let Some(taken) = validation::taken(world, &stack.place, &preview).next()
    {
        let reason = format!("the embedded engine does not import what exists already: {taken}");
        return Ok(failed(reason));
    }
    let invalid =
        if checks.validates { validation::findings(world, &stack.place, &preview, Some(id)) } else { Vec::new() };
    if !invalid.is_empty() {
        let reason = validation::reason(&invalid);
        return Ok(Examined { invalid, ..failed(reason) });
    }
    let Preview { changes, wanted, beyond_resources, .. } = preview;
    Ok(Examined { changes, wanted, beyond_resources, invalid, reason: None })
}

/// Tells the findings of early validation, as events of an operation of their own.
fn tell(world: &mut World, stack_id: &str, invalid: Vec<validation::Invalid>) {
    let (operation, now) = (world.ids.uuid(), world.now());
    for finding in invalid {
        let id = world.ids.uuid();
        let Some(stack) = world.stack_mut(stack_id) else { return };
        let time = machine::next_event(stack, now);
        stack.events.push(Event {
            id,
            time,
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

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let with_values = request.form.flag("IncludePropertyValues")? == Some(true);
    let (stack, id) = find(world, request)?;
    let change_set = &stack.change_sets[&id];
    let (status, execution) = change_set.told(world.now());
    let is_made = status == change_set.status;
    let changes = if is_made { change_set.changes.to_vec() } else { Vec::new() };
    let changes = omissions::left(changes, &world.faults.omissions, with_values);
    let changes = if with_values { changes } else { changes.iter().map(without_values).collect() };
    let (changes, next) = page(changes, request.form, 200, |change| change.logical_id.as_str())?;
    let changes: Vec<Json> = changes.iter().map(changes::json).collect();
    let content = &change_set.target;
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "Parameters": parameter_list(content),
        "CreationTime": time::text(change_set.created),
        "ExecutionStatus": execution.as_str(),
        "Status": status.as_str(),
        "StatusReason": change_set.reason.as_ref().filter(|_| is_made),
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
        "ImportExistingResources": change_set.imports_existing,
        "DeploymentConfig": deployment(change_set),
    }))
}

/// As it was given, if it was.
fn deployment(change_set: &ChangeSet) -> Option<Json> {
    let mode = change_set.express.then_some("EXPRESS");
    let is_given = change_set.express || change_set.disable_rollback.is_some();
    is_given.then(|| json!({ "Mode": mode, "DisableRollback": change_set.disable_rollback }))
}

pub(super) fn list(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    let summaries = stack
        .change_sets
        .values()
        .map(|change_set| {
            let (status, execution) = change_set.told(world.now());
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": change_set.id,
                "ChangeSetName": change_set.name,
                "ExecutionStatus": execution.as_str(),
                "Status": status.as_str(),
                "StatusReason": change_set.reason.as_ref().filter(|_| status == change_set.status),
                "CreationTime": time::text(change_set.created),
                "Description": change_set.description,
                "IncludeNestedStacks": change_set.nested,
                "ParentChangeSetId": change_set.parent,
                "RootChangeSetId": change_set.root,
            })
        })
        .collect();
    let (summaries, next) =
        page(summaries, request.form, 100, |item| item["ChangeSetId"].as_str().unwrap_or_default())?;
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
    let now = world.now();
    if let Some(stack) = world.stack_mut(&stack_id) {
        if stack.change_sets.get(&id).is_some_and(|change_set| change_set.parent.is_some()) {
            return Err(nested_only(&id, "deleted"));
        }
        // Source: API Reference, `DeleteChangeSet`, `InvalidChangeSetStatus`: "the change set status might be CREATE_IN_PROGRESS".
        if let Some(status) = stack.change_sets.get(&id).filter(|one| now < one.ready).map(|one| one.told(now).0) {
            return Err(ApiError::new(
                "InvalidChangeSetStatus",
                400,
                format!("ChangeSet [{id}] cannot be deleted in its current status of [{}]", status.as_str()),
            ));
        }
        if stack
            .change_sets
            .get(&id)
            .is_some_and(|change_set| change_set.execution == ExecutionStatus::ExecuteInProgress)
        {
            return Err(ApiError::new(
                "InvalidChangeSetStatus",
                400,
                format!("ChangeSet [{id}] is being executed and cannot be deleted"),
            ));
        }
        if stack.change_sets.shift_remove(&id).is_some_and(|change_set| change_set.nested) {
            machine::drop_orphans(world, &stack_id);
        }
    }
    Ok(json!({}))
}

fn nested_only(id: &str, what: &str) -> ApiError {
    ApiError::new(
        "InvalidChangeSetStatus",
        400,
        format!("ChangeSet [{id}] belongs to a nested stack and can only be {what} with that of its root"),
    )
}

pub(super) fn execute(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let (stack, id) = find(world, request)?;
    let change_set = stack.change_sets[&id].clone();
    for kind in [OperationKind::Create, OperationKind::Update] {
        if matches!(repeated(stack, request.form, kind), Ok(Some(_))) {
            return Ok(json!({}));
        }
    }
    if change_set.parent.is_some() {
        return Err(nested_only(&id, "executed"));
    }
    let (status, execution) = change_set.told(world.now());
    if execution != ExecutionStatus::Available {
        return Err(ApiError::new(
            "InvalidChangeSetStatus",
            400,
            match status {
                ChangeSetStatus::CreateComplete => format!(
                    "ChangeSet [{id}] cannot be executed in its current execution status of [{}]",
                    execution.as_str()
                ),
                other => {
                    format!("ChangeSet [{id}] cannot be executed in its current status of [{}]", other.as_str())
                }
            },
        ));
    }
    let creation = stack.status == StackStatus::ReviewInProgress;
    allowed::check(stack, if creation { Ask::Create } else { Ask::Update })?;
    let deployment = Deployment {
        express: change_set.express,
        disable_rollback: request.form.flag("DisableRollback")?.or(change_set.disable_rollback),
    };
    let retain_except_on_create = request.form.flag("RetainExceptOnCreate")? == Some(true);
    let on_failure = deployment.on_failure(change_set.on_stack_failure.as_deref(), creation);
    check_rollback(stack, on_failure)?;
    let stack_id = stack.id.clone();
    let target = Content {
        resources: stack.content.resources.clone(),
        outputs: stack.content.outputs.clone(),
        ..change_set.target
    };
    if let Some(stack) = world.stack_mut(&stack_id) {
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
        if let Some(own) = stack.change_sets.get_mut(&id) {
            own.execution = ExecutionStatus::ExecuteInProgress;
        }
    }
    for (stack_id, nested) in nested_sets::below(world, &id) {
        let sets = world.stack_mut(&stack_id).map(|stack| &mut stack.change_sets);
        if let Some(nested) = sets.and_then(|sets| sets.get_mut(&nested)) {
            nested.execution = ExecutionStatus::ExecuteInProgress;
        }
    }
    let kind = if creation { OperationKind::Create } else { OperationKind::Update };
    let start = Start {
        token: token(request.form),
        change_set: Some(id),
        on_failure,
        express: change_set.express,
        retain_except_on_create,
        ..Start::new(kind, target)
    };
    begin::begin(world, &stack_id, start);
    Ok(json!({}))
}
