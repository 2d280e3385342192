//! Leftovers of runs at AWS: resources that are in no stack any more, and change sets that nobody executed. Found, and removed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use formwork_assembly::{Assembly, StackId};
use formwork_diff::Registry;
use formwork_model::service::CloudFormation;
use formwork_template::memory::{Memory, Owner};
use futures_util::future::join_all;

use crate::change_set;
use crate::deploy::{Purpose, Run};
use crate::error::Error;
use crate::order::{First, Order};
use crate::owners;
use crate::progress::{Consent, Observer, Progress};
use crate::regional::Regional;
use crate::removal::{self, How, Leftover};
use crate::report::DeployOptions;
use crate::resources::NamedResource;
use crate::stack;
use crate::token::token;
use crate::waiting;

/// Something that a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// The stack that it belonged to, or belongs to.
    pub stack: StackId,
    /// The thing.
    pub what: Left,
    /// The reason for which it stays; `None` if it is removed.
    pub stays: Option<Stays>,
}

impl Garbage {
    /// True if it is the thing that is named so: a resource by its logical id, a change set by its run, or its own name if it is not of one.
    pub fn is_named(&self, named: &NamedResource) -> bool {
        let name = match &self.what {
            Left::Resource(left) => &left.logical_id,
            Left::ChangeSet { name, .. } => name,
        };
        named.names(&self.stack, name)
    }
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
        /// The run that made it, or its own name if somebody else made it.
        name: String,
        /// Its maker.
        of: Maker,
        /// When it was made, by the service's clock.
        created: Option<String>,
    },
}

/// Makers of a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// A run.
    Run,
    /// A run of this machine that made a plan.
    Plan,
    /// Somebody else.
    Other,
}

/// Reasons for which something is not removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stays {
    /// These stacks still use it.
    Used(Vec<StackId>),
    /// It may hold data, and its name was not given.
    HoldsData,
    /// CloudFormation could not delete it, and its name was not given.
    NotDeleted,
    /// Its stack was deleted without it, and its name was not given.
    Retained,
    /// Cloud Control cannot delete its type.
    ByHand,
    /// Somebody else removed it, or uses it, since it was shown.
    Changed,
    /// Its run goes on.
    RunGoesOn,
    /// Nothing is known of its run, which may be one of another machine, and it is young.
    RunUnknown,
    /// It is of a plan, or of somebody else, and nobody is asked.
    NotAsked,
}

/// Options of a search.
#[derive(Clone, Debug, Default)]
pub struct GcOptions {
    /// The registry of resource types.
    pub registry: Registry,
    /// Resources that are deleted though they may hold data; and runs, by their names, of which nothing is known.
    pub allowed: Vec<NamedResource>,
    /// Regions beside those of the app's stacks in which it may have deployed stacks that it has no more.
    pub regions: BTreeSet<String>,
    /// Runs that go on, as far as this machine knows.
    pub running: BTreeSet<String>,
    /// Runs that were killed, as far as this machine knows.
    pub killed: BTreeSet<String>,
    /// Runs that made a plan, as far as this machine knows.
    pub planned: BTreeSet<String>,
    /// True if somebody is asked: about what somebody may still want.
    pub is_asked: bool,
    /// A time, as the API writes it: what an unknown run made before that is not waited for.
    pub over_before: Option<String>,
}

/// For how long the change set of a run of which nothing is known is left alone.
pub const LONGEST_RUN: Duration = Duration::from_secs(24 * 60 * 60);

impl GcOptions {
    fn allows(&self, stack: &StackId, name: &str) -> bool {
        self.allowed.iter().any(|one| one.names(stack, name))
    }

    fn maker(&self, run: Option<&str>) -> Maker {
        match run {
            None => Maker::Other,
            Some(run) if self.planned.contains(run) => Maker::Plan,
            Some(_) => Maker::Run,
        }
    }

