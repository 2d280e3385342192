//! Destroying stacks: look, plan, ask once, delete; consumers before their producers.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::future::Future;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_diff::{Impact, Registry};
use formwork_model::service::{CallError, CloudFormation};
use formwork_model::status::StackStatus;
use formwork_template::Template;
use futures_util::future::join_all;

use crate::approval::ByName;
use crate::course::{Course, Going};
use crate::error::Error;
use crate::execute;
use crate::foreseen;
use crate::held::Held;
use crate::in_use::{self, Live};
use crate::inside;
use crate::left_behind::{self, LeftBehind, Next};
use crate::operation::Operation;
use crate::order::{First, Order};
use crate::orphans::orphans;
use crate::owners;
use crate::plan::{DestroyPlan, StackDestroyPlan};
use crate::progress::{Consent, Observer, Preview, Progress};
use crate::recheck;
use crate::regional::Regional;
use crate::removal::{self, How, Leftover};
use crate::report::{Outcome, StackReport};
use crate::resources::{self, NamedResource};
use crate::shipping::{Store, bucket, unused};
use crate::stack::{self, Deployed};
use crate::status::{Reported, Standing};
use crate::token::token;
use crate::waiting::{self, WaitingChangeSet};

/// Options of a destroy.
#[derive(Clone, Debug)]
pub struct DestroyOptions {
    /// Approval by severity.
    pub consent: Consent,
    /// Losses that are approved by name.
    pub by_name: ByName,
    /// Regions beside those of the app's stacks in which it may have deployed stacks that it has no more.
    pub regions: BTreeSet<String>,
    /// The number of stacks at once.
    pub concurrency: usize,
    /// Resources that are left behind, of stacks whose deletion failed at them.
    pub retain: Vec<NamedResource>,
    /// The calls by which the bucket of the stack `formwork-assets` is emptied before it is deleted; `None` to leave that to others.
    pub objects: Option<Store>,
}

/// The result of a destroy.
#[derive(Clone, Debug)]
pub struct DestroyReport {
    /// The plan.
    pub plan: DestroyPlan,
    /// One entry for each selected stack, consumers first; one that was not deployed is [`Outcome::Unchanged`].
    pub stacks: Vec<StackReport>,
}

/// Deletes the stacks with these ids. Ends early when `interrupt` does: what goes on at AWS then goes on.
///
/// # Errors
///
/// When the run ends before anything was deleted: a stack is protected, or still in use by one that is not selected.
pub async fn destroy(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    options: &DestroyOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<DestroyReport, Error> {
    let order = Order::new(assembly, ids)?;
    let mut run = Run { service, observer, options, stacks: Vec::new(), order };
    let (plan, refused) = loop {
        run.inspect(assembly).await?;
        let plan = run.plan(assembly).await?;
        observer.preview(Preview::Destroy(&plan));
        if plan.stacks.is_empty() || !options.consent.asks_about_deletion(&options.by_name, &plan) {
            break (plan, None);
        }
        if let Some(refused) = observer.approve(Preview::Destroy(&plan)).await.refusal() {
            break (plan, Some(refused));
        }
        match run.recheck(assembly).await {
            Ok(()) => break (plan, None),
            // The question is asked again, about the state of now.
            Err(Error::ChangedMeanwhile { .. }) if options.consent == Consent::Ask => {}
            Err(error) => return Err(error),
        }
    };
    if refused.is_none() {
        tokio::select! {
            deleted = run.delete_all(&plan) => deleted?,
            () = interrupt => {}
        }
    }
    let stacks = run.stacks.into_iter().rev().map(|stack| stack.report(refused.as_ref()));
    Ok(DestroyReport { stacks: stacks.collect(), plan })
}

struct Run<'a> {
    service: &'a dyn CloudFormation,
    observer: &'a dyn Observer,
    options: &'a DestroyOptions,
    order: Order<'a>,
    /// In the order of [`Order`].
    stacks: Vec<Stack<'a>>,
}

/// A stack of a run.
struct Stack<'a> {
    artifact: &'a StackArtifact,
    regional: Regional<'a>,
    found: Option<Deployed>,
    /// Change sets that it holds, if it is empty.
    change_sets: Vec<WaitingChangeSet>,
    course: Course,
}

impl<'a> Run<'a> {
    /// Looks at the selected stacks; an error if one may not be deleted.
    async fn inspect(&mut self, assembly: &Assembly) -> Result<(), Error> {
        let stacks = self.order.stacks.iter().map(|ordered| self.inspect_one(ordered.artifact));
        self.stacks = join_all(stacks).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.check_importers(assembly).await?;
        self.check_consumers(assembly).await
    }

