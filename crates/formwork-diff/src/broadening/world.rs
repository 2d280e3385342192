//! The possible outcomes of conditions that nobody has decided yet: each is compared by itself, before with after, so that
//! a branch of `Fn::If` that opens is found, and one that was there before is not.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::value::function;

/// With this many undecided conditions or fewer, all outcomes are looked at; with more, each one alone, and all at once.
const ALL: usize = 4;
/// Conditions beyond this number are taken as holding and as not holding together with all others.
const SINGLE: usize = 24;

/// One outcome: the conditions that hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct World(BTreeSet<String>);

impl World {
    /// The outcomes that are worth looking at; first the one in which no condition holds.
    pub(super) fn all(names: &BTreeSet<String>) -> Vec<World> {
        if names.len() <= ALL {
            let choices = 0..1_usize << names.len();
            return choices
                .map(|choice| {
                    let holding = names.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1);
                    World(holding.map(|(_, name)| name.clone()).collect())
                })
                .collect();
        }
        let mut worlds = vec![World::default(), World(names.clone())];
        for name in names.iter().take(SINGLE) {
            worlds.push(World(BTreeSet::from([name.clone()])));
            worlds.push(World(names.iter().filter(|other| *other != name).cloned().collect()));
        }
        worlds
    }

    pub(super) fn holds(&self, condition: &str) -> bool {
        self.0.contains(condition)
    }

    /// The value with its branches decided. An item of a list without value leaves `null`, so that the others keep their
    /// places.
    pub(super) fn decide(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().map(|item| self.decide(item).unwrap_or(Value::Null)).collect()),
            Value::Object(map) => match (function(value), branches(value)) {
                (Some(("Ref", Value::String(name))), _) if name == "AWS::NoValue" => None,
                (_, Some((name, then, otherwise))) => self.decide(if self.0.contains(name) { then } else { otherwise }),
                _ => {
                    let entries = map.iter().filter_map(|(key, item)| Some((key.clone(), self.decide(item)?)));
                    Some(Value::Object(entries.collect::<Map<_, _>>()))
                }
            },
            scalar => Some(scalar.clone()),
        }
    }
}

/// The names of the conditions that a value hangs on.
pub(super) fn conditions(value: &Value, found: &mut BTreeSet<String>) {
    if let Some((name, ..)) = branches(value) {
        found.insert(name.to_owned());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| conditions(item, found)),
        Value::Object(map) => map.values().for_each(|item| conditions(item, found)),
        _ => {}
    }
}

fn branches(value: &Value) -> Option<(&str, &Value, &Value)> {
    match function(value) {
        Some(("Fn::If", Value::Array(items))) => match items.as_slice() {
            [Value::String(name), then, otherwise] => Some((name, then, otherwise)),
            _ => None,
        },
        _ => None,
    }
}

/// True if something in the value is not there in every outcome.
pub(super) fn has_branches(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_branches),
        Value::Object(map) => {
            matches!(function(value), Some(("Ref", Value::String(name))) if name == "AWS::NoValue")
                || map.contains_key("Fn::If")
                || map.values().any(has_branches)
        }
        _ => false,
    }
}
