//! The operations that each status of a stack allows: one total function.
//!
//! Sources: AWS CloudFormation User Guide, "Stack status codes", "Choose how to handle failures when provisioning resources",
//! "Detect drift on an entire CloudFormation stack"; API Reference, `DeleteStack`, `RollbackStack`, `ContinueUpdateRollback`,
//! `CancelUpdateStack`. That a stack is not deleted while it is updated: aws-amplify/amplify-backend pull request 2366.

use crate::model::Stack;
use crate::protocol::ApiError;
use formwork_model::status::StackStatus;

/// An operation that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The execution of a change set that creates the stack, or the making of another one.
    Create,
    /// An update, or a change set for one.
    Update,
    Delete,
    /// A deletion that leaves behind what is named, or what cannot be deleted.
    DeletePartly,
    Rollback,
    ContinueRollback,
    CancelUpdate,
    DetectDrift,
}

/// The operations that may be asked for in a status.
pub(crate) fn allowed(status: StackStatus) -> &'static [Ask] {
    use Ask::*;
    match status {
        StackStatus::ReviewInProgress => &[Create, Delete],
        StackStatus::CreateInProgress => &[Delete],
        StackStatus::CreateFailed => &[Update, Delete, Rollback],
        StackStatus::CreateComplete | StackStatus::UpdateComplete | StackStatus::UpdateRollbackComplete => {
            &[Update, Delete, DetectDrift]
        }
        StackStatus::UpdateFailed => &[Update, Delete, Rollback],
        // Nothing but deletion leads out of a creation that was rolled back.
        StackStatus::RollbackComplete | StackStatus::RollbackFailed => &[Delete],
        StackStatus::UpdateRollbackFailed => &[Delete, ContinueRollback, DetectDrift],
        StackStatus::DeleteFailed => &[Delete, DeletePartly],
        // A deletion of what is being deleted, or is gone, has nothing to do.
        StackStatus::DeleteInProgress | StackStatus::DeleteComplete => &[Delete],
        StackStatus::UpdateInProgress => &[CancelUpdate],
        StackStatus::RollbackInProgress
        | StackStatus::UpdateCompleteCleanupInProgress
        | StackStatus::UpdateRollbackInProgress
        | StackStatus::UpdateRollbackCompleteCleanupInProgress => &[],
        // The engine imports nothing.
        _ => &[],
    }
}

/// Refuses what the stack's status does not allow, in CloudFormation's words.
pub(crate) fn check(stack: &Stack, ask: Ask) -> Result<(), ApiError> {
    if allowed(stack.status).contains(&ask) {
        return Ok(());
    }
    let (id, name, status) = (&stack.id, &stack.name, stack.status.as_str());
    Err(ApiError::validation(match ask {
        Ask::Create => format!("Stack [{name}] already exists and cannot be created again."),
        Ask::Update => format!("Stack:{id} is in {status} state and can not be updated."),
        Ask::Delete => format!("Stack [{id}] cannot be deleted while in status {status}"),
        Ask::DeletePartly => format!(
            "Invalid operation on stack [{id}]. RetainResources and FORCE_DELETE_STACK can only be specified for stacks in DELETE_FAILED state, not in {status}"
        ),
        Ask::Rollback => format!("Stack:{id} is in {status} state and can not be rolled back."),
        Ask::ContinueRollback => format!("Stack:{id} is in {status} state and can not continue rollback."),
        Ask::CancelUpdate => "CancelUpdateStack cannot be called from current stack status".to_owned(),
        Ask::DetectDrift => {
            format!("Drift detection cannot be performed on stack [{id}] while in status {status}")
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_way_on_or_ends_by_itself() {
        let lines: Vec<String> =
            StackStatus::ALL.iter().map(|status| format!("{} {:?}", status.as_str(), allowed(*status))).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
