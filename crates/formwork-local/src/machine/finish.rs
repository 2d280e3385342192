//! What follows when a phase is done: outputs, cleanup, the way back, the end.

use super::begin::{back, back_cleanup, cleanup, deletions, set_steps, wanted};
use super::stack_event;
use crate::evaluate::{Evaluator, text_of};
use crate::model::{Content, OnFailure, OperationKind, OutputValue, Phase, Status, StepState};
use crate::parameters;
use crate::time;
use crate::world::{Deployed, Others, World, pseudo};

pub(super) fn phase_is_done(world: &mut World, id: &str) {
    let Some(operation) = world.stacks.get(id).and_then(|stack| stack.operation.as_ref()) else { return };
    let failed: Vec<String> = operation
        .steps
        .iter()
        .filter(|step| step.state == StepState::Failed)
        .map(|step| step.logical_id.clone())
        .collect();
    let (phase, kind, force) = (operation.phase, operation.kind, operation.force);
    match phase {
        Phase::Forward if failed.is_empty() => forward_is_done(world, id),
        Phase::Forward => {
            let word = if kind == OperationKind::Create { "create" } else { "update" };
            forward_failed(
                world,
                id,
                &format!("The following resource(s) failed to {word}: [{}]. ", failed.join(", ")),
            );
        }
        // What could not be deleted is left behind; the update holds all the same.
        Phase::Cleanup => {
            drop_unwanted(world, id);
            end(world, id, Status::UpdateComplete, None);
        }
        Phase::Back if failed.is_empty() => {
            stack_event(world, id, Status::UpdateRollbackCleanup, None);
            let steps = back_cleanup(world, id);
            set_steps(world, id, Phase::BackCleanup, steps);
        }
        Phase::Back => {
            let reason = format!("The following resource(s) failed to update: [{}]. ", failed.join(", "));
            end(world, id, Status::UpdateRollbackFailed, Some(&reason));
        }
        Phase::BackCleanup => back_is_done(world, id, &failed),
        Phase::Delete if failed.is_empty() || force => {
            if let Some(stack) = world.stack_mut(id) {
                stack.deleted = Some(time::now());
                stack.content.outputs.clear();
                stack.content.imports.clear();
                for resource in
                    stack.content.resources.values_mut().filter(|resource| resource.status == Status::DeleteFailed)
                {
                    resource.status = Status::DeleteSkipped;
                }
            }
            world.release_name(id);
            end(world, id, Status::DeleteComplete, None);
        }
        Phase::Delete => {
            let reason = format!("The following resource(s) failed to delete: [{}]. ", failed.join(", "));
            end(world, id, Status::DeleteFailed, Some(&reason));
        }
    }
}

fn back_is_done(world: &mut World, id: &str, failed: &[String]) {
    let Some(stack) = world.stack_mut(id) else { return };
    let creation = matches!(stack.status, Status::RollbackInProgress);
    let Some(before) = stack.operation.as_ref().map(|operation| operation.before.clone()) else { return };
    if creation {
        let reason = format!("The following resource(s) failed to delete: [{}]. ", failed.join(", "));
        return match failed.is_empty() {
            true => end(world, id, Status::RollbackComplete, None),
            false => end(world, id, Status::RollbackFailed, Some(&reason)),
        };
    }
    let mut now = std::mem::take(&mut stack.content.resources);
    let resources = before.resources.iter().map(|(logical_id, old)| match now.shift_remove(logical_id) {
        Some(restored) if restored.is_there() && restored.physical_id == old.physical_id => {
            (logical_id.clone(), restored)
        }
        _ => (logical_id.clone(), old.clone()),
    });
    stack.content = Content { resources: resources.collect(), ..before.clone() };
    end(world, id, Status::UpdateRollbackComplete, None);
}

/// Resources that the template no longer has are no longer listed.
fn drop_unwanted(world: &mut World, id: &str) {
    if let Some(stack) = world.stack_mut(id) {
        stack.content.resources.retain(|_, resource| {
            !matches!(resource.status, Status::DeleteComplete | Status::DeleteSkipped | Status::DeleteFailed)
        });
    }
}

fn forward_is_done(world: &mut World, id: &str) {
    match outputs(world, id) {
        Err(reason) => forward_failed(world, id, &reason),
        Ok((outputs, wanted)) => {
            let Some(stack) = world.stack_mut(id) else { return };
            let Some(operation) = &stack.operation else { return };
            let resources = std::mem::take(&mut stack.content.resources);
            let kind = operation.kind;
            stack.content = Content { resources, outputs, ..operation.target.clone() };
            if kind == OperationKind::Create {
                return end(world, id, Status::CreateComplete, None);
            }
            stack_event(world, id, Status::UpdateCompleteCleanup, None);
            let steps = cleanup(world, id, &wanted);
            set_steps(world, id, Phase::Cleanup, steps);
        }
    }
}

