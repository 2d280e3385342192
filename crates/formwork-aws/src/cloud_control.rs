//! The Cloud Control API: resources of any type, by their identifiers.
//!
//! Source: Cloud Control API Reference, `GetResource`, `ListResources`, `DeleteResource`, `GetResourceRequestStatus`,
//! `ListResourceRequests`, `ProgressEvent`,
//! "Handler error codes".

use aws_smithy_types::DateTime;
use formwork_model::service::{DeletedResource, Deletion, Page};
use serde_json::{Map, Value, json};

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::CLOUD_CONTROL;
use crate::time::timestamp;

/// Pages of a list that are read, at most, of up to 100 resources each: an end to a service that always names another page.
const PAGES: usize = 1_000;

/// A resource as the API describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its primary identifier; the values of several parts are joined by `|`.
    pub identifier: String,
    /// Its properties: all that can be read with [`get`], those that its service lists with [`list`].
    pub properties: Map<String, Value>,
}

/// The resource of this type with this identifier; `None` if there is not one.
///
/// # Errors
///
/// When the call fails for any other reason than that.
pub async fn get(aws: &Aws, region: &str, type_name: &str, identifier: &str) -> Result<Option<Resource>, Error> {
    const CALL: &str = "GetResource";
    let input = json!({ "TypeName": type_name, "Identifier": identifier });
    match call(aws, region, CALL, &input).await {
        Ok(answer) => resource(&answer["ResourceDescription"], CALL).map(Some),
        // An id that EC2 does not know is refused by its own code, inside the message of a handler that failed.
        Err(Error::Service { code, message, .. })
            if code == "ResourceNotFoundException" || message.contains("HandlerErrorCode: NotFound") =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// All resources of this type.
///
/// # Errors
///
/// When a call fails.
pub async fn list(aws: &Aws, region: &str, type_name: &str) -> Result<Vec<Resource>, Error> {
    const CALL: &str = "ListResources";
    let mut found = Vec::new();
    let mut token = Value::Null;
    for _ in 0..PAGES {
        let mut input = json!({ "TypeName": type_name });
        if token.is_string() {
            input["NextToken"] = token;
        }
        let mut answer = call(aws, region, CALL, &input).await?;
        for description in answer["ResourceDescriptions"].as_array().into_iter().flatten() {
            found.push(resource(description, CALL)?);
        }
        token = answer["NextToken"].take();
        if token.as_str().is_none_or(str::is_empty) {
            break;
        }
    }
    Ok(found)
}

/// Asks for the deletion of a resource. A request that is sent again with the same `client_token` is the same request.
///
/// # Errors
///
/// When the call fails. That the resource is not there is not a failure.
pub async fn delete(
    aws: &Aws,
    region: &str,
    type_name: &str,
    identifier: &str,
    client_token: &str,
) -> Result<Deletion, Error> {
    const CALL: &str = "DeleteResource";
    let input = json!({ "TypeName": type_name, "Identifier": identifier, "ClientToken": client_token });
    match call(aws, region, CALL, &input).await {
        Ok(answer) => deletion(&answer["ProgressEvent"], CALL),
        Err(Error::Service { code, .. }) if code == "ResourceNotFoundException" => Ok(Deletion::Done),
        Err(error) => Err(error),
    }
}

/// The state of a request to delete a resource.
///
/// # Errors
///
/// When the call fails.
pub async fn request_status(aws: &Aws, region: &str, token: &str) -> Result<Deletion, Error> {
    const CALL: &str = "GetResourceRequestStatus";
    let answer = call(aws, region, CALL, &json!({ "RequestToken": token })).await?;
    deletion(&answer["ProgressEvent"], CALL)
}

/// A page of the types and identifiers of resources that requests deleted in the last seven days.
///
/// Source: Cloud Control API User Guide, "Managing resource operation requests": they are kept for seven days.
///
/// # Errors
///
/// When the call fails.
pub async fn deleted(aws: &Aws, region: &str, token: Option<&str>) -> Result<Page<DeletedResource>, Error> {
    const CALL: &str = "ListResourceRequests";
    let filter = json!({ "Operations": ["DELETE"], "OperationStatuses": ["SUCCESS"] });
    let mut input = json!({ "ResourceRequestStatusFilter": filter });
    if let Some(token) = token {
        input["NextToken"] = json!(token);
    }
    let answer = call(aws, region, CALL, &input).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = answer["ResourceRequestStatusSummaries"].as_array().into_iter().flatten();
    let items = items.map(|event| DeletedResource {
        type_name: text(&event["TypeName"]),
        identifier: text(&event["Identifier"]),
        time: event["EventTime"].as_f64().map(DateTime::from_secs_f64).as_ref().map(timestamp),
    });
    let items = items.collect();
    let next = answer["NextToken"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
    Ok(Page { items, next })
}

fn deletion(event: &Value, call: &'static str) -> Result<Deletion, Error> {
    let text = |field: &str| event[field].as_str();
    let missing = |field| Error::Incomplete { call, field };
    Ok(match text("OperationStatus").ok_or_else(|| missing("OperationStatus"))? {
        "SUCCESS" => Deletion::Done,
        "FAILED" | "CANCEL_COMPLETE" => match text("ErrorCode").unwrap_or("no code") {
            "NotFound" => Deletion::Done,
            code => {
                let message = text("StatusMessage").unwrap_or("the service gives no reason").to_owned();
                Deletion::Failed { code: code.to_owned(), message }
            }
        },
        // Pending, in progress, being cancelled, and whatever else may come before an end.
        _ => {
            let token = text("RequestToken").ok_or_else(|| missing("RequestToken"))?;
            Deletion::InProgress { token: token.to_owned() }
        }
    })
}

async fn call(aws: &Aws, region: &str, call: &'static str, input: &Value) -> Result<Value, Error> {
    let request = Request::Json { version: "1.0", target: "CloudApiService", input };
    match aws.call(&CLOUD_CONTROL, region, call, request).await? {
        Answer::Json(answer) => Ok(answer),
        Answer::Xml(_) => Err(Error::Incomplete { call, field: "ResourceDescription" }),
    }
}

fn resource(description: &Value, call: &'static str) -> Result<Resource, Error> {
    let missing = |field| Error::Incomplete { call, field };
    let identifier = description["Identifier"].as_str().ok_or_else(|| missing("Identifier"))?;
    // A text that is JSON itself; some types list nothing but the identifier.
    let properties = description["Properties"].as_str().unwrap_or("{}");
    let properties = serde_json::from_str(properties).map_err(|_| missing("Properties"))?;
    Ok(Resource { identifier: identifier.to_owned(), properties })
}
