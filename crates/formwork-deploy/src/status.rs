//! The meaning of a stack's status, and the operations that it allows: one total function over all statuses.
//!
//! Source: AWS CloudFormation User Guide, "Stack status codes" and "Stack failure options"; API model, `StackStatus`.

use std::fmt;

pub use formwork_model::status::{ResourceStatus, StackStatus};

use crate::operation::Operation;

/// A status that the service reported. Its words are read here and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported<S> {
    /// One that this version knows.
    Known(S),
    /// Another word.
    Unknown(String),
}

/// The status that an event reports: of the stack itself, or of one of its resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventStatus {
    /// The stack's.
    Stack(Reported<StackStatus>),
    /// A resource's.
    Resource(Reported<ResourceStatus>),
}

/// Kinds of statuses of a stack, by what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// There is no stack. A stack in `REVIEW_IN_PROGRESS` has a change set and nothing else, and counts as none.
    Absent,
    /// The last operation ended; the next may start.
    Ready,
    /// An operation is going on; when it is over, the status decides anew.
    Busy,
    /// The first creation failed and nothing can be built on what is left: it must be deleted and made again.
    Recreate,
    /// A rollback stopped half way and must be continued first.
    ContinueRollback,
    /// A deletion stopped half way and must be finished first.
    FinishDeletion,
    /// Something that this version does not know.
    Unknown,
}

/// The end of an operation on a stack, or that there is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It goes on.
    NotYet,
    /// The operation did what was asked for.
    Done,
    /// It is not, and what was done is undone as far as possible.
    Failed,
}

/// The operations that `status` allows, and its meaning in words.
pub fn standing(status: &Reported<StackStatus>) -> (Standing, &'static str) {
    use StackStatus as S;
    let Reported::Known(status) = status else {
        return (Standing::Unknown, UNKNOWN);
    };
    match status {
        S::CreateComplete => (Standing::Ready, "it was created"),
        S::UpdateComplete => (Standing::Ready, "it was updated"),
        S::ImportComplete => (Standing::Ready, "resources were imported"),
        S::UpdateRollbackComplete => (Standing::Ready, "the last update failed and was undone"),
        S::ImportRollbackComplete => (Standing::Ready, "the last import failed and was undone"),
        // Both are left behind on purpose, by an operation with its rollback switched off, and can be updated further.
        S::UpdateFailed => (Standing::Ready, "the last update failed and was not undone"),
        S::CreateFailed => (Standing::Ready, "its creation failed and was not undone"),
        S::DeleteComplete => (Standing::Absent, "it was deleted"),
        S::ReviewInProgress => (Standing::Absent, "it has a change set that was never executed"),
        S::CreateInProgress => (Standing::Busy, "it is being created"),
        S::UpdateInProgress => (Standing::Busy, "it is being updated"),
        S::UpdateCompleteCleanupInProgress => (Standing::Busy, "it was updated, old resources are being deleted"),
        S::UpdateRollbackInProgress => (Standing::Busy, "an update failed and is being undone"),
        S::UpdateRollbackCompleteCleanupInProgress => {
            (Standing::Busy, "an update was undone, new resources are being deleted")
        }
        S::ImportInProgress => (Standing::Busy, "resources are being imported"),
        S::ImportRollbackInProgress => (Standing::Busy, "an import failed and is being undone"),
        S::RollbackInProgress => (Standing::Busy, "its creation failed and is being undone"),
        S::DeleteInProgress => (Standing::Busy, "it is being deleted"),
        S::RollbackComplete => (Standing::Recreate, "its creation failed and was undone"),
        S::RollbackFailed => (Standing::Recreate, "its creation failed and could not be undone"),
        S::UpdateRollbackFailed => (Standing::ContinueRollback, "an update failed and could not be undone"),
        S::ImportRollbackFailed => (Standing::ContinueRollback, "an import failed and could not be undone"),
        S::DeleteFailed => (Standing::FinishDeletion, "some of its resources could not be deleted"),
        _ => (Standing::Unknown, UNKNOWN),
    }
}

