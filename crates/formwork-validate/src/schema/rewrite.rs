//! A registry schema, rewritten so that values which are only known when CloudFormation deploys can stand in what it is
//! held against.
//!
//! Such a value is a *placeholder* ([`crate::instance`]): it says what it is a placeholder for (a text, a list, an object)
//! and takes part in the validation by that. One question has two answers then: a schema *may* hold (there is a value that
//! fits) or *must* hold (every value fits). A property is in order when its schema may hold. What stands below `not`, and
//! the question of an `if`, turns the one into the other, so the schema is written twice, once for each; `oneOf` needs
//! one branch that may hold, and no two that must.
//!
//! Without a placeholder in it, a value is judged exactly as by the schema as it was published.

use formwork_schema::keywords::is_of_type;
use serde_json::{Map, Value, json};

use super::{format, pattern};

/// Custom keyword: the value is a placeholder.
pub(crate) const IS_PLACEHOLDER: &str = "formworkIsPlaceholder";
/// Custom keyword: the placeholder may be of one of these types.
pub(crate) const PLACEHOLDER_TYPE: &str = "formworkPlaceholderType";
/// Custom keyword: the value is of one of these types, whatever it turns out to be.
pub(crate) const MUST_TYPE: &str = "formworkMustType";
/// Custom keyword: a text of one of the formats that are known ([`mod@super::format`]).
pub(crate) const FORMAT: &str = "formworkFormat";
/// The place of the copy for "must hold" in the rewritten schema.
const MUST: &str = "formworkMust";

/// Keywords that say nothing about a value.
const SILENT: &[&str] = &[
    "description",
    "title",
    "$comment",
    "examples",
    "default",
    "insertionOrder",
    "arrayType",
    "format",
    "relationshipRef",
];
/// Keywords that read the value as an object, which a placeholder must not be taken for.
const OF_OBJECTS: &[&str] = &[
    "additionalProperties",
    "dependencies",
    "dependentExcluded",
    "dependentRequired",
    "maxProperties",
    "minProperties",
    "patternProperties",
    "properties",
    "propertyNames",
    "required",
    "requiredOr",
    "requiredXor",
];

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    May,
    Must,
}

impl Mode {
    fn other(self) -> Mode {
        match self {
            Mode::May => Mode::Must,
            Mode::Must => Mode::May,
        }
    }
}

