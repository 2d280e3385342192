//! Placeholders: what is in properties in the place of a value that only a deployment knows.
//!
//! A placeholder is an object with one reserved key, which says what it stands for and which value it is, so that two
//! equal values are equal and two different ones are not. Where the value is made of text and references alone, its identity
//! is how `Fn::Sub` would spell it (`${Zone}`, `www.${Domain}`), for rules that compare names or follow references.

use formwork_model::Term;
use formwork_template::dynamic;
use serde_json::{Value as Json, json};

/// The reserved key; no template has it, since YAML and people's editors refuse the character.
const KEY: &str = "\u{1}placeholder";
/// The mark of a placeholder whose identity is how `Fn::Sub` would spell it.
const SPELLED: &str = "spelled";

/// Kind of value that a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A scalar: CloudFormation makes a number or a boolean of a text where one is needed.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
    /// Nothing is known.
    Any,
}

impl Kind {
    /// True if some value of the kind is of the type.
    #[cfg(feature = "schemas")]
    pub(crate) fn may_be(self, type_name: &str) -> bool {
        match self {
            Kind::Any => true,
            Kind::Text => matches!(type_name, "string" | "integer" | "number" | "boolean"),
            Kind::List => type_name == "array",
            Kind::Object => type_name == "object",
        }
    }

    /// True if every value of the kind is of the type.
    #[cfg(feature = "schemas")]
    pub(crate) fn must_be(self, type_name: &str) -> bool {
        matches!((self, type_name), (Kind::Text, "string") | (Kind::List, "array") | (Kind::Object, "object"))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::List => "list",
            Kind::Object => "object",
            Kind::Any => "any",
        }
    }
}

/// Kind of value that it stands for, if it is a placeholder.
pub(crate) fn placeholder(value: &Json) -> Option<Kind> {
    let entry = value.as_object().filter(|entries| entries.len() == 1)?.get(KEY)?;
    [Kind::Text, Kind::List, Kind::Object, Kind::Any].into_iter().find(|kind| entry.get(0) == Some(&kind.name().into()))
}

/// Spelling of the value in `Fn::Sub`: a text as it is, a placeholder with its references. Nothing of other values.
pub(crate) fn spelled(value: &Json) -> Option<&str> {
    match value.as_str() {
        Some(text) => Some(text).filter(|text| !text.contains("${")),
        None => {
            let entry = value.as_object().filter(|entries| entries.len() == 1)?.get(KEY)?;
            entry.get(1).filter(|_| entry.get(2).is_some())?.as_str()
        }
    }
}

/// The resource that the value is a reference to, and the attribute of it; `Ref` has none.
pub(crate) fn refers(value: &Json) -> Option<(&str, Option<&str>)> {
    let inside = spelled(value).filter(|_| value.is_object())?.strip_prefix("${")?.strip_suffix('}')?;
    let is_one = !inside.contains(['$', '{', '}']);
    is_one.then(|| inside.split_once('.').map_or((inside, None), |(id, attribute)| (id, Some(attribute))))
}

/// True if there is a placeholder anywhere in the value.
pub(crate) fn has_placeholder(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(has_placeholder),
        Json::Object(entries) => placeholder(value).is_some() || entries.values().any(has_placeholder),
        _ => false,
    }
}

/// The placeholder for a value that is not known; `spelled` is how `Fn::Sub` would spell it.
pub(crate) fn mark(kind: Kind, spelled: Option<String>, term: &Term) -> Json {
    match spelled {
        Some(text) => json!({ KEY: [kind.name(), text, SPELLED] }),
        None => placeholder_of(kind, &term.to_template().to_string()),
    }
}

/// A placeholder; `identity` tells it from others.
pub(crate) fn placeholder_of(kind: Kind, identity: &str) -> Json {
    json!({ KEY: [kind.name(), identity] })
}

/// Properties whose functions were worked out before: what is not known yet is a placeholder, each another one.
pub(crate) fn worked_out(value: &Json, unknown: &str) -> Json {
    fn read(value: &Json, unknown: &str, count: &mut usize) -> Json {
        match value {
            Json::String(text) if text.contains(unknown) => {
                *count += 1;
                placeholder_of(Kind::Any, &format!("unknown {count}"))
            }
            Json::String(text) if dynamic::is_in(text) => placeholder_of(Kind::Text, text),
            Json::Array(items) => items.iter().map(|item| read(item, unknown, count)).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(key, item)| (key.clone(), read(item, unknown, count))).collect()
            }
            other => other.clone(),
        }
    }
    read(value, unknown, &mut 0)
}
