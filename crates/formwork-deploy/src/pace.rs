//! Pauses between questions: short at first, since small things are done in no time; long later, since calls are limited by
//! account. For how long a call is made again that is not answered is a matter of [`mod@crate::paced`].

use std::time::Duration;

/// Growing pauses between polls.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    rests: u32,
    next: Duration,
    longest: Duration,
}

impl Pace {
    /// For change sets, which take some seconds at AWS.
    pub(crate) fn change_set() -> Self {
        Pace::new(Duration::from_secs(2))
    }

    /// For stacks, which take minutes.
    pub(crate) fn stack() -> Self {
        Pace::new(Duration::from_secs(6))
    }

    fn new(longest: Duration) -> Self {
        Pace { rests: 0, next: Duration::from_millis(50), longest }
    }

    /// True for the first three seconds or so.
    pub(crate) fn is_young(&self) -> bool {
        self.rests < 4
    }

    /// Waits, and makes the next pause four times as long.
    pub(crate) async fn rest(&mut self) {
        tokio::time::sleep(self.next).await;
        self.rests += 1;
        self.next = (self.next * 4).min(self.longest);
    }
}
