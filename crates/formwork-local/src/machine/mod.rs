//! The stack state machine: an operation goes on until it waits for time or is done.
//!
//! An operation is data ([`crate::model::Operation`]): a phase and its steps. [`tick`] moves the operations that are due as far as they
//! go now and says when to come again. Because nothing is kept elsewhere, an operation goes on after a restart where it was.
//!
//! Reading order: [`allowed`] (what may be asked for when), [`begin`] (how operations start), this file (steps and phases), [`apply`]
//! (create, update, replace), [`wait`] (until that is done), [`monitor`] (alarms that are watched), [`restore`] (the way back), [`remove`] (deletion), [`nested`] (nested stacks), [`finish`] (what follows a
//! phase), [`events`] (what is told of all that).
//!
//! Source: AWS CloudFormation User Guide, "Stack status codes", "Understand stack creation events", "Continue rolling back an
//! update", "Choose how to handle failures when provisioning resources".

pub(crate) mod allowed;
mod apply;
pub(crate) mod begin;
mod events;
mod finish;
mod monitor;
mod nested;
mod remove;
mod restore;
mod wait;

use std::collections::BTreeSet;

use crate::model::{Action, Doing, Operation, OperationKind, Phase, Step, StepState};
use crate::resources::special;
use crate::time::Millis;
use crate::world::World;

pub(crate) use begin::Start;
pub(crate) use events::{next as next_event, stack_event};
pub(crate) use finish::deleted_at_once;
pub(crate) use monitor::MAX_MINUTES;
pub(crate) use nested::{
    drop_orphans, new_stack as nested_stack, not_within_itself, skippable, target as nested_target,
};

/// Comes again only when something else happens.
const NEVER: Millis = Millis::MAX;

/// Moves every operation that is due as far as it goes now; says when something is due next.
pub(crate) fn tick(world: &mut World) -> Option<Millis> {
    loop {
        let now = world.now();
        let due: Vec<String> = world.active.iter().filter(|(_, due)| **due <= now).map(|(id, _)| id.clone()).collect();
        if due.is_empty() {
            return world.active.values().copied().min().filter(|due| *due != NEVER);
        }
        for id in due {
            advance(world, &id);
        }
    }
}

/// Moves one operation as far as it goes.
fn advance(world: &mut World, id: &str) {
    loop {
        let now = world.now();
        if let Some(late) = operation(world, id).and_then(|operation| operation.deadline)
            && late <= now
        {
            stop(world, id, "Stack creation time exceeded the specified timeout. ");
        }
        if let Some(reason) = monitor::alarm(world, id) {
            stop(world, id, &reason);
        }
        // Whoever wakes it from here on sets this back.
        world.active.insert(id.to_owned(), NEVER);
        let due = run_steps(world, id, now);
        let Some(operation) = operation(world, id) else {
            world.active.remove(id);
            return;
        };
        let runs = operation.steps.iter().any(|step| matches!(step.state, StepState::Running { .. }));
        if runs || operation.phase == Phase::Held || nested::is_awaited(world, id) {
            let due = due.min(operation.deadline.unwrap_or(NEVER));
            if let Some(known) = world.active.get_mut(id) {
                *known = due.min(*known);
            }
            return;
        }
        if let Some(until) = monitor::watched_until(world, id, now) {
            world.active.insert(id.to_owned(), until);
            return;
        }
        finish::phase_is_done(world, id);
    }
}

/// Starts what is ready and ends what is over, as long as there is something of either; says when there will be again.
fn run_steps(world: &mut World, id: &str, now: Millis) -> Millis {
    let Some(operation) = operation(world, id) else { return NEVER };
    let mut followers = vec![Vec::new(); operation.steps.len()];
    for (index, step) in operation.steps.iter().enumerate() {
        for before in &step.after {
            if let Some(followers) = followers.get_mut(*before) {
                followers.push(index);
            }
        }
    }
    let mut due = NEVER;
    let mut open: BTreeSet<usize> = (0..followers.len()).collect();
    while let Some(index) = open.pop_first() {
        match step_state(world, id, index) {
            Some(StepState::Waiting) if is_ready(world, id, index) => start_step(world, id, index, now),
            Some(StepState::Running { .. }) => {}
            _ => continue,
        }
        // What takes no time is done before anything else starts, so that failures stop the rest.
        if let Some(StepState::Running { until, .. }) = step_state(world, id, index) {
            let until = *until;
            due = due.min(if until <= now { end_step(world, id, index, now).unwrap_or(NEVER) } else { until });
        }
        if matches!(step_state(world, id, index), Some(StepState::Done | StepState::Failed)) {
            open.extend(&followers[index]);
        }
    }
    due
}

fn operation<'w>(world: &'w World, id: &str) -> Option<&'w Operation> {
    world.stacks.get(id)?.operation.as_ref()
}

