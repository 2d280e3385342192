//! Drift: what is deployed held against what was last deployed.
//!
//! Source: API Reference, `DetectStackDrift`, `DetectStackResourceDrift`, `DescribeStackResourceDrifts`. Values that cannot be read back are not compared.

use formwork_schema::facts::Registry;
use serde_json::{Value as Json, json};

use super::request::{Request, page};
use crate::faults::Drift;
use crate::machine::allowed::{self, Ask};
use crate::model::{ResourceDrift, Stack, StackResource};
use crate::protocol::ApiError;
use formwork_model::Term;

use crate::evaluate::json as json_of;
use crate::resources::change::{Difference, differences};
use crate::time::{self, Millis};
use crate::world::World;

pub(super) fn detect(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    allowed::check(stack, Ask::DetectDrift)?;
    let id = stack.id.clone();
    let wanted = request.form.list("LogicalResourceIds");
    if let Some(unknown) = wanted.iter().find(|wanted| !stack.content.resources.contains_key(**wanted)) {
        return Err(no_resource(unknown, stack));
    }
    let count = look(world, &id, &wanted);
    let (detection, now) = (world.ids.uuid(), world.now());
    if let Some(drift) = world.stack_mut(&id).and_then(|stack| stack.drift.as_mut()) {
        (drift.detection, drift.count, drift.time) = (Some(detection.clone()), count, now);
    }
    Ok(json!({ "StackDriftDetectionId": detection }))
}

/// Source: User Guide, "Detect drift on individual stack resources": what is found is known of the stack too.
pub(super) fn detect_one(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    let logical_id = request.form.require("LogicalResourceId")?;
    allowed::check(stack, Ask::DetectDrift)?;
    if !stack.content.resources.get(logical_id).is_some_and(StackResource::is_there) {
        return Err(no_resource(logical_id, stack));
    }
    let id = stack.id.clone();
    look(world, &id, &[logical_id]);
    let known = world.stacks.get(&id).and_then(|stack| stack.drift.as_ref()?.resources.get(logical_id));
    Ok(json!({ "StackResourceDrift": known.map(|drift| &drift.told) }))
}

fn no_resource(logical_id: &str, stack: &Stack) -> ApiError {
    ApiError::validation(format!("Resource {logical_id} does not exist for stack {}", stack.name))
}

/// Looks at these resources, or all, and keeps what is found; says how many have drifted.
fn look(world: &mut World, id: &str, wanted: &[&str]) -> usize {
    let now = world.now();
    let (registry, drifts) = (world.registry.clone(), world.faults.drift.clone());
    let Some(stack) = world.stack_mut(id) else { return 0 };
    for drift in drifts.iter().filter(|drift| drift.stack == stack.name) {
        if let Some(resource) = stack.content.resources.get_mut(&drift.logical_id) {
            change_by_hand(resource, drift);
        }
    }
    let is_wanted = |one: &&StackResource| wanted.is_empty() || wanted.contains(&one.logical_id.as_str());
    let looked_at = stack.content.resources.values().filter(|resource| resource.is_there()).filter(is_wanted);
    let found: Vec<(String, ResourceDrift)> =
        looked_at.map(|resource| (resource.logical_id.clone(), drift_of(&registry, stack, resource, now))).collect();
    let count = found.iter().filter(|(_, drift)| drift.is_drifted).count();
    stack.drift.get_or_insert_default().resources.extend(found);
    count
}

fn change_by_hand(resource: &mut StackResource, drift: &Drift) {
    let mut actual = resource.actual.clone().unwrap_or_else(|| resource.properties.clone());
    if let Some(fields) = actual.as_object_mut() {
        match &drift.value {
            Json::Null => drop(fields.shift_remove(&drift.property)),
            value => drop(fields.insert(drift.property.clone(), value.clone())),
        }
    }
    resource.actual = Some(actual);
}

/// The differences of the resource from what was deployed.
fn found(registry: &Registry, resource: &StackResource) -> Vec<Difference> {
    let Some(actual) = &resource.actual else { return Vec::new() };
    let facts = registry.of(&resource.type_name);
    let hidden = |difference: &Difference| {
        let path: Vec<&str> = difference.place.iter().map(String::as_str).collect();
        facts.is_some_and(|facts| facts.is_write_only(&path))
    };
    differences(facts, &resource.properties, &Term::from_json(actual))
        .into_iter()
        .filter(|difference| !hidden(difference))
        .collect()
}

