//! How often to ask: often at first, since small things are done in no time; seldom later, since calls are limited by
//! account.

use std::time::Duration;

/// Growing pauses between polls.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    next: Duration,
    longest: Duration,
}

impl Pace {
    /// For change sets, which take some seconds at AWS.
    pub(crate) fn change_set() -> Self {
        Pace::new(Duration::from_millis(50), Duration::from_secs(2))
    }

    /// For stacks, which take minutes.
    pub(crate) fn stack() -> Self {
        Pace::new(Duration::from_millis(50), Duration::from_secs(4))
    }

    fn new(first: Duration, longest: Duration) -> Self {
        Pace { next: first, longest }
    }

    /// Whether few pauses were made yet.
    pub(crate) fn is_young(&self) -> bool {
        self.next < Duration::from_secs(1)
    }

    /// Waits, and makes the next pause longer by half.
    pub(crate) async fn rest(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 3 / 2).min(self.longest);
    }
}
