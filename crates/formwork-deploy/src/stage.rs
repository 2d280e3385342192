//! One stack of a run, from the first look at it to its end. A stage has what is known from then on, and is reached from the one before it.
//!
//! new → inspected → planned → done. What the run has at the service is [`Work`]: a change set may be made before the plan, which says what
//! it does, and is executed after it. What accumulates over all of that is the [`Ledger`].

use std::cell::RefCell;
use std::rc::Rc;

use formwork_assembly::StackArtifact;
use formwork_diff::Diff;
use formwork_model::service::CreatedChangeSet;
use formwork_template::Template;

use crate::change_set::Prepared;
use crate::intermediate::Leaving;
use crate::left_behind::LeftBehind;
use crate::operation::Operation;
use crate::plan::{Removal, StackPlan};
use crate::regional::Regional;
use crate::removal::Leftover;
use crate::report::{Outcome, StackReport};
use crate::stack::Deployed;

/// A stack of the run.
pub(crate) struct Stack<'a> {
    pub(crate) artifact: &'a StackArtifact,
    pub(crate) template: Template,
    /// True if the template does not fit into a call.
    pub(crate) is_long: bool,
    pub(crate) regional: Regional<'a>,
    pub(crate) ledger: RefCell<Ledger>,
    stage: RefCell<Stage>,
}

/// A stack as it was found.
#[derive(Debug, Default)]
pub(crate) enum Found {
    /// It is not there.
    #[default]
    Nothing,
    /// It is empty, made by somebody else for a change set.
    Empty,
    /// A failed creation left it, and it is deleted first.
    Remains {
        stack: Rc<Deployed>,
        /// Its deletion.
        deletion: Box<Diff>,
    },
    /// It is deployed.
    Ready(Box<Ready>),
}

/// A stack that is deployed.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) stack: Rc<Deployed>,
    /// `None` of a template that is neither JSON nor YAML.
    pub(crate) template: Option<Template>,
    /// The places of the template whose text cannot be known.
    pub(crate) uncertain: Vec<String>,
    /// Resources that earlier runs left, and that are to be deleted.
    pub(crate) leftovers: Vec<Leftover>,
}

/// A stack's plan, with the templates of its steps.
pub(crate) struct Planned {
    pub(crate) plan: StackPlan,
    /// The resources that leave the stack while others use them.
    pub(crate) leaving: Leaving,
}

/// Things of a run that are at the service, as far as it knows.
#[derive(Clone, Default)]
pub(crate) enum Work {
    #[default]
    None,
    /// A change set was asked for under this name, and may or may not be there.
    Asked { name: String },
    /// A change set is there, and may be good for nothing.
    Created(CreatedChangeSet),
    /// A change set can be executed.
    Made(Rc<Prepared>),
    /// A change set is being executed, or the stack deleted; or it may be.
    GoingOn { stack_id: String, is_seen: bool },
}

/// The record of what a run did to a stack.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Operations on it so far.
    pub(crate) done: Vec<Operation>,
    /// The stack after the last of them.
    pub(crate) after: Option<Rc<Deployed>>,
    /// Resources that it left behind so far.
    pub(crate) left_behind: Vec<LeftBehind>,
    /// Resources that are deleted in the second phase, as far as the first one made them superfluous.
    pub(crate) removals: Vec<Removal>,
    /// Those of them that were deleted.
    pub(crate) removed: Vec<Leftover>,
    /// True if something stays in it for others that did not follow.
    pub(crate) is_unfinished: bool,
}

#[derive(Default)]
enum Stage {
    #[default]
    New,
    /// Nobody looks at it: it is the stack of a bucket to which nothing is shipped.
    Idle,
    Inspected(Seen),
    Planned(Seen, Rc<Planned>),
    /// The second of the two phases may still work on it.
    Done(Seen, Rc<Planned>, Box<Outcome>),
}

struct Seen {
    found: Rc<Found>,
    work: Work,
}

/// Steps from one stage to another.
enum Step {
    LeaveIdle,
    Inspect(Rc<Found>),
    Plan(Rc<Planned>),
    End(Box<Outcome>),
}

