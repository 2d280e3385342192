//! Statuses of stacks, of resources and of change sets, as types: the words of the API are read and written here alone.
//!
//! Source: AWS CloudFormation API Reference, `Stack`, `StackStatus`; `StackEvent`, `ResourceStatus`; `DescribeChangeSet`, `Status` and
//! `ExecutionStatus`.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word of the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }

            /// The status that a word of the API means; `None` for a word that this version does not know.
            pub fn read(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|status| status.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// The status of a stack.
    StackStatus {
        /// A change set was made for a stack that does not exist yet.
        ReviewInProgress = "REVIEW_IN_PROGRESS",
        /// Its resources are being created.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Its creation failed, with rollback disabled.
        CreateFailed = "CREATE_FAILED",
        /// It was created.
        CreateComplete = "CREATE_COMPLETE",
        /// Its creation failed and is being rolled back.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// The rollback of its creation failed.
        RollbackFailed = "ROLLBACK_FAILED",
        /// Its creation was rolled back; it can only be deleted.
        RollbackComplete = "ROLLBACK_COMPLETE",
        /// It is being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Some of its resources could not be deleted.
        DeleteFailed = "DELETE_FAILED",
        /// It was deleted.
        DeleteComplete = "DELETE_COMPLETE",
        /// Its resources are being updated.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// It was updated; resources that were replaced or removed are being deleted.
        UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        /// It was updated.
        UpdateComplete = "UPDATE_COMPLETE",
        /// Its update failed, with rollback disabled.
        UpdateFailed = "UPDATE_FAILED",
        /// Its update failed and is being rolled back.
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        /// The rollback of its update failed.
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        /// Its update was rolled back; new resources are being deleted.
        UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        /// Its update was rolled back.
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        /// Resources are being imported.
        ImportInProgress = "IMPORT_IN_PROGRESS",
        /// Resources were imported.
        ImportComplete = "IMPORT_COMPLETE",
        /// An import failed and is being rolled back.
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        /// The rollback of an import failed.
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        /// An import was rolled back.
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
    }
}

words! {
    /// The status of a resource, as events and lists of resources report it.
    ResourceStatus {
        /// It is being created.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Its creation failed.
        CreateFailed = "CREATE_FAILED",
        /// It was created.
        CreateComplete = "CREATE_COMPLETE",
        /// It is being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Its deletion failed.
        DeleteFailed = "DELETE_FAILED",
        /// It was deleted.
        DeleteComplete = "DELETE_COMPLETE",
        /// It left the stack and was not deleted.
        DeleteSkipped = "DELETE_SKIPPED",
        /// It is being updated.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// Its update failed.
        UpdateFailed = "UPDATE_FAILED",
        /// It was updated.
        UpdateComplete = "UPDATE_COMPLETE",
        /// It is being imported.
        ImportInProgress = "IMPORT_IN_PROGRESS",
        /// Its import failed.
        ImportFailed = "IMPORT_FAILED",
        /// It was imported.
        ImportComplete = "IMPORT_COMPLETE",
        /// Its import is being rolled back.
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        /// The rollback of its import failed.
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        /// Its import was rolled back.
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
        /// It is being moved to another stack, by a refactoring of stacks.
        ExportInProgress = "EXPORT_IN_PROGRESS",
        /// It could not be moved to another stack.
        ExportFailed = "EXPORT_FAILED",
        /// It was moved to another stack.
        ExportComplete = "EXPORT_COMPLETE",
        /// Its move to another stack is being rolled back.
        ExportRollbackInProgress = "EXPORT_ROLLBACK_IN_PROGRESS",
        /// The rollback of its move to another stack failed.
        ExportRollbackFailed = "EXPORT_ROLLBACK_FAILED",
        /// Its move to another stack was rolled back.
        ExportRollbackComplete = "EXPORT_ROLLBACK_COMPLETE",
        /// A nested stack: its update is being rolled back.
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        /// A nested stack: the rollback of its update failed.
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        /// A nested stack: its update was rolled back.
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        /// A nested stack: its creation is being rolled back.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// A nested stack: the rollback of its creation failed.
        RollbackFailed = "ROLLBACK_FAILED",
        /// A nested stack: its creation was rolled back.
        RollbackComplete = "ROLLBACK_COMPLETE",
    }
}

