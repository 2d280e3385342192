//! SAM's section `Globals`: properties that it gives to the resources of a template.
//!
//! Source: AWS SAM Developer Guide, "Globals section of the AWS SAM template": primitive values are replaced by the resource's own, maps
//! are merged, lists are added behind those of the section.

use std::borrow::Cow;

use formwork_model::Document;
use formwork_template::{Map, Template, Value};

const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// Puts the section's values into the properties of the resources that they are for.
pub(crate) fn apply(template: &Template, document: &mut Document<'_>) {
    let is_serverless = template.transform.as_ref().is_some_and(|transform| match transform {
        Value::List(names) => names.iter().any(|name| name.as_str() == Some(TRANSFORM)),
        name => name.as_str() == Some(TRANSFORM),
    });
    let Some(globals) = template.others.get("Globals").and_then(Value::as_map).filter(|_| is_serverless) else {
        return;
    };
    for entry in document.resources.values_mut().filter(|entry| entry.whole.is_none()) {
        let kind = entry.type_name.strip_prefix("AWS::Serverless::");
        if let Some(common) = kind.and_then(|kind| globals.get(kind)).and_then(Value::as_map) {
            entry.properties = Cow::Owned(merged(common, &entry.properties));
        }
    }
}

fn merged(common: &Map, own: &Map) -> Map {
    let mut all = common.clone();
    for (key, value) in own {
        let value = match (all.get(key), value) {
            (Some(Value::Map(common)), Value::Map(own)) => Value::Map(merged(common, own)),
            (Some(Value::List(common)), Value::List(own)) => Value::List(common.iter().chain(own).cloned().collect()),
            _ => value.clone(),
        };
        all.insert(key.clone(), value);
    }
    all
}
