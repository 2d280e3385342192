//! The options of a deploy, and the reports of all runs.

use std::collections::BTreeSet;

use formwork_assembly::StackId;
use formwork_diff::Registry;
use formwork_model::service::StackOutput;
use formwork_model::status::StackStatus;

use crate::approval::ByName;
use crate::error::Error;
use crate::events::ResourceEvent;
use crate::left_behind::LeftBehind;
use crate::operation::Operation;
use crate::parameters::GivenParameter;
use crate::plan::Plan;
use crate::progress::{Answer, Consent};
use crate::removal::Leftover;
use crate::shipping::given::Shipping;
use crate::status::Reported;

/// Options of a deploy.
#[derive(Clone, Debug)]
pub struct DeployOptions {
    /// Approval by severity.
    pub consent: Consent,
    /// Losses that are approved by name.
    pub by_name: ByName,
    /// Regions beside those of the app's stacks in which it may have deployed stacks that it has no more.
    pub regions: BTreeSet<String>,
    /// The number of stacks at once.
    pub concurrency: usize,
    /// Values of parameters.
    pub parameters: Vec<GivenParameter>,
    /// The resource types that are known.
    pub registry: Registry,
    /// Leave the templates as they are deployed, to change parameters alone: the assembly has the deployed templates.
    pub previous_templates: bool,
    /// Contents that the stacks ship; `None` if nothing is shipped, and every template must fit into a call.
    pub shipping: Option<Shipping>,
}

/// The result of a deploy.
#[derive(Clone, Debug)]
pub struct DeployReport {
    /// The plan.
    pub plan: Plan,
    /// One entry per stack, in the plan's order.
    pub stacks: Vec<StackReport>,
}

/// The result for one stack.
#[derive(Clone, Debug)]
pub struct StackReport {
    /// Its name and region.
    pub id: StackId,
    /// The outcome.
    pub outcome: Outcome,
    /// The outputs that it has now, if it is deployed and they were read.
    pub outputs: Vec<StackOutput>,
    /// Operations on it, in this order, whatever became of the rest: a stack that could not be made again was deleted first.
    pub done: Vec<Operation>,
    /// True if an operation on it may be in progress, though the run has ended.
    pub may_go_on: bool,
    /// Resources that belonged to it, are in no stack any more, and are still there.
    pub left_behind: Vec<LeftBehind>,
    /// Resources that belonged to it, were in no stack any more, and were deleted.
    pub removed: Vec<Leftover>,
}

/// An outcome for one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// There was nothing to do.
    Unchanged,
    /// The operation is done.
    Done(Operation),
    /// The operation failed.
    Failed(Failure),
    /// It could not be started.
    Stopped(Error),
    /// It was not started, because these stacks were not deployed.
    NotStarted {
        /// Their names.
        because: Vec<String>,
    },
    /// The answer was no.
    Declined,
    /// There was nobody to ask.
    NobodyToAsk,
    /// Its change set does more than what was approved, and nobody was to be asked.
    Exceeds(Vec<String>),
    /// Its change set is made and waits to be executed.
    Prepared {
        /// The change set's ARN.
        change_set: String,
        /// True if an empty stack was made to hold it.
        is_new: bool,
    },
    /// The run was interrupted; the operation goes on at AWS.
    GoesOn {
        /// The stack's ARN.
        stack_id: String,
        /// False if it was asked for, and was not seen to have begun.
        is_seen: bool,
    },
    /// The run was interrupted before anything was done.
    Interrupted,
}

impl Outcome {
    /// True of a stack that is as it was to be.
    pub(crate) fn is_through(&self) -> bool {
        matches!(self, Outcome::Unchanged | Outcome::Done(_))
    }
}

impl Answer {
    /// The outcome of a stack after an answer that is not yes.
    pub(crate) fn refusal(self) -> Option<Outcome> {
        match self {
            Answer::Yes => None,
            Answer::No => Some(Outcome::Declined),
            Answer::NobodyThere => Some(Outcome::NobodyToAsk),
        }
    }
}

/// A failure of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The operation that failed.
    pub operation: Operation,
    /// The stack's status now.
    pub status: Reported<StackStatus>,
    /// Event of the first failure; `None` if the service reports no failure.
    pub cause: Option<ResourceEvent>,
    /// If that is a nested stack, the events of the first failures inside of it, from the outermost to the cause of all.
    pub inside: Vec<ResourceEvent>,
    /// If hooks refused it, their reasons, each in one line.
    pub hooks: Vec<String>,
    /// Everything else that failed by itself.
    pub others: Vec<ResourceEvent>,
    /// Logical ids of the resources at which the rollback or the deletion stopped.
    pub held_by: Vec<String>,
    /// True for a deletion that deleted resources before it failed.
    pub is_partly_done: bool,
}

impl Failure {
    /// A failure of which no more is known.
    pub fn new(operation: Operation, status: Reported<StackStatus>) -> Self {
        Failure {
            operation,
            status,
            cause: None,
            inside: Vec::new(),
            hooks: Vec::new(),
            others: Vec::new(),
            held_by: Vec::new(),
            is_partly_done: false,
        }
    }
}
