//! The Cloud Control API, as far as it is called here: look-ups read resources that stacks have made, and things that were entered as
//! existing; the deployer deletes what stacks left behind.
//!
//! Sources: Cloud Control API Reference, `GetResource`, `ListResources`, `DeleteResource`, `GetResourceRequestStatus`, `ListResourceRequests`, `ProgressEvent`;
//! `aws/aws-sdk` issue 324 (what an answer that failed says).

use formwork_template::region::partition_of;
use serde_json::{Value as Json, json};

use crate::model::{Doing, Removal, StackResource};
use crate::protocol::ApiError;
use crate::resources::{self, Owner, described, special};
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

/// `DeleteResource`: of what no stack has any more. The outcome is settled at once and told when the service would be done.
pub(crate) fn delete(world: &mut World, region: &str, request: &Json) -> Result<Json, ApiError> {
    let type_name = type_name(world, request)?.to_owned();
    let identifier = text(request, "Identifier")?.to_owned();
    let place = |world: &World, of: fn(&crate::model::Stack) -> &Vec<StackResource>| {
        world.stacks.values().filter(|stack| is_seen_in(&type_name, &stack.place.region, region)).find_map(|stack| {
            let is_meant =
                |one: &StackResource| one.type_name == type_name && of_stack(world, one).identifier == identifier;
            Some((stack.id.clone(), of(stack).iter().find(|one| is_meant(one))?.clone()))
        })
    };
    let Some((stack_id, resource)) = place(world, |stack| &stack.left_behind) else {
        // One that a stack has, or that was entered, is nobody's to delete here.
        get(world, region, request)?;
        return Err(ApiError::new(
            "GeneralServiceException",
            400,
            format!(
                "the embedded engine deletes by Cloud Control what stacks left behind, and `{identifier}` is not that"
            ),
        ));
    };
    let (token, now) = (world.ids.uuid(), world.now());
    let Some(stack) = world.stacks.get(&stack_id) else { return Err(ApiError::internal("the stack is gone")) };
    let (of, name) = (stack.place.clone(), stack.name.clone());
    let owner = Owner { place: &of, stack_name: &name, logical_id: &resource.logical_id };
    let refusal =
        special::refusal(Doing::Delete, &owner, &type_name, &resource.physical_id, &resource.properties, world);
    let removal = Removal {
        token,
        type_name: type_name.clone(),
        identifier,
        region: region.to_owned(),
        until: now.saturating_add(world.scaled(special::duration(&type_name, Doing::Delete))),
        failure: refusal,
    };
    let succeeds = removal.failure.is_none();
    let answer = json!({ "ProgressEvent": progress(&removal, now) });
    if let Some(stack) = world.stack_mut(&stack_id) {
        if succeeds {
            stack.left_behind.retain(|other| other.birth != resource.birth);
        }
        stack.removals.push(removal);
    }
    let identity = world.identity_of(&resource, &of);
    let is_taken_over =
        world.stacks.values().flat_map(|stack| stack.content.resources.values()).any(|other| {
            other.is_there() && other.birth != resource.birth && world.identity_of(other, &of) == identity
        });
    if succeeds && !is_taken_over {
        world.free_identity(&resource, &of);
    }
    Ok(answer)
}

/// `GetResourceRequestStatus`
pub(crate) fn request_status(world: &World, region: &str, request: &Json) -> Result<Json, ApiError> {
    let token = text(request, "RequestToken")?;
    let removals = world.stacks.values().flat_map(|stack| &stack.removals);
    match removals.into_iter().find(|removal| removal.token == token && removal.region == region) {
        Some(removal) => Ok(json!({ "ProgressEvent": progress(removal, world.now()) })),
        None => {
            Err(ApiError::new("RequestTokenNotFoundException", 400, format!("Request token {token} was not found")))
        }
    }
}

/// `ListResourceRequests`: those that deleted something.
pub(crate) fn requests(world: &World, region: &str) -> Result<Json, ApiError> {
    let now = world.now();
    let removals = world.stacks.values().flat_map(|stack| &stack.removals);
    let done = removals.filter(|one| one.region == region && one.failure.is_none() && one.until <= now);
    let done: Vec<Json> = done.map(|removal| progress(removal, now)).collect();
    Ok(json!({ "ResourceRequestStatusSummaries": done }))
}

fn progress(removal: &Removal, now: u64) -> Json {
    let status = match (&removal.failure, now >= removal.until) {
        (_, false) => "IN_PROGRESS",
        (None, true) => "SUCCESS",
        (Some(_), true) => "FAILED",
    };
    let mut event = json!({
        "TypeName": removal.type_name,
        "Identifier": removal.identifier,
        "RequestToken": removal.token,
        "Operation": "DELETE",
        "OperationStatus": status,
        "EventTime": now.min(removal.until) as f64 / 1000.0,
    });
    if let Some(failure) = removal.failure.as_ref().filter(|_| status == "FAILED") {
        let code = failure.rsplit_once("(HandlerErrorCode: ").and_then(|(_, code)| code.strip_suffix(')'));
        event["StatusMessage"] = json!(failure);
        event["ErrorCode"] = json!(code.unwrap_or("GeneralServiceException"));
    }
    event
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

/// True if resources of the type that are in the region `home` are seen from `region`.
fn is_seen_in(type_name: &str, home: &str, region: &str) -> bool {
    home == region || (resources::is_global(type_name) && partition_of(home) == partition_of(region))
}

/// Everything of the type that is seen from the region, sorted.
fn all(world: &World, region: &str, type_name: &str) -> Vec<Described> {
    let is_seen_in = |other: &str| is_seen_in(type_name, other, region);
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
