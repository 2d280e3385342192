//! Drift: what is deployed held against what was last deployed.
//!
//! Source: API Reference, `DetectStackDrift`, `DescribeStackResourceDrifts`. Values that cannot be read back are not compared.

use formwork_schema::facts;
use serde_json::{Value as Json, json};

use super::{Request, page};
use crate::machine::allowed::{self, Ask};
use crate::model::{StackDrift, StackResource};
use crate::protocol::ApiError;
use crate::resources::change::{Difference, differences};
use crate::time;
use crate::world::World;

pub(super) fn detect(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let stack = request.stack(world)?;
    allowed::check(stack, Ask::DetectDrift)?;
    let id = stack.id.clone();
    let drifts: Vec<crate::faults::Drift> = world.faults.drift.clone();
    let detection = world.ids.uuid();
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
    let drifted = stack
        .content
        .resources
        .values()
        .filter(|resource| resource.is_there() && !found(resource).is_empty())
        .map(|resource| resource.logical_id.clone())
        .collect();
    stack.drift = Some(StackDrift { detection: detection.clone(), time: time::now(), drifted });
    Ok(json!({ "StackDriftDetectionId": detection }))
}

/// Where the resource is not what was deployed.
fn found(resource: &StackResource) -> Vec<Difference> {
    let Some(actual) = &resource.actual else { return Vec::new() };
    let facts = facts::of(&resource.type_name);
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
    let secrets = super::secrets(stack);
    let entries = stack
        .content
        .resources
        .values()
        .filter(|resource| resource.is_there())
        .map(|resource| entry(&stack.id, &masked(resource, &secrets), drift))
        .filter(|entry| filter.is_empty() || filter.iter().any(|status| entry["StackResourceDriftStatus"] == **status))
        .collect();
    let (entries, next) = page(entries, request.form, 100)?;
    Ok(json!({ "StackResourceDrifts": entries, "NextToken": next }))
}

/// The resource as it may be shown.
fn masked(resource: &StackResource, secrets: &[&str]) -> StackResource {
    let mut resource = resource.clone();
    crate::preview::mask(&mut resource.properties, secrets);
    resource.actual.iter_mut().for_each(|actual| crate::preview::mask(actual, secrets));
    resource
}

fn entry(stack_id: &str, resource: &StackResource, drift: &StackDrift) -> Json {
    let text = |value: &Option<Json>| {
        value.as_ref().map(|value| crate::evaluate::text_of(value).unwrap_or_else(|| value.to_string()))
    };
    let found: Vec<Json> = found(resource)
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
        "StackId": stack_id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type_name,
        "ExpectedProperties": resource.properties.to_string(),
        "ActualProperties": resource.actual.as_ref().unwrap_or(&resource.properties).to_string(),
        "StackResourceDriftStatus": if found.is_empty() { "IN_SYNC" } else { "MODIFIED" },
        "PropertyDifferences": found,
        "Timestamp": time::text(drift.time),
    })
}
