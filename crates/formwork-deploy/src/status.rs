//! What a stack's status means, and what it allows: one total function over all statuses.
//!
//! Source: AWS CloudFormation User Guide, "Stack status codes" and "Stack failure options"; API model, `StackStatus`.

use aws_sdk_cloudformation::types::StackStatus;

use crate::operation::Operation;

/// What may be done with a stack in some status.
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

/// How an operation on a stack ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It goes on.
    NotYet,
    /// What was asked for is done.
    Done,
    /// It is not, and what was done is undone as far as possible.
    Failed,
}

/// What `status` allows, and what it means in words.
pub fn standing(status: &StackStatus) -> (Standing, &'static str) {
    use StackStatus as S;
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
        _ => (Standing::Unknown, "this version does not know that status"),
    }
}

/// Whether an operation failed with its rollback switched off: the stack stays as it is, and can be updated with it switched off only.
///
/// Source: aws-cli issue 6368, aws-cdk issue 30546.
pub fn is_kept(status: &StackStatus) -> bool {
    matches!(status, StackStatus::CreateFailed | StackStatus::UpdateFailed)
}

/// How `operation` on a stack stands when the stack has this status: only the operation's own last status means that it is
/// done. A stack that is deleted while it is created ends in `DELETE_COMPLETE`, which is done for a deletion and for nothing else.
pub fn ending(operation: Operation, status: &str) -> Ending {
    let done = match operation {
        Operation::Create | Operation::Recreate => "CREATE_COMPLETE",
        Operation::Update => "UPDATE_COMPLETE",
        Operation::Delete => "DELETE_COMPLETE",
    };
    match status {
        status if status == done => Ending::Done,
        // `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS` too: the update's work is done, and old resources are still being deleted.
        status if status.ends_with("_IN_PROGRESS") => Ending::NotYet,
        _ => Ending::Failed,
    }
}

impl Standing {
    /// The command that leads out, where there is one.
    pub fn way_out(self, stack: &str, region: &str) -> Option<String> {
        match self {
            Standing::ContinueRollback => Some(format!(
                "repair what stopped it, then `aws cloudformation continue-update-rollback --stack-name {stack} --region \
                 {region}`"
            )),
            Standing::FinishDeletion => Some(format!("finish it with `destroy {stack}`, then deploy again")),
            Standing::Busy => Some("wait until the operation that is going on has ended".to_owned()),
            Standing::Unknown => Some("a newer version of formwork may know it".to_owned()),
            Standing::Absent | Standing::Ready | Standing::Recreate => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every status of the API model, so that a new one in the SDK shows up here.
    #[test]
    fn no_status_is_left_to_chance() {
        for name in StackStatus::values() {
            let status = StackStatus::from(*name);
            assert_ne!(standing(&status).0, Standing::Unknown, "{name}");
            // The two views agree: what is busy has not ended, and what allows a start has.
            let busy = standing(&status).0 == Standing::Busy;
            let review = status == StackStatus::ReviewInProgress;
            for operation in OPERATIONS {
                assert_eq!(ending(operation, name) == Ending::NotYet, busy || review, "{operation:?} {name}");
            }
        }
    }

    const OPERATIONS: [Operation; 4] = [Operation::Create, Operation::Update, Operation::Recreate, Operation::Delete];

    /// All statuses by all operations, as a table to be read.
    #[test]
    fn how_each_operation_ends_in_each_status() {
        let mut table = format!("{:<46}", "");
        for operation in OPERATIONS {
            table += &format!("{:<10}", format!("{operation:?}"));
        }
        for name in StackStatus::values() {
            table.truncate(table.trim_end().len());
            table += &format!("\n{name:<46}");
            for operation in OPERATIONS {
                table += &format!("{:<10}", format!("{:?}", ending(operation, name)));
            }
        }
        insta::assert_snapshot!(table.trim_end());
    }

    #[test]
    fn a_status_from_the_future_stops_a_deploy() {
        assert_eq!(standing(&StackStatus::from("MOULD_BROKEN")).0, Standing::Unknown);
    }
}
