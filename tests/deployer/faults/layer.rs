//! A service that fails on purpose, and somebody else who works on the same stacks; and the record of what was really done.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use formwork_local::InProcess;
use formwork_model::service::{Answer, Call, CallError, CloudFormation as _, Layer, Refusal};

use super::chance::{Chance, Fault, Theme};
use crate::other;
use crate::world::lost;

/// For how long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Regions of the stacks, one each.
pub(crate) const STACKS: &[(&str, &str)] = &[("edge", "us-east-1"), ("site", "ap-northeast-2"), ("third", "eu-west-1")];

pub(crate) fn stack_in(region: &str) -> &'static str {
    STACKS.iter().find(|(_, home)| *home == region).map(|(name, _)| *name).unwrap()
}

#[derive(Clone)]
pub(crate) struct Faulty(pub(crate) Rc<Faults>);

pub(crate) struct Faults {
    pub(crate) service: InProcess,
    /// True if there was nothing before the run.
    pub(crate) is_first: bool,
    pub(crate) theme: Theme,
    pub(crate) chance: Chance,
    pub(crate) calls: Cell<usize>,
    /// The numbers of calls before which somebody else acts.
    pub(crate) others: RefCell<BTreeSet<usize>>,
    pub(crate) record: RefCell<Record>,
}

/// The operations, as the service knows them.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Writes that were carried out: the call and the region.
    pub(crate) done: Vec<(Call, String)>,
    /// Writes that were sent, carried out or not, and not answered.
    pub(crate) in_doubt: Vec<(Call, String)>,
    /// Stacks at which somebody else acted.
    pub(crate) touched: BTreeSet<&'static str>,
    /// Whatever happened, for who has to find out why.
    pub(crate) log: Vec<String>,
    /// Things that deployed stacks use and that are gone.
    pub(crate) lost: BTreeSet<String>,
}

impl Record {
    pub(crate) fn did(&self, calls: &[Call], region: &str) -> usize {
        self.done.iter().filter(|(call, place)| calls.contains(call) && place == region).count()
    }

    pub(crate) fn may_have_done(&self, calls: &[Call], region: &str) -> bool {
        self.in_doubt.iter().any(|(call, place)| calls.contains(call) && place == region)
    }
}

impl Layer for Faulty {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        region: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let faults = &self.0;
        let number = faults.calls.get() + 1;
        faults.calls.set(number);
        if faults.others.borrow_mut().remove(&number) {
            really(faults.act(number)).await;
        }
        let fault = faults.theme.fault(call, number, &faults.chance);
        let answer = really(faults.carry_out(call, region, fault, attempt)).await;
        let told = answer.as_ref().err().map_or_else(|| "ok".to_owned(), ToString::to_string);
        faults.record.borrow_mut().log.push(format!("{number} {} {region} {fault:?}: {told}", call.as_str()));
        if matches!(fault, Some(Fault::Hung { .. })) {
            tokio::time::sleep(PATIENCE).await;
        }
        answer
    }
}

/// The clock of these tests runs on as soon as everybody waits: it stands still as long as the engine works, which is real work.
async fn really<T>(work: impl Future<Output = T>) -> T {
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let held = tokio::task::spawn_blocking(move || {
        let _ = wait.recv();
        // Time for what the call began: an operation is done in less.
        std::thread::sleep(Duration::from_micros(300));
    });
    let answer = work.await;
    drop(done);
    held.await.unwrap();
    answer
}

