//! Notes about the embedded engine that were printed in this run: each of them is printed once.

use std::cell::Cell;

/// The notes.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// True if the note was printed that the engine is meant.
    pub(crate) that_it_is_meant: Cell<bool>,
    /// True if the faults were held against the stacks.
    pub(crate) of_faults: Cell<bool>,
}
