//! Places in the properties of a resource, by a path of the tables: names from the outside to the inside, `[]` behind a list, `{}`
//! behind a JSON text, `**.` for a property at any depth.

use std::borrow::Cow;

use serde_json::Value;

use super::documents::{item_at, json_of};
use super::sides::as_list;
use super::traffic::spelling;
use crate::path::Path;

/// A place of a property in one resource.
pub(super) struct Spot<'a> {
    /// The same before and after: names, and of items of a list their own name or place.
    pub(super) key: String,
    pub(super) path: Path,
    pub(super) value: Option<Cow<'a, Value>>,
}

/// The items of a list, or the one value.
pub(super) fn items<'a>(spot: &'a Spot<'_>) -> impl Iterator<Item = (Path, Value)> + 'a {
    let list = match spot.value.as_deref() {
        Some(Value::Array(items)) => {
            let items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            items.map(|(index, item)| (spot.path.with(item_at(index)), item.clone())).collect()
        }
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![(spot.path.clone(), one.clone())],
    };
    list.into_iter()
}

/// The places that a path of the table names in a resource's properties.
pub(super) fn spots<'a>(path: &str, properties: &'a Value) -> Vec<Spot<'a>> {
    let mut found = Vec::new();
    if path.is_empty() {
        return found;
    }
    match path.strip_prefix("**.") {
        Some(name) => anywhere(name, &Path::default(), String::new(), properties, &mut found),
        None => {
            let steps: Vec<&str> = path.split('.').collect();
            along(&steps, &Path::default(), String::new(), Some(properties), &mut found);
        }
    }
    found
}

fn along<'a>(steps: &[&str], path: &Path, key: String, value: Option<&'a Value>, found: &mut Vec<Spot<'a>>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(Spot { key, path: path.clone(), value: value.map(Cow::Borrowed) });
        return;
    };
    if let Some(name) = step.strip_suffix("{}") {
        // A JSON text in the place of an object.
        let document = value.and_then(|value| value.get(name)).and_then(json_of);
        for (index, item) in document.iter().flat_map(as_list).enumerate() {
            let mut inner = Vec::new();
            along(rest, &path.name(name).with(item_at(index)), format!("{key}/{index}"), Some(item), &mut inner);
            found.extend(inner.into_iter().map(|spot| Spot {
                value: spot.value.map(|value| Cow::Owned(value.into_owned())),
                key: spot.key,
                path: spot.path,
            }));
        }
        return;
    }
    let name = step.strip_suffix("[]").unwrap_or(step);
    let inner = value.and_then(|value| value.get(name));
    let path = path.name(name);
    match (step.ends_with("[]"), inner) {
        (true, Some(Value::Array(items))) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
                let name = identity(item).unwrap_or_else(|| index.to_string());
                along(rest, &path.with(item_at(index)), format!("{key}/{name}"), Some(item), found);
            }
            if items.is_empty() {
                along(rest, &path, format!("{key}/0"), None, found);
            }
        }
        (true, _) => along(rest, &path, format!("{key}/0"), inner, found),
        (false, _) => along(rest, &path, key, inner, found),
    }
}

/// Identity of a list's item, by which it is known after a change.
fn identity(item: &Value) -> Option<String> {
    const NAMES: [&str; 5] = ["Id", "Name", "PathPattern", "Region", "AuthenticationType"];
    NAMES.iter().find_map(|name| Some(spelling(item.get(name)?)))
}

fn anywhere<'a>(name: &str, path: &Path, key: String, value: &'a Value, found: &mut Vec<Spot<'a>>) {
    match value {
        Value::Object(map) => {
            for (own, item) in map {
                let path = path.name(own);
                if own == name {
                    found.push(Spot { key: key.clone(), path, value: Some(Cow::Borrowed(item)) });
                } else if !own.starts_with("Fn::") {
                    anywhere(name, &path, format!("{key}/{own}"), item, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let own = identity(item).unwrap_or_else(|| index.to_string());
                anywhere(name, &path.with(item_at(index)), format!("{key}/{own}"), item, found);
            }
        }
        _ => {}
    }
}
