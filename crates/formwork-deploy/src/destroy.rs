//! Destroying stacks: look, plan, ask once, delete; consumers before their producers.

use std::cell::RefCell;
use std::future::Future;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_diff::{Impact, Registry};
use formwork_model::service::{CallError, CloudFormation};
use formwork_template::reference::pascal_case;
use futures_util::future::join_all;

use crate::approval::ByName;
use crate::error::Error;
use crate::execute;
use crate::foreseen;
use crate::in_use::{self, Live};
use crate::left_behind::{self, LeftBehind};
use crate::operation::Operation;
use crate::order::{First, Order};
use crate::plan::{DestroyPlan, StackDestroyPlan};
use crate::progress::{Consent, Observer, Preview, Progress};
use crate::recheck;
use crate::regional::Regional;
use crate::removal::{self, How, Leftover};
use crate::report::{Outcome, StackReport};
use crate::resources::{self, NamedResource};
use crate::shipping::{Store, bucket, unused};
use crate::stack::{self, Deployed};
use crate::status::Standing;
use crate::token::token;

/// Options of a destroy.
#[derive(Clone, Debug)]
pub struct DestroyOptions {
    /// Approval by severity.
    pub consent: Consent,
    /// Losses that are approved by name.
    pub by_name: ByName,
    /// How many stacks at once.
    pub concurrency: usize,
    /// Resources that are left behind, of stacks whose deletion failed at them.
    pub retain: Vec<NamedResource>,
    /// The calls by which the bucket of the stack `formwork-assets` is emptied before it is deleted; `None` to leave that to others.
    pub objects: Option<Store>,
}