    async fn inspect_one(&self, artifact: &'a StackArtifact) -> Result<Stack<'a>, Error> {
        let regional = Regional::new(self.service, artifact.region());
        let found = execute::settled(regional, &artifact.id, self.observer).await?;
        match &found {
            // If the user is asked, the plan says that the protection is switched off.
            Some(found) if found.termination_protection && self.options.consent != Consent::Ask => {
                return Err(found.is_protected(&artifact.id));
            }
            Some(found) if found.standing() == Standing::Unknown => return Err(found.refusal(&artifact.id)),
            _ => {}
        }
        let change_sets = match &found {
            Some(found) => held(regional, found).await?,
            None => Vec::new(),
        };
        let others: Vec<String> =
            change_sets.iter().filter(|one| one.run.is_none()).map(|one| one.name.clone()).collect();
        // If the user is asked, the plan names them.
        if !others.is_empty() && self.options.consent != Consent::Ask {
            let (stack, region) = (artifact.name().to_owned(), artifact.region().to_owned());
            return Err(Error::HoldsChangeSets { stack, region, change_sets: others });
        }
        Ok(Stack { artifact, regional, found, change_sets, course: Course::default() })
    }
}

impl Run<'_> {
    /// CloudFormation refuses to delete a stack whose exports another one imports, of whichever app that is.
    async fn check_importers(&self, assembly: &Assembly) -> Result<(), Error> {
        for Stack { artifact, regional, found, .. } in &self.stacks {
            for export in found.iter().flat_map(|found| &found.outputs).filter_map(|output| output.export.as_deref()) {
                let importers = match foreseen::importers(*regional, export).await {
                    Ok(importers) => importers,
                    // A login for less can still delete it.
                    Err(CallError::Forbidden { .. }) => return Ok(()),
                    Err(error) => return Err(error.into()),
                };
                let here = |importer: &String| StackId::new(importer.as_str(), artifact.region());
                let stays = |importer: &&String| self.order.position(&here(importer)).is_none();
                let Some(consumer) = importers.iter().find(stays) else { continue };
                let (producer, consumer, export) = (artifact.name().to_owned(), consumer.clone(), export.to_owned());
                let id = here(&consumer);
                if assembly.stack(&id).is_some() {
                    return Err(Error::StillUsed { producer, consumer });
                }
                let orphans = orphans(self.service, assembly, &self.options.regions).await.found;
                return Err(match orphans.into_iter().find(|orphan| orphan.id == id) {
                    Some(orphan) => Error::UsedByOrphan { producer, consumer: orphan.id },
                    None => Error::StillImported { producer, consumer, export },
                });
            }
        }
        Ok(())
    }

    /// A stack that is still used by a deployed one would be left half deleted, or break what uses it.
    async fn check_consumers(&self, assembly: &Assembly) -> Result<(), Error> {
        let mut producers = Vec::new();
        for stack in &self.stacks {
            let found = stack.found.as_ref().filter(|found| found.standing() != Standing::Absent);
            producers.extend(found.map(|found| (stack, found, tokio::sync::OnceCell::new())));
        }
        if producers.is_empty() {
            return Ok(());
        }
        let with_outputs = producers.iter().find(|(_, deployed, _)| !deployed.outputs.is_empty());
        for consumer in self.others(assembly, with_outputs.map(|(stack, ..)| &stack.artifact.id)).await {
            let regional = Regional::new(self.service, consumer.region());
            let deployed = stack::describe(regional, consumer.name()).await?;
            let Some(deployed) = deployed.filter(|stack| stack.standing() != Standing::Absent) else { continue };
            // The deployed stack may use more than the source of the app says by now.
            let own = tokio::sync::OnceCell::new();
            for (Stack { artifact: producer, regional: of_producer, .. }, producer_deployed, template) in &producers {
                let imports = consumer.imports.iter().any(|import| import.producer == producer.id);
                let uses = imports || {
                    let read = || stack::template(regional, &deployed.id);
                    let own: &Option<Template> = own.get_or_try_init(read).await?;
                    let read = || stack::template(*of_producer, &producer_deployed.id);
                    let template: &Option<Template> = template.get_or_try_init(read).await?;
                    let live = |artifact, deployed, template| Live { artifact, deployed, template };
                    let producer = live(producer, producer_deployed, template.as_ref());
                    in_use::uses(assembly, producer, live(&consumer, &deployed, own.as_ref()))
                };
                if !uses {
                    continue;
                }
                let producer = producer.name().to_owned();
                return Err(match assembly.stack(&consumer.id) {
                    Some(_) => Error::StillUsed { producer, consumer: consumer.name().to_owned() },
                    None => Error::UsedByOrphan { producer, consumer: consumer.id.clone() },
                });
            }
        }
        Ok(())
    }

