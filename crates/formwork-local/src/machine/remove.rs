//! A resource is deleted, or left behind on purpose.

use super::{event, nested, set_state};
use crate::faults::FaultAt;
use crate::model::{Doing, Phase, StackResource, Status, StepState};
use crate::resources::{Owner, special};
use crate::time::{self, Millis};
use crate::world::World;

pub(super) fn start(world: &mut World, id: &str, index: usize, resource: &StackResource, now: Millis) {
    if is_retained(world, id, resource) {
        note(world, id, resource, Status::DeleteSkipped, None);
        if let Some(stack) = world.stack_mut(id) {
            stack.retained.push(resource.clone());
        }
        return set_state(world, id, index, StepState::Done);
    }
    let Some(stack) = world.stacks.get(id) else { return };
    let (place, name) = (stack.place.clone(), stack.name.clone());
    let owner = Owner { place: &place, stack_name: &name, logical_id: &resource.logical_id };
    note(world, id, resource, Status::DeleteInProgress, None);
    let fails = world.faults.of_resource(&name, &resource.logical_id, FaultAt::Delete).or_else(|| {
        special::refusal(Doing::Delete, &owner, &resource.type_name, &resource.physical_id, &resource.properties, world)
    });
    if resource.type_name == special::NESTED_STACK && fails.is_none() {
        nested::delete(world, &resource.physical_id);
    }
    let takes = world.scaled(special::duration(&resource.type_name, Doing::Delete));
    set_state(world, id, index, StepState::Running { since: now, until: now + takes, fails, doing: Doing::Delete });
}

/// Source: AWS CloudFormation Template Reference, "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".
fn is_retained(world: &World, id: &str, resource: &StackResource) -> bool {
    let Some(stack) = world.stacks.get(id) else { return false };
    let Some(operation) = &stack.operation else { return false };
    if operation.retain.contains(&resource.logical_id) {
        return true;
    }
    let is_leftover = operation.leftovers.iter().any(|leftover| leftover.physical_id == resource.physical_id);
    match operation.phase {
        Phase::Cleanup if is_leftover => resource.update_replace_policy.as_deref() == Some("Retain"),
        // Of what a failed operation made, only `Retain` keeps something, and a failed creation leaves nothing to keep.
        Phase::BackCleanup => {
            resource.deletion_policy.as_deref() == Some("Retain")
                && resource.status != Status::CreateFailed
                && !is_leftover
        }
        _ => matches!(resource.deletion_policy.as_deref(), Some("Retain" | "RetainExceptOnCreate")),
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
            None => return Some(time::now() + 100),
            Some(Ok(())) => {}
            Some(Err(reason)) => failure = Some(reason),
        }
    }
    if let Some(reason) = failure {
        note(world, id, resource, Status::DeleteFailed, Some(&reason));
        set_state(world, id, index, StepState::Failed);
        let is_delete = world
            .stacks
            .get(id)
            .and_then(|stack| stack.operation.as_ref())
            .is_some_and(|one| one.phase == Phase::Delete);
        if is_delete
            && let Some(stack) = world.stack_mut(id)
            && let Some(operation) = stack.operation.as_mut()
            && operation.force
        {
            // `FORCE_DELETE_STACK`: what cannot be deleted is left behind.
            stack.retained.push(resource.clone());
        }
        return None;
    }
    note(world, id, resource, Status::DeleteComplete, None);
    if let Some(place) = world.stacks.get(id).map(|stack| stack.place.clone()) {
        // A successor may have taken over the identity; it is freed only if this resource has it.
        let successor = world.stacks.get(id).and_then(|stack| stack.content.resources.get(&resource.logical_id));
        let kept = successor.is_some_and(|other| {
            other.is_there()
                && crate::resources::chosen_identity(&other.type_name, &other.properties, &place)
                    == crate::resources::chosen_identity(&resource.type_name, &resource.properties, &place)
        });
        if !kept {
            world.free_identity(resource, &place);
        }
    }
    set_state(world, id, index, StepState::Done);
    None
}

/// An event, and the status of the resource if the stack still lists this very one.
fn note(world: &mut World, id: &str, resource: &StackResource, status: Status, reason: Option<&str>) {
    if let Some(listed) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(&resource.logical_id))
        && listed.physical_id == resource.physical_id
    {
        listed.status = status;
        listed.reason = reason.map(str::to_owned);
        listed.updated = time::now();
    }
    let names = (resource.logical_id.as_str(), resource.physical_id.as_str(), resource.type_name.as_str());
    event(world, id, names, status, reason, Some(resource.properties.to_string()));
}
