//! Rollback triggers: alarms that are watched while an operation goes ahead, and for a time after its resources are done.
//!
//! Source: API Reference, `RollbackConfiguration`; User Guide, "Roll back your CloudFormation stack on alarm breach with rollback
//! triggers". An alarm is there when a stack has it, and goes off when the file of faults says so.

use serde_json::Value as Json;

use super::under_way::{operation, operation_mut};
use crate::model::{Operation, Phase};
use crate::time::Millis;
use crate::world::World;

/// The longest that a stack is watched.
pub(crate) const MAX_MINUTES: u64 = 180;

/// The reason for which the operation is stopped: an alarm that is missing, or one that went off.
pub(super) fn alarm(world: &World, id: &str) -> Option<String> {
    let ahead = operation(world, id).filter(|operation| goes_ahead(operation))?;
    let configuration = ahead.target.rollback_configuration.as_ref()?;
    configuration["RollbackTriggers"].as_array()?.iter().find_map(|trigger| {
        let (arn, kind) = (trigger["Arn"].as_str()?, trigger["Type"].as_str()?);
        let name = arn.rsplit(':').next().unwrap_or_default();
        if !is_there(world, arn, kind) {
            return Some(format!("The rollback trigger {arn} does not exist."));
        }
        let goes_off = world.faults.alarms.iter().any(|alarm| alarm == name || alarm == arn);
        goes_off.then(|| format!("The rollback trigger {arn} is in ALARM state."))
    })
}

fn goes_ahead(operation: &Operation) -> bool {
    operation.phase == Phase::Forward && !operation.failed
}

fn is_there(world: &World, arn: &str, kind: &str) -> bool {
    let resources = world.stacks.values().flat_map(|stack| stack.content.resources.values().chain(&stack.left_behind));
    let mut alarms = resources.filter(|one| one.type_name == kind && one.is_there());
    alarms.any(|one| one.attributes.get("Arn").and_then(Json::as_str) == Some(arn))
}

/// Until when the stack is watched, its resources being done; `None` when it need not be, or has been.
pub(super) fn watched_until(world: &mut World, id: &str, now: Millis) -> Option<Millis> {
    let ahead = operation(world, id).filter(|operation| goes_ahead(operation))?;
    let until = match ahead.watched_until {
        Some(until) => until,
        None => {
            let minutes = ahead.target.rollback_configuration.as_ref()?["MonitoringTimeInMinutes"].as_u64()?;
            now + world.scaled(minutes.min(MAX_MINUTES) * 60_000)
        }
    };
    operation_mut(world, id)?.watched_until = Some(until);
    (until > now).then(|| until.min(operation(world, id).and_then(|one| one.deadline).unwrap_or(Millis::MAX)))
}
