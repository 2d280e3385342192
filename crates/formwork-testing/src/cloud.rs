//! Deployments on the embedded engine in memory, by the deployer that runs for AWS.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, pending};
use std::sync::{Arc, Mutex};

use formwork::assembly::{Assembly, Selector, StackId, did_you_mean};
use formwork::{Context, IntoApp};
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, DeployReport, DiffOptions, Error, EventStatus, GivenParameter, Limits,
    NamedResource, Observer, Outcome, Pending, Plan, Preview, Progress, StackPlan, paced,
};
use formwork_diff::{Impact, Registry, ResourceDiff};
use formwork_local::{FaultAt, Faults, InProcess, OperationFault, ResourceFault};
use formwork_model::service::CloudFormation as _;

use crate::known::Known;
use crate::shipping;
use crate::synthesized::{meant, synth};

/// An account with nothing in it, in memory. Each is one of its own.
#[derive(Clone, Debug)]
pub struct Cloud {
    service: InProcess,
    parameters: Vec<GivenParameter>,
    /// Stacks that were deployed at any time, and the faults that are still to come.
    known: Arc<Mutex<Known>>,
}

/// The result of a deployment.
#[derive(Clone, Debug)]
pub struct Run {
    stacks: Vec<StackRun>,
    events: Vec<Event>,
    error: Option<Error>,
    known: Known,
}

#[derive(Clone, Debug)]
struct StackRun {
    id: StackId,
    outcome: Outcome,
    status: String,
    outputs: Vec<(String, String)>,
}

/// A resource, or a stack itself, came into a new state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The stack's name and region.
    pub stack: StackId,
    /// The resource's logical id; the stack's name for the stack itself.
    pub logical_id: String,
    /// E.g. `CREATE_FAILED`.
    pub status: String,
    /// The reason, if there is one.
    pub reason: Option<String>,
}

/// An app that is deployed.
#[derive(Clone, Debug)]
pub struct Deployed {
    cloud: Cloud,
    run: Run,
}

/// The preview of a deployment.
#[derive(Clone, Debug)]
pub struct Changes {
    plan: Plan,
    known: Known,
}

/// Deploys an app into a [`Cloud`] with nothing in it.
///
/// # Panics
///
/// If the app has problems, or is not deployed whole: with what failed, and why.
#[track_caller]
pub fn deploy<A: IntoApp>(app: impl FnOnce(&Context) -> A) -> Deployed {
    let cloud = Cloud::new();
    let run = cloud.deploy(app);
    run.assert_done();
    Deployed { cloud, run }
}

impl Default for Cloud {
    fn default() -> Self {
        Cloud::new()
    }
}

impl Cloud {
    /// An account with nothing in it.
    pub fn new() -> Cloud {
        let service = InProcess::in_memory(Registry::default());
        Cloud { service, parameters: Vec::new(), known: Arc::default() }
    }

    /// The resource with this logical id fails from now on, in whatever stack it is. A deployment of an app that has none of that name, and never
    /// had, is a mistake of the test: it panics.
    #[must_use]
    pub fn failing(self, logical_id: &str, at: FaultAt, reason: &str) -> Cloud {
        let fault = ResourceFault {
            stack: None,
            logical_id: logical_id.to_owned(),
            at,
            reason: reason.to_owned(),
            times: None,
        };
        self.with(&Faults { resources: vec![fault], ..Faults::default() })
    }

    /// The next calls, so many of them, are refused because there were too many.
    #[must_use]
    pub fn throttled(self, times: u32) -> Cloud {
        let fault = OperationFault { action: None, probability: None, code: Default::default(), times: Some(times) };
        self.with(&Faults { operations: vec![fault], ..Faults::default() })
    }

    /// All that can go wrong on purpose: resources and calls, expired logins, cut connections, stale answers, drift, alarms. Resources that no
    /// deployed app has are as in [`Cloud::failing`].
    ///
    /// # Panics
    ///
    /// If the faults have a seed, or name an operation that the engine does not have.
    #[must_use]
    #[track_caller]
    pub fn with(self, faults: &Faults) -> Cloud {
        if let Err(reason) = self.service.bring(faults) {
            panic!("the faults are refused: {reason}");
        }
        self.known().expect(faults);
        self
    }

