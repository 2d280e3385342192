//! The stack state machine: an operation goes on until it waits for time or is done.
//!
//! An operation is data ([`crate::model::Operation`]): a phase and its steps. [`tick`] moves all operations as far as they go now
//! and says when to come again. Because nothing is kept elsewhere, an operation goes on after a restart where it was.
//!
//! Reading order: [`begin`] (how operations start), this file (steps and phases), [`apply`] (create, update, replace), [`remove`]
//! (deletion), [`nested`] (nested stacks), [`finish`] (what follows a phase).
//!
//! Source: AWS CloudFormation User Guide, "Stack status codes", "Understand stack creation events", "Continue rolling back an
//! update", "Choose how to handle failures when provisioning resources".

mod apply;
pub(crate) mod begin;
mod finish;
mod nested;
mod remove;

use crate::model::{Action, Event, EventKind, Status, StepState};
use crate::resources::special;
use crate::time::{self, Millis};
use crate::world::World;

pub(crate) use begin::Start;

/// Moves every operation as far as it goes now; says when something is due next.
pub(crate) fn tick(world: &mut World) -> Option<Millis> {
    loop {
        let mut moved = false;
        let mut next = None;
        for id in world.active.clone() {
            let (went_on, due) = advance(world, &id);
            moved |= went_on;
            next = [next, due].into_iter().flatten().min();
        }
        // Nested stacks and waiting certificates look at other stacks: as long as one moves, another may.
        if !moved {
            return next;
        }
    }
}

/// Moves one operation as far as it goes without looking at others again.
fn advance(world: &mut World, id: &str) -> (bool, Option<Millis>) {
    let mut moved = false;
    loop {
        let now = time::now();
        let Some(count) =
            world.stacks.get(id).and_then(|stack| stack.operation.as_ref()).map(|operation| operation.steps.len())
        else {
            world.active.remove(id);
            return (moved, None);
        };
        let mut progress = false;
        let mut due = None;
        for index in 0..count {
            match step_state(world, id, index) {
                Some(StepState::Running { until, .. }) if until <= now => {
                    if let Some(again) = end_step(world, id, index, now) {
                        due = [due, Some(again)].into_iter().flatten().min();
                    } else {
                        progress = true;
                    }
                }
                Some(StepState::Running { until, .. }) => due = [due, Some(until)].into_iter().flatten().min(),
                Some(StepState::Waiting) if is_ready(world, id, index) => {
                    start_step(world, id, index, now);
                    progress = true;
                    // What takes no time is done before anything else starts, so that failures stop the rest.
                    if matches!(step_state(world, id, index), Some(StepState::Running { until, .. }) if until <= now) {
                        let _ = end_step(world, id, index, now);
                    }
                }
                _ => {}
            }
        }
        if !progress {
            if is_settled(world, id) {
                finish::phase_is_done(world, id);
                progress = true;
            } else {
                return (moved, due);
            }
        }
        moved |= progress;
    }
}

fn step_state(world: &World, id: &str, index: usize) -> Option<StepState> {
    world.stacks.get(id)?.operation.as_ref()?.steps.get(index).map(|step| step.state.clone())
}

pub(super) fn set_state(world: &mut World, id: &str, index: usize, state: StepState) {
    let operation = world.stack_mut(id).and_then(|stack| stack.operation.as_mut());
    if let Some(step) = operation.and_then(|operation| operation.steps.get_mut(index)) {
        step.state = state;
    }
}

fn is_ready(world: &World, id: &str, index: usize) -> bool {
    let Some(operation) = world.stacks.get(id).and_then(|stack| stack.operation.as_ref()) else { return false };
    operation.steps.get(index).is_some_and(|step| {
        step.after.iter().all(|other| {
            let state = operation.steps.get(*other).map(|other| &other.state);
            // A deletion that failed does not keep the others from trying.
            matches!(state, Some(StepState::Done))
                || (matches!(step.action, Action::Delete(_)) && matches!(state, Some(StepState::Failed)))
        })
    })
}

/// Whether nothing runs, and nothing will.
fn is_settled(world: &World, id: &str) -> bool {
    let Some(operation) = world.stacks.get(id).and_then(|stack| stack.operation.as_ref()) else { return false };
    !operation.steps.iter().any(|step| matches!(step.state, StepState::Running { .. } | StepState::Waiting))
        || (operation.failed.is_some()
            && !operation.steps.iter().any(|step| matches!(step.state, StepState::Running { .. })))
}

