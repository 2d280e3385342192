//! A piece of a schema, and the questions to it that every part of the reader asks.

use serde_json::{Map, Value};

/// A schema node: an object.
pub(super) type Node = Map<String, Value>;

/// The alternatives under `keyword`.
pub(super) fn alternatives<'a>(node: &'a Node, keyword: &str) -> Option<Vec<&'a Node>> {
    let list = node.get(keyword)?.as_array()?;
    Some(list.iter().filter_map(Value::as_object).collect())
}

/// True if a node says anything about the form of a value, and not only about which values are good.
pub(super) fn has_content(node: &Node) -> bool {
    ["$ref", "type", "properties", "patternProperties", "items", "enum", "const", "oneOf", "anyOf", "allOf"]
        .iter()
        .any(|keyword| node.contains_key(*keyword))
}

pub(super) fn text(node: &Node, keyword: &str) -> String {
    node.get(keyword).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// The name with a capital first letter.
pub(super) fn capital(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}
