//! Calls held back and made again: the one place for both, around every call of every phase.
//!
//! AWS limits calls by account and region, and publishes no figure. A bucket for each region lets a few calls go at once and then so many
//! a second; a call that is throttled all the same makes the bucket slower, and is made again until the run's limit is over. So is a
//! call without an answer, once the region has answered at all: before that, its name or the endpoint may be wrong, which the user wants to
//! hear at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use formwork_model::service::{Answer, Call, CallError, Layer, Layered};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

/// Limits of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls a second in a region, after a burst; `None` for as many as are answered, until one is throttled.
    pub rate: Option<Rate>,
    /// Calls in all regions that wait for their answers at the same time: each holds a connection.
    pub at_once: usize,
    /// For how long a call that is not answered is made again.
    pub outage: Duration,
    /// For how long a call that is throttled is made again.
    pub throttling: Duration,
}

/// The rate of calls in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second.
    pub a_second: u32,
    /// Calls that may go at once.
    pub burst: u32,
}

impl Limits {
    /// For AWS.
    pub const AWS: Limits = Limits { rate: Some(Rate { a_second: 5, burst: 10 }), ..Limits::NEARBY };

    /// For a server on this machine, and for the embedded engine in process.
    pub const NEARBY: Limits = Limits {
        rate: None,
        at_once: 12,
        // An operation at AWS continues without us, so an answer can be waited for.
        outage: Duration::from_secs(300),
        throttling: Duration::from_secs(900),
    };
}

/// For how long the events of a stack are asked for while they do not come, since the stack's own status may be there; and the stacks of a
/// region, for which no operation waits.
const LONGEST_FOR_LISTS: Duration = Duration::from_secs(30);
/// Calls to a region that has not answered yet.
const FIRST_ATTEMPTS: u32 = 5;
/// Pauses before a call is made again: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Pauses between the calls of a region that throttles: the first, and the longest.
const FIRST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(4);

/// A service whose calls are paced.
pub type Paced<C> = Layered<C, Pacing>;

/// The service with pacing around it.
pub fn paced<C>(service: C, limits: Limits) -> Paced<C> {
    paced_watched(service, limits, Unanswered::default())
}

/// The same, with the calls that have no answer yet for somebody to look at.
pub fn paced_watched<C>(service: C, limits: Limits, unanswered: Unanswered) -> Paced<C> {
    let slots = Semaphore::new(limits.at_once.max(1));
    Layered { inner: service, layer: Pacing { limits, slots, regions: RefCell::default(), unanswered } }
}

/// The calls that have no answer yet.
#[derive(Clone, Debug, Default)]
pub struct Unanswered(Rc<RefCell<BTreeMap<u64, UnansweredCall>>>);

/// A call that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnansweredCall {
    /// Its name.
    pub call: Call,
    /// Its region.
    pub region: String,
    /// The time at which it was made first.
    pub since: Instant,
    /// The error of its last attempt, after which it is made again; `None` of the first attempt.
    pub error: Option<CallError>,
}

impl Unanswered {
    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<UnansweredCall> {
        self.0.borrow().values().cloned().collect()
    }

    fn begin(&self, call: Call, region: &str) -> Open<'_> {
        let mut calls = self.0.borrow_mut();
        let number = calls.last_key_value().map_or(0, |(last, _)| last + 1);
        let one = UnansweredCall { call, region: region.to_owned(), since: Instant::now(), error: None };
        calls.insert(number, one);
        Open { all: self, number }
    }
}

/// One of them, until its answer is there.
struct Open<'a> {
    all: &'a Unanswered,
    number: u64,
}

impl Open<'_> {
    fn failed(&self, error: &CallError) {
        if let Some(one) = self.all.0.borrow_mut().get_mut(&self.number) {
            one.error = Some(error.clone());
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.all.0.borrow_mut().remove(&self.number);
    }
}

/// The state of pacing: one for a run.
#[derive(Debug)]
pub struct Pacing {
    limits: Limits,
    slots: Semaphore,
    regions: RefCell<BTreeMap<String, Rc<Region>>>,
    unanswered: Unanswered,
}

