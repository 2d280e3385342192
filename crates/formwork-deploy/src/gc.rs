//! Leftovers of runs at AWS: resources that are in no stack any more, and change sets that nobody executed. Found, and removed.

use std::collections::BTreeSet;

use formwork_assembly::{Assembly, StackId};
use formwork_diff::Registry;
use formwork_model::service::CloudFormation;
use futures_util::future::join_all;

use crate::change_set;
use crate::deploy::{Purpose, Run};
use crate::error::Error;
use crate::progress::{Consent, Observer, Progress};
use crate::regional::Regional;
use crate::removal::{self, How, Leftover};
use crate::report::DeployOptions;
use crate::resources::NamedResource;
use crate::stack;

/// Begin of the description of our change sets; the run's name follows.
pub(crate) const DESCRIPTION: &str = "formwork run ";

/// Something that a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// The stack that it belonged to, or belongs to.
    pub stack: StackId,
    /// The thing.
    pub what: Left,
    /// Why it is not removed; `None` if it is.
    pub stays: Option<Stays>,
}

/// Kinds of what runs leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A resource that is in no stack any more.
    Resource(Leftover),
    /// A change set that was not executed.
    ChangeSet {
        /// Its ARN.
        id: String,
        /// The run that made it.
        run: String,
        /// When it was made, by the service's clock.
        created: Option<String>,
    },
}

/// Reasons for which something is not removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stays {
    /// These stacks still use it.
    Used(Vec<StackId>),
    /// It may hold data, and its name was not given.
    HoldsData,
    /// Cloud Control cannot delete its type.
    ByHand,
    /// Its run goes on.
    RunGoesOn,
}

/// Options of a search.
#[derive(Clone, Debug, Default)]
pub struct GcOptions {
    /// The registry of resource types.
    pub registry: Registry,
    /// Resources that are deleted though they may hold data.
    pub allowed: Vec<NamedResource>,
    /// Runs of this machine that go on.
    pub running: BTreeSet<String>,
}

/// The leftovers of the stacks with these ids.
///
/// # Errors
///
/// When a stack cannot be looked at.
pub async fn garbage(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    options: &GcOptions,
    observer: &dyn Observer,
) -> Result<Vec<Garbage>, Error> {
    let deploy = DeployOptions {
        consent: Consent::Ask,
        concurrency: 1,
        parameters: Vec::new(),
        registry: options.registry.clone(),
        previous_templates: false,
        shipping: None,
        by_name: Default::default(),
    };
    let run = Run::new(service, assembly, ids, &deploy, observer, Purpose::Compare)?;
    run.inspect().await?;
    let mut found = Vec::new();
    for index in 0..run.stacks.len() {
        found.extend(of_stack(&run, index, options).await?);
    }
    let change_sets = run.stacks.iter().map(|stack| change_sets(service, &stack.artifact.id, options));
    found.extend(join_all(change_sets).await.into_iter().collect::<Result<Vec<_>, Error>>()?.into_iter().flatten());
    Ok(found)
}

async fn of_stack(run: &Run<'_>, index: usize, options: &GcOptions) -> Result<Vec<Garbage>, Error> {
    let leftovers = run.stacks[index].state.borrow().leftovers.clone();
    if leftovers.is_empty() {
        return Ok(Vec::new());
    }
    let (stack, users) = (&run.stacks[index].artifact.id, run.users(index).await?);
    let garbage = leftovers.into_iter().map(|left| {
        let users = users.get(&left.logical_id).into_iter().flatten();
        let mut behind: Vec<StackId> =
            users.filter(|user| !run.has_followed(index, &user.id)).map(|user| user.id.clone()).collect();
        behind.dedup();
        let is_allowed = options.allowed.iter().any(|one| {
            one.logical_id == left.logical_id && one.stack.as_ref().is_none_or(|selector| selector.names(stack))
        });
        let stays = match removal::how(&options.registry, &left.type_name) {
            _ if !behind.is_empty() => Some(Stays::Used(behind)),
            How::ByHand => Some(Stays::ByHand),
            How::ByName if !is_allowed => Some(Stays::HoldsData),
            How::ByName | How::Deleted => None,
        };
        Garbage { stack: stack.clone(), what: Left::Resource(left), stays }
    });
    Ok(garbage.collect())
}

/// Our change sets of a stack that were not executed.
async fn change_sets(service: &dyn CloudFormation, id: &StackId, options: &GcOptions) -> Result<Vec<Garbage>, Error> {
    let regional = Regional::new(service, &id.region);
    let Some(found) = stack::describe(regional, &id.name).await? else { return Ok(Vec::new()) };
    let mut garbage = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = service.change_sets(&id.region, &found.id, token.as_deref()).await?;
        for summary in page.items.into_iter().filter(|one| !one.execution.starts_with("EXECUTE_")) {
            let Some(run) = summary.description.as_deref().and_then(|text| text.strip_prefix(DESCRIPTION)) else {
                continue;
            };
            let stays = options.running.contains(run).then_some(Stays::RunGoesOn);
            let (run, created) = (run.to_owned(), summary.created.map(|time| time.text));
            garbage.push(Garbage { stack: id.clone(), what: Left::ChangeSet { id: summary.id, run, created }, stays });
        }
        token = page.next;
        if token.is_none() {
            return Ok(garbage);
        }
    }
}

/// Deletes the change sets of these runs.
pub(crate) async fn delete_of_runs(regional: Regional<'_>, stack: &str, runs: &[String]) -> Result<(), Error> {
    let mut token: Option<String> = None;
    loop {
        let page = regional.service.change_sets(regional.region, stack, token.as_deref()).await?;
        for summary in page.items.into_iter().filter(|one| !one.execution.starts_with("EXECUTE_")) {
            let run = summary.description.as_deref().and_then(|text| text.strip_prefix(DESCRIPTION));
            if run.is_some_and(|run| runs.iter().any(|dead| dead == run)) {
                change_set::delete(regional, &summary.id).await?;
            }
        }
        token = page.next;
        if token.is_none() {
            return Ok(());
        }
    }
}

/// Removes what does not stay. Says of each whether it is gone, or why it is not.
pub async fn collect(
    service: &dyn CloudFormation,
    garbage: &[Garbage],
    token: &str,
    observer: &dyn Observer,
) -> Vec<(Garbage, Option<String>)> {
    let mut done = Vec::new();
    for (number, one) in garbage.iter().filter(|one| one.stays.is_none()).enumerate() {
        let regional = Regional::new(service, &one.stack.region);
        let failure = match &one.what {
            Left::Resource(left) => {
                let stack = one.stack.clone();
                observer.progress(Progress::Removing { stack: stack.clone(), left: left.clone() });
                let failure = removal::delete(regional, left, &format!("{token}-{number}")).await.err();
                observer.progress(Progress::Removed { stack, left: left.clone(), failure: failure.clone() });
                failure
            }
            Left::ChangeSet { id, .. } => {
                let deleted = change_set::delete(regional, id).await;
                let emptied = match deleted {
                    Ok(()) => change_set::delete_empty(regional, &one.stack.name).await,
                    Err(error) => Err(error),
                };
                emptied.err().map(|error| error.to_string())
            }
        };
        done.push((one.clone(), failure));
    }
    done
}
