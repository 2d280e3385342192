//! Operations on whole stacks.

use serde_json::{Value as Json, json};

use super::deployment::{Deployment, check_rollback};
use super::request::{Request, repeated, token};
use super::target::target;
use super::templates;
use crate::machine::allowed::{self, Ask};
use crate::machine::{self, Start, begin};
use crate::model::{Content, OnFailure, OperationKind, Stack};
use crate::preview::{missing_export, preview};
use crate::protocol::{ApiError, Form};
use crate::stacks;
use crate::time::Millis;
use crate::validation;
use crate::world::World;
use formwork_model::status::{ResourceStatus, StackStatus};

pub(super) const CREATE_FIELDS: &[&str] = &[
    "StackName",
    "TemplateBody",
    "TemplateURL",
    "Parameters",
    "DisableRollback",
    "RollbackConfiguration",
    "TimeoutInMinutes",
    "NotificationARNs",
    "Capabilities",
    "ResourceTypes",
    "RoleARN",
    "OnFailure",
    "Tags",
    "ClientRequestToken",
    "EnableTerminationProtection",
    "DeploymentConfig",
    "DisableValidation",
    "RetainExceptOnCreate",
];

pub(super) const UPDATE_FIELDS: &[&str] = &[
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
    "DisableRollback",
    "ClientRequestToken",
    "DeploymentConfig",
    "DisableValidation",
    "RetainExceptOnCreate",
];

pub(super) fn create(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let name = form.require("StackName")?.to_owned();
    // A stack that has change sets and nothing else is there to be created.
    let in_review = match world.find(request.region, &name) {
        None => None,
        Some(stack) => {
            if let Some(answer) = repeated(stack, form, OperationKind::Create)? {
                return Ok(answer);
            }
            if stack.status != StackStatus::ReviewInProgress {
                return Err(ApiError::new("AlreadyExistsException", 400, format!("Stack [{name}] already exists")));
            }
            Some(stack.id.clone())
        }
    };
    let deployment = Deployment::of(form)?;
    let asked = form.word("OnFailure", &["DO_NOTHING", "ROLLBACK", "DELETE"])?;
    if asked.is_some() && deployment.disable_rollback.is_some() {
        return Err(ApiError::validation("You can specify either DisableRollback or OnFailure, but not both."));
    }
    let on_failure = deployment.on_failure(asked, true);
    let (text, document) = templates::of_request(world, request, None)?;
    let (target, document) = target(world, request, text, document, None)?;
    let protected = form.flag("EnableTerminationProtection")? == Some(true);
    let is_validated = form.flag("DisableValidation")? != Some(true);
    let retain_except_on_create = form.flag("RetainExceptOnCreate")? == Some(true);
    let timeout = timeout(world, form)?;
    let id = in_review.clone().unwrap_or_else(|| stacks::new_stack(world, &request.place(), &name));
    let begins = |stack: &Stack| missing_export(world, stack, &document, &target).is_none();
    let stack = world.stacks.get(&id).filter(|stack| begins(stack));
    let refused = match stack.map(|stack| preview(world, stack, &document, &target)) {
        Some(Ok(preview)) if is_validated => {
            let findings = validation::findings(world, &request.place(), &preview, None);
            (!findings.is_empty()).then(|| validation::refusal(&findings))
        }
        Some(Err(reason)) => Some(reason),
        _ => None,
    };
    if let Some(reason) = refused {
        if in_review.is_none() {
            world.forget(&id);
        }
        return Err(ApiError::validation(reason));
    }
    if let Some(stack) = world.stack_mut(&id) {
        stack.termination_protection = protected;
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
    }
    let start = Start {
        token: token(form),
        on_failure,
        express: deployment.express,
        retain_except_on_create,
        timeout,
        ..Start::new(OperationKind::Create, target)
    };
    let operation = begin::begin(world, &id, start);
    Ok(json!({ "StackId": id, "OperationId": operation }))
}

/// `TimeoutInMinutes`, as fast as everything else goes.
fn timeout(world: &World, form: &Form) -> Result<Option<Millis>, ApiError> {
    let Some(text) = form.get("TimeoutInMinutes").filter(|text| !text.is_empty()) else { return Ok(None) };
    let minutes: u64 = text.parse().ok().filter(|minutes| *minutes > 0).ok_or_else(|| {
        ApiError::validation(format!(
            "1 validation error detected: Value '{text}' at 'timeoutInMinutes' failed to satisfy constraint: Member must have value greater than or equal to 1"
        ))
    })?;
    let millis = minutes.saturating_mul(60_000);
    Ok(Some(if world.speed.is_some() { world.scaled(millis) } else { millis }))
}

