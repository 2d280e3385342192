//! Secrets that are written out: passwords, tokens and keys at places that take such. They are masked in the finished diff,
//! so that no text and no JSON made of it has them. Functions and dynamic references are not secrets: what they refer to is.
//!
//! A secret that changes is `****` before and `**** (changed)` after, so that the difference can be seen.

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::facts::Registry;
use formwork_template::{Value as Tree, dynamic};
use serde_json::{Map, Value};

use crate::diff::{Diff, EntryDiff};
use crate::facts::Facts;
use crate::path::{Path, Step};
use crate::secret::SECRET;
use crate::side::Side;
use crate::value::{function, is_function, references};
use formwork_template::secret::sounds as sounds_secret;

/// The text that stands for a secret that is another one now.
const CHANGED: &str = "**** (changed)";
/// Keys of an item of a list that say what the item's value is.
const NAMES: [&str; 6] = ["Name", "Key", "OptionName", "ParameterKey", "ParameterName", "VariableName"];
/// Keys of such an item that have its value.
const VALUES: [&str; 4] = ["Value", "ParameterValue", "DefaultValue", "StringValue"];

/// Masks what is secret in a diff of these sides, and adds its places to [`Diff::secret_places`].
pub(crate) fn mask(diff: &mut Diff, registry: &Registry, old: Option<&Side<'_>>, new: &Side<'_>) {
    let mut secrets = Secrets::default();
    // The resources of a template are of a few types.
    let mut known: BTreeMap<String, Facts<'_>> = BTreeMap::new();
    let mut facts = |type_name: &str| match known.get(type_name) {
        Some(facts) => *facts,
        None => *known.entry(type_name.to_owned()).or_insert(Facts::of(registry, type_name)),
    };
    for side in old.into_iter().chain([new]) {
        secrets.parameters.extend(side.secrets.iter().cloned());
        for (id, entry) in &side.document.resources {
            if std::ptr::from_ref(side) != new && side.is_shared(id, new) {
                continue;
            }
            let search = Search { facts: facts(&entry.type_name) };
            if !search.may_find(&entry.properties) {
                continue;
            }
            let properties = Value::Object(crate::sections::object(&entry.properties));
            search.places(&Path::default(), &properties, &mut |path, value| {
                secrets.follow(value);
                diff.secret_places.push((id.clone(), path));
            });
        }
    }
    let unknown = Search { facts: facts("") };
    let attributes = diff.resources.iter_mut().flat_map(|resource| &mut resource.attributes);
    for entry in attributes.chain(&mut diff.metadata).chain(&mut diff.others) {
        let name = entry.name.clone();
        replace(entry, |value| unknown.hide(&mut vec![&name], value));
    }
    for resource in &mut diff.resources {
        let search = Search { facts: facts(&resource.type_name) };
        for property in &mut resource.properties {
            let hide = |value: &Value| search.below(&property.path, value);
            (property.before, property.after) = both(&property.before, &property.after, hide);
        }
    }
    secrets.entries(diff);
}

/// Parameters and mappings that lead to secret places.
#[derive(Default)]
struct Secrets {
    parameters: BTreeSet<String>,
    /// Mappings with the second key, where it is written out.
    mappings: BTreeSet<(String, Option<String>)>,
}

impl Secrets {
    /// Notes the parameters and mappings from which a secret place gets its value.
    fn follow(&mut self, value: &Value) {
        self.parameters.extend(references(value));
        if let Some(("Fn::FindInMap", argument)) = function(value)
            && let Some(name) = argument.get(0).and_then(Value::as_str)
        {
            self.mappings.insert((name.to_owned(), argument.get(2).and_then(Value::as_str).map(str::to_owned)));
        }
        match value {
            Value::Object(map) => map.values().for_each(|item| self.follow(item)),
            Value::Array(items) => items.iter().for_each(|item| self.follow(item)),
            _ => {}
        }
    }

    fn is_parameter(&self, name: &str) -> bool {
        self.parameters.contains(name) || sounds_secret(name)
    }

