//! Carrying out what was approved: the second half of a deploy.

use std::rc::Rc;

use formwork_diff::Diff;

use crate::change_set;
use crate::deploy::{ChangeSetState, Run, Stack};
use crate::error::Error;
use crate::execute;
use crate::left_behind;
use crate::nested;
use crate::no_change;
use crate::operation::Operation;
use crate::parameters;
use crate::plan::{Source, StackPlan};
use crate::progress::{Answer, Preview, Progress};
use crate::report::Outcome;
use crate::status;

impl Run<'_> {
    /// Carries out one stack's plan; the stacks it waits for are through.
    pub(crate) async fn carry_out(&self, index: usize) -> Result<Outcome, Error> {
        let Stack { artifact, regional, state, .. } = &self.stacks[index];
        let Some(plan) = state.borrow().plan.clone() else {
            return Ok(Outcome::Unchanged);
        };
        if self.options.no_execute {
            return Ok(match (&state.borrow().change_set, &plan.source) {
                (ChangeSetState::Made(prepared), _) => Outcome::Prepared { change_set: prepared.id.clone() },
                (_, Source::Template { after }) => Outcome::NotStarted { because: after.clone() },
                _ => Outcome::Unchanged,
            });
        }
        let because = self.not_deployed(index);
        if plan.changes() && !because.is_empty() {
            return Ok(Outcome::NotStarted { because });
        }
        let mut outcome = Outcome::Unchanged;
        if let Some(operation) = plan.operation {
            match self.operate(index, operation, &plan).await? {
                Outcome::Unchanged => {}
                done @ Outcome::Done(_) => outcome = done,
                other => return Ok(other),
            }
        }
        if let Some(on) = plan.termination_protection {
            execute::protect(*regional, artifact.name(), on).await?;
            if outcome == Outcome::Unchanged {
                state.borrow_mut().done.push(Operation::Update);
                outcome = Outcome::Done(Operation::Update);
            }
        }
        Ok(outcome)
    }

    /// The stacks that this one waits for in vain.
    fn not_deployed(&self, index: usize) -> Vec<String> {
        self.order.stacks[index]
            .waits_for
            .iter()
            .filter(|&&producer| {
                !matches!(self.stacks[producer].state.borrow().outcome, Some(Outcome::Unchanged | Outcome::Done(_)))
            })
            .map(|&producer| self.assembly.spelling(&self.stacks[producer].artifact.id))
            .collect()
    }

    async fn operate(&self, index: usize, operation: Operation, plan: &StackPlan) -> Result<Outcome, Error> {
        let Stack { artifact, template, regional, state } = &self.stacks[index];
        let remains = if operation == Operation::Recreate { state.borrow_mut().before.take() } else { None };
        if let Some(remains) = remains {
            if remains.termination_protection {
                execute::protect(*regional, &remains.id, false).await?;
            }
            let deleting = Rc::clone(&self.stacks[index].state.borrow().deleting);
            let deleted = execute::delete(*regional, &artifact.id, &remains, &[], self.observer, &deleting).await?;
            let left = left_behind::of_events(&deleted.status, &deleted.events);
            state.borrow_mut().left_behind.extend(left);
            if let Err(failure) = deleted.result {
                return Ok(Outcome::Failed(failure));
            }
            state.borrow_mut().done.push(Operation::Delete);
        }
        let mut carried_out = None;
        if plan.source != Source::ChangeSet {
            let imported = self.imported(index, true)?;
            let (exists, diff, settings, is_certain) = {
                let state = state.borrow();
                let settings = parameters::settings(
                    artifact,
                    template,
                    &self.options.parameters,
                    state.before.as_ref(),
                    state.before_template.as_ref(),
                    &imported,
                )?;
                let diff = self.template_diff(index, &state, &settings, &imported);
                let is_certain = no_change::is_certain(&state, &diff, template, &settings);
                (state.before.is_some(), diff, settings, is_certain)
            };
            if is_certain {
                return Ok(Outcome::Unchanged);
            }
            let Some(prepared) = self.make_change_set(index, exists, settings).await? else {
                return Ok(Outcome::Unchanged);
            };
            let diff = diff.with_change_set(&prepared.changes);
            let nested = prepared.nested.clone();
            state.borrow_mut().change_set = ChangeSetState::Made(prepared);
            let mut exceeding: Vec<String> = diff.exceeds(&plan.diff).iter().map(ToString::to_string).collect();
            exceeding.extend(nested::exceeding(&nested, &plan.nested));
            let in_use = self.in_use(index, &diff).await?;
            exceeding.extend(in_use.iter().filter(|used| !plan.in_use.contains(used)).map(ToString::to_string));
            let now =
                StackPlan { diff, source: Source::ChangeSet, in_use, nested, remains: Diff::default(), ..plan.clone() };
            if !exceeding.is_empty()
                && let Some(refused) = self.ask_again(&now, exceeding).await
            {
                return Ok(refused);
            }
            carried_out = Some(now.diff);
        }
        let made = std::mem::take(&mut state.borrow_mut().change_set);
        let ChangeSetState::Made(prepared) = made else {
            return Ok(Outcome::Unchanged);
        };
        // Until the answer is there it may have begun, and an interrupted run must not delete it then.
        state.borrow_mut().change_set = ChangeSetState::Executed { stack_id: prepared.stack_id.clone() };
        let is_kept = state.borrow().before.as_ref().is_some_and(|stack| status::is_kept(&stack.status));
        let mut begun = change_set::execute(*regional, &prepared, &self.name, is_kept).await;
        if let Err(error) = begun {
            // An earlier try, whose answer was lost, may have begun it.
            let is_refused = error.is_refusal() && !matches!(&error, Error::Aws(error) if error.is_wrong_status());
            let has_begun = if is_refused { Some(false) } else { change_set::has_begun(*regional, &prepared.id).await };
            if has_begun == Some(false) {
                state.borrow_mut().change_set = ChangeSetState::Made(prepared);
                return Err(error);
            }
            // Only the answer was lost.
            begun = if has_begun == Some(true) { Ok(()) } else { Err(error) };
        }
        let (stack, stack_id) = (artifact.id.clone(), prepared.stack_id.clone());
        self.observer.progress(Progress::Started { stack, stack_id, operation });
        begun?;
        let (after, ended) =
            execute::follow_change_set(*regional, &artifact.id, &prepared, operation, self.observer).await?;
        let mut state = state.borrow_mut();
        let mut left = left_behind::of_events(&ended.status, &ended.events);
        if ended.result.is_ok() {
            state.done.push(operation);
            let by_policy = left_behind::of_update(carried_out.as_ref().unwrap_or(&plan.diff), &ended.events);
            left.extend(
                by_policy
                    .into_iter()
                    .filter(|one| !left.iter().any(|known| known.physical_id == one.physical_id))
                    .collect::<Vec<_>>(),
            );
        }
        state.left_behind.extend(left);
        state.after = after?;
        Ok(ended.result.map_or_else(Outcome::Failed, |()| Outcome::Done(operation)))
    }

    /// Asks about a change set that does more than what was approved; `Some` if it is not to be executed.
    async fn ask_again(&self, stack: &StackPlan, exceeding: Vec<String>) -> Option<Outcome> {
        // One after the other: an answer is to the preview that was shown last.
        let _turn = self.questions.lock().await;
        let preview = Preview::Exceeding { stack, exceeding: &exceeding };
        self.observer.preview(preview);
        if !self.options.consent.asks_about_more(&self.options.by_name, stack, &exceeding) {
            return None;
        }
        match self.observer.approve(preview).await {
            Answer::Yes => None,
            Answer::No => Some(Outcome::Declined),
            Answer::NobodyThere => Some(Outcome::Exceeds(exceeding)),
        }
    }
}
