//! A stop-watch of the processor's time, of which other programs take none.

use std::time::{Duration, Instant};

/// A stop-watch that runs. It tells the time of the wall where the system does not tell the processor's.
pub(crate) struct Clock {
    processor: Option<u64>,
    wall: Instant,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { processor: processor(), wall: Instant::now() }
    }

    /// Time that this thread had since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        match (self.processor, processor()) {
            (Some(start), Some(end)) => Duration::from_nanos(end.saturating_sub(start)),
            _ => self.wall.elapsed(),
        }
    }
}

/// Nanoseconds of the processor that this thread had.
fn processor() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}