    /// The reason for which a change set stays. `name` is that of its run, or its own.
    fn stays(&self, stack: &StackId, name: &str, of: Maker, created: Option<&str>) -> Option<Stays> {
        let run = name;
        // Whole seconds: a time may have a fraction or not.
        let is_before = |time: &str, limit: &str| time.get(..19).zip(limit.get(..19)).is_some_and(|(a, b)| a < b);
        let is_old = created.zip(self.over_before.as_deref()).is_some_and(|(time, limit)| is_before(time, limit));
        match () {
            () if of == Maker::Other => (!self.is_asked && !self.allows(stack, name)).then_some(Stays::NotAsked),
            () if self.running.contains(run) => Some(Stays::RunGoesOn),
            () if self.killed.contains(run) || is_old || self.allows(stack, run) => None,
            () if of == Maker::Plan => (!self.is_asked).then_some(Stays::NotAsked),
            () => Some(Stays::RunUnknown),
        }
    }
}

/// The leftovers of the stacks with these ids, and of deleted stacks of these names.
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
        regions: options.regions.clone(),
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
    found.extend(of_deleted(&run, options).await?);
    let change_sets = run.stacks.iter().map(|stack| change_sets(service, &stack.artifact.id, options));
    found.extend(join_all(change_sets).await.into_iter().collect::<Result<Vec<_>, Error>>()?.into_iter().flatten());
    Ok(found)
}

async fn of_stack(run: &Run<'_>, index: usize, options: &GcOptions) -> Result<Vec<Garbage>, Error> {
    let found = run.stacks[index].found();
    let Some(ready) = found.ready() else { return Ok(Vec::new()) };
    // The look at the stack has told whose it is.
    let app = ready.template.as_ref().and_then(|template| Memory::read(template).app);
    if owners::taken_over(run.assembly, &run.stacks[index].artifact.id, app).is_some() {
        return Ok(Vec::new());
    }
    let mut not_deleted = removal::not_deleted(run.stacks[index].regional, &ready.stack.id).await?;
    not_deleted.retain(|left| ready.leftovers.iter().all(|one| one.physical_id != left.physical_id));
    let leftovers = ready.leftovers.iter().map(|left| (left, false)).chain(not_deleted.iter().map(|left| (left, true)));
    if leftovers.clone().next().is_none() {
        return Ok(Vec::new());
    }
    let (stack, users) = (&run.stacks[index].artifact.id, run.users(index).await?);
    let garbage = leftovers.map(|(left, has_failed)| {
        let users = users.get(&left.logical_id).into_iter().flatten();
        let mut behind: Vec<StackId> =
            users.filter(|user| !run.has_followed(index, &user.id)).map(|user| user.id.clone()).collect();
        behind.dedup();
        let is_allowed = options.allows(stack, &left.logical_id);
        let stays = match removal::how(&options.registry, &left.type_name, Some(&left.physical_id)) {
            _ if !behind.is_empty() => Some(Stays::Used(behind)),
            How::ByHand => Some(Stays::ByHand),
            How::ByName if !is_allowed => Some(Stays::HoldsData),
            // Somebody may have deleted it by hand since, and its name may be another's by now: whoever looks at the id decides.
            How::Deleted if has_failed && !is_allowed => Some(Stays::NotDeleted),
            How::ByName | How::Deleted => None,
        };
        Garbage { stack: stack.clone(), what: Left::Resource(left.clone()), stays }
    });
    Ok(garbage.collect())
}

/// Leftovers of deleted stacks of these names.
async fn of_deleted(run: &Run<'_>, options: &GcOptions) -> Result<Vec<Garbage>, Error> {
    let mut garbage: Vec<Garbage> = Vec::new();
    let regions: BTreeSet<&str> = run.stacks.iter().map(|stack| stack.artifact.region()).collect();
    for region in regions {
        let regional = Regional::new(run.service, region);
        let deleted = removal::deleted_stacks(regional).await?;
        for stack in run.stacks.iter().filter(|stack| stack.artifact.region() == region) {
            let (id, found) = (&stack.artifact.id, stack.found());
            let successor = found.stack().map(|stack| &*stack.id);
            for deleted in deleted.iter().filter(|deleted| *deleted.name == *id.name) {
                let app = deleted.description.as_deref().and_then(Owner::of_description);
                if owners::taken_over(run.assembly, id, app).is_some() {
                    continue;
                }
                for left in removal::of_deleted(regional, &deleted.id, successor).await? {
                    let stays = match removal::how(&options.registry, &left.type_name, Some(&left.physical_id)) {
                        How::ByHand => Some(Stays::ByHand),
                        _ if options.allows(id, &left.logical_id) => None,
                        _ => Some(Stays::Retained),
                    };
                    let one = Garbage { stack: id.clone(), what: Left::Resource(left), stays };
                    if !garbage.iter().any(|other| other.stack == one.stack && other.what == one.what) {
                        garbage.push(one);
                    }
                }
            }
        }
    }
    Ok(garbage)
}

