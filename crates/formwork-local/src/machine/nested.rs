//! Nested stacks: a resource that is a stack of its own.
//!
//! The update of a nested stack is held ([`Phase::Held`]) until that of its parent is done: only then what it does without is deleted,
//! so that it can still go back together with the parent.
//!
//! Source: AWS CloudFormation User Guide, "Split a template into reusable pieces using nested stacks", "Update behaviors of stack
//! resources"; "Troubleshooting", "Nested stacks are stuck in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS".

use std::collections::BTreeMap;

use formwork_model::change_set::Action;
use formwork_model::{Pseudo, ResourceChange};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::allowed::{Ask, allowed};
use super::begin::{Start, begin};
use super::finish;
use super::stop::stop;
use super::under_way::operation;
use crate::document::{self, Document, capabilities};
use crate::evaluate::text_of;
use crate::model::{ChangeSet, Content, ExecutionStatus, OnFailure, OperationKind, Phase, Stack, StackResource};
use crate::parameters::{self, Given};
use crate::resources::special::NESTED_STACK;
use crate::resources::{Made, Owner};
use crate::stacks;
use crate::status::EventStatus;
use crate::time;
use crate::view::Others;
use crate::world::World;
use formwork_model::status::{ResourceStatus, StackStatus};

/// The target of a nested stack, from the properties of the resource and the target of its parent.
///
/// Source: Template Reference, "AWS::CloudFormation::Stack": "You must acknowledge IAM capabilities for nested stacks that contain IAM
/// resources", with the root's; `Tags`.
pub(crate) fn target(
    world: &World,
    region: &str,
    parent: &Content,
    properties: &Json,
    previous: &Content,
) -> Result<(Content, Document), String> {
    let url = properties.get("TemplateURL").and_then(Json::as_str).unwrap_or_default();
    let text = world.objects.template(url).map_err(|error| error.message)?;
    let document = document::read(&world.registry, &text, region).map_err(|error| error.message)?;
    let given: IndexMap<String, Given> = properties
        .get("Parameters")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| {
            // A list given to a nested stack travels with commas.
            let text = match value {
                Json::Array(items) => Some(items.iter().filter_map(text_of).collect::<Vec<_>>().join(",")),
                other => text_of(other),
            };
            Some((key.clone(), Given::Value(text?)))
        })
        .collect();
    let parameters =
        parameters::settle(&document.template, &given, &previous.parameters, &Others::new(world, region), region)?;
    let values = parameters::evaluated(&document.template, &parameters);
    let pseudo = Pseudo { region: region.to_owned(), ..Pseudo::default() };
    let document = document.settled(&world.registry, &values, &pseudo).map_err(|error| error.message)?;
    if let Some(missing) = capabilities::missing(&document, &parent.capabilities) {
        return Err(missing);
    }
    // Its own tags, and those of its parent that it has none of the same key for.
    let own = properties.get("Tags").and_then(Json::as_array).into_iter().flatten();
    let text_at = |tag: &Json, name: &str| tag.get(name).and_then(text_of).unwrap_or_default();
    let mut tags: Vec<(String, String)> = own.map(|tag| (text_at(tag, "Key"), text_at(tag, "Value"))).collect();
    for (key, value) in &parent.tags {
        if !tags.iter().any(|(own, _)| own == key) {
            tags.push((key.clone(), value.clone()));
        }
    }
    let arns = properties.get("NotificationARNs").and_then(Json::as_array).into_iter().flatten();
    let content = Content {
        template: Some(text),
        description: document.template.description.clone(),
        parameters,
        tags,
        capabilities: parent.capabilities.clone(),
        notification_arns: arns.filter_map(text_of).collect(),
        outputs: previous.outputs.clone(),
        ..Content::default()
    };
    Ok((content, document))
}

pub(super) fn create(world: &mut World, parent: &str, owner: &Owner<'_>, properties: &Json) -> Result<Made, String> {
    let above = operation(world, parent).map(|operation| operation.target.clone()).unwrap_or_default();
    let (target, _) = target(world, &owner.place.region, &above, properties, &Content::default())?;
    not_within_itself(world, parent, &target)?;
    let id = reviewed(world, parent, owner.logical_id).unwrap_or_else(|| new_stack(world, parent, owner.logical_id));
    let start = start(world, &id, OperationKind::Create, target);
    begin(world, &id, start);
    Ok(Made { physical_id: id, attributes: Default::default() })
}

/// The depth to which stacks may be nested: deeper than anybody nests them, so that one that has itself within it, with other parameters each time,
/// comes to an end.
const DEEPEST: usize = 50;

