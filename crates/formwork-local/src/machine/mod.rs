//! The stack state machine: an operation goes on until it waits for time or is done.
//!
//! An operation is data ([`crate::model::Operation`]): a phase and its steps. [`tick`] moves the operations that are due as far as they
//! go now and says when to come again. Because nothing is kept elsewhere, an operation goes on after a restart where it was.
//!
//! Reading order: [`allowed`] (what may be asked for when), [`begin`] (how operations start), [`steps`] (of a phase), this file (what runs now), [`apply`]
//! (create, update, replace), [`wait`] (until that is done), [`monitor`] (alarms that are watched), [`restore`] (the rollback), [`remove`] (deletion), [`nested`] (nested stacks), [`finish`] (what follows a
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
mod steps;
mod stop;
mod under_way;
mod wait;

use std::collections::BTreeSet;

use crate::model::{Action, Phase, StepState};
use crate::time::Millis;
use crate::world::World;

pub(crate) use begin::Start;
pub(crate) use events::{next as next_event, stack_event};
pub(crate) use finish::deleted_at_once;
pub(crate) use monitor::MAX_MINUTES;
pub(crate) use nested::{
    drop_orphans, new_stack as nested_stack, not_within_itself, skippable, target as nested_target,
};
pub(crate) use stop::stop;
use under_way::{NEVER, operation, step_state};

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