/// The way out of a status that holds the next operation up, or in which there is something left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WayOut {
    /// Deploy again once the cause is corrected, or roll back what the failed operation did.
    DeployOrRollback,
    /// Deploy again once the cause is corrected: what is left is deleted first.
    Recreate,
    /// Continue the rollback, if need be without the resources that hold it up.
    ContinueRollback,
    /// Delete the stack: no call continues the rollback of an import.
    ///
    /// Source: API Reference, `ContinueUpdateRollback`: "a stack that is in the `UPDATE_ROLLBACK_FAILED` state".
    DeleteOnly,
    /// Delete the stack again, if need be without the resources that hold it up.
    FinishDeletion,
    /// There are no resources yet: deploy, or delete the empty stack.
    Empty,
    /// An operation is in progress.
    Wait,
    /// A deletion is in progress.
    WaitForDeletion,
    /// This version does not know the status.
    NewerVersion,
}

/// Advice for a stack in this status before its next operation; `None` if the next operation can begin.
pub fn way_out(status: &Reported<StackStatus>) -> Option<WayOut> {
    Some(match standing(status).0 {
        Standing::Ready if is_kept(status) => WayOut::DeployOrRollback,
        Standing::Absent if *status == Reported::Known(StackStatus::ReviewInProgress) => WayOut::Empty,
        Standing::Recreate => WayOut::Recreate,
        Standing::ContinueRollback if *status == Reported::Known(StackStatus::ImportRollbackFailed) => {
            WayOut::DeleteOnly
        }
        Standing::ContinueRollback => WayOut::ContinueRollback,
        Standing::FinishDeletion => WayOut::FinishDeletion,
        Standing::Busy if status.is_deletion() => WayOut::WaitForDeletion,
        Standing::Busy => WayOut::Wait,
        Standing::Unknown => WayOut::NewerVersion,
        Standing::Absent | Standing::Ready => return None,
    })
}

/// True if an operation failed with its rollback switched off: the stack stays as it is, and can be updated with it switched off only.
///
/// Source: aws-cli issue 6368, aws-cdk issue 30546.
pub fn is_kept(status: &Reported<StackStatus>) -> bool {
    matches!(status, Reported::Known(StackStatus::CreateFailed | StackStatus::UpdateFailed))
}

/// End of `operation` for a stack with this status, if it has ended: only the operation's own last status means that it is
/// done. A stack that is deleted while it is created ends in `DELETE_COMPLETE`, which is done for a deletion and for nothing else.
pub fn ending(operation: Operation, status: &Reported<StackStatus>) -> Ending {
    use StackStatus as S;
    let done: &[S] = match operation {
        Operation::Create | Operation::Recreate => &[S::CreateComplete],
        Operation::Update => &[S::UpdateComplete],
        Operation::Delete => &[S::DeleteComplete],
        // API Reference, `RollbackStack`: a stack without a last stable state is deleted.
        Operation::Rollback => &[S::UpdateRollbackComplete, S::RollbackComplete, S::DeleteComplete],
    };
    match status {
        Reported::Known(status) if done.contains(status) => Ending::Done,
        Reported::Known(StackStatus::ReviewInProgress) => Ending::NotYet,
        // `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS` too: the update's work is done, and old resources are still being deleted.
        status if status.is_busy() => Ending::NotYet,
        _ => Ending::Failed,
    }
}

const UNKNOWN: &str = "this version does not know that status";

/// The end of every word of the API for something that has not ended; a new word is expected to have it too.
const BUSY: &str = "_IN_PROGRESS";

impl Reported<StackStatus> {
    /// The status that a word of the API means.
    pub fn read(word: &str) -> Self {
        StackStatus::read(word).map_or_else(|| Reported::Unknown(word.to_owned()), Reported::Known)
    }

    /// True while an operation is in progress.
    pub fn is_busy(&self) -> bool {
        match self {
            Reported::Known(status) => status.is_busy(),
            Reported::Unknown(word) => word.ends_with(BUSY),
        }
    }

    /// True if an operation ended and left nothing to do.
    pub fn is_complete(&self) -> bool {
        matches!(self, Reported::Known(status) if status.is_complete())
    }

    /// True for a status of a deletion: in progress, done or failed.
    pub fn is_deletion(&self) -> bool {
        matches!(self, Reported::Known(status) if status.is_deletion())
    }
}

impl Reported<ResourceStatus> {
    /// The status that a word of the API means.
    pub fn read(word: &str) -> Self {
        ResourceStatus::read(word).map_or_else(|| Reported::Unknown(word.to_owned()), Reported::Known)
    }
}

impl EventStatus {
    /// True for the stack's own status.
    pub fn is_stack(&self) -> bool {
        matches!(self, EventStatus::Stack(_))
    }

