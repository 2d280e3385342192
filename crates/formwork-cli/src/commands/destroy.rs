//! `destroy`: delete stacks, consumers before their producers.

use std::collections::BTreeSet;

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_deploy::shipping::bucket::{self, ships};
use formwork_deploy::shipping::unused::{self, Stays};
use formwork_deploy::{DestroyOptions, DestroyReport, NamedResource, Operation, Outcome};
use formwork_diff::assets::bytes;
use serde::Serialize;

use crate::approval::Approval;
use crate::args::{Target, named_resource};
use crate::aws::{Clients, Selected};
use crate::documents::{StackName, WarningPart};
use crate::error::CliError;
use crate::identity::Head;
use crate::listener::Listener;
use crate::orphans;
use crate::outcome::{self, FailurePart, LeftBehindPart, OutcomePart, TotalsPart};
use crate::session::Session;
use crate::wording::count;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork destroy
  cargo formwork destroy habitpay-site --yes
  cargo formwork destroy habitpay-site --retain Certificate
  cargo formwork destroy --yes --allow orders/Table";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A resource that is left behind, of a stack whose deletion failed at it; can be given several times
    #[arg(long, value_name = "[STACK/]LOGICAL_ID", value_parser = named_resource)]
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
    /// Buckets of contents that stay, of regions that have no other stack any more; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    buckets: Vec<BucketPart>,
    /// Warnings about the stacks; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningPart>,
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

/// A bucket that stays.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct BucketPart {
    /// Its name.
    name: String,
    /// Its region.
    region: String,
    /// The number of objects in it.
    objects: usize,
    /// Their bytes.
    length: u64,
}

impl From<&Stays> for BucketPart {
    fn from(stays: &Stays) -> Self {
        let Stays { bucket, objects, length } = stays;
        BucketPart { name: bucket.name.clone(), region: bucket.region.clone(), objects: *objects, length: *length }
    }
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::with_orphans(&arguments.target, session)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let given = arguments.approval.of_deletion(session);
    let retain = arguments.retain.clone();
    let mut options = DestroyOptions {
        consent: given.consent,
        by_name: given.by_name.clone(),
        concurrency: arguments.concurrency.into(),
        regions: orphans::regions(assembly, session),
        retain,
        objects: None,
    };
    let listener = Listener::new(session, assembly, given);
    let work = async |clients: &Clients| {
        listener.introduce(clients, &arguments.target.aws, session, ids).await?;
        options.objects = Some(clients.objects.clone());
        let (service, interrupt) = (&clients.service, clients.interrupted());
        let report = formwork_deploy::destroy(service, assembly, ids, &options, &listener, interrupt).await?;
        let stays = tokio::select! {
            stays = stays(clients, assembly, &report) => stays,
            () = clients.interrupted() => Vec::new(),
        };
        Ok((report, stays))
    };
    let report = selected.run(&arguments.target.aws, session, work, || listener.tick());
    let (report, stays) = report.map_err(outcome::before_a_change)?;
    stays.iter().for_each(|stays| session.printer.note(line(stays, session)));

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
            buckets: stays.iter().map(BucketPart::from).collect(),
            warnings: listener.warnings(),
        })?;
    } else {
        session.printer.text(&outcome::last_line(assembly, &report.stacks))?;
    }
    outcome::conclude(session, assembly, &listener, &arguments.target.aws, &report.stacks)
}

/// The buckets of the regions that have no other stack any more, of stacks that shipped something. Nobody is refused for them: the deletion is done.
async fn stays(clients: &Clients, assembly: &Assembly, report: &DestroyReport) -> Vec<Stays> {
    let is_done = |id: &StackId| {
        report.stacks.iter().any(|stack| stack.id == *id && stack.outcome == Outcome::Done(Operation::Delete))
    };
    let shipping = assembly.stacks.iter().filter(|stack| is_done(&stack.id) && ships(assembly, stack));
    let regions: BTreeSet<&str> = shipping.map(StackArtifact::region).collect();
    let mut found = Vec::new();
    for region in regions {
        if let Ok(Some(stays)) = unused::stays(&clients.service, &*clients.objects.0, region).await {
            found.push(stays);
        }
    }
    found
}

fn line(stays: &Stays, session: &Session) -> String {
    let Stays { bucket, objects, length } = stays;
    let id = format!("{}@{}", bucket::STACK, bucket.region);
    let text = format!(
        "the bucket `{}` stays, with {} of {}, and {} has no other stack: {} deletes it",
        bucket.name,
        count(*objects, "object"),
        bytes(*length),
        bucket.region,
        session.typed.command(&["destroy", &id])
    );
    visible(&text).into_owned()
}
