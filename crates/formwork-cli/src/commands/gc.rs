//! `gc`: remove what runs left at AWS: resources that are in no stack any more, and change sets that nobody executed.

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, joined};
use formwork_deploy::{Garbage, GcOptions, Left, NamedResource, Stays};
use serde::Serialize;

use crate::approval::Given;
use crate::args::{Target, named_resource};
use crate::aws::{Clients, Selected};
use crate::documents::StackName;
use crate::error::CliError;
use crate::listener::Listener;
use crate::registry;
use crate::runs::Runs;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork gc
  cargo formwork gc --yes
  cargo formwork gc --allow habitpay-edge:Table";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Remove it without asking
    #[arg(long, short)]
    yes: bool,
    /// A resource that is deleted though it may hold data; can be given several times
    #[arg(long, value_name = "[STACK:]LOGICAL_ID", value_parser = named_resource)]
    allow: Vec<NamedResource>,
    #[command(flatten)]
    target: Target,
}

/// Output of `gc --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The leftovers that were found.
    found: Vec<Part>,
}

/// Something that a run left.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(flatten)]
    stack: StackName,
    /// The name in the template of a resource; missing of a change set.
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_id: Option<String>,
    /// The type of a resource; missing of a change set.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<String>,
    /// The physical id of the resource, or the ARN of the change set.
    physical_id: String,
    /// True if it is gone.
    removed: bool,
    /// Why it is still there; missing if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let runs = Runs::if_there(session)?;
    let running = runs.as_ref().map(Runs::running).unwrap_or_default();
    let registry = registry::of_apps([&selected.synthesized.app])?;
    let options = GcOptions { registry, allowed: arguments.allow.clone(), running };
    let listener = Listener::new(session, assembly, Given::by_yes(arguments.yes));
    let look =
        async |clients: &Clients| formwork_deploy::garbage(&clients.service, assembly, ids, &options, &listener).await;
    let found = selected.run(&arguments.target.aws, session, look, || listener.tick())?;
    let removable = found.iter().filter(|one| one.stays.is_none()).count();
    for one in &found {
        session.printer.important(line(assembly, one));
    }
    let mut failures = Vec::new();
    if removable > 0 {
        approve(arguments.yes, removable, session)?;
        let token = format!("gc-{}", std::process::id());
        let collect =
            async |clients: &Clients| Ok(formwork_deploy::collect(&clients.service, &found, &token, &listener).await);
        let done = selected.run(&arguments.target.aws, session, collect, || listener.tick())?;
        failures.extend(done.into_iter().filter_map(|(one, failure)| Some((one, failure?))));
        runs.iter().for_each(Runs::forget_dead);
    }
    if session.printer.is_json() {
        let parts = found.iter().map(|one| part(assembly, one, &failures));
        session.printer.document(&Document { found: parts.collect() })?;
    } else {
        let removed = removable - failures.len();
        session.printer.text(&match (found.len(), removed) {
            (0, _) => "nothing was left\n".to_owned(),
            (_, 0) => "nothing was removed\n".to_owned(),
            (_, 1) => "1 thing was removed\n".to_owned(),
            (_, removed) => format!("{removed} things were removed\n"),
        })?;
    }
    let Some((one, reason)) = failures.first() else { return Ok(()) };
    let error = CliError::service(format!("{} was not removed", name(assembly, one)));
    Err(error.cause(reason.clone()).hint("the same command again tries it again"))
}

fn approve(yes: bool, count: usize, session: &Session) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    let Some(prompt) = session.printer.prompt() else {
        return Err(CliError::input("approval is needed, and there is no terminal to ask on")
            .hint("look at the list above, then run the same command with `--yes`"));
    };
    let question = if count == 1 { "Remove it?".to_owned() } else { format!("Remove these {count}?") };
    match prompt.agrees(&question) {
        true => Ok(()),
        false => Err(CliError::input("not approved; nothing was changed")),
    }
}

/// `` the old `Queue` (AWS::SQS::Queue) of `edge`, https://… ``
fn name(assembly: &Assembly, one: &Garbage) -> String {
    let stack = assembly.spelling(&one.stack);
    let text = match &one.what {
        Left::Resource(left) => {
            format!("the old `{}` ({}) of `{stack}`, {}", left.logical_id, left.type_name, left.physical_id)
        }
        Left::ChangeSet { run, created, .. } => {
            let created = created.as_deref().map(|time| format!(", made {time}")).unwrap_or_default();
            format!("the change set of `{stack}` that the run `{run}` did not execute{created}")
        }
    };
    visible(&text).into_owned()
}

fn line(assembly: &Assembly, one: &Garbage) -> String {
    match reason(assembly, one) {
        None => format!("to be removed: {}", name(assembly, one)),
        Some(reason) => format!("stays: {}: {reason}", name(assembly, one)),
    }
}

fn reason(assembly: &Assembly, one: &Garbage) -> Option<String> {
    Some(match one.stays.as_ref()? {
        Stays::Used(users) => {
            let users: Vec<String> = users.iter().map(|id| format!("`{}`", assembly.spelling(id))).collect();
            format!("{} may still use it; it is deleted when that is deployed", joined(&users))
        }
        Stays::HoldsData => match &one.what {
            Left::Resource(left) => {
                format!("it may hold data: `--allow {}:{}` deletes it", assembly.spelling(&one.stack), left.logical_id)
            }
            Left::ChangeSet { .. } => return None,
        },
        Stays::ByHand => "the Cloud Control API cannot delete it: delete it with the tools of its service".to_owned(),
        Stays::RunGoesOn => "the run goes on".to_owned(),
    })
}

fn part(assembly: &Assembly, one: &Garbage, failures: &[(Garbage, String)]) -> Part {
    let failed = failures.iter().find(|(other, _)| other == one).map(|(_, reason)| reason.clone());
    let (logical_id, type_name, physical_id) = match &one.what {
        Left::Resource(left) => (Some(left.logical_id.clone()), Some(left.type_name.clone()), left.physical_id.clone()),
        Left::ChangeSet { id, .. } => (None, None, id.clone()),
    };
    let reason = failed.or_else(|| reason(assembly, one));
    Part { stack: StackName::new(&one.stack), logical_id, type_name, physical_id, removed: reason.is_none(), reason }
}
