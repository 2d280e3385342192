//! A construct and a pattern written outside of formwork. They use the same public doors as the ones inside: that they compile is
//! the test.

mod mirror;
mod work_queue;

pub use mirror::{Mirror, MirrorStacks};
pub use work_queue::{WorkQueue, WorkQueueHandle};
