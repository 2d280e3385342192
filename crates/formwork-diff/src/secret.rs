//! Where secrets stand, so that their values are never shown: parameters with `NoEcho` and dynamic references to Secrets
//! Manager and to secure strings of Systems Manager. The references themselves are no secrets.

use std::collections::BTreeSet;

use formwork_template::{Parameter, Template};
use serde_json::{Map, Value};

use crate::path::{Path, Step};
use crate::propagation::references;
use crate::value::{is_function, scalar_text};

/// The text that stands for a secret.
pub(crate) const SECRET: &str = "****";

/// Whether CloudFormation masks the parameter's value.
pub(crate) fn is_secret_parameter(parameter: &Parameter) -> bool {
    let no_echo = parameter.no_echo.as_ref().map(crate::between::plain);
    no_echo.is_some_and(|value| scalar_text(&value).is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

/// The names of a template's parameters that are secrets.
pub(crate) fn parameters(template: &Template) -> BTreeSet<String> {
    let secrets = template.parameters.iter().filter(|(_, parameter)| is_secret_parameter(parameter));
    secrets.map(|(name, _)| name.clone()).collect()
}

/// The places in all resources that get a secret.
pub(crate) fn places(resources: &Map<String, Value>, parameters: &BTreeSet<String>, found: &mut Vec<(String, Path)>) {
    for (id, resource) in resources {
        if let Some(properties) = resource.get("Properties") {
            let mut paths = Vec::new();
            search(&Path::default(), properties, parameters, &mut paths);
            found.extend(paths.into_iter().map(|path| (id.clone(), path)));
        }
    }
}

fn search(path: &Path, value: &Value, parameters: &BTreeSet<String>, found: &mut Vec<Path>) {
    match value {
        Value::String(text) if is_secret_reference(text) => found.push(path.clone()),
        Value::Object(_) if is_function(value) => {
            let is_secret = references(value).iter().any(|name| parameters.contains(name)) || holds_reference(value);
            if is_secret {
                found.push(path.clone());
            }
        }
        Value::Object(map) => map.iter().for_each(|(name, item)| search(&path.name(name), item, parameters, found)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let (before, after) = (Some(index), Some(index));
                search(&path.with(Step::Item { before, after }), item, parameters, found);
            }
        }
        _ => {}
    }
}

fn holds_reference(value: &Value) -> bool {
    match value {
        Value::String(text) => is_secret_reference(text),
        Value::Array(items) => items.iter().any(holds_reference),
        Value::Object(map) => map.values().any(holds_reference),
        _ => false,
    }
}

fn is_secret_reference(text: &str) -> bool {
    text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:")
}