/// What became of a destroy.
#[derive(Clone, Debug)]
pub struct DestroyReport {
    /// What was planned.
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
        let plan = run.plan().await?;
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
    outcome: RefCell<Option<Outcome>>,
    /// The stack's ARN, as long as its deletion may be in progress.
    going_on: RefCell<Option<String>>,
    left_behind: RefCell<Vec<LeftBehind>>,
    removed: RefCell<Vec<Leftover>>,
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
                return Err(Error::TerminationProtection { stack: artifact.name().to_owned() });
            }
            Some(found) if found.standing() == Standing::Unknown => return Err(found.refusal(&artifact.id)),
            _ => {}
        }
        let (outcome, going_on, left_behind) = (RefCell::default(), RefCell::default(), RefCell::default());
        let removed = RefCell::default();
        Ok(Stack { artifact, regional, found, outcome, going_on, left_behind, removed })
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
                return Err(match assembly.stack(&here(&consumer)) {
                    Some(_) => Error::StillUsed { producer, consumer },
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
        for consumer in assembly.stacks.iter().filter(|stack| self.order.position(&stack.id).is_none()) {
            let regional = Regional::new(self.service, consumer.region());
            let deployed = stack::describe(regional, consumer.name()).await?;
            let Some(deployed) = deployed.filter(|stack| stack.standing() != Standing::Absent) else { continue };
            for (Stack { artifact: producer, regional, .. }, producer_deployed, template) in &producers {
                let imports = consumer.imports.iter().any(|import| import.producer == producer.id);
                // The deployed stack may use more than the source of the app says by now.
                let prefix = pascal_case(producer.name());
                let may_use = deployed.parameters.iter().any(|(key, _)| key.starts_with(&prefix));
                let uses = imports
                    || may_use && {
                        let template =
                            template.get_or_try_init(|| stack::template(*regional, &producer_deployed.id)).await?;
                        let live = |artifact, deployed, template| Live { artifact, deployed, template };
                        let producer = live(producer, producer_deployed, template.as_ref());
                        in_use::uses(assembly, producer, live(consumer, &deployed, None))
                    };
                if uses {
                    return Err(Error::StillUsed {
                        producer: producer.name().to_owned(),
                        consumer: consumer.name().to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Looks once more at each stack after the answer, and says what is not as it was shown.
    async fn recheck(&self, assembly: &Assembly) -> Result<(), Error> {
        let found = self.stacks.iter().filter_map(|stack| Some((stack, stack.found.as_ref()?)));
        let changes = found.map(|(stack, found)| async move {
            let id = &stack.artifact.id;
            let now = stack::describe(stack.regional, &found.id).await?;
            let mut changes = match &now {
                Some(now) => recheck::differences(found, now),
                None => vec!["it is deleted".to_owned()],
            };
            // An update that leaves nothing of this another may have added resources.
            if changes.is_empty() && now.is_some_and(|now| now.updated != found.updated) {
                changes.push("it went through an update".to_owned());
            }
            for change in &changes {
                let message = format!("somebody else changed it since this was shown: {change}");
                self.observer.progress(Progress::Warning { stack: id.clone(), message });
            }
            Ok::<_, Error>(changes.into_iter().map(|change| format!("`{}`: {change}", assembly.spelling(id))).collect())
        });
        let changes = join_all(changes).await.into_iter().collect::<Result<Vec<Vec<String>>, Error>>()?.concat();
        if changes.is_empty() { Ok(()) } else { Err(Error::ChangedMeanwhile { changes }) }
    }

    async fn plan(&self) -> Result<DestroyPlan, Error> {
        let stacks = self.stacks.iter().rev().map(|Stack { artifact, regional, found, .. }| async move {
            let Some(found) = found else { return Ok::<_, Error>(None) };
            let resources::Deletion { diff, failed, keeps } = resources::deletion(*regional, found).await?;
            let leftovers = match keeps.as_slice() {
                [] => Vec::new(),
                keeps => removal::leftovers(*regional, &found.id, keeps).await?,
            };
            let registry = Registry::default();
            let leftovers = leftovers.into_iter().map(|left| {
                let how = removal::how(&registry, &left.type_name);
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
            let is_protected = found.termination_protection;
            Ok(Some(StackDestroyPlan { diff, is_protected, id, failed, retain, leftovers }))
        });
        let stacks = join_all(stacks).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let stacks: Vec<StackDestroyPlan> = stacks.into_iter().flatten().collect();
        let failed = stacks.iter().map(|stack| (&stack.id, stack.failed.as_slice()));
        resources::check_failed(&self.options.retain, failed)?;
        Ok(DestroyPlan { stacks })
    }

    async fn delete_all(&self, plan: &DestroyPlan) -> Result<(), Error> {
        let delete = |index: usize| async move {
            let outcome = self.delete_one(index, plan).await.unwrap_or_else(Outcome::Stopped);
            *self.stacks[index].outcome.borrow_mut() = Some(outcome);
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
        let there = consumers.filter(|stack| !stack.is_gone()).map(|stack| stack.artifact.name().to_owned());
        let because: Vec<String> = there.collect();
        if !because.is_empty() {
            return Ok(Outcome::NotStarted { because });
        }
        if found.standing() == Standing::Absent {
            // Empty but for change sets: there is no operation to follow.
            return Ok(match crate::change_set::delete_shell(stack.regional, &found.id).await? {
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
        let (retain, going_on) = (plan.retain.as_slice(), &stack.going_on);
        let deleted = execute::delete(stack.regional, id, found, retain, self.observer, going_on).await?;
        *stack.left_behind.borrow_mut() = left_behind::of_events(&deleted.status, &deleted.events);
        if deleted.result.is_ok() {
            self.delete_leftovers(stack, plan).await;
        }
        Ok(deleted.result.map_or_else(Outcome::Failed, |()| Outcome::Done(Operation::Delete)))
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
                    self.observer.progress(Progress::Removed {
                        stack: id,
                        left: left.clone(),
                        failure: failure.clone(),
                    });
                    failure
                }
                How::ByName => Some("it may hold data".to_owned()),
                How::ByHand => Some("the Cloud Control API cannot delete it".to_owned()),
            };
            let Leftover { logical_id, type_name, physical_id } = left.clone();
            match failure {
                None => stack.removed.borrow_mut().push(left.clone()),
                failure => {
                    stack.left_behind.borrow_mut().push(LeftBehind { logical_id, type_name, physical_id, failure })
                }
            }
        }
    }
}

impl Stack<'_> {
    fn is_gone(&self) -> bool {
        matches!(*self.outcome.borrow(), Some(Outcome::Unchanged | Outcome::Done(_)))
    }

    fn report(self, refused: Option<&Outcome>) -> StackReport {
        let going_on = self.going_on.borrow().is_some();
        let outcome = match (self.outcome.into_inner(), self.found) {
            (_, None) => Outcome::Unchanged,
            (Some(outcome), _) => outcome,
            (None, Some(found)) if going_on => Outcome::GoesOn { stack_id: found.id },
            (None, _) => refused.cloned().unwrap_or(Outcome::Interrupted),
        };
        let may_go_on = going_on && matches!(outcome, Outcome::Stopped(_));
        let removed = self.removed.into_inner();
        StackReport {
            may_go_on,
            removed,
            ..StackReport::new(&self.artifact.id, outcome, self.left_behind.into_inner())
        }
    }
}