#[derive(Debug)]
struct Region {
    /// Held while somebody waits for a turn, so that turns are taken in the order of the calls.
    turn: Mutex<()>,
    bucket: RefCell<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// Time between two calls, when there is no burst left.
    interval: Duration,
    /// The shortest that it becomes again.
    usual: Duration,
    burst: u32,
    /// When the next call is due, if there were no burst.
    next: Instant,
    has_answered: bool,
}

impl Bucket {
    fn new(rate: Option<Rate>) -> Bucket {
        let usual = rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.a_second.max(1));
        let burst = rate.map_or(1, |rate| rate.burst.max(1));
        Bucket { interval: usual, usual, burst, next: Instant::now(), has_answered: false }
    }

    /// The time from which the next call may go.
    fn free_at(&self) -> Instant {
        // Less than no time ago: nothing was called for long, and the burst is whole.
        self.next.checked_sub(self.interval * (self.burst - 1)).unwrap_or(self.next)
    }

    fn take(&mut self) {
        self.next = self.next.max(Instant::now()) + self.interval;
    }

    fn slow_down(&mut self) {
        self.interval = (self.interval * 2).clamp(FIRST_INTERVAL, LONGEST_INTERVAL);
        // The rest of the burst was too much.
        self.next = self.next.max(Instant::now() + self.interval * self.burst);
    }

    fn speed_up(&mut self) {
        self.interval = (self.interval * 19 / 20).max(self.usual);
        if self.interval < Duration::from_millis(5) {
            self.interval = self.usual;
        }
    }
}

impl Region {
    async fn wait_for_turn(&self) {
        let _turn = self.turn.lock().await;
        loop {
            let free_at = self.bucket.borrow().free_at();
            if free_at <= Instant::now() {
                break;
            }
            sleep_until(free_at).await;
        }
        self.bucket.borrow_mut().take();
    }
}

impl Pacing {
    fn region(&self, name: &str) -> Rc<Region> {
        let mut regions = self.regions.borrow_mut();
        if let Some(region) = regions.get(name) {
            return region.clone();
        }
        let region = Rc::new(Region { turn: Mutex::default(), bucket: RefCell::new(Bucket::new(self.limits.rate)) });
        regions.insert(name.to_owned(), region.clone());
        region
    }

    /// For how long a call that failed so is made again.
    fn limit(&self, call: Call, error: &CallError) -> Duration {
        if error.is_throttling() {
            self.limits.throttling
        } else if matches!(call, Call::DescribeStackEvents | Call::ListStacks) {
            self.limits.outage.min(LONGEST_FOR_LISTS)
        } else {
            self.limits.outage
        }
    }
}

impl Layer for Pacing {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        region: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let open = self.unanswered.begin(call, region);
        let region = self.region(region);
        let (mut failed, mut pause, mut since) = (0, FIRST_PAUSE, None);
        // The first failure after which the call may have been carried out.
        let mut in_doubt: Option<CallError> = None;
        loop {
            region.wait_for_turn().await;
            let answer = {
                // It is never closed.
                let _slot = self.slots.acquire().await;
                attempt().await
            };
            let error = match answer {
                Ok(answer) => {
                    let mut bucket = region.bucket.borrow_mut();
                    bucket.has_answered = true;
                    bucket.speed_up();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let has_answered = {
                let mut bucket = region.bucket.borrow_mut();
                if error.is_throttling() {
                    bucket.slow_down();
                }
                bucket.has_answered |= error.is_of_the_service();
                bucket.has_answered
            };
            if !error.may_pass() {
                return Err(error);
            }
            failed += 1;
            let since = *since.get_or_insert_with(Instant::now);
            let is_over = since.elapsed() >= self.limit(call, &error)
                || !has_answered && (failed >= FIRST_ATTEMPTS || error.is_of_the_endpoint());
            if is_over {
                return Err(in_doubt.unwrap_or(error));
            }
            open.failed(&error);
            if !error.is_refusal() {
                in_doubt.get_or_insert(error);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
