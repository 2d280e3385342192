//! The start of operations, and the steps of each phase.

use std::collections::BTreeMap;

use super::events::stack_event;
use super::steps::{set_steps, wanted};
use super::under_way::MAX_OPERATIONS;
use super::{finish, remove, restore};
use crate::evaluate::References;
use crate::model::{
    Action, Content, ExecutionStatus, OnFailure, Operation, OperationKind, OperationSummary, Phase, Step, StepState,
};
use crate::preview::missing_export;
use crate::time::Millis;
use crate::world::World;
use formwork_model::status::StackStatus;

/// The task of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) kind: OperationKind,
    pub(crate) target: Content,
    pub(crate) token: Option<String>,
    pub(crate) change_set: Option<String>,
    pub(crate) on_failure: OnFailure,
    pub(crate) retain: Vec<String>,
    pub(crate) retain_except_on_create: bool,
    pub(crate) force: bool,
    pub(crate) skip: Vec<String>,
    pub(crate) timeout: Option<Millis>,
    pub(crate) express: bool,
    pub(crate) is_of_parent: bool,
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
            retain_except_on_create: false,
            force: false,
            skip: Vec::new(),
            timeout: None,
            express: false,
            is_of_parent: false,
            reason: Some("User Initiated".to_owned()),
        }
    }

    /// The rollback of a stack that failed and stayed as it was.
    pub(crate) fn back(kind: OperationKind, skip: Vec<String>) -> Self {
        Start { skip, on_failure: OnFailure::DoNothing, ..Start::new(kind, Content::default()) }
    }
}

/// Starts an operation; says its id. Nothing else may be going on with the stack, but for a creation that is deleted.
pub(crate) fn begin(world: &mut World, id: &str, start: Start) -> String {
    let operation_id = world.ids.uuid();
    let now = world.now();
    let kind = start.kind;
    let Some(stack) = world.stack_mut(id) else { return operation_id };
    let (status, phase) = match kind {
        OperationKind::Create => (StackStatus::CreateInProgress, Phase::Forward),
        OperationKind::Update => (StackStatus::UpdateInProgress, Phase::Forward),
        OperationKind::Delete => (StackStatus::DeleteInProgress, Phase::Delete),
        OperationKind::Rollback | OperationKind::ContinueRollback => match stack.last_whole {
            // It never was whole: everything goes.
            None => (StackStatus::RollbackInProgress, Phase::BackCleanup),
            Some(_) => (StackStatus::UpdateRollbackInProgress, Phase::Back),
        },
    };
    let before = match kind {
        OperationKind::Create => Content::default(),
        _ if stack.status.is_stable() => stack.content.clone(),
        _ => stack.last_whole.clone().unwrap_or_default(),
    };
    match kind {
        OperationKind::Create => {
            stack.content = Content { resources: Default::default(), ..start.target.clone() };
            // The stack was there before its creation: since the change set was made.
            stack.updated = start.change_set.as_ref().map(|_| now);
        }
        OperationKind::Update => stack.updated = Some(now),
        _ => {}
    }
    if matches!(kind, OperationKind::Create | OperationKind::Update) {
        // What they were made for is no longer so. Source: API Reference, `DescribeChangeSet`, `ExecutionStatus`.
        let others = stack.change_sets.values_mut().filter(|one| one.execution == ExecutionStatus::Available);
        others.for_each(|other| other.execution = ExecutionStatus::Obsolete);
    }
    stack.operations.insert(
        0,
        OperationSummary { id: operation_id.clone(), token: start.token.clone(), kind, started: now, ended: None },
    );
    stack.operations.truncate(MAX_OPERATIONS);
    let interrupted = stack.operation.take();
    stack.operation = Some(Operation {
        id: operation_id.clone(),
        kind,
        token: start.token,
        change_set: start.change_set,
        // Resources are those of the stack; the rest is what they are to become.
        target: Content { resources: Default::default(), ..start.target },
        before,
        previous: stack.status,
        is_of_parent: start.is_of_parent,
        phase,
        steps: Vec::new(),
        on_failure: start.on_failure,
        retain: start.retain,
        retain_except_on_create: start.retain_except_on_create,
        force: start.force,
        skip: start.skip,
        failed: false,
        stopped: None,
        deadline: start.timeout.map(|timeout| now.saturating_add(timeout)),
        watched_until: None,
        configured: false,
        express: start.express,
    });
    if let Some(interrupted) = interrupted {
        world.drop_document(&interrupted.id);
    }
    world.activate(id);
    stack_event(world, id, status, start.reason.as_deref());
    if phase == Phase::Delete
        && let Some(reason) = export_in_use(world, id)
    {
        finish::deletion_refused(world, id, &reason);
        return operation_id;
    }
    let steps = match phase {
        Phase::Forward => match forward(world, id) {
            Ok(steps) => steps,
            Err(reason) => {
                // Nothing was begun: there is nothing to do but to go back.
                finish::forward_failed(world, id, &reason);
                return operation_id;
            }
        },
        Phase::Delete => remove::steps(world, id),
        Phase::Back => restore::steps(world, id),
        _ => restore::cleanup(world, id),
    };
    set_steps(world, id, phase, steps);
    operation_id
}

/// Source: AWS CloudFormation User Guide, "Exported output values": a stack whose export is imported cannot be deleted.
fn export_in_use(world: &World, id: &str) -> Option<String> {
    let stack = world.stacks.get(id)?;
    stack.content.outputs.iter().filter_map(|output| output.export_name.as_deref()).find_map(|name| {
        let users = world.users_of_export(stack, name)?;
        Some(format!("Export {name} cannot be deleted as it is in use by {users}"))
    })
}

fn forward(world: &mut World, id: &str) -> Result<Vec<Step>, String> {
    let plan = world.plan_of_operation(id).map_err(|error| error.message)?;
    let Some(stack) = world.stacks.get(id) else { return Ok(Vec::new()) };
    let (wanted, _) = world.evaluate(stack, &plan, References::Kept, |evaluator| {
        evaluator.rules()?;
        wanted(&plan.document, evaluator)
    })?;
    let target = stack.operation.as_ref().map(|operation| &operation.target);
    if let Some(reason) = target.and_then(|target| missing_export(world, stack, &plan.document, target)) {
        return Err(reason);
    }
    for id in &wanted {
        let old = stack.content.resources.get(id).filter(|old| old.is_there());
        let type_name = plan.document.entry(id).map(|entry| entry.type_name.as_str());
        if old.is_some_and(|old| Some(old.type_name.as_str()) != type_name) {
            return Err(crate::preview::other_type(id));
        }
    }
    let place: BTreeMap<&str, usize> = wanted.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
    let step = |logical_id: &String| Step {
        logical_id: logical_id.clone(),
        action: Action::Apply,
        after: plan
            .document
            .dependencies
            .get(logical_id)
            .into_iter()
            .flatten()
            .filter_map(|other| place.get(other.as_str()).copied())
            .collect(),
        state: StepState::Waiting,
    };
    Ok(wanted.iter().map(step).collect())
}