/// A stack that has itself within it would never be done.
pub(crate) fn not_within_itself(world: &World, parent: &str, target: &Content) -> Result<(), String> {
    let mut depth = 0;
    let mut above = Some(parent);
    while let Some(stack) = above.and_then(|id| world.stacks.get(id)) {
        depth += 1;
        let operation = stack.operation.as_ref().map(|operation| &operation.target);
        let reviewed = stack.change_sets.values().map(|set| &set.target);
        let mut contents = operation.into_iter().chain(reviewed).chain([&stack.content]);
        let is_it = |content: &Content| content.template == target.template && content.parameters == target.parameters;
        if depth > DEEPEST || contents.any(is_it) {
            return Err(format!("Nested stacks of {} have it within them", stack.name));
        }
        above = stack.parent.as_deref();
    }
    Ok(())
}

/// A nested stack without anything in it.
pub(crate) fn new_stack(world: &mut World, parent: &str, logical_id: &str) -> String {
    let Some(stack) = world.stacks.get(parent) else { return String::new() };
    let (place, root) = (stack.place.clone(), stack.root.clone().unwrap_or_else(|| parent.to_owned()));
    // The name of a stack has at most 128 characters.
    let mut name = format!("{}-{logical_id}", stack.name);
    name.truncate(115);
    let name = format!("{name}-{}", world.ids.upper(12));
    let id = stacks::new_stack(world, &place, &name);
    if let Some(stack) = world.stack_mut(&id) {
        stack.parent = Some(parent.to_owned());
        stack.root = Some(root);
    }
    id
}

/// The stack that was made with the change set which is being executed.
fn reviewed(world: &World, parent: &str, logical_id: &str) -> Option<String> {
    let stack = world.stacks.get(parent)?;
    let executed = stack.change_sets.values().find(|set| set.execution == ExecutionStatus::ExecuteInProgress)?;
    let is_added = |change: &&ResourceChange| change.logical_id == logical_id && change.action == Action::Add;
    let change = executed.changes.iter().find(is_added)?;
    let nested = world.stack_of_change_set(&stack.place.region, change.change_set_id.as_deref()?)?;
    (nested.status == StackStatus::ReviewInProgress).then(|| nested.id.clone())
}

/// Change sets of nested stacks go with that of their root, and nested stacks that were made with one go unless it can
/// still be executed, or is.
///
/// Source: User Guide, "Change sets for nested stacks", `delete-change-set`.
pub(crate) fn drop_orphans(world: &mut World, root: &str) {
    let Some(stack) = world.stacks.get(root) else { return };
    let is_there = stack.status != StackStatus::DeleteComplete;
    let sets: BTreeMap<String, ExecutionStatus> =
        stack.change_sets.values().map(|set| (set.id.clone(), set.execution)).collect();
    let is_nested = |stack: &&Stack| stack.root.as_deref() == Some(root) && !stack.change_sets.is_empty();
    let family: Vec<String> = world.stacks.values().filter(is_nested).map(|stack| stack.id.clone()).collect();
    for id in family {
        let Some(stack) = world.stack_mut(&id) else { continue };
        let of_root = |set: &ChangeSet| set.root.as_ref().and_then(|root| sets.get(root)).copied();
        stack.change_sets.retain(|_, set| set.root.is_none() || of_root(set).is_some());
        // One that came to nothing ended as that of its root did.
        let is_executed = |set: &ChangeSet| set.execution == ExecutionStatus::ExecuteInProgress;
        for set in stack.change_sets.values_mut().filter(|set| is_executed(set)) {
            set.execution = of_root(set).unwrap_or(set.execution);
        }
        let can_be_made = |set: &ChangeSet| {
            matches!(of_root(set), Some(ExecutionStatus::Available | ExecutionStatus::ExecuteInProgress))
        };
        let is_open = is_there && stack.change_sets.values().any(can_be_made);
        if stack.status == StackStatus::ReviewInProgress && !is_open {
            finish::deleted_at_once(world, &id);
        }
    }
}

/// Starts the update of a nested stack; `false` when there is nothing to update.
pub(super) fn update(world: &mut World, id: &str, properties: &Json) -> Result<bool, String> {
    let Some(stack) = world.stacks.get(id) else { return Err(format!("Stack [{id}] does not exist")) };
    let target = match stack.undo.as_ref().filter(|_| is_undone(world, stack.parent.as_deref())) {
        Some(undo) => undo.clone(),
        None => {
            let parent = stack.parent.as_deref().and_then(|parent| operation(world, parent));
            let parent = parent.map(|operation| operation.target.clone()).unwrap_or_default();
            target(world, &stack.place.region, &parent, properties, &stack.content)?.0
        }
    };
    if !allowed(stack.status).contains(&Ask::Update) {
        return Err(format!("Stack:{id} is in {} state and can not be updated.", stack.status.as_str()));
    }
    if is_same(&target, &stack.content) && stack.status.is_stable() && !has_nested(stack.content.resources.values()) {
        return Ok(false);
    }
    let start = start(world, id, OperationKind::Update, target);
    begin(world, id, start);
    Ok(true)
}

