//! The end of an operation before it is done: a step failed, or somebody or something stops all of it.

use super::under_way::{operation_mut, set_state};
use super::wait;
use crate::model::{Phase, StepState};
use crate::world::World;

/// A step failed: what runs is cut short, and what waits never starts.
pub(super) fn fail(world: &mut World, id: &str, index: usize) {
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

/// Stops an operation, unless it is being rolled back; the stack is rolled back, or stays as it is, as was asked for when it began.
pub(crate) fn stop(world: &mut World, id: &str, reason: &str) {
    let Some(operation) = operation_mut(world, id).filter(|operation| operation.phase == Phase::Forward) else {
        return;
    };
    operation.stopped = Some(reason.to_owned());
    operation.deadline = None;
    halt(world, id);
    world.wake(id);
}
