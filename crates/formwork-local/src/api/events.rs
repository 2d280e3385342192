//! The event streams: the old one of stack events, and the one that knows operations and validations.

use serde_json::{Value as Json, json};

use super::request::{self, Request, page};
use crate::model::{Event, EventKind, OperationKind, OperationSummary, Stack};
use crate::protocol::ApiError;
use crate::status::EventStatus;
use crate::time;
use crate::world::World;
use formwork_model::status::StackStatus;

const PAGE: usize = 100;

pub(super) fn describe(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack_or(world, ApiError::no_stack_to_change)?;
    // There may be many thousands: only those of the page are written out.
    let events = stack.events.iter().rev().filter(|event| event.kind == EventKind::Stack).collect();
    let (events, next) = page(events, request.form, PAGE, |event: &&Event| event.id.as_str())?;
    let events: Vec<Json> = events
        .into_iter()
        .map(|event: &Event| {
            json!({
                "StackId": stack.id,
                "EventId": event.id,
                "StackName": stack.name,
                "OperationId": event.operation,
                "LogicalResourceId": event.logical_id,
                "PhysicalResourceId": event.physical_id,
                "ResourceType": event.type_name,
                "Timestamp": time::text(event.time),
                "ResourceStatus": event.status.map(EventStatus::as_str),
                "ResourceStatusReason": event.reason,
                "ResourceProperties": event.properties,
                "ClientRequestToken": event.token,
                "DetailedStatus": event.detailed_status,
            })
        })
        .collect();
    Ok(json!({ "StackEvents": events, "NextToken": next }))
}

pub(super) fn describe_all(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let form = request.form;
    let change_set = form.get("ChangeSetName").filter(|name| !name.is_empty());
    let operation = form.get("OperationId").filter(|id| !id.is_empty());
    let (stack, change_set_id) = match (change_set, operation) {
        (Some(_), _) => {
            let (stack, id) = request::change_set(world, request)?;
            (stack, Some(id))
        }
        (None, Some(operation)) if form.get("StackName").is_none() => {
            let has = |stack: &&Stack| stack.operations.iter().any(|summary| summary.id == operation);
            let stack = world.stacks.values().filter(|stack| stack.place.region == request.region).find(has);
            (stack.ok_or_else(|| ApiError::validation(format!("Operation [{operation}] does not exist")))?, None)
        }
        // Source: aws-cloudformation/cloudformation-cli#1116.
        (None, None) if form.get("StackName").is_none() => {
            return Err(ApiError::validation("One of ChangeSetName, OperationId or StackName must be specified"));
        }
        _ => (request.stack_or(world, ApiError::no_stack_to_change)?, None),
    };
    let failed_only = form.flag("Filters.FailedEvents")? == Some(true);
    let events = stack
        .events
        .iter()
        .rev()
        .filter(|event| operation.is_none_or(|operation| event.operation.as_deref() == Some(operation)))
        .filter(|event| match &change_set_id {
            None => true,
            Some(id) => event.validation.as_ref().is_some_and(|validation| validation.change_set.as_ref() == Some(id)),
        })
        .filter(|event| !failed_only || is_failure(event))
        .collect();
    let (events, next) = page(events, form, PAGE, |event: &&Event| event.id.as_str())?;
    let events: Vec<Json> = events.into_iter().map(|event| entry(stack, event)).collect();
    Ok(json!({ "OperationEvents": events, "NextToken": next }))
}

/// The end of an operation: the stack's last status in it tells.
fn outcome(stack: &Stack, operation: &OperationSummary) -> &'static str {
    if operation.ended.is_none() {
        return "IN_PROGRESS";
    }
    let is_last = |event: &&Event| event.operation.as_ref() == Some(&operation.id) && event.physical_id == stack.id;
    let last = stack.events.iter().rev().find(is_last).and_then(|event| event.status?.of_stack());
    let wanted: &[StackStatus] = match operation.kind {
        OperationKind::Create => &[StackStatus::CreateComplete],
        OperationKind::Update => &[StackStatus::UpdateComplete],
        OperationKind::Delete => &[StackStatus::DeleteComplete],
        OperationKind::Rollback | OperationKind::ContinueRollback => {
            &[StackStatus::RollbackComplete, StackStatus::UpdateRollbackComplete]
        }
    };
    if last.is_some_and(|status| wanted.contains(&status)) { "SUCCEEDED" } else { "FAILED" }
}

fn is_failure(event: &Event) -> bool {
    event.kind == EventKind::Validation || event.status.is_some_and(EventStatus::is_failed)
}

fn entry(stack: &Stack, event: &Event) -> Json {
    let operation = stack.operations.iter().find(|summary| Some(&summary.id) == event.operation.as_ref());
    let is_stack = event.physical_id == stack.id;
    let kind = match event.kind {
        EventKind::Validation => "VALIDATION_ERROR",
        EventKind::Stack if !is_stack && is_failure(event) => "PROVISIONING_ERROR",
        EventKind::Stack => "STACK_EVENT",
    };
    let validation = event.validation.as_ref();
    json!({
        "EventId": event.id,
        "StackId": stack.id,
        "OperationId": event.operation,
        "OperationType": match (operation, validation) {
            (Some(operation), _) => Some(operation.kind.as_str()),
            (None, Some(_)) => Some("CREATE_CHANGESET"),
            (None, None) => None,
        },
        "OperationStatus": operation.map(|operation| outcome(stack, operation)),
        "EventType": kind,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type_name,
        "Timestamp": time::text(event.time),
        "StartTime": time::text(operation.map_or(event.time, |operation| operation.started)),
        "EndTime": operation.and_then(|operation| operation.ended).map(time::text),
        "ResourceStatus": event.status.map(EventStatus::as_str),
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
        "DetailedStatus": event.detailed_status.clone().or_else(|| validation.map(|_| "VALIDATION_FAILED".to_owned())),
        "ValidationFailureMode": validation.map(|validation| validation.mode.as_str()),
        "ValidationName": validation.map(|validation| &validation.name),
        "ValidationStatus": validation.map(|_| "FAILED"),
        "ValidationStatusReason": validation.map(|validation| &validation.reason),
        "ValidationPath": validation.map(|validation| &validation.path),
    })
}
