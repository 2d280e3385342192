//! The deployer against a scripted CloudFormation: one oddity of the service a test. The answers are written after the API
//! Reference; what the service does in each case is told, with its source, where the code deals with it.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

mod answers;
mod asking;
mod comparing;
mod deploying;
mod destroying;
mod ending;
mod imported;
mod in_use;
mod nested;
mod reaching;
mod recovering;
mod reviewing;
mod server;
mod statuses;
mod taking_away;

use std::cell::RefCell;
use std::rc::Rc;

use formwork_assembly::{Assembly, Import, Selector, StackArtifact, StackId};
use formwork_aws::{Aws, Keys, Options, Sdk};
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, DeployReport, DestroyOptions, DestroyReport, Error, GivenParameter, Limits,
    Observer, Paced, Pending, Preview, Progress, paced,
};
use formwork_diff::Registry;

use server::Server;

pub(crate) const ONE_TOPIC: &str = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#;

/// One stack, `site`, in us-east-1.
pub(crate) fn site(template: &str) -> Assembly {
    let stack = StackArtifact {
        id: StackId::new("site", "us-east-1"),
        partition: "aws".to_owned(),
        template: template.to_owned(),
        ..StackArtifact::default()
    };
    Assembly { stacks: vec![stack], ..Assembly::default() }
}

/// The same, and `front`, which takes the output `Name` of `site` as its parameter `SiteName`.
pub(crate) fn site_and_front(site_template: &str, front_template: &str) -> Assembly {
    let mut assembly = site(site_template);
    assembly.stacks.push(StackArtifact {
        id: StackId::new("front", "us-east-1"),
        template: front_template.to_owned(),
        depends_on: vec![StackId::new("site", "us-east-1")],
        imports: vec![Import {
            parameter: "SiteName".to_owned(),
            producer: StackId::new("site", "us-east-1"),
            output: "Name".to_owned(),
        }],
        ..assembly.stacks[0].clone()
    });
    assembly
}

/// Answers every question alike and remembers what it heard.
pub(crate) struct Listener {
    answer: Answer,
    pub(crate) told: RefCell<Vec<String>>,
}

impl Listener {
    pub(crate) fn new(answer: Answer) -> Listener {
        Listener { answer, told: RefCell::default() }
    }

    pub(crate) fn told(&self) -> String {
        self.told.borrow().join("\n")
    }
}

impl Observer for Listener {
    fn progress(&self, progress: Progress) {
        let line = match progress {
            // Every run has another name.
            Progress::Begun { .. } => return,
            Progress::Waiting { stack, status, .. } => format!("{}: waiting, {status}", stack.name),
            Progress::Preparing { stack } => format!("{}: preparing", stack.name),
            Progress::Settled { .. } | Progress::Prepared { .. } => return,
            Progress::Started { stack, operation, .. } => format!("{}: {}", stack.name, operation.doing()),
            Progress::Event { stack, event } => format!("{}: {} {}", stack.name, event.logical_id, event.status),
            Progress::CertificateWaits { stack, logical_id, record } => {
                format!(
                    "{}: {logical_id} waits for {} {} {}",
                    stack.name, record.name, record.record_type, record.value
                )
            }
            Progress::Ended { stack, status, done, .. } => format!("{}: {status}, done: {done}", stack.name),
            Progress::ChangeSetLeft { stack, is_empty, error, .. } => {
                let error = error.map(|error| error.to_string()).unwrap_or_default();
                format!("{}: change set left (empty stack: {is_empty}): {error}", stack.name)
            }
            Progress::Warning { stack, message } => format!("{}: warning: {message}", stack.name),
            other => format!("{other:?}"),
        };
        self.told.borrow_mut().push(line);
    }