/// The change sets of a stack that were not executed.
async fn change_sets(service: &dyn CloudFormation, id: &StackId, options: &GcOptions) -> Result<Vec<Garbage>, Error> {
    let regional = Regional::new(service, &id.region);
    let Some(found) = stack::describe(regional, &id.name).await? else { return Ok(Vec::new()) };
    let waiting = waiting::change_sets(regional, &found.id).await?;
    let garbage = waiting.into_iter().map(|one| {
        let of = options.maker(one.run.as_deref());
        let (name, created) = (one.run.unwrap_or(one.name), one.created);
        let stays = options.stays(id, &name, of, created.as_deref());
        Garbage { stack: id.clone(), what: Left::ChangeSet { id: one.id, name, of, created }, stays }
    });
    Ok(garbage.collect())
}

/// Deletes the change sets of these runs.
pub(crate) async fn delete_of_runs(regional: Regional<'_>, stack: &str, runs: &[String]) -> Result<(), Error> {
    for one in waiting::change_sets(regional, stack).await? {
        if one.run.is_some_and(|run| runs.contains(&run)) {
            change_set::delete(regional, &one.id).await?;
        }
    }
    Ok(())
}

/// Leaves of `found` what is not to be removed any more by `now`, which was found later, and gives those things, with the reason.
pub fn hold_against<'f>(found: &'f mut [Garbage], now: &[Garbage]) -> Vec<&'f Garbage> {
    let mut changed = Vec::new();
    for one in found.iter_mut().filter(|one| one.stays.is_none()) {
        let same = now.iter().find(|other| (&other.stack, &other.what) == (&one.stack, &one.what));
        one.stays = same.map_or(Some(Stays::Changed), |same| same.stays.clone());
        if one.stays.is_some() {
            changed.push(&*one);
        }
    }
    changed
}

/// The end of a removal.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Each thing that was to be removed, in the order of the deletions, with the reason if it is still there, or may be.
    pub ends: Vec<(Garbage, Option<String>)>,
    /// True if it was interrupted.
    pub is_interrupted: bool,
}

/// The reason of something that an interrupted run did not come to.
pub const NOT_BEGUN: &str = "the run was interrupted before";

/// The reason of something whose deletion was asked for.
const UNSEEN: &str = "the run was interrupted before it was seen to be deleted";

