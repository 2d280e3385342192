//! Carrying out what was approved: the second half of a deploy.

use std::rc::Rc;

use formwork_diff::{Diff, Impact};
use formwork_template::memory::Memory;

use crate::change_set;
use crate::deploy::{ChangeSetState, Mode, Run, Stack};
use crate::error::Error;
use crate::execute;
use crate::left_behind;
use crate::nested;
use crate::no_change;
use crate::operation::Operation;
use crate::parameters::Setting;
use crate::plan::{Removal, Source, StackPlan};
use crate::progress::{Answer, Preview, Progress};
use crate::removal;
use crate::report::Outcome;
use crate::request::Body;
use crate::status;

impl Run<'_> {
    /// Carries out one stack's plan; the stacks it waits for are through.
    pub(crate) async fn carry_out(&self, index: usize) -> Result<Outcome, Error> {
        let Stack { artifact, regional, state, .. } = &self.stacks[index];
        let Some(plan) = state.borrow().plan.clone() else {
            return Ok(Outcome::Unchanged);
        };
        if self.mode == Mode::Prepare {
            let state = state.borrow();
            let is_new = state.before.is_none() && !state.in_review;
            return Ok(match (&state.change_set, &plan.source) {
                (ChangeSetState::Made(prepared), _) => Outcome::Prepared { change_set: prepared.id.clone(), is_new },
                (_, Source::Template { after }) => Outcome::NotStarted { because: after.clone() },
                _ => Outcome::Unchanged,
            });
        }
        // Resources that earlier runs left are deleted whatever the update does.
        let left = plan.removals.iter().filter(|removal| {
            let is_left = |left: &removal::Leftover| removal.physical_id.as_ref() == Some(&left.physical_id);
            state.borrow().leftovers.iter().any(is_left)
        });
        let left: Vec<Removal> = left.cloned().collect();
        state.borrow_mut().removals.extend(left);
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
        let Stack { artifact, template, regional, state, .. } = &self.stacks[index];
        if state.borrow().leaving.policy.is_some() {
            match self.policy_first(index, plan).await? {
                Outcome::Done(_) | Outcome::Unchanged => {}
                other => return Ok(other),
            }
        }
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
                let settings = self.settings(index, &state, template, &imported)?;
                let diff = self.template_diff(index, &state, &settings, &imported);
                let is_certain = no_change::is_certain(&state, &diff, template, &settings);
                (state.before.is_some(), diff, settings, is_certain)
            };
            if is_certain {
                return Ok(Outcome::Unchanged);
            }
            let (body, settings) = match self.grows(index) {
                true => (Body::Grow, self.grow_settings(index, &imported)?),
                false => (Body::Whole { is_second: false }, settings),
            };
            let Some(prepared) = self.make_change_set(index, exists, settings, body).await? else {
                return Ok(Outcome::Unchanged);
            };
            let diff = match body {
                Body::Grow => self.through_both(index, diff, &prepared.changes, &imported)?,
                _ => diff.with_change_set(&prepared.changes),
            };
            let nested = prepared.nested.clone();
            state.borrow_mut().change_set = ChangeSetState::Made(prepared);
            let mut exceeding: Vec<String> = diff.exceeds(&plan.diff).iter().map(ToString::to_string).collect();
            exceeding.extend(nested::exceeding(&nested, &plan.nested));
            let in_use = self.in_use(index, &diff).await?;
            let refused = self.refused(index, &diff).await?;
            self.check_made(index, &refused, &plan.refused)?;
            exceeding.extend(in_use.iter().filter(|used| !plan.in_use.contains(used)).map(ToString::to_string));
            let (source, remains) = (Source::ChangeSet, Diff::default());
            let now = StackPlan { diff, source, in_use, refused, nested, remains, ..plan.clone() };
            if !exceeding.is_empty()
                && let Some(refused) = self.ask_again(index, &now, exceeding).await?
            {
                return Ok(refused);
            }
            carried_out = Some(now.diff);
        }
        self.execute_made(index, operation, carried_out.as_ref().unwrap_or(&plan.diff)).await
    }

    /// The deployed template with policies, so that the next update keeps what it replaces.
    async fn policy_first(&self, index: usize, plan: &StackPlan) -> Result<Outcome, Error> {
        let state = &self.stacks[index].state;
        let parameters = {
            let state = state.borrow();
            let policy = state.leaving.policy.iter().flat_map(|template| template.parameters.keys());
            policy.map(|key| (key.clone(), Setting::Previous)).collect()
        };
        let Some(prepared) = self.make_change_set(index, true, parameters, Body::Policy).await? else {
            return Ok(Outcome::Unchanged);
        };
        let diff = Diff::default().with_change_set(&prepared.changes);
        state.borrow_mut().change_set = ChangeSetState::Made(prepared);
        let is_policy = |resource: &&formwork_diff::ResourceDiff| {
            resource.impact <= Impact::Update && plan.policy_first.contains(&resource.logical_id)
        };
        let exceeding: Vec<String> = diff
            .resources
            .iter()
            .filter(|resource| !is_policy(resource))
            .map(|resource| format!("`{}` ({}) is changed too", resource.logical_id, resource.type_name))
            .collect();
        let now = StackPlan { diff, source: Source::ChangeSet, remains: Diff::default(), ..plan.clone() };
        if !exceeding.is_empty()
            && let Some(refused) = self.ask_again(index, &now, exceeding).await?
        {
            return Ok(refused);
        }
        self.execute_made(index, Operation::Update, &now.diff).await
    }

    /// Executes the change set that was made, and follows it to its end.
    pub(crate) async fn execute_made(&self, index: usize, operation: Operation, diff: &Diff) -> Result<Outcome, Error> {
        let Stack { artifact, template, regional, state, .. } = &self.stacks[index];
        let made = std::mem::take(&mut state.borrow_mut().change_set);
        let ChangeSetState::Made(prepared) = made else {
            return Ok(Outcome::Unchanged);
        };
        // Until the answer is there it may have begun, and an interrupted run must not delete it then.
        state.borrow_mut().change_set = ChangeSetState::Executed { stack_id: prepared.stack_id.clone() };
        let is_kept = state.borrow().before.as_ref().is_some_and(|stack| status::is_kept(&stack.status));
        // Of several change sets of a run, each has a token of its own.
        let token = prepared.id.split('/').nth(1).unwrap_or(&self.name);
        let mut begun = change_set::execute(*regional, &prepared, token, is_kept).await;
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
            // Several updates in a run are one to whoever reads of it.
            if state.done.last() != Some(&operation) {
                state.done.push(operation);
            }
            let by_policy = left_behind::of_update(diff, &ended.events);
            left.extend(
                by_policy
                    .into_iter()
                    .filter(|one| !left.iter().any(|known| known.physical_id == one.physical_id))
                    .collect::<Vec<_>>(),
            );
        }
        let keeps = Memory::read(template).keeps;
        for one in left {
            // Synth had it kept, and it is deleted when others have followed; what the source retains stays.
            match one.failure.is_none() && keeps.contains(&one.logical_id) {
                true => {
                    let removal = state.plan.as_ref().and_then(|plan| plan.removal_of(&one));
                    let removal = removal.unwrap_or_else(|| Removal {
                        how: self.how(index, &one.logical_id, &one.type_name, Some(&one.physical_id)),
                        logical_id: one.logical_id,
                        type_name: one.type_name,
                        physical_id: Some(one.physical_id),
                        is_certain: true,
                        users: Vec::new(),
                    });
                    state.removals.push(removal);
                }
                false => state.left_behind.push(one),
            }
        }
        state.after = after?;
        Ok(ended.result.map_or_else(Outcome::Failed, |()| Outcome::Done(operation)))
    }

    /// Asks about a change set that does more than what was approved; `Some` if it is not to be executed.
    pub(crate) async fn ask_again(
        &self,
        index: usize,
        stack: &StackPlan,
        exceeding: Vec<String>,
    ) -> Result<Option<Outcome>, Error> {
        // One after the other: an answer is to the preview that was shown last.
        let _turn = self.questions.lock().await;
        let preview = Preview::Exceeding { stack, exceeding: &exceeding };
        self.observer.preview(preview);
        // The plan is what was approved, and nobody is there.
        if matches!(self.mode, Mode::Execute(_)) {
            return Ok(Some(Outcome::Exceeds(exceeding)));
        }
        if !self.options.consent.asks_about_more(&self.options.by_name, stack, &exceeding) {
            return Ok(None);
        }
        match self.observer.approve(preview).await {
            Answer::Yes => self.recheck_one(index).await.map(|()| None),
            Answer::No => Ok(Some(Outcome::Declined)),
            Answer::NobodyThere => Ok(Some(Outcome::Exceeds(exceeding))),
        }
    }
}