    /// Stacks that are not part of the run and may use something of these: those of the app, and those that it has no more, which only use what is
    /// an output. `producer` is the first that has outputs.
    async fn others<'s>(&self, assembly: &'s Assembly, producer: Option<&StackId>) -> Vec<Cow<'s, StackArtifact>> {
        let others = assembly.stacks.iter().filter(|stack| self.order.position(&stack.id).is_none());
        let mut others: Vec<Cow<'s, StackArtifact>> = others.map(Cow::Borrowed).collect();
        let Some(producer) = producer else { return others };
        let orphans = orphans(self.service, assembly, &self.options.regions).await;
        if let Some(reason) = orphans.not_looked_for() {
            let message = format!("whether stacks that left the app use what is deleted is not known: {reason}");
            self.observer.progress(Progress::Warning { stack: producer.clone(), message });
        }
        for orphan in orphans.found {
            others.push(Cow::Owned(StackArtifact { id: orphan.id, ..StackArtifact::default() }));
        }
        others
    }

    /// Looks once more at each stack after the answer, and says what is not as it was shown.
    async fn recheck(&self, assembly: &Assembly) -> Result<(), Error> {
        let changes = self.stacks.iter().map(|stack| async move {
            let changes = stack.changes().await?;
            Ok::<_, Error>(changes.into_iter().map(|change| (stack.artifact.id.clone(), change)))
        });
        let found = join_all(changes).await.into_iter().collect::<Result<Vec<_>, Error>>()?;
        recheck::refuse(assembly, self.observer, found.into_iter().flatten().collect())
    }

    async fn plan(&self, assembly: &Assembly) -> Result<DestroyPlan, Error> {
        let stacks = self.stacks.iter().rev().map(|stack| async move {
            let Stack { artifact, regional, found, change_sets, .. } = stack;
            let Some(found) = found else { return Ok::<_, Error>(None) };
            let resources::Deletion { diff, failed, keeps, app } = resources::deletion(*regional, found).await?;
            owners::check(assembly, &artifact.id, app, self.options.consent, self.observer)?;
            let leftovers = match keeps.as_slice() {
                [] => Vec::new(),
                keeps => {
                    let stack = artifact.id.clone();
                    let warn = |message| self.observer.progress(Progress::Warning { stack, message });
                    removal::leftovers(*regional, &found.id, keeps, warn).await?
                }
            };
            let registry = Registry::default();
            let leftovers = leftovers.into_iter().map(|left| {
                let how = match removal::how(&registry, &left.type_name, Some(&left.physical_id)) {
                    How::ByName if self.options.by_name.allows(&artifact.id, &left.logical_id) => How::Deleted,
                    how => how,
                };
                (left, how)
            });
            let leftovers = leftovers.collect();
            let id = artifact.id.clone();
            let retain = match failed.as_slice() {
                [] => Vec::new(),
                _ => resources::of_stack(&self.options.retain, &id),
            };
            let mut diff = diff.with_source(artifact);
            for resource in diff.resources.iter_mut().filter(|resource| retain.contains(&resource.logical_id)) {
                resource.impact = Impact::Orphan;
            }
            let nested = inside::deleted(*regional, &found.id, &[], &mut diff).await?;
            let is_protected = found.termination_protection;
            Ok(Some(StackDestroyPlan {
                diff,
                nested,
                is_protected,
                id,
                failed,
                retain,
                change_sets: change_sets.clone(),
                leftovers,
            }))
        });
        let stacks = join_all(stacks).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let stacks: Vec<StackDestroyPlan> = stacks.into_iter().flatten().collect();
        let failed = stacks.iter().map(|stack| (&stack.id, stack.failed.as_slice()));
        resources::check_failed(&self.options.retain, Held::Deletion, failed)?;
        Ok(DestroyPlan { stacks })
    }

    async fn delete_all(&self, plan: &DestroyPlan) -> Result<(), Error> {
        let delete = |index: usize| async move {
            let outcome = self.delete_one(index, plan).await.unwrap_or_else(Outcome::Stopped);
            self.stacks[index].course.end(outcome);
            Ok(())
        };
        self.order.each(First::Consumers, self.options.concurrency.max(1), delete).await
    }

    async fn delete_one(&self, index: usize, plan: &DestroyPlan) -> Result<Outcome, Error> {
        let stack = &self.stacks[index];
        let id = &stack.artifact.id;
        let plan = plan.stacks.iter().find(|stack| stack.id == *id);
        let (Some(found), Some(plan)) = (&stack.found, plan) else {
            return Ok(Outcome::Unchanged);
        };
        let consumers = self.order.consumers(index).map(|consumer| &self.stacks[consumer]);
        let there = consumers.filter(|stack| !stack.course.is_through()).map(|stack| stack.artifact.name().to_owned());
        let because: Vec<String> = there.collect();
        if !because.is_empty() {
            return Ok(Outcome::NotStarted { because });
        }
        if found.standing() == Standing::Absent {
            // Empty but for change sets: there is no operation to follow.
            return Ok(match crate::change_set::delete_shell(stack.regional, found).await? {
                None => Outcome::Done(Operation::Delete),
                Some(now) => {
                    let changes = vec![format!("`{}`: it is in {}, and was empty", id.name, now.status)];
                    Outcome::Stopped(Error::ChangedMeanwhile { changes })
                }
            });
        }
        if found.termination_protection {
            execute::protect(stack.regional, &found.id, false).await?;
        }
        if let Some(Store(objects)) = self.options.objects.as_ref().filter(|_| bucket::is_bucket(id)) {
            unused::empty(stack.regional.service, &**objects, &id.region).await?;
        }
        let goes_on = |going: Going| stack.course.goes_on(going);
        let deleted = execute::delete(stack.regional, id, found, &plan.retain, self.observer, &goes_on).await?;
        let is_deleted = deleted.result.is_ok();
        let outcome = deleted.result.map_or_else(Outcome::Failed, |()| Outcome::Done(Operation::Delete));
        // Before anything else is waited for: who is interrupted then says what was done.
        stack.course.end(outcome.clone());
        if is_deleted {
            let removable = plan.leftovers.iter().filter(|(_, how)| *how == How::Deleted);
            *stack.course.pending.borrow_mut() = removable.map(|(left, _)| left.clone()).collect();
        }
        let left = left_behind::of_operation(stack.regional, &deleted.status, &deleted.events).await;
        *stack.course.left_behind.borrow_mut() = left;
        if is_deleted {
            self.delete_leftovers(stack, plan).await;
        }
        Ok(outcome)
    }
}

