//! Systems Manager, as far as deployers ask for it: parameters that stacks have made. The CDK keeps the version of its bootstrap in one.
//!
//! Source: Systems Manager API Reference, `GetParameter`.

use formwork_template::region::partition_of;
use serde_json::{Value as Json, json};

use crate::evaluate::Outside as _;
use crate::protocol::ApiError;
use crate::resources::special;
use crate::view::Others;
use crate::world::{ACCOUNT, World};

pub(crate) fn get(world: &World, region: &str, request: &Json) -> Result<Json, ApiError> {
    let Some(asked) = request.get("Name").and_then(Json::as_str).filter(|name| !name.is_empty()) else {
        return Err(ApiError::new("ValidationException", 400, "the request has no Name"));
    };
    let (name, version) = match asked.rsplit_once(':') {
        Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => (name, version.parse().ok()),
        _ => (asked, None),
    };
    // The service itself says no more than this.
    let not_found = || ApiError::new("ParameterNotFound", 400, "");
    let others = Others::new(world, region);
    let value = others.parameter(name, version).ok_or_else(not_found)?;
    let Some(parameter) = others.named(special::PARAMETER, name) else {
        let entered = world.existing_parameter(region, name);
        let kind = entered.and_then(|thing| thing.properties.get("Type")?.as_str()).unwrap_or("String");
        // The owner of a public one is AWS.
        let account = entered.map_or("", |_| ACCOUNT);
        let arn = format!(
            "arn:{}:ssm:{region}:{account}:parameter/{}",
            partition_of(region).code,
            name.trim_start_matches('/')
        );
        return Ok(
            json!({ "Parameter": { "ARN": arn, "DataType": "text", "Name": name, "Type": kind, "Value": value, "Version": 1 } }),
        );
    };
    let latest = parameter.history.len() + 1;
    let kind = parameter.properties.get("Type").and_then(Json::as_str).unwrap_or("String");
    Ok(json!({
        "Parameter": {
            "ARN": parameter.attributes.get("Arn"),
            "DataType": parameter.properties.get("DataType").and_then(Json::as_str).unwrap_or("text"),
            "LastModifiedDate": parameter.updated as f64 / 1_000.0,
            "Name": name,
            "Type": kind,
            "Value": value,
            "Version": version.unwrap_or(latest),
        },
    }))
}
