//! Requests of the JSON protocol: clients of other services, such as Systems Manager, that were pointed here too. One of them is
//! answered ([`crate::api::parameter_store`]), the others are refused, naming them.
//!
//! Source: Smithy 2.0, "AWS JSON 1.1 protocol"; Systems Manager API Reference, `GetParameter`.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::{header, respond};
use crate::engine::Engine;
use crate::protocol::{ApiError, scope_of};

pub(super) async fn answer(engine: &Engine, head: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
    let asked = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("the operation");
    let result = match (asked, serde_json::from_slice(body)) {
        ("AmazonSSM.GetParameter", Ok(request)) => {
            let region = scope_of(header(head, AUTHORIZATION)).map_or("us-east-1", |scope| scope.region);
            engine.parameter(region, &request).await
        }
        ("AmazonSSM.GetParameter", Err(error)) => {
            Err(ApiError::new("SerializationException", 400, format!("the request is no JSON: {error}")))
        }
        _ => Err(ApiError::new(
            "UnknownOperationException",
            400,
            format!("the embedded engine does not know {asked}: it is CloudFormation, and little else"),
        )),
    };
    match result {
        Ok(found) => send(200, &found),
        Err(error) => {
            let mut response = send(error.status, &json!({ "__type": error.code, "message": error.message }));
            response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(error.code));
            response
        }
    }
}

fn send(status: u16, body: &Value) -> Response<Full<Bytes>> {
    respond(status, "application/x-amz-json-1.1", body.to_string().into_bytes())
}
