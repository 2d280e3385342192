//! The effort of a comparison, counted and bounded. Within the bounds of what AWS takes (a policy has some hundred statements, a
//! group of rules a thousand) it never ends; beyond them, entries that are not compared count as not permitted before.

use std::cell::Cell;

/// Steps of one comparison; a second or so.
const STEPS: usize = 4_000_000;

/// The steps that are left.
#[derive(Debug)]
pub(super) struct Work(Cell<usize>);

impl Default for Work {
    fn default() -> Self {
        Work(Cell::new(STEPS))
    }
}

impl Work {
    /// Takes steps; false when there are not as many.
    pub(super) fn take(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or_default());
        left.is_some()
    }

    /// True if there are steps left.
    pub(super) fn is_left(&self) -> bool {
        self.0.get() > 0
    }
}
