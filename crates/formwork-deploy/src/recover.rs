//! Ways out of a failed operation: `RollbackStack` after a failure that was not rolled back, and `ContinueUpdateRollback` after a
//! rollback that stopped half-way. Look, plan, ask once, carry out; consumers before their producers.
//!
//! Source: AWS CloudFormation API Reference, `RollbackStack` and `ContinueUpdateRollback`; User Guide, "Continue rolling back an update".

use std::collections::BTreeMap;
use std::future::Future;

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::{CallError, CloudFormation};
use formwork_model::status::StackStatus;
use formwork_template::memory::Memory;
use futures_util::future::join_all;

use crate::approval::ByName;
use crate::course::{Course, Going};
use crate::error::Error;
use crate::events::{self, Follower, Since};
use crate::execute;
use crate::held::Held;
use crate::inside;
use crate::left_behind;
use crate::operation::Operation;
use crate::order::{First, Order};
use crate::owners;
use crate::plan::{RecoveryPlan, StackRecoveryPlan};
use crate::progress::{Consent, Observer, Preview, Progress};
use crate::recheck;
use crate::regional::Regional;
use crate::report::{Outcome, StackReport};
use crate::resources::{self, NamedResource};
use crate::stack::{self, Deployed};
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

/// Options of [`recover`].
#[derive(Clone, Debug)]
pub struct RecoverOptions {
    /// The way out.
    pub recovery: Recovery,
    /// Approval that is given before the run, by severity.
    pub consent: Consent,
    /// Losses that are approved by name.
    pub by_name: ByName,
}

/// Report of a recovery.
#[derive(Clone, Debug)]
pub struct RecoveryReport {
    /// The plan.
    pub plan: RecoveryPlan,
    /// The statuses that the deployed stacks were found in.
    pub found: BTreeMap<StackId, Reported<StackStatus>>,
    /// One entry per selected stack, consumers first; one whose status does not need this way out is [`Outcome::Unchanged`].
    pub stacks: Vec<StackReport>,
}

/// Recovers the stacks with these ids, each after its consumers. Ends early when `interrupt` does: an operation at AWS then goes on.
///
/// # Errors
///
/// When the run ends before anything was begun: a stack's status is not known, or a resource to skip did not fail.
pub async fn recover(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    options: &RecoverOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<RecoveryReport, Error> {
    let order = Order::new(assembly, ids)?;
    let (stacks, plan, refused) = loop {
        let stacks = look_at_all(service, assembly, &order, options, observer).await?;
        let plan = RecoveryPlan { stacks: stacks.iter().rev().filter_map(|stack| stack.plan.clone()).collect() };
        if plan.stacks.is_empty() {
            break (stacks, plan, None);
        }
        observer.preview(Preview::Recovery(&plan));
        if !options.consent.asks_about_recovery(&options.by_name, &plan) {
            break (stacks, plan, None);
        }
        if let Some(refused) = observer.approve(Preview::Recovery(&plan)).await.refusal() {
            break (stacks, plan, Some(refused));
        }
        match recheck(assembly, &stacks, observer).await {
            Ok(()) => break (stacks, plan, None),
            // The question is asked again, about the state of now.
            Err(Error::ChangedMeanwhile { .. }) if options.consent == Consent::Ask => {}
            Err(error) => return Err(error),
        }
    };
    if refused.is_none() {
        let stacks = &stacks;
        let recover = |index: usize| async move {
            let stack: &Stack<'_> = &stacks[index];
            stack.course.end(stack.recover(&options.recovery, observer).await.unwrap_or_else(Outcome::Stopped));
            Ok(())
        };
        tokio::select! {
            recovered = order.each(First::Consumers, usize::MAX, recover) => recovered?,
            () = interrupt => {}
        }
    }
    let found = stacks.iter().filter_map(|stack| Some((stack.id.clone(), stack.found.as_ref()?.status.clone())));
    let found = found.collect();
    let stacks = stacks.into_iter().rev().map(|stack| stack.report(refused.as_ref()));
    Ok(RecoveryReport { plan, found, stacks: stacks.collect() })
}

/// Looks at the stacks of the run, and at their owners; says what cannot be skipped.
async fn look_at_all<'a>(
    service: &'a dyn CloudFormation,
    assembly: &Assembly,
    order: &Order<'a>,
    options: &RecoverOptions,
    observer: &dyn Observer,
) -> Result<Vec<Stack<'a>>, Error> {
    let RecoverOptions { recovery, consent, .. } = options;
    let stacks = order.stacks.iter().map(|ordered| {
        let regional = Regional::new(service, ordered.artifact.region());
        Stack::look(regional, &ordered.artifact.id, recovery, observer)
    });
    let stacks = join_all(stacks).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    for stack in stacks.iter().filter(|stack| stack.plan.is_some() && assembly.owner.is_some()) {
        let Some(found) = &stack.found else { continue };
        let template = stack::template(stack.regional, &found.id).await?;
        let app = template.and_then(|template| Memory::read(&template).app);
        owners::check(assembly, &stack.id, app, *consent, observer)?;
    }
    if let Recovery::Continue { skip } = recovery {
        let failed =
            stacks.iter().rev().filter_map(|stack| stack.plan.as_ref()).map(|plan| (&plan.id, plan.failed.as_slice()));
        resources::check_failed(skip, Held::Rollback, failed)?;
    }
    Ok(stacks)
}