impl Found {
    /// The stack, if there is one with resources.
    pub(crate) fn stack(&self) -> Option<&Rc<Deployed>> {
        match self {
            Found::Nothing | Found::Empty => None,
            Found::Remains { stack, .. } => Some(stack),
            Found::Ready(ready) => Some(&ready.stack),
        }
    }

    /// The stack that is updated.
    pub(crate) fn ready(&self) -> Option<&Ready> {
        match self {
            Found::Ready(ready) => Some(ready),
            _ => None,
        }
    }

    /// The deployed template.
    pub(crate) fn template(&self) -> Option<&Template> {
        self.ready()?.template.as_ref()
    }
}

impl<'a> Stack<'a> {
    pub(crate) fn new(artifact: &'a StackArtifact, template: Template, is_long: bool, regional: Regional<'a>) -> Self {
        let (ledger, stage) = (RefCell::default(), RefCell::default());
        Stack { artifact, template, is_long, regional, ledger, stage }
    }

    /// Nobody looks at it.
    pub(crate) fn leave_idle(&self) {
        self.step(Step::LeaveIdle);
    }

    /// It was looked at, or is another one now: what a failed creation left is gone, or somebody else made it.
    pub(crate) fn inspected(&self, found: Found) {
        self.step(Step::Inspect(Rc::new(found)));
    }

    /// It is planned.
    pub(crate) fn plan(&self, planned: Planned) {
        self.step(Step::Plan(Rc::new(planned)));
    }

    /// It came to an end, or to another one in the second phase.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.step(Step::End(Box::new(outcome)));
    }

    fn step(&self, step: Step) {
        self.stage.replace_with(|stage| std::mem::take(stage).after(step));
    }

    /// The run has something else at the service now.
    pub(crate) fn works(&self, now: Work) {
        if let Some(seen) = self.stage.borrow_mut().seen() {
            seen.work = now;
        }
    }

    /// Things that the run has at the service.
    pub(crate) fn work(&self) -> Work {
        self.stage.borrow_mut().seen().map(|seen| seen.work.clone()).unwrap_or_default()
    }

    /// The outcome of an interruption while an operation of the run on it goes on, or may.
    fn going_on(&self) -> Option<Outcome> {
        match self.work() {
            Work::GoingOn { stack_id, is_seen } => Some(Outcome::GoesOn { stack_id, is_seen }),
            _ => None,
        }
    }

    /// True if a change set of the run is there, or may be.
    pub(crate) fn has_change_set(&self) -> bool {
        matches!(self.work(), Work::Asked { .. } | Work::Created(_) | Work::Made(_))
    }

    /// The stack as it was found; nothing as long as nobody looked.
    pub(crate) fn found(&self) -> Rc<Found> {
        self.stage.borrow_mut().seen().map(|seen| Rc::clone(&seen.found)).unwrap_or_default()
    }

    /// The stack as the run knows it by now.
    pub(crate) fn now(&self) -> Option<Rc<Deployed>> {
        self.ledger.borrow().after.clone().or_else(|| self.found().stack().cloned())
    }

    /// The plan, once there is one.
    pub(crate) fn planned(&self) -> Option<Rc<Planned>> {
        match &*self.stage.borrow() {
            Stage::Planned(_, planned) | Stage::Done(_, planned, _) => Some(Rc::clone(planned)),
            _ => None,
        }
    }

    /// True if something is done to it.
    pub(crate) fn changes(&self) -> bool {
        self.planned().is_some_and(|planned| planned.plan.changes())
    }

    /// The outcome, once there is one.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match &*self.stage.borrow() {
            Stage::Done(_, _, outcome) => Some((**outcome).clone()),
            _ => None,
        }
    }

    /// True if it is as its plan says, up to what others may still use.
    pub(crate) fn is_through(&self) -> bool {
        matches!(&*self.stage.borrow(), Stage::Done(_, _, outcome) if outcome.is_through())
    }

    pub(crate) fn is_idle(&self) -> bool {
        matches!(&*self.stage.borrow(), Stage::Idle)
    }

    /// The report; `None` of a stack that nobody looks at.
    pub(crate) fn report(&self, interrupted: bool) -> Option<StackReport> {
        if self.is_idle() {
            return None;
        }
        let going_on = self.going_on();
        let may_go_on = going_on.is_some();
        let outcome = match (self.outcome(), going_on) {
            (Some(outcome), Some(goes_on)) if interrupted && outcome.is_through() => goes_on,
            (Some(outcome), _) => outcome,
            (None, Some(goes_on)) => goes_on,
            (None, None) if interrupted => Outcome::Interrupted,
            (None, None) => Outcome::Unchanged,
        };
        let ledger = self.ledger.borrow();
        let pending = ledger.removals.iter().filter(|_| interrupted).filter_map(|removal| {
            let (logical_id, type_name) = (removal.logical_id.clone(), removal.type_name.clone());
            let physical_id = removal.physical_id.clone()?;
            Some(LeftBehind::interrupted(Leftover { logical_id, type_name, physical_id }))
        });
        let left_behind: Vec<LeftBehind> = ledger.left_behind.iter().cloned().chain(pending).collect();
        let is_cut_short = left_behind.len() > ledger.left_behind.len() && matches!(outcome, Outcome::Done(_));
        let outcome = if is_cut_short { Outcome::Interrupted } else { outcome };
        Some(StackReport {
            id: self.artifact.id.clone(),
            may_go_on: may_go_on && matches!(outcome, Outcome::Stopped(_)),
            outcome,
            outputs: self.now().map(|stack| stack.outputs.clone()).unwrap_or_default(),
            done: ledger.done.clone(),
            left_behind,
            removed: ledger.removed.clone(),
        })
    }
}