pub(super) fn update(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    if let Some(answer) = repeated(stack, form, OperationKind::Update)? {
        return Ok(answer);
    }
    allowed::check(stack, Ask::Update)?;
    let deployment = Deployment::of(form)?;
    deployment.check(stack)?;
    let on_failure = deployment.on_failure(None, false);
    check_rollback(stack, on_failure)?;
    let id = stack.id.clone();
    let (text, document) = templates::of_request(world, request, Some(stack))?;
    let (target, document) = target(world, request, text, document, Some(stack))?;
    if missing_export(world, stack, &document, &target).is_none() {
        let preview = preview(world, stack, &document, &target).map_err(ApiError::validation)?;
        if !preview.anything && stack.status.is_stable() {
            return Err(ApiError::validation("No updates are to be performed."));
        }
        if form.flag("DisableValidation")? != Some(true) {
            let findings = validation::findings(world, &request.place(), &preview, None);
            if !findings.is_empty() {
                return Err(ApiError::validation(validation::refusal(&findings)));
            }
        }
    }
    let start = Start {
        token: token(form),
        on_failure,
        express: deployment.express,
        retain_except_on_create: form.flag("RetainExceptOnCreate")? == Some(true),
        ..Start::new(OperationKind::Update, target)
    };
    let operation = begin::begin(world, &id, start);
    Ok(json!({ "StackId": id, "OperationId": operation }))
}

pub(super) fn delete(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let mode = form.word("DeletionMode", &["STANDARD", "FORCE_DELETE_STACK"])?;
    let name = form.require("StackName")?;
    // Deleting what is not there succeeds.
    let Some(stack) = world.find(request.region, name).filter(|stack| stack.status != StackStatus::DeleteComplete)
    else {
        return Ok(json!({}));
    };
    if repeated(stack, form, OperationKind::Delete)?.is_some() {
        return Ok(json!({}));
    }
    if stack.termination_protection {
        return Err(ApiError::validation(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    let retain: Vec<String> = form.list("RetainResources").into_iter().map(str::to_owned).collect();
    let force = mode == Some("FORCE_DELETE_STACK");
    allowed::check(stack, if force || !retain.is_empty() { Ask::DeletePartly } else { Ask::Delete })?;
    let is_failed =
        |id: &String| stack.content.resources.get(id).is_some_and(|one| one.status == ResourceStatus::DeleteFailed);
    if let Some(other) = retain.iter().find(|id| !is_failed(id)) {
        return Err(ApiError::validation(format!(
            "The specified resources to retain must be in a valid state. [{other}] is not in DELETE_FAILED state"
        )));
    }
    let id = stack.id.clone();
    match stack.status {
        StackStatus::DeleteInProgress => return Ok(json!({})),
        StackStatus::ReviewInProgress => {
            machine::deleted_at_once(world, &id);
            return Ok(json!({}));
        }
        _ => {}
    }
    let start = Start {
        token: token(form),
        retain,
        force,
        express: Deployment::of(form)?.express,
        ..Start::new(OperationKind::Delete, Content::default())
    };
    begin::begin(world, &id, start);
    Ok(json!({}))
}

pub(super) fn cancel_update(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    allowed::check(stack, Ask::CancelUpdate)?;
    let id = stack.id.clone();
    machine::stop(world, &id, "User Initiated");
    Ok(json!({}))
}

pub(super) fn continue_rollback(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    let id = stack.id.clone();
    if stack.parent.is_some() {
        return Err(ApiError::validation("RollbackUpdatedStack cannot be invoked on child stacks"));
    }
    if repeated(stack, form, OperationKind::ContinueRollback)?.is_some() {
        return Ok(json!({}));
    }
    allowed::check(stack, Ask::ContinueRollback)?;
    let skippable = machine::skippable(world, &id);
    let mut skip: Vec<String> = form.list("ResourcesToSkip").into_iter().map(str::to_owned).collect();
    if let Some(other) = skip.iter().find(|skipped| !skippable.contains(skipped)) {
        return Err(ApiError::validation(format!(
            "[{other}] cannot be skipped: only resources in UPDATE_FAILED state can be"
        )));
    }
    if form.flag("ForceRollback")? == Some(true) {
        skip = skippable;
    }
    let start = Start { token: token(form), ..Start::back(OperationKind::ContinueRollback, skip) };
    begin::begin(world, &id, start);
    Ok(json!({}))
}

pub(super) fn roll_back(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    let id = stack.id.clone();
    if let Some(answer) = repeated(stack, request.form, OperationKind::Rollback)? {
        return Ok(answer);
    }
    allowed::check(stack, Ask::Rollback)?;
    // Source: aws-cdk-cli issue 1739.
    if stack.express {
        return Err(ApiError::validation(
            "RollbackStack is not supported for stacks that were last updated using EXPRESS deployment mode and are in a failed state",
        ));
    }
    let start = Start {
        token: token(request.form),
        retain_except_on_create: request.form.flag("RetainExceptOnCreate")? == Some(true),
        express: Deployment::of(request.form)?.express,
        ..Start::back(OperationKind::Rollback, Vec::new())
    };
    let operation = begin::begin(world, &id, start);
    Ok(json!({ "StackId": id, "OperationId": operation }))
}

pub(super) fn termination_protection(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let id = request.stack_or(world, ApiError::no_stack_to_change)?.id.clone();
    let enabled = request.form.flag("EnableTerminationProtection")?;
    let enabled = enabled.ok_or_else(|| ApiError::validation("EnableTerminationProtection must be given"))?;
    if let Some(stack) = world.stack_mut(&id) {
        stack.termination_protection = enabled;
    }
    Ok(json!({ "StackId": id }))
}
