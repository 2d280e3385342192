//! The events of an operation: the entries of the event stream, with the statuses they set.

use serde_json::Value as Json;

use super::under_way::{operation, operation_mut};
use crate::model::{Event, EventKind, Operation, OperationKind, Phase, Stack, StackResource, Step, StepState};
use crate::resources::special;
use crate::status::EventStatus;
use crate::time::{self, Millis};
use crate::world::World;
use formwork_model::status::{ResourceStatus, StackStatus};

/// The subject of an event: logical id, physical id, type.
pub(super) type Subject<'a> = (&'a str, &'a str, &'a str);

/// The words of events about a resource that is done as soon as its configuration is applied.
///
/// Source: aws-cdk-cli pull request 1689.
const EXPRESS: &str =
    "Resource operation completed using Express Mode. It may continue becoming available in the background.";

/// The status reason of a resource with which all went well.
pub(super) fn done_reason(world: &World, id: &str) -> Option<&'static str> {
    operation(world, id).is_some_and(|operation| operation.express).then_some(EXPRESS)
}

/// A new resource is configured; that it is stable remains to be seen. When all resources of the stack are so far, the stack is.
///
/// Source: User Guide, "Understand CloudFormation stack creation events".
pub(super) fn configured(world: &mut World, id: &str, logical_id: &str) {
    resource_event(world, id, logical_id, ResourceStatus::CreateInProgress, Some(CHECKED));
    detail(world, id);
}

/// The same of the stack.
fn stack_configured(world: &mut World, id: &str) {
    stack_event(world, id, StackStatus::CreateInProgress, Some(CHECKED));
    detail(world, id);
}

const CHECKED: &str = "Eventual consistency check initiated";

/// Tells once that all resources of a new stack are configured, while some are still to be stable.
pub(super) fn note_configured(world: &mut World, id: &str) {
    let Some(stack) = world.stacks.get(id) else { return };
    let Some(operation) = stack.operation.as_ref().filter(|operation| is_created_ahead(operation)) else { return };
    let is_checked = |step: &Step| {
        let resource = stack.content.resources.get(&step.logical_id);
        resource.is_some_and(|resource| special::is_checked(&resource.type_name))
    };
    let mut runs = false;
    let all = operation.steps.iter().all(|step| match step.state {
        StepState::Running { .. } => {
            runs = true;
            is_checked(step)
        }
        StepState::Done => true,
        _ => false,
    });
    if all && runs {
        if let Some(operation) = operation_mut(world, id) {
            operation.configured = true;
        }
        stack_configured(world, id);
    }
}

fn is_created_ahead(operation: &Operation) -> bool {
    operation.kind == OperationKind::Create
        && operation.phase == Phase::Forward
        && !operation.failed
        && !operation.configured
        && !operation.express
}

fn detail(world: &mut World, id: &str) {
    if let Some(last) = world.stack_mut(id).and_then(|stack| stack.events.last_mut()) {
        last.detailed_status = Some("CONFIGURATION_COMPLETE".to_owned());
    }
}

/// A new event of a resource, as the resource is now.
pub(super) fn resource_event(
    world: &mut World,
    id: &str,
    logical_id: &str,
    status: ResourceStatus,
    reason: Option<&str>,
) {
    let now = world.now();
    let resource = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(logical_id));
    let Some(resource) = resource else { return };
    resource.status = status;
    resource.reason = reason.map(str::to_owned);
    resource.updated = now;
    let (physical_id, type_name) = (resource.physical_id.clone(), resource.type_name.clone());
    let properties = resource.properties.clone();
    event(world, id, (logical_id, &physical_id, &type_name), status, reason, Some(properties));
}

/// An event of a resource that the stack may list in another form, or no longer; its status is set if it is this very one.
pub(super) fn note(
    world: &mut World,
    id: &str,
    resource: &StackResource,
    status: ResourceStatus,
    reason: Option<&str>,
) {
    let now = world.now();
    if let Some(listed) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(&resource.logical_id))
        && listed.birth == resource.birth
    {
        listed.status = status;
        listed.reason = reason.map(str::to_owned);
        listed.updated = now;
    }
    let names = (resource.logical_id.as_str(), resource.physical_id.as_str(), resource.type_name.as_str());
    event(world, id, names, status, reason, Some(resource.properties.clone()));
}

/// The events of a deletion that takes no time.
pub(super) fn tell_deletion(world: &mut World, id: &str, resource: &StackResource) {
    let subject = (resource.logical_id.as_str(), resource.physical_id.as_str(), resource.type_name.as_str());
    for status in [ResourceStatus::DeleteInProgress, ResourceStatus::DeleteComplete] {
        event(world, id, subject, status, None, Some(resource.properties.clone()));
    }
}

/// The stack's own status, with its event.
pub(crate) fn stack_event(world: &mut World, id: &str, status: StackStatus, reason: Option<&str>) {
    let now = world.now();
    let Some(stack) = world.stack_mut(id) else { return };
    stack.status = status;
    stack.reason = reason.map(str::to_owned);
    // When everything began to go, also after a creation that failed. Source: localstack's recordings of AWS, `test_blocked_stack_deletion`.
    if matches!(status, StackStatus::DeleteInProgress | StackStatus::RollbackInProgress) {
        stack.deleted = Some(now);
    }
    let name = stack.name.clone();
    event(world, id, (&name, id, "AWS::CloudFormation::Stack"), status, reason, None);
}

/// An entry of the event stream.
pub(super) fn event(
    world: &mut World,
    id: &str,
    (logical_id, physical_id, type_name): Subject<'_>,
    status: impl Into<EventStatus>,
    reason: Option<&str>,
    properties: Option<Json>,
) {
    let status = status.into();
    let (uuid, now) = (world.ids.uuid(), world.now());
    let Some(stack) = world.stack_mut(id) else { return };
    // Before they reach stream and disk: a parameter may have another secret later.
    let properties = properties.map(|properties| stack.secrets().masked(&properties).to_string());
    let time = next(stack, now);
    let event_id =
        if physical_id == id { uuid } else { format!("{logical_id}-{}-{}", status.as_str(), time::text(time)) };
    stack.events.push(Event {
        id: event_id,
        time,
        operation: stack.operation.as_ref().map(|operation| operation.id.clone()),
        token: stack.operation.as_ref().and_then(|operation| operation.token.clone()),
        kind: EventKind::Stack,
        logical_id: logical_id.to_owned(),
        physical_id: physical_id.to_owned(),
        type_name: type_name.to_owned(),
        status: Some(status),
        reason: reason.map(str::to_owned),
        properties,
        validation: None,
        detailed_status: None,
    });
}

/// The time of the next event. Clients sort by it what they show: no two events of a stack share a millisecond, though everything is
/// done within one.
pub(crate) fn next(stack: &Stack, now: Millis) -> Millis {
    stack.events.last().map_or(0, |last| last.time + 1).max(now)
}
