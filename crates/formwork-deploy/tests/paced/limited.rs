//! Services that limit calls, fail for a while, or go away: the run gets through, and no error of it reaches anybody.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use formwork_deploy::{Error, Limits, Operation, Outcome, Unanswered, UnansweredCall, paced, paced_watched};
use formwork_diff::Registry;
use formwork_local::{Faults, InProcess};
use formwork_model::service::{Answer, Call, CallError, CloudFormation as _, Layer, Layered};
use tokio::time::Instant;

use crate::fake::{Fake, throttled};
use crate::{deploy, destroy, stacks};

/// An account's limit: so many calls a second, as many at once.
struct Account {
    a_second: f64,
    /// Calls that are free, and when that was.
    free: RefCell<(f64, Instant)>,
    refused: RefCell<usize>,
}

impl Account {
    fn new(a_second: f64) -> Account {
        Account { a_second, free: RefCell::new((a_second, Instant::now())), refused: RefCell::default() }
    }
}

impl Layer for Account {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let is_free = {
            let (free, since) = &mut *self.free.borrow_mut();
            *free = (*free + since.elapsed().as_secs_f64() * self.a_second).min(self.a_second);
            *since = Instant::now();
            let is_free = *free >= 1.0;
            *free -= if is_free { 1.0 } else { 0.0 };
            is_free
        };
        if is_free {
            return attempt().await;
        }
        *self.refused.borrow_mut() += 1;
        Err(throttled(call))
    }
}

fn slow() -> Fake {
    Fake::new(Duration::from_secs(4), Duration::from_secs(60))
}

async fn sixty_four(limits: Limits) -> usize {
    let service = paced(Layered { inner: slow(), layer: Account::new(10.0) }, limits);
    let (old, new) = (stacks(64, "old"), stacks(64, "new"));
    for (assembly, expected) in
        [(&old, Outcome::Done(Operation::Create)), (&old, Outcome::Unchanged), (&new, Outcome::Done(Operation::Update))]
    {
        let report = deploy(&service, assembly).await;
        assert!(report.stacks.iter().all(|stack| stack.outcome == expected), "{:?}", report.stacks);
    }
    let report = destroy(&service, &new).await;
    assert!(report.stacks.iter().all(|stack| stack.outcome == Outcome::Done(Operation::Delete)), "{report:?}");
    *service.inner.layer.refused.borrow()
}

#[tokio::test(start_paused = true)]
async fn sixty_four_stacks_against_ten_calls_a_second() {
    // At AWS the bucket keeps below such a limit.
    assert_eq!(sixty_four(Limits::AWS).await, 0);
    // Without one at first: refused, and slower from then on.
    let refused = sixty_four(Limits::NEARBY).await;
    assert!(refused > 0 && refused < 1_000, "{refused}");
}

/// Answers once.
struct Once(Cell<bool>);

impl Layer for Once {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        if self.0.replace(false) { attempt().await } else { Err(throttled(call)) }
    }
}

/// Whoever waits can be told since when, and why.
#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_is_seen_until_it_has_one() {
    let unanswered = Unanswered::default();
    let service = Layered { inner: slow(), layer: Once(Cell::new(true)) };
    let service = paced_watched(service, Limits::NEARBY, unanswered.clone());
    service.stack("us-east-1", "site").await.unwrap();
    assert_eq!(unanswered.all(), []);
    let begun = Instant::now();
    let mut call = Box::pin(service.stack("us-east-1", "site"));
    tokio::select! {
        answer = &mut call => panic!("{answer:?}"),
        () = tokio::time::sleep(Duration::from_secs(20)) => {
            let all = unanswered.all();
            let [UnansweredCall { call: Call::DescribeStacks, region, since, error: Some(error) }] = all.as_slice() else {
                panic!("{all:?}")
            };
            assert_eq!((region.as_str(), *since), ("us-east-1", begun));
            assert!(error.is_throttling(), "{error}");
        }
    }
    // The run that waited is over.
    drop(call);
    assert_eq!(unanswered.all(), []);
}

/// The clock of the test moves that of the engine.
struct Clock {
    engine: InProcess,
    read: RefCell<Instant>,
}

impl Layer for Clock {
    async fn around<'a, T: 'a>(
        &'a self,
        _: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let before = self.read.replace(Instant::now());
        self.engine.pass(before.elapsed());
        attempt().await
    }
}

/// The engine refuses what is more than ten calls a second, and nobody hears of it.
#[tokio::test(start_paused = true)]
async fn sixty_four_stacks_on_an_engine_that_limits_calls() {
    let (old, new) = (stacks(64, "old"), stacks(64, "new"));
    for limits in [Limits::AWS, Limits::NEARBY] {
        let engine = InProcess::in_memory(Registry::default());
        engine.bring(&Faults { calls_a_second: Some(10.0), ..Faults::default() }).unwrap();
        let clock = Clock { engine: engine.clone(), read: RefCell::new(Instant::now()) };
        let counted = Layered { inner: Layered { inner: engine, layer: clock }, layer: Refusals::default() };
        let (service, begun) = (paced(counted, limits), Instant::now());
        for (assembly, expected) in [
            (&old, Outcome::Done(Operation::Create)),
            (&old, Outcome::Unchanged),
            (&new, Outcome::Done(Operation::Update)),
        ] {
            let report = deploy(&service, assembly).await;
            assert!(report.stacks.iter().all(|stack| stack.outcome == expected), "{:?}", report.stacks);
        }
        let report = destroy(&service, &new).await;
        assert!(report.stacks.iter().all(|stack| stack.outcome == Outcome::Done(Operation::Delete)), "{report:?}");
        // The bucket for AWS keeps below the limit; without one, calls are refused at first.
        let refused = *service.inner.layer.0.borrow();
        assert_eq!(refused > 0, limits == Limits::NEARBY, "{refused}");
        // Some 20 calls a stack, 10 a second.
        assert!(begun.elapsed() > Duration::from_secs(120), "{:?}", begun.elapsed());
    }
}

