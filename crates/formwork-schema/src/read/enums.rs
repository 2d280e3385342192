//! Texts with listed values, and what their types are called.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Node, alternatives, capital};
use crate::ir::{Enum, Resource, Type};

/// An enum that has no name yet.
#[derive(Clone)]
pub(super) struct Found {
    /// The struct or resource that has the field.
    pub(super) owner: String,
    /// The field, or the definition.
    pub(super) field: String,
    /// True if a definition names it.
    pub(super) is_definition: bool,
    pub(super) content: Enum,
}

/// The listed values of a text, if it has any.
pub(super) fn values(node: &Node) -> Option<Vec<String>> {
    let listed = |node: &Node| {
        let values = node.get("enum")?.as_array()?;
        Some(values.iter().filter_map(spelling).collect::<Vec<_>>())
    };
    let found = match node.get("enumCaseInsensitive").and_then(Value::as_array) {
        // The values in AWS's own spelling stand among the alternatives, if anywhere.
        Some(lower_case) => alternatives(node, "anyOf")
            .into_iter()
            .flatten()
            .find_map(listed)
            .unwrap_or_else(|| lower_case.iter().filter_map(spelling).collect()),
        None => match listed(node) {
            Some(values) => values,
            None => vec![spelling(node.get("const")?)?],
        },
    };
    let mut unique: Vec<String> = Vec::new();
    for value in found {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    (!unique.is_empty()).then_some(unique)
}

fn spelling(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The key that stands for an enum's name until all enums of the resource are known.
pub(super) fn key(index: usize) -> String {
    format!("#{index}")
}

/// Names the enums of `resource`.
///
/// A definition gives its own name. Otherwise the field's name is the enum's, and equal fields of several structs share it;
/// where fields of one name list different values, or the name is taken, the name of the owner goes before it.
pub(super) fn name_them(resource: &mut Resource, found: Vec<Found>, taken: &BTreeMap<String, Option<&str>>) {
    let mut lists: BTreeMap<String, Vec<&Vec<String>>> = BTreeMap::new();
    for one in found.iter().filter(|one| !one.is_definition) {
        let lists = lists.entry(capital(&one.field)).or_default();
        if !lists.contains(&&one.content.values) {
            lists.push(&one.content.values);
        }
    }
    let shared: Vec<String> = lists
        .iter()
        .filter(|(name, lists)| lists.len() == 1 && !taken.contains_key(*name))
        .map(|(name, _)| name.clone())
        .collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let definitions: BTreeMap<&str, &String> =
        taken.iter().filter_map(|(name, definition)| Some(((*definition)?, name))).collect();
    for mut one in found {
        let short = capital(&one.field);
        let mut name = if one.is_definition {
            definitions.get(one.field.as_str()).map_or(short, |name| (*name).clone())
        } else if shared.contains(&short) {
            short
        } else {
            format!("{}{short}", capital(&one.owner))
        };
        loop {
            let is_taken = !one.is_definition && taken.contains_key(&name);
            match given.get(&name) {
                Some(values) if *values == one.content.values && !is_taken => break,
                None if !is_taken => {
                    given.insert(name.clone(), one.content.values.clone());
                    one.content.name.clone_from(&name);
                    resource.enums.push(one.content.clone());
                    break;
                }
                _ => name.push('2'),
            }
        }
        names.insert(key(names.len()), name);
    }
    resource.enums.sort_by(|one, other| one.name.cmp(&other.name));
    let nested = resource.structs.iter_mut().flat_map(|nested| &mut nested.properties);
    for property in resource.properties.iter_mut().chain(nested) {
        rename(&mut property.ty, &names);
    }
    for alternative in resource.unions.iter_mut().flat_map(|union| &mut union.alternatives) {
        rename(&mut alternative.ty, &names);
    }
}

fn rename(ty: &mut Type, names: &BTreeMap<String, String>) {
    match ty {
        Type::Enum(key) => {
            if let Some(name) = names.get(key) {
                key.clone_from(name);
            }
        }
        Type::List(inside) | Type::Map(inside) => rename(inside, names),
        _ => {}
    }
}
