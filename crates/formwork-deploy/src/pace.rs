//! How often to ask: often at first, since small things are done in no time; seldom later, since calls are limited by
//! account. And for how long to ask again where nobody answers.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// For how long an operation is followed while nobody answers: what goes on at AWS goes on without us.
const LONGEST_OUTAGE: Duration = Duration::from_secs(300);

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

/// A time without answers, while something is followed.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    since: Option<Instant>,
}

impl Outage {
    /// The answer; `None` if there is none, and it is worth asking again. An error once that went on for too long.
    pub(crate) fn ride_out<T>(&mut self, answer: Result<T, Error>) -> Result<Option<T>, Error> {
        match answer {
            Ok(answer) => {
                self.since = None;
                Ok(Some(answer))
            }
            Err(error)
                if error.may_pass() && self.since.get_or_insert_with(Instant::now).elapsed() <= LONGEST_OUTAGE =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