/// Removes what does not stay, of consumers before that of their producers. Ends early when `interrupt` does.
///
/// # Errors
///
/// When something is of a stack that the assembly does not have.
pub async fn collect(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    garbage: &[Garbage],
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<Collected, Error> {
    let ids: Vec<StackId> = garbage.iter().map(|one| one.stack.clone()).collect();
    let order = Order::new(assembly, &ids)?;
    let removable = || garbage.iter().filter(|one| one.stays.is_none());
    // Cloud Control remembers a token for longer than a run lives.
    let (ends, token) = (RefCell::new(Vec::<(Garbage, Option<String>)>::new()), token());
    let of_stack = |index: usize| {
        let id = &order.stacks[index].artifact.id;
        let (ends, token) = (&ends, &token);
        async move {
            for one in removable().filter(|one| one.stack == *id) {
                let number = ends.borrow().len();
                ends.borrow_mut().push((one.clone(), Some(UNSEEN.to_owned())));
                let failure = remove(service, one, &format!("{token}-{number}"), observer).await;
                ends.borrow_mut()[number].1 = failure;
            }
            Ok(())
        }
    };
    let is_interrupted = tokio::select! {
        biased;
        () = interrupt => true,
        done = order.each(First::Consumers, usize::MAX, of_stack) => {
            done?;
            false
        }
    };
    let mut ends = ends.into_inner();
    for one in removable() {
        if !ends.iter().any(|(begun, _)| begun == one) {
            ends.push((one.clone(), Some(NOT_BEGUN.to_owned())));
        }
    }
    Ok(Collected { ends, is_interrupted })
}

/// Removes one thing; the reason if it is still there.
async fn remove(service: &dyn CloudFormation, one: &Garbage, token: &str, observer: &dyn Observer) -> Option<String> {
    let regional = Regional::new(service, &one.stack.region);
    match &one.what {
        Left::Resource(left) => {
            let stack = one.stack.clone();
            observer.progress(Progress::Removing { stack: stack.clone(), left: left.clone() });
            let failure = removal::delete(regional, left, token).await.err();
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
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::Selector;

    use super::*;

    /// Others may use, or remove, what is shown while the question is open.
    #[test]
    fn what_is_used_or_gone_by_now_stays() {
        let left = |logical_id: &str, stays| Garbage {
            stack: StackId::new("site", "us-east-1"),
            what: Left::Resource(Leftover {
                logical_id: logical_id.to_owned(),
                type_name: "AWS::SQS::Queue".to_owned(),
                physical_id: logical_id.to_owned(),
            }),
            stays,
        };
        let used = || Some(Stays::Used(vec![StackId::new("third", "eu-west-1")]));
        let mut found =
            vec![left("Free", None), left("Used", None), left("Gone", None), left("Kept", Some(Stays::ByHand))];
        let now = [left("Free", None), left("Used", used()), left("New", None)];
        let changed: Vec<Garbage> = hold_against(&mut found, &now).into_iter().cloned().collect();
        assert_eq!(changed, [left("Used", used()), left("Gone", Some(Stays::Changed))]);
        assert_eq!(found.iter().filter(|one| one.stays.is_none()).cloned().collect::<Vec<_>>(), [left("Free", None)]);
    }

    #[test]
    fn a_run_of_which_nothing_is_known_may_go_on() {
        let named = |stack: &str| NamedResource { stack: Some(Selector::read(stack)), logical_id: "d".to_owned() };
        let options = GcOptions {
            running: BTreeSet::from(["a".to_owned()]),
            killed: BTreeSet::from(["b".to_owned()]),
            allowed: vec![named("site")],
            over_before: Some("2026-03-01T12:00:00Z".to_owned()),
            ..GcOptions::default()
        };
        let stays = |stack: &str, run: &str, second: &str| {
            let created = format!("2026-03-01T{second}Z");
            options.stays(&StackId::new(stack, "us-east-1"), run, options.maker(Some(run)), Some(&created))
        };
        let (young, old) = ("12:00:00.5", "11:59:59.999");
        assert_eq!(stays("site", "a", old), Some(Stays::RunGoesOn), "it waits for an answer for days");
        assert_eq!((stays("site", "b", young), stays("site", "d", young)), (None, None));
        assert_eq!((stays("site", "c", young), stays("site", "c", old)), (Some(Stays::RunUnknown), None));
        assert_eq!(stays("edge", "d", young), Some(Stays::RunUnknown), "it is allowed for another stack");
        let site = StackId::new("site", "us-east-1");
        let unknown = GcOptions::default().stays(&site, "c", Maker::Run, None);
        assert_eq!(unknown, Some(Stays::RunUnknown));
        // Of a plan, and of somebody else: whoever is asked decides.
        for (is_asked, stays) in [(true, None), (false, Some(Stays::NotAsked))] {
            let planned = BTreeSet::from(["p".to_owned()]);
            let options = GcOptions { planned, is_asked, allowed: vec![named("site")], ..GcOptions::default() };
            for run in [Some("p"), None] {
                let of = options.maker(run);
                assert_eq!(options.stays(&site, "p", of, None), stays, "{of:?}");
                assert_eq!(options.stays(&site, "d", of, None), None, "{of:?}");
            }
        }
    }
}
