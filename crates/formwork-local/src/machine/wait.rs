//! The end of a step, but for those of a rollback: at once when its time is over, or when what it waits for is there; or cut short.

use serde_json::Value as Json;

use super::events::{done_reason, note_configured, resource_event};
use super::finish::status_of;
use super::nested;
use super::stop::fail;
use super::under_way::{NEVER, set_state, step_state};
use crate::associations::Step;
use crate::evaluate::text_of;
use crate::model::{Doing, StackResource, StepState};
use crate::resources::special;
use crate::time::Millis;
use crate::world::World;
use formwork_model::status::ResourceStatus;

/// The records a certificate waits for, and whether CloudFormation makes them itself.
pub(super) fn awaited(world: &World, id: &str, logical_id: &str) -> Vec<(special::ValidationRecord, bool)> {
    let Some(stack) = world.stacks.get(id) else { return Vec::new() };
    match stack.content.resources.get(logical_id) {
        Some(resource) if resource.type_name == special::CERTIFICATE => {
            special::awaited_records(&resource.properties, &stack.place.account)
        }
        _ => Vec::new(),
    }
}

/// A step whose time is over.
pub(super) struct Run {
    pub(super) since: Millis,
    pub(super) fails: Option<String>,
    pub(super) doing: Doing,
    pub(super) now: Millis,
}

/// Ends a step, or says until when it waits at most for something else to happen.
pub(super) fn end(world: &mut World, id: &str, index: usize, logical_id: &str, run: Run) -> Option<Millis> {
    /// ACM gives up after 72 hours.
    const VALIDATION: Millis = 72 * 3_600 * 1_000;
    let Run { since, fails, doing, now } = run;
    let mut again = NEVER;
    let outcome = match fails {
        Some(reason) => Some(Err(reason)),
        None => {
            let resource = world.stacks.get(id)?.content.resources.get(logical_id)?;
            match resource.type_name.as_str() {
                special::NESTED_STACK => nested::outcome(world, &resource.physical_id, doing != Doing::Update),
                special::ASSOCIATION => {
                    let properties = resource.properties.clone();
                    let step = Step { stack: id, index, logical_id, properties: &properties, since, now };
                    let (outcome, until) = world.association(&step);
                    again = until;
                    outcome
                }
                special::WAIT_CONDITION => {
                    let (outcome, until) = wait_condition(world, id, resource, since, now);
                    again = until;
                    outcome
                }
                special::CERTIFICATE if doing != Doing::Update => {
                    again = since + VALIDATION;
                    let is_missing = awaited(world, id, logical_id)
                        .into_iter()
                        .any(|(record, is_made)| !is_made && !special::has_record(world, &record));
                    match is_missing {
                        false => Some(Ok(())),
                        true if now >= again => Some(Err("Certificate validation timed out".to_owned())),
                        true => None,
                    }
                }
                _ => Some(Ok(())),
            }
        }
    };
    match outcome {
        None => {
            world.awaiting.insert(id.to_owned());
            return Some(again);
        }
        Some(Ok(())) => {
            nested::take_outputs(world, id, logical_id);
            let reason = done_reason(world, id);
            resource_event(world, id, logical_id, status_of(doing, true), reason);
            set_state(world, id, index, StepState::Done);
            note_configured(world, id);
            world.is_made(id, logical_id);
        }
        Some(Err(reason)) => {
            resource_event(world, id, logical_id, status_of(doing, false), Some(&reason));
            fail(world, id, index);
        }
    }
    None
}

/// Source: Template Reference, "AWS::CloudFormation::WaitCondition", `Timeout`: at most 12 hours, in seconds.
const LONGEST_WAIT: u64 = 43_200;

/// A wait condition: complete when its handle was told often enough, failed when told so or when time is up. Else until when.
fn wait_condition(
    world: &World,
    id: &str,
    resource: &StackResource,
    since: Millis,
    now: Millis,
) -> (Option<Result<(), String>>, Millis) {
    let number = |name: &str| resource.properties.get(name).and_then(text_of).and_then(|text| text.parse::<u64>().ok());
    let count = number("Count").unwrap_or(1);
    let until = since + number("Timeout").unwrap_or(0).min(LONGEST_WAIT) * 1_000;
    let handle = resource.properties.get("Handle").and_then(Json::as_str).unwrap_or_default();
    let signals = world.stacks.get(id).and_then(|stack| stack.signals.get(handle));
    let signals = signals.map(Vec::as_slice).unwrap_or_default();
    let of = |signal: &Json, name: &str| signal.get(name).and_then(text_of).unwrap_or_default();
    let outcome = if let Some(failure) = signals.iter().find(|signal| of(signal, "Status") != "SUCCESS") {
        let (reason, unique) = (of(failure, "Reason"), of(failure, "UniqueId"));
        Some(Err(format!("WaitCondition received failed message: '{reason}' for uniqueId: {unique}")))
    } else if signals.len() as u64 >= count {
        Some(Ok(()))
    } else if now >= until {
        let received = signals.len();
        Some(Err(format!("WaitCondition timed out. Received {received} conditions when expecting {count}")))
    } else {
        None
    };
    (outcome, until)
}

/// Another resource failed while this one was under way.
pub(super) fn cancel(world: &mut World, id: &str, index: usize, logical_id: &str) {
    let (status, reason) = match step_state(world, id, index) {
        Some(StepState::Running { doing: Doing::Create, .. }) => {
            (ResourceStatus::CreateFailed, "Resource creation cancelled")
        }
        Some(StepState::Running { doing: Doing::Delete, .. }) => return,
        _ => (ResourceStatus::UpdateFailed, "Resource update cancelled"),
    };
    nested::cancel(world, id, logical_id);
    resource_event(world, id, logical_id, status, Some(reason));
    set_state(world, id, index, StepState::Cancelled);
}
