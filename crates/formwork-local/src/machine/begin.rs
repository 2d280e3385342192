//! How operations start, and the steps of each phase.

use std::collections::BTreeMap;

use crate::document::Document;
use crate::evaluate::Evaluator;
use crate::model::{
    Action, Content, OnFailure, Operation, OperationKind, OperationSummary, Phase, StackResource, Status, Step,
    StepState,
};
use crate::parameters;
use crate::time;
use crate::world::{Deployed, Others, World, pseudo};

/// What an operation is to do.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) kind: OperationKind,
    pub(crate) target: Content,
    pub(crate) token: Option<String>,
    pub(crate) change_set: Option<String>,
    pub(crate) on_failure: OnFailure,
    pub(crate) retain: Vec<String>,
    pub(crate) force: bool,
    pub(crate) skip: Vec<String>,
    pub(crate) express: bool,
    pub(crate) reason: Option<String>,
}

impl Start {
    pub(crate) fn new(kind: OperationKind, target: Content) -> Self {
        Start {
            kind,
            target,
            token: None,
            change_set: None,
            on_failure: OnFailure::Rollback,
            retain: Vec::new(),
            force: false,
            skip: Vec::new(),
            express: false,
            reason: Some("User Initiated".to_owned()),
        }
    }
}

/// Starts an operation; says its id. Nothing else may be going on with the stack.
pub(crate) fn begin(world: &mut World, id: &str, start: Start) -> String {
    let operation_id = world.ids.uuid();
    let Some(stack) = world.stack_mut(id) else { return operation_id };
    let now = time::now();
    let kind = start.kind;
    let (status, phase) = match kind {
        OperationKind::Create => (Status::CreateInProgress, Phase::Forward),
        OperationKind::Update => (Status::UpdateInProgress, Phase::Forward),
        OperationKind::Delete => (Status::DeleteInProgress, Phase::Delete),
        OperationKind::Rollback | OperationKind::ContinueRollback => match stack.status {
            Status::CreateFailed => (Status::RollbackInProgress, Phase::BackCleanup),
            _ => (Status::UpdateRollbackInProgress, Phase::Back),
        },
    };
    if kind == OperationKind::Update {
        stack.updated = Some(now);
    }
    let mut before = stack.content.clone();
    if matches!(kind, OperationKind::Rollback | OperationKind::ContinueRollback) {
        before = stack.last_whole.clone().unwrap_or_default();
    }
    if kind == OperationKind::Create {
        stack.content = Content { resources: Default::default(), ..start.target.clone() };
        before = Content::default();
    }
    stack.operations.insert(0, OperationSummary { id: operation_id.clone(), kind, started: now, ended: None });
    stack.operations.truncate(20);
    stack.operation = Some(Operation {
        id: operation_id.clone(),
        kind,
        token: start.token,
        change_set: start.change_set,
        target: start.target,
        before,
        phase,
        steps: Vec::new(),
        leftovers: Vec::new(),
        on_failure: start.on_failure,
        retain: start.retain,
        force: start.force,
        skip: start.skip,
        failed: None,
        express: start.express,
    });
    world.active.insert(id.to_owned());
    super::stack_event(world, id, status, start.reason.as_deref());
    if phase == Phase::Delete
        && let Some(reason) = export_in_use(world, id)
    {
        super::finish::end(world, id, Status::DeleteFailed, Some(&reason));
        return operation_id;
    }
    let steps = match phase {
        Phase::Forward => match forward(world, id) {
            Ok(steps) => steps,
            Err(reason) => {
                // Nothing was begun: there is nothing to do but to go back.
                super::finish::forward_failed(world, id, &reason);
                return operation_id;
            }
        },
        Phase::Delete => deletion(world, id),
        Phase::Back => back(world, id),
        _ => back_cleanup(world, id),
    };
    set_steps(world, id, phase, steps);
    operation_id
}

/// Source: AWS CloudFormation User Guide, "Exported output values": a stack whose export is imported cannot be deleted.
fn export_in_use(world: &World, id: &str) -> Option<String> {
    let stack = world.stacks.get(id)?;
    stack.content.outputs.iter().filter_map(|output| output.export_name.as_deref()).find_map(|name| {
        let user = world.importers(&stack.place.region, name).find(|user| user.id != id)?;
        Some(format!("Export {name} cannot be deleted as it is in use by {}", user.name))
    })
}

pub(super) fn set_steps(world: &mut World, id: &str, phase: Phase, steps: Vec<Step>) {
    if let Some(operation) = world.stack_mut(id).and_then(|stack| stack.operation.as_mut()) {
        operation.phase = phase;
        operation.steps = steps;
    }
}

