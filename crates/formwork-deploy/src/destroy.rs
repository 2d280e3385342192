//! Destroying stacks: look, plan, ask once, delete; consumers before their producers.

use std::cell::RefCell;
use std::future::Future;

use formwork_assembly::{Assembly, StackId};
use formwork_diff::Impact;
use formwork_template::reference::pascal_case;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::client::Clients;
use crate::error::Error;
use crate::execute;
use crate::in_use::{self, Live};
use crate::left_behind::{self, LeftBehind};
use crate::operation::Operation;
use crate::order::Order;
use crate::plan::{DestroyPlan, StackDestroyPlan};
use crate::progress::{Answer, Consent, Observer, Preview, Progress};
use crate::report::Outcome;
use crate::resources::{self, NamedResource};
use crate::stack::{self, Deployed};
use crate::status::Standing;

/// Options of a destroy.
#[derive(Clone, Debug)]
pub struct DestroyOptions {
    /// Whether to ask.
    pub consent: Consent,
    /// How many stacks at once.
    pub concurrency: usize,
    /// Resources that are left behind, of stacks whose deletion failed at them.
    pub retain: Vec<NamedResource>,
}

/// What became of a destroy.
#[derive(Clone, Debug)]
pub struct DestroyReport {
    /// What was planned.
    pub plan: DestroyPlan,
    /// One entry for each selected stack, consumers first.
    pub stacks: Vec<StackDestroyReport>,
}

/// What became of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackDestroyReport {
    /// Its name and region.
    pub id: StackId,
    /// What became of it; [`Outcome::Unchanged`] if it was not deployed.
    pub outcome: Outcome,
    /// Resources that belonged to it, and are still there.
    pub left_behind: Vec<LeftBehind>,
    /// True if its deletion may be in progress, though the run has ended.
    pub may_go_on: bool,
}

/// Deletes the stacks with these ids. Ends early when `interrupt` does: what goes on at AWS then goes on.
///
/// # Errors
///
/// When the run ends before anything was deleted: a stack is protected, or still in use by one that is not selected.
pub async fn destroy(
    clients: &Clients,
    assembly: &Assembly,
    ids: &[StackId],
    options: &DestroyOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<DestroyReport, Error> {
    let order = Order::new(assembly, ids)?;
    let run = Run {
        outcomes: order.stacks.iter().map(|_| RefCell::default()).collect(),
        going_on: order.stacks.iter().map(|_| RefCell::default()).collect(),
        left_behind: order.stacks.iter().map(|_| RefCell::default()).collect(),
        clients,
        order,
        observer,
        options,
    };
    let found = run.inspect(assembly).await?;
    let plan = run.plan(&found).await?;
    observer.preview(Preview::Destroy(&plan));
    let refused = if plan.stacks.is_empty() || options.consent != Consent::Ask {
        None
    } else {
        match observer.approve(Preview::Destroy(&plan)).await {
            Answer::Yes => None,
            Answer::No => Some(Outcome::Declined),
            Answer::NobodyThere => Some(Outcome::NobodyToAsk),
        }
    };
    if refused.is_none() {
        tokio::select! {
            () = run.delete_all(&found, &plan) => {}
            () = interrupt => {}
        }
    }
    Ok(DestroyReport { stacks: run.report(&found, refused), plan })
}

struct Run<'a> {
    clients: &'a Clients,
    order: Order<'a>,
    observer: &'a dyn Observer,
    options: &'a DestroyOptions,
    outcomes: Vec<RefCell<Option<Outcome>>>,
    /// The ARN of a stack whose deletion may be in progress.
    going_on: Vec<RefCell<Option<String>>>,
    left_behind: Vec<RefCell<Vec<LeftBehind>>>,
}

