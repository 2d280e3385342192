//! `destroy`: delete stacks, consumers before their producers.

use clap::Args;
use formwork_deploy::{DestroyOptions, NamedResource};
use serde::Serialize;

use crate::approval::Approval;
use crate::args::{Target, named_resource};
use crate::aws::{self, Clients, Selected};
use crate::documents::StackName;
use crate::error::CliError;
use crate::identity::Head;
use crate::listener::Listener;
use crate::outcome::{self, FailurePart, LeftBehindPart, OutcomePart, TotalsPart};
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork destroy
  cargo formwork destroy habitpay-site --yes
  cargo formwork destroy habitpay-site --retain Certificate
  cargo formwork destroy --yes --allow orders/Table";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A resource that is left behind, of a stack whose deletion failed at it; can be given several times
    #[arg(long, value_name = "[STACK:]LOGICAL_ID", value_parser = named_resource)]
    retain: Vec<NamedResource>,
    /// Number of stacks at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..))]
    concurrency: u8,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    target: Target,
}

/// Output of `destroy --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Place and login of the run.
    target: Head,
    /// The selected stacks, consumers before producers; one that was not deployed is `unchanged`.
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
    /// Resources that belonged to it and still exist; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<LeftBehindPart>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let given = arguments.approval.of_deletion(session)?;
    let retain = arguments.retain.clone();
    let options = DestroyOptions {
        consent: given.consent,
        by_name: given.by_name.clone(),
        concurrency: arguments.concurrency.into(),
        retain,
    };
    let listener = Listener::new(session, assembly, given);
    let work = async |clients: &Clients| {
        listener.introduce(clients, &arguments.target.aws, session, ids).await?;
        formwork_deploy::destroy(&clients.service, assembly, ids, &options, &listener, aws::interrupted()).await
    };
    let report = selected.run(&arguments.target.aws, session, work, || listener.tick());
    let report = report.map_err(outcome::before_a_change)?;

    if report.plan.stacks.is_empty() {
        session.printer.note("none of the stacks is deployed");
    }
    let totals = report.plan.totals();
    if session.printer.is_json() {
        let stacks = report.stacks.iter().map(|stack| StackPart {
            stack: StackName::new(&stack.id),
            outcome: OutcomePart::from(&stack.outcome),
            failure: FailurePart::of(assembly, &listener, &arguments.target.aws, &stack.id, &stack.outcome),
            left_behind: stack.left_behind.iter().map(LeftBehindPart::from).collect(),
        });
        session.printer.document(&Document {
            target: listener.head(),
            stacks: stacks.collect(),
            totals: totals.into(),
        })?;
    } else {
        session.printer.text(&outcome::last_line(assembly, &report.stacks))?;
    }
    outcome::conclude(session, assembly, &listener, &arguments.target.aws, &report.stacks)
}
