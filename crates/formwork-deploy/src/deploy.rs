//! Deploying stacks: look, plan, ask once, carry out.
//!
//! 1. [`inspect`]: every stack's state and template, and the outputs of producers that are not part of the run.
//! 2. [`preview`]: stacks whose parameters are all known get their change set now, and it is the one that is executed. Those
//!    that wait for a producer are planned from their templates.
//! 3. One question for the whole [`Plan`].
//! 4. [`carry_out`]: producers first, independent stacks at once. A stack that had to wait gets its change set now; if that
//!    does more than what was approved, it is asked about again.
//!
//! Whatever the run made and did not execute, it takes away again: change sets, and the empty stacks that hold them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;

use formwork_assembly::{Assembly, StackArtifact};
use formwork_diff::{Diff, ParameterValue, ParameterValues};
use formwork_template::Template;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::change_set::{self, Outcome as Made, Prepared, Request};
use crate::client::{Clients, Regional};
use crate::error::Error;
use crate::execute;
use crate::order::Order;
use crate::parameters::{self, GivenParameter, Imported, Setting};
use crate::plan::output_may_change;
pub use crate::plan::{Plan, Source, StackPlan};
use crate::progress::{Answer, Consent, Observer, Operation, Preview, Progress};
use crate::stack::{self, Deployed, StackOutput};
use crate::status::Standing;
use crate::{capabilities, template};

/// What a deploy is told.
#[derive(Clone, Debug)]
pub struct DeployOptions {
    /// Whether to ask.
    pub consent: Consent,
    /// Make the change sets and leave them there.
    pub no_execute: bool,
    /// How many stacks at once.
    pub concurrency: usize,
    /// Values of parameters.
    pub parameters: Vec<GivenParameter>,
}

/// What became of a deploy.
#[derive(Clone, Debug)]
pub struct DeployReport {
    /// What was planned.
    pub plan: Plan,
    /// One entry a stack, in the plan's order.
    pub stacks: Vec<StackReport>,
}

/// What became of one stack.
#[derive(Clone, Debug)]
pub struct StackReport {
    /// The stack's name.
    pub stack: String,
    /// Where it is.
    pub region: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What it gives out now, if it is deployed and that was read.
    pub outputs: Vec<StackOutput>,
}

/// What became of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// There was nothing to do.
    Unchanged,
    /// The operation is done.
    Done(Operation),
    /// The operation failed.
    Failed(Failure),
    /// It could not be started.
    Stopped(Error),
    /// It was not started, because these stacks were not deployed.
    NotStarted {
        /// Their names.
        because: Vec<String>,
    },
    /// The answer was no.
    Declined,
    /// There was nobody to ask.
    NobodyToAsk,
    /// Its change set does more than what was approved, and nobody was to be asked.
    Exceeds(Vec<String>),
    /// Its change set is made and waits to be executed.
    Prepared {
        /// The change set's ARN.
        change_set: String,
    },
    /// The run was interrupted; the operation goes on at AWS.
    GoesOn {
        /// The stack's ARN.
        stack_id: String,
    },
    /// The run was interrupted before anything was done.
    Interrupted,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was being done.
    pub operation: Operation,
    /// The stack's status now.
    pub status: String,
    /// What failed first; `None` if the service tells of no failure.
    pub cause: Option<crate::events::ResourceEvent>,
    /// Everything else that failed by itself.
    pub others: Vec<crate::events::ResourceEvent>,
}