/// The outputs, and which resources the template wants.
fn outputs(world: &mut World, id: &str) -> Result<(Vec<OutputValue>, Vec<String>), String> {
    let document = world.document_of_operation(id).map_err(|error| error.message)?;
    let gone = || "the stack is gone".to_owned();
    let stack = world.stacks.get(id).ok_or_else(gone)?;
    let operation = stack.operation.as_ref().ok_or_else(gone)?;
    let region = stack.place.region.as_str();
    let values = parameters::evaluated(&document.template, &operation.target.parameters);
    let pseudo = pseudo(&stack.place, &stack.name, &stack.id, &operation.target.notification_arns);
    let others = Others::new(world, region);
    let deployed = Deployed(&stack.content.resources);
    let evaluator = Evaluator::new(&document.template, &pseudo, &values, &deployed, &others);
    let mut outputs = Vec::new();
    for (key, output) in &document.template.outputs {
        if let Some(condition) = &output.condition
            && !evaluator.condition(condition)?
        {
            continue;
        }
        let text = |value| evaluator.value(value).map(|value| value.as_ref().and_then(text_of));
        let no_text = || {
            format!(
                "Template format error: Output {key} is malformed. The Value field of every Outputs member must evaluate to a String."
            )
        };
        let value = text(&output.value)?.ok_or_else(no_text)?;
        let export_name = match &output.export_name {
            Some(name) => text(name)?,
            None => None,
        };
        if let Some(name) = &export_name
            && let Some((other, _)) = world.export(region, name)
            && other.id != id
        {
            return Err(format!(
                "Export with name {name} is already exported by stack {}. Rollback requested by user.",
                other.name
            ));
        }
        outputs.push(OutputValue { key: key.clone(), value, description: output.description.clone(), export_name });
    }
    for old in &operation.before.outputs {
        let Some(name) = &old.export_name else { continue };
        let Some(user) = world.importers(region, name).find(|user| user.id != id) else { continue };
        match outputs.iter().find(|output| output.export_name.as_ref() == Some(name)) {
            None => return Err(format!("Export {name} cannot be deleted as it is in use by {}", user.name)),
            Some(new) if new.value != old.value => {
                return Err(format!("Export {name} cannot be updated as it is in use by {}", user.name));
            }
            Some(_) => {}
        }
    }
    let wanted = wanted(&document, &operation.target, &evaluator)?;
    let imports = others.imported.into_inner();
    if let Some(operation) = world.stack_mut(id).and_then(|stack| stack.operation.as_mut()) {
        operation.target.imports.extend(imports);
    }
    Ok((outputs, wanted))
}

/// The way ahead is over: back, away, or as it stands, as was asked for.
pub(super) fn forward_failed(world: &mut World, id: &str, reason: &str) {
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(operation) = stack.operation.as_mut() else { return };
    operation.failed = None;
    let creation = operation.kind == OperationKind::Create;
    let (on_failure, target) = (operation.on_failure, operation.target.clone());
    let by_user = format!("{reason}Rollback requested by user.");
    match (creation, on_failure) {
        (true, OnFailure::Rollback) => {
            stack_event(world, id, Status::RollbackInProgress, Some(&by_user));
            let steps = back_cleanup(world, id);
            set_steps(world, id, Phase::BackCleanup, steps);
        }
        (true, OnFailure::Delete) => {
            stack_event(world, id, Status::DeleteInProgress, Some(&by_user.replace("Rollback", "Delete")));
            let there = world
                .stacks
                .get(id)
                .map(|stack| stack.content.resources.values().filter(|one| one.is_there()).cloned().collect());
            set_steps(world, id, Phase::Delete, deletions(there.unwrap_or_default()));
        }
        (false, OnFailure::Rollback) => {
            stack_event(world, id, Status::UpdateRollbackInProgress, Some(reason));
            let steps = back(world, id);
            set_steps(world, id, Phase::Back, steps);
        }
        (_, _) => {
            let resources = std::mem::take(&mut stack.content.resources);
            let outputs = std::mem::take(&mut stack.content.outputs);
            // What was replaced already is no longer this stack's to use: it is deleted with the next update.
            stack.content = Content { resources, outputs, ..target };
            end(world, id, if creation { Status::CreateFailed } else { Status::UpdateFailed }, Some(reason));
        }
    }
}

/// The operation is over.
pub(super) fn end(world: &mut World, id: &str, status: Status, reason: Option<&str>) {
    stack_event(world, id, status, reason);
    let Some(stack) = world.stack_mut(id) else { return };
    let Some(operation) = stack.operation.take() else { return };
    let now = time::now();
    if let Some(summary) = stack.operations.iter_mut().find(|summary| summary.id == operation.id) {
        summary.ended = Some(now);
    }
    if matches!(status, Status::CreateComplete | Status::UpdateComplete | Status::UpdateRollbackComplete) {
        stack.last_whole = Some(stack.content.clone());
        stack.drift = None;
    }
    if operation.express {
        stack.express = true;
        if let Some(last) = stack.events.last_mut() {
            last.detailed_status = Some("CONFIGURATION_COMPLETE".to_owned());
        }
    }
    let done = matches!(status, Status::CreateComplete | Status::UpdateComplete);
    if let Some(change_set) = operation.change_set.as_ref().and_then(|name| stack.change_sets.get_mut(name)) {
        change_set.execution = if done { "EXECUTE_COMPLETE" } else { "EXECUTE_FAILED" }.to_owned();
    }
    // The stack takes the change set with it: after its execution it can no longer be described.
    stack.change_sets.retain(|_, change_set| change_set.execution != "OBSOLETE" || change_set.status == "FAILED");
    world.active.remove(id);
    world.drop_document(&operation.id);
}