/// Counts what the service refuses.
#[derive(Default)]
struct Refusals(RefCell<usize>);

impl Layer for Refusals {
    async fn around<'a, T: 'a>(
        &'a self,
        _: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let answer = attempt().await;
        *self.0.borrow_mut() += usize::from(answer.as_ref().is_err_and(CallError::is_throttling));
        answer
    }
}

/// Answers nothing from one time to another.
struct Away {
    from: Instant,
    to: Instant,
    call: Option<Call>,
}

fn cut() -> CallError {
    let (endpoint, reason) = ("the service".to_owned(), "connection reset".to_owned());
    CallError::Unreachable { endpoint, reason, is_connected: true }
}

impl Layer for Away {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let now = Instant::now();
        if now >= self.from && now < self.to && self.call.is_none_or(|only| only == call) {
            return Err(cut());
        }
        attempt().await
    }
}

/// In every phase alike: while change sets are made, while stacks are followed, while a stack is read at the end.
#[tokio::test(start_paused = true)]
async fn an_outage_of_four_minutes_is_ridden_out_whenever_it_comes() {
    for begins in [1, 3, 5, 6, 20, 40, 63, 64, 65] {
        let from = Instant::now() + Duration::from_secs(begins);
        let away = Away { from, to: from + Duration::from_secs(240), call: None };
        let service = paced(Layered { inner: slow(), layer: away }, Limits::AWS);
        let report = deploy(&service, &stacks(1, "old")).await;
        assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Create), "after {begins} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_never_answered_is_told_soon() {
    let begun = Instant::now();
    let away = Away { from: begun, to: begun + Duration::from_secs(3_600), call: None };
    let service = paced(Layered { inner: slow(), layer: away }, Limits::AWS);
    assert_eq!(service.stack("us-east-1", "site").await, Err(cut()));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Events that never come leave the stack's own status to follow.
#[tokio::test(start_paused = true)]
async fn events_that_are_never_answered_are_done_without() {
    let begun = Instant::now();
    let (to, call) = (begun + Duration::from_secs(3_600), Some(Call::DescribeStackEvents));
    let service = paced(Layered { inner: slow(), layer: Away { from: begun, to, call } }, Limits::AWS);
    let report = deploy(&service, &stacks(1, "old")).await;
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Create));
    assert!(begun.elapsed() < Duration::from_secs(150), "{:?}", begun.elapsed());
}

/// A server that stays away ends the run within its limit, and what may have begun is said to be so.
#[tokio::test(start_paused = true)]
async fn an_outage_that_stays_ends_the_run() {
    let begun = Instant::now();
    let from = begun + Duration::from_secs(20);
    let away = Away { from, to: from + Duration::from_secs(36_000), call: None };
    let service = paced(Layered { inner: slow(), layer: away }, Limits::AWS);
    let report = deploy(&service, &stacks(1, "old")).await;
    assert!(matches!(&report.stacks[0].outcome, Outcome::Stopped(Error::Aws(error)) if *error == cut()));
    assert!(report.stacks[0].may_go_on);
    assert!(begun.elapsed() < Duration::from_secs(400), "{:?}", begun.elapsed());
}

/// Carries a call out, loses its answer, and is not there any more.
struct Gone {
    made: RefCell<usize>,
}

impl Layer for Gone {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        if !call.is_write() {
            return attempt().await;
        }
        if self.made.replace_with(|made| *made + 1) == 0 {
            return attempt().await.and(Err(cut()));
        }
        Err(throttled(call))
    }
}

/// The last try was refused; the first may have been carried out, and that is what the error says.
#[tokio::test(start_paused = true)]
async fn a_call_that_may_have_been_carried_out_is_not_a_refusal() {
    let limits = Limits { throttling: Duration::from_secs(30), ..Limits::AWS };
    let service = paced(Layered { inner: slow(), layer: Gone { made: RefCell::default() } }, limits);
    assert_eq!(service.stack("us-east-1", "site").await, Ok(None));
    let error = service.delete_stack("us-east-1", "site", &[], "token").await.unwrap_err();
    assert_eq!(error, cut());
    assert!(!error.is_refusal());
}

/// The rate of a region is kept, after what goes at once; another region has a rate of its own.
#[tokio::test(start_paused = true)]
async fn calls_of_a_region_are_spread() {
    let service = paced(slow(), Limits::AWS);
    let begun = Instant::now();
    let after = async |region: &'static str, calls: usize| {
        for _ in 0..calls {
            service.stack(region, "site").await.unwrap();
        }
        begun.elapsed().as_secs_f64()
    };
    assert!(after("us-east-1", 10).await < 0.01);
    let spread = after("us-east-1", 50).await;
    assert!((9.9..10.2).contains(&spread), "{spread}");
    assert!(after("eu-west-1", 10).await - spread < 0.01);
    // Nothing is held back on this machine.
    let nearby = paced(slow(), Limits::NEARBY);
    let begun = Instant::now();
    for _ in 0..1_000 {
        nearby.stack("us-east-1", "site").await.unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}