/// Deploys the stacks with these ids. Ends early when `interrupt` does: what goes on at AWS then goes on.
///
/// # Errors
///
/// When the run ends before anything was changed. What happens to single stacks after that is in the report.
pub async fn deploy(
    clients: &Clients,
    assembly: &Assembly,
    ids: &[String],
    options: &DeployOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<DeployReport, Error> {
    let order = Order::new(assembly, ids)?;
    let templates = order
        .stacks
        .iter()
        .map(|stack| template::read(&stack.artifact.name, &stack.artifact.template))
        .collect::<Result<Vec<_>, _>>()?;
    let run = Run {
        regional: order
            .stacks
            .iter()
            .map(|stack| clients.in_region(&stack.artifact.region))
            .collect(),
        states: order.stacks.iter().map(|_| RefCell::default()).collect(),
        producers: RefCell::default(),
        name: execute::token(),
        clients,
        order,
        templates,
        options,
        observer,
    };
    let interrupted = tokio::select! {
        ended = run.run() => {
            if let Err(error) = ended {
                run.clean_up().await?;
                return Err(error);
            }
            false
        }
        () = interrupt => true,
    };
    let cleaned = run.clean_up().await;
    let report = run.report(interrupted);
    // A change set that stays behind is worth a word, but not the report.
    if let Err(error) = cleaned {
        observer.progress(Progress::Warning {
            stack: String::new(),
            message: format!("a change set that is not needed any more could not be deleted: {error}"),
        });
    }
    Ok(report)
}

pub(crate) struct Run<'a> {
    clients: &'a Clients,
    order: Order<'a>,
    templates: Vec<Template>,
    regional: Vec<Regional>,
    options: &'a DeployOptions,
    observer: &'a dyn Observer,
    /// The name of all change sets of this run.
    name: String,
    states: Vec<RefCell<State>>,
    /// Producers that are not part of the run, by id.
    producers: RefCell<BTreeMap<String, Option<Deployed>>>,
}

/// What is known of one stack so far.
#[derive(Default)]
struct State {
    /// As it was found.
    before: Option<Deployed>,
    before_template: Option<Template>,
    /// A template is deployed that is not JSON.
    unreadable: bool,
    plan: Option<StackPlan>,
    change_set: ChangeSetState,
    outcome: Option<Outcome>,
    /// As it is after the run.
    after: Option<Deployed>,
}

/// How far this run's change set of a stack has come.
#[derive(Default)]
enum ChangeSetState {
    #[default]
    None,
    /// It was asked for, and may or may not be there.
    Asked,
    Made(Box<Prepared>),
    /// It is being executed, or was.
    Executed {
        stack_id: String,
    },
}

