//! Nested stacks: a resource that is a stack of its own.
//!
//! Source: AWS CloudFormation User Guide, "Split a template into reusable pieces using nested stacks".

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::begin::{Start, begin};
use crate::document;
use crate::evaluate::text_of;
use crate::model::{Content, OperationKind, Status};
use crate::parameters::{self, Given};
use crate::resources::{Made, Owner};
use crate::stacks;
use crate::world::{Others, World};

/// What a nested stack is to become, from the properties of the resource.
fn target(world: &World, region: &str, properties: &Json, previous: &Content) -> Result<Content, String> {
    let url = properties.get("TemplateURL").and_then(Json::as_str).unwrap_or_default();
    let text = world.objects.template(url).map_err(|error| error.message)?;
    let document = document::read(&text, region).map_err(|error| error.message)?;
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
    let parameters = parameters::settle(&document.template, &given, &previous.parameters, &Others::new(world, region))?;
    Ok(Content {
        template: Some(text),
        description: document.template.description.clone(),
        parameters,
        resources: previous.resources.clone(),
        outputs: previous.outputs.clone(),
        ..Content::default()
    })
}

pub(super) fn create(world: &mut World, parent: &str, owner: &Owner<'_>, properties: &Json) -> Result<Made, String> {
    let target = target(world, &owner.place.region, properties, &Content::default())?;
    let name = format!("{}-{}-{}", owner.stack_name, owner.logical_id, world.ids.upper(12));
    let id = stacks::new_stack(world, owner.place, &name);
    let root = world.stacks.get(parent).and_then(|stack| stack.root.clone()).unwrap_or_else(|| parent.to_owned());
    if let Some(stack) = world.stack_mut(&id) {
        stack.parent = Some(parent.to_owned());
        stack.root = Some(root);
    }
    begin(world, &id, Start { reason: None, ..Start::new(OperationKind::Create, target) });
    Ok(Made { physical_id: id, attributes: Default::default() })
}

/// Starts the update of a nested stack; `false` when there is nothing to update.
pub(super) fn update(world: &mut World, id: &str, properties: &Json) -> Result<bool, String> {
    let Some(stack) = world.stacks.get(id) else { return Err(format!("Stack [{id}] does not exist")) };
    let target = target(world, &stack.place.region, properties, &stack.content)?;
    if target.template == stack.content.template
        && target.parameters == stack.content.parameters
        && stack.status.is_updatable()
    {
        return Ok(false);
    }
    if !stack.status.is_updatable() {
        return Err(format!("Stack:{id} is in {} state and can not be updated.", stack.status.as_str()));
    }
    begin(world, id, Start { reason: None, ..Start::new(OperationKind::Update, target) });
    Ok(true)
}

/// Back to what the properties say.
pub(super) fn restore(world: &mut World, id: &str, properties: &Json) {
    let is_idle = world.stacks.get(id).is_some_and(|stack| stack.status.is_updatable());
    if is_idle {
        // It failed already, or is as it was: nothing to go back to.
        let _ = update(world, id, properties);
    }
}

/// What became of it; `None` while something goes on.
pub(super) fn outcome(world: &World, id: &str) -> Option<Result<(), String>> {
    let Some(stack) = world.stacks.get(id) else { return Some(Err(format!("Stack [{id}] does not exist"))) };
    if stack.operation.is_some() {
        return None;
    }
    Some(match stack.status {
        Status::CreateComplete | Status::UpdateComplete => Ok(()),
        status => {
            let first = stack.events.iter().rev().find_map(|event| match event.status {
                Some(Status::CreateFailed | Status::UpdateFailed) => event
                    .reason
                    .clone()
                    .map(|reason| format!("The following resource(s) failed: [{}]. {reason}", event.logical_id)),
                _ => None,
            });
            Err(format!(
                "Embedded stack {id} was not successfully carried out ({}): {}",
                status.as_str(),
                first.unwrap_or_default()
            ))
        }
    })
}

/// The outputs of the nested stack become attributes of the resource.
pub(super) fn take_outputs(world: &mut World, parent: &str, logical_id: &str) {
    let outputs = {
        let Some(resource) = world.stacks.get(parent).and_then(|stack| stack.content.resources.get(logical_id)) else {
            return;
        };
        if resource.type_name != crate::resources::special::NESTED_STACK {
            return;
        }
        let Some(child) = world.stacks.get(&resource.physical_id) else { return };
        child.content.outputs.clone()
    };
    if let Some(resource) = world.stack_mut(parent).and_then(|stack| stack.content.resources.get_mut(logical_id)) {
        resource.attributes =
            outputs.into_iter().map(|output| (format!("Outputs.{}", output.key), json!(output.value))).collect();
    }
}

/// The parent gave up.
pub(super) fn cancel(world: &mut World, parent: &str, logical_id: &str) {
    let child = world.stacks.get(parent).and_then(|stack| stack.content.resources.get(logical_id));
    let Some(child) = child
        .filter(|child| child.type_name == crate::resources::special::NESTED_STACK)
        .map(|child| child.physical_id.clone())
    else {
        return;
    };
    crate::stacks::cancel(world, &child);
}

pub(super) fn delete(world: &mut World, id: &str) {
    let Some(stack) = world.stacks.get(id) else { return };
    if stack.operation.is_none() && stack.status != Status::DeleteComplete {
        let content = stack.content.clone();
        begin(world, id, Start { reason: None, ..Start::new(OperationKind::Delete, content) });
    }
}

/// Whether it is gone; `None` while something goes on.
pub(super) fn deleted(world: &mut World, id: &str) -> Option<Result<(), String>> {
    let Some(stack) = world.stacks.get(id) else { return Some(Ok(())) };
    if stack.operation.is_some() {
        return None;
    }
    match stack.status {
        Status::DeleteComplete => Some(Ok(())),
        Status::DeleteFailed => Some(Err(format!(
            "Embedded stack {id} was not successfully deleted: {}",
            stack.reason.clone().unwrap_or_default()
        ))),
        _ => {
            delete(world, id);
            None
        }
    }
}