words! {
    /// The status of a change set.
    ChangeSetStatus {
        /// Its making has not begun.
        CreatePending = "CREATE_PENDING",
        /// It is being made.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// It was made.
        CreateComplete = "CREATE_COMPLETE",
        /// Its deletion has not begun.
        DeletePending = "DELETE_PENDING",
        /// It is being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// It was deleted.
        DeleteComplete = "DELETE_COMPLETE",
        /// Its deletion failed.
        DeleteFailed = "DELETE_FAILED",
        /// It could not be made.
        Failed = "FAILED",
    }
}

words! {
    /// The status of the execution of a change set.
    ExecutionStatus {
        /// It cannot be executed, or not yet.
        Unavailable = "UNAVAILABLE",
        /// It can be executed.
        Available = "AVAILABLE",
        /// It is being executed.
        ExecuteInProgress = "EXECUTE_IN_PROGRESS",
        /// It was executed.
        ExecuteComplete = "EXECUTE_COMPLETE",
        /// Its execution failed.
        ExecuteFailed = "EXECUTE_FAILED",
        /// Its stack was updated since it was made.
        Obsolete = "OBSOLETE",
    }
}

impl StackStatus {
    /// True while an operation is in progress.
    pub fn is_busy(self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS") && self != StackStatus::ReviewInProgress
    }

    /// True for the last state that an operation completed, which is where a rollback leads.
    ///
    /// Source: API Reference, `RollbackStack`, "last known stable state".
    pub fn is_stable(self) -> bool {
        matches!(
            self,
            StackStatus::CreateComplete
                | StackStatus::UpdateComplete
                | StackStatus::UpdateRollbackComplete
                | StackStatus::ImportComplete
                | StackStatus::ImportRollbackComplete
        )
    }

    /// True if an operation ended, with or without what was asked for, and left nothing to do.
    pub fn is_complete(self) -> bool {
        self.as_str().ends_with("_COMPLETE")
    }

    /// True if an operation failed, and the stack stays as the failure left it.
    pub fn is_failed(self) -> bool {
        self.as_str().ends_with("_FAILED")
    }

    /// True for a status of a rollback: in progress, done or failed.
    pub fn is_rollback(self) -> bool {
        self.as_str().contains("ROLLBACK_")
    }

    /// True for a status of a deletion: in progress, done or failed.
    pub fn is_deletion(self) -> bool {
        self.as_str().starts_with("DELETE_")
    }
}

impl ChangeSetStatus {
    /// True while it is not decided whether the change set can be made.
    pub fn is_being_made(self) -> bool {
        matches!(self, ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress)
    }

    /// True for a status of a deletion: to come, in progress, done or failed.
    pub fn is_deletion(self) -> bool {
        self.as_str().starts_with("DELETE_")
    }
}

impl ExecutionStatus {
    /// True if the execution has begun; it may be over.
    pub fn has_begun(self) -> bool {
        self.as_str().starts_with("EXECUTE_")
    }
}

impl ResourceStatus {
    /// True for a status of a deletion: in progress, done, failed or left out.
    pub fn is_deletion(self) -> bool {
        self.as_str().starts_with("DELETE_")
    }

    /// True if the operation on the resource did what it was to do.
    pub fn is_complete(self) -> bool {
        self.as_str().ends_with("_COMPLETE")
    }

    /// True for the status of a rollback, of the resource's import or of a nested stack.
    pub fn is_rollback(self) -> bool {
        self.as_str().contains("ROLLBACK_")
    }

    /// True for the status of a failure.
    pub fn is_failed(self) -> bool {
        self.as_str().ends_with("_FAILED")
    }

    /// True while an operation on the resource is in progress.
    pub fn is_busy(self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS")
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangeSetStatus, ExecutionStatus, ResourceStatus, StackStatus};

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for status in StackStatus::ALL {
            assert_eq!(StackStatus::read(status.as_str()), Some(*status));
            assert!(!(status.is_busy() && status.is_stable()), "{status}");
        }
        for status in ResourceStatus::ALL {
            assert_eq!(ResourceStatus::read(status.as_str()), Some(*status));
        }
        for status in ChangeSetStatus::ALL {
            assert_eq!(ChangeSetStatus::read(status.as_str()), Some(*status));
            assert!(!(status.is_being_made() && status.is_deletion()), "{status}");
        }
        for status in ExecutionStatus::ALL {
            assert_eq!(ExecutionStatus::read(status.as_str()), Some(*status));
        }
        assert_eq!(StackStatus::read("MOULD_BROKEN"), None);
    }
}
