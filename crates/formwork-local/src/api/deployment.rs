//! `DeploymentConfig`: how fast an operation counts as done, and what becomes of it when it fails.
//!
//! Sources: User Guide, "Deploy CloudFormation stacks faster with express mode" and "Choose how to handle failures when provisioning
//! resources"; others at the functions.

use crate::model::{OnFailure, Stack};
use crate::protocol::{ApiError, Form};
use formwork_model::status::StackStatus;

/// The course of an operation that makes or changes resources, by `DeploymentConfig` and the older field beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deployment {
    pub(super) express: bool,
    pub(super) disable_rollback: Option<bool>,
}

impl Deployment {
    pub(super) fn of(form: &Form) -> Result<Self, ApiError> {
        let by_field = form.flag("DisableRollback")?;
        Ok(Deployment {
            express: form.word("DeploymentConfig.Mode", &["STANDARD", "EXPRESS"])? == Some("EXPRESS"),
            disable_rollback: form.flag("DeploymentConfig.DisableRollback")?.or(by_field),
        })
    }

    /// An operation that failed in express mode goes on in it.
    ///
    /// Source: aws-cdk-cli issue 1739.
    pub(super) fn check(self, stack: &Stack) -> Result<(), ApiError> {
        if !has_failed(stack) || !stack.express || self.express {
            return Ok(());
        }
        Err(ApiError::validation(format!(
            "This stack is in a {} state from a previous operation that used EXPRESS deployment mode with disable-rollback. Follow-up operations must use the same DeploymentConfig (mode=EXPRESS) until the stack reaches a *_COMPLETE state.",
            stack.status.as_str()
        )))
    }

    /// The action after a failure; `asked` is `OnFailure` of the operation or `OnStackFailure` of the change set.
    pub(super) fn on_failure(self, asked: Option<&str>, creates: bool) -> OnFailure {
        match (asked, self.disable_rollback) {
            (Some("DELETE"), _) if creates => OnFailure::Delete,
            (Some("DO_NOTHING"), _) | (None | Some("DELETE"), Some(true)) => OnFailure::DoNothing,
            // Rollback is off by default in express mode (aws-cdk-cli issue 1973).
            (None | Some("DELETE"), None) if self.express => OnFailure::DoNothing,
            _ => OnFailure::Rollback,
        }
    }
}

/// A stack that failed and stayed as it was has nothing that an update could go back to.
///
/// Source: aws-cli issue 6368 (`UpdateStack`), aws-cdk issue 30546 (with a change set).
pub(super) fn check_rollback(stack: &Stack, on_failure: OnFailure) -> Result<(), ApiError> {
    if !has_failed(stack) || on_failure == OnFailure::DoNothing {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "This stack is currently in a non-terminal [{}] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API",
        stack.status.as_str()
    )))
}

fn has_failed(stack: &Stack) -> bool {
    matches!(stack.status, StackStatus::CreateFailed | StackStatus::UpdateFailed)
}