/// Looks once more at each stack of the plan after the answer, and says what is not as it was shown.
async fn recheck(assembly: &Assembly, stacks: &[Stack<'_>], observer: &dyn Observer) -> Result<(), Error> {
    let changes = stacks.iter().map(|stack| async move {
        let changes = stack.changes().await?;
        Ok::<_, Error>(changes.into_iter().map(|change| (stack.id.clone(), change)))
    });
    let found = join_all(changes).await.into_iter().collect::<Result<Vec<_>, Error>>()?;
    recheck::refuse(assembly, observer, found.into_iter().flatten().collect())
}

/// A stack of a run.
struct Stack<'a> {
    regional: Regional<'a>,
    id: StackId,
    found: Option<Deployed>,
    plan: Option<StackRecoveryPlan>,
    course: Course,
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
                let failed = match recovery {
                    Recovery::Start => resources::failed(regional, &stack.id).await?,
                    Recovery::Continue { .. } => resources::failed_in_rollback(regional, &stack.id).await?,
                };
                let undone = resources::undone(regional, stack).await?;
                if undone.is_none() {
                    let message = "its events cannot be read: the rollback deletes what the failed update created, which is not shown";
                    observer.progress(Progress::Warning { stack: id.clone(), message: message.to_owned() });
                }
                let mut deletes = undone.unwrap_or_default();
                let nested = inside::deleted(regional, &stack.id, &[], &mut deletes).await?;
                let (status, skip) = (stack.status.clone(), recovery.skipped(id));
                Some(StackRecoveryPlan { id: id.clone(), status, failed, skip, deletes, nested })
            }
            _ => None,
        };
        Ok(Stack { regional, id: id.clone(), found, plan, course: Course::default() })
    }

    /// Changes since it was looked at, of a stack of the plan.
    async fn changes(&self) -> Result<Vec<String>, Error> {
        let (Some(found), Some(_)) = (&self.found, &self.plan) else { return Ok(Vec::new()) };
        recheck::since(self.regional, found).await
    }

    async fn recover(&self, recovery: &Recovery, observer: &dyn Observer) -> Result<Outcome, Error> {
        let (Some(found), Some(plan)) = (&self.found, &self.plan) else { return Ok(Outcome::Unchanged) };
        let newest = events::newest(self.regional, &found.id).await?;
        self.course.goes_on(Going::Asked);
        let answer = recovery.begin(self.regional, &found.id, &plan.skip).await;
        let goes_on = |going| self.course.goes_on(going);
        let begun = match execute::begun(self.regional, found, newest.as_deref(), answer, &goes_on).await {
            Err(refused) => return Err(self.refused(found, refused).await),
            Ok(begun) => begun,
        };
        let operation = Operation::Rollback;
        observer.progress(Progress::Started { stack: self.id.clone(), stack_id: found.id.clone(), operation });
        begun?;
        // A stack that was never complete is deleted by its rollback.
        let keeps_stack = found.status != Reported::Known(StackStatus::CreateFailed);
        let follower = Follower::new(self.regional, &found.id, operation, Since::Event(newest));
        let mut ended = execute::follow(follower.keeping_stack(keeps_stack), &self.id, operation, observer).await?;
        if keeps_stack && ended.result.is_ok() {
            // Followed to its end, whatever this answer is.
            let _ = execute::after(self.regional, &found.id, operation, &mut ended).await;
        }
        let outcome = ended.result.map_or_else(Outcome::Failed, |()| Outcome::Done(operation));
        // Before anything else is waited for: who is interrupted then says what was done.
        self.course.end(outcome.clone());
        let left = left_behind::of_operation(self.regional, &ended.status, &ended.events).await;
        *self.course.left_behind.borrow_mut() = left;
        Ok(outcome)
    }

    /// The reason for which the service refused: that it is not any more as it was found, if that is so.
    async fn refused(&self, found: &Deployed, refused: Error) -> Error {
        let is_of_the_stack = match &refused {
            Error::Aws(error) => matches!(error, CallError::Service { .. }) && !error.is_throttling(),
            refused => matches!(refused, Error::SkipRefused { .. }),
        };
        if !is_of_the_stack {
            return refused;
        }
        match recheck::since(self.regional, found).await {
            Ok(changes) if !changes.is_empty() => {
                let changes = changes.into_iter().map(|change| format!("`{}`: {change}", self.id.name));
                Error::ChangedMeanwhile { changes: changes.collect() }
            }
            _ => refused,
        }
    }

    fn report(self, refused: Option<&Outcome>) -> StackReport {
        let stack_id = self.plan.and(self.found).map(|found| found.id);
        self.course.report(&self.id, stack_id, refused)
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

    /// The reason for which it can do nothing in a stack of another status: a clause.
    pub fn nothing_because(&self) -> &'static str {
        match self {
            Recovery::Start => "no failed operation was left as it was, to be rolled back",
            Recovery::Continue { .. } => "no rollback of an update stopped, to be continued",
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
            Recovery::Continue { .. } => {
                let begun = service.continue_rollback(region, stack_id, skip, &token).await;
                begun.map_err(|cause| match &cause {
                    CallError::Service { .. } if !skip.is_empty() && cause.is_refusal() && !cause.is_throttling() => {
                        Error::SkipRefused { cause }
                    }
                    _ => Error::Aws(cause),
                })?;
            }
        }
        Ok(())
    }
}
