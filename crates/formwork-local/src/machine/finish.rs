//! The end of a phase: outputs, cleanup, the rollback, the end of the operation.

use super::events::stack_event;
use super::steps::{cleanup, set_steps, wanted};
use super::under_way::{MAX_OPERATIONS, operation, operation_mut};
use super::{nested, remove, restore};
use crate::evaluate::{References, text_of};
use crate::model::{
    ChangeSet, Content, Doing, ExecutionStatus, OnFailure, Operation, OperationKind, OperationSummary, OutputValue,
    Phase, Step, StepState,
};
use crate::secrets::Secrets;
use crate::world::World;
use formwork_model::status::{ResourceStatus, StackStatus};

pub(super) fn phase_is_done(world: &mut World, id: &str) {
    let Some(operation) = operation(world, id) else { return };
    let failed: Vec<String> = failed(operation, |_| true);
    match operation.phase {
        Phase::Forward if operation.failed => {
            let reason = operation.stopped.clone().unwrap_or_else(|| forward_reason(operation));
            forward_failed(world, id, &reason);
        }
        Phase::Forward => forward_is_done(world, id),
        // Its parent goes on with it.
        Phase::Held => {}
        Phase::Cleanup => {
            drop_unwanted(world, id);
            // Source: cloudformation-coverage-roadmap issue 744: what could not be deleted is left alone, and the update holds.
            let reason =
                (!failed.is_empty()).then_some("Update successful. One or more resources could not be deleted.");
            end(world, id, StackStatus::UpdateComplete, reason);
        }
        Phase::Back if failed.is_empty() => {
            stack_event(world, id, StackStatus::UpdateRollbackCompleteCleanupInProgress, None);
            let steps = restore::cleanup(world, id);
            set_steps(world, id, Phase::BackCleanup, steps);
        }
        Phase::Back => {
            let before = operation.before.clone();
            if let Some(stack) = world.stack_mut(id) {
                stack.last_whole = Some(before);
            }
            end(world, id, StackStatus::UpdateRollbackFailed, Some(&list("update", &failed)));
        }
        Phase::BackCleanup => back_is_done(world, id, &failed),
        Phase::Delete if failed.is_empty() || operation.force => deletion_is_done(world, id),
        Phase::Delete => end(world, id, StackStatus::DeleteFailed, Some(&list("delete", &failed))),
    }
}

fn failed(operation: &Operation, is_meant: impl Fn(&Step) -> bool) -> Vec<String> {
    let is_failed = |step: &&Step| matches!(step.state, StepState::Failed | StepState::Cancelled);
    operation.steps.iter().filter(is_failed).filter(|step| is_meant(step)).map(|step| step.logical_id.clone()).collect()
}

fn list(what: &str, failed: &[String]) -> String {
    format!("The following resource(s) failed to {what}: [{}]. ", failed.join(", "))
}

/// The failures before the rollback, cancelled resources included, new ones before those that were there.
fn forward_reason(operation: &Operation) -> String {
    let is_new = |step: &Step| operation.before.resources.get(&step.logical_id).is_none_or(|before| !before.is_there());
    let created = failed(operation, is_new);
    let updated = failed(operation, |step| !is_new(step));
    let mut reason = String::new();
    if !created.is_empty() {
        reason.push_str(&list("create", &created));
    }
    if !updated.is_empty() {
        reason.push_str(&list("update", &updated));
    }
    reason
}

fn deletion_is_done(world: &mut World, id: &str) {
    if let Some(stack) = world.stack_mut(id) {
        stack.content.outputs.clear();
        stack.content.imports.clear();
        stack.last_whole = None;
        stack.undo = None;
        stack.leftovers.clear();
        let resources = stack.content.resources.values_mut();
        for resource in resources.filter(|resource| resource.status == ResourceStatus::DeleteFailed) {
            resource.status = ResourceStatus::DeleteSkipped;
        }
    }
    world.exports_changed(id);
    world.release_name(id);
    end(world, id, StackStatus::DeleteComplete, None);
}