impl Run<'_> {
    /// The selected stacks as they are deployed, in the order of [`Order`]; an error if one may not be deleted.
    async fn inspect(&self, assembly: &Assembly) -> Result<Vec<Option<Deployed>>, Error> {
        let selected = self.order.stacks.iter().map(|ordered| async {
            let artifact = ordered.artifact;
            let regional = self.clients.in_region(artifact.region());
            let found = stack::describe_settled(&regional, artifact.name(), |stack| {
                self.observer.progress(Progress::Waiting {
                    stack: artifact.id.clone(),
                    status: stack.status.clone(),
                    meaning: crate::status::standing(&stack.status).1,
                });
            })
            .await?;
            match found {
                // Where somebody is asked, the plan says that the protection is switched off.
                Some(found) if found.termination_protection && self.options.consent != Consent::Ask => {
                    Err(Error::TerminationProtection { stack: artifact.name().to_owned() })
                }
                Some(found) if found.standing() == Standing::Unknown => Err(found.refusal(&artifact.id)),
                found => Ok(found),
            }
        });
        let found = join_all(selected).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.check_consumers(assembly, &found).await?;
        Ok(found)
    }

    /// A stack that is still used by a deployed one would be left half deleted, or break what uses it.
    async fn check_consumers(&self, assembly: &Assembly, found: &[Option<Deployed>]) -> Result<(), Error> {
        let mut producers = Vec::new();
        for (ordered, found) in self.order.stacks.iter().zip(found) {
            let Some(deployed) = found.as_ref().filter(|stack| stack.standing() != Standing::Absent) else { continue };
            producers.push((ordered.artifact, deployed, tokio::sync::OnceCell::new()));
        }
        if producers.is_empty() {
            return Ok(());
        }
        for consumer in assembly.stacks.iter().filter(|stack| self.order.position(&stack.id).is_none()) {
            let regional = self.clients.in_region(consumer.region());
            let deployed = stack::describe(&regional, consumer.name()).await?;
            let Some(deployed) = deployed.filter(|stack| stack.standing() != Standing::Absent) else { continue };
            for (producer, producer_deployed, template) in &producers {
                let imports = consumer.imports.iter().any(|import| import.producer == producer.id);
                // The deployed stack may use more than the source of the app says by now.
                let prefix = pascal_case(producer.name());
                let may_use = deployed.parameters.iter().any(|(key, _)| key.starts_with(&prefix));
                let uses = imports
                    || may_use && {
                        let place = self.clients.in_region(producer.region());
                        let template =
                            template.get_or_try_init(|| stack::template(&place, &producer_deployed.id)).await?;
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

    async fn plan(&self, found: &[Option<Deployed>]) -> Result<DestroyPlan, Error> {
        let stacks = self.order.stacks.iter().zip(found).rev().map(|(ordered, found)| async move {
            let Some(found) = found else { return Ok::<_, Error>(None) };
            let regional = self.clients.in_region(ordered.artifact.region());
            let (diff, failed) = resources::deletion(&regional, found).await?;
            let id = ordered.artifact.id.clone();
            let retain = match failed.as_slice() {
                [] => Vec::new(),
                _ => resources::of_stack(&self.options.retain, &id),
            };
            let mut diff = diff.with_source(ordered.artifact);
            for resource in diff.resources.iter_mut().filter(|resource| retain.contains(&resource.logical_id)) {
                resource.impact = Impact::Orphan;
            }
            Ok(Some(StackDestroyPlan { diff, is_protected: found.termination_protection, id, failed, retain }))
        });
        let stacks = join_all(stacks).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let stacks: Vec<StackDestroyPlan> = stacks.into_iter().flatten().collect();
        let failed = stacks.iter().map(|stack| (&stack.id, stack.failed.as_slice()));
        resources::check_failed(&self.options.retain, failed)?;
        Ok(DestroyPlan { stacks })
    }

    async fn delete_all(&self, found: &[Option<Deployed>], plan: &DestroyPlan) {
        let at_once = self.options.concurrency.max(1);
        let count = found.len();
        let mut begun = vec![false; count];
        let mut going_on = FuturesUnordered::new();
        loop {
            // Consumers first: from the back.
            for index in (0..count).rev() {
                if begun[index] || going_on.len() >= at_once {
                    continue;
                }
                let consumers: Vec<usize> = self.consumers(index).collect();
                if !consumers.iter().all(|&consumer| self.outcomes[consumer].borrow().is_some()) {
                    continue;
                }
                begun[index] = true;
                let because: Vec<String> = consumers
                    .into_iter()
                    .filter(|&consumer| !self.is_gone(consumer))
                    .map(|consumer| self.order.stacks[consumer].artifact.name().to_owned())
                    .collect();
                let id = &self.order.stacks[index].artifact.id;
                let to_delete = found[index].as_ref().zip(plan.stacks.iter().find(|stack| stack.id == *id));
                going_on.push(async move {
                    let outcome = self.delete_one(index, to_delete, because).await;
                    *self.outcomes[index].borrow_mut() = Some(outcome.unwrap_or_else(Outcome::Stopped));
                });
            }
            if going_on.next().await.is_none() {
                return;
            }
        }
    }

    fn consumers(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..self.order.stacks.len()).filter(move |&other| self.order.stacks[other].waits_for.contains(&index))
    }

    fn is_gone(&self, index: usize) -> bool {
        matches!(*self.outcomes[index].borrow(), Some(Outcome::Unchanged | Outcome::Done(_)))
    }

    async fn delete_one(
        &self,
        index: usize,
        to_delete: Option<(&Deployed, &StackDestroyPlan)>,
        because: Vec<String>,
    ) -> Result<Outcome, Error> {
        let Some((found, plan)) = to_delete else {
            return Ok(Outcome::Unchanged);
        };
        if !because.is_empty() {
            return Ok(Outcome::NotStarted { because });
        }
        let artifact = self.order.stacks[index].artifact;
        let regional = self.clients.in_region(artifact.region());
        if found.standing() == Standing::Absent {
            // Empty but for change sets: there is no operation to follow.
            crate::change_set::delete_shell(&regional, &found.id).await?;
            return Ok(Outcome::Done(Operation::Delete));
        }
        if found.termination_protection {
            execute::protect(&regional, &found.id, false).await?;
        }
        let retain = plan.retain.as_slice();
        let going_on = &self.going_on[index];
        let deleted = execute::delete(&regional, &artifact.id, &found.id, retain, self.observer, going_on).await?;
        *self.left_behind[index].borrow_mut() = left_behind::of_events(&deleted.status, &deleted.events);
        Ok(deleted.result.map_or_else(Outcome::Failed, |()| Outcome::Done(Operation::Delete)))
    }

    fn report(&self, found: &[Option<Deployed>], refused: Option<Outcome>) -> Vec<StackDestroyReport> {
        let stacks = self.order.stacks.iter().enumerate().rev().map(|(index, ordered)| {
            let outcome = match (&*self.outcomes[index].borrow(), &*self.going_on[index].borrow()) {
                _ if found[index].is_none() => Outcome::Unchanged,
                (Some(outcome), _) => outcome.clone(),
                (None, Some(stack_id)) => Outcome::GoesOn { stack_id: stack_id.clone() },
                (None, None) => refused.clone().unwrap_or(Outcome::Interrupted),
            };
            StackDestroyReport {
                id: ordered.artifact.id.clone(),
                outcome,
                left_behind: self.left_behind[index].borrow().clone(),
                may_go_on: self.going_on[index].borrow().is_some(),
            }
        });
        stacks.collect()
    }
}