    fn entries(&self, diff: &mut Diff) {
        for entry in diff.parameters.iter_mut().filter(|entry| self.is_parameter(&entry.name)) {
            replace(entry, |declaration| with(declaration, &["Default", "AllowedValues"], literals));
        }
        for entry in diff.parameter_values.iter_mut().filter(|entry| self.is_parameter(&entry.name)) {
            replace(entry, literals);
        }
        for entry in diff.outputs.iter_mut().filter(|entry| sounds_secret(&entry.name)) {
            replace(entry, |output| with(output, &["Value"], literals));
        }
        for entry in &mut diff.mappings {
            let name = entry.name.clone();
            for (_, key) in self.mappings.iter().filter(|(mapping, _)| *mapping == name) {
                replace(entry, |mapping| match (key, mapping) {
                    (Some(key), Value::Object(rows)) => {
                        rows.iter().map(|(name, row)| (name.clone(), with(row, &[key], literals))).collect()
                    }
                    (_, mapping) => literals(mapping),
                });
            }
        }
    }
}

fn replace(entry: &mut EntryDiff, hide: impl Fn(&Value) -> Value) {
    (entry.before, entry.after) = both(&entry.before, &entry.after, hide);
}

/// An object with what is under some of its keys hidden.
fn with(object: &Value, keys: &[&str], hide: impl Fn(&Value) -> Value) -> Value {
    let mut object = object.clone();
    for key in keys {
        if let Some(value) = object.get_mut(*key) {
            *value = hide(value);
        }
    }
    object
}

/// Both sides hidden, so that they still differ where they did.
fn both(
    before: &Option<Value>,
    after: &Option<Value>,
    hide: impl Fn(&Value) -> Value,
) -> (Option<Value>, Option<Value>) {
    let (old, mut new) = (before.as_ref().map(&hide), after.as_ref().map(&hide));
    if let (Some(before), Some(after), Some(old), Some(new)) = (before, after, &old, &mut new) {
        mark((before, after), old, new);
    }
    (old, new)
}

/// Marks the secrets of `new` that are other ones than those of `old`.
fn mark(raw: (&Value, &Value), old: &Value, new: &mut Value) {
    let (before, after) = raw;
    match (old, new) {
        (Value::String(old), Value::String(new)) if old == new && before != after => {
            *new = new.replacen(SECRET, CHANGED, 1);
        }
        (Value::Object(old), Value::Object(new)) => {
            for (key, new) in new {
                if let (Some(before), Some(after), Some(old)) = (before.get(key), after.get(key), old.get(key)) {
                    mark((before, after), old, new);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (index, new) in new.iter_mut().enumerate() {
                if let (Some(before), Some(after), Some(old)) = (before.get(index), after.get(index), old.get(index)) {
                    mark((before, after), old, new);
                }
            }
        }
        _ => {}
    }
}

/// Looks for secret places in the properties of one type.
struct Search<'r> {
    facts: Facts<'r>,
}

impl Search<'_> {
    /// True if a secret place can be in properties at all: most types have none, and most templates name none.
    fn may_find(&self, properties: &formwork_template::Map) -> bool {
        self.facts.has_secrets() || names_secret(properties)
    }

    /// Calls `found` with every secret place below `path` and its value.
    fn places(&self, path: &Path, value: &Value, found: &mut impl FnMut(Path, &Value)) {
        if self.is_secret(&path.names(), value) {
            return found(path.clone(), value);
        }
        match value {
            Value::Object(map) => {
                let named = is_named_secret(map);
                for (key, item) in map {
                    let below = path.name(key);
                    if named && VALUES.contains(&key.as_str()) {
                        found(below, item);
                    } else {
                        self.places(&below, item, found);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let step = Step::Item { before: Some(index), after: Some(index) };
                    self.places(&path.with(step), item, found);
                }
            }
            _ => {}
        }
    }

    /// A value of the place `path` with what is secret in it hidden.
    fn below(&self, path: &Path, value: &Value) -> Value {
        let of_item = match path.steps.as_slice() {
            [.., Step::Item { .. }, Step::Name(last)] if VALUES.contains(&last.as_str()) => {
                path.called(path.steps.len() - 2).is_some_and(sounds_secret)
            }
            [.., Step::Tag(key), Step::Name(last)] => last == "Value" && sounds_secret(key),
            _ => false,
        };
        // Below a secret place, everything is secret.
        let names = path.names();
        let inside = (1..names.len()).any(|end| self.facts.is_secret(&names[..end]));
        if of_item || inside { literals(value) } else { self.hide(&mut path.names(), value) }
    }

    fn hide<'v>(&self, path: &mut Vec<&'v str>, value: &'v Value) -> Value {
        if self.is_secret(path, value) {
            return literals(value);
        }
        match value {
            Value::Object(map) => {
                let named = is_named_secret(map);
                let entry = |(key, item): (&'v String, &'v Value)| {
                    if named && VALUES.contains(&key.as_str()) {
                        return (key.clone(), literals(item));
                    }
                    // A function is at the place of its value.
                    let is_name = !is_function(value);
                    if is_name {
                        path.push(key);
                    }
                    let item = self.hide(path, item);
                    if is_name {
                        path.pop();
                    }
                    (key.clone(), item)
                };
                map.iter().map(entry).collect()
            }
            Value::Array(items) => {
                path.push("*");
                let hidden = items.iter().map(|item| self.hide(path, item)).collect();
                path.pop();
                hidden
            }
            scalar => scalar.clone(),
        }
    }

    fn is_secret(&self, path: &[&str], value: &Value) -> bool {
        let is_settings = value.is_object() && !is_function(value);
        !path.is_empty() && !is_settings && self.facts.is_secret(path)
    }
}