/// A stack in which nothing ever was is deleted.
pub(crate) fn deleted_at_once(world: &mut World, id: &str) {
    stack_event(world, id, StackStatus::DeleteComplete, Some("User Initiated"));
    let now = world.now();
    let Some(stack) = world.stack_mut(id) else { return };
    stack.deleted = Some(now);
    let had_nested = stack.change_sets.values().any(|change_set| change_set.nested);
    world.release_name(id);
    if had_nested {
        nested::drop_orphans(world, id);
    }
}

/// A deletion that may not be: the stack is what it was, with the reason.
///
/// Source: aws-cdk issue 604, USSBA/aws-cft-tools issue 27.
pub(super) fn deletion_refused(world: &mut World, id: &str, reason: &str) {
    let Some(previous) = operation(world, id).map(|operation| operation.previous) else { return };
    if let Some(stack) = world.stack_mut(id) {
        stack.deleted = None;
    }
    end(world, id, previous, Some(reason));
}

fn back_is_done(world: &mut World, id: &str, failed: &[String]) {
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(before) = stack.operation.as_ref().map(|operation| operation.before.clone()) else { return };
    let is_creation = stack.status == StackStatus::RollbackInProgress;
    if is_creation {
        let stuck = list("delete", failed);
        return match failed.is_empty() {
            true => end(world, id, StackStatus::RollbackComplete, None),
            false => end(world, id, StackStatus::RollbackFailed, Some(&stuck)),
        };
    }
    stack.content = restore::contents(stack, &before);
    // What the failed update had made and could not be deleted is nobody's.
    let stuck = std::mem::take(&mut stack.leftovers);
    stack.left_behind.extend(stuck);
    let made = stack.operation.iter().flat_map(|operation| &operation.steps).filter_map(|step| match &step.action {
        crate::model::Action::Delete(resource) if step.state == StepState::Failed => Some((**resource).clone()),
        _ => None,
    });
    let made: Vec<_> = made.filter(|made| !stack.left_behind.iter().any(|other| other.birth == made.birth)).collect();
    stack.left_behind.extend(made);
    end(world, id, StackStatus::UpdateRollbackComplete, None);
}

/// Resources that the template no longer has are no longer listed.
fn drop_unwanted(world: &mut World, id: &str) {
    if let Some(stack) = world.stack_mut(id) {
        let is_gone = |status| {
            matches!(
                status,
                ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped | ResourceStatus::DeleteFailed
            )
        };
        stack.content.resources.retain(|_, resource| !is_gone(resource.status));
    }
}

fn forward_is_done(world: &mut World, id: &str) {
    let outputs = match outputs(world, id) {
        Err(reason) => return forward_failed(world, id, &reason),
        Ok(outputs) => outputs,
    };
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(operation) = &stack.operation else { return };
    let kind = operation.kind;
    let resources = std::mem::take(&mut stack.content.resources);
    stack.content = Content { resources, outputs, ..operation.target.clone() };
    world.exports_changed(id);
    if kind == OperationKind::Create {
        return end(world, id, StackStatus::CreateComplete, None);
    }
    stack_event(world, id, StackStatus::UpdateCompleteCleanupInProgress, None);
    if nested::waits_for_parent(world, id) {
        set_steps(world, id, Phase::Held, Vec::new());
        if let Some(parent) = world.stacks.get(id).and_then(|stack| stack.parent.clone()) {
            world.wake(&parent);
        }
    } else {
        clean_up(world, id);
    }
}

/// Resources that the update does without are deleted.
pub(super) fn clean_up(world: &mut World, id: &str) {
    let steps = match wanted_now(world, id) {
        Ok(wanted) => cleanup(world, id, &wanted),
        // It was worked out before, with the same values.
        Err(_) => Vec::new(),
    };
    set_steps(world, id, Phase::Cleanup, steps);
    let for_good = world.stacks.get(id).is_some_and(|stack| stack.undo.is_none());
    nested::release(world, id, for_good);
}

fn wanted_now(world: &mut World, id: &str) -> Result<Vec<String>, String> {
    let plan = world.plan_of_operation(id).map_err(|error| error.message)?;
    let stack = world.stacks.get(id).ok_or("the stack is gone")?;
    Ok(world.evaluate(stack, &plan, References::Kept, |evaluator| wanted(&plan.document, evaluator))?.0)
}

