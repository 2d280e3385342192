//! `deploy`: preview, approval, change sets, progress, outputs.

use clap::Args;
use formwork_assembly::Selector;
use formwork_deploy::{Consent, DeployOptions, GivenParameter, Outcome};
use serde::Serialize;
use serde_json::Value;

use super::outputs::{self, OutputPart};
use crate::args::Target;
use crate::aws::{self, Clients, Selected};
use crate::documents::{FilePart, InUsePart, StackName};
use crate::error::CliError;
use crate::listener::Listener;
use crate::outcome::{self, FailurePart, LeftBehindPart, OutcomePart, TotalsPart};
use crate::registry;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork deploy
  cargo formwork deploy habitpay-edge --profile production
  cargo formwork deploy --yes --json > deployed.json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Do what the preview shows without asking
    #[arg(long, short)]
    yes: bool,
    /// Go on without asking also when something is replaced or deleted that other stacks use, and when a change set, made only
    /// after its producer was deployed, does more than the preview showed
    #[arg(long, requires = "yes")]
    allow_replace: bool,
    /// Make the change sets and leave them there; stacks that wait for another one get none
    #[arg(long)]
    no_execute: bool,
    /// Number of stacks at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..))]
    concurrency: u8,
    /// The value of a parameter; STACK is a name, or `NAME@REGION`; can be given several times
    #[arg(long, value_name = "STACK:KEY=VALUE", value_parser = parameter)]
    parameter: Vec<GivenParameter>,
    /// Look nothing up: what `formwork.lock` does not have is an error
    #[arg(long)]
    locked: bool,
    #[cfg(feature = "validate")]
    #[command(flatten)]
    validation: crate::validation::Validation,
    #[command(flatten)]
    target: Target,
}

/// Output of `deploy --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The stacks, producers before consumers.
    stacks: Vec<StackPart>,
    /// Numbers of planned changes, all stacks together.
    totals: TotalsPart,
}

/// A selected stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// The outcome.
    outcome: OutcomePart,
    /// The failure; missing if there is none, or if `outcome` says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailurePart>,
    /// The ARN of the change set that waits to be executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    change_set: Option<String>,
    /// The plan, in the form of `diff --json`.
    diff: Value,
    /// The files that the stack ships and that change; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FilePart>,
    /// Changed parts that other deployed stacks of the app use; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    in_use: Vec<InUsePart>,
    /// Resources that belonged to the stack, are in no stack any more, and still exist; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<LeftBehindPart>,
    /// Outputs of the stack.
    outputs: Vec<OutputPart>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::synthesize(&arguments.target, session, arguments.locked)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let registry = registry::of_apps([&selected.synthesized.app])?;
    #[cfg(feature = "validate")]
    arguments.validation.before(session, &selected.synthesized, &registry, ids, |stack| {
        aws::deployed_template(&arguments.target.aws, session, stack)
    })?;
    let consent = match (arguments.yes, arguments.allow_replace) {
        (false, _) => Consent::Ask,
        (true, false) => Consent::Given,
        (true, true) => Consent::GivenWithReplacement,
    };
    let options = DeployOptions {
        consent,
        no_execute: arguments.no_execute,
        concurrency: arguments.concurrency.into(),
        parameters: arguments.parameter.clone(),
        registry,
        previous_templates: false,
    };
    let listener = Listener::new(session, assembly, consent);
    let work = async |clients: &Clients| {
        formwork_deploy::deploy(&clients.service, assembly, ids, &options, &listener, aws::interrupted()).await
    };
    let report = selected.run(&arguments.target.aws, session, work, || listener.tick());
    let report = report.map_err(outcome::before_a_change)?;

    let totals = report.plan.totals();
    if session.printer.is_json() {
        let stacks = report.stacks.iter().zip(&report.plan.stacks).map(|(stack, plan)| StackPart {
            stack: StackName::new(&stack.id),
            outcome: OutcomePart::from(&stack.outcome),
            failure: FailurePart::of(assembly, &listener, &arguments.target.aws, &stack.id, &stack.outcome),
            change_set: match &stack.outcome {
                Outcome::Prepared { change_set } => Some(change_set.clone()),
                _ => None,
            },
            diff: plan.diff.to_json(),
            files: plan.files.iter().map(FilePart::from).collect(),
            in_use: plan.in_use.iter().map(InUsePart::from).collect(),
            left_behind: stack.left_behind.iter().map(LeftBehindPart::from).collect(),
            outputs: stack.outputs.iter().map(OutputPart::from).collect(),
        });
        session.printer.document(&Document { stacks: stacks.collect(), totals: totals.into() })?;
    } else {
        let mut text = String::new();
        for stack in &report.stacks {
            if let Outcome::Prepared { change_set } = &stack.outcome {
                text += &format!("{}: {change_set}\n", assembly.spelling(&stack.id));
            } else if matches!(stack.outcome, Outcome::Unchanged | Outcome::Done(_)) {
                text += &outputs::lines(&assembly.spelling(&stack.id), &stack.outputs);
            }
        }
        text += &outcome::last_line(assembly, &report.stacks);
        session.printer.text(&text)?;
    }
    outcome::conclude(session, assembly, &listener, &arguments.target.aws, &report.stacks)
}

pub(super) fn parameter(text: &str) -> Result<GivenParameter, String> {
    let parts = text.split_once('=').and_then(|(name, value)| {
        let (stack, key) = name.split_once(':')?;
        (!stack.is_empty() && !key.is_empty()).then_some((stack, key, value))
    });
    match parts {
        Some((stack, key, value)) => {
            Ok(GivenParameter { stack: Selector::read(stack), key: key.to_owned(), value: value.to_owned() })
        }
        None => Err("the form is STACK:KEY=VALUE".to_owned()),
    }
}
