//! Requests of the JSON protocols: clients of other services that were pointed here too. Parameters of Systems Manager
//! ([`crate::api::parameter_store`]) are read, resources of Cloud Control ([`crate::api::cloud_control`]) are read and deleted, the
//! other calls are refused, naming them.
//!
//! Sources: Smithy 2.0, "AWS JSON 1.0 protocol", "AWS JSON 1.1 protocol"; Systems Manager API Reference, `GetParameter`; Cloud Control
//! API Reference.

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::response::{Answer, header, respond};
use crate::api::{cloud_control, parameter_store};
use crate::engine::Engine;
use crate::protocol::{ApiError, scope_of};
use crate::world::World;

/// A call: the region, and the request.
type Call = fn(&mut World, &str, &Value) -> Result<Value, ApiError>;

const VERSION_1_0: &str = "application/x-amz-json-1.0";
const VERSION_1_1: &str = "application/x-amz-json-1.1";

pub(super) async fn answer(engine: &Engine, head: &Parts, body: &[u8]) -> Answer {
    let asked = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("the operation");
    let region = scope_of(header(head, AUTHORIZATION)).map_or("us-east-1", |scope| scope.region);
    let call: Option<Call> = match asked {
        "AmazonSSM.GetParameter" => Some(|world, region, request| parameter_store::get(world, region, request)),
        "CloudApiService.GetResource" => Some(|world, region, request| cloud_control::get(world, region, request)),
        "CloudApiService.ListResources" => Some(|world, region, request| cloud_control::list(world, region, request)),
        "CloudApiService.GetResourceRequestStatus" => {
            Some(|world, region, request| cloud_control::request_status(world, region, request))
        }
        "CloudApiService.ListResourceRequests" => Some(|world, region, _| cloud_control::requests(world, region)),
        "CloudApiService.DeleteResource" => Some(cloud_control::delete),
        _ => None,
    };
    let result = match (call, serde_json::from_slice::<Value>(body)) {
        (Some(call), Ok(request)) => engine.answer_json(|world| call(world, region, &request)).await,
        (Some(_), Err(error)) => {
            Err(ApiError::new("SerializationException", 400, format!("the request is not JSON: {error}")))
        }
        (None, _) => Err(ApiError::new(
            "UnknownOperationException",
            400,
            format!("the embedded engine does not know {asked}: it is CloudFormation, and little else"),
        )),
    };
    // The protocol has two versions, and a client reads the one that it spoke.
    let version = if header(head, CONTENT_TYPE).contains("json-1.0") { VERSION_1_0 } else { VERSION_1_1 };
    let send = |status: u16, body: &Value| respond(status, version, body.to_string().into_bytes());
    match result {
        Ok(found) => send(200, &found),
        Err(error) => {
            let mut response = send(error.status, &json!({ "__type": error.code, "message": error.message }));
            response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error.code));
            response
        }
    }
}
