//! Resources as their services describe them when they are read.

use std::collections::BTreeMap;

use formwork_schema::facts::Registry;
use serde_json::Value as Json;

use super::{at, special};
use crate::evaluate::text_of;

/// A resource as its service describes it: with the attributes, and without what can only be written.
pub(crate) fn properties(
    registry: &Registry,
    type_name: &str,
    properties: &Json,
    attributes: &BTreeMap<String, Json>,
) -> Json {
    let mut all = if properties.is_object() { properties.clone() } else { Json::Object(Default::default()) };
    for (path, value) in attributes {
        if at(&all, path).is_none() {
            put(&mut all, path, value.clone());
        }
    }
    if let Some(facts) = registry.of(type_name) {
        let names: Vec<&str> = facts.write_only().collect();
        names.iter().for_each(|path| take(&mut all, &path.split('.').collect::<Vec<_>>()));
    }
    special::given_back(type_name, &mut all);
    all
}

/// The primary identifier of a resource that is described so; `None` if a part of it is missing.
pub(crate) fn identifier(registry: &Registry, type_name: &str, described: &Json) -> Option<String> {
    let parts: Option<Vec<String>> =
        registry.of(type_name)?.primary_identifier().map(|part| at(described, part).and_then(text_of)).collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("|"))
}

/// Puts a value at a dotted path, unless something that is not an object is in the way.
fn put(properties: &mut Json, path: &str, value: Json) {
    let Some(object) = properties.as_object_mut() else { return };
    match path.split_once('.') {
        None => drop(object.insert(path.to_owned(), value)),
        Some((name, rest)) => {
            put(object.entry(name).or_insert_with(|| Json::Object(Default::default())), rest, value);
        }
    }
}

/// Removes the value at a path; `*` stands for every item of a list.
fn take(properties: &mut Json, path: &[&str]) {
    match (properties, path) {
        (Json::Object(object), [name]) => drop(object.shift_remove(*name)),
        (Json::Object(object), [name, rest @ ..]) => {
            if let Some(value) = object.get_mut(*name) {
                take(value, rest);
            }
        }
        (Json::Array(items), ["*", rest @ ..]) if !rest.is_empty() => {
            items.iter_mut().for_each(|item| take(item, rest))
        }
        _ => {}
    }
}
