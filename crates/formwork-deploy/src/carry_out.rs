//! Carrying out what was approved: the second half of a deploy.

use std::collections::BTreeSet;
use std::rc::Rc;

use formwork_assembly::StackId;
use formwork_diff::{Diff, Impact};
use formwork_template::Template;
use formwork_template::memory::Memory;

use crate::change_set::{self, Begun};
use crate::course::Going;
use crate::deploy::{Mode, Run};
use crate::error::Error;
use crate::execute::{self, Ended};
use crate::left_behind;
use crate::nested;
use crate::no_change;
use crate::operation::Operation;
use crate::parameters::Setting;
use crate::plan::{Removal, Source, StackPlan};
use crate::progress::{Answer, Preview, Progress};
use crate::recheck::DELETED;
use crate::report::{Failure, Outcome};
use crate::request::Body;
use crate::stack::Deployed;
use crate::stage::{Found, Planned, Work};
use crate::status;

impl Run<'_> {
    /// Carries out one stack's plan; the stacks it waits for are through.
    pub(crate) async fn carry_out(&self, index: usize) {
        let outcome = self.carried_out(index).await.unwrap_or_else(Outcome::Stopped);
        self.stacks[index].end(outcome);
    }

    /// The same, which the caller ends.
    pub(crate) async fn carried_out(&self, index: usize) -> Result<Outcome, Error> {
        let stack = &self.stacks[index];
        let Some(planned) = stack.planned() else { return Ok(Outcome::Unchanged) };
        let planned = &*planned;
        let (plan, found) = (&planned.plan, stack.found());
        if self.mode == Mode::Prepare {
            let is_new = matches!(*found, Found::Nothing);
            return Ok(match (stack.work(), &plan.source) {
                (Work::Made(made), _) => Outcome::Prepared { change_set: made.id.clone(), is_new },
                (_, Source::Template { after }) => Outcome::NotStarted { because: after.clone() },
                _ => Outcome::Unchanged,
            });
        }
        // Resources that earlier runs left are deleted whatever the update does.
        let leftovers = found.ready().map(|ready| ready.leftovers.as_slice()).unwrap_or_default();
        let is_left =
            |removal: &&Removal| leftovers.iter().any(|left| removal.physical_id.as_ref() == Some(&left.physical_id));
        stack.ledger.borrow_mut().removals.extend(plan.removals.iter().filter(is_left).cloned());
        let because = self.not_deployed(index);
        if plan.changes() && !because.is_empty() {
            return Ok(Outcome::NotStarted { because });
        }
        let mut outcome = Outcome::Unchanged;
        if let Some(operation) = plan.operation {
            match self.operate(index, operation, planned).await? {
                Outcome::Unchanged => {}
                done @ Outcome::Done(_) => outcome = done,
                other => return Ok(other),
            }
        }
        if let Some(on) = plan.termination_protection {
            execute::protect(stack.regional, stack.artifact.name(), on).await?;
            if outcome == Outcome::Unchanged {
                stack.ledger.borrow_mut().done.push(Operation::Update);
                outcome = Outcome::Done(Operation::Update);
            }
        }
        Ok(outcome)
    }

    /// The stacks that this one waits for in vain.
    fn not_deployed(&self, index: usize) -> Vec<String> {
        let waits_for = self.order.stacks[index].waits_for.iter().map(|producer| &self.stacks[*producer]);
        // Nobody has to wait for a bucket to which nothing is shipped.
        let in_vain = waits_for.filter(|producer| !producer.is_through() && !producer.is_idle());
        in_vain.map(|producer| self.assembly.spelling(&producer.artifact.id)).collect()
    }

    async fn operate(&self, index: usize, operation: Operation, planned: &Planned) -> Result<Outcome, Error> {
        let Planned { plan, leaving } = planned;
        if let Some(policy) = &leaving.policy {
            let outcome = self.policy_first(index, plan, policy).await?;
            if !outcome.is_through() {
                return Ok(outcome);
            }
        }
        if let Found::Remains { stack, .. } = &*self.stacks[index].found()
            && let Err(failure) = self.delete_remains(index, stack).await?
        {
            return Ok(Outcome::Failed(failure));
        }
        if plan.source == Source::ChangeSet {
            return self.execute_made(index, operation, &plan.diff).await;
        }
        let imported = self.imported(index, true)?;
        let (template, found) = (&self.stacks[index].template, self.stacks[index].found());
        let settings = self.settings(index, &found, template, &imported)?;
        let values = self.values(index, &found, &settings, &imported);
        let diff = self.template_diff(index, &found, &settings, &imported);
        if no_change::is_certain(&found, &diff, template, &settings) {
            return Ok(Outcome::Unchanged);
        }
        let (body, settings) = self.first_body(index, leaving, settings, &imported)?;
        let Some(prepared) = self.make_change_set(index, settings, &body).await? else {
            return Ok(Outcome::Unchanged);
        };
        let diff = self.through(index, &body, diff, &prepared.changes, leaving, &imported)?;
        let in_use = self.in_use(index, &diff, &leaving.kept).await?;
        let refused = self.refused(index, &diff, leaving).await?;
        self.check_made(index, &refused, &plan.refused)?;
        let (source, remains, is_protected) = (Source::ChangeSet, Diff::default(), false);
        let mut now = StackPlan { diff, source, in_use, refused, remains, is_protected, ..plan.clone() };
        if nested::has_nested(template) {
            self.add_inside(index, &found, values, prepared.nested.as_ref(), &mut now).await?;
        }
        let mut exceeding: Vec<String> = now.diff.exceeds(&plan.diff).iter().map(ToString::to_string).collect();
        exceeding.extend(nested::exceeding(&now.nested, &plan.nested));
        exceeding.extend(now.in_use.iter().filter(|used| !plan.in_use.contains(used)).map(ToString::to_string));
        self.execute_approved(index, operation, &now, exceeding).await
    }

    /// Deletes what a failed creation left.
    async fn delete_remains(&self, index: usize, remains: &Deployed) -> Result<Result<(), Failure>, Error> {
        let stack = &self.stacks[index];
        if remains.termination_protection {
            execute::protect(stack.regional, &remains.id, false).await?;
        }
        let goes_on = |going: Going| {
            let stack_id = remains.id.clone();
            stack.works(match going {
                Going::Asked => Work::GoingOn { stack_id, is_seen: false },
                Going::Begun => Work::GoingOn { stack_id, is_seen: true },
                Going::Over => Work::None,
            });
        };
        let id = &stack.artifact.id;
        let deleted = execute::delete(stack.regional, id, remains, &[], self.observer, &goes_on).await?;
        // Before anything else is waited for: who is interrupted then says what was done.
        if deleted.result.is_ok() {
            stack.ledger.borrow_mut().done.push(Operation::Delete);
            stack.inspected(Found::Nothing);
        }
        let left = left_behind::of_operation(stack.regional, &deleted.status, &deleted.events).await;
        stack.ledger.borrow_mut().left_behind.extend(left);
        Ok(deleted.result)
    }

    /// The deployed template with policies, so that the next update keeps what it replaces.
    async fn policy_first(&self, index: usize, plan: &StackPlan, policy: &Rc<Template>) -> Result<Outcome, Error> {
        let parameters = policy.parameters.keys().map(|key| (key.clone(), Setting::Previous)).collect();
        let Some(prepared) = self.make_change_set(index, parameters, &Body::Policy(Rc::clone(policy))).await? else {
            return Ok(Outcome::Unchanged);
        };
        let diff = Diff::default().with_change_set(&prepared.changes);
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
        self.execute_approved(index, Operation::Update, &now, exceeding).await
    }

    /// Executes the change set that was made, unless it does more than what was approved and the answer to that is no.
    pub(crate) async fn execute_approved(
        &self,
        index: usize,
        operation: Operation,
        now: &StackPlan,
        exceeding: Vec<String>,
    ) -> Result<Outcome, Error> {
        if !exceeding.is_empty()
            && let Some(refused) = self.ask_again(index, now, exceeding).await?
        {
            return Ok(refused);
        }
        self.execute_made(index, operation, &now.diff).await
    }

    /// Executes the change set that was made, and follows it to its end.
    async fn execute_made(&self, index: usize, operation: Operation, diff: &Diff) -> Result<Outcome, Error> {
        let stack = &self.stacks[index];
        let Work::Made(prepared) = stack.work() else { return Ok(Outcome::Unchanged) };
        // Until the answer is there it may have begun, and an interrupted run must not delete it then.
        stack.works(Work::GoingOn { stack_id: prepared.stack_id.clone(), is_seen: false });
        let is_kept = stack.found().stack().is_some_and(|stack| status::is_kept(&stack.status));
        // Of several change sets of a run, each has a token of its own.
        let token = prepared.id.split('/').nth(1).unwrap_or(&self.name);
        let mut begun = change_set::execute(stack.regional, &prepared, token, is_kept).await;
        if let Err(error) = begun {
            // An earlier try, whose answer was lost, may have begun it.
            let is_refused = error.is_refusal() && !matches!(&error, Error::Aws(error) if error.is_wrong_status());
            let is_deleted = matches!(&error, Error::Aws(error) if error.is_missing());
            let has_begun = match is_refused {
                true => Some(Begun::No),
                false => change_set::has_begun(stack.regional, &prepared.id).await,
            };
            // Another run was quicker, or somebody took it away: it is theirs that the stack is as it is.
            let change = match has_begun {
                Some(Begun::Obsolete) => Some("its change set is OBSOLETE"),
                Some(Begun::No) if is_deleted => Some(DELETED),
                _ => None,
            };
            if matches!(has_begun, Some(Begun::No | Begun::Obsolete)) {
                stack.works(Work::Made(prepared));
                let name = self.assembly.spelling(&stack.artifact.id);
                let changes = change.map(|change| vec![format!("`{name}`: {change}")]);
                return Err(changes.map_or(error, |changes| Error::ChangedMeanwhile { changes }));
            }
            // Only the answer was lost.
            begun = if has_begun == Some(Begun::Yes) { Ok(()) } else { Err(error) };
        }
        let (id, stack_id) = (stack.artifact.id.clone(), prepared.stack_id.clone());
        self.observer.progress(Progress::Started { stack: id.clone(), stack_id: stack_id.clone(), operation });
        begun?;
        stack.works(Work::GoingOn { stack_id, is_seen: true });
        let (after, ended) =
            execute::follow_change_set(stack.regional, &id, &prepared, operation, self.observer).await?;
        stack.works(Work::None);
        // Before anything else is waited for: who is interrupted then says what was done. Several updates in a run are one to whoever reads of it.
        if ended.result.is_ok() && stack.ledger.borrow().done.last() != Some(&operation) {
            stack.ledger.borrow_mut().done.push(operation);
        }
        self.note_left(index, diff, &ended).await;
        stack.ledger.borrow_mut().after = after?.map(Rc::new);
        if ended.result.is_ok() {
            self.note_freed(index);
        }
        Ok(ended.result.map_or_else(Outcome::Failed, |()| Outcome::Done(operation)))
    }

    /// Names the stacks that are not part of the run and of which this one takes other values by now: what it took before may be left there.
    fn note_freed(&self, index: usize) {
        let (stack, found) = (&self.stacks[index], self.stacks[index].found());
        let (Some(before), Some(now)) = (found.stack(), stack.now()) else { return };
        let imports = stack.artifact.imports.iter();
        let moved = imports.filter(|import| {
            let taken = before.parameter(&import.parameter);
            self.order.position(&import.producer).is_none()
                && taken.is_some()
                && taken != now.parameter(&import.parameter)
        });
        let producers: BTreeSet<&StackId> = moved.map(|import| &import.producer).collect();
        for producer in producers {
            let producer = self.assembly.spelling(producer);
            self.warn(
                index,
                format!(
                    "it takes other values of `{producer}` now: if an update of that kept what it took before, `cargo formwork gc {producer}` deletes it"
                ),
            );
        }
    }

    /// Notes what an operation left behind.
    async fn note_left(&self, index: usize, diff: &Diff, ended: &Ended) {
        let stack = &self.stacks[index];
        let mut left = left_behind::of_operation(stack.regional, &ended.status, &ended.events).await;
        let mut ledger = stack.ledger.borrow_mut();
        if ended.result.is_ok() {
            for one in left_behind::of_update(diff, &ended.events) {
                if !left.iter().any(|known| known.physical_id == one.physical_id) {
                    left.push(one);
                }
            }
        }
        let (keeps, planned) = (Memory::read(&stack.template).keeps, stack.planned());
        for one in left {
            // Synth had it kept, and it is deleted when others have followed; what the source retains stays.
            if one.failure.is_some() || !keeps.contains(&one.logical_id) {
                ledger.left_behind.push(one);
                continue;
            }
            let removal = planned.as_ref().and_then(|planned| planned.plan.removal_of(&one));
            ledger.removals.push(removal.unwrap_or_else(|| Removal {
                how: self.how(index, &one.logical_id, &one.type_name, Some(&one.physical_id)),
                logical_id: one.logical_id,
                type_name: one.type_name,
                physical_id: Some(one.physical_id),
                is_certain: true,
                users: Vec::new(),
            }));
        }
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