/// As its parent goes: express mode is that of the whole tree.
///
/// Source: User Guide, "Deploy AWS CloudFormation stacks faster with express mode", "Express mode and nested stacks".
fn start(world: &World, id: &str, kind: OperationKind, target: Content) -> Start {
    let parent = world.stacks.get(id).and_then(|stack| world.stacks.get(stack.parent.as_ref()?));
    let parent = parent.and_then(|parent| parent.operation.as_ref());
    let express = parent.is_some_and(|operation| operation.express);
    // A creation that fails stays as it is for the parent to delete (amplify-js issue 5811), unless the parent stays as it is too: its names would
    // be in the way of the next attempt. An update goes back by itself.
    let is_deleted = parent.is_some_and(|operation| operation.on_failure != OnFailure::DoNothing);
    let on_failure =
        if kind == OperationKind::Create && is_deleted { OnFailure::DoNothing } else { OnFailure::Rollback };
    Start { reason: None, express, on_failure, is_of_parent: true, ..Start::new(kind, target) }
}

fn has_nested<'a>(mut resources: impl Iterator<Item = &'a StackResource>) -> bool {
    resources.any(|resource| resource.type_name == NESTED_STACK && resource.is_there())
}

/// The nested stacks of a stack.
fn children(world: &World, id: &str) -> Vec<String> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let resources = stack.content.resources.values().chain(&stack.leftovers);
    resources
        .filter(|resource| resource.type_name == NESTED_STACK && resource.is_there())
        .map(|resource| resource.physical_id.clone())
        .collect()
}

fn is_held(world: &World, id: &str) -> bool {
    operation(world, id).is_some_and(|operation| operation.phase == Phase::Held)
}

fn is_same(one: &Content, other: &Content) -> bool {
    one.template == other.template && one.parameters == other.parameters && one.tags == other.tags
}

/// True if the stack is being updated to what it was before updates of its parent that failed.
fn is_undone(world: &World, id: Option<&str>) -> bool {
    let stack = id.and_then(|id| world.stacks.get(id));
    stack.is_some_and(|stack| match (&stack.undo, &stack.operation) {
        (Some(undo), Some(operation)) => is_same(undo, &operation.target),
        _ => false,
    })
}

/// True if the update of the stack must wait for that of its parent: if it belongs to it, and that is not rolled back.
pub(super) fn waits_for_parent(world: &World, id: &str) -> bool {
    let parent = world.stacks.get(id).and_then(|stack| stack.parent.as_deref());
    let parent = parent.and_then(|parent| operation(world, parent));
    operation(world, id).is_some_and(|operation| operation.is_of_parent)
        && parent.is_some_and(|operation| operation.phase == Phase::Forward)
}

/// The stack's update is over, and that of its nested stacks with it: for good, or as far as it came.
pub(super) fn release(world: &mut World, id: &str, for_good: bool) {
    for child in children(world, id) {
        if !is_held(world, &child) {
            continue;
        }
        if let Some(stack) = world.stack_mut(&child).filter(|stack| !for_good && stack.undo.is_none()) {
            stack.undo = stack
                .operation
                .as_ref()
                .map(|operation| Content { resources: Default::default(), ..operation.before.clone() });
        }
        finish::clean_up(world, &child);
    }
}

/// A stack is what it should be: where its nested stacks, at any depth, could have gone back to is of no use any more.
pub(super) fn settle(world: &mut World, id: &str) {
    let Some(stack) = world.stack_mut(id) else { return };
    if stack.undo.as_ref().is_some_and(|undo| is_same(undo, &stack.content)) {
        stack.undo = None;
    }
    if stack.undo.is_some() {
        return;
    }
    let mut below = children(world, id);
    while let Some(child) = below.pop() {
        if let Some(stack) = world.stack_mut(&child).filter(|stack| stack.undo.is_some()) {
            stack.undo = None;
            below.extend(children(world, &child));
        }
    }
}

/// True if the stack can only be done after nested ones, which are cleaned up.
pub(super) fn is_awaited(world: &World, id: &str) -> bool {
    operation(world, id).is_some_and(|operation| operation.phase == Phase::Cleanup)
        && children(world, id).iter().any(|child| operation(world, child).is_some())
}

