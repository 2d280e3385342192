//! The target of a request: template, parameters, tags and all else that the stack is to have.

use serde_json::{Value as Json, json};

use super::request::Request;
use crate::document::{Document, capabilities};
use crate::machine::MAX_MINUTES;
use crate::model::{Content, Stack};
use crate::parameters;
use crate::protocol::{ApiError, Form};
use crate::view::{self, Others};
use crate::world::World;

/// The target of a request, and its template, read.
pub(super) fn target(
    world: &World,
    request: &Request<'_>,
    template: String,
    document: Document,
    previous: Option<&Stack>,
) -> Result<(Content, Document), ApiError> {
    let form = request.form;
    let given = parameters::given(form).map_err(ApiError::validation)?;
    let empty = Content::default();
    let old = previous.map_or(&empty, |stack| &stack.content);
    let outside = Others::new(world, request.region);
    let parameters = parameters::settle(&document.template, &given, &old.parameters, &outside, request.region)
        .map_err(ApiError::validation)?;
    let values = parameters::evaluated(&document.template, &parameters);
    let name = form.get("StackName").unwrap_or_default();
    let document = document.settled(&world.registry, &values, &view::pseudo(&request.place(), name, "", &[]))?;
    let tags: Vec<(String, String)> = form
        .structures("Tags")
        .iter()
        .map(|tag| (tag.get("Key").unwrap_or_default().to_owned(), tag.get("Value").unwrap_or_default().to_owned()))
        .collect();
    if tags.len() > 50 {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    let notification_arns: Vec<String> = form.list("NotificationARNs").into_iter().map(str::to_owned).collect();
    let capabilities: Vec<String> = form.list("Capabilities").into_iter().map(str::to_owned).collect();
    if let Some(missing) = capabilities::missing(&document, &capabilities) {
        return Err(ApiError::new("InsufficientCapabilitiesException", 400, missing));
    }
    let allowed = form.list("ResourceTypes");
    let mut types = document.written.resources.values().map(|entry| entry.type_name.as_str());
    if !allowed.is_empty()
        && let Some(other) = types.find(|name| !allowed.iter().any(|pattern| covers(pattern, name)))
    {
        return Err(ApiError::validation(format!(
            "Resource type {other} is not allowed by parameter ResourceTypes [{}]",
            allowed.join(", ")
        )));
    }
    let content = Content {
        description: document.template.description.clone(),
        template: Some(template),
        parameters,
        // Tags that are left out stay.
        tags: if tags.is_empty() && !form.is_emptied("Tags") { old.tags.clone() } else { tags },
        capabilities,
        role_arn: form.get("RoleARN").map(str::to_owned).or_else(|| old.role_arn.clone()),
        notification_arns: if notification_arns.is_empty() && !form.is_emptied("NotificationARNs") {
            old.notification_arns.clone()
        } else {
            notification_arns
        },
        rollback_configuration: rollback_configuration(
            form,
            old.rollback_configuration.as_ref().unwrap_or(&Json::Null),
        )?,
        resources: old.resources.clone(),
        outputs: old.outputs.clone(),
        // Those of exports are found when values are worked out.
        imports: Default::default(),
    };
    Ok((content, document))
}

/// True if an entry of `ResourceTypes` means the type.
///
/// Source: API Reference, `CreateStack`, `ResourceTypes`: `AWS::*`, `Custom::*`, `AWS::EC2::*`, or a type.
fn covers(pattern: &str, type_name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => type_name.starts_with(start),
        None => pattern == type_name,
    }
}

/// The alarms that a request has watched, and for how long. Triggers and time stay as they were, each by itself, if the request leaves them out.
///
/// Source: API Reference, `RollbackConfiguration`: at most five triggers, 0 to 180 minutes.
fn rollback_configuration(form: &Form, old: &Json) -> Result<Option<Json>, ApiError> {
    let refused = |what: &str, rule: &str| {
        ApiError::validation(format!(
            "1 validation error detected: Value at 'rollbackConfiguration.{what}' failed to satisfy constraint: {rule}"
        ))
    };
    let triggers: Vec<Json> = form
        .structures("RollbackConfiguration.RollbackTriggers")
        .iter()
        .map(|trigger| json!({ "Arn": trigger.get("Arn"), "Type": trigger.get("Type") }))
        .collect();
    if triggers.len() > 5 {
        return Err(refused("rollbackTriggers", "Member must have length less than or equal to 5"));
    }
    if triggers.iter().any(|trigger| trigger["Arn"].is_null() || trigger["Type"].is_null()) {
        return Err(refused("rollbackTriggers", "Member must not be null"));
    }
    let kinds = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];
    if let Some(other) =
        triggers.iter().filter_map(|trigger| trigger["Type"].as_str()).find(|kind| !kinds.contains(kind))
    {
        return Err(ApiError::validation(format!(
            "Rollback trigger type {other} is not one of [{}]",
            kinds.join(", ")
        )));
    }
    let minutes = match form.get("RollbackConfiguration.MonitoringTimeInMinutes") {
        None => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|minutes: &u64| *minutes <= MAX_MINUTES)
                .ok_or_else(|| refused("monitoringTimeInMinutes", "Member must be between 0 and 180"))?,
        ),
    };
    let is_given = !triggers.is_empty() || form.is_emptied("RollbackConfiguration.RollbackTriggers");
    let triggers = if is_given { json!(triggers) } else { old["RollbackTriggers"].clone() };
    let minutes = minutes.map_or_else(|| old["MonitoringTimeInMinutes"].clone(), Json::from);
    let is_empty = triggers.as_array().is_none_or(Vec::is_empty) && minutes.is_null();
    Ok((!is_empty).then(|| json!({ "RollbackTriggers": triggers, "MonitoringTimeInMinutes": minutes })))
}
