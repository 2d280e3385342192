//! Ways out of a failed operation: `RollbackStack` after a failure that was not rolled back, and `ContinueUpdateRollback` after a
//! rollback that stopped half-way. Look, plan, ask once, carry out; consumers before their producers.
//!
//! Source: AWS CloudFormation API Reference, `RollbackStack` and `ContinueUpdateRollback`; User Guide, "Continue rolling back an update".

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::CloudFormation;
use formwork_model::status::StackStatus;

use crate::error::Error;
use crate::events::{self, Follower, Since};
use crate::execute;
use crate::left_behind::{self, LeftBehind};
use crate::operation::Operation;
use crate::order::Order;
use crate::plan::{RecoveryPlan, StackRecoveryPlan};
use crate::progress::{Consent, Observer, Preview, Progress};
use crate::regional::Regional;
use crate::report::{Outcome, StackReport};
use crate::resources::{self, NamedResource};
use crate::stack::Deployed;
use crate::status::{self, Reported, Standing};

/// The two ways out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Roll back what a failed operation did, where it failed with its rollback switched off.
    Start,
    /// Continue a rollback that failed.
    Continue {
        /// Resources that are not rolled back: CloudFormation counts them as rolled back, in any state.
        skip: Vec<NamedResource>,
    },
}

/// Report of a recovery.
#[derive(Clone, Debug)]
pub struct RecoveryReport {
    /// The plan.
    pub plan: RecoveryPlan,
    /// The statuses that the deployed stacks were found in.
    pub found: BTreeMap<StackId, Reported<StackStatus>>,
    /// One entry a selected stack, consumers first; one whose status does not need this way out is [`Outcome::Unchanged`].
    pub stacks: Vec<StackReport>,
}

/// Recovers the stacks with these ids, one after the other. Ends early when `interrupt` does: an operation at AWS then goes on.
///
/// # Errors
///
/// When the run ends before anything was begun: a stack's status is not known, or a resource to skip did not fail.
pub async fn recover(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    recovery: &Recovery,
    consent: Consent,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<RecoveryReport, Error> {
    let order = Order::new(assembly, ids)?;
    let mut stacks = Vec::new();
    for ordered in order.stacks.iter().rev() {
        let regional = Regional::new(service, ordered.artifact.region());
        stacks.push(Stack::look(regional, &ordered.artifact.id, recovery, observer).await?);
    }
    if let Recovery::Continue { skip } = recovery {
        let failed =
            stacks.iter().filter_map(|stack| stack.plan.as_ref()).map(|plan| (&plan.id, plan.failed.as_slice()));
        resources::check_failed(skip, failed)?;
    }
    let plan = RecoveryPlan { stacks: stacks.iter().filter_map(|stack| stack.plan.clone()).collect() };
    let mut refused = None;
    if !plan.stacks.is_empty() {
        observer.preview(Preview::Recovery(&plan));
        if consent == Consent::Ask {
            refused = observer.approve(Preview::Recovery(&plan)).await.refusal();
        }
    }
    if refused.is_none() {
        let all = async {
            for stack in &stacks {
                let outcome = stack.recover(recovery, observer).await.unwrap_or_else(Outcome::Stopped);
                *stack.outcome.borrow_mut() = Some(outcome);
            }
        };
        tokio::select! {
            () = all => {}
            () = interrupt => {}
        }
    }
    let found = stacks.iter().filter_map(|stack| Some((stack.id.clone(), stack.found.as_ref()?.status.clone())));
    let found = found.collect();
    Ok(RecoveryReport { plan, found, stacks: stacks.into_iter().map(|stack| stack.report(refused.as_ref())).collect() })
}

/// A stack of a run.
struct Stack<'a> {
    regional: Regional<'a>,
    id: StackId,
    found: Option<Deployed>,
    plan: Option<StackRecoveryPlan>,
    outcome: RefCell<Option<Outcome>>,
    /// True once the operation may have begun.
    has_begun: RefCell<bool>,
    left_behind: RefCell<Vec<LeftBehind>>,
}

