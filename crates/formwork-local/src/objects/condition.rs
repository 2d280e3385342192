//! The condition on which an object is written, and why one is not.
//!
//! Source: S3 User Guide, "Conditional writes".

use std::io;

/// The state that must be there at the moment at which an object gets its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Nothing.
    #[default]
    Always,
    /// There is not one yet.
    IsNew,
    /// The one that is there has this entity tag.
    Replaces(String),
}

/// A reason for which a content did not become an object. Nothing was changed.
#[derive(Debug)]
pub(crate) enum NotKept {
    /// The condition does not hold.
    Condition,
    /// The object that was to be replaced is not there.
    Missing,
    /// The disk cannot be read or written.
    Disk(io::Error),
}

impl From<io::Error> for NotKept {
    fn from(error: io::Error) -> Self {
        NotKept::Disk(error)
    }
}

impl Condition {
    /// Asks for the tag of what is there, if that matters.
    pub(super) fn hold(&self, tag: impl FnOnce() -> io::Result<Option<String>>) -> Result<(), NotKept> {
        match self {
            Condition::Always => Ok(()),
            Condition::IsNew => tag()?.map_or(Ok(()), |_| Err(NotKept::Condition)),
            Condition::Replaces(wanted) => match tag()? {
                None => Err(NotKept::Missing),
                Some(found) if found == *wanted => Ok(()),
                Some(_) => Err(NotKept::Condition),
            },
        }
    }
}