/// True if a nested stack is not what it was when the update of its parent began.
pub(super) fn is_touched(world: &World, resource: &StackResource) -> bool {
    resource.type_name == NESTED_STACK
        && world.stacks.get(&resource.physical_id).is_some_and(|stack| {
            stack.operation.is_some() || stack.status == StackStatus::UpdateRollbackFailed || stack.undo.is_some()
        })
}

/// The parent is rolled back, and with it what was done already. If the rollback failed in the nested stack, it is tried again when that
/// of the parent is.
///
/// Source: User Guide, "Continue rolling back an update": "rolling back the parent stack will attempt to roll back all the child stacks
/// as well".
pub(super) fn restore(world: &mut World, parent: &str, id: &str) {
    if is_held(world, id) {
        finish::go_back(world, id, None);
        return;
    }
    let (Some(operation), Some(stack)) = (operation(world, parent), world.stacks.get(id)) else { return };
    let is_again = matches!(operation.kind, OperationKind::Rollback | OperationKind::ContinueRollback);
    if !is_again || stack.operation.is_some() {
        return;
    }
    if stack.status == StackStatus::UpdateRollbackFailed {
        // Its own, and those of nested stacks of it; the parent's are not its business.
        let own = |skipped: &String| {
            let (name, logical_id) = skipped.split_once('.')?;
            Some(if name == stack.name { logical_id.to_owned() } else { skipped.clone() })
        };
        let skip = operation.skip.iter().filter_map(own).collect();
        let start = Start { reason: None, ..Start::back(OperationKind::ContinueRollback, skip) };
        begin(world, id, start);
    } else if let Some(undo) = stack.undo.clone().filter(|_| stack.status.is_stable()) {
        // What it did without is gone: it is updated to what it was.
        let start = start(world, id, OperationKind::Update, undo);
        begin(world, id, start);
    }
}

/// Resources that `ContinueUpdateRollback` may skip: those whose rollback failed, not those whose update failed or was cancelled.
/// Resources of nested stacks have the name of their stack before them; a nested stack itself can be left only when it is being
/// deleted, or should have been.
///
/// Source: API Reference, `ContinueUpdateRollback`, `ResourcesToSkip`.
pub(crate) fn skippable(world: &World, id: &str) -> Vec<String> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let mut found = Vec::new();
    for resource in stack.content.resources.values().filter(|resource| resource.status == ResourceStatus::UpdateFailed)
    {
        let child = world.stacks.get(&resource.physical_id).filter(|_| resource.type_name == NESTED_STACK);
        match child.map(|child| child.status) {
            Some(StackStatus::UpdateRollbackFailed) => found.extend(skippable(world, &resource.physical_id)),
            None | Some(StackStatus::DeleteInProgress | StackStatus::DeleteComplete | StackStatus::DeleteFailed)
                if resource.is_stuck =>
            {
                found.push(match stack.parent {
                    Some(_) => format!("{}.{}", stack.name, resource.logical_id),
                    None => resource.logical_id.clone(),
                });
            }
            _ => {}
        }
    }
    found
}

/// `Ok` if it is rolled back, an error if that failed; `None` while something goes on.
pub(super) fn restored(world: &World, id: &str) -> Option<Result<(), String>> {
    let Some(stack) = world.stacks.get(id) else { return Some(Ok(())) };
    if stack.operation.is_some() {
        return None;
    }
    Some(if stack.status.is_stable() && stack.undo.is_none() { Ok(()) } else { Err(failure(world, id, "rolled back")) })
}

/// The outcome; `None` while something goes on.
pub(super) fn outcome(world: &World, id: &str, created: bool) -> Option<Result<(), String>> {
    let Some(stack) = world.stacks.get(id) else { return Some(Err(format!("Stack [{id}] does not exist"))) };
    match (&stack.operation, stack.status) {
        (Some(operation), _) if operation.phase == Phase::Held => Some(Ok(())),
        // That it goes back is enough to know: amplify-js issue 6367. A new one is gone before its parent goes on.
        (Some(operation), _) if !created && matches!(operation.phase, Phase::Back | Phase::BackCleanup) => {
            Some(Err(failure(world, id, "updated")))
        }
        (Some(_), _) => None,
        (None, StackStatus::CreateComplete | StackStatus::UpdateComplete) => Some(Ok(())),
        (None, _) => Some(Err(failure(world, id, if created { "created" } else { "updated" }))),
    }
}