    /// The value of a parameter of a stack, for all runs from now on.
    #[must_use]
    pub fn parameter(mut self, stack: &str, key: &str, value: &str) -> Cloud {
        let (stack, key, value) = (Selector::read(stack), key.to_owned(), value.to_owned());
        self.parameters.push(GivenParameter { stack, key, value });
        self
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // A test that panicked leaves names that are as good as before.
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Deploys all stacks of an app. Every change is approved; what became of it is in the run.
    ///
    /// # Panics
    ///
    /// If the app has problems, or lacks what is to fail.
    #[track_caller]
    pub fn deploy<A: IntoApp>(&self, app: impl FnOnce(&Context) -> A) -> Run {
        let synthesized = synth(app);
        let known = {
            let mut known = self.known();
            known.add(synthesized.assembly());
            known.clone()
        };
        if let Some(mistake) = known.mistake() {
            panic!("{mistake}");
        }
        let heard = Heard::default();
        let (report, statuses) = in_no_time(async {
            let report = self.carry_out(synthesized.assembly(), &heard).await;
            let mut statuses = Vec::new();
            for stack in &synthesized.assembly().stacks {
                let found = self.service.stack(&stack.id.region, &stack.id.name).await;
                statuses.push(match found {
                    Ok(Some(found)) => (stack.id.clone(), found.status.to_string()),
                    Ok(None) => (stack.id.clone(), "(none)".to_owned()),
                    Err(error) => (stack.id.clone(), format!("({error})")),
                });
            }
            (report, statuses)
        });
        Run::new(report, &statuses, heard.events.into_inner(), known)
    }

    /// The values that were given, and those of contents that are shipped.
    async fn parameters(&self, assembly: &Assembly) -> Result<Vec<GivenParameter>, Error> {
        let mut parameters = shipping::parameters(&self.service, assembly).await?;
        parameters.extend(self.parameters.iter().cloned());
        Ok(parameters)
    }

    async fn carry_out(&self, assembly: &Assembly, heard: &Heard) -> Result<DeployReport, Error> {
        let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
        let service = paced(self.service.clone(), Limits::NEARBY);
        // Everything that would be lost, by its name: a test sees it in the preview.
        let shipping = Some(shipping::shipping(&service, &self.service, assembly).await?);
        let parameters = self.parameters(assembly).await?;
        let look = DiffOptions { parameters: parameters.clone(), shipping: shipping.clone(), ..DiffOptions::default() };
        let plan = formwork_deploy::diff(&service, assembly, &ids, &look, &Heard::default(), pending()).await?;
        let stacks = plan.into_iter().flat_map(|plan| plan.stacks);
        let allowed = stacks.flat_map(|stack| {
            let StackId { name, region } = stack.id;
            let selector = Selector { name: name.to_string(), region: Some(region.to_string()) };
            let lost = stack.diff.resources.into_iter().filter(|resource| resource.impact.is_destructive());
            lost.map(move |resource| NamedResource { stack: Some(selector.clone()), logical_id: resource.logical_id })
        });
        let options = DeployOptions {
            consent: Consent::GivenForLosses,
            by_name: ByName { allowed: allowed.collect(), ..ByName::default() },
            // One after the other, so that events have one order.
            concurrency: 1,
            regions: Default::default(),
            parameters,
            registry: Registry::default(),
            previous_templates: false,
            shipping,
        };
        formwork_deploy::deploy(&service, assembly, &ids, &options, heard, pending()).await
    }

    /// The preview of an app's deployment, as `cargo formwork diff` shows it.
    ///
    /// # Panics
    ///
    /// If the app has problems, or the preview cannot be made.
    #[track_caller]
    pub fn preview<A: IntoApp>(&self, app: impl FnOnce(&Context) -> A) -> Changes {
        let synthesized = synth(app);
        let assembly = synthesized.assembly();
        let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
        let service = paced(self.service.clone(), Limits::NEARBY);
        let heard = Heard::default();
        let plan = in_no_time(async {
            let shipping = Some(shipping::shipping(&service, &self.service, assembly).await?);
            let parameters = self.parameters(assembly).await?;
            let options = DiffOptions { parameters, shipping, ..DiffOptions::default() };
            formwork_deploy::diff(&service, assembly, &ids, &options, &heard, pending()).await
        });
        match plan {
            Ok(plan) => {
                let mut known = self.known().clone();
                known.add(assembly);
                Changes { plan: plan.unwrap_or(Plan { stacks: Vec::new() }), known }
            }
            Err(error) => panic!("the preview cannot be made: {}", chain(&error)),
        }
    }
}

/// Runs the work with a clock that moves on at once when there is nothing to do but to wait.
fn in_no_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        Ok(runtime) => runtime.block_on(work),
        // No driver is asked of the system: there is nothing that it could refuse.
        Err(error) => panic!("no runtime: {error}"),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[derive(Default)]
struct Heard {
    events: RefCell<Vec<Event>>,
}

impl Observer for Heard {
    fn progress(&self, progress: Progress) {
        if let Progress::Event { stack, event } = progress {
            let status = match &event.status {
                EventStatus::Stack(status) => status.to_string(),
                EventStatus::Resource(status) => status.to_string(),
            };
            let formwork_deploy::ResourceEvent { logical_id, reason, .. } = event;
            self.events.borrow_mut().push(Event { stack, logical_id, status, reason });
        }
    }