impl Faults {
    async fn carry_out<'a, T>(
        &self,
        call: Call,
        region: &'a str,
        fault: Option<Fault>,
        attempt: impl Fn() -> Answer<'a, T>,
    ) -> Result<T, CallError> {
        use Fault as F;
        let is_sent = !matches!(fault, Some(F::Throttled | F::Refused | F::Denied | F::Expired));
        let is_done = match fault {
            Some(F::Broken { is_done } | F::Cut { is_done } | F::Hung { is_done }) => is_done,
            Some(F::Truncated) | None => true,
            _ => false,
        };
        let what = (call, region.to_owned());
        if call.is_write() && is_sent && fault.is_some() {
            self.record.borrow_mut().in_doubt.push(what.clone());
        }
        let answer = match is_done {
            true => {
                // The deletion of an empty stack changes nothing that anybody has.
                let is_empty = call == Call::DeleteStack && self.is_empty(region).await;
                let answer = attempt().await;
                if call.is_write() && answer.is_ok() && !is_empty {
                    self.record.borrow_mut().done.push(what);
                }
                Some(answer)
            }
            false => None,
        };
        if self.theme != Theme::Stale {
            self.look(region).await;
        }
        match (fault, answer) {
            (None, Some(answer)) => answer,
            (fault, _) => Err(error(call, region, fault.unwrap())),
        }
    }

    async fn is_empty(&self, region: &str) -> bool {
        let found = self.service.stack(region, stack_in(region)).await.unwrap();
        found.map_or(self.is_first, |found| found.status == "REVIEW_IN_PROGRESS")
    }

    /// Resources that deployed stacks use are there, unless somebody else deleted them.
    async fn look(&self, _: &str) {
        for lost in lost(&self.service).await {
            let is_ours = self.record.borrow().touched.is_empty();
            let mut record = self.record.borrow_mut();
            if is_ours && record.lost.insert(lost.clone()) {
                let last = record.log.len();
                record.log.push(format!("{last}: LOST {lost}"));
            }
        }
    }

    /// Somebody else does something to one of the stacks.
    async fn act(&self, number: usize) {
        let (stack, region) = self.chance.of(STACKS);
        let (service, name) = (&self.service, format!("other-{number}"));
        let what = match self.chance.below(6) {
            0 | 1 => "update",
            // The first of them cannot be deleted in any order but the right one.
            2 if stack != "edge" => "delete",
            2 | 3 => "delete change sets of",
            4 => "propose",
            _ => "protect",
        };
        // Before, since others look at the stacks meanwhile.
        let is_first = self.record.borrow_mut().touched.insert(stack);
        let is_done = match what {
            "update" => other::update(service, region, stack, &name).await,
            "delete" => other::delete(service, region, stack, &name).await,
            "propose" => other::propose(service, region, stack, &name).await.is_some(),
            "protect" => service.protect(region, stack, true).await.is_ok(),
            _ => other::delete_change_sets(service, region, stack).await,
        };
        let mut record = self.record.borrow_mut();
        record.log.push(format!("before {number}: somebody else: {what} {stack}: {is_done}"));
        if is_first && !is_done {
            record.touched.remove(stack);
        }
        if !is_done {
            // There was nothing to do it to: something else then, at the next call.
            self.others.borrow_mut().insert(number + 1);
        }
    }
}

fn error(call: Call, region: &str, fault: Fault) -> CallError {
    let refusal = |code, message, status| {
        let (call, permission) = (call.as_str(), "cloudformation");
        Refusal { call, permission, region, code, message: Some(message), status: Some(status), login: None }.into()
    };
    let unreachable = |reason: &str, is_connected| {
        let (endpoint, reason) = (format!("https://cloudformation.{region}.amazonaws.com"), reason.to_owned());
        CallError::Unreachable { endpoint, reason, is_connected }
    };
    match fault {
        Fault::Throttled => refusal("Throttling", "Rate exceeded", 400),
        Fault::Broken { .. } => refusal("InternalFailure", "We encountered an internal error", 500),
        Fault::Refused => unreachable("connection refused", false),
        Fault::Cut { .. } => unreachable("the connection was cut", true),
        Fault::Hung { .. } => unreachable("no answer within 30 s", true),
        Fault::Denied => refusal("AccessDenied", "User: me is not authorized", 403),
        Fault::Expired => refusal("ExpiredToken", "The security token included in the request is expired", 403),
        Fault::Truncated => CallError::NotTheService {
            service: "CloudFormation",
            endpoint: format!("https://cloudformation.{region}.amazonaws.com"),
            reason: "the answer ends in the middle".to_owned(),
            status: None,
        },
    }
}
