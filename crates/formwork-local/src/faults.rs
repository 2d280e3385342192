//! Faults on purpose: what a test wants to see go wrong, in one JSON file. The same seed gives the same faults.
//!
//! ```json
//! { "seed": 1,
//!   "resources": [{ "stack": "site", "logicalId": "Alias", "at": "create", "reason": "no", "times": 1 }],
//!   "operations": [{ "action": "DescribeStacks", "probability": 0.5, "code": "Throttling", "times": 3 }],
//!   "callsASecond": 10, "expireAtCall": 10, "cutAtCall": 12, "stale": [{ "action": "DescribeStacks", "times": 1 }],
//!   "omissions": ["emptyUnions", "jsonProperties", "withValues", "longValues"],
//!   "drift": [{ "stack": "site", "logicalId": "Topic", "property": "DisplayName", "value": "by hand" }],
//!   "alarms": ["errors"] }
//! ```
//!
//! A request can bring more of them in its header [`HEADER`]: a test adds faults to an engine that runs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ids::Ids;
use crate::omissions::Omission;
use crate::protocol::ApiError;
use crate::time::Millis;

/// The header of a request that brings faults: the JSON of a file of faults, without a seed, on one line.
pub(crate) const HEADER: &str = "x-formwork-faults";

/// The faults that are to be made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Faults {
    /// Draws the chances, and every id: two runs with one seed and the same calls give the same answers.
    pub seed: Option<u64>,
    /// Resources that fail.
    pub resources: Vec<ResourceFault>,
    /// Calls that fail.
    pub operations: Vec<OperationFault>,
    /// The calls that are answered in a second in a region, as many at once; more are refused with `Throttling`.
    pub calls_a_second: Option<f64>,
    /// From this call on, counted from one, the login has expired.
    pub expire_at_call: Option<u64>,
    /// At this call, counted from one, the connection is cut before the answer.
    pub cut_at_call: Option<u64>,
    /// Reads that are answered as things were before the last change.
    pub stale: Vec<StaleFault>,
    /// The omissions from descriptions of change sets.
    pub omissions: Vec<Omission>,
    /// Changes that somebody makes behind CloudFormation's back.
    pub drift: Vec<Drift>,
    /// Alarms that are in ALARM state, by name or ARN: stacks that have them as rollback triggers go back.
    pub alarms: Vec<String>,
}

/// A resource that fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceFault {
    /// The stack's name; every stack without it.
    pub stack: Option<String>,
    /// The resource.
    pub logical_id: String,
    /// When it fails.
    pub at: FaultAt,
    /// The status reason.
    pub reason: String,
    /// The number of times; always without it.
    pub times: Option<u32>,
}

/// The point at which a resource fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultAt {
    /// Its creation, that of a replacement included.
    Create,
    /// Its update in place.
    Update,
    /// Its deletion.
    Delete,
    /// Its rollback after a failed update.
    Rollback,
}

/// A call that fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperationFault {
    /// The call's name; every call without it.
    pub action: Option<String>,
    /// The probability; always without it.
    pub probability: Option<f64>,
    /// The code of the answer.
    #[serde(default)]
    pub code: FaultCode,
    /// The number of times; always without it.
    pub times: Option<u32>,
}

/// The code of a call that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultCode {
    /// Too many calls: 400, `Rate exceeded`.
    #[default]
    Throttling,
    /// 500.
    InternalFailure,
}

/// A read that is older than the last change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaleFault {
    /// The call's name: one that describes, lists or gets something.
    pub action: String,
    /// The number of times.
    pub times: u32,
}

/// A property that somebody changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drift {
    /// The stack's name.
    pub stack: String,
    /// The resource.
    pub logical_id: String,
    /// A property of the resource.
    pub property: String,
    /// The value that it is changed to; `null` takes it away.
    pub value: Json,
}

/// The fate of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    Refused(ApiError),
    /// Answered from what was before the last change.
    Stale,
    Cut,
}

impl Faults {
    /// Adds what the header of the call, the n-th, says: calls are counted from this one on.
    pub(crate) fn join(&mut self, header: &[u8], call: u64) -> Result<(), ApiError> {
        let refused = |reason: &str| ApiError::new("InvalidFaults", 400, format!("the header {HEADER}: {reason}"));
        let given = Faults::read(header).map_err(|reason| refused(&reason))?;
        if given.seed.is_some() {
            return Err(refused("a seed holds from the engine's start: give it in the file of faults"));
        }
        let from_here = |at: u64| call.saturating_add(at.saturating_sub(1));
        self.expire_at_call = given.expire_at_call.map(from_here).or(self.expire_at_call);
        self.cut_at_call = given.cut_at_call.map(from_here).or(self.cut_at_call);
        self.calls_a_second = given.calls_a_second.or(self.calls_a_second);
        self.resources.extend(given.resources);
        self.operations.extend(given.operations);
        self.stale.extend(given.stale);
        self.omissions.extend(given.omissions);
        self.drift.extend(given.drift);
        self.alarms.extend(given.alarms);
        Ok(())
    }

    /// The fate of the call, the n-th.
    pub(crate) fn fate(&mut self, ids: &mut Ids, action: &str, call: u64) -> Fate {
        if self.cut_at_call == Some(call) {
            return Fate::Cut;
        }
        if self.expire_at_call.is_some_and(|at| call >= at) {
            let message = "The security token included in the request is expired";
            return Fate::Refused(ApiError::new("ExpiredToken", 403, message));
        }
        for fault in &mut self.operations {
            let meant = fault.action.as_deref().is_none_or(|name| name == action);
            if meant && fault.times != Some(0) && ids.chance(fault.probability.unwrap_or(1.0)) {
                count_down(&mut fault.times);
                return Fate::Refused(match fault.code {
                    FaultCode::InternalFailure => ApiError::internal("the engine was told to fail here"),
                    FaultCode::Throttling => throttled(),
                });
            }
        }
        if let Some(fault) = self.stale.iter_mut().find(|fault| fault.action == action && fault.times > 0) {
            fault.times -= 1;
            return Fate::Stale;
        }
        Fate::Answered
    }

    /// The reason for which the resource fails now.
    pub(crate) fn of_resource(&mut self, stack: &str, logical_id: &str, at: FaultAt) -> Option<String> {
        let fault = self.resources.iter_mut().find(|fault| {
            fault.logical_id == logical_id
                && fault.at == at
                && fault.times != Some(0)
                && fault.stack.as_deref().is_none_or(|name| name == stack)
        })?;
        count_down(&mut fault.times);
        Some(fault.reason.clone())
    }
}

/// The calls that each region could answer, and when that was.
#[derive(Debug, Default)]
pub(crate) struct Rates(BTreeMap<String, (f64, Millis)>);

impl Rates {
    /// Refuses what is more than the faults have a region answer.
    pub(crate) fn check(&mut self, faults: &Faults, region: &str, now: Millis) -> Result<(), ApiError> {
        let Some(a_second) = faults.calls_a_second else { return Ok(()) };
        let (free, since) = self.0.entry(region.to_owned()).or_insert((a_second, now));
        let passed = Duration::from_millis(now.saturating_sub(*since)).as_secs_f64();
        (*free, *since) = ((*free + passed * a_second).min(a_second), now);
        if *free < 1.0 {
            return Err(throttled());
        }
        *free -= 1.0;
        Ok(())
    }
}

fn throttled() -> ApiError {
    ApiError::new("Throttling", 400, "Rate exceeded")
}

fn count_down(times: &mut Option<u32>) {
    if let Some(left) = times {
        *left = left.saturating_sub(1);
    }
}
