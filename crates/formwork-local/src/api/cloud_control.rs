//! The Cloud Control API, as far as look-ups call it: resources that stacks have made, and things that were entered as existing.
//!
//! Sources: Cloud Control API Reference, `GetResource`, `ListResources`; `aws/aws-sdk` issue 324 (what an answer that failed says).

use formwork_template::region::partition_of;
use serde_json::{Value as Json, json};

use crate::model::StackResource;
use crate::protocol::ApiError;
use crate::resources::{self, described};
use crate::world::World;

/// Resources of a page, at most.
const PAGE: usize = 100;

/// A resource as it is listed.
#[derive(Clone, Debug, PartialEq)]
struct Described {
    identifier: String,
    properties: Json,
}

impl Described {
    fn answer(&self) -> Json {
        // Properties are a text that is JSON itself.
        json!({ "Identifier": self.identifier, "Properties": self.properties.to_string() })
    }
}

/// `GetResource`
pub(crate) fn get(world: &World, region: &str, request: &Json) -> Result<Json, ApiError> {
    let type_name = type_name(world, request)?;
    let identifier = text(request, "Identifier")?;
    match all(world, region, type_name).into_iter().find(|one| one.identifier == identifier) {
        Some(found) => Ok(json!({ "TypeName": type_name, "ResourceDescription": found.answer() })),
        None => Err(ApiError::new(
            "ResourceNotFoundException",
            400,
            format!(
                "Resource of type '{type_name}' with identifier '{identifier}' was not found. (HandlerErrorCode: NotFound)"
            ),
        )),
    }
}

/// `ListResources`
pub(crate) fn list(world: &World, region: &str, request: &Json) -> Result<Json, ApiError> {
    let type_name = type_name(world, request)?;
    let size = match request.get("MaxResults") {
        None | Some(Json::Null) => PAGE,
        Some(size) => size
            .as_u64()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| (1..=PAGE).contains(size))
            .ok_or_else(|| {
                ApiError::new(
                    "ValidationException",
                    400,
                    format!("MaxResults is {size}, and it is a number from 1 to {PAGE}"),
                )
            })?,
    };
    let begin = match request.get("NextToken") {
        None | Some(Json::Null) => 0,
        Some(token) => token.as_str().and_then(|token| token.parse().ok()).ok_or_else(|| {
            ApiError::new("ValidationException", 400, format!("{token} is not a token of this engine"))
        })?,
    };
    let model: Json = match request.get("ResourceModel").and_then(Json::as_str) {
        None => json!({}),
        Some(model) => serde_json::from_str(model).map_err(|error| {
            ApiError::new("InvalidRequestException", 400, format!("ResourceModel is not JSON: {error}"))
        })?,
    };
    let is_like = |one: &Described| {
        model.as_object().into_iter().flatten().all(|(name, value)| one.properties.get(name) == Some(value))
    };
    let found: Vec<Described> = all(world, region, type_name).into_iter().filter(is_like).collect();
    let page: Vec<Json> = found.iter().skip(begin).take(size).map(Described::answer).collect();
    let mut answer = json!({ "TypeName": type_name, "ResourceDescriptions": page });
    if begin.saturating_add(size) < found.len() {
        answer["NextToken"] = json!((begin + size).to_string());
    }
    Ok(answer)
}

fn text<'r>(request: &'r Json, field: &str) -> Result<&'r str, ApiError> {
    let text = request.get(field).and_then(Json::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| ApiError::new("ValidationException", 400, format!("the request has no {field}")))
}

fn type_name<'r>(world: &World, request: &'r Json) -> Result<&'r str, ApiError> {
    let type_name = text(request, "TypeName")?;
    match world.registry.of(type_name) {
        Some(_) => Ok(type_name),
        None => Err(ApiError::new("TypeNotFoundException", 404, format!("The type '{type_name}' cannot be found."))),
    }
}

/// Everything of the type that is seen from the region, sorted.
fn all(world: &World, region: &str, type_name: &str) -> Vec<Described> {
    let is_seen_in = |other: &str| {
        let has_no_region = resources::is_global(type_name);
        other == region || (has_no_region && partition_of(other) == partition_of(region))
    };
    let mut found: Vec<Described> = Vec::new();
    for stack in world.stacks.values().filter(|stack| is_seen_in(&stack.place.region)) {
        let all = stack.content.resources.values().chain(&stack.leftovers).chain(&stack.left_behind);
        found.extend(all.filter(|one| one.type_name == type_name && one.is_there()).map(|one| of_stack(world, one)));
    }
    let entered = world.existing.iter().filter(|thing| thing.type_name == type_name && is_seen_in(&thing.region));
    found.extend(
        entered.map(|thing| Described { identifier: thing.identifier.clone(), properties: thing.properties.clone() }),
    );
    found.sort_by(|one, other| one.identifier.cmp(&other.identifier));
    found.dedup_by(|one, other| one.identifier == other.identifier);
    found
}

fn of_stack(world: &World, resource: &StackResource) -> Described {
    let StackResource { type_name, properties, actual, attributes, physical_id, .. } = resource;
    let properties = actual.as_ref().unwrap_or(properties);
    let properties = described::properties(&world.registry, type_name, properties, attributes);
    let identifier = described::identifier(&world.registry, type_name, &properties);
    Described { identifier: identifier.unwrap_or_else(|| physical_id.clone()), properties }
}
