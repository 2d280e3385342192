//! The rollback of an update: resources become what they were, and new ones are deleted.
//!
//! Source: AWS CloudFormation User Guide, "Continue rolling back an update"; API Reference, `ContinueUpdateRollback`,
//! "ResourcesToSkip": a skipped resource counts as updated and stays as it is, which then is drift.

use std::collections::BTreeMap;

use super::events::{event, note, resource_event, tell_deletion};
use super::nested;
use super::steps::deletions;
use super::stop::fail;
use super::under_way::{NEVER, duration, operation, set_state};
use crate::associations::Step as Association;
use crate::faults::FaultAt;
use crate::model::{Action, Content, Doing, OperationKind, Stack, StackResource, Step, StepState};
use crate::resources::{change, special};
use crate::time::Millis;
use crate::world::World;
use formwork_model::status::ResourceStatus;

/// A step for everything that is not as it was.
pub(super) fn steps(world: &mut World, id: &str) -> Vec<Step> {
    skip(world, id);
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let Some(operation) = &stack.operation else { return Vec::new() };
    let has_other_tags = operation.target.tags != operation.before.tags && operation.kind == OperationKind::Update;
    let is_tagged = |one: &StackResource| has_other_tags && change::takes_tags(&world.registry, &one.type_name);
    let touched: Vec<StackResource> = operation
        .before
        .resources
        .values()
        .filter(|before| before.is_there() && !operation.skip.contains(&before.logical_id))
        .filter(|before| {
            stack.content.resources.get(&before.logical_id).is_none_or(|now| {
                now.properties != before.properties
                    || now.birth != before.birth
                    || now.metadata != before.metadata
                    || matches!(now.status, ResourceStatus::UpdateFailed | ResourceStatus::UpdateInProgress)
                    || (now.status == ResourceStatus::UpdateComplete && is_tagged(before))
                    || nested::is_touched(world, now)
            })
        })
        .cloned()
        .collect();
    let place: BTreeMap<String, usize> =
        touched.iter().enumerate().map(|(index, resource)| (resource.logical_id.clone(), index)).collect();
    touched
        .into_iter()
        .map(|resource| Step {
            logical_id: resource.logical_id.clone(),
            after: resource.depends_on.iter().filter_map(|other| place.get(other).copied()).collect(),
            action: Action::Restore(Box::new(resource)),
            state: StepState::Waiting,
        })
        .collect()
}

/// Skipped resources count as updated. What is there differs from what the template says.
fn skip(world: &mut World, id: &str) {
    let Some(operation) = operation(world, id) else { return };
    let skipped: Vec<StackResource> =
        operation.skip.iter().filter_map(|logical_id| operation.before.resources.get(logical_id)).cloned().collect();
    for before in skipped {
        let logical_id = before.logical_id.clone();
        let actual = world
            .stacks
            .get(id)
            .and_then(|stack| stack.content.resources.get(&logical_id))
            .filter(|now| now.birth == before.birth)
            .map(|now| now.properties.clone());
        put_back(world, id, &before);
        if let Some(resource) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(&logical_id)) {
            resource.actual = actual.filter(|actual| *actual != resource.properties);
        }
        resource_event(world, id, &logical_id, ResourceStatus::UpdateComplete, None);
    }
}

pub(super) fn start(world: &mut World, id: &str, index: usize, before: &StackResource, now: Millis) {
    let logical_id = &before.logical_id;
    let (name, physical_id) = match world.stacks.get(id) {
        Some(stack) => {
            let current = stack.content.resources.get(logical_id);
            (stack.name.clone(), current.map_or_else(String::new, |current| current.physical_id.clone()))
        }
        None => return,
    };
    if before.type_name == special::NESTED_STACK {
        nested::restore(world, id, &before.physical_id);
    }
    let type_name = before.type_name.as_str();
    let properties = Some(before.properties.clone());
    event(world, id, (logical_id, &physical_id, type_name), ResourceStatus::UpdateInProgress, None, properties);
    if let Some(resource) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(logical_id)) {
        resource.status = ResourceStatus::UpdateInProgress;
        resource.reason = None;
    }
    let fails = world.faults.of_resource(&name, logical_id, FaultAt::Rollback);
    let until = now + duration(world, id, type_name, Doing::Update);
    set_state(world, id, index, StepState::Running { since: now, until, fails, doing: Doing::Update });
}

/// A step whose time is over.
pub(super) struct Run {
    pub(super) since: Millis,
    pub(super) fails: Option<String>,
    pub(super) now: Millis,
}

