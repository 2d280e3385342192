//! Templates: where they come from, and what there is to know about one.

use std::collections::BTreeSet;

use formwork_template::template::MAX_INLINE_BYTES;
use formwork_template::{Template, Value};
use serde_json::{Value as Json, json};

use super::request::{Request, change_set};
use crate::document::capabilities;
use crate::document::{self, Document};
use crate::model::Stack;
use formwork_model::parameter::scalar_text as text_of;
use formwork_model::secret::is_no_echo;
use formwork_model::status::StackStatus;

use crate::protocol::ApiError;
use crate::world::World;

/// The template of a request, and what was read of it.
pub(super) fn of_request(
    world: &World,
    request: &Request<'_>,
    previous: Option<&Stack>,
) -> Result<(String, Document), ApiError> {
    let form = request.form;
    let uses_previous = form.flag("UsePreviousTemplate")? == Some(true);
    let text = match (form.get("TemplateBody"), form.get("TemplateURL"), uses_previous) {
        (Some(body), None, false) => {
            if body.len() > MAX_INLINE_BYTES {
                return Err(ApiError::validation(format!(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to {MAX_INLINE_BYTES}"
                )));
            }
            body.to_owned()
        }
        (None, Some(url), false) => world.objects.template(url)?,
        (None, None, true) => previous
            .and_then(|stack| stack.content.template.clone())
            .ok_or_else(|| ApiError::validation("UsePreviousTemplate needs a stack with a template"))?,
        (None, None, false) => {
            return Err(ApiError::validation("Either Template URL or Template Body must be specified."));
        }
        _ => {
            return Err(ApiError::validation(
                "Only one of Template Body, Template URL and UsePreviousTemplate can be specified.",
            ));
        }
    };
    let document = document::read(&world.registry, &text, request.region)?;
    Ok((text, document))
}

pub(super) fn get(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    request.form.word("TemplateStage", &["Original", "Processed"])?;
    let text = match request.form.get("ChangeSetName") {
        Some(name) => {
            if !name.starts_with("arn:") && request.form.get("StackName").is_none_or(str::is_empty) {
                return Err(ApiError::validation("StackName is a required parameter."));
            }
            let (stack, id) = change_set(world, request)?;
            stack.change_sets[&id].target.template.clone().or_else(|| stack.content.template.clone())
        }
        None => {
            // A stack that only has change sets has an empty template: the CDK CLI reads it while it deploys.
            let stack = request.stack(world)?;
            Some(stack.content.template.clone().unwrap_or_default())
        }
    };
    Ok(json!({ "TemplateBody": text, "StagesAvailable": ["Original", "Processed"] }))
}

pub(super) fn validate(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let (_, document) = of_request(world, request, None)?;
    let template = &document.template;
    let parameters: Vec<Json> = template
        .parameters
        .iter()
        .map(|(key, parameter)| {
            json!({
                "ParameterKey": key,
                "DefaultValue": parameter.default.as_ref().and_then(text_of),
                "NoEcho": is_no_echo(parameter),
                "Description": parameter.description,
            })
        })
        .collect();
    let capabilities = capabilities::needed(&document);
    Ok(json!({
        "Parameters": parameters,
        "Description": template.description,
        "Capabilities": capabilities,
        "CapabilitiesReason": reason(&document, &capabilities),
        "DeclaredTransforms": transforms(template),
    }))
}

pub(super) fn summary(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let document = match request.form.get("StackName") {
        Some(_) => {
            let stack = request.stack(world)?;
            if stack.status == StackStatus::ReviewInProgress {
                return Err(ApiError::validation("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."));
            }
            let text = stack.content.template.as_deref();
            document::read(&world.registry, text.ok_or_else(|| ApiError::no_stack(&stack.name))?, request.region)?
        }
        None => of_request(world, &Request { form: request.form, region: request.region }, None)?.1,
    };
    let template = &document.template;
    let parameters: Vec<Json> = template
        .parameters
        .iter()
        .map(|(key, parameter)| {
            let allowed: Option<Vec<String>> =
                parameter.allowed_values.as_ref().map(|values| values.iter().filter_map(text_of).collect());
            json!({
                "ParameterKey": key,
                "DefaultValue": parameter.default.as_ref().and_then(text_of),
                "ParameterType": parameter.parameter_type.as_str(),
                "NoEcho": is_no_echo(parameter),
                "Description": parameter.description,
                "ParameterConstraints": allowed.map(|allowed| json!({ "AllowedValues": allowed })).unwrap_or_else(|| json!({})),
            })
        })
        .collect();
    let resources = &document.written.resources;
    let types: BTreeSet<&str> = resources.values().map(|entry| entry.type_name.as_str()).collect();
    let identifiers: Vec<Json> = types
        .iter()
        .filter_map(|type_name| {
            let facts = world.registry.of(type_name)?;
            let ids: Vec<&str> = resources
                .iter()
                .filter(|(_, entry)| entry.type_name == *type_name)
                .map(|(id, _)| id.as_str())
                .collect();
            let parts: Vec<&str> = facts.primary_identifier().collect();
            Some(json!({ "ResourceType": type_name, "LogicalResourceIds": ids, "ResourceIdentifiers": parts }))
        })
        .collect();
    let capabilities = capabilities::needed(&document);
    let metadata = (!template.metadata.is_empty()).then(|| Value::Map(template.metadata.clone()));
    Ok(json!({
        "Parameters": parameters,
        "Description": template.description,
        "Capabilities": capabilities,
        "CapabilitiesReason": reason(&document, &capabilities),
        "ResourceTypes": types,
        "Version": "2010-09-09",
        "Metadata": metadata.map(|metadata| text_of_value(&metadata)),
        "DeclaredTransforms": transforms(template),
        "ResourceIdentifierSummaries": identifiers,
    }))
}

fn text_of_value(value: &Value) -> String {
    let lowering = formwork_template::Lowering::default();
    let mut out = formwork_template::JsonWriter::new(formwork_template::Style::Compact, &lowering);
    formwork_template::ToJson::write(value, &mut out);
    out.finish().text
}

fn reason(document: &Document, capabilities: &[&str]) -> Option<String> {
    if capabilities.is_empty() {
        return None;
    }
    let types: BTreeSet<&str> = document
        .written
        .resources
        .values()
        .map(|entry| entry.type_name.as_str())
        .filter(|name| name.starts_with("AWS::IAM::"))
        .collect();
    let types: Vec<&str> = types.into_iter().collect();
    Some(format!("The following resource(s) require capabilities: [{}]", types.join(", ")))
}

fn transforms(template: &Template) -> Vec<String> {
    match &template.transform {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().filter_map(text_of).collect(),
        Some(other) => text_of(other).into_iter().collect(),
    }
}
