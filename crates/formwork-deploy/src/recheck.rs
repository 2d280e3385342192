//! The approved plan, held against the service again: a question may be open for hours, and others work meanwhile.
//!
//! A stack that is updated meanwhile makes its change sets obsolete, which the service says itself, at their execution; but it says nothing of
//! values that producers give, of stacks that are planned by their templates, and says it when the first stacks are through.

use std::collections::BTreeMap;

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::StackOutput;
use formwork_model::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use formwork_template::{Style, Template, backticked};
use futures_util::future::join_all;

use crate::deploy::Run;
use crate::error::Error;
use crate::pace::Pace;
use crate::plan::Plan;
use crate::progress::{Observer, Progress};
use crate::question_marks;
use crate::regional::Regional;
use crate::stack::{self, Deployed};
use crate::stage::{Stack, Work};
use crate::status::{Reported, Standing};

/// The change of a stack whose change set somebody deleted.
pub(crate) const DELETED: &str = "its change set is deleted";

impl Run<'_> {
    /// Looks once more at each stack of the plan, those without changes too, and at the others that it takes values from, and says what is not
    /// as it was shown.
    ///
    /// # Errors
    ///
    /// When there is something.
    pub(crate) async fn recheck(&self, plan: &Plan) -> Result<(), Error> {
        let changes = |id: &StackId| plan.stacks.iter().any(|stack| stack.id == *id && stack.changes());
        let consumers = || self.stacks.iter().filter(|stack| changes(&stack.artifact.id));
        let selected = (0..self.stacks.len()).filter(|&index| !self.stacks[index].is_idle());
        let selected = selected.map(|index| async move { Ok::<_, Error>((index, self.changes_of(index).await?)) });
        let mut outside: BTreeMap<&StackId, Vec<&str>> = BTreeMap::new();
        for import in consumers().flat_map(|stack| &stack.artifact.imports) {
            if self.order.position(&import.producer).is_none() {
                outside.entry(&import.producer).or_default().push(&import.output);
            }
        }
        let outside = outside.into_iter().map(|(id, outputs)| self.change_of_producer(id, outputs));
        let (selected, outside) = tokio::join!(join_all(selected), join_all(outside));
        let mut found = Vec::new();
        for answer in selected {
            let (index, changes) = answer?;
            found.extend(changes.into_iter().map(|change| (self.stacks[index].artifact.id.clone(), change)));
        }
        for answer in outside {
            found.extend(answer?);
        }
        refuse(self.assembly, self.observer, found)
    }

    /// The same for one stack, after a question of its own.
    pub(crate) async fn recheck_one(&self, index: usize) -> Result<(), Error> {
        let id = &self.stacks[index].artifact.id;
        let changes = self.changes_of(index).await?;
        refuse(self.assembly, self.observer, changes.into_iter().map(|change| (id.clone(), change)).collect())
    }

    async fn changes_of(&self, index: usize) -> Result<Vec<String>, Error> {
        let mut changes = self.changes_of_stack(index).await?;
        if changes.is_empty() {
            changes.extend(self.change_of_change_set(index).await?);
        }
        Ok(changes)
    }

    /// The change set that was shown, if it is not the one that can be executed now: by the stack alone that is not seen.
    async fn change_of_change_set(&self, index: usize) -> Result<Option<String>, Error> {
        let stack = &self.stacks[index];
        let Work::Made(made) = stack.work() else { return Ok(None) };
        let Regional { service, region } = stack.regional;
        match service.change_set(region, &made.id, false, None).await {
            Ok(page) if page.status.as_deref().and_then(ChangeSetStatus::read).is_some_and(|it| it.is_deletion()) => {
                Ok(Some(DELETED.to_owned()))
            }
            Ok(page) => {
                let is_other = |status: &String| ExecutionStatus::read(status) != Some(ExecutionStatus::Available);
                let status = page.execution.filter(is_other);
                Ok(status.map(|status| format!("its change set is {status}")))
            }
            Err(error) if error.is_missing() => Ok(Some(DELETED.to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes of one stack since it was looked at.
    pub(crate) async fn changes_of_stack(&self, index: usize) -> Result<Vec<String>, Error> {
        let Stack { template: wanted, regional, ledger, .. } = &self.stacks[index];
        // The result of an operation of this run is expected.
        let is_as_found = ledger.borrow().after.is_none();
        let Some(before) = self.stacks[index].now() else { return self.change_of_new(index).await };
        let Some(now) = stack::describe(*regional, &before.id).await? else {
            return Ok(vec!["it is deleted".to_owned()]);
        };
        let mut changes = differences(&before, &now);
        if changes.is_empty() && now.updated != before.updated {
            // It went through an operation, which may have left another template.
            let now = stack::template(*regional, &before.id).await?;
            let now = now.map(|now| question_marks::restore(now, wanted).template);
            let text = |template: &Template| template.to_json(Style::Pretty).0;
            let is_same = match (self.stacks[index].found().template(), &now) {
                (Some(before), Some(now)) => is_as_found && text(before) == text(now),
                _ => false,
            };
            if !is_same {
                changes.push("its template".to_owned());
            }
        }
        Ok(changes)
    }

    /// A stack that was not there.
    async fn change_of_new(&self, index: usize) -> Result<Vec<String>, Error> {
        let Stack { artifact, regional, .. } = &self.stacks[index];
        let made = match self.stacks[index].work() {
            Work::Created(created) => Some(created.stack_id),
            Work::Made(prepared) => Some(prepared.stack_id.clone()),
            _ => None,
        };
        let mut pace = Pace::stack();
        loop {
            let now = stack::describe(*regional, artifact.name()).await?;
            let change = match (now, &made) {
                // A read may be older than the change set.
                (None, Some(_)) if pace.is_young() => {
                    pace.rest().await;
                    continue;
                }
                (None, Some(_)) => DELETED.to_owned(),
                (None, None) => return Ok(Vec::new()),
                // Whoever makes a bucket's stack makes it for all.
                (Some(_), _) if self.is_bucket(index) => return Ok(Vec::new()),
                (Some(now), _) if now.standing() != Standing::Absent => format!("it is there, in {}", now.status),
                (Some(now), Some(made)) if now.id != *made => DELETED.to_owned(),
                (Some(_), _) => return Ok(Vec::new()),
            };
            return Ok(vec![change]);
        }
    }

    /// A producer that is not part of the run.
    async fn change_of_producer(&self, id: &StackId, outputs: Vec<&str>) -> Result<Option<(StackId, String)>, Error> {
        let now = stack::describe(Regional::new(self.service, &id.region), &id.name).await?;
        let now = now.filter(|stack| stack.standing() != Standing::Absent);
        let producers = self.producers.borrow();
        let before = producers.get(id).and_then(Option::as_ref);
        let change = match (before, &now) {
            (None, None) => return Ok(None),
            (Some(_), None) => "it is deleted".to_owned(),
            (_, Some(now)) if now.standing() == Standing::Busy => format!("it is in {}", now.status),
            (None, Some(now)) => format!("it is there, in {}", now.status),
            (Some(before), Some(now)) => {
                let moved = outputs.into_iter().filter(|key| before.output(key) != now.output(key));
                match names(moved) {
                    None => return Ok(None),
                    Some(moved) => format!("its outputs {moved}"),
                }
            }
        };
        Ok(Some((id.clone(), change)))
    }
}

/// Says what of a plan that was shown is not so any more.
///
/// # Errors
///
/// When there is something.
pub(crate) fn refuse(assembly: &Assembly, observer: &dyn Observer, found: Vec<(StackId, String)>) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    for (stack, change) in &found {
        let message = format!("somebody else changed it since this was shown: {change}");
        observer.progress(Progress::Warning { stack: stack.clone(), message });
    }
    let changes = found.iter().map(|(stack, change)| format!("`{}`: {change}", assembly.spelling(stack)));
    Err(Error::ChangedMeanwhile { changes: changes.collect() })
}

/// Changes of a stack since it was read, of whatever leaves a trace in the stack itself.
pub(crate) async fn since(regional: Regional<'_>, before: &Deployed) -> Result<Vec<String>, Error> {
    let Some(now) = stack::describe(regional, &before.id).await? else {
        return Ok(vec!["it is deleted".to_owned()]);
    };
    let mut changes = differences(before, &now);
    // An update that leaves nothing of this another may have added resources.
    if changes.is_empty() && now.updated != before.updated {
        changes.push("it went through an update".to_owned());
    }
    Ok(changes)
}

/// Differences between two readings of a stack; the values of outputs and parameters may be secrets, and are not told.
fn differences(before: &Deployed, now: &Deployed) -> Vec<String> {
    let is_gone = matches!(now.status, Reported::Known(StackStatus::DeleteComplete));
    if is_gone {
        return vec!["it is deleted".to_owned()];
    }
    let mut changes = Vec::new();
    if now.status != before.status {
        changes.push(format!("it is in {}, and was in {}", now.status, before.status));
    }
    let outputs = |stack: &Deployed| -> Vec<(String, String)> {
        let pair = |output: &StackOutput| (output.key.clone(), output.value.clone());
        stack.outputs.iter().map(pair).collect()
    };
    let lists = [
        ("outputs", outputs(before), outputs(now)),
        ("parameters", before.parameters.clone(), now.parameters.clone()),
        ("tags", before.tags.clone(), now.tags.clone()),
    ];
    for (what, before, now) in lists {
        let moved = names(moved(&before, &now).into_iter());
        changes.extend(moved.map(|moved| format!("its {what} {moved}")));
    }
    if now.termination_protection != before.termination_protection {
        let switched = if now.termination_protection { "on" } else { "off" };
        changes.push(format!("its termination protection is switched {switched}"));
    }
    changes
}

fn moved<'a>(before: &'a [(String, String)], now: &'a [(String, String)]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = before.iter().chain(now).map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let value =
        |pairs: &'a [(String, String)], key: &str| pairs.iter().find(|(one, _)| one == key).map(|(_, value)| value);
    keys.into_iter().filter(|key| value(before, key) != value(now, key)).collect()
}

/// `` `A` and `B` ``; `None` of nothing.
fn names<'a>(keys: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut keys: Vec<String> = keys.map(str::to_owned).collect();
    keys.sort_unstable();
    keys.dedup();
    (!keys.is_empty()).then(|| backticked(&keys))
}