fn operation_mut<'w>(world: &'w mut World, id: &str) -> Option<&'w mut Operation> {
    world.stack_mut(id)?.operation.as_mut()
}

/// How long a resource takes; in express mode nothing is waited for.
fn duration(world: &World, id: &str, type_name: &str, doing: Doing) -> Millis {
    let express = operation(world, id).is_some_and(|operation| operation.express);
    if express { 0 } else { world.scaled(special::duration(type_name, doing)) }
}

fn step_state<'w>(world: &'w World, id: &str, index: usize) -> Option<&'w StepState> {
    operation(world, id)?.steps.get(index).map(|step| &step.state)
}

fn set_state(world: &mut World, id: &str, index: usize, state: StepState) {
    if let Some(step) = operation_mut(world, id).and_then(|operation| operation.steps.get_mut(index)) {
        step.state = state;
    }
}

fn is_ready(world: &World, id: &str, index: usize) -> bool {
    let Some(operation) = operation(world, id) else { return false };
    let Some(step) = operation.steps.get(index) else { return false };
    let deletes = matches!(step.action, Action::Delete(_));
    if operation.failed && !deletes {
        return false;
    }
    // What something depends on that could not be deleted stays too, unless nobody comes back for it.
    let goes_on = deletes && (operation.force || operation.phase != Phase::Delete);
    step.after.iter().all(|other| match operation.steps.get(*other).map(|other| &other.state) {
        Some(StepState::Done) | None => true,
        Some(StepState::Failed) => goes_on,
        Some(_) => false,
    })
}

fn start_step(world: &mut World, id: &str, index: usize, now: Millis) {
    let step = operation(world, id).and_then(|operation| operation.steps.get(index));
    match step.map(|step| (step.logical_id.clone(), step.action.clone())) {
        Some((logical_id, Action::Apply)) => apply::start(world, id, index, &logical_id, now),
        Some((_, Action::Restore(resource))) => restore::start(world, id, index, &resource, now),
        Some((_, Action::Delete(resource))) => remove::start(world, id, index, &resource, now),
        None => {}
    }
}

/// Ends a step whose time is over. If it has to wait longer, says until when.
fn end_step(world: &mut World, id: &str, index: usize, now: Millis) -> Option<Millis> {
    let step = operation(world, id).and_then(|operation| operation.steps.get(index)).cloned()?;
    let StepState::Running { since, fails, doing, .. } = step.state else { return None };
    match step.action {
        Action::Apply => wait::end(world, id, index, &step.logical_id, wait::Run { since, fails, doing, now }),
        Action::Restore(resource) => restore::end(world, id, index, &resource, restore::Run { since, fails, now }),
        Action::Delete(resource) => remove::end(world, id, index, &resource, fails),
    }
}

/// Tells once that all resources of a new stack are configured, while some are still to be stable.
fn note_configured(world: &mut World, id: &str) {
    let Some(stack) = world.stacks.get(id) else { return };
    let Some(operation) = stack.operation.as_ref().filter(|operation| is_created_ahead(operation)) else { return };
    let is_checked = |step: &Step| {
        let resource = stack.content.resources.get(&step.logical_id);
        resource.is_some_and(|resource| special::is_checked(&resource.type_name))
    };
    let mut runs = false;
    let all = operation.steps.iter().all(|step| match step.state {
        StepState::Running { .. } => {
            runs = true;
            is_checked(step)
        }
        StepState::Done => true,
        _ => false,
    });
    if all && runs {
        if let Some(operation) = operation_mut(world, id) {
            operation.configured = true;
        }
        events::stack_configured(world, id);
    }
}

fn is_created_ahead(operation: &Operation) -> bool {
    operation.kind == OperationKind::Create
        && operation.phase == Phase::Forward
        && !operation.failed
        && !operation.configured
        && !operation.express
}

/// A step failed: what runs is cut short, and what waits never starts.
fn fail(world: &mut World, id: &str, index: usize) {
    set_state(world, id, index, StepState::Failed);
    halt(world, id);
}

fn halt(world: &mut World, id: &str) {
    let Some(operation) = operation_mut(world, id) else { return };
    operation.failed = true;
    let running: Vec<(usize, String)> = operation
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| matches!(step.state, StepState::Running { .. }))
        .map(|(index, step)| (index, step.logical_id.clone()))
        .collect();
    for (index, logical_id) in running {
        wait::cancel(world, id, index, &logical_id);
    }
}

/// Stops an operation on its way ahead; the stack goes back, or stays as it is, as was asked for when it began.
pub(crate) fn stop(world: &mut World, id: &str, reason: &str) {
    let Some(operation) = operation_mut(world, id).filter(|operation| operation.phase == Phase::Forward) else {
        return;
    };
    operation.stopped = Some(reason.to_owned());
    operation.deadline = None;
    halt(world, id);
    world.wake(id);
}
