//! Steps at which the resources that hold a stack up have failed.

use std::fmt;

/// Steps at which a resource holds its stack up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The rollback of a failed update.
    Rollback,
    /// The stack's deletion.
    Deletion,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Held::Rollback => "rollback",
            Held::Deletion => "deletion",
        })
    }
}
