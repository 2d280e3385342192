//! `deploy`: preview, approval, change sets, progress, outputs.

use std::cell::RefCell;
use std::path::PathBuf;

use clap::Args;
use formwork_assembly::{Selector, StackId};
use formwork_deploy::shipping::Shipping;
use formwork_deploy::{DeployOptions, Error, GivenParameter, Orphans, Outcome, StackPlan, StackReport, reviewing};
use serde::Serialize;
use serde_json::Value;

use super::outputs::{self, OutputPart};
use crate::approval::Approval;
use crate::args::Target;
use crate::assets::{AssetOptions, Contents};
#[cfg(feature = "validate")]
use crate::aws;
use crate::aws::{Clients, Selected};
use crate::documents::{AssetPart, FilePart, InUsePart, NestedPart, RefusedPart, StackName, WarningPart};
use crate::error::CliError;
#[cfg(feature = "validate")]
use crate::error::both;
use crate::identity::Head;
use crate::listener::Listener;
use crate::orphans;
use crate::outcome::{self, FailurePart, LeftBehindPart, OutcomePart, RemovedPart, TotalsPart};
use crate::pairs::{Pair, pair_or_key};
use crate::parameters::{self, Elsewhere};
use crate::plan_file::PlanFile;
use crate::preview;
use crate::registry;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork deploy
  cargo formwork deploy habitpay-edge --profile production
  cargo formwork deploy --env prod --require-approval broadening
  cargo formwork deploy --yes --allow orders/Table --json > deployed.json
  cargo formwork deploy --env prod --plan prod.plan
  cargo formwork deploy --env prod --execute prod.plan";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Make the change sets, leave them there, and write what they rest on; nothing is executed. A stack that waits for another one is
    /// planned by its template
    #[arg(long, value_name = "FILE", conflicts_with_all = ["execute", "yes", "require_approval", "allow"])]
    plan: Option<PathBuf>,
    /// Execute a plan without a question, if nothing has changed since: templates, values, change sets, account, version
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["stacks", "yes", "require_approval", "allow"]
    )]
    execute: Option<PathBuf>,
    /// Number of stacks at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..))]
    concurrency: u8,
    /// The value of a parameter; STACK is a name, or `NAME@REGION`; without a VALUE, it is asked for and not shown; can be given
    /// several times
    #[arg(long, value_name = "STACK:KEY[=VALUE]", value_parser = pair_or_key)]
    parameter: Vec<Pair>,
    #[command(flatten)]
    elsewhere: Elsewhere,
    /// Look nothing up: what `formwork.lock` does not have is an error
    #[arg(long)]
    locked: bool,
    #[cfg(feature = "validate")]
    #[command(flatten)]
    validation: crate::validation::Validation,
    /// Upload contents that are not in the bucket any more, though they have not changed
    #[arg(long, help_heading = "Assets")]
    upload: bool,
    #[command(flatten)]
    assets: AssetOptions,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    target: Target,
}

