//! Change sets of nested stacks: made, executed and deleted with the one of their root.
//!
//! A nested stack that is only to be made has none: there is no stack yet that it could belong to.
//!
//! Source: User Guide, "Change sets for nested stacks"; API Reference, `CreateChangeSet`, `IncludeNestedStacks`.

use serde_json::{Value as Json, json};

use crate::document;
use crate::machine;
use crate::model::{ChangeSet, Content};
use crate::preview::preview;
use crate::resources::special::NESTED_STACK;
use crate::time;
use crate::world::World;

/// Makes the change sets of the nested stacks that these changes are about. A nested stack in which nothing changes is no change.
pub(super) fn make(world: &mut World, root: &ChangeSet, parent: &str, region: &str, changes: &mut Vec<Json>) {
    changes.retain_mut(|change| {
        let resource = &mut change["ResourceChange"];
        if resource["ResourceType"] != NESTED_STACK || resource["Action"] != "Modify" {
            return true;
        }
        let id = resource["PhysicalResourceId"].as_str().unwrap_or_default().to_owned();
        let after: Json =
            resource["AfterContext"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let Some(stack) = world.stacks.get(&id) else { return true };
        // What cannot be worked out yet stays a change that is not known.
        let Ok(target) = machine::nested_target(world, region, &after["Properties"], &stack.content) else {
            return true;
        };
        let Ok(document) = document::read(target.template.as_deref().unwrap_or_default(), region) else { return true };
        let Ok(found) = preview(world, stack, &document, &target) else { return true };
        let is_only_perhaps = resource["Details"]
            .as_array()
            .is_some_and(|details| details.iter().all(|detail| detail["ChangeSource"] == "Automatic"));
        if !found.anything {
            return !is_only_perhaps;
        }
        let name = format!("{}-{}-{}", root.name, stack.name, world.ids.upper(12));
        let place = stack.place.clone();
        let uuid = world.ids.uuid();
        let set_id = format!(
            "arn:{}:cloudformation:{}:{}:changeSet/{name}/{uuid}",
            place.partition(),
            place.region,
            place.account
        );
        let mut nested = found.changes;
        make(world, root, &set_id, region, &mut nested);
        if nested.is_empty() && !found.beyond_resources {
            return !is_only_perhaps;
        }
        resource["ChangeSetId"] = json!(set_id);
        let change_set = ChangeSet {
            id: set_id,
            name,
            created: time::now(),
            target: Content { outputs: Vec::new(), ..target },
            changes: nested,
            parent: Some(parent.to_owned()),
            root: Some(root.id.clone()),
            ..root.clone()
        };
        world.add_change_set(&id, change_set);
        true
    });
}

/// The change sets below one, at any depth: whose stack, and which.
pub(super) fn below(world: &World, root: &str) -> Vec<(String, String)> {
    let stacks = world.stacks.values().filter(|stack| stack.parent.is_some());
    let of = |stack: &crate::model::Stack| -> Vec<(String, String)> {
        let sets = stack.change_sets.values().filter(|set| set.root.as_deref() == Some(root));
        sets.map(|set| (stack.id.clone(), set.id.clone())).collect()
    };
    stacks.flat_map(of).collect()
}