pub(super) fn end(world: &mut World, id: &str, index: usize, before: &StackResource, run: Run) -> Option<Millis> {
    let logical_id = &before.logical_id;
    let Run { since, fails, now } = run;
    let fails = match fails {
        Some(reason) => Some(reason),
        None if before.type_name == special::NESTED_STACK => match nested::restored(world, &before.physical_id) {
            None => return Some(NEVER),
            Some(outcome) => outcome.err(),
        },
        // The association runs again with its former properties.
        None if before.type_name == special::ASSOCIATION => {
            let step = Association { stack: id, index, logical_id, properties: &before.properties, since, now };
            match world.association(&step) {
                (None, until) => return Some(until),
                (Some(outcome), _) => outcome.err(),
            }
        }
        None => None,
    };
    if let Some(reason) = fails {
        resource_event(world, id, logical_id, ResourceStatus::UpdateFailed, Some(&reason));
        if let Some(resource) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(logical_id)) {
            resource.is_stuck = true;
        }
        fail(world, id, index);
        return None;
    }
    put_back(world, id, before);
    nested::renew_outputs(world, id, before);
    resource_event(world, id, logical_id, ResourceStatus::UpdateComplete, None);
    set_state(world, id, index, StepState::Done);
    None
}

/// The record is what it was; what took its place is left to be deleted.
pub(super) fn put_back(world: &mut World, id: &str, before: &StackResource) {
    let Some(place) = world.stacks.get(id).map(|stack| stack.place.clone()) else { return };
    let identity = world.identity_of(before, &place);
    let Some(stack) = world.stack_mut(id) else { return };
    let current = stack.content.resources.insert(before.logical_id.clone(), before.clone());
    stack.leftovers.retain(|leftover| leftover.birth != before.birth);
    match current {
        Some(current) if current.birth == before.birth => world.free_identity(&current, &place),
        // Of one identity there can only be one: what took its place was made after it was deleted, and goes before it comes back.
        Some(current)
            if current.is_there() && identity.is_some() && world.identity_of(&current, &place) == identity =>
        {
            tell_deletion(world, id, &current);
        }
        Some(current) if current.is_there() => {
            if let Some(stack) = world.stack_mut(id) {
                stack.leftovers.push(current);
            }
        }
        _ => {}
    }
    if let Some(identity) = identity {
        world.take_identity(identity, id);
    }
}

/// The steps that delete what the failed operation made.
pub(super) fn cleanup(world: &mut World, id: &str) -> Vec<Step> {
    never_made(world, id);
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let Some(operation) = &stack.operation else { return Vec::new() };
    let is_new = |resource: &&StackResource| {
        let before = operation.before.resources.get(&resource.logical_id);
        resource.is_there() && before.is_none_or(|before| !before.is_there() || before.birth != resource.birth)
    };
    deletions(stack.content.resources.values().filter(is_new).chain(&stack.leftovers).cloned().collect())
}

/// Resources that could not be created are told as deleted, and listed so.
///
/// Source: aws/serverless-application-model issue 58.
pub(super) fn never_made(world: &mut World, id: &str) {
    let Some(stack) = world.stacks.get(id) else { return };
    let is_one = |one: &&StackResource| one.status == ResourceStatus::CreateFailed && one.physical_id.is_empty();
    let failed: Vec<StackResource> = stack.content.resources.values().filter(is_one).cloned().collect();
    for resource in failed {
        note(world, id, &resource, ResourceStatus::DeleteComplete, None);
    }
}

/// The stack's contents after a rollback: everything as it was, with today's statuses.
pub(super) fn contents(stack: &Stack, before: &Content) -> Content {
    let mut whole = before.clone();
    for (logical_id, resource) in &mut whole.resources {
        if let Some(now) = stack.content.resources.get(logical_id).filter(|now| now.birth == resource.birth) {
            resource.status = now.status;
            resource.reason.clone_from(&now.reason);
            resource.updated = now.updated;
            resource.actual.clone_from(&now.actual);
            // Those of a nested stack, which has made things anew.
            resource.attributes.clone_from(&now.attributes);
        }
    }
    whole
}

/// Resources that failed become what they were, where nothing else does: the operation ends as it stands.
///
/// Source: User Guide, "Choose how to handle failures when provisioning resources".
pub(super) fn failed_ones(world: &mut World, id: &str) {
    let Some(operation) = operation(world, id) else { return };
    let stable: Vec<StackResource> = operation
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Failed | StepState::Cancelled))
        .filter_map(|step| operation.before.resources.get(&step.logical_id))
        .filter(|before| before.is_there())
        .cloned()
        .collect();
    for before in stable {
        let now = world.stacks.get(id).and_then(|stack| stack.content.resources.get(&before.logical_id)).cloned();
        put_back(world, id, &before);
        let listed = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(&before.logical_id));
        if let (Some(listed), Some(now)) = (listed, now) {
            listed.status = ResourceStatus::UpdateFailed;
            listed.reason = now.reason;
            listed.updated = now.updated;
        }
    }
}
