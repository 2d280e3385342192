//! Operations on a stack: the word that plans, progress and reports share.

/// Operation on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// The stack of a failed creation is deleted, and made again.
    Recreate,
    /// It is deleted.
    Delete,
    /// What a failed operation did is undone.
    Rollback,
}

impl Operation {
    /// `creating`, `updating`, …
    pub fn doing(self) -> &'static str {
        match self {
            Operation::Create => "creating",
            Operation::Update => "updating",
            Operation::Recreate => "recreating",
            Operation::Delete => "deleting",
            Operation::Rollback => "rolling back",
        }
    }

    /// `not created`, `not updated`, …: begun, and failed.
    pub fn failed(self) -> &'static str {
        match self {
            Operation::Create => "not created",
            Operation::Update => "not updated",
            Operation::Recreate => "not recreated",
            Operation::Delete => "not deleted",
            Operation::Rollback => "not rolled back",
        }
    }

    /// `created`, `updated`, …
    pub fn done(self) -> &'static str {
        match self {
            Operation::Create => "created",
            Operation::Update => "updated",
            Operation::Recreate => "recreated",
            Operation::Delete => "deleted",
            Operation::Rollback => "rolled back",
        }
    }
}
