//! A resource is deleted, or left behind on purpose.

use super::events::{done_reason, note};
use super::under_way::{NEVER, duration, operation, set_state};
use super::{nested, restore, steps};
use crate::faults::FaultAt;
use crate::model::{Doing, Phase, StackResource, Step, StepState};
use crate::resources::{Owner, special};
use crate::time::Millis;
use crate::world::World;
use formwork_model::status::ResourceStatus;

/// Everything the stack has.
pub(super) fn steps(world: &mut World, id: &str) -> Vec<Step> {
    restore::never_made(world, id);
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let there = stack.content.resources.values().filter(|resource| resource.is_there());
    steps::deletions(there.chain(&stack.leftovers).cloned().collect())
}

pub(super) fn start(world: &mut World, id: &str, index: usize, resource: &StackResource, now: Millis) {
    if is_retained(world, id, resource) {
        note(world, id, resource, ResourceStatus::DeleteSkipped, None);
        leave_behind(world, id, resource);
        return set_state(world, id, index, StepState::Done);
    }
    let Some(stack) = world.stacks.get(id) else { return };
    let (place, name) = (stack.place.clone(), stack.name.clone());
    let owner = Owner { place: &place, stack_name: &name, logical_id: &resource.logical_id };
    note(world, id, resource, ResourceStatus::DeleteInProgress, None);
    let fails = world.faults.of_resource(&name, &resource.logical_id, FaultAt::Delete).or_else(|| {
        special::refusal(Doing::Delete, &owner, &resource.type_name, &resource.physical_id, &resource.properties, world)
    });
    if resource.type_name == special::NESTED_STACK && fails.is_none() {
        nested::delete(world, &resource.physical_id);
    }
    let until = now + duration(world, id, &resource.type_name, Doing::Delete);
    set_state(world, id, index, StepState::Running { since: now, until, fails, doing: Doing::Delete });
}

/// No longer the stack's, and still there.
pub(super) fn leave_behind(world: &mut World, id: &str, resource: &StackResource) {
    if let Some(stack) = world.stack_mut(id) {
        stack.leftovers.retain(|leftover| leftover.birth != resource.birth);
        stack.left_behind.push(resource.clone());
    }
}

/// Source: AWS CloudFormation Template Reference, "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".
fn is_retained(world: &World, id: &str, resource: &StackResource) -> bool {
    let Some(stack) = world.stacks.get(id) else { return false };
    let Some(operation) = &stack.operation else { return false };
    if operation.retain.contains(&resource.logical_id) {
        return true;
    }
    let is_leftover = stack.leftovers.iter().any(|leftover| leftover.birth == resource.birth);
    // What was never finished is not worth keeping, and what another took the place of has its own policy.
    let is_whole = resource.status != ResourceStatus::CreateFailed;
    let policy = resource.deletion_policy.as_deref();
    match operation.phase {
        Phase::Cleanup | Phase::Delete if is_leftover => {
            is_whole && resource.update_replace_policy.as_deref() == Some("Retain")
        }
        // `RetainExceptOnCreate` is for this: the operation that made the resource is rolled back.
        Phase::BackCleanup => {
            policy == Some("Retain") && !operation.retain_except_on_create && is_whole && !is_leftover
        }
        _ => matches!(policy, Some("Retain" | "RetainExceptOnCreate")),
    }
}

pub(super) fn end(
    world: &mut World,
    id: &str,
    index: usize,
    resource: &StackResource,
    fails: Option<String>,
) -> Option<Millis> {
    let mut failure = fails;
    if failure.is_none() && resource.type_name == special::NESTED_STACK {
        match nested::deleted(world, &resource.physical_id) {
            None => return Some(NEVER),
            Some(Ok(())) => {}
            Some(Err(reason)) => failure = Some(reason),
        }
    }
    if let Some(reason) = failure {
        note(world, id, resource, ResourceStatus::DeleteFailed, Some(&reason));
        set_state(world, id, index, StepState::Failed);
        let (force, phase) = operation(world, id).map(|operation| (operation.force, operation.phase))?;
        // After an update, or by force: nobody comes back for it.
        if force || phase == Phase::Cleanup {
            leave_behind(world, id, resource);
            let resources = world.stack_mut(id).map(|stack| &mut stack.content.resources);
            if let Some(resources) = resources
                && let Some(listed) = resources.get_mut(&resource.logical_id).filter(|one| one.birth == resource.birth)
            {
                listed.status = ResourceStatus::DeleteSkipped;
            }
        }
        return None;
    }
    let reason = done_reason(world, id);
    note(world, id, resource, ResourceStatus::DeleteComplete, reason);
    if let Some(stack) = world.stack_mut(id) {
        stack.leftovers.retain(|leftover| leftover.birth != resource.birth);
    }
    if let Some(stack) = world.stacks.get(id) {
        let place = stack.place.clone();
        // A successor may have taken over the identity; it is freed only if this resource has it.
        let own = world.identity_of(resource, &place);
        let successor = stack.content.resources.get(&resource.logical_id);
        let kept = successor.is_some_and(|other| {
            other.is_there() && other.birth != resource.birth && world.identity_of(other, &place) == own
        });
        if !kept {
            world.free_identity(resource, &place);
        }
    }
    set_state(world, id, index, StepState::Done);
    None
}