impl Run<'_> {
    /// Deletes what earlier updates of a stack left; its consumers are deleted by now.
    async fn delete_leftovers(&self, stack: &Stack<'_>, plan: &StackDestroyPlan) {
        let run = token();
        for (number, (left, how)) in plan.leftovers.iter().enumerate() {
            let failure = match how {
                How::Deleted => {
                    let id = plan.id.clone();
                    self.observer.progress(Progress::Removing { stack: id.clone(), left: left.clone() });
                    let failure = removal::delete(stack.regional, left, &format!("{run}-{number}")).await.err();
                    stack.course.pending.borrow_mut().retain(|pending| pending != left);
                    self.observer.progress(Progress::Removed {
                        stack: id,
                        left: left.clone(),
                        failure: failure.clone(),
                    });
                    failure
                }
                How::ByName => Some(removal::by_name(&plan.id, &left.logical_id)),
                How::ByHand => Some("the Cloud Control API cannot delete it".to_owned()),
            };
            let Leftover { logical_id, type_name, physical_id } = left.clone();
            match failure {
                None => stack.course.removed.borrow_mut().push(left.clone()),
                failure => stack.course.left_behind.borrow_mut().push(LeftBehind {
                    logical_id,
                    type_name,
                    physical_id,
                    failure,
                    next: if *how == How::Deleted { Next::GcByName } else { Next::Said },
                }),
            }
        }
    }
}

/// Change sets that the stack holds, if it has nothing else.
async fn held(regional: Regional<'_>, found: &Deployed) -> Result<Vec<WaitingChangeSet>, Error> {
    match found.status {
        Reported::Known(StackStatus::ReviewInProgress) => waiting::change_sets(regional, &found.id).await,
        _ => Ok(Vec::new()),
    }
}

impl Stack<'_> {
    /// Changes since it was looked at.
    async fn changes(&self) -> Result<Vec<String>, Error> {
        let Some(found) = &self.found else {
            let now = stack::describe(self.regional, self.artifact.name()).await?;
            let now = now.filter(|now| now.status != Reported::Known(StackStatus::DeleteComplete));
            return Ok(now.map(|now| format!("it is there, in {}", now.status)).into_iter().collect());
        };
        let mut changes = recheck::since(self.regional, found).await?;
        if changes.is_empty() {
            let is_new = |one: &WaitingChangeSet| !self.change_sets.iter().any(|known| known.name == one.name);
            let held = held(self.regional, found).await?;
            let new = held.into_iter().filter(is_new);
            changes.extend(new.map(|one| format!("it holds a change set `{}`", one.name)));
        }
        Ok(changes)
    }

    fn report(self, refused: Option<&Outcome>) -> StackReport {
        self.course.report(&self.artifact.id, self.found.map(|found| found.id), refused)
    }
}