    fn preview(&self, _: Preview<'_>) {}

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        Box::pin(async { Answer::Yes })
    }
}

impl Run {
    fn new(
        report: Result<DeployReport, Error>,
        statuses: &[(StackId, String)],
        events: Vec<Event>,
        known: Known,
    ) -> Run {
        let (reports, error) = match report {
            Ok(report) => (report.stacks, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let status = |id: &StackId| {
            statuses.iter().find(|(other, _)| other == id).map(|(_, status)| status.clone()).unwrap_or_default()
        };
        let stacks = reports.into_iter().map(|stack| StackRun {
            status: status(&stack.id),
            outputs: stack.outputs.into_iter().map(|output| (output.key, output.value)).collect(),
            outcome: stack.outcome,
            id: stack.id,
        });
        Run { stacks: stacks.collect(), events, error, known }
    }

    /// True if every stack is deployed.
    pub fn is_done(&self) -> bool {
        let is_done = |stack: &StackRun| matches!(stack.outcome, Outcome::Done(_) | Outcome::Unchanged);
        self.error.is_none() && self.stacks.iter().all(is_done)
    }

    /// Every stack is deployed.
    ///
    /// # Panics
    ///
    /// If one is not: with what failed, and why.
    #[track_caller]
    pub fn assert_done(&self) {
        assert!(self.is_done(), "the app is not deployed\n{self}");
    }

    #[track_caller]
    fn stack(&self, name: &str) -> &StackRun {
        let selector = Selector::read(name);
        match self.stacks.iter().find(|stack| selector.names(&stack.id)) {
            Some(stack) => stack,
            None => panic!("the run has no stack `{name}`{}\n{self}", self.known.meant_stack(name)),
        }
    }

    /// The stack's status after the run, such as `CREATE_COMPLETE`; `(none)` if there is no such stack.
    ///
    /// # Panics
    ///
    /// If the app has no such stack.
    #[track_caller]
    pub fn status(&self, stack: &str) -> &str {
        &self.stack(stack).status
    }

    /// The outcome of the stack, with all that the deployer knows about it.
    ///
    /// # Panics
    ///
    /// If the app has no such stack.
    #[track_caller]
    pub fn outcome(&self, stack: &str) -> &Outcome {
        &self.stack(stack).outcome
    }

    /// The value of an output of the stack after the run.
    ///
    /// # Panics
    ///
    /// If there is no such stack, or it gives out nothing of that name.
    #[track_caller]
    pub fn output(&self, stack: &str, name: &str) -> &str {
        let outputs = &self.stack(stack).outputs;
        match outputs.iter().find(|(key, _)| key == name) {
            Some((_, value)) => value,
            None => {
                let close = did_you_mean(name, outputs.iter().map(|(key, _)| key.as_str()));
                panic!("stack `{stack}` has no output `{name}`{}", meant(close))
            }
        }
    }

    /// The events of the stack of this name, in their order.
    ///
    /// # Panics
    ///
    /// If there is no such stack, and nothing happened to one.
    #[track_caller]
    pub fn events(&self, stack: &str) -> Vec<&Event> {
        let selector = Selector::read(stack);
        let is_there = self.known.has_stack(stack) || self.events.iter().any(|event| selector.names(&event.stack));
        assert!(is_there, "the run has no stack `{stack}`{}\n{self}", self.known.meant_stack(stack));
        self.events.iter().filter(|event| selector.names(&event.stack)).collect()
    }

    /// The resources of the stack that failed, each with the reason.
    ///
    /// # Panics
    ///
    /// As [`Run::events`].
    #[track_caller]
    pub fn failures(&self, stack: &str) -> Vec<(String, String)> {
        let failed = |event: &&Event| event.status.ends_with("_FAILED") && event.logical_id != *event.stack.name;
        let events = self.events(stack).into_iter().filter(failed);
        events.map(|event| (event.logical_id.clone(), event.reason.clone().unwrap_or_default())).collect()
    }
}

/// A line for each stack, and one for each event that tells of a failure.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.error {
            writeln!(f, "{}", chain(error))?;
        }
        for stack in &self.stacks {
            writeln!(f, "{}: {}", stack.id.name, stack.status)?;
            if let Outcome::Stopped(error) = &stack.outcome {
                writeln!(f, "  {}", chain(error))?;
            }
        }
        for event in self.events.iter().filter(|event| event.status.ends_with("_FAILED")) {
            let reason = event.reason.as_deref().unwrap_or_default();
            writeln!(f, "  {} {} {reason}", event.logical_id, event.status)?;
        }
        Ok(())
    }
}