/// The resources whose condition holds, producers first as the references say.
pub(crate) fn wanted(document: &Document, content: &Content, evaluator: &Evaluator<'_>) -> Result<Vec<String>, String> {
    let _ = content;
    let mut wanted = Vec::new();
    for (id, resource) in &document.template.resources {
        let holds = match &resource.condition {
            Some(condition) => evaluator.condition(condition)?,
            None => true,
        };
        if holds {
            wanted.push(id.clone());
        }
    }
    Ok(wanted)
}

fn forward(world: &mut World, id: &str) -> Result<Vec<Step>, String> {
    let document = world.document_of_operation(id).map_err(|error| error.message)?;
    let Some(stack) = world.stacks.get(id) else { return Ok(Vec::new()) };
    let Some(operation) = &stack.operation else { return Ok(Vec::new()) };
    let values = parameters::evaluated(&document.template, &operation.target.parameters);
    let pseudo = pseudo(&stack.place, &stack.name, &stack.id, &operation.target.notification_arns);
    let others = Others::new(world, &stack.place.region);
    let deployed = Deployed(&stack.content.resources);
    let evaluator = Evaluator::new(&document.template, &pseudo, &values, &deployed, &others);
    let wanted = wanted(&document, &operation.target, &evaluator)?;
    let place: BTreeMap<&str, usize> = wanted.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    Ok(wanted
        .iter()
        .map(|logical_id| Step {
            logical_id: logical_id.clone(),
            action: Action::Apply,
            after: document
                .dependencies
                .get(logical_id)
                .into_iter()
                .flatten()
                .filter_map(|other| place.get(other.as_str()).copied())
                .collect(),
            state: StepState::Waiting,
        })
        .collect())
}

/// Deletes these, consumers before what they use.
pub(super) fn deletions(resources: Vec<StackResource>) -> Vec<Step> {
    let after: Vec<Vec<usize>> = resources
        .iter()
        .map(|own| {
            let uses = |other: &StackResource| {
                other.depends_on.contains(&own.logical_id) && other.logical_id != own.logical_id
            };
            resources.iter().enumerate().filter(|(_, other)| uses(other)).map(|(index, _)| index).collect()
        })
        .collect();
    // Resources of an old and a new template side by side could wait for each other in a circle.
    let after = if is_circular(&after) { vec![Vec::new(); resources.len()] } else { after };
    resources
        .into_iter()
        .zip(after)
        .map(|(resource, after)| Step {
            logical_id: resource.logical_id.clone(),
            action: Action::Delete(Box::new(resource)),
            after,
            state: StepState::Waiting,
        })
        .collect()
}

fn is_circular(after: &[Vec<usize>]) -> bool {
    let mut done = vec![false; after.len()];
    loop {
        let free: Vec<usize> =
            (0..after.len()).filter(|index| !done[*index] && after[*index].iter().all(|other| done[*other])).collect();
        if free.is_empty() {
            return done.contains(&false);
        }
        for index in free {
            done[index] = true;
        }
    }
}

fn deletion(world: &World, id: &str) -> Vec<Step> {
    let resources = world.stacks.get(id).map(|stack| {
        stack.content.resources.values().filter(|resource| resource.is_there()).cloned().collect::<Vec<_>>()
    });
    deletions(resources.unwrap_or_default())
}

/// What the update touched goes back to what it was.
pub(super) fn back(world: &World, id: &str) -> Vec<Step> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let Some(operation) = &stack.operation else { return Vec::new() };
    let touched: Vec<StackResource> = operation
        .before
        .resources
        .values()
        .filter(|before| before.is_there() && !operation.skip.contains(&before.logical_id))
        .filter(|before| {
            stack.content.resources.get(&before.logical_id).is_none_or(|now| {
                now.properties != before.properties
                    || now.physical_id != before.physical_id
                    || now.metadata != before.metadata
                    || matches!(now.status, Status::UpdateFailed | Status::UpdateInProgress)
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

/// What the failed operation made is deleted.
pub(super) fn back_cleanup(world: &World, id: &str) -> Vec<Step> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let Some(operation) = &stack.operation else { return Vec::new() };
    let is_new = |resource: &&StackResource| {
        let before = operation.before.resources.get(&resource.logical_id);
        resource.is_there()
            && before.is_none_or(|before| !before.is_there() || before.physical_id != resource.physical_id)
    };
    // New resources that took over from old ones are among the leftovers once those were restored.
    let made = stack.content.resources.values().chain(&operation.leftovers).filter(is_new).cloned().collect();
    deletions(made)
}

/// What the update does without is deleted.
pub(super) fn cleanup(world: &World, id: &str, wanted: &[String]) -> Vec<Step> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    let Some(operation) = &stack.operation else { return Vec::new() };
    let removed = stack
        .content
        .resources
        .values()
        .filter(|resource| resource.is_there() && !wanted.contains(&resource.logical_id));
    deletions(operation.leftovers.iter().chain(removed).cloned().collect())
}