pub(super) fn status(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let wanted = request.form.require("StackDriftDetectionId")?;
    let found = world.stacks.values().filter(|stack| stack.place.region == request.region).find_map(|stack| {
        Some((stack, stack.drift.as_ref().filter(|drift| drift.detection.as_deref() == Some(wanted))?))
    });
    let Some((stack, drift)) = found else {
        return Err(ApiError::validation(format!("Drift detection {wanted} does not exist")));
    };
    Ok(json!({
        "StackId": stack.id,
        "StackDriftDetectionId": wanted,
        "StackDriftStatus": if drift.count == 0 { "IN_SYNC" } else { "DRIFTED" },
        "DetectionStatus": "DETECTION_COMPLETE",
        "DriftedStackResourceCount": drift.count,
        "Timestamp": time::text(drift.time),
    }))
}

pub(super) fn resources(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    let filter = request.form.list("StackResourceDriftStatusFilters");
    let entries = stack
        .content
        .resources
        .values()
        .filter(|resource| resource.is_there())
        .filter_map(|resource| Some(known(stack, resource)?.told.clone()))
        .filter(|entry| filter.is_empty() || filter.iter().any(|status| entry["StackResourceDriftStatus"] == **status))
        .collect();
    let size = match request.form.get("MaxResults") {
        None => 100,
        Some(text) => text.parse().ok().filter(|size| (1..=100).contains(size)).ok_or_else(|| {
            ApiError::validation(format!(
                "1 validation error detected: Value '{text}' at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 100"
            ))
        })?,
    };
    let (entries, next) =
        page(entries, request.form, size, |item| item["LogicalResourceId"].as_str().unwrap_or_default())?;
    Ok(json!({ "StackResourceDrifts": entries, "NextToken": next }))
}

/// The facts that are known of a stack's drift.
pub(super) fn of_stack(stack: &Stack) -> Json {
    // That one resource is as it should be says nothing of the others.
    match &stack.drift {
        Some(drift) if drift.is_drifted() || drift.detection.is_some() => {
            let status = if drift.is_drifted() { "DRIFTED" } else { "IN_SYNC" };
            json!({ "StackDriftStatus": status, "LastCheckTimestamp": time::text(drift.last()) })
        }
        _ => json!({ "StackDriftStatus": "NOT_CHECKED" }),
    }
}

/// The facts that are known of a resource's drift.
pub(super) fn of_resource(stack: &Stack, resource: &StackResource) -> Json {
    match known(stack, resource) {
        None => json!({ "StackResourceDriftStatus": "NOT_CHECKED" }),
        Some(drift) => {
            let status = if drift.is_drifted { "MODIFIED" } else { "IN_SYNC" };
            json!({ "StackResourceDriftStatus": status, "LastCheckTimestamp": time::text(drift.time) })
        }
    }
}

fn known<'s>(stack: &'s Stack, resource: &StackResource) -> Option<&'s ResourceDrift> {
    stack.drift.as_ref()?.resources.get(&resource.logical_id)
}

fn drift_of(registry: &Registry, stack: &Stack, resource: &StackResource, time: Millis) -> ResourceDrift {
    let secrets = stack.secrets();
    let masked = |value: &Json| secrets.masked(value);
    let text = |value: &Option<Json>| {
        value.as_ref().map(masked).map(|value| crate::evaluate::text_of(&value).unwrap_or_else(|| value.to_string()))
    };
    let found: Vec<Json> = found(registry, resource)
        .iter()
        .map(|difference| {
            json!({
                "PropertyPath": format!("/{}", difference.path.join("/")),
                "ExpectedValue": text(&difference.before).unwrap_or_else(|| "null".to_owned()),
                "ActualValue": text(&difference.after.as_ref().map(json_of)).unwrap_or_else(|| "null".to_owned()),
                "DifferenceType": match (&difference.before, &difference.after) {
                    (None, _) => "ADD",
                    (_, None) => "REMOVE",
                    _ => "NOT_EQUAL",
                },
            })
        })
        .collect();
    let is_drifted = !found.is_empty();
    let told = json!({
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type_name,
        "ExpectedProperties": masked(&resource.properties).to_string(),
        "ActualProperties": masked(resource.actual.as_ref().unwrap_or(&resource.properties)).to_string(),
        "StackResourceDriftStatus": if is_drifted { "MODIFIED" } else { "IN_SYNC" },
        "PropertyDifferences": found,
        "Timestamp": time::text(time),
    });
    ResourceDrift { time, is_drifted, told }
}
