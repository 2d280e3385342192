//! One operation on a stack, for runs that do nothing else with it: it has not begun, goes on, or has ended.

use std::cell::RefCell;

use formwork_assembly::StackId;

use crate::left_behind::LeftBehind;
use crate::removal::Leftover;
use crate::report::{Outcome, StackReport};

/// Steps of an operation, as a run sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// The call that begins it has no answer yet: it may have begun.
    Asked,
    /// It has begun.
    Begun,
    /// It surely does not go on: it was refused, or followed to its end.
    Over,
}

/// The operation, and what it left.
#[derive(Default)]
pub(crate) struct Course {
    stage: RefCell<Stage>,
    /// Resources that are deleted when the operation is done, and are not yet.
    pub(crate) pending: RefCell<Vec<Leftover>>,
    pub(crate) left_behind: RefCell<Vec<LeftBehind>>,
    pub(crate) removed: RefCell<Vec<Leftover>>,
}

#[derive(Default)]
enum Stage {
    #[default]
    Waiting,
    /// It goes on, or may.
    GoingOn {
        is_seen: bool,
    },
    Ended {
        outcome: Box<Outcome>,
        may_go_on: bool,
    },
}

impl Course {
    /// It is asked for, or has begun; or it was refused, or was followed to its end.
    pub(crate) fn goes_on(&self, going: Going) {
        self.stage.replace(match going {
            Going::Asked => Stage::GoingOn { is_seen: false },
            Going::Begun => Stage::GoingOn { is_seen: true },
            Going::Over => Stage::Waiting,
        });
    }

    /// The run is done with the stack.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.stage.replace_with(|stage| {
            let may_go_on = matches!(stage, Stage::GoingOn { .. }) && matches!(outcome, Outcome::Stopped(_));
            Stage::Ended { outcome: Box::new(outcome), may_go_on }
        });
    }

    /// True if nothing is left to do.
    pub(crate) fn is_through(&self) -> bool {
        matches!(&*self.stage.borrow(), Stage::Ended { outcome, .. } if outcome.is_through())
    }

    /// The report. `stack_id` is the ARN of a stack that something was to be done with; `refused` the outcome where nobody agreed.
    pub(crate) fn report(self, id: &StackId, stack_id: Option<String>, refused: Option<&Outcome>) -> StackReport {
        let (outcome, may_go_on) = match (stack_id, self.stage.into_inner()) {
            (None, _) => (Outcome::Unchanged, false),
            (Some(_), Stage::Ended { outcome, may_go_on }) => (*outcome, may_go_on),
            (Some(stack_id), Stage::GoingOn { is_seen }) => (Outcome::GoesOn { stack_id, is_seen }, false),
            (Some(_), Stage::Waiting) => (refused.cloned().unwrap_or(Outcome::Interrupted), false),
        };
        let done = match outcome {
            Outcome::Done(operation) => vec![operation],
            _ => Vec::new(),
        };
        let pending = self.pending.into_inner();
        let is_cut_short = !pending.is_empty() && !done.is_empty();
        let outcome = if is_cut_short { Outcome::Interrupted } else { outcome };
        let pending = pending.into_iter().filter(|_| is_cut_short).map(LeftBehind::interrupted);
        let left_behind = self.left_behind.into_inner().into_iter().chain(pending).collect();
        StackReport {
            id: id.clone(),
            outcome,
            outputs: Vec::new(),
            done,
            may_go_on,
            left_behind,
            removed: self.removed.into_inner(),
        }
    }
}