impl Deployed {
    /// The preview of deploying this form of the app.
    ///
    /// # Panics
    ///
    /// As [`Cloud::preview`].
    #[track_caller]
    pub fn preview<A: IntoApp>(&self, app: impl FnOnce(&Context) -> A) -> Changes {
        self.cloud.preview(app)
    }

    /// Deploys another form of the app over this one.
    ///
    /// # Panics
    ///
    /// As [`deploy()`].
    #[track_caller]
    pub fn deploy<A: IntoApp>(&self, app: impl FnOnce(&Context) -> A) -> Deployed {
        let run = self.cloud.deploy(app);
        run.assert_done();
        Deployed { cloud: self.cloud.clone(), run }
    }

    /// The cloud where it is deployed: to add faults, and to see a deployment fail.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The result of the deployment.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The value of an output.
    ///
    /// # Panics
    ///
    /// As [`Run::output`].
    #[track_caller]
    pub fn output(&self, stack: &str, name: &str) -> &str {
        self.run.output(stack, name)
    }
}

impl Changes {
    /// The preview with everything that is known: properties, reasons, what permits more.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// True if nothing would be done.
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty()
    }

    fn resources(&self) -> impl Iterator<Item = &ResourceDiff> {
        self.plan.stacks.iter().flat_map(of_stack)
    }

    fn with(&self, is_meant: impl Fn(Impact) -> bool) -> Vec<&str> {
        let meant = self.resources().filter(|resource| is_meant(resource.impact));
        meant.map(|resource| resource.logical_id.as_str()).collect()
    }

    /// The logical ids of what is created; in a nested stack, with the path to it: `Network/Table`.
    pub fn created(&self) -> Vec<&str> {
        self.with(|impact| matches!(impact, Impact::Create | Impact::MayCreate))
    }

    /// The logical ids of what is, or may be, updated in place.
    pub fn updated(&self) -> Vec<&str> {
        self.with(|impact| matches!(impact, Impact::Update | Impact::MayUpdate))
    }

    /// The logical ids of what is, or may be, replaced.
    pub fn replaced(&self) -> Vec<&str> {
        self.with(|impact| matches!(impact, Impact::Replace | Impact::MayReplace))
    }

    /// The logical ids of what is, or may be, deleted.
    pub fn destroyed(&self) -> Vec<&str> {
        self.with(|impact| matches!(impact, Impact::Destroy | Impact::MayDestroy))
    }

    /// The impact on the resource with this logical id; in a nested stack, with the path to it: `Network/Table`.
    ///
    /// # Panics
    ///
    /// If there is no such stack, or no such resource in it.
    #[track_caller]
    pub fn impact(&self, stack: &str, logical_id: &str) -> Impact {
        let selector = Selector::read(stack);
        let name = stack;
        let Some(stack) = self.plan.stacks.iter().find(|one| selector.names(&one.id)) else {
            assert!(self.known.has_stack(name), "the preview has no stack `{name}`{}", self.known.meant_stack(name));
            return Impact::default();
        };
        match of_stack(stack).find(|resource| resource.logical_id == logical_id) {
            Some(resource) => resource.impact,
            None => {
                let mistake = self.known.mistake_of_id(Some(name), logical_id);
                assert!(mistake.is_none(), "{}", mistake.unwrap_or_default());
                Impact::default()
            }
        }
    }

    /// Nothing would be replaced or deleted, in nested stacks neither.
    ///
    /// # Panics
    ///
    /// If something would, or might: with its name, and why.
    #[track_caller]
    pub fn assert_nothing_lost(&self) {
        let lost = self.resources().filter(|resource| resource.impact.is_destructive());
        let lost: Vec<String> = lost.map(told).collect();
        assert!(lost.is_empty(), "the change loses resources\n{}", lost.join("\n"));
    }
}

/// Changes of a stack's resources, and of those of the stacks nested in it.
fn of_stack(stack: &StackPlan) -> impl Iterator<Item = &ResourceDiff> {
    stack.diff.resources.iter().chain(stack.nested.iter().map(|change| &change.resource))
}

fn told(resource: &ResourceDiff) -> String {
    let properties = resource.properties.iter().filter(|property| property.impact.is_destructive());
    let mut why: Vec<String> = properties.map(|property| format!("{} changes", property.path)).collect();
    why.extend(resource.reasons.iter().cloned());
    let (impact, id, type_name) = (resource.impact, &resource.logical_id, &resource.type_name);
    format!("{impact} `{id}` ({type_name}) {}", why.join(", ")).trim_end().to_owned()
}