/// True if a key, or a name beside a value, sounds like that of a secret.
fn names_secret(map: &formwork_template::Map) -> bool {
    fn inside(value: &Tree) -> bool {
        match value {
            Tree::Map(map) => names_secret(map),
            Tree::List(items) => items.iter().any(inside),
            Tree::Function(function) => function.arguments().into_iter().any(inside),
            _ => false,
        }
    }
    map.iter().any(|(key, value)| {
        let is_name = NAMES.contains(&key.as_str());
        sounds_secret(key) || (is_name && value.as_str().is_some_and(sounds_secret)) || inside(value)
    })
}

/// `{ Name: DB_PASSWORD, Value: … }`
fn is_named_secret(item: &Map<String, Value>) -> bool {
    NAMES.iter().filter_map(|key| item.get(*key)?.as_str()).any(sounds_secret)
}

/// A value without its literals; what it refers to, stays.
fn literals(value: &Value) -> Value {
    let argument = |name: &str, argument: Value| Value::Object(Map::from_iter([(name.to_owned(), argument)]));
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Number(_) => Value::from(SECRET),
        Value::String(text) => Value::from(hidden(text, dynamic::OPEN, dynamic::CLOSE)),
        Value::Array(items) => items.iter().map(literals).collect(),
        Value::Object(map) => match function(value) {
            Some(("Fn::Sub", Value::String(text))) => argument("Fn::Sub", Value::from(hidden(text, "${", "}"))),
            Some(("Fn::Sub", Value::Array(parts))) => {
                let text = parts.first().and_then(Value::as_str).unwrap_or_default();
                let text = Value::from(hidden(text, "${", "}"));
                argument("Fn::Sub", std::iter::once(text).chain(parts.iter().skip(1).map(literals)).collect())
            }
            Some(("Fn::Join", Value::Array(parts))) if is_dynamic_reference(parts) => value.clone(),
            // The first of them is a delimiter, a condition, an index.
            Some((name @ ("Fn::Join" | "Fn::If" | "Fn::Select" | "Fn::Split"), Value::Array(parts))) => {
                argument(name, parts.iter().take(1).cloned().chain(parts.iter().skip(1).map(literals)).collect())
            }
            Some((name @ "Fn::Base64", inner)) => argument(name, literals(inner)),
            Some(_) => value.clone(),
            None => map.iter().map(|(key, item)| (key.clone(), literals(item))).collect(),
        },
    }
}

/// True if the parts of `Fn::Join` make one dynamic reference.
fn is_dynamic_reference(parts: &[Value]) -> bool {
    let items = parts.get(1).and_then(Value::as_array);
    let text = |item: Option<&Value>| item.and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
    items.is_some_and(|items| {
        text(items.first()).starts_with(dynamic::OPEN) && text(items.last()).ends_with(dynamic::CLOSE)
    })
}

/// A text of which only the references are left, those between `open` and `close`; one that is not a secret, as it is.
fn hidden(text: &str, open: &str, close: &str) -> String {
    let is_switch = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    if text.is_empty() || is_switch || dynamic::is_one(text) || text.starts_with("arn:") {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (literal, from) = rest.split_at(rest.find(open).unwrap_or(rest.len()));
        let (reference, behind) = from.split_at(from.find(close).map_or(0, |end| end + close.len()));
        if !literal.is_empty() || reference.is_empty() {
            shown += SECRET;
        }
        shown += reference;
        // A reference without an end is none.
        rest = if reference.is_empty() { "" } else { behind };
    }
    shown
}
