//! The second phase of a deploy: what no deployed stack uses any more goes.

use std::collections::BTreeSet;

use formwork_assembly::{StackArtifact, StackId};

use crate::deploy::{Mode, Run};
use crate::error::Error;
use crate::left_behind::{LeftBehind, Next};
use crate::operation::Operation;
use crate::plan::{Removal, Source, StackPlan};
use crate::progress::Progress;
use crate::removal::{self, How, Leftover};
use crate::report::Outcome;
use crate::request::Body;
use crate::reviewing;
use crate::stack::Deployed;
use crate::stage::Stack;

impl Run<'_> {
    /// Ends what the first phase of this stack kept for others, who are through by now, or not.
    pub(crate) async fn shrink(&self, index: usize, used_by: &[Vec<usize>]) -> Result<(), Error> {
        let stack = &self.stacks[index];
        let Some(planned) = stack.planned() else { return Ok(()) };
        let plan = &planned.plan;
        if self.mode == Mode::Prepare || !self.is_through(index) {
            return Ok(());
        }
        if !plan.kept.is_empty() {
            let behind = self.behind(index, used_by);
            if behind.is_empty() {
                let outcome = self.finish(index, plan).await.unwrap_or_else(Outcome::Stopped);
                let is_through = outcome.is_through();
                // That the second update had nothing to do does not undo the first.
                if !(outcome == Outcome::Unchanged && matches!(stack.outcome(), Some(Outcome::Done(_)))) {
                    stack.end(outcome);
                }
                if !is_through {
                    return Ok(());
                }
            } else {
                stack.ledger.borrow_mut().is_unfinished = true;
                if stack.outcome() == Some(Outcome::Unchanged) {
                    stack.end(Outcome::NotStarted {
                        because: behind.iter().map(|id| self.assembly.spelling(id)).collect(),
                    });
                }
                for kept in &plan.kept {
                    self.warn(
                        index,
                        format!(
                            "`{}` ({}) stays until {} followed",
                            kept.logical_id,
                            kept.type_name,
                            have(self, &behind)
                        ),
                    );
                }
            }
        }
        for number in 0.. {
            // It stays in the ledger until it is gone: the run may be interrupted.
            let Some(removal) = stack.ledger.borrow().removals.first().cloned() else { break };
            self.remove(index, number, removal, used_by).await;
            stack.ledger.borrow_mut().removals.remove(0);
        }
        Ok(())
    }

    /// Deletes one resource that is in no stack any more, or says why it stays.
    async fn remove(&self, index: usize, number: usize, removal: Removal, used_by: &[Vec<usize>]) {
        let Stack { artifact, regional, ledger, .. } = &self.stacks[index];
        let Some(physical_id) = removal.physical_id.clone() else { return };
        let mut behind = self.behind(index, used_by);
        let outside = removal.users.iter().filter(|id| self.order.position(id).is_none());
        behind.extend(outside.filter(|id| !self.has_followed(index, id)).cloned());
        let mut next = Next::Said;
        let failure = if !behind.is_empty() {
            Some(format!("it stays until {} followed", have(self, &behind)))
        } else if removal.how == How::ByName {
            Some(removal::by_name(&artifact.id, &removal.logical_id))
        } else if removal.how == How::ByHand || self.is_known_otherwise(&removal.type_name, &physical_id) {
            Some("the Cloud Control API cannot delete it: delete it with the tools of its service".to_owned())
        } else {
            let (logical_id, type_name) = (removal.logical_id.clone(), removal.type_name.clone());
            let left = Leftover { logical_id, type_name, physical_id: physical_id.clone() };
            let stack = artifact.id.clone();
            self.observer.progress(Progress::Removing { stack: stack.clone(), left: left.clone() });
            let run = format!("{}-{index}-{number}", self.name);
            let deleted = removal::delete(*regional, &left, &run).await;
            self.observer.progress(Progress::Removed { stack, left: left.clone(), failure: deleted.clone().err() });
            if deleted.is_ok() {
                ledger.borrow_mut().removed.push(left);
            }
            next = Next::Gc;
            deleted.err()
        };
        if failure.is_some() {
            let Removal { logical_id, type_name, .. } = removal;
            let left = LeftBehind { logical_id, type_name, physical_id, failure, next };
            ledger.borrow_mut().left_behind.push(left);
        }
    }

    /// True if Cloud Control knows the resource by another id than its physical one.
    fn is_known_otherwise(&self, type_name: &str, physical_id: &str) -> bool {
        removal::how(&self.options.registry, type_name, Some(physical_id)) == How::ByHand
    }

    /// The second update: the template without what was kept.
    async fn finish(&self, index: usize, plan: &StackPlan) -> Result<Outcome, Error> {
        let imported = self.imported(index, true)?;
        let (template, found) = (&self.stacks[index].template, self.stacks[index].found());
        let mut settings = self.settings(index, &found, template, &imported)?;
        reviewing::on_top(&mut settings);
        let diff = self.template_diff(index, &found, &settings, &imported);
        let Some(prepared) = self.make_change_set(index, settings, &Body::Whole { is_second: true }).await? else {
            return Ok(Outcome::Unchanged);
        };
        let diff = diff.with_change_set(&prepared.changes);
        let exceeding: Vec<String> = diff.exceeds(&plan.diff).iter().map(ToString::to_string).collect();
        let now = StackPlan { diff, source: Source::ChangeSet, kept: Vec::new(), removals: Vec::new(), ..plan.clone() };
        self.execute_approved(index, Operation::Update, &now, exceeding).await
    }

    /// The stacks of the run that may still use what leaves this one: those that are not through, and those behind them.
    fn behind(&self, index: usize, used_by: &[Vec<usize>]) -> Vec<StackId> {
        let (mut behind, mut seen) = (Vec::new(), BTreeSet::from([index]));
        let mut open = used_by.get(index).cloned().unwrap_or_default();
        while let Some(consumer) = open.pop() {
            if !seen.insert(consumer) {
                continue;
            }
            if !self.is_through(consumer) {
                behind.push(self.stacks[consumer].artifact.id.clone());
            }
            open.extend(used_by.get(consumer).into_iter().flatten());
        }
        behind.sort();
        behind
    }

    /// True if the stack is as it should be.
    fn is_through(&self, index: usize) -> bool {
        self.stacks[index].is_through() && !self.stacks[index].ledger.borrow().is_unfinished
    }

    /// True if a stack, as it was found, takes the values that the producer gives out now.
    pub(crate) fn has_followed(&self, producer: usize, consumer: &StackId) -> bool {
        let artifact = self.stacks[producer].artifact;
        let Some(deployed) = self.stacks[producer].now() else { return false };
        let takes = |consumer: &StackArtifact, taken: &Deployed| {
            let mut imports = consumer.imports.iter().filter(|import| import.producer == artifact.id).peekable();
            // A value that is read by another kind of reference is not seen.
            imports.peek().is_some()
                && imports.all(|import| {
                    let taken = taken.parameter(&import.parameter);
                    taken.is_some() && taken == deployed.output(&import.output)
                })
        };
        if let Some(place) = self.order.position(consumer) {
            let found = &self.stacks[place];
            return place != producer && found.found().stack().is_some_and(|taken| takes(found.artifact, taken));
        }
        let other = self.others.get().into_iter().flatten().find(|other| other.artifact.id == *consumer);
        other.is_some_and(|other| takes(&other.artifact, &other.deployed))
    }
}

/// `` `site` has `` or `` `a` and `b` have ``.
fn have(run: &Run<'_>, stacks: &[StackId]) -> String {
    let names: Vec<String> = stacks.iter().map(|id| format!("`{}`", run.assembly.spelling(id))).collect();
    format!("{} {}", formwork_assembly::joined(&names), if names.len() == 1 { "has" } else { "have" })
}
