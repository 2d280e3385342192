//! Operations on a stack: the word that plans, progress and reports share.

/// Operation on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The stack is created.
    Create,
    /// The stack is updated.
    Update,
    /// The stack of a failed creation is deleted, and created again.
    Recreate,
    /// The stack is deleted.
    Delete,
    /// The changes of a failed operation are rolled back.
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
