//! The difference of two content lists: which files are new, gone or changed.

use std::cmp::Ordering;

use crate::list::{ContentList, Entry};

/// A file that is not the same in both lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileDifference {
    /// It is new.
    Added(Entry),
    /// It is gone.
    Removed(Entry),
    /// Its content or its mode is another.
    Changed {
        /// The file as it was.
        before: Entry,
        /// The file as it is.
        after: Entry,
    },
}

impl FileDifference {
    /// The file's path.
    pub fn path(&self) -> &str {
        match self {
            FileDifference::Added(entry)
            | FileDifference::Removed(entry)
            | FileDifference::Changed { after: entry, .. } => &entry.path,
        }
    }

    /// True for a file that is in both lists and whose content is another.
    pub fn is_of_content(&self) -> bool {
        matches!(self, FileDifference::Changed { before, after } if before.digest != after.digest)
    }

    /// True for a file that is in both lists and whose mode is another.
    pub fn is_of_mode(&self) -> bool {
        matches!(self, FileDifference::Changed { before, after } if before.mode != after.mode)
    }
}

/// The files that differ, by path.
pub fn compare(before: &ContentList, after: &ContentList) -> Vec<FileDifference> {
    let (mut before, mut after) = (before.entries().iter().peekable(), after.entries().iter().peekable());
    let mut differences = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return differences,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.cmp(&new.path),
        };
        let old = if order.is_le() { before.next() } else { None };
        let new = if order.is_ge() { after.next() } else { None };
        match (old, new) {
            (Some(old), Some(new)) if old.digest == new.digest && old.mode == new.mode => {}
            (Some(old), Some(new)) => {
                differences.push(FileDifference::Changed { before: old.clone(), after: new.clone() });
            }
            (Some(old), None) => differences.push(FileDifference::Removed(old.clone())),
            (None, Some(new)) => differences.push(FileDifference::Added(new.clone())),
            (None, None) => {}
        }
    }
}