fn failure(world: &World, id: &str, what: &str) -> String {
    let Some(stack) = world.stacks.get(id) else { return format!("Stack [{id}] does not exist") };
    // Why it went back, rather than that it is back.
    let went_back = stack.events.iter().rev().find(|event| {
        event.physical_id == id
            && event.reason.is_some()
            && matches!(
                event.status.and_then(EventStatus::of_stack),
                Some(
                    StackStatus::RollbackInProgress
                        | StackStatus::UpdateRollbackInProgress
                        | StackStatus::UpdateRollbackFailed
                )
            )
    });
    let status = went_back.and_then(|event| event.status?.of_stack()).unwrap_or(stack.status);
    let reason = went_back.and_then(|event| event.reason.clone()).or_else(|| stack.reason.clone()).unwrap_or_default();
    match what {
        "created" | "deleted" => format!("Embedded stack {id} was not successfully {what}: {reason}"),
        _ => format!(
            "Embedded stack {id} was not successfully {what}. Currently in {} with reason: {reason}",
            status.as_str()
        ),
    }
}

/// The id of the nested stack and its outputs become attributes of the resource.
///
/// Source: AWS CloudFormation Template Reference, "AWS::CloudFormation::Stack", "Return values".
pub(super) fn take_outputs(world: &mut World, parent: &str, logical_id: &str) {
    let resource = world.stacks.get(parent).and_then(|stack| stack.content.resources.get(logical_id));
    let Some(resource) = resource.filter(|resource| resource.type_name == NESTED_STACK) else { return };
    let Some(child) = world.stacks.get(&resource.physical_id) else { return };
    let own = [
        ("StackId", Some(child.id.clone())),
        ("StackStatus", Some(child.status.as_str().to_owned())),
        ("CreationTime", Some(time::text(child.created))),
        ("LastUpdateTime", child.updated.map(time::text)),
        ("ParentId", child.parent.clone()),
        ("RootId", child.root.clone()),
        ("ChangeSetId", None),
    ];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), json!(value.unwrap_or_default())));
    let attributes = own.chain(outputs(child)).collect();
    if let Some(resource) = world.stack_mut(parent).and_then(|stack| stack.content.resources.get_mut(logical_id)) {
        resource.attributes = attributes;
    }
}

/// A nested stack that is back what it was may have made things anew: its outputs are today's.
pub(super) fn renew_outputs(world: &mut World, parent: &str, before: &StackResource) {
    let Some(child) = world.stacks.get(&before.physical_id) else { return };
    let outputs: Vec<(String, Json)> = outputs(child).collect();
    let listed = world.stack_mut(parent).and_then(|stack| stack.content.resources.get_mut(&before.logical_id));
    if let Some(resource) = listed {
        resource.attributes.retain(|name, _| !name.starts_with(OUTPUTS));
        resource.attributes.extend(outputs);
    }
}

const OUTPUTS: &str = "Outputs.";

fn outputs(stack: &Stack) -> impl Iterator<Item = (String, Json)> {
    stack.content.outputs.iter().map(|output| (format!("{OUTPUTS}{}", output.key), json!(output.value)))
}

/// The parent gave up.
pub(super) fn cancel(world: &mut World, parent: &str, logical_id: &str) {
    let child = world.stacks.get(parent).and_then(|stack| stack.content.resources.get(logical_id));
    if let Some(child) = child.filter(|child| child.type_name == NESTED_STACK).map(|child| child.physical_id.clone()) {
        stop(world, &child, "Resource creation cancelled. ");
    }
}

pub(super) fn delete(world: &mut World, id: &str) {
    let Some(stack) = world.stacks.get(id) else { return };
    if stack.operation.is_none() && stack.status != StackStatus::DeleteComplete {
        let start = start(world, id, OperationKind::Delete, Content::default());
        begin(world, id, start);
    } else if is_held(world, id) {
        // The parent is deleted, or does without: there is nothing to keep.
        finish::clean_up(world, id);
    }
}

/// `Ok` if it is gone, an error if that failed; `None` while something goes on.
pub(super) fn deleted(world: &mut World, id: &str) -> Option<Result<(), String>> {
    if is_held(world, id) {
        finish::clean_up(world, id);
    }
    let Some(stack) = world.stacks.get(id) else { return Some(Ok(())) };
    if stack.operation.is_some() {
        return None;
    }
    if stack.status == StackStatus::DeleteComplete {
        return Some(Ok(()));
    }
    // Something else was going on when the deletion was to begin; or it was begun and failed.
    if stack.operations.first().is_some_and(|last| last.kind == OperationKind::Delete) {
        return Some(Err(failure(world, id, "deleted")));
    }
    delete(world, id);
    None
}
