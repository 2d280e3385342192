//! Change sets of nested stacks: made, executed and deleted with the one of their root.
//!
//! A nested stack that is only to be made has one too, and is under review until then.
//!
//! Source: User Guide, "Change sets for nested stacks"; API Reference, `CreateChangeSet`, `IncludeNestedStacks`.

use formwork_model::ResourceChange;

use crate::machine;
use crate::model::{ChangeSet, ChangeSetKind, ChangeSetStatus, Content, ExecutionStatus};
use crate::preview::{Preview, Wanted, preview};
use crate::resources::special::NESTED_STACK;
use crate::world::World;
use formwork_model::status::StackStatus;

/// The change set that those of nested stacks belong to.
#[derive(Clone, Copy)]
pub(super) struct Parent<'a> {
    pub(super) stack: &'a str,
    pub(super) change_set: &'a str,
}

/// The target of a nested stack, and its changes.
struct Found {
    target: Content,
    preview: Preview,
}

/// Makes the change sets of the nested stacks that these changes are about, which `wanted` has in full. A nested stack in which
/// nothing changes is no change.
pub(super) fn make(
    world: &mut World,
    root: &ChangeSet,
    parent: Parent<'_>,
    changes: &mut Vec<ResourceChange>,
    wanted: &[Wanted],
) {
    changes.retain_mut(|resource| {
        let is_it = |one: &&Wanted| one.type_name == NESTED_STACK && resource.logical_id == one.logical_id;
        match wanted.iter().find(is_it) {
            Some(nested) if nested.is_new => {
                add(world, root, parent, nested, resource);
                true
            }
            Some(nested) => modify(world, root, parent, nested, resource),
            None => true,
        }
    });
}

/// The nested stack is made to be reviewed. What cannot be worked out yet stays a change that is not known.
fn add(world: &mut World, root: &ChangeSet, parent: Parent<'_>, nested: &Wanted, resource: &mut ResourceChange) {
    let id = machine::nested_stack(world, parent.stack, &nested.logical_id);
    let found = find(world, root, &id, nested);
    let found = found.filter(|found| machine::not_within_itself(world, parent.stack, &found.target).is_ok());
    let Some(found) = found else { return world.forget(&id) };
    machine::stack_event(world, &id, StackStatus::ReviewInProgress, Some("User Initiated"));
    if !put(world, root, parent, &id, ChangeSetKind::Create, found, resource) {
        world.forget(&id);
    }
}

/// Says whether there is, or may be, a change.
fn modify(
    world: &mut World,
    root: &ChangeSet,
    parent: Parent<'_>,
    nested: &Wanted,
    resource: &mut ResourceChange,
) -> bool {
    let id = resource.physical_id.clone().unwrap_or_default();
    let Some(found) = find(world, root, &id, nested) else { return true };
    let is_only_perhaps = resource.details.iter().all(|detail| detail.change_source.as_deref() == Some("Automatic"));
    let is_changed = found.preview.anything && put(world, root, parent, &id, ChangeSetKind::Update, found, resource);
    is_changed || !is_only_perhaps
}

fn find(world: &World, root: &ChangeSet, id: &str, nested: &Wanted) -> Option<Found> {
    let stack = world.stacks.get(id)?;
    let region = stack.place.region.as_str();
    let (target, document) =
        machine::nested_target(world, region, &root.target, &nested.properties, &stack.content).ok()?;
    let preview = preview(world, stack, &document, &target).ok()?;
    Some(Found { target, preview })
}

/// The change set of a nested stack; `false` if nothing changes further inside either.
fn put(
    world: &mut World,
    root: &ChangeSet,
    parent: Parent<'_>,
    id: &str,
    kind: ChangeSetKind,
    found: Found,
    resource: &mut ResourceChange,
) -> bool {
    let Found { target, preview } = found;
    let Some(stack) = world.stacks.get(id) else { return false };
    let (place, name) = (stack.place.clone(), format!("{}-{}-{}", root.name, stack.name, world.ids.upper(12)));
    let uuid = world.ids.uuid();
    let set_id =
        format!("arn:{}:cloudformation:{}:{}:changeSet/{name}/{uuid}", place.partition(), place.region, place.account);
    let mut changes = preview.changes;
    make(world, root, Parent { stack: id, change_set: &set_id }, &mut changes, &preview.wanted);
    if changes.is_empty() && !preview.beyond_resources {
        return false;
    }
    resource.change_set_id = Some(set_id.clone());
    let change_set = ChangeSet {
        id: set_id,
        name,
        kind,
        created: world.now(),
        status: ChangeSetStatus::CreateComplete,
        reason: Some("Executable from root change set".to_owned()),
        execution: ExecutionStatus::Unavailable,
        target: Content { outputs: Vec::new(), ..target },
        changes,
        parent: Some(parent.change_set.to_owned()),
        root: Some(root.id.clone()),
        ..root.clone()
    };
    world.add_change_set(id, change_set);
    true
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
