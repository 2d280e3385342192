//! Laws that hold whatever happened.

use std::collections::BTreeMap;

use formwork_schema::facts::{self, ReplacementStrategy};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use formwork_model::status::{ResourceStatus, StackStatus};

use crate::model::{Content, Stack, StackResource};
use crate::resources::special::NESTED_STACK;
use crate::status::EventStatus;
use crate::tests::Local;
use crate::world::World;

/// A resource without what every touch of it changes.
fn substance(resource: &StackResource) -> Json {
    let mut value = serde_json::to_value(resource).unwrap();
    for name in ["status", "reason", "updated", "actual"] {
        value.as_object_mut().unwrap().shift_remove(name);
    }
    value
}

/// The substance of a stack, with its nested stacks. What those make anew when they go back has other ids, which are their outputs.
pub(super) fn substance_of(world: &World, content: &Content) -> Json {
    let there = content.resources.values().filter(|one| one.is_there());
    let whole = |one: &StackResource| {
        let mut value = substance(one);
        if one.type_name == NESTED_STACK
            && let Some(stack) = world.stacks.get(&one.physical_id)
        {
            let content = &stack.content;
            value["attributes"] = json!([content.template, content.parameters, kinds_of(world, stack)]);
        }
        value
    };
    let resources: BTreeMap<&str, Json> = there.map(|one| (one.logical_id.as_str(), whole(one))).collect();
    json!([content.template, content.parameters, content.outputs, content.imports, resources])
}

/// The resources of a nested stack, and of those within it, without ids.
fn kinds_of(world: &World, stack: &Stack) -> Json {
    let there = stack.content.resources.values().filter(|one| one.is_there());
    let text = |one: &StackResource| {
        let nested = world.stacks.get(&one.physical_id).filter(|_| one.type_name == NESTED_STACK);
        (one.logical_id.clone(), json!([one.type_name, nested.map(|stack| kinds_of(world, stack))]))
    };
    json!(there.map(text).collect::<BTreeMap<String, Json>>())
}

/// The resources that are there by the events: made, and not deleted; with how often, since names come again.
fn told(stack: &Stack) -> BTreeMap<&str, i32> {
    let mut there = BTreeMap::new();
    // What was never made has no id.
    let of_things = stack.events.iter().filter(|event| !event.physical_id.is_empty() && event.physical_id != stack.id);
    for event in of_things.filter(|event| !is_made_again(&event.type_name)) {
        let initiated = event.reason.as_deref() == Some("Resource creation Initiated");
        let count = match event.status {
            Some(EventStatus::Resource(ResourceStatus::CreateInProgress | ResourceStatus::UpdateInProgress))
                if initiated =>
            {
                1
            }
            Some(EventStatus::Resource(ResourceStatus::DeleteComplete)) => -1,
            _ => continue,
        };
        *there.entry(event.physical_id.as_str()).or_default() += count;
    }
    there.retain(|_, count| *count != 0);
    there
}

/// Some types are deleted before they are replaced, and made again as they were when that fails: no event tells of it.
fn is_made_again(type_name: &str) -> bool {
    facts::of(type_name).is_some_and(|facts| facts.replacement_strategy() == ReplacementStrategy::DeleteThenCreate)
}

/// Laws that hold at any moment.
pub(super) fn held(local: &Local) -> Result<(), TestCaseError> {
    let world = &local.world;
    let mut identities = BTreeMap::new();
    for stack in world.stacks.values() {
        let what = format!("{} {}", stack.id, stack.status.as_str());
        let records: Vec<&StackResource> = stack
            .content
            .resources
            .values()
            .filter(|one| one.is_there())
            .chain(&stack.leftovers)
            .chain(&stack.left_behind)
            .collect();
        // Nothing is lost, and nothing is made up.
        let mut ids = BTreeMap::new();
        for resource in records.iter().filter(|one| !is_made_again(&one.type_name)) {
            *ids.entry(resource.physical_id.as_str()).or_default() += 1;
        }
        prop_assert_eq!(ids, told(stack), "{}", &what);
        for resource in &records {
            if let Some(identity) = world.identity_of(resource, &stack.place) {
                identities.insert(identity, stack.id.clone());
            }
        }
        let moves = stack.status.is_busy();
        prop_assert_eq!(stack.operation.is_some(), moves, "{}", &what);
        prop_assert_eq!(world.active.contains_key(&stack.id), moves, "{}", &what);
        if !moves {
            for resource in stack.content.resources.values() {
                prop_assert!(!resource.status.is_busy(), "{}: {:?}", &what, resource);
            }
        }
        if stack.status == StackStatus::DeleteComplete {
            let there: Vec<&StackResource> = stack.content.resources.values().filter(|one| one.is_there()).collect();
            prop_assert!(there.is_empty() && stack.leftovers.is_empty(), "{}: {:?}", &what, there);
        }
        prop_assert_eq!(stack.last_whole.is_some() && stack.status.is_stable(), false, "{}", &what);
        // Only below a stack that is not what it should be there is something to be undone.
        let root = stack.root.as_ref().and_then(|root| world.stacks.get(root));
        let may_be_undone = root.is_some_and(|root| !root.status.is_stable());
        prop_assert!(stack.undo.is_none() || may_be_undone, "{}", &what);
        for name in stack.content.outputs.iter().filter_map(|output| output.export_name.as_deref()) {
            let exporter = world.export(&stack.place.region, name).map(|(exporter, _)| exporter.id.as_str());
            prop_assert_eq!(exporter, Some(stack.id.as_str()), "{}", &what);
        }
    }
    prop_assert_eq!(&identities, world.identities());
    nested(local)
}

/// No nested stack is without its parent, and no parent without what it says it has.
fn nested(local: &Local) -> Result<(), TestCaseError> {
    let stacks = &local.world.stacks;
    let named = |stack: &Stack, id: &str| {
        let all = stack.content.resources.values().chain(&stack.leftovers).chain(&stack.left_behind);
        all.filter(|one| one.is_there()).any(|one| one.physical_id == id)
    };
    for stack in stacks.values() {
        for resource in stack.content.resources.values().filter(|one| one.type_name == NESTED_STACK && one.is_there()) {
            let child = stacks.get(&resource.physical_id);
            prop_assert_eq!(child.and_then(|child| child.parent.as_ref()), Some(&stack.id), "{:?}", resource);
        }
        let Some(parent) = &stack.parent else { continue };
        let is_alive = stack.status != StackStatus::DeleteComplete;
        let is_known = stacks.get(parent).is_some_and(|parent| named(parent, &stack.id));
        prop_assert!(is_known || !is_alive, "{} {} is nobody's", stack.id, stack.status.as_str());
    }
    Ok(())
}
