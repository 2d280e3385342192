//! The operation under way of a stack, and its steps.

use crate::model::{Doing, Operation, StepState};
use crate::resources::special;
use crate::time::Millis;
use crate::world::World;

/// The number of a stack's operations that are remembered.
pub(super) const MAX_OPERATIONS: usize = 20;

/// Comes again only when something else happens.
pub(super) const NEVER: Millis = Millis::MAX;

pub(super) fn operation<'w>(world: &'w World, id: &str) -> Option<&'w Operation> {
    world.stacks.get(id)?.operation.as_ref()
}

pub(super) fn operation_mut<'w>(world: &'w mut World, id: &str) -> Option<&'w mut Operation> {
    world.stack_mut(id)?.operation.as_mut()
}

/// The time that a resource takes; none in express mode.
pub(super) fn duration(world: &World, id: &str, type_name: &str, doing: Doing) -> Millis {
    let express = operation(world, id).is_some_and(|operation| operation.express);
    if express { 0 } else { world.scaled(special::duration(type_name, doing)) }
}

pub(super) fn step_state<'w>(world: &'w World, id: &str, index: usize) -> Option<&'w StepState> {
    operation(world, id)?.steps.get(index).map(|step| &step.state)
}

pub(super) fn set_state(world: &mut World, id: &str, index: usize, state: StepState) {
    if let Some(step) = operation_mut(world, id).and_then(|operation| operation.steps.get_mut(index)) {
        step.state = state;
    }
}
