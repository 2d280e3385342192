//! Messages and questions of a run while it goes on. Plain data: who listens decides how it looks.

use std::future::Future;
use std::pin::Pin;

use formwork_assembly::StackId;
use formwork_model::status::StackStatus;

use crate::error::Error;
use crate::events::{ResourceEvent, ValidationRecord};
use crate::operation::Operation;
use crate::plan::{DestroyPlan, Plan, RecoveryPlan, StackPlan};
use crate::removal::Leftover;
use crate::status::Reported;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A run has begun that makes change sets; their descriptions name it.
    Begun {
        /// The run's name.
        run: String,
    },
    /// Somebody else's operation goes on with the stack; it is waited for.
    Waiting {
        /// The stack.
        stack: StackId,
        /// Its status.
        status: Reported<StackStatus>,
        /// The meaning of the status.
        meaning: &'static str,
    },
    /// The operation that was waited for has ended.
    Settled {
        /// The stack.
        stack: StackId,
    },
    /// A change set is being made.
    Preparing {
        /// The stack.
        stack: StackId,
    },
    /// The change set is made, or is not going to be.
    Prepared {
        /// The stack.
        stack: StackId,
    },
    /// An operation was started at AWS.
    Started {
        /// The stack.
        stack: StackId,
        /// Its ARN.
        stack_id: String,
        /// The operation that is carried out.
        operation: Operation,
    },
    /// A resource, or the stack itself, came into a new state.
    Event {
        /// The stack.
        stack: StackId,
        /// The event that happened.
        event: ResourceEvent,
    },
    /// A certificate waits until this record can be seen in DNS.
    CertificateWaits {
        /// The stack.
        stack: StackId,
        /// The certificate's name in the template.
        logical_id: String,
        /// The record that it waits for.
        record: ValidationRecord,
    },
    /// An operation has ended.
    Ended {
        /// The stack.
        stack: StackId,
        /// The operation that was carried out.
        operation: Operation,
        /// The stack's status.
        status: Reported<StackStatus>,
        /// True if it did what it was meant to.
        done: bool,
    },
    /// A change set that is not executed may be left. It changes nothing.
    ChangeSetLeft {
        /// The stack.
        stack: StackId,
        /// The change set.
        name: String,
        /// True for a stack that has nothing else.
        is_empty: bool,
        /// The reason for which it could not be deleted; `None` if there was no time for the answer.
        error: Option<Error>,
    },
    /// A content is being shipped.
    Uploading {
        /// The stack.
        stack: StackId,
        /// The asset's id.
        asset: String,
        /// Bytes that have arrived.
        sent: u64,
        /// Bytes in all.
        length: u64,
    },
    /// A resource that is in no stack any more is being deleted.
    Removing {
        /// The stack that left it behind.
        stack: StackId,
        /// The resource.
        left: Leftover,
    },
    /// Such a deletion has ended.
    Removed {
        /// The stack that left it behind.
        stack: StackId,
        /// The resource.
        left: Leftover,
        /// The reason, if it was not deleted.
        failure: Option<String>,
    },
    /// Something is wrong without stopping anything.
    Warning {
        /// The stack.
        stack: StackId,
        /// The message.
        message: String,
    },
}

/// Everything that is about to be done.
#[derive(Clone, Copy, Debug)]
pub enum Preview<'a> {
    /// All stacks of a deploy.
    Deploy(&'a Plan),
    /// One stack, whose change set does more than what was approved.
    Exceeding {
        /// The plan as it is now.
        stack: &'a StackPlan,
        /// Changes that are more severe than what was approved, each in one line.
        exceeding: &'a [String],
    },
    /// All stacks of a destroy.
    Destroy(&'a DestroyPlan),
    /// All stacks of a recovery.
    Recovery(&'a RecoveryPlan),
}

/// The user's answer to a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Do not.
    No,
    /// There is nobody to ask.
    NobodyThere,
}

/// Approval by severity, given before the run; [`crate::approval`] has the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// None: every change is asked about.
    #[default]
    Ask,
    /// Changes that neither permit more nor lose a resource.
    GivenUnlessBroadening,
    /// Changes that lose no resource; of a deletion, those that lose no data.
    Given,
    /// All changes, the loss of what other stacks use too, but for what holds data where that needs its name.
    GivenForLosses,
}

/// An answer that may take its time, while stacks go on.
pub type Pending<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A listener, which also answers.
pub trait Observer {
    /// Something happened.
    fn progress(&self, progress: Progress);
    /// Runs that were killed, as far as they are known: their change sets are deleted where a new one is made.
    fn dead_runs(&self) -> Vec<String> {
        Vec::new()
    }
    /// This is about to be done. A question may follow.
    fn preview(&self, preview: Preview<'_>);
    /// Shall it be done? Asked only where [`Consent`] leaves it open, always after [`Observer::preview`].
    fn approve<'a>(&'a self, preview: Preview<'a>) -> Pending<'a>;
}
