//! `gc`: remove what runs left at AWS: resources that are in no stack any more, change sets that nobody executed, and contents that no stack
//! uses any more.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, StackId, joined};
use formwork_deploy::gc::{self, NOT_BEGUN};
use formwork_deploy::shipping::unused::{self, Unused};
use formwork_deploy::{Error, Garbage, GcOptions, LONGEST_RUN, Left, Maker, NamedResource, Stays};
use formwork_diff::assets::bytes;
use serde::Serialize;

use crate::approval::Given;
use crate::args::{Target, named_resource};
use crate::aws::{Clients, Selected};
use crate::documents::StackName;
use crate::error::CliError;
use crate::listener::Listener;
use crate::orphans;
use crate::registry;
use crate::runs::Runs;
use crate::session::Session;
use crate::wording::count;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork gc
  cargo formwork gc --yes
  cargo formwork gc --allow habitpay-edge/Table";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Remove it without asking
    #[arg(long, short)]
    yes: bool,
    /// A resource that is deleted though it may hold data, or was retained; the name of a run of which it is not known whether it goes on, or that
    /// made a plan; the name of a change set of somebody else; can be given several times
    #[arg(long, value_name = "[STACK/]LOGICAL_ID", value_parser = named_resource)]
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
    /// Objects that were found in the buckets of the stacks' regions, and that no stack uses; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<ObjectPart>,
}

/// An object that no stack uses.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ObjectPart {
    /// The bucket.
    bucket: String,
    /// Its region.
    region: String,
    /// The object's key.
    key: String,
    /// Its length in bytes.
    length: u64,
    /// The time at which it was written.
    modified: String,
    /// True if it is gone.
    removed: bool,
    /// The reason if it is still there; missing if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
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
    /// The reason if it is still there; missing if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let runs = Runs::of(session);
    let over_before = Some(formwork_aws::rfc_3339(SystemTime::now() - LONGEST_RUN));
    let registry = registry::of_apps([&selected.synthesized.app])?;
    let options = GcOptions {
        registry,
        allowed: arguments.allow.clone(),
        regions: orphans::regions(assembly, session),
        running: runs.running(),
        killed: runs.killed(),
        planned: runs.planned(),
        is_asked: !arguments.yes,
        over_before,
    };
    let listener = Listener::new(session, assembly, Given::by_yes(arguments.yes));
    let look = async |clients: &Clients| {
        let found = formwork_deploy::garbage(&clients.service, assembly, ids, &options, &listener).await?;
        Ok((found, unused(clients, ids, session).await?))
    };
    let (mut found, mut unused) = selected.run(&arguments.target.aws, session, look, || listener.tick())?;
    let removable =
        |found: &[Garbage], unused: &[Unused]| found.iter().filter(|one| one.stays.is_none()).count() + unused.len();
    for one in arguments.allow.iter().filter(|one| !found.iter().any(|left| left.is_named(one))) {
        session
            .printer
            .important(format_args!("warning: `--allow {one}` permits nothing: nothing of that name was left"));
    }
    for one in &found {
        session.printer.important(line(assembly, one));
    }
    if !unused.is_empty() {
        session.printer.important(summary(&unused));
        unused
            .iter()
            .for_each(|one| session.printer.detail(format_args!("  {}, of {}", visible(&one.key), one.modified)));
    }
    let (mut failures, mut kept, mut is_interrupted) = (Vec::new(), Vec::new(), false);
    if removable(&found, &unused) > 0 {
        if !arguments.yes {
            approve(removable(&found, &unused), session)?;
            // A question may be open for hours, and others work meanwhile.
            let (now, unused_now) = selected.run(&arguments.target.aws, session, look, || listener.tick())?;
            for changed in gc::hold_against(&mut found, &now) {
                session.printer.important(format_args!("warning: {}", line(assembly, changed)));
            }
            unused.retain(|one| unused_now.contains(one));
        }
        let collect = async |clients: &Clients| {
            let interrupt = clients.interrupted();
            let done = formwork_deploy::collect(&clients.service, assembly, &found, &listener, interrupt).await?;
            let of_objects = match done.is_interrupted {
                true => (unused.iter().map(|one| (one, NOT_BEGUN.to_owned())).collect(), true),
                false => delete(clients, &unused).await,
            };
            Ok((done, of_objects))
        };
        let (done, of_objects) = selected.run(&arguments.target.aws, session, collect, || listener.tick())?;
        failures.extend(done.ends.into_iter().filter_map(|(one, failure)| Some((one, failure?))));
        (kept, is_interrupted) = of_objects;
        let over = found.iter().filter(|one| !failures.iter().any(|(other, _)| other == *one));
        runs.forget(&over.filter_map(|one| Some(run_of(one)?.to_owned())).collect());
    }
    if session.printer.is_json() {
        let parts = found.iter().map(|one| part(assembly, one, &failures));
        let objects = unused.iter().map(|one| object_part(one, &kept));
        session.printer.document(&Document { found: parts.collect(), objects: objects.collect() })?;
    } else {
        let removed = removable(&found, &unused) - failures.len() - kept.len();
        session.printer.text(&match (found.len() + unused.len(), removed) {
            (0, _) => "nothing was left\n".to_owned(),
            (_, 0) => "nothing was removed\n".to_owned(),
            (_, 1) => "1 thing was removed\n".to_owned(),
            (_, removed) => format!("{removed} things were removed\n"),
        })?;
    }
    if is_interrupted {
        return Err(CliError::input("interrupted").hint("the same command again removes the rest"));
    }
    let of_object = || kept.first().map(|(one, reason)| (visible(&one.key).into_owned(), reason));
    let first = failures.first().map(|(one, reason)| (name(assembly, one), reason));
    let Some((name, reason)) = first.or_else(of_object) else { return Ok(()) };
    let error = CliError::service(format!("{name} was not removed"));
    Err(error.cause(reason.clone()).hint("the same command again tries it again"))
}

