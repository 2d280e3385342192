//! The steps of a phase: which resources they are about, and what each waits for.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::graph::Graph;

use super::under_way::operation_mut;
use crate::document::Document;
use crate::evaluate::Evaluator;
use crate::model::{Action, Phase, StackResource, Step, StepState};
use crate::world::World;

/// Has the operation go on with these.
pub(super) fn set_steps(world: &mut World, id: &str, phase: Phase, steps: Vec<Step>) {
    if let Some(operation) = operation_mut(world, id) {
        operation.phase = phase;
        operation.steps = steps;
        operation.failed = false;
    }
    world.wake(id);
}

/// The resources whose condition holds, in the order of the template.
pub(super) fn wanted(document: &Document, evaluator: &Evaluator<'_>) -> Result<Vec<String>, String> {
    let mut wanted = Vec::new();
    for (id, resource) in &document.written.resources {
        if resource.condition.as_deref().map_or(Ok(true), |condition| evaluator.condition(condition))? {
            wanted.push(id.clone());
        }
    }
    Ok(wanted)
}

/// Deletes these, consumers before what they use.
pub(super) fn deletions(resources: Vec<StackResource>) -> Vec<Step> {
    let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        for other in resource.depends_on.iter().filter(|other| **other != resource.logical_id) {
            users.entry(other).or_default().push(index);
        }
    }
    let after: Vec<Vec<usize>> =
        resources.iter().map(|own| users.get(own.logical_id.as_str()).cloned().unwrap_or_default()).collect();
    // Resources of an old and a new template side by side could wait for each other in a circle.
    let is_circular = is_circular(&after);
    resources
        .into_iter()
        .zip(after)
        .map(|(resource, after)| Step {
            logical_id: resource.logical_id.clone(),
            action: Action::Delete(Box::new(resource)),
            after: if is_circular { Vec::new() } else { after },
            state: StepState::Waiting,
        })
        .collect()
}

fn is_circular(after: &[Vec<usize>]) -> bool {
    let mut graph = Graph::new(after.len());
    for (node, others) in after.iter().enumerate() {
        others.iter().for_each(|other| graph.add(node, *other));
    }
    !graph.cycles().is_empty()
}

/// Deletes resources that the updated template no longer has.
pub(super) fn cleanup(world: &World, id: &str, wanted: &[String]) -> Vec<Step> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let wanted: BTreeSet<&String> = wanted.iter().collect();
    let removed = stack
        .content
        .resources
        .values()
        .filter(|resource| resource.is_there() && !wanted.contains(&resource.logical_id));
    deletions(stack.leftovers.iter().chain(removed).cloned().collect())
}
