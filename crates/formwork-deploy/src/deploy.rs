//! Deploying stacks: look, plan, ask once, carry out.
//!
//! 1. `inspect`: every stack's state and template, and the outputs of producers that are not part of the run.
//! 2. `preview`: stacks whose parameters are all known get their change set now, and it is the one that is executed. Those
//!    that wait for a producer are planned from their templates.
//! 3. One question for the whole [`Plan`].
//! 4. `recheck`: after the answer, whether all is still as it was shown. If not, the run begins again.
//! 5. `carry_out`: producers first, independent stacks at once. A stack that had to wait gets its change set now; if that
//!    does more than what was approved, it is asked about again.
//! 6. `shrink`, in the same graph: what other deployed stacks used goes when they have followed, or are deployed without it.
//!
//! Whatever the run made and did not execute, it deletes: change sets, and the empty stacks that hold them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_diff::Diff;
use formwork_model::service::{CloudFormation, CreatedChangeSet};
use formwork_template::Template;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::{Mutex, OnceCell};

use crate::approval::ByName;
use crate::change_set::{self, Prepared};
use crate::error::Error;
use crate::in_use::Other;
use crate::intermediate::Leaving;
use crate::left_behind::LeftBehind;
use crate::operation::Operation;
use crate::order::{First, Order, Phase};
use crate::parameters;
use crate::plan::{Plan, Removal, StackPlan};
use crate::progress::{Consent, Observer, Preview, Progress};
use crate::regional::Regional;
use crate::removal::Leftover;
use crate::report::{DeployOptions, DeployReport, Outcome, StackReport};
use crate::reviewed::Reviewed;
use crate::stack::Deployed;
use crate::template;
use crate::token::token;

/// Deploys the stacks with these ids. Ends early when `interrupt` does: what goes on at AWS then goes on.
///
/// # Errors
///
/// When the run ends before anything was changed. What happens to single stacks after that is in the report.
pub async fn deploy(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    options: &DeployOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<DeployReport, Error> {
    let interrupt = interrupt.boxed_local().shared();
    loop {
        let run = Run::new(service, assembly, ids, options, observer, Purpose::Deploy)?;
        observer.progress(Progress::Begun { run: run.name.clone() });
        let ended = run.until(run.run(), interrupt.clone()).await;
        let interrupted = ended.is_none();
        match ended.transpose() {
            // The question is asked again, about the state of now.
            Err(Error::ChangedMeanwhile { .. }) if options.consent == Consent::Ask => {}
            ended => return ended.map(|_| run.report(interrupted)),
        }
    }
}

/// Time for deleting change sets after an interruption.
const LONGEST_CLEAN_UP: Duration = Duration::from_secs(5);

pub(crate) struct Run<'a> {
    pub(crate) service: &'a dyn CloudFormation,
    pub(crate) assembly: &'a Assembly,
    pub(crate) order: Order<'a>,
    /// In the order of [`Order`].
    pub(crate) stacks: Vec<Stack<'a>>,
    pub(crate) options: &'a DeployOptions,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) purpose: Purpose,
    pub(crate) mode: Mode<'a>,
    /// The name of all change sets of this run.
    pub(crate) name: String,
    /// Producers that are not part of the run, by id.
    pub(crate) producers: RefCell<BTreeMap<StackId, Option<Deployed>>>,
    /// The deployed stacks of the app that are not part of the run, once somebody had to know what they use.
    pub(crate) others: OnceCell<Vec<Other<'a>>>,
    /// Runs that were killed: their change sets are deleted.
    pub(crate) dead_runs: Vec<String>,
    /// Held while a question is open, so that there is one at a time.
    pub(crate) questions: Mutex<()>,
}

/// A stack of the run.
pub(crate) struct Stack<'a> {
    pub(crate) artifact: &'a StackArtifact,
    pub(crate) template: Template,
    /// True if the template does not fit into a call.
    pub(crate) is_long: bool,
    pub(crate) regional: Regional<'a>,
    pub(crate) state: RefCell<State>,
}

impl Stack<'_> {
    fn is_planned(&self) -> bool {
        self.state.borrow().plan.is_some()
    }
}

/// What the stacks are looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be deployed: every change set is one that is executed.
    Deploy,
    /// To be compared: only a stack that exists gets a change set, which is deleted afterwards.
    Compare,
    /// To be compared by their templates, without any change set.
    CompareTemplates,
}

/// The purpose of a deploy, which decides where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode<'a> {
    /// To its end, with one question.
    Deploy,
    /// The change sets are made and left there.
    Prepare,
    /// To its end, with the change sets of a plan.
    Execute(&'a Reviewed),
}