fn outputs(world: &mut World, id: &str) -> Result<Vec<OutputValue>, String> {
    let plan = world.plan_of_operation(id).map_err(|error| error.message)?;
    let stack = world.stacks.get(id).ok_or("the stack is gone")?;
    let region = stack.place.region.as_str();
    let (outputs, imports) = world.evaluate(stack, &plan, References::Filled, |evaluator| {
        let mut outputs = Vec::new();
        for (key, output) in plan.document.outputs() {
            if let Some(condition) = output.condition
                && !evaluator.condition(condition)?
            {
                continue;
            }
            let text = |value| evaluator.value(value).map(|value| value.as_ref().and_then(text_of));
            let value = text(output.value)?.ok_or_else(|| {
                format!(
                    "Template format error: Output {key} is malformed. The Value field of every Outputs member must evaluate to a String."
                )
            })?;
            let export_name = output.export_name.map(text).transpose()?.flatten();
            let description = output.description.map(str::to_owned);
            outputs.push(OutputValue { key: key.to_owned(), value, description, export_name });
        }
        Ok(outputs)
    })?;
    let mut names = std::collections::BTreeSet::new();
    for name in outputs.iter().filter_map(|output| output.export_name.as_deref()) {
        if !names.insert(name) {
            return Err(format!("Export with name {name} is defined twice. "));
        }
        if let Some((other, _)) = world.export(region, name).filter(|(other, _)| other.id != id) {
            return Err(format!("Export with name {name} is already exported by stack {}. ", other.name));
        }
    }
    for old in &stack.content.outputs {
        let Some(name) = &old.export_name else { continue };
        let Some(users) = world.users_of_export(stack, name) else { continue };
        match outputs.iter().find(|output| output.export_name.as_ref() == Some(name)) {
            None => return Err(format!("Export {name} cannot be deleted as it is in use by {users}")),
            Some(new) if new.value != old.value => {
                return Err(format!("Export {name} cannot be updated as it is in use by {users}"));
            }
            Some(_) => {}
        }
    }
    if let Some(operation) = operation_mut(world, id) {
        operation.target.imports.extend(imports);
    }
    Ok(outputs)
}

/// The reason, and the action that was asked for in that case.
fn asked(reason: &str, what: &str) -> String {
    format!("{}. {what} requested by user.", reason.trim_end().trim_end_matches('.'))
}

/// The operation failed: it is rolled back, deleted, or left as it stands, as was asked for.
pub(super) fn forward_failed(world: &mut World, id: &str, reason: &str) {
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(operation) = stack.operation.as_mut() else { return };
    operation.deadline = None;
    // A stack that never was whole has nothing to go back to.
    let creates =
        operation.kind == OperationKind::Create || (!operation.previous.is_stable() && stack.last_whole.is_none());
    match (creates, operation.on_failure) {
        (true, OnFailure::Rollback) => {
            roll_back(world, id);
            stack_event(world, id, StackStatus::RollbackInProgress, Some(&asked(reason, "Rollback")));
            let steps = restore::cleanup(world, id);
            set_steps(world, id, Phase::BackCleanup, steps);
        }
        (_, OnFailure::Delete) => {
            stack_event(world, id, StackStatus::DeleteInProgress, Some(&asked(reason, "Delete")));
            let steps = remove::steps(world, id);
            set_steps(world, id, Phase::Delete, steps);
        }
        (false, OnFailure::Rollback) => go_back(world, id, Some(reason)),
        (_, OnFailure::DoNothing) => {
            let (kind, target, before) = (operation.kind, operation.target.clone(), operation.before.clone());
            if kind == OperationKind::Update {
                restore::failed_ones(world, id);
                nested::release(world, id, false);
            }
            let Some(stack) = world.stack_mut(id) else { return };
            if !creates {
                stack.last_whole = Some(before);
            }
            let resources = std::mem::take(&mut stack.content.resources);
            let outputs = std::mem::take(&mut stack.content.outputs);
            let imports = &stack.content.imports | &target.imports;
            // What was replaced already stays among the leftovers: it is deleted with the next update, or comes back.
            stack.content = Content { resources, outputs, imports, ..target };
            let status = if creates { StackStatus::CreateFailed } else { StackStatus::UpdateFailed };
            end(world, id, status, Some(reason));
        }
    }
}