/// The run that left it, if it is a change set that is removed.
fn run_of(one: &Garbage) -> Option<&str> {
    match &one.what {
        Left::ChangeSet { name, of: Maker::Run | Maker::Plan, .. } if one.stays.is_none() => Some(name),
        _ => None,
    }
}

/// The objects of the regions' buckets that no stack uses.
async fn unused(clients: &Clients, ids: &[StackId], session: &Session) -> Result<Vec<Unused>, Error> {
    let regions: BTreeSet<&str> = ids.iter().map(|id| &*id.region).collect();
    let before = formwork_aws::rfc_3339(SystemTime::now() - Duration::from_secs(unused::DAYS * 24 * 60 * 60));
    let mut found = Vec::new();
    for region in regions {
        // A bucket that is named may be one of several regions or accounts, whose stacks are not seen here.
        let Some(bucket) = unused::bucket_of(&clients.service, region).await? else { continue };
        match unused::unused(&clients.service, &*clients.objects.0, &bucket, &before).await {
            Err(error @ Error::BucketBusy { .. }) => session.printer.important(format_args!("warning: {error}")),
            unused => found.extend(unused?),
        }
    }
    Ok(found)
}

/// Deletes them, until it is interrupted. Gives those that are still there, with the reason, and true if it was interrupted.
async fn delete<'u>(clients: &Clients, unused: &'u [Unused]) -> (Vec<(&'u Unused, String)>, bool) {
    let kept = RefCell::new(VecDeque::from_iter(unused.iter().map(|one| (one, NOT_BEGUN.to_owned()))));
    let delete = async {
        for one in unused {
            let failure = clients.objects.0.delete(&one.bucket, &one.key).await.err();
            let mut kept = kept.borrow_mut();
            kept.pop_front();
            kept.extend(failure.map(|error| (one, error.to_string())));
        }
    };
    let is_interrupted = tokio::select! {
        () = delete => false,
        () = clients.interrupted() => true,
    };
    (kept.into_inner().into(), is_interrupted)
}

/// `to be removed: 12 objects of 3.4 MB in the bucket …, which no stack has used for 30 days`
fn summary(unused: &[Unused]) -> String {
    let length: u64 = unused.iter().map(|one| one.length).sum();
    let buckets: BTreeSet<String> = unused.iter().map(|one| format!("`{}`", one.bucket.name)).collect();
    let buckets: Vec<String> = buckets.into_iter().collect();
    let text = format!(
        "to be removed: {} of {} together in {}, older than {} days and used by no stack",
        count(unused.len(), "object"),
        bytes(length),
        joined(&buckets),
        unused::DAYS
    );
    visible(&text).into_owned()
}

fn object_part(one: &Unused, kept: &[(&Unused, String)]) -> ObjectPart {
    let reason = kept.iter().find(|(other, _)| *other == one).map(|(_, reason)| reason.clone());
    ObjectPart {
        bucket: one.bucket.name.clone(),
        region: one.bucket.region.clone(),
        key: one.key.clone(),
        length: one.length,
        modified: one.modified.clone(),
        removed: reason.is_none(),
        reason,
    }
}

fn approve(count: usize, session: &Session) -> Result<(), CliError> {
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
        Left::ChangeSet { name, of, created, .. } => {
            let created = created.as_deref().map(|time| format!(", made {time}")).unwrap_or_default();
            match of {
                Maker::Run => format!("the change set of `{stack}` that the run `{name}` did not execute{created}"),
                Maker::Plan => format!(
                    "the change set of `{stack}` of a plan that was made on this machine and not executed, `{name}`{created}; without it, the plan cannot be executed"
                ),
                Maker::Other => {
                    format!("the change set `{name}` of `{stack}`, which formwork did not make{created}")
                }
            }
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
            format!("{} may still use it: once that is deployed without it, `gc` deletes it", joined(&users))
        }
        Stays::HoldsData => format!("it may hold data: {} deletes it", allow(assembly, one)),
        Stays::NotDeleted => format!("CloudFormation could not delete it: {} tries it again", allow(assembly, one)),
        Stays::Retained => {
            format!(
                "its stack was deleted without it: {} deletes it, if nothing else has it by now",
                allow(assembly, one)
            )
        }
        Stays::ByHand => "the Cloud Control API cannot delete it: delete it with the tools of its service".to_owned(),
        Stays::Changed => "it was removed, or used, by somebody else since this was shown".to_owned(),
        Stays::RunGoesOn => "the run goes on".to_owned(),
        Stays::NotAsked => format!(
            "somebody may still want it: without `--yes`, the answer to the question deletes it, or {}",
            allow(assembly, one)
        ),
        Stays::RunUnknown => format!(
            "it is not known whether the run goes on, which this machine has no record of: {} deletes it, and after {} it is deleted without that",
            allow(assembly, one),
            count(usize::try_from(LONGEST_RUN.as_secs() / 3600).unwrap_or_default(), "hour")
        ),
    })
}

/// The option that permits its deletion.
fn allow(assembly: &Assembly, one: &Garbage) -> String {
    let name = match &one.what {
        Left::Resource(left) => &left.logical_id,
        Left::ChangeSet { name, .. } => name,
    };
    format!("`--allow {}/{name}`", assembly.spelling(&one.stack))
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