/// What is known of one stack so far.
#[derive(Default)]
pub(crate) struct State {
    /// As it was found.
    pub(crate) before: Option<Deployed>,
    /// True of the stack of a bucket to which nothing is shipped: nobody looks at it.
    pub(crate) is_idle: bool,
    pub(crate) before_template: Option<Template>,
    /// There is an empty stack, made by somebody else for a change set.
    pub(crate) in_review: bool,
    /// A template is deployed that is neither JSON nor YAML.
    pub(crate) unreadable: bool,
    /// The places of the deployed template whose text cannot be known.
    pub(crate) uncertain: Vec<String>,
    /// The deletion of what a failed creation left.
    pub(crate) remains: Diff,
    pub(crate) plan: Option<StackPlan>,
    pub(crate) change_set: ChangeSetState,
    pub(crate) outcome: Option<Outcome>,
    /// As it is after the run.
    pub(crate) after: Option<Deployed>,
    /// The ARN of what a failed creation left, as long as its deletion may be in progress.
    pub(crate) deleting: Rc<RefCell<Option<String>>>,
    /// Operations on it so far.
    pub(crate) done: Vec<Operation>,
    /// Resources that it left behind so far.
    pub(crate) left_behind: Vec<LeftBehind>,
    /// Resources that earlier runs left, and that are to be deleted.
    pub(crate) leftovers: Vec<Leftover>,
    /// The resources that leave it while others use them.
    pub(crate) leaving: Leaving,
    /// Resources that are deleted in the second phase, as far as the first one made them superfluous.
    pub(crate) removals: Vec<Removal>,
    /// Those of them that were deleted.
    pub(crate) removed: Vec<Leftover>,
    /// True if something stays in it for others that did not follow.
    pub(crate) is_unfinished: bool,
}

impl State {
    /// True if something leaves the stack after others have followed.
    pub(crate) fn is_leaving(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| !plan.kept.is_empty() || !plan.removals.is_empty())
    }
}

/// How far this run's change set of a stack has come.
#[derive(Clone, Default)]
pub(crate) enum ChangeSetState {
    #[default]
    None,
    /// It was asked for under this name, and may or may not be there.
    Asked { name: String },
    /// It is there, and may be good for nothing.
    Created(CreatedChangeSet),
    /// It can be executed.
    Made(Box<Prepared>),
    /// It is being executed, or was, or may be.
    Executed { stack_id: String },
}

impl ChangeSetState {
    /// Forgets a change set that was deleted, or could not be.
    fn forget(&mut self) {
        if !matches!(self, ChangeSetState::Executed { .. }) {
            *self = ChangeSetState::None;
        }
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        service: &'a dyn CloudFormation,
        assembly: &'a Assembly,
        ids: &[StackId],
        options: &'a DeployOptions,
        observer: &'a dyn Observer,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        let order = Order::new(assembly, ids)?;
        parameters::check(&options.parameters, assembly, &order)?;
        let stack = |artifact: &'a StackArtifact| {
            let template = template::read(artifact.name(), &artifact.template)?;
            let regional = Regional::new(service, artifact.region());
            let is_long = template::inline(&artifact.template, &template).is_none();
            Ok(Stack { artifact, template, is_long, regional, state: RefCell::default() })
        };
        let stacks = order.stacks.iter().map(|ordered| stack(ordered.artifact)).collect::<Result<Vec<_>, Error>>()?;
        if purpose == Purpose::Deploy {
            // Before the first stack is touched, not when it is a consumer's turn.
            for Stack { artifact, template, .. } in &stacks {
                template::check(artifact.name(), &artifact.template, template, options.shipping.is_some())?;
            }
        }
        Ok(Run {
            producers: RefCell::default(),
            others: OnceCell::new(),
            dead_runs: observer.dead_runs(),
            questions: Mutex::new(()),
            assembly,
            name: token(),
            service,
            order,
            stacks,
            options,
            observer,
            purpose,
            mode: Mode::Deploy,
        })
    }

    pub(crate) fn with_mode(self, mode: Mode<'a>) -> Self {
        Run { mode, ..self }
    }
}