/// The operation that failed is over: its rollback is an operation of its own.
///
/// Source: User Guide, "View stack events by operation"; API Reference, `DescribeEvents`, "automatic rollbacks triggered by failures".
fn roll_back(world: &mut World, id: &str) {
    let (rollback, now) = (world.ids.uuid(), world.now());
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(operation) = stack.operation.as_mut() else { return };
    let failed = std::mem::replace(&mut operation.id, rollback.clone());
    let now = stack.events.last().map_or(now, |last| last.time);
    if let Some(summary) = stack.operations.iter_mut().find(|summary| summary.id == failed) {
        summary.ended = Some(now);
    }
    let kind = OperationKind::Rollback;
    stack.operations.insert(0, OperationSummary { id: rollback, token: None, kind, started: now, ended: None });
    stack.operations.truncate(MAX_OPERATIONS);
    world.drop_document(&failed);
}

/// Everything the update touched becomes what it was.
pub(super) fn go_back(world: &mut World, id: &str, reason: Option<&str>) {
    roll_back(world, id);
    stack_event(world, id, StackStatus::UpdateRollbackInProgress, reason);
    let steps = restore::steps(world, id);
    set_steps(world, id, Phase::Back, steps);
    // A parent that waits for it gives up.
    if let Some(parent) = world.stacks.get(id).and_then(|stack| stack.parent.clone()) {
        world.wake(&parent);
    }
}

/// The operation is over.
pub(super) fn end(world: &mut World, id: &str, status: StackStatus, reason: Option<&str>) {
    stack_event(world, id, status, reason);
    let now = world.now();
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(operation) = stack.operation.take() else { return };
    let ended = stack.events.last().map_or(now, |last| last.time);
    if let Some(summary) = stack.operations.iter_mut().find(|summary| summary.id == operation.id) {
        summary.ended = Some(ended);
    }
    if status.is_stable() {
        stack.last_whole = None;
        stack.drift = None;
    }
    // What was skipped is still what the failed update had made of it.
    if status.is_stable() && stack.content.resources.values().all(|resource| resource.actual.is_none()) {
        stack.left_secrets = Secrets::default();
    } else {
        stack.left_secrets.add(&operation.target.parameters);
    }
    let done = matches!(status, StackStatus::CreateComplete | StackStatus::UpdateComplete);
    if matches!(operation.kind, OperationKind::Create | OperationKind::Update) {
        stack.express = operation.express;
    }
    if operation.express
        && done
        && let Some(last) = stack.events.last_mut()
    {
        last.detailed_status = Some("CONFIGURATION_COMPLETE".to_owned());
    }
    // Its own, or the one that came with that of the root.
    let executing = |one: &&mut ChangeSet| one.execution == ExecutionStatus::ExecuteInProgress;
    for change_set in stack.change_sets.values_mut().filter(executing) {
        change_set.execution = if done { ExecutionStatus::ExecuteComplete } else { ExecutionStatus::ExecuteFailed };
        if done {
            // It is the stack's.
            change_set.target.template = None;
        }
    }
    let had_nested = stack.change_sets.values().any(|change_set| change_set.nested);
    // Source: API Reference, `ExecuteChangeSet`: it deletes all others. What a direct operation made obsolete stays to be read
    // (localstack/localstack, `test_create_while_in_review`, recorded from AWS).
    if operation.change_set.is_some() {
        stack.change_sets.retain(|_, change_set| change_set.execution != ExecutionStatus::Obsolete);
    }
    let parent = stack.parent.clone();
    if status.is_stable() {
        nested::settle(world, id);
    }
    if had_nested {
        nested::drop_orphans(world, id);
    }
    world.active.remove(id);
    world.drop_document(&operation.id);
    world.exports_changed(id);
    if let Some(parent) = parent {
        world.wake(&parent);
    }
}

/// The status of a resource that a step before a rollback creates, or updates in any way.
pub(super) fn status_of(doing: Doing, holds: bool) -> ResourceStatus {
    match (doing, holds) {
        (Doing::Create, true) => ResourceStatus::CreateComplete,
        (Doing::Create, false) => ResourceStatus::CreateFailed,
        (_, true) => ResourceStatus::UpdateComplete,
        (_, false) => ResourceStatus::UpdateFailed,
    }
}
