//! Calls, counted and held back, by the clock of the test.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

mod counted;
mod fake;
mod limited;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, DeployReport, DestroyOptions, DestroyReport, DiffOptions, Observer,
    Pending, Plan, Preview, Progress,
};
use formwork_diff::Registry;
use formwork_model::service::CloudFormation;

/// Independent stacks with one topic each, which has this name.
pub(crate) fn stacks(count: usize, display_name: &str) -> Assembly {
    let stack = |number: usize| StackArtifact {
        id: StackId::new(format!("site{number}"), "us-east-1"),
        partition: "aws".to_owned(),
        template: format!(
            r#"{{"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":"{display_name}"}}}}}}}}"#
        ),
        ..StackArtifact::default()
    };
    Assembly { stacks: (0..count).map(stack).collect(), ..Assembly::default() }
}

fn ids(assembly: &Assembly) -> Vec<StackId> {
    assembly.stacks.iter().map(|stack| stack.id.clone()).collect()
}

/// Says yes to everything.
pub(crate) struct Yes;

impl Observer for Yes {
    fn progress(&self, _: Progress) {}
    fn preview(&self, _: Preview<'_>) {}
    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        Box::pin(async { Answer::Yes })
    }
}

pub(crate) async fn deploy(service: &dyn CloudFormation, assembly: &Assembly) -> DeployReport {
    let options = DeployOptions {
        by_name: ByName::default(),
        consent: Consent::GivenForLosses,
        concurrency: 16,
        regions: Default::default(),
        parameters: Vec::new(),
        registry: Registry::new(),
        previous_templates: false,
        shipping: None,
    };
    let never = std::future::pending();
    formwork_deploy::deploy(service, assembly, &ids(assembly), &options, &Yes, never).await.unwrap()
}

pub(crate) async fn diff(service: &dyn CloudFormation, assembly: &Assembly) -> Plan {
    let never = std::future::pending();
    let plan = formwork_deploy::diff(service, assembly, &ids(assembly), &DiffOptions::default(), &Yes, never).await;
    plan.unwrap().unwrap()
}

pub(crate) async fn destroy(service: &dyn CloudFormation, assembly: &Assembly) -> DestroyReport {
    let options = DestroyOptions {
        consent: Consent::GivenForLosses,
        by_name: ByName::default(),
        concurrency: 16,
        regions: Default::default(),
        retain: Vec::new(),
        objects: None,
    };
    let never = std::future::pending();
    formwork_deploy::destroy(service, assembly, &ids(assembly), &options, &Yes, never).await.unwrap()
}