fn start_step(world: &mut World, id: &str, index: usize, now: Millis) {
    let action = world
        .stacks
        .get(id)
        .and_then(|stack| stack.operation.as_ref())
        .and_then(|operation| operation.steps.get(index))
        .map(|step| (step.logical_id.clone(), step.action.clone()));
    match action {
        Some((logical_id, Action::Apply)) => apply::start(world, id, index, &logical_id, now),
        Some((_, Action::Restore(resource))) => apply::start_restore(world, id, index, &resource, now),
        Some((_, Action::Delete(resource))) => remove::start(world, id, index, &resource, now),
        None => {}
    }
}

/// Ends a step whose time is over. If it has to wait longer, says until when.
fn end_step(world: &mut World, id: &str, index: usize, now: Millis) -> Option<Millis> {
    let step = world
        .stacks
        .get(id)
        .and_then(|stack| stack.operation.as_ref())
        .and_then(|operation| operation.steps.get(index))
        .cloned()?;
    let StepState::Running { since, fails, doing, .. } = step.state.clone() else { return None };
    match step.action {
        Action::Apply => apply::end(world, id, index, &step.logical_id, since, fails, doing, now),
        Action::Restore(resource) => {
            if fails.is_none()
                && resource.type_name == special::NESTED_STACK
                && nested::outcome(world, &resource.physical_id).is_none()
            {
                return Some(now + 100);
            }
            apply::end_restore(world, id, index, &resource, fails);
            None
        }
        Action::Delete(resource) => remove::end(world, id, index, &resource, fails),
    }
}

/// The first failure of an operation; what runs is cut short.
pub(super) fn fail(world: &mut World, id: &str, index: usize, logical_id: &str) {
    set_state(world, id, index, StepState::Failed);
    let Some(operation) = world.stack_mut(id).and_then(|stack| stack.operation.as_mut()) else { return };
    operation.failed.get_or_insert_with(|| logical_id.to_owned());
    let running: Vec<(usize, String)> = operation
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| matches!(step.state, StepState::Running { .. }))
        .map(|(index, step)| (index, step.logical_id.clone()))
        .collect();
    for (index, logical_id) in running {
        apply::cancel(world, id, index, &logical_id);
    }
}

/// Stops everything: what runs is cancelled, what waits never starts.
pub(crate) fn cancel_all(world: &mut World, id: &str, index: usize, logical_id: &str) {
    if matches!(step_state(world, id, index), Some(StepState::Running { .. })) {
        apply::cancel(world, id, index, logical_id);
    }
    fail(world, id, index, logical_id);
}

/// A new event of a resource, as the resource is now.
pub(super) fn resource_event(world: &mut World, id: &str, logical_id: &str, status: Status, reason: Option<&str>) {
    let Some(stack) = world.stacks.get(id) else { return };
    let Some(resource) = stack.content.resources.get(logical_id) else { return };
    let (physical_id, type_name) = (resource.physical_id.clone(), resource.type_name.clone());
    let properties = resource.properties.to_string();
    if let Some(resource) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(logical_id)) {
        resource.status = status;
        resource.reason = reason.map(str::to_owned);
        resource.updated = time::now();
    }
    event(world, id, (logical_id, &physical_id, &type_name), status, reason, Some(properties));
}

/// The stack's own status, with its event.
pub(crate) fn stack_event(world: &mut World, id: &str, status: Status, reason: Option<&str>) {
    let Some(stack) = world.stack_mut(id) else { return };
    stack.status = status;
    stack.reason = reason.map(str::to_owned);
    let name = stack.name.clone();
    event(world, id, (&name, id, "AWS::CloudFormation::Stack"), status, reason, None);
}

/// An entry of the event stream.
pub(super) fn event(
    world: &mut World,
    id: &str,
    (logical_id, physical_id, type_name): (&str, &str, &str),
    status: Status,
    reason: Option<&str>,
    properties: Option<String>,
) {
    let event_id = if type_name == "AWS::CloudFormation::Stack" && physical_id == id {
        world.ids.uuid()
    } else {
        format!("{logical_id}-{}-{}", status.as_str(), time::text(time::now()))
    };
    // Several events within a millisecond must not share a name.
    let unique = world.ids.hex(6);
    let Some(stack) = world.stack_mut(id) else { return };
    let (operation, token) = match &stack.operation {
        Some(operation) => (Some(operation.id.clone()), operation.token.clone()),
        None => (None, None),
    };
    // The clock may stand still or go back; the stream does not.
    let time = stack.events.last().map_or(0, |last| last.time).max(time::now());
    let event_id = if event_id.contains("_") { format!("{event_id}-{unique}") } else { event_id };
    stack.events.push(Event {
        id: event_id,
        time,
        operation,
        token,
        kind: EventKind::Stack,
        logical_id: logical_id.to_owned(),
        physical_id: physical_id.to_owned(),
        type_name: type_name.to_owned(),
        status: Some(status),
        reason: reason.map(str::to_owned),
        properties,
        validation: None,
        detailed_status: None,
    });
}