impl Run<'_> {
    pub(crate) async fn run(&self) -> Result<(), Error> {
        let plan = match self.mode {
            Mode::Execute(reviewed) => self.look_again(reviewed).await?,
            Mode::Deploy | Mode::Prepare => self.look().await?,
        };
        self.observer.preview(Preview::Deploy(&plan));
        let DeployOptions { consent, by_name, .. } = self.options;
        let is_open = self.mode == Mode::Deploy;
        if self.mode != Mode::Prepare {
            self.check_refused(&plan)?;
        }
        if is_open && matches!(consent, Consent::Given | Consent::GivenUnlessBroadening) {
            check_in_use(&plan, by_name)?;
        }
        let is_asked = !plan.is_empty() && is_open && consent.asks_about(by_name, &plan);
        if is_asked && let Some(outcome) = self.observer.approve(Preview::Deploy(&plan)).await.refusal() {
            for (stack, plan) in self.stacks.iter().filter(|stack| stack.is_planned()).zip(&plan.stacks) {
                let unchanged = !plan.changes();
                stack.state.borrow_mut().outcome = Some(if unchanged { Outcome::Unchanged } else { outcome.clone() });
            }
            return Ok(());
        }
        if is_asked {
            self.recheck(&plan).await?;
        }
        if !self.ship().await {
            return Ok(());
        }
        let used_by = &self.used_by();
        let work = |index: usize, phase| async move {
            if phase == Phase::Shrink {
                return self.shrink(index, used_by).await;
            }
            if self.stacks[index].state.borrow().outcome.is_some() {
                // A bucket, which was made before.
                return Ok(());
            }
            let outcome = self.carry_out(index).await.unwrap_or_else(Outcome::Stopped);
            self.stacks[index].state.borrow_mut().outcome = Some(outcome);
            Ok(())
        };
        self.order.each_phase(used_by, self.options.concurrency.max(1), work).await
    }

    /// Looks at everything and plans it; nothing is changed but for change sets that are made.
    pub(crate) async fn look(&self) -> Result<Plan, Error> {
        self.inspect().await?;
        self.plan_all().await
    }

    /// Looks at everything again, and refuses what is another than it was when the plan was made.
    async fn look_again(&self, reviewed: &Reviewed) -> Result<Plan, Error> {
        self.inspect().await?;
        let changed = self.changed_since(reviewed).await?;
        if !changed.is_empty() {
            return Err(Error::PlanOutdated { changed });
        }
        let plan = self.plan_all().await?;
        match self.planned_otherwise(reviewed)? {
            changed if changed.is_empty() => Ok(plan),
            changed => Err(Error::PlanOutdated { changed }),
        }
    }

    async fn plan_all(&self) -> Result<Plan, Error> {
        self.order.each(First::Producers, usize::MAX, |index| self.preview(index)).await?;
        for index in 0..self.stacks.len() {
            let diff =
                self.stacks[index].state.borrow().plan.as_ref().map(|plan| plan.diff.clone()).unwrap_or_default();
            let in_use = self.in_use(index, &diff).await?;
            let refused = match self.purpose {
                Purpose::CompareTemplates => Vec::new(),
                Purpose::Deploy | Purpose::Compare => self.refused(index, &diff).await?,
            };
            if let Some(plan) = &mut self.stacks[index].state.borrow_mut().plan {
                (plan.in_use, plan.refused) = (in_use, refused);
            }
        }
        Ok(self.plan())
    }

    fn plan(&self) -> Plan {
        Plan { stacks: self.stacks.iter().filter_map(|stack| stack.state.borrow().plan.clone()).collect() }
    }

    /// Does `work` until it is done or interrupted, and deletes change sets that were made and not executed. An interrupt does not
    /// wait for a server that does not answer.
    pub(crate) async fn until<T>(
        &self,
        work: impl Future<Output = T>,
        interrupt: impl Future<Output = ()>,
    ) -> Option<T> {
        tokio::pin!(interrupt);
        let done = tokio::select! {
            done = work => Some(done),
            () = &mut interrupt => None,
        };
        let is_clean = match &done {
            None => tokio::time::timeout(LONGEST_CLEAN_UP, self.clean_up()).await.is_ok(),
            Some(_) => tokio::select! {
                () = self.clean_up() => true,
                () = interrupt => false,
            },
        };
        for index in (0..self.stacks.len()).filter(|_| !is_clean) {
            let is_there = !matches!(
                self.stacks[index].state.borrow().change_set,
                ChangeSetState::None | ChangeSetState::Executed { .. }
            );
            if is_there {
                self.tell_left(index, None);
            }
        }
        done
    }

    /// Deletes what was made and not executed. A change set that cannot be deleted is worth a warning, but neither the answer nor the error of
    /// the run.
    async fn clean_up(&self) {
        join_all((0..self.stacks.len()).map(|index| self.clean_up_one(index))).await;
    }

    /// The same for one stack.
    pub(crate) async fn clean_up_one(&self, index: usize) {
        let taken = self.take_away(index).await;
        // Only now: who is interrupted before begins again.
        self.stacks[index].state.borrow_mut().change_set.forget();
        if let Err(error) = taken {
            self.tell_left(index, Some(error));
        }
    }

    fn tell_left(&self, index: usize, error: Option<Error>) {
        let is_empty = self.stacks[index].state.borrow().before.is_none();
        let (stack, name) = (self.stacks[index].artifact.id.clone(), self.name.clone());
        self.observer.progress(Progress::ChangeSetLeft { stack, name, is_empty, error });
    }

    async fn take_away(&self, index: usize) -> Result<(), Error> {
        let Stack { artifact, regional, state, .. } = &self.stacks[index];
        let regional = *regional;
        let (made, existed) = {
            let state = state.borrow();
            if matches!(state.outcome, Some(Outcome::Prepared { .. })) {
                return Ok(());
            }
            (state.change_set.clone(), state.before.is_some() || state.in_review)
        };
        // Change sets of another run are not this one's to delete: the plan may still be good.
        if let (Some(theirs), ChangeSetState::Made(made)) = (self.reviewed_change_set(index), &made)
            && theirs.id == made.id
        {
            return Ok(());
        }
        let stack_id = match made {
            ChangeSetState::None | ChangeSetState::Executed { .. } => return Ok(()),
            ChangeSetState::Created(CreatedChangeSet { id, stack_id }) => {
                change_set::delete(regional, &id).await?;
                stack_id
            }
            ChangeSetState::Made(prepared) => {
                change_set::delete(regional, &prepared.id).await?;
                prepared.stack_id
            }
            ChangeSetState::Asked { name } => {
                change_set::delete_by_name(regional, artifact.name(), &name).await?;
                artifact.name().to_owned()
            }
        };
        if existed {
            return Ok(());
        }
        // Unless somebody else made a change set in it meanwhile.
        change_set::delete_empty(regional, &stack_id).await
    }

    pub(crate) fn report(&self, interrupted: bool) -> DeployReport {
        let stacks = self.stacks.iter().filter(|stack| !stack.state.borrow().is_idle).map(|stack| {
            let state = stack.state.borrow();
            let executed = match &state.change_set {
                ChangeSetState::Executed { stack_id } => Some(stack_id.clone()),
                _ => None,
            };
            let begun = executed.or_else(|| state.deleting.borrow().clone());
            let outcome = match (&state.outcome, &begun) {
                (Some(outcome), _) => outcome.clone(),
                (None, Some(stack_id)) => Outcome::GoesOn { stack_id: stack_id.clone() },
                (None, _) if interrupted => Outcome::Interrupted,
                (None, _) => Outcome::Unchanged,
            };
            let deployed = state.after.as_ref().or(state.before.as_ref());
            StackReport {
                id: stack.artifact.id.clone(),
                outcome,
                outputs: deployed.map(|stack| stack.outputs.clone()).unwrap_or_default(),
                may_go_on: matches!(state.outcome, Some(Outcome::Stopped(_)))
                    && begun.is_some()
                    && state.done.iter().all(|operation| *operation == Operation::Delete),
                done: state.done.clone(),
                left_behind: state.left_behind.clone(),
                removed: state.removed.clone(),
            }
        });
        DeployReport { plan: self.plan(), stacks: stacks.collect() }
    }
}

/// Refuses a plan that loses what deployed stacks use, where nobody is asked.
fn check_in_use(plan: &Plan, by_name: &ByName) -> Result<(), Error> {
    let open = plan.stacks.iter().flat_map(|stack| stack.in_use.iter().map(|used| (&stack.id, used)));
    let open: Vec<_> = open.filter(|(stack, used)| !by_name.allows(stack, &used.logical_id)).collect();
    let uses: Vec<String> = open.iter().map(|(stack, used)| format!("in `{}`, {used}", stack.name)).collect();
    if uses.is_empty() {
        return Ok(());
    }
    let consumers = || open.iter().flat_map(|(_, used)| &used.consumers);
    let mut let_go: Vec<String> =
        consumers().filter(|consumer| consumer.lets_go).map(|consumer| format!("`{}`", consumer.id.name)).collect();
    if let_go.len() < consumers().count() {
        let_go.clear();
    }
    let_go.sort_unstable();
    let_go.dedup();
    Err(Error::InUse { uses, let_go })
}
