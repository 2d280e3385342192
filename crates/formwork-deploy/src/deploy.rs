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
//! Whatever the run made and did not execute, it deletes: change sets, and the empty stacks that hold them. How far it is with each
//! stack, that stack's stage (`stage.rs`) says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_model::service::{CloudFormation, CreatedChangeSet};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::{Mutex, OnceCell};

use crate::approval::ByName;
use crate::change_set;
use crate::error::Error;
use crate::in_use::Other;
use crate::order::{First, Order, Phase};
use crate::parameters;
use crate::plan::Plan;
use crate::progress::{Consent, Observer, Preview, Progress};
use crate::regional::Regional;
use crate::report::{DeployOptions, DeployReport, Outcome};
use crate::reviewed::Reviewed;
use crate::stack::Deployed;
use crate::stage::{Found, Stack, Work};
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

/// The purpose for which the stacks are looked at.
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
            let is_long = template::inline(&artifact.template, &template).is_none();
            Ok(Stack::new(artifact, template, is_long, Regional::new(service, artifact.region())))
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
            for stack in &self.stacks {
                stack.end(if stack.changes() { outcome.clone() } else { Outcome::Unchanged });
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
            // A bucket was made before.
            if self.stacks[index].outcome().is_none() {
                self.carry_out(index).await;
            }
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
        self.order.each(First::Producers, usize::MAX, |index| self.plan_one(index)).await?;
        Ok(self.plan())
    }

    fn plan(&self) -> Plan {
        Plan { stacks: self.stacks.iter().filter_map(|stack| Some(stack.planned()?.plan.clone())).collect() }
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
            if self.stacks[index].has_change_set() {
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
        if self.stacks[index].has_change_set() {
            self.stacks[index].works(Work::None);
        }
        if let Err(error) = taken {
            self.tell_left(index, Some(error));
        }
    }

    fn tell_left(&self, index: usize, error: Option<Error>) {
        let is_empty = self.stacks[index].found().stack().is_none();
        let (stack, name) = (self.stacks[index].artifact.id.clone(), self.name.clone());
        self.observer.progress(Progress::ChangeSetLeft { stack, name, is_empty, error });
    }

    async fn take_away(&self, index: usize) -> Result<(), Error> {
        let stack = &self.stacks[index];
        if matches!(stack.outcome(), Some(Outcome::Prepared { .. })) {
            return Ok(());
        }
        let regional = stack.regional;
        let stack_id = match stack.work() {
            Work::None | Work::GoingOn { .. } => return Ok(()),
            // Change sets of another run are not this one's to delete: the plan may still be good.
            Work::Made(made) if self.reviewed_change_set(index).is_some_and(|theirs| theirs.id == made.id) => {
                return Ok(());
            }
            Work::Created(CreatedChangeSet { id, stack_id }) => {
                change_set::delete(regional, &id).await?;
                stack_id
            }
            Work::Made(made) => {
                change_set::delete(regional, &made.id).await?;
                made.stack_id.clone()
            }
            Work::Asked { name } => {
                change_set::delete_by_name(regional, stack.artifact.name(), &name).await?;
                stack.artifact.name().to_owned()
            }
        };
        if !matches!(*stack.found(), Found::Nothing) {
            return Ok(());
        }
        // Unless somebody else made a change set in it meanwhile.
        change_set::delete_empty(regional, &stack_id).await
    }

    pub(crate) fn report(&self, interrupted: bool) -> DeployReport {
        let stacks = self.stacks.iter().filter_map(|stack| stack.report(interrupted));
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
