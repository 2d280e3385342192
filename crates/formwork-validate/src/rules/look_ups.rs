//! Look-ups in mappings by keys that are known in a scenario only: by a parameter's value, or by the region.
//!
//! Those whose keys are written out are looked at where references are.
//!
//! Source: AWS CloudFormation Template Reference, `Fn::FindInMap`.

use formwork_template::function::Function;
use formwork_template::{Template, Value};

use crate::finding::{Finding, rule};
use crate::instance::{Reader, is_macro};
use crate::items;
use crate::rules::listed;
use crate::walk::arguments;

/// A key that a mapping does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    map: String,
    top: String,
    second: String,
}

impl Missing {
    pub(crate) fn at(&self, template: &Template, place: &[String]) -> Finding {
        let Missing { map, top, second } = self;
        let rows = template.mappings.get(map).and_then(Value::as_map);
        let (message, key, keys) = match rows.and_then(|rows| rows.get(top)) {
            None => (format!("the mapping `{map}` has no key `{top}`"), top, rows),
            Some(row) => (format!("the mapping `{map}` has no second key `{second}` in `{top}`"), second, row.as_map()),
        };
        let names = || keys.into_iter().flat_map(|keys| keys.keys()).map(String::as_str);
        Finding::error(rule::MAPPING, place, message).value(key).allowed(listed(names())).meant(key, names())
    }
}

/// The look-ups in a value, by their place in it, that find nothing in the reader's scenario.
pub(crate) fn missing(reader: &Reader<'_>, value: &Value) -> Vec<(Vec<String>, Missing)> {
    let mappings = &reader.setting.template.mappings;
    let mut found = Vec::new();
    if !mappings.is_empty() && !mappings.keys().any(|key| is_macro(key)) {
        gather(reader, value, &mut Vec::new(), &mut found);
    }
    found
}

fn gather(reader: &Reader<'_>, value: &Value, place: &mut Vec<String>, found: &mut Vec<(Vec<String>, Missing)>) {
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                place.push(index.to_string());
                gather(reader, item, place, found);
                place.pop();
            }
        }
        Value::Map(entries) => {
            for (key, item) in entries {
                place.push(key.clone());
                gather(reader, item, place, found);
                place.pop();
            }
        }
        Value::Function(function) => {
            let length = place.len();
            place.push(function.name().to_owned());
            if let Some(missing) = of(reader, function) {
                found.push((place.clone(), missing));
            }
            let taken = match &**function {
                Function::If { condition, .. } => reader.scenario.get(condition.as_str()),
                _ => None,
            };
            for (at, argument) in arguments(function) {
                // Nothing is looked up in the branch that is not taken.
                if taken.is_some_and(|holds| at.contains(&if *holds { "2" } else { "1" })) {
                    continue;
                }
                place.extend(at.into_iter().map(str::to_owned));
                gather(reader, argument, place, found);
                place.truncate(length + 1);
            }
            place.truncate(length);
        }
        _ => {}
    }
}

fn of(reader: &Reader<'_>, function: &Function) -> Option<Missing> {
    let Function::FindInMap { map, top_level_key, second_level_key, default: None } = function else { return None };
    let keys = [map, top_level_key, second_level_key];
    if keys.iter().all(|key| key.as_str().is_some()) {
        return None;
    }
    let [map, top, second] = keys.map(|key| reader.text_in_region(key));
    let (map, top) = (map?, top?);
    if [Some(&map), Some(&top), second.as_ref()].into_iter().flatten().any(|key| items::is_in(key)) {
        return None;
    }
    let rows = reader.setting.template.mappings.get(&map)?.as_map()?;
    let has = |entries: &formwork_template::Map, key: &str| {
        entries.contains_key(key) || entries.keys().any(|key| is_macro(key))
    };
    let is_there = match (rows.get(&top).and_then(Value::as_map), &second) {
        (Some(row), Some(second)) => has(row, second),
        (Some(_), None) => true,
        (None, _) => has(rows, &top),
    };
    (!is_there).then(|| Missing { map, top, second: second.unwrap_or_default() })
}
