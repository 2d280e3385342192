//! `status`: the state of the deployed stacks, and the command that leads out of one that holds the next operation up.

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_deploy::{DeployedOverview, StackOverview, WaitingChangeSet, status};
use serde::Serialize;

use crate::args::Target;
use crate::aws::{Clients, Selected};
use crate::documents::{ResourcePart, StackName};
use crate::error::CliError;
use crate::orphans;
use crate::outcome::RemovedPart;
use crate::preview;
use crate::runs::Runs;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork status
  cargo formwork status habitpay-site --json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
}

/// Output of `status --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The stacks, producers before consumers.
    stacks: Vec<StackPart>,
    /// Stacks that the app deployed and has no more; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    orphans: Vec<StackName>,
    /// The reason for which these were not looked for in all regions; missing if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_looked_for: Option<String>,
}

/// A stack of the app.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// The deployed stack; missing if it is not deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed: Option<DeployedPart>,
}

/// The state of a deployed stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct DeployedPart {
    /// The stack's ARN.
    stack_id: String,
    /// CloudFormation's status, such as `UPDATE_COMPLETE`.
    status: String,
    /// Meaning of the status.
    meaning: &'static str,
    /// Advice before the next operation; missing if it can begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<String>,
    /// True if CloudFormation refuses to delete the stack.
    termination_protection: bool,
    /// The resources at which the last operation failed; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_resources: Vec<ResourcePart>,
    /// The reasons for which a part of this could not be read, and is missing; missing if all was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
    /// Resources that updates kept for others, and that are in no stack any more; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<RemovedPart>,
    /// The change sets that were not executed; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    change_sets: Vec<ChangeSetPart>,
}

/// A change set that was not executed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ChangeSetPart {
    /// Its name.
    name: String,
    /// CloudFormation's status, such as `CREATE_COMPLETE`.
    status: String,
    /// The status of its execution: `AVAILABLE`, `OBSOLETE`, …
    execution_status: String,
    /// The run of formwork that made it; missing of one that formwork did not make.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// When it was made, by the service's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    let work = async |clients: &Clients| {
        let stacks = formwork_deploy::overview(&clients.service, selected.assembly(), &selected.ids).await?;
        // The answer is given whether stacks can be listed or not.
        Ok((stacks, orphans::find(clients, selected.assembly(), session).await))
    };
    let (stacks, orphans) = selected.look(&arguments.target.aws, session, work)?;
    let way_out = |stack: &StackOverview| {
        let deployed = stack.deployed.as_ref()?;
        let failed: Vec<&str> = deployed.failed.iter().map(|resource| resource.logical_id.as_str()).collect();
        let way_out = status::way_out(&deployed.status)?;
        Some(session.typed.way_out(&selected.assembly().spelling(&stack.id), way_out, &failed))
    };
    for stack in &stacks {
        for reason in stack.deployed.iter().flat_map(|deployed| &deployed.unread) {
            let name = selected.assembly().spelling(&stack.id);
            session.printer.important(format_args!("warning: of `{name}`, not all is known: {}", visible(reason)));
        }
    }
    if session.printer.is_json() {
        let part = |stack: &StackOverview| StackPart {
            stack: StackName::new(&stack.id),
            deployed: stack.deployed.as_ref().map(|deployed| DeployedPart::new(deployed, way_out(stack))),
        };
        let (not_looked_for, orphans) = (orphans.not_looked_for(), orphans::parts(&orphans));
        let stacks = stacks.iter().map(part).collect();
        return session.printer.document(&Document { stacks, orphans, not_looked_for });
    }
    orphans::tell(&orphans, session);
    let runs = Runs::of(session);
    let lines = |stack: &StackOverview| {
        let gc = session.typed.command(&["gc", &selected.assembly().spelling(&stack.id)]);
        lines(stack, way_out(stack), &gc, &runs)
    };
    session.printer.text(&stacks.iter().map(lines).collect::<String>())
}

/// The maker of a change set, where that is worth knowing.
fn whose(one: &WaitingChangeSet, runs: &Runs) -> &'static str {
    match &one.run {
        None => ", which formwork did not make,",
        Some(run) if runs.running().contains(run) => ", of a run that goes on,",
        Some(run) if runs.planned().contains(run) => ", of a plan that was made on this machine,",
        Some(_) => "",
    }
}

/// A line a stack, and below it what is special about it.
fn lines(stack: &StackOverview, way_out: Option<String>, gc: &str, runs: &Runs) -> String {
    let title = format!("{} ({})", visible(&stack.id.name), visible(&stack.id.region));
    let Some(deployed) = &stack.deployed else { return format!("{title}: not deployed\n") };
    let mut text = format!("{title}: {}: {}\n", visible(&deployed.status.to_string()), deployed.meaning);
    if deployed.is_protected {
        text += "  protected from deletion\n";
    }
    for resource in &deployed.failed {
        text += &format!("  {}\n", preview::resource_line(resource));
    }
    for one in &deployed.change_sets {
        let created = one.created.as_deref().map(|time| format!(", made {}", visible(time))).unwrap_or_default();
        let (name, status) = (visible(&one.name), visible(&one.execution_status));
        let whose = whose(one, runs);
        text += &format!("  change set {name}{whose} was not executed: {status}{created}\n");
    }
    for left in &deployed.left {
        let (name, type_name, id) = (&left.logical_id, &left.type_name, &left.physical_id);
        let line = format!("the old `{name}` ({type_name}) is in no stack any more: {id}");
        text += &format!("  {}\n", visible(&line));
    }
    let has_left = !deployed.change_sets.is_empty() || !deployed.left.is_empty();
    if has_left && way_out.is_none() {
        text += &format!("  {gc} shows which of them it removes, and asks\n");
    }
    if let Some(way_out) = way_out {
        text += &format!("  {way_out}\n");
    }
    text
}

impl DeployedPart {
    fn new(deployed: &DeployedOverview, way_out: Option<String>) -> DeployedPart {
        DeployedPart {
            stack_id: deployed.stack_id.clone(),
            status: deployed.status.to_string(),
            meaning: deployed.meaning,
            way_out,
            termination_protection: deployed.is_protected,
            failed_resources: deployed.failed.iter().map(ResourcePart::from).collect(),
            unread: deployed.unread.clone(),
            left: deployed.left.iter().map(RemovedPart::from).collect(),
            change_sets: deployed.change_sets.iter().map(ChangeSetPart::from).collect(),
        }
    }
}

impl From<&WaitingChangeSet> for ChangeSetPart {
    fn from(one: &WaitingChangeSet) -> Self {
        ChangeSetPart {
            name: one.name.clone(),
            status: one.status.clone(),
            execution_status: one.execution_status.clone(),
            run: one.run.clone(),
            created: one.created.clone(),
        }
    }
}
