//! A request under way: the moment until which it has to move, so that a slow line is waited for and a dead one is not.
//!
//! A limit for the whole request would be too short for a long part over a slow line, or too long for a server that says nothing.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::login::ATTEMPT_TIMEOUT;

/// The patience with a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The longest time in which nothing moves.
    pub(super) quiet: Duration,
    /// Bytes in a second. What is handed to the system is not sent yet, and its buffers are large: after the last byte, the answer may
    /// take as long as the body would at this rate.
    pub(super) slowest: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { quiet: ATTEMPT_TIMEOUT, slowest: 32 * 1024 }
    }
}

/// The moment until which a request has to move, and the fault of the file that it sends.
#[derive(Debug)]
pub(super) struct Watch {
    patience: Patience,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    deadline: Instant,
    fault: Option<String>,
}

impl Watch {
    pub(super) fn new(patience: Patience) -> Watch {
        let state = State { deadline: Instant::now() + patience.quiet, fault: None };
        Watch { patience, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece was sent or received.
    pub(super) fn moved(&self) {
        self.state().deadline = Instant::now() + self.patience.quiet;
    }

    /// The last piece of a body of this length was handed to the system.
    pub(super) fn handed_over(&self, length: u64) {
        let at_slowest = Duration::from_secs(length / u64::from(self.patience.slowest.max(1)));
        self.state().deadline = Instant::now() + self.patience.quiet + at_slowest;
    }

    /// The file that is sent cannot be read on.
    pub(super) fn break_off(&self, fault: String) {
        self.state().fault = Some(fault);
    }

    /// The fault of the file that is sent, if it has one.
    pub(super) fn fault(&self) -> Option<String> {
        self.state().fault.clone()
    }

    /// The result of the work; `None` if it stands still for too long.
    pub(super) async fn patiently<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            let deadline = self.state().deadline;
            tokio::select! {
                done = &mut work => return Some(done),
                () = sleep_until(deadline) => {
                    if self.state().deadline <= Instant::now() {
                        return None;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_moves_is_waited_for() {
        let patience = Patience { quiet: Duration::from_secs(30), slowest: 1_000 };
        let begun = Instant::now();
        let watch = Watch::new(patience);
        let slow = async {
            for _ in 0..100 {
                tokio::time::sleep(Duration::from_secs(29)).await;
                watch.moved();
            }
        };
        assert_eq!(watch.patiently(slow).await, Some(()));
        assert_eq!(begun.elapsed(), Duration::from_secs(2_900));

        let watch = Watch::new(patience);
        let begun = Instant::now();
        let handed_over = async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            watch.handed_over(60_000);
            std::future::pending::<()>().await;
        };
        assert_eq!(watch.patiently(handed_over).await, None);
        assert_eq!(begun.elapsed(), Duration::from_secs(10 + 30 + 60));
    }
}