impl Stage {
    fn after(self, step: Step) -> Stage {
        match (self, step) {
            (Stage::New, Step::LeaveIdle) => Stage::Idle,
            (Stage::New, Step::Inspect(found)) => Stage::Inspected(Seen { found, work: Work::None }),
            (Stage::Inspected(seen), Step::Inspect(found)) => Stage::Inspected(Seen { found, ..seen }),
            (Stage::Planned(seen, planned), Step::Inspect(found)) => Stage::Planned(Seen { found, ..seen }, planned),
            (Stage::Inspected(seen), Step::Plan(planned)) => Stage::Planned(seen, planned),
            (Stage::Planned(seen, planned) | Stage::Done(seen, planned, _), Step::End(outcome)) => {
                Stage::Done(seen, planned, outcome)
            }
            // Nothing else leads anywhere.
            (stage, _) => stage,
        }
    }

    fn seen(&mut self) -> Option<&mut Seen> {
        match self {
            Stage::New | Stage::Idle => None,
            Stage::Inspected(seen) | Stage::Planned(seen, _) | Stage::Done(seen, _, _) => Some(seen),
        }
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::StackId;

    use super::*;

    fn planned() -> Planned {
        let plan = StackPlan::new(StackId::new("site", "us-east-1"));
        Planned { plan, leaving: Leaving::default() }
    }

    fn name(stage: &Stage) -> &'static str {
        match stage {
            Stage::New => "new",
            Stage::Idle => "idle",
            Stage::Inspected(_) => "inspected",
            Stage::Planned(..) => "planned",
            Stage::Done(..) => "done",
        }
    }

    /// Names of the stages that are reached by each step of this story.
    fn story(steps: &str) -> String {
        let mut stage = Stage::New;
        let mut names = Vec::new();
        for step in steps.split(' ') {
            stage = stage.after(match step {
                "idle" => Step::LeaveIdle,
                "inspect" => Step::Inspect(Rc::default()),
                "plan" => Step::Plan(Rc::new(planned())),
                _ => Step::End(Box::new(Outcome::Unchanged)),
            });
            names.push(name(&stage));
        }
        names.join(" ")
    }

    #[test]
    fn a_stage_is_reached_from_the_one_before_it() {
        assert_eq!(story("inspect plan inspect end end"), "inspected planned planned done done");
        assert_eq!(story("idle inspect plan end"), "idle idle idle idle");
        assert_eq!(
            story("end plan inspect end idle plan plan"),
            "new new inspected inspected inspected planned planned"
        );
        assert_eq!(story("inspect plan end plan inspect idle"), "inspected planned done done done done");
    }
}
