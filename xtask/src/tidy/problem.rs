//! Problems that the checks find.

use std::fmt;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    /// The file, relative to the repository, with the line if one is to blame.
    pub(super) place: String,
    pub(super) message: String,
    /// The remedy.
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem { place: place.into(), message: message.into(), hint: hint.into() }
    }

    /// The line counts from one.
    pub(super) fn at(file: &str, line: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem::new(format!("{file}:{line}"), message, hint)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n  hint: {}", self.hint)?;
        }
        Ok(())
    }
}