impl<'a> Stack<'a> {
    async fn look(
        regional: Regional<'a>,
        id: &StackId,
        recovery: &Recovery,
        observer: &dyn Observer,
    ) -> Result<Stack<'a>, Error> {
        let found = execute::settled(regional, id, observer).await?;
        let plan = match &found {
            Some(stack) if stack.standing() == Standing::Unknown => return Err(stack.refusal(id)),
            Some(stack) if recovery.is_for(&stack.status) => {
                let failed = resources::failed(regional, &stack.id).await?;
                let skip = recovery.skipped(id);
                Some(StackRecoveryPlan { id: id.clone(), status: stack.status.clone(), failed, skip })
            }
            _ => None,
        };
        let (outcome, has_begun, left_behind) = (RefCell::default(), RefCell::default(), RefCell::default());
        Ok(Stack { regional, id: id.clone(), found, plan, outcome, has_begun, left_behind })
    }

    async fn recover(&self, recovery: &Recovery, observer: &dyn Observer) -> Result<Outcome, Error> {
        let (Some(found), Some(plan)) = (&self.found, &self.plan) else { return Ok(Outcome::Unchanged) };
        let newest = events::newest(self.regional, &found.id).await?;
        *self.has_begun.borrow_mut() = true;
        let begun = recovery.begin(self.regional, &found.id, &plan.skip).await;
        if begun.as_ref().is_err_and(Error::is_refusal) {
            *self.has_begun.borrow_mut() = false;
        }
        begun?;
        let operation = Operation::Rollback;
        observer.progress(Progress::Started { stack: self.id.clone(), stack_id: found.id.clone(), operation });
        let follower = Follower::new(self.regional, &found.id, operation, Since::Event(newest));
        let ended = execute::follow(follower, &self.id, operation, observer).await?;
        *self.left_behind.borrow_mut() = left_behind::of_events(&ended.status, &ended.events);
        Ok(ended.result.map_or_else(Outcome::Failed, |()| Outcome::Done(operation)))
    }

    fn report(self, refused: Option<&Outcome>) -> StackReport {
        let has_begun = self.has_begun.into_inner();
        let outcome = match (self.outcome.into_inner(), &self.found) {
            _ if self.plan.is_none() => Outcome::Unchanged,
            (Some(outcome), _) => outcome,
            (None, Some(stack)) if has_begun => Outcome::GoesOn { stack_id: stack.id.clone() },
            (None, _) => refused.cloned().unwrap_or(Outcome::Interrupted),
        };
        let may_go_on = has_begun && matches!(outcome, Outcome::Stopped(_));
        StackReport { may_go_on, ..StackReport::new(&self.id, outcome, self.left_behind.into_inner()) }
    }
}

impl Recovery {
    /// True for a status that this is the way out of.
    pub fn is_for(&self, status: &Reported<StackStatus>) -> bool {
        match self {
            Recovery::Start => status::is_kept(status),
            Recovery::Continue { .. } => *status == Reported::Known(StackStatus::UpdateRollbackFailed),
        }
    }

    /// The resources of this stack that are to be skipped.
    fn skipped(&self, stack: &StackId) -> Vec<String> {
        match self {
            Recovery::Continue { skip } => resources::of_stack(skip, stack),
            Recovery::Start => Vec::new(),
        }
    }

    async fn begin(&self, regional: Regional<'_>, stack_id: &str, skip: &[String]) -> Result<(), Error> {
        let (Regional { service, region }, token) = (regional, execute::token());
        match self {
            Recovery::Start => service.rollback(region, stack_id, &token).await?,
            Recovery::Continue { .. } => service.continue_rollback(region, stack_id, skip, &token).await?,
        }
        Ok(())
    }
}