impl Run<'_> {
    async fn run(&self) -> Result<(), Error> {
        self.inspect().await?;
        self.each(usize::MAX, |index| self.preview(index)).await?;
        let plan = self.plan();
        self.observer.preview(Preview::Deploy(&plan));
        if !plan.is_empty() && !self.options.no_execute && self.options.consent == Consent::Ask {
            let outcome = match self.observer.approve(Preview::Deploy(&plan)).await {
                Answer::Yes => None,
                Answer::No => Some(Outcome::Declined),
                Answer::NobodyThere => Some(Outcome::NobodyToAsk),
            };
            if let Some(outcome) = outcome {
                for (state, stack) in self.states.iter().zip(&plan.stacks) {
                    let unchanged = !stack.changes();
                    state.borrow_mut().outcome = Some(if unchanged { Outcome::Unchanged } else { outcome.clone() });
                }
                return Ok(());
            }
        }
        self.each(self.options.concurrency.max(1), |index| async move {
            let outcome = self.carry_out(index).await.unwrap_or_else(Outcome::Stopped);
            self.states[index].borrow_mut().outcome = Some(outcome);
            Ok(())
        })
        .await
    }

    /// Works through all stacks, each after those it waits for, some at once. After an error nothing new is begun, but what
    /// was begun is ended, so that nothing is lost sight of.
    async fn each<F>(&self, at_once: usize, work: impl Fn(usize) -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let count = self.order.stacks.len();
        let (mut begun, mut ended) = (vec![false; count], vec![false; count]);
        let mut going_on = FuturesUnordered::new();
        let mut first_error = None;
        loop {
            for index in 0..count {
                let waits_for = &self.order.stacks[index].waits_for;
                let ready = !begun[index] && waits_for.iter().all(|&producer| ended[producer]);
                if ready && first_error.is_none() && going_on.len() < at_once {
                    begun[index] = true;
                    let work = work(index);
                    going_on.push(async move { (index, work.await) });
                }
            }
            let Some((index, result)) = going_on.next().await else {
                return first_error.map_or(Ok(()), Err);
            };
            ended[index] = true;
            if let Err(error) = result {
                first_error.get_or_insert(error);
            }
        }
    }

    fn artifact(&self, index: usize) -> &StackArtifact {
        self.order.stacks[index].artifact
    }

    async fn inspect(&self) -> Result<(), Error> {
        let selected = (0..self.order.stacks.len()).map(|index| self.inspect_one(index));
        let mut producers: Vec<&str> = self
            .order
            .stacks
            .iter()
            .flat_map(|stack| &stack.artifact.imports)
            .map(|import| import.producer.as_str())
            .filter(|id| self.order.position(id).is_none())
            .collect();
        producers.sort_unstable();
        producers.dedup();
        let producers = producers.into_iter().map(|id| async move {
            // An id is the stack's name and region.
            let (name, region) = id.rsplit_once('@').unwrap_or((id, ""));
            let found = stack::describe(&self.clients.in_region(region), name).await?;
            let found = found.filter(|stack| stack.standing() != Standing::Absent);
            self.producers.borrow_mut().insert(id.to_owned(), found);
            Ok(())
        });
        let (selected, producers) = tokio::join!(join_all(selected), join_all(producers));
        selected.into_iter().chain(producers).collect()
    }

    async fn inspect_one(&self, index: usize) -> Result<(), Error> {
        let artifact = self.artifact(index);
        let regional = &self.regional[index];
        let found = stack::describe_settled(regional, &artifact.name, |stack| {
            self.observer.progress(Progress::Waiting {
                stack: artifact.name.clone(),
                status: stack.status.as_str().to_owned(),
                meaning: crate::status::standing(&stack.status).1,
            });
        })
        .await?;
        let Some(found) = found else {
            return Ok(());
        };
        match found.standing() {
            Standing::Ready => {
                let before = stack::template(regional, &found.id).await?;
                if before.is_none() {
                    self.warn(
                        index,
                        "its deployed template is not JSON: the preview comes from the change set alone",
                    );
                }
                let mut state = self.states[index].borrow_mut();
                state.unreadable = before.is_none();
                state.before_template = before;
                state.before = Some(found);
            }
            Standing::Recreate => self.states[index].borrow_mut().before = Some(found),
            Standing::Absent => {}
            _ => return Err(found.refusal(&artifact.name, &artifact.region)),
        }
        Ok(())
    }

    fn warn(&self, index: usize, message: impl Into<String>) {
        self.observer.progress(Progress::Warning {
            stack: self.artifact(index).name.clone(),
            message: message.into(),
        });
    }

    /// Plans one stack; the stacks it waits for are planned.
    async fn preview(&self, index: usize) -> Result<(), Error> {
        let artifact = self.artifact(index);
        let imported = self.imported(index, false)?;
        let (recreate, exists, diff, settings, protection) = {
            let state = self.states[index].borrow();
            let recreate = state
                .before
                .as_ref()
                .is_some_and(|stack| stack.standing() == Standing::Recreate);
            let before = state.before.as_ref().filter(|_| !recreate);
            let settings = parameters::settings(
                artifact,
                &self.templates[index],
                &self.options.parameters,
                before,
                state.before_template.as_ref(),
                &imported,
            )?;
            let was_protected = before.is_some_and(|stack| stack.termination_protection);
            let protection = Some(artifact.termination_protection).filter(|&wanted| wanted != was_protected);
            let diff = self.template_diff(index, &state, &settings, &imported);
            (recreate, before.is_some(), diff, settings, protection)
        };
        let after: Vec<String> = imported
            .values()
            .filter_map(|imported| match imported {
                Imported::KnownAfter(producer) => Some(producer.clone()),
                Imported::Known(_) => None,
            })
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut plan = StackPlan {
            stack: artifact.name.clone(),
            region: artifact.region.clone(),
            operation: Some(if recreate {
                Operation::Recreate
            } else if exists {
                Operation::Update
            } else {
                Operation::Create
            }),
            diff,
            source: Source::Template { after: after.clone() },
            termination_protection: protection,
        };
        if !recreate && after.is_empty() {
            match self.make_change_set(index, exists, settings).await? {
                Some(prepared) => {
                    plan.diff = plan.diff.with_change_set(&prepared.changes);
                    self.states[index].borrow_mut().change_set = ChangeSetState::Made(prepared);
                }
                None => {
                    plan.operation = None;
                    plan.diff = Diff::default();
                }
            }
            plan.source = Source::ChangeSet;
        }
        self.states[index].borrow_mut().plan = Some(plan);
        Ok(())
    }

    /// What the templates alone say, with what is known of their parameters.
    fn template_diff(
        &self,
        index: usize,
        state: &State,
        settings: &BTreeMap<String, Setting>,
        imported: &BTreeMap<String, Imported>,
    ) -> Diff {
        let (artifact, template) = (self.artifact(index), &self.templates[index]);
        if state.unreadable {
            // Nothing is known to differ; the change set tells the rest.
            return Diff::between(Some(template), template);
        }
        let deployed = state.before.as_ref().filter(|_| state.before_template.is_some());
        let mut values = ParameterValues::default();
        for (key, value) in deployed.iter().flat_map(|deployed| &deployed.parameters) {
            values.before.insert(key.clone(), ParameterValue::Known(value.clone()));
        }
        for (key, setting) in settings {
            let value = match setting {
                Setting::Value(value) => Some(ParameterValue::Known(value.clone())),
                Setting::Previous => values.before.get(key).cloned(),
            };
            values.after.extend(value.map(|value| (key.clone(), value)));
        }
        for (key, imported) in imported {
            if let Imported::KnownAfter(producer) = imported {
                values
                    .after
                    .insert(key.clone(), ParameterValue::KnownAfter(producer.clone()));
            }
        }
        let tags = deployed.map(|deployed| deployed.tags.as_slice()).unwrap_or_default();
        Diff::between_with(state.before_template.as_ref(), template, &values)
            .with_tags(tags, &artifact.tags)
            .with_source(artifact)
    }

    /// The change set; `None` if there is nothing to change.
    async fn make_change_set(
        &self,
        index: usize,
        exists: bool,
        parameters: BTreeMap<String, Setting>,
    ) -> Result<Option<Box<Prepared>>, Error> {
        let artifact = self.artifact(index);
        self.observer.progress(Progress::Preparing {
            stack: artifact.name.clone(),
        });
        let template = &self.templates[index];
        let request = Request {
            stack: &artifact.name,
            exists,
            body: template::body(&artifact.name, &artifact.template, template)?,
            parameters,
            capabilities: capabilities::of(template),
            tags: &artifact.tags,
            name: &self.name,
        };
        self.states[index].borrow_mut().change_set = ChangeSetState::Asked;
        let made = change_set::prepare(&self.regional[index], request, |message| self.warn(index, message)).await;
        self.states[index].borrow_mut().change_set = ChangeSetState::None;
        match made? {
            Made::Prepared(prepared) => Ok(Some(prepared)),
            Made::NoChanges => Ok(None),
        }
    }

    /// Where the stack's imports stand: before the run is carried out, or (`now`) with all producers deployed.
    fn imported(&self, index: usize, now: bool) -> Result<BTreeMap<String, Imported>, Error> {
        let artifact = self.artifact(index);
        let mut imported = BTreeMap::new();
        for import in &artifact.imports {
            let value = match self.order.position(&import.producer) {
                Some(producer) if now => {
                    let state = self.states[producer].borrow();
                    let deployed = state.after.as_ref().or(state.before.as_ref());
                    Imported::Known(self.output(artifact, import, deployed)?)
                }
                Some(producer) => {
                    let state = self.states[producer].borrow();
                    let kept = state.plan.as_ref().is_some_and(|plan| {
                        plan.operation.is_none()
                            || plan.operation == Some(Operation::Update)
                                && !output_may_change(
                                    &plan.diff,
                                    state.before_template.as_ref(),
                                    &self.templates[producer],
                                    &import.output,
                                )
                    });
                    if kept {
                        Imported::Known(self.output(artifact, import, state.before.as_ref())?)
                    } else {
                        Imported::KnownAfter(self.artifact(producer).name.clone())
                    }
                }
                None => {
                    let producers = self.producers.borrow();
                    let deployed = producers.get(&import.producer).and_then(Option::as_ref);
                    Imported::Known(self.output(artifact, import, deployed)?)
                }
            };
            imported.insert(import.parameter.clone(), value);
        }
        Ok(imported)
    }

    fn output(
        &self,
        consumer: &StackArtifact,
        import: &formwork_assembly::Import,
        producer: Option<&Deployed>,
    ) -> Result<String, Error> {
        let name = import
            .producer
            .rsplit_once('@')
            .map_or(import.producer.as_str(), |(name, _)| name);
        let (consumer, output) = (consumer.name.clone(), import.output.clone());
        let Some(deployed) = producer else {
            return Err(Error::ProducerMissing {
                consumer,
                producer: name.to_owned(),
                output,
            });
        };
        match deployed.output(&import.output) {
            Some(value) => Ok(value.to_owned()),
            None => Err(Error::OutputMissing {
                consumer,
                producer: name.to_owned(),
                output,
            }),
        }
    }

    fn plan(&self) -> Plan {
        Plan {
            stacks: self
                .states
                .iter()
                .filter_map(|state| state.borrow().plan.clone())
                .collect(),
        }
    }

    /// Carries out one stack's plan; the stacks it waits for are through.
    async fn carry_out(&self, index: usize) -> Result<Outcome, Error> {
        let Some(plan) = self.states[index].borrow().plan.clone() else {
            return Ok(Outcome::Unchanged);
        };
        if self.options.no_execute {
            return Ok(match (&self.states[index].borrow().change_set, &plan.source) {
                (ChangeSetState::Made(prepared), _) => Outcome::Prepared {
                    change_set: prepared.id.clone(),
                },
                (_, Source::Template { after }) => Outcome::NotStarted { because: after.clone() },
                _ => Outcome::Unchanged,
            });
        }
        let because = self.not_deployed(index);
        if plan.changes() && !because.is_empty() {
            return Ok(Outcome::NotStarted { because });
        }
        let mut outcome = Outcome::Unchanged;
        if let Some(operation) = plan.operation {
            match self.operate(index, operation, &plan).await? {
                Outcome::Unchanged => {}
                done @ Outcome::Done(_) => outcome = done,
                other => return Ok(other),
            }
        }
        if let Some(on) = plan.termination_protection {
            execute::protect(&self.regional[index], &self.artifact(index).name, on).await?;
            if outcome == Outcome::Unchanged {
                outcome = Outcome::Done(Operation::Update);
            }
        }
        Ok(outcome)
    }

    /// The stacks that this one waits for in vain.
    fn not_deployed(&self, index: usize) -> Vec<String> {
        self.order.stacks[index]
            .waits_for
            .iter()
            .filter(|&&producer| {
                !matches!(
                    self.states[producer].borrow().outcome,
                    Some(Outcome::Unchanged | Outcome::Done(_))
                )
            })
            .map(|&producer| self.artifact(producer).name.clone())
            .collect()
    }

    async fn operate(&self, index: usize, operation: Operation, plan: &StackPlan) -> Result<Outcome, Error> {
        let (regional, artifact) = (&self.regional[index], self.artifact(index));
        if operation == Operation::Recreate
            && let Some(remains) = self.states[index].borrow_mut().before.take()
        {
            let deleted = execute::delete(regional, &artifact.name, &remains.id, self.observer).await?;
            if let Err(failure) = deleted {
                return Ok(Outcome::Failed(failure));
            }
        }
        if plan.source != Source::ChangeSet {
            let imported = self.imported(index, true)?;
            let (exists, diff, settings) = {
                let state = self.states[index].borrow();
                let settings = parameters::settings(
                    artifact,
                    &self.templates[index],
                    &self.options.parameters,
                    state.before.as_ref(),
                    state.before_template.as_ref(),
                    &imported,
                )?;
                let diff = self.template_diff(index, &state, &settings, &imported);
                (state.before.is_some(), diff, settings)
            };
            let Some(prepared) = self.make_change_set(index, exists, settings).await? else {
                return Ok(Outcome::Unchanged);
            };
            let diff = diff.with_change_set(&prepared.changes);
            self.states[index].borrow_mut().change_set = ChangeSetState::Made(prepared);
            let exceeding: Vec<String> = diff.exceeds(&plan.diff).iter().map(ToString::to_string).collect();
            if !exceeding.is_empty() {
                let now = StackPlan {
                    diff,
                    source: Source::ChangeSet,
                    ..plan.clone()
                };
                if let Some(refused) = self.ask_again(&now, exceeding).await {
                    return Ok(refused);
                }
            }
        }
        let made = std::mem::take(&mut self.states[index].borrow_mut().change_set);
        let ChangeSetState::Made(prepared) = made else {
            return Ok(Outcome::Unchanged);
        };
        self.states[index].borrow_mut().change_set = ChangeSetState::Executed {
            stack_id: prepared.stack_id.clone(),
        };
        self.observer.progress(Progress::Started {
            stack: artifact.name.clone(),
            region: artifact.region.clone(),
            stack_id: prepared.stack_id.clone(),
            operation,
        });
        let ended = execute::change_set(
            regional,
            &artifact.name,
            &prepared,
            &self.name,
            operation,
            self.observer,
        )
        .await?;
        let (after, result) = ended;
        self.states[index].borrow_mut().after = after;
        Ok(result.map_or_else(Outcome::Failed, |()| Outcome::Done(operation)))
    }

    /// Asks about a change set that does more than what was approved; `Some` if it is not to be executed.
    async fn ask_again(&self, stack: &StackPlan, exceeding: Vec<String>) -> Option<Outcome> {
        let preview = Preview::Exceeding {
            stack,
            exceeding: &exceeding,
        };
        self.observer.preview(preview);
        match self.options.consent {
            Consent::GivenWithReplacement => None,
            Consent::Given => Some(Outcome::Exceeds(exceeding)),
            Consent::Ask => match self.observer.approve(preview).await {
                Answer::Yes => None,
                Answer::No => Some(Outcome::Declined),
                Answer::NobodyThere => Some(Outcome::Exceeds(exceeding)),
            },
        }
    }

    /// Takes away what was made and not executed.
    async fn clean_up(&self) -> Result<(), Error> {
        let all = (0..self.states.len()).map(|index| self.clean_up_one(index));
        join_all(all).await.into_iter().collect()
    }

    async fn clean_up_one(&self, index: usize) -> Result<(), Error> {
        let (made, existed) = {
            let mut state = self.states[index].borrow_mut();
            if matches!(state.outcome, Some(Outcome::Prepared { .. })) {
                return Ok(());
            }
            (std::mem::take(&mut state.change_set), state.before.is_some())
        };
        let (regional, artifact) = (&self.regional[index], self.artifact(index));
        let stack_id = match made {
            ChangeSetState::None => return Ok(()),
            executed @ ChangeSetState::Executed { .. } => {
                self.states[index].borrow_mut().change_set = executed;
                return Ok(());
            }
            ChangeSetState::Made(prepared) => {
                change_set::delete(regional, &prepared.id).await?;
                prepared.stack_id
            }
            ChangeSetState::Asked => {
                change_set::delete_by_name(regional, &artifact.name, &self.name).await?;
                artifact.name.clone()
            }
        };
        if existed {
            return Ok(());
        }
        change_set::delete_shell(regional, &stack_id).await
    }

    fn report(&self, interrupted: bool) -> DeployReport {
        let stacks = self.states.iter().enumerate().map(|(index, state)| {
            let state = state.borrow();
            let outcome = match (&state.outcome, &state.change_set) {
                (Some(outcome), _) => outcome.clone(),
                (None, ChangeSetState::Executed { stack_id }) => Outcome::GoesOn {
                    stack_id: stack_id.clone(),
                },
                (None, _) if interrupted => Outcome::Interrupted,
                (None, _) => Outcome::Unchanged,
            };
            let deployed = state.after.as_ref().or(state.before.as_ref());
            StackReport {
                stack: self.artifact(index).name.clone(),
                region: self.artifact(index).region.clone(),
                outcome,
                outputs: deployed.map(|stack| stack.outputs.clone()).unwrap_or_default(),
            }
        });
        DeployReport {
            plan: self.plan(),
            stacks: stacks.collect(),
        }
    }
}