/// Output of `deploy --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Place and login of the run.
    target: Head,
    /// The stacks, producers before consumers.
    stacks: Vec<StackPart>,
    /// Numbers of planned changes, all stacks together.
    totals: TotalsPart,
    /// Stacks that the app deployed and has no more; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    orphans: Vec<StackName>,
    /// The reason for which these were not looked for in all regions; missing if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_looked_for: Option<String>,
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
    /// The ARN of the change set that waits to be executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    change_set: Option<String>,
    /// The plan, in the form of `diff --json`.
    diff: Value,
    /// The files that the stack ships and that change; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FilePart>,
    /// The contents that the stack ships and that change; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assets: Vec<AssetPart>,
    /// Changed parts that other deployed stacks of the app use; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    in_use: Vec<InUsePart>,
    /// Changes that CloudFormation refuses when it comes to them; missing where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedPart>,
    /// Steps beside the update: before it, or when the stacks that use something have followed; missing if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    /// Changes inside of nested stacks; missing where there are none, or none are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nested: Vec<NestedPart>,
    /// Resources that belonged to the stack, are in no stack any more, and still exist; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<LeftBehindPart>,
    /// Resources that belonged to the stack, were in no stack any more, and were deleted; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<RemovedPart>,
    /// Outputs of the stack.
    outputs: Vec<OutputPart>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    // Faults of the file are reported before anything is built.
    arguments.plan.as_deref().map(PlanFile::can_be_written).transpose()?;
    let planned = arguments.execute.as_deref().map(PlanFile::read).transpose();
    let planned = planned.map_err(|error| session.typed.in_hints(error))?;
    if let (Some(planned), Some(file)) = (&planned, &arguments.execute) {
        planned.check_engine(file, arguments.target.aws.is_local())?;
    }
    let reviewed = planned.as_ref().map(PlanFile::reviewed);
    let mut selected = Selected::synthesize(&arguments.target, session, arguments.locked)?;
    if let Some(reviewed) = &reviewed {
        selected.ids.retain(|id| reviewed.stack(id).is_some());
    }
    let contents = Contents::read(&mut selected, &arguments.assets, session, false);
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let app = selected.app();
    let registry = registry::of_apps([&selected.synthesized.app])?;
    #[cfg(feature = "validate")]
    let contents = {
        let deployed = |stack: &_| aws::deployed_template(&arguments.target.aws, session, stack);
        let given = &arguments.parameter;
        both(contents, arguments.validation.before(session, &selected.synthesized, &registry, ids, given, deployed))
    };
    let contents = contents?;
    let given = arguments.approval.of_deploy(session);
    parameters::warn_of_arguments(&arguments.parameter, assembly, session);
    let given_parameters = parameters::all(&arguments.parameter, &arguments.elsewhere, session)?;
    parameters::hide(&given_parameters, assembly, session);
    let mut options = DeployOptions {
        consent: given.consent,
        by_name: given.by_name.clone(),
        concurrency: arguments.concurrency.into(),
        regions: orphans::regions(assembly, session),
        parameters: given_parameters,
        registry,
        previous_templates: false,
        shipping: None,
    };
    let listener = Listener::new(session, assembly, given);
    // The secret parameter for want of which the run ends.
    let missing = RefCell::new(None);
    let made = RefCell::new(None);
    let work = async |clients: &Clients| {
        listener.introduce(clients, &arguments.target.aws, session, ids).await?;
        let region = ids.first().map_or("us-east-1", |id| &*id.region);
        let shipping = contents.shipping(clients, session, region).await?;
        options.shipping = Some(Shipping { is_checked: arguments.upload, ..shipping });
        loop {
            let (service, interrupt) = (&clients.service, clients.interrupted());
            let run = match (&planned, &reviewed) {
                (Some(planned), Some(reviewed)) => {
                    let changed = planned.differs_from(app, &listener.head().place());
                    if !changed.is_empty() {
                        return Err(Error::PlanOutdated { changed });
                    }
                    reviewing::execute(service, assembly, reviewed, &options, &listener, interrupt).await
                }
                _ if arguments.plan.is_some() => {
                    let run = reviewing::prepare(service, assembly, ids, &options, &listener, interrupt).await;
                    run.map(|(report, reviewed)| {
                        *made.borrow_mut() = reviewed;
                        report
                    })
                }
                _ => formwork_deploy::deploy(service, assembly, ids, &options, &listener, interrupt).await,
            };
            let Err(Error::ParameterMissing { stack, parameter }) = &run else {
                if let Err(Error::ChangeSet { .. }) = &run {
                    // The name that is taken may be that of a stack which the app had under another name.
                    orphans::tell(&orphans::find(clients, assembly, session).await, session);
                }
                let report = run?;
                let is_cut_short = |stack: &StackReport| match &stack.outcome {
                    Outcome::Stopped(error) => !matches!(error, Error::ChangeSet { .. }),
                    outcome => matches!(outcome, Outcome::Interrupted | Outcome::GoesOn { .. }),
                };
                // Nobody waits for more calls then; and what was done is told, whether stacks can be listed or not.
                let orphans = match report.stacks.iter().any(is_cut_short) {
                    true => Orphans::default(),
                    false => tokio::select! {
                        found = orphans::find(clients, assembly, session) => found,
                        () = clients.interrupted() => Orphans::default(),
                    },
                };
                return Ok((report, orphans));
            };
            let stack = Selector::read(stack);
            if !parameters::is_secret(assembly, &stack, parameter) {
                return run.map(|report| (report, Orphans::default()));
            }
            let name = format!("{stack}:{parameter}");
            let Some(value) = listener.secret(&name).await else {
                *missing.borrow_mut() = Some(name);
                return run.map(|report| (report, Orphans::default()));
            };
            session.printer.hide(&value);
            options.parameters.push(GivenParameter { stack, key: parameter.clone(), value });
        }
    };
    let report = selected.run(&arguments.target.aws, session, work, || listener.tick());
    let report = report.map_err(|error| match missing.take() {
        Some(name) => error.hint(parameters::instead(&name)),
        None => error,
    });
    let (report, orphans) = report.map_err(outcome::before_a_change)?;
    orphans::tell(&orphans, session);
    if let (Some(file), Some(made)) = (&arguments.plan, made.take()) {
        let written = PlanFile::new(app, listener.head().place(), made).write(file);
        listener.leaves(written.is_ok());
        written?;
        session.printer.note(format_args!("wrote the plan `{}`", file.display()));
    }

    let totals = report.plan.totals();
    if session.printer.is_json() {
        // One that the run did not come to has an empty plan.
        // One that the run did not come to has an empty plan.
        let plan_of = |id: &StackId| report.plan.stacks.iter().find(|plan| plan.id == *id).cloned();
        let plan_of = |stack: &StackReport| plan_of(&stack.id).unwrap_or_else(|| StackPlan::new(stack.id.clone()));
        let plans: Vec<StackPlan> = report.stacks.iter().map(plan_of).collect();
        let stacks = report.stacks.iter().zip(&plans).map(|(stack, plan)| StackPart {
            stack: StackName::new(&stack.id),
            outcome: OutcomePart::from(&stack.outcome),
            failure: FailurePart::of(assembly, &listener, &arguments.target.aws, &stack.id, &stack.outcome),
            change_set: match &stack.outcome {
                Outcome::Prepared { change_set, .. } => Some(change_set.clone()),
                _ => None,
            },
            diff: plan.diff.to_json(),
            files: plan.files.iter().map(FilePart::from).collect(),
            assets: plan.assets.iter().map(AssetPart::from).collect(),
            in_use: plan.in_use.iter().map(InUsePart::from).collect(),
            refused: plan.refused.iter().map(RefusedPart::from).collect(),
            steps: preview::later(plan),
            nested: plan.nested.iter().map(NestedPart::from).collect(),
            left_behind: stack.left_behind.iter().map(LeftBehindPart::from).collect(),
            removed: stack.removed.iter().map(RemovedPart::from).collect(),
            outputs: outputs::shown(assembly, &stack.id, &stack.outputs).iter().map(OutputPart::from).collect(),
        });
        session.printer.document(&Document {
            target: listener.head(),
            stacks: stacks.collect(),
            totals: totals.into(),
            orphans: orphans::parts(&orphans),
            not_looked_for: orphans.not_looked_for(),
            warnings: listener.warnings(),
        })?;
    } else {
        let mut text = String::new();
        for stack in &report.stacks {
            if let Outcome::Prepared { change_set, .. } = &stack.outcome {
                text += &format!("{}: {change_set}\n", assembly.spelling(&stack.id));
            } else if matches!(stack.outcome, Outcome::Unchanged | Outcome::Done(_)) {
                let shown = outputs::shown(assembly, &stack.id, &stack.outputs);
                text += &outputs::lines(&assembly.spelling(&stack.id), &shown);
            }
        }
        text += &outcome::last_line(assembly, &report.stacks);
        session.printer.text(&text)?;
    }
    outcome::conclude(session, assembly, &listener, &arguments.target.aws, &report.stacks)
}
