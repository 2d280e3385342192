//! Stacks as such: made, cancelled, with the rules of their names.

use crate::machine::{self, Start};
use crate::model::{Content, OnFailure, OperationKind, Phase, Place, Stack, Status, StepState};
use crate::time;
use crate::world::World;

/// A stack without anything in it; nothing is told of it yet.
pub(crate) fn new_stack(world: &mut World, place: &Place, name: &str) -> String {
    let id = format!(
        "arn:{}:cloudformation:{}:{}:stack/{name}/{}",
        place.partition(),
        place.region,
        place.account,
        world.ids.uuid()
    );
    world.insert(Stack {
        id: id.clone(),
        name: name.to_owned(),
        place: place.clone(),
        created: time::now(),
        updated: None,
        deleted: None,
        status: Status::ReviewInProgress,
        reason: None,
        termination_protection: false,
        disable_rollback: false,
        content: Content::default(),
        last_whole: None,
        events: Vec::new(),
        change_sets: Default::default(),
        operation: None,
        operations: Vec::new(),
        retained: Vec::new(),
        parent: None,
        root: None,
        express: false,
        drift: None,
    });
    world.changed.insert(id.clone());
    id
}

/// Stops what goes on; what is under way ends as cancelled, and the stack goes back.
pub(crate) fn cancel(world: &mut World, id: &str) -> bool {
    let Some(operation) = world.stacks.get(id).and_then(|stack| stack.operation.as_ref()) else { return false };
    if operation.phase != Phase::Forward {
        return false;
    }
    let open = operation
        .steps
        .iter()
        .enumerate()
        .find(|(_, step)| matches!(step.state, StepState::Running { .. } | StepState::Waiting))
        .map(|(index, step)| (index, step.logical_id.clone()));
    match open {
        Some((index, logical_id)) => machine::cancel_all(world, id, index, &logical_id),
        None => return false,
    }
    true
}

/// Rolls a failed stack back to what it last was.
pub(crate) fn roll_back(
    world: &mut World,
    id: &str,
    token: Option<String>,
    skip: Vec<String>,
    kind: OperationKind,
) -> String {
    let target = world.stacks.get(id).map(|stack| stack.content.clone()).unwrap_or_default();
    machine::begin::begin(
        world,
        id,
        Start { token, skip, on_failure: OnFailure::DoNothing, ..Start::new(kind, target) },
    )
}

/// Source: API Reference, `CreateStack`: letters, digits and hyphens, a letter first, at most 128.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