    /// True for a status of failure, of the stack or of a resource.
    pub fn is_failed(&self) -> bool {
        match self {
            EventStatus::Stack(Reported::Known(status)) => status.is_failed(),
            EventStatus::Resource(Reported::Known(status)) => status.is_failed(),
            _ => false,
        }
    }

    /// True for a status of a rollback, of the stack or of a resource.
    pub fn is_rollback(&self) -> bool {
        match self {
            EventStatus::Stack(Reported::Known(status)) => status.is_rollback(),
            EventStatus::Resource(Reported::Known(status)) => status.is_rollback(),
            _ => false,
        }
    }

    /// True for the start of the rollback of a failed operation on the stack.
    pub fn begins_rollback(&self) -> bool {
        use StackStatus as S;
        let EventStatus::Stack(Reported::Known(status)) = self else { return false };
        matches!(status, S::RollbackInProgress | S::UpdateRollbackInProgress | S::ImportRollbackInProgress)
    }

    /// True for a status of completion, of the stack or of a resource.
    pub fn is_complete(&self) -> bool {
        match self {
            EventStatus::Stack(Reported::Known(status)) => status.is_complete(),
            EventStatus::Resource(Reported::Known(status)) => status.is_complete(),
            _ => false,
        }
    }

    /// True for a status of an operation in progress, on the stack or on a resource.
    pub fn is_busy(&self) -> bool {
        match self {
            EventStatus::Stack(status) => status.is_busy(),
            EventStatus::Resource(Reported::Known(status)) => status.is_busy(),
            EventStatus::Resource(Reported::Unknown(word)) => word.ends_with(BUSY),
        }
    }

    /// True for a status that this version does not know.
    pub fn is_unknown(&self) -> bool {
        matches!(self, EventStatus::Stack(Reported::Unknown(_)) | EventStatus::Resource(Reported::Unknown(_)))
    }
}

impl<S: fmt::Display> fmt::Display for Reported<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reported::Known(status) => status.fmt(f),
            Reported::Unknown(word) => f.write_str(word),
        }
    }
}

impl fmt::Display for EventStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EventStatus::Stack(status) => status.fmt(f),
            EventStatus::Resource(status) => status.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_standing() {
        for name in StackStatus::ALL {
            let status = Reported::Known(*name);
            assert_ne!(standing(&status).0, Standing::Unknown, "{name}");
            // The two views agree: what is busy has not ended, and what allows a start has.
            let busy = standing(&status).0 == Standing::Busy;
            let review = status == Reported::Known(StackStatus::ReviewInProgress);
            for operation in OPERATIONS {
                assert_eq!(ending(operation, &status) == Ending::NotYet, busy || review, "{operation:?} {name}");
            }
        }
    }

    const OPERATIONS: [Operation; 5] =
        [Operation::Create, Operation::Update, Operation::Recreate, Operation::Delete, Operation::Rollback];

    /// All statuses by all operations, as a table to be read.
    #[test]
    fn how_each_operation_ends_in_each_status() {
        let mut table = format!("{:<46}", "");
        for operation in OPERATIONS {
            table += &format!("{:<10}", format!("{operation:?}"));
        }
        // In the order of their words.
        let mut names: Vec<&str> = StackStatus::ALL.iter().map(|status| status.as_str()).collect();
        names.sort_unstable();
        for name in names {
            let status = Reported::<StackStatus>::read(name);
            table.truncate(table.trim_end().len());
            table += &format!("\n{name:<46}");
            for operation in OPERATIONS {
                table += &format!("{:<10}", format!("{:?}", ending(operation, &status)));
            }
        }
        insta::assert_snapshot!(table.trim_end());
    }

    #[test]
    fn a_status_that_is_not_known_stops_a_deploy() {
        let status = Reported::<StackStatus>::read("MOULD_BROKEN");
        assert_eq!((standing(&status).0, status.to_string()), (Standing::Unknown, "MOULD_BROKEN".to_owned()));
        assert_eq!(ending(Operation::Update, &status), Ending::Failed);
        // Something that goes on is followed to its end.
        let status = Reported::<StackStatus>::read("MOULD_IN_PROGRESS");
        assert_eq!((standing(&status).0, ending(Operation::Update, &status)), (Standing::Unknown, Ending::NotYet));
    }
}
