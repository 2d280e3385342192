//! What a replacement does to the resources that refer to the replaced one: their properties get another value, although
//! the template says the same as before.

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::facts::Registry;
use serde_json::{Map, Value};

use crate::between::settle;
use crate::diff::{Basis, PropertyDiff, ResourceDiff};
use crate::facts::Facts;
use crate::impact::Impact;
use crate::path::Path;
use crate::value::{Found, function, functions};

/// Adds what follows from replacements, and from what follows from those, until nothing new follows.
pub(crate) fn propagate(
    registry: &Registry,
    resources: &mut Vec<ResourceDiff>,
    old_resources: &Map<String, Value>,
    new_resources: &Map<String, Value>,
) {
    let mut done: BTreeSet<(String, Impact)> = BTreeSet::new();
    loop {
        let replaced: Vec<(String, Impact)> = resources
            .iter()
            .filter(|resource| matches!(resource.impact, Impact::Replace | Impact::MayReplace))
            .map(|resource| (resource.logical_id.clone(), resource.impact))
            .filter(|replaced| !done.contains(replaced))
            .collect();
        if replaced.is_empty() {
            break;
        }
        let causes: BTreeMap<String, Impact> = replaced.iter().cloned().collect();
        done.extend(replaced);
        for (id, resource) in new_resources.iter().filter(|(id, _)| old_resources.contains_key(*id)) {
            affect(registry, resources, id, old_resources.get(id).and_then(properties), resource, &causes);
        }
    }
    let order: BTreeMap<&str, usize> = new_resources.keys().map(String::as_str).zip(0..).collect();
    resources.sort_by_key(|resource| order.get(resource.logical_id.as_str()).copied().unwrap_or(usize::MAX));
}

fn properties(resource: &Value) -> Option<&Value> {
    resource.get("Properties")
}

fn affect(
    registry: &Registry,
    resources: &mut Vec<ResourceDiff>,
    id: &str,
    old_properties: Option<&Value>,
    resource: &Value,
    causes: &BTreeMap<String, Impact>,
) {
    let type_name = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
    let facts = Facts::of(registry, type_name);
    let mut found = Vec::new();
    if let Some(properties) = properties(resource) {
        let is_unordered = |path: &Path| facts.is_unordered(path);
        functions(&Path::default(), old_properties, properties, &is_unordered, &mut found);
    }
    for Found { path, is_new, value } in found {
        let cause =
            references(value).into_iter().filter(|name| name != id).find_map(|name| causes.get_key_value(&name));
        let Some((cause, severity)) = cause else { continue };
        let impact = match facts.change(&path, None).impact {
            Impact::Replace | Impact::MayReplace => Impact::MayReplace,
            // Whether there is an update at all hangs on a replacement that may not come.
            _ if *severity == Impact::MayReplace => continue,
            impact => impact,
        };
        let because = format!(
            "`{cause}` {}",
            match severity {
                Impact::Replace => "is replaced",
                _ => "may be replaced",
            }
        );
        let place = match resources.iter().position(|known| known.logical_id == id) {
            Some(place) => place,
            None => {
                resources.push(ResourceDiff {
                    logical_id: id.to_owned(),
                    type_name: type_name.to_owned(),
                    policy: resource
                        .get("UpdateReplacePolicy")
                        .and_then(Value::as_str)
                        .filter(|policy| *policy != "Delete")
                        .map(str::to_owned),
                    ..ResourceDiff::default()
                });
                resources.len() - 1
            }
        };
        let Some(diff) = resources.get_mut(place) else { continue };
        if diff.impact == Impact::Create {
            continue;
        }
        // A place that differs in the template too is there already: the replacement is its reason as well.
        match diff.properties.iter_mut().find(|known| known.path == path) {
            Some(known) => {
                known.impact = known.impact.max(impact);
                known.because.get_or_insert(because);
            }
            // It comes with something that differs in the template.
            None if is_new => {}
            None => diff.properties.push(PropertyDiff {
                path,
                before: Some(value.clone()),
                after: Some(value.clone()),
                impact,
                basis: Basis::Runtime,
                because: Some(because),
            }),
        }
        settle(diff);
    }
}

/// The logical ids that a value refers to by `Ref`, `Fn::GetAtt` and `Fn::Sub`.
pub(crate) fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(value, &mut found);
    found
}

fn visit(value: &Value, found: &mut BTreeSet<String>) {
    match function(value) {
        Some(("Ref", Value::String(name))) => {
            found.insert(name.clone());
        }
        Some(("Fn::GetAtt", Value::Array(parts))) => {
            found.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
        }
        Some(("Fn::GetAtt", Value::String(dotted))) => {
            found.extend(dotted.split('.').next().map(str::to_owned));
        }
        Some(("Fn::Sub", argument)) => {
            let (text, variables) = match argument {
                Value::Array(parts) => (parts.first(), parts.get(1)),
                text => (Some(text), None),
            };
            let own = variables.and_then(Value::as_object);
            for piece in text.and_then(Value::as_str).unwrap_or_default().split("${").skip(1) {
                let name = piece.split('}').next().unwrap_or_default();
                let name = name.split('.').next().unwrap_or_default();
                if !name.starts_with('!') && !own.is_some_and(|own| own.contains_key(name)) {
                    found.insert(name.to_owned());
                }
            }
        }
        _ => {}
    }
    match value {
        Value::Object(map) => map.values().for_each(|item| visit(item, found)),
        Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
        _ => {}
    }
}