/// The schema of a type's properties, for [`super::Compiled`].
pub(crate) fn rewrite(schema: &Value) -> Value {
    let Value::Object(entries) = schema else { return schema.clone() };
    let entries: Map<String, Value> =
        entries.iter().filter(|(key, _)| !is_of_type(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut root = rewrite_object(&entries, Mode::May, true);
    if refers_to_must(&root) {
        root.insert(MUST.to_owned(), Value::Object(rewrite_object(&entries, Mode::Must, true)));
    }
    Value::Object(root)
}

fn refers_to_must(root: &Map<String, Value>) -> bool {
    fn look(value: &Value) -> bool {
        match value {
            Value::Object(entries) => entries.iter().any(|(key, value)| {
                (key == "$ref" && value.as_str().is_some_and(|target| target.starts_with(&format!("#/{MUST}"))))
                    || look(value)
            }),
            Value::Array(items) => items.iter().any(look),
            _ => false,
        }
    }
    root.values().any(look)
}

/// `known`: the value is not a placeholder, since what encloses this schema has asked.
fn sub(schema: &Value, mode: Mode, known: bool) -> Value {
    let Value::Object(entries) = schema else { return schema.clone() };
    let body = rewrite_object(entries, mode, known);
    if known {
        return Value::Object(body);
    }
    let is_format = |key: &&String| *key == "format" && entries[*key].as_str().is_some_and(format::is_known);
    let says = |key: &&String| (!SILENT.contains(&key.as_str()) || is_format(key)) && *key != "definitions";
    let combines = |key: &str| matches!(key, "$ref" | "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else");
    let guard = match mode {
        Mode::May => entries.keys().any(|key| OF_OBJECTS.contains(&key.as_str())),
        Mode::Must => entries.keys().filter(says).any(|key| key != "type" && !combines(key)),
    };
    if !guard {
        return Value::Object(body);
    }
    // The combinations are asked of known values only, from here on.
    let body = rewrite_object(entries, mode, true);
    let of_placeholder = match (mode, entries.get("type")) {
        (Mode::Must, _) => json!(false),
        (Mode::May, Some(types)) => json!({ PLACEHOLDER_TYPE: types }),
        (Mode::May, None) => json!(true),
    };
    json!({ "if": { IS_PLACEHOLDER: true }, "then": of_placeholder, "else": body })
}

fn rewrite_object(entries: &Map<String, Value>, mode: Mode, known: bool) -> Map<String, Value> {
    let mut out = Map::new();
    let mut all_of: Vec<Value> = Vec::new();
    let each = |value: &Value, mode: Mode, known: bool| match value {
        Value::Object(inside) => Value::Object(inside.iter().map(|(k, v)| (k.clone(), sub(v, mode, known))).collect()),
        other => other.clone(),
    };
    let list = |value: &Value, mode: Mode, known: bool| match value {
        Value::Array(items) => items.iter().map(|item| sub(item, mode, known)).collect(),
        other => vec![sub(other, mode, known)],
    };
    for (key, value) in entries {
        match key.as_str() {
            "format" if value.as_str().is_some_and(format::is_known) => {
                out.insert(FORMAT.to_owned(), value.clone());
            }
            silent if SILENT.contains(&silent) => {}
            "properties" | "definitions" => {
                out.insert(key.clone(), each(value, mode, false));
            }
            "additionalProperties" | "contains" => {
                out.insert(key.clone(), sub(value, mode, false));
            }
            "items" => {
                let items = if value.is_array() { list(value, mode, false).into() } else { sub(value, mode, false) };
                // In the draft that is used, `items` is both; see `prefixItems`.
                let key = if entries.contains_key("prefixItems") { "additionalItems" } else { "items" };
                out.insert(key.to_owned(), items);
            }
            "prefixItems" => {
                out.insert("items".to_owned(), list(value, mode, false).into());
            }
            "type" if mode == Mode::Must => {
                out.insert(MUST_TYPE.to_owned(), value.clone());
            }
            "allOf" => all_of.extend(list(value, mode, known)),
            "anyOf" => {
                out.insert(key.clone(), list(value, mode, known).into());
            }
            "oneOf" => {
                let (own, other) = (list(value, mode, known), list(value, mode.other(), known));
                if own == other {
                    out.insert(key.clone(), own.into());
                    continue;
                }
                // At most one of those that hold whatever comes: exactly one, or none of them.
                let mut at_most_one = other.clone();
                at_most_one.push(json!({ "not": { "anyOf": other } }));
                all_of.push(json!({ "anyOf": own }));
                all_of.push(json!({ "oneOf": at_most_one }));
            }
            "not" => {
                out.insert(key.clone(), sub(value, mode.other(), known));
            }
            "if" => {
                let then = entries.get("then").map_or(json!(true), |value| sub(value, mode, known));
                let otherwise = entries.get("else").map_or(json!(true), |value| sub(value, mode, known));
                let (own, other) = (sub(value, mode, known), sub(value, mode.other(), known));
                if own == other {
                    all_of.push(json!({ "if": own, "then": then, "else": otherwise }));
                } else {
                    all_of.push(json!({ "if": other, "then": then }));
                    all_of.push(json!({ "if": own, "else": otherwise }));
                }
            }
            "pattern" => {
                out.insert(key.clone(), pattern::translate(value.as_str().unwrap_or_default()).into());
            }
            "patternProperties" => {
                let each = each(value, mode, false);
                let entries = each.as_object().into_iter().flatten();
                out.insert(
                    key.clone(),
                    entries.map(|(name, value)| (pattern::translate(name), value.clone())).collect(),
                );
            }
            "then" | "else" => {}
            "$ref" => {
                let target = value.as_str().unwrap_or_default();
                let target = match (mode, target.strip_prefix("#/")) {
                    (Mode::Must, Some(rest)) => format!("#/{MUST}/{rest}"),
                    _ => target.to_owned(),
                };
                out.insert(key.clone(), target.into());
            }
            _ => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    if !all_of.is_empty() {
        out.insert("allOf".to_owned(), all_of.into());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_branches_stay_as_they_are() {
        let schema = json!({"type": "object", "properties": {"A": {"type": "string"}}, "oneOf": [{"required": ["A"]}, {"required": ["B"]}]});
        assert_eq!(rewrite(&schema), schema);
    }

    #[test]
    fn below_not_the_question_is_the_other_one() {
        let schema = json!({"properties": {"A": {"not": {"enum": ["x"]}}}});
        let expected = json!({"properties": {"A": {"not":
            {"if": {IS_PLACEHOLDER: true}, "then": false, "else": {"enum": ["x"]}}}}});
        assert_eq!(rewrite(&schema), expected);
    }
}
