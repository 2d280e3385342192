//! Drift: what is deployed held against what was last deployed.
//!
//! Source: API Reference, `DetectStackDrift`, `DescribeStackResourceDrifts`. Values that cannot be read back are not compared.

use formwork_schema::facts::Registry;
use serde_json::{Value as Json, json};

use super::{Request, page, secrets};
use crate::machine::allowed::{self, Ask};
use crate::model::{Stack, StackDrift, StackResource};
use crate::preview::mask;
use crate::protocol::ApiError;
use crate::resources::change::{Difference, differences};
use crate::time;
use crate::world::World;

pub(super) fn detect(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    allowed::check(stack, Ask::DetectDrift)?;
    let id = stack.id.clone();
    let wanted: Vec<String> = request.form.list("LogicalResourceIds").into_iter().map(str::to_owned).collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !stack.content.resources.contains_key(*wanted)) {
        return Err(ApiError::validation(format!("Resource {unknown} does not exist for stack {}", stack.name)));
    }
    let drifts: Vec<crate::faults::Drift> = world.faults.drift.clone();
    let detection = world.ids.uuid();
    let registry = world.registry.clone();
    let Some(stack) = world.stack_mut(&id) else { return Err(ApiError::no_stack(&id)) };
    for drift in drifts.iter().filter(|drift| drift.stack == stack.name) {
        if let Some(resource) = stack.content.resources.get_mut(&drift.logical_id) {
            let mut actual = resource.actual.clone().unwrap_or_else(|| resource.properties.clone());
            if let Some(fields) = actual.as_object_mut() {
                match &drift.value {
                    Json::Null => drop(fields.shift_remove(&drift.property)),
                    value => drop(fields.insert(drift.property.clone(), value.clone())),
                }
            }
            resource.actual = Some(actual);
        }
    }
    let there = stack.content.resources.values().filter(|resource| resource.is_there());
    let looked_at: Vec<&StackResource> =
        there.filter(|resource| wanted.is_empty() || wanted.contains(&resource.logical_id)).collect();
    let named = |resource: &&StackResource| resource.logical_id.clone();
    let drifted = looked_at.iter().filter(|resource| !found(&registry, resource).is_empty()).map(named).collect();
    let checked = looked_at.iter().map(named).collect();
    stack.drift = Some(StackDrift { detection: detection.clone(), time: time::now(), drifted, checked });
    Ok(json!({ "StackDriftDetectionId": detection }))
}

/// Where the resource is not what was deployed.
fn found(registry: &Registry, resource: &StackResource) -> Vec<Difference> {
    let Some(actual) = &resource.actual else { return Vec::new() };
    let facts = registry.of(&resource.type_name);
    let hidden = |difference: &Difference| {
        let path: Vec<&str> = difference.path.iter().map(String::as_str).collect();
        facts.is_some_and(|facts| facts.is_write_only(&path))
    };
    differences(&resource.properties, actual).into_iter().filter(|difference| !hidden(difference)).collect()
}

pub(super) fn status(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let wanted = request.form.require("StackDriftDetectionId")?;
    let found = world
        .stacks
        .values()
        .filter(|stack| stack.place.region == request.region)
        .find_map(|stack| Some((stack, stack.drift.as_ref().filter(|drift| drift.detection == wanted)?)));
    let Some((stack, drift)) = found else {
        return Err(ApiError::validation(format!("Drift detection {wanted} does not exist")));
    };
    Ok(json!({
        "StackId": stack.id,
        "StackDriftDetectionId": wanted,
        "StackDriftStatus": if drift.drifted.is_empty() { "IN_SYNC" } else { "DRIFTED" },
        "DetectionStatus": "DETECTION_COMPLETE",
        "DriftedStackResourceCount": drift.drifted.len(),
        "Timestamp": time::text(drift.time),
    }))
}

pub(super) fn resources(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    let filter = request.form.list("StackResourceDriftStatusFilters");
    let Some(drift) = &stack.drift else { return Ok(json!({ "StackResourceDrifts": [] })) };
    let entries = stack
        .content
        .resources
        .values()
        .filter(|resource| resource.is_there() && drift.has_checked(&resource.logical_id))
        .map(|resource| entry(&world.registry, stack, resource, drift))
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
    let (entries, next) = page(entries, request.form, size)?;
    Ok(json!({ "StackResourceDrifts": entries, "NextToken": next }))
}

/// What is known of a stack's drift.
pub(super) fn of_stack(stack: &Stack) -> Json {
    let Some(drift) = &stack.drift else { return json!({ "StackDriftStatus": "NOT_CHECKED" }) };
    let status = if drift.drifted.is_empty() { "IN_SYNC" } else { "DRIFTED" };
    json!({ "StackDriftStatus": status, "LastCheckTimestamp": time::text(drift.time) })
}

/// What is known of a resource's drift.
pub(super) fn of_resource(stack: &Stack, resource: &StackResource) -> Json {
    match stack.drift.as_ref().filter(|drift| drift.has_checked(&resource.logical_id)) {
        None => json!({ "StackResourceDriftStatus": "NOT_CHECKED" }),
        Some(drift) => {
            let status = if drift.drifted.contains(&resource.logical_id) { "MODIFIED" } else { "IN_SYNC" };
            json!({ "StackResourceDriftStatus": status, "LastCheckTimestamp": time::text(drift.time) })
        }
    }
}

fn entry(registry: &Registry, stack: &Stack, resource: &StackResource, drift: &StackDrift) -> Json {
    let secrets = secrets(stack);
    let masked = |value: &Json| {
        let mut value = value.clone();
        mask(&mut value, &secrets);
        value
    };
    let text = |value: &Option<Json>| {
        value.as_ref().map(masked).map(|value| crate::evaluate::text_of(&value).unwrap_or_else(|| value.to_string()))
    };
    let found: Vec<Json> = found(registry, resource)
        .iter()
        .map(|difference| {
            json!({
                "PropertyPath": format!("/{}", difference.path.join("/")),
                "ExpectedValue": text(&difference.before).unwrap_or_else(|| "null".to_owned()),
                "ActualValue": text(&difference.after).unwrap_or_else(|| "null".to_owned()),
                "DifferenceType": match (&difference.before, &difference.after) {
                    (None, _) => "ADD",
                    (_, None) => "REMOVE",
                    _ => "NOT_EQUAL",
                },
            })
        })
        .collect();
    json!({
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type_name,
        "ExpectedProperties": masked(&resource.properties).to_string(),
        "ActualProperties": masked(resource.actual.as_ref().unwrap_or(&resource.properties)).to_string(),
        "StackResourceDriftStatus": if found.is_empty() { "IN_SYNC" } else { "MODIFIED" },
        "PropertyDifferences": found,
        "Timestamp": time::text(drift.time),
    })
}
