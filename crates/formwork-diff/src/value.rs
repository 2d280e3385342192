//! Comparing the plain JSON of a diff: entries of the sections beside the resources. Resources are compared as terms, in `compare`.
//!
//! CloudFormation takes scalars as text: a number, a boolean and their spellings mean the same wherever a template takes
//! them. Sources: AWS CloudFormation User Guide, "Parameters" ("CloudFormation validates the parameter value as a number;
//! however, when you use the parameter elsewhere in your template, the parameter value becomes a literal string") and the
//! comparison of `@aws-cdk/cloudformation-diff` (`deepEqual`: "allows a numeric 10 and a literal "10" to be equivalent;
//! this is consistent with CloudFormation"). Two strings are equal only when they are the same: "1.10" is not "1.1".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use formwork_template::sub;
use serde_json::Value;

use crate::pairing::{self, IDENTITIES, Item};
use crate::path::{Path, Step};

/// One difference between two values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change<'a> {
    pub(crate) path: Path,
    pub(crate) before: Option<&'a Value>,
    pub(crate) after: Option<&'a Value>,
}

/// True if two values mean the same to CloudFormation.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    left == right || canonical(left) == canonical(right)
}

/// One text for all values of one meaning: keys sorted, scalars as text, tags by key.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Object(map) => {
            let mut sorted: Vec<(&str, &Value)> = map.iter().map(|(key, item)| (key.as_str(), item)).collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            write_entries(sorted.into_iter(), out);
        }
        Value::Array(items) => match tags(items) {
            Some(tags) => {
                out.push('#');
                write_entries(tags.into_iter(), out);
            }
            None => {
                out.push('[');
                for item in items {
                    write_canonical(item, out);
                    out.push(',');
                }
                out.push(']');
            }
        },
        Value::String(text) => quote(text, out),
        scalar => quote(&scalar_text(scalar).unwrap_or_default(), out),
    }
}

/// Writes a text in quotation marks, those in it escaped, so that no two texts run into one another.
pub(crate) fn quote(text: &str, out: &mut String) {
    if text.contains(['"', '\\']) {
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{text:?}");
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn write_entries<'a>(entries: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut String) {
    out.push('{');
    for (key, item) in entries {
        quote(key, out);
        out.push(':');
        write_canonical(item, out);
        out.push(',');
    }
    out.push('}');
}

/// A scalar as CloudFormation takes it.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").unwrap_or(&text).to_owned())
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A list of tags by key: every item an object with a `Key` of its own beside other things. Their order has no meaning.
pub(crate) fn tags(items: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let mut tags = BTreeMap::new();
    for item in items {
        let tag = item.as_object()?;
        let known = |name: &String| matches!(name.as_str(), "Key" | "Value" | "PropagateAtLaunch");
        if !tag.contains_key("Value") || !tag.keys().all(known) {
            return None;
        }
        if tags.insert(tag.get("Key")?.as_str()?, item).is_some() {
            return None;
        }
    }
    (!tags.is_empty()).then_some(tags)
}

/// True if a value is an intrinsic function, ours for values that are known later included.
pub(crate) fn is_function(value: &Value) -> bool {
    function(value).is_some()
}

/// The function's name and argument, if the value is one.
pub(crate) fn function(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object()?;
    match map.iter().next() {
        Some((name, argument)) if map.len() == 1 => {
            let known = name == "Ref"
                || name == "Condition"
                || name.starts_with("Fn::")
                || name == crate::parameters::KNOWN_AFTER;
            known.then_some((name.as_str(), argument))
        }
        _ => None,
    }
}

/// The names that a value refers to by `Ref`, `Fn::GetAtt` and `Fn::Sub`.
pub(crate) fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit_references(value, &mut found);
    found
}

fn visit_references(value: &Value, found: &mut BTreeSet<String>) {
    match function(value) {
        Some(("Ref", Value::String(name))) => _ = found.insert(name.clone()),
        Some(("Fn::GetAtt", argument)) => {
            let id = argument.get(0).unwrap_or(argument).as_str().and_then(|dotted| dotted.split('.').next());
            found.extend(id.map(str::to_owned));
        }
        Some(("Fn::Sub", argument)) => {
            let text = argument.get(0).unwrap_or(argument).as_str().unwrap_or_default();
            let names = sub::names(text).map(|name| name.split('.').next().unwrap_or(name));
            found.extend(
                names.filter(|name| argument.get(1).is_none_or(|own| own.get(name).is_none())).map(str::to_owned),
            );
        }
        _ => {}
    }
    match value {
        Value::Object(map) => map.values().for_each(|item| visit_references(item, found)),
        Value::Array(items) => items.iter().for_each(|item| visit_references(item, found)),
        _ => {}
    }
}

/// All differences between two values, the innermost place of each.
pub(crate) fn changes<'a>(path: &Path, before: &'a Value, after: &'a Value, found: &mut Vec<Change<'a>>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !is_function(before) && !is_function(after) => {
            for (name, item) in new {
                pair(&path.name(name), old.get(name), Some(item), found);
            }
            for (name, item) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
                pair(&path.name(name), Some(item), None, found);
            }
        }
        (Value::Array(old), Value::Array(new)) => list_changes(path, old, new, found),
        _ => pair_whole(path, Some(before), Some(after), found),
    }
}

fn pair<'a>(path: &Path, before: Option<&'a Value>, after: Option<&'a Value>, found: &mut Vec<Change<'a>>) {
    match (before, after) {
        (Some(before), Some(after)) => changes(path, before, after, found),
        _ => pair_whole(path, before, after, found),
    }
}

fn pair_whole<'a>(path: &Path, before: Option<&'a Value>, after: Option<&'a Value>, found: &mut Vec<Change<'a>>) {
    let equal = match (before, after) {
        (Some(before), Some(after)) => same(before, after),
        (None, None) => true,
        _ => false,
    };
    if !equal {
        let path = path.clone();
        found.push(Change { path, before, after });
    }
}

fn list_changes<'a>(path: &Path, old: &'a [Value], new: &'a [Value], found: &mut Vec<Change<'a>>) {
    if let (Some(before), Some(after)) = (tags(old), tags(new)) {
        for (key, item) in &after {
            let path = path.with(Step::Tag((*key).to_owned()));
            pair(&path, before.get(key).copied(), Some(item), found);
        }
        for (key, item) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            pair(&path.with(Step::Tag((*key).to_owned())), Some(item), None, found);
        }
        return;
    }
    let items = |side: &[Value]| {
        side.iter().map(|item| Item { text: canonical(item), identity: identity(item) }).collect::<Vec<_>>()
    };
    for (before, after) in pairing::in_order(&items(old), &items(new)) {
        let path = path.with(Step::Item { before, after });
        let (before, after) = (before.and_then(|index| old.get(index)), after.and_then(|index| new.get(index)));
        pair(&path, before, after, found);
    }
}

fn identity(value: &Value) -> Option<(&'static str, String)> {
    let map = value.as_object()?;
    IDENTITIES.iter().find_map(|name| Some((*name, canonical(map.get(*name)?))))
}