    fn preview(&self, preview: Preview<'_>) {
        let line = match preview {
            Preview::Deploy(plan) => {
                let in_use = plan.stacks.iter().flat_map(|stack| &stack.in_use);
                let in_use = in_use.map(|used| format!("\nin use: {used}")).collect::<String>();
                let nested = plan.stacks.iter().flat_map(|stack| &stack.nested);
                let nested = nested.map(|change| format!("\ninside: {change}")).collect::<String>();
                format!("plan: {}{in_use}{nested}", plan.totals())
            }
            Preview::Destroy(plan) => {
                let notes = plan.stacks.iter().flat_map(|stack| &stack.diff.notes);
                let notes = notes.map(|note| format!("\nnote: {note}")).collect::<String>();
                let nested = plan.stacks.iter().flat_map(|stack| &stack.nested);
                let nested = nested.map(|change| format!("\ninside: {change}")).collect::<String>();
                format!("plan: {}{notes}{nested}", plan.totals())
            }
            Preview::Recovery(plan) => format!("plan: {} to roll back", plan.stacks.len()),
            Preview::Exceeding { exceeding, .. } => format!("exceeding: {}", exceeding.join("; ")),
        };
        self.told.borrow_mut().push(line);
    }

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        self.told.borrow_mut().push("asked".to_owned());
        Box::pin(async { self.answer })
    }
}

pub(crate) fn options(url: &str) -> Options {
    Options {
        endpoint_url: Some(url.to_owned()),
        keys: Some(Keys { access_key_id: "test".to_owned(), secret_access_key: "test".to_owned() }),
        ..Options::default()
    }
}

/// The server, asked by the SDK.
pub(crate) async fn service(server: &Server) -> Paced<Sdk> {
    at(&server.url, server.limits).await
}

/// Whoever listens at this URL, asked within these limits.
pub(crate) async fn at(url: &str, limits: Limits) -> Paced<Sdk> {
    let aws = Aws::load(&options(url), "us-east-1").await.unwrap();
    paced(Sdk::new(Rc::new(aws)), limits)
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// Deploys all stacks of the assembly.
pub(crate) fn deploy(
    server: &Server,
    assembly: &Assembly,
    consent: Consent,
    listener: &Listener,
) -> Result<DeployReport, Error> {
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
    deploy_with(server, assembly, &ids, consent, &[], listener)
}

/// Deploys these stacks of the assembly, with values of parameters: stack, key, value.
pub(crate) fn deploy_with(
    server: &Server,
    assembly: &Assembly,
    ids: &[StackId],
    consent: Consent,
    parameters: &[(&str, &str, &str)],
    listener: &Listener,
) -> Result<DeployReport, Error> {
    let parameters = parameters.iter().map(|(stack, key, value)| GivenParameter {
        stack: Selector::read(stack),
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    });
    let told = DeployOptions { parameters: parameters.collect(), ..told(consent) };
    deploy_told(server, assembly, ids, &told, listener)
}

/// The options of a deploy, of which most tests only say the consent.
pub(crate) fn told(consent: Consent) -> DeployOptions {
    DeployOptions {
        consent,
        by_name: ByName::default(),
        concurrency: 4,
        regions: Default::default(),
        parameters: Vec::new(),
        registry: Registry::new(),
        previous_templates: false,
        shipping: None,
    }
}

/// Deploys these stacks of the assembly.
pub(crate) fn deploy_told(
    server: &Server,
    assembly: &Assembly,
    ids: &[StackId],
    told: &DeployOptions,
    listener: &Listener,
) -> Result<DeployReport, Error> {
    block_on(async {
        let service = service(server).await;
        formwork_deploy::deploy(&service, assembly, ids, told, listener, std::future::pending()).await
    })
}

/// Destroys these stacks of the assembly, and asks.
pub(crate) fn destroy(
    server: &Server,
    assembly: &Assembly,
    ids: &[&str],
    listener: &Listener,
) -> Result<DestroyReport, Error> {
    destroy_with(server, assembly, ids, Consent::Ask, listener)
}

/// Destroys these stacks of the assembly.
pub(crate) fn destroy_with(
    server: &Server,
    assembly: &Assembly,
    ids: &[&str],
    consent: Consent,
    listener: &Listener,
) -> Result<DestroyReport, Error> {
    let ids: Vec<StackId> = ids.iter().filter_map(|id| StackId::read(id)).collect();
    let told = DestroyOptions {
        consent,
        by_name: ByName::default(),
        concurrency: 4,
        regions: Default::default(),
        retain: Vec::new(),
        objects: None,
    };
    block_on(async {
        let service = service(server).await;
        formwork_deploy::destroy(&service, assembly, &ids, &told, listener, std::future::pending()).await
    })
}
