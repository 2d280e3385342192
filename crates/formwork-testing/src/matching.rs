//! Patterns of JSON, and what does not match them: every place at once, with its whole path.

use formwork::Handle;
use formwork::template::HasAttributes;
use serde_json::{Value, json};

/// A pattern of JSON.
///
/// JSON is a pattern: of an object, the entries that are named must match, and others may be there; of a list, all items must match, in
/// their order; a text, number, `true`, `false` and `null` match themselves. The functions beside it make the other patterns, and
/// [`object`] and [`list`] hold patterns within.
#[derive(Clone, Debug, PartialEq)]
pub struct Match(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Any,
    Absent,
    Exact(Value),
    Glob(String),
    Object(Vec<(String, Match)>),
    List(Vec<Match>),
    Includes(Vec<Match>),
}

/// Anything that is there.
pub fn any() -> Match {
    Match(Kind::Any)
}

/// Nothing is there. Only for an entry of an [`object`].
pub fn absent() -> Match {
    Match(Kind::Absent)
}

/// This and nothing beside it, at any depth. The order of an object's entries does not matter.
pub fn exact(value: impl Into<Value>) -> Match {
    Match(Kind::Exact(value.into()))
}

/// A text in which `*` stands for any text, the empty one included. Everything else stands for itself.
pub fn glob(pattern: impl Into<String>) -> Match {
    Match(Kind::Glob(pattern.into()))
}

/// An object with at least these entries.
pub fn object<K: Into<String>, M: Into<Match>>(entries: impl IntoIterator<Item = (K, M)>) -> Match {
    Match(Kind::Object(entries.into_iter().map(|(key, pattern)| (key.into(), pattern.into())).collect()))
}

/// A list of exactly these items.
pub fn list<M: Into<Match>>(items: impl IntoIterator<Item = M>) -> Match {
    Match(Kind::List(items.into_iter().map(Into::into).collect()))
}

/// A list with at least these items, in any order.
pub fn includes<M: Into<Match>>(items: impl IntoIterator<Item = M>) -> Match {
    Match(Kind::Includes(items.into_iter().map(Into::into).collect()))
}

/// `Ref` to the resource of a handle of the same stack.
pub fn reference<T: HasAttributes, R>(handle: &Handle<T, R>) -> Match {
    exact(json!({ "Ref": Handle::logical_id(handle) }))
}

/// `Fn::GetAtt` of the resource of a handle of the same stack.
pub fn attribute<T: HasAttributes, R>(handle: &Handle<T, R>, name: &str) -> Match {
    exact(json!({ "Fn::GetAtt": [Handle::logical_id(handle), name] }))
}

impl From<Value> for Match {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(entries) => object(entries),
            Value::Array(items) => list(items),
            value => exact(value),
        }
    }
}

impl From<&str> for Match {
    fn from(text: &str) -> Self {
        exact(text)
    }
}

impl From<bool> for Match {
    fn from(value: bool) -> Self {
        exact(value)
    }
}

impl From<i64> for Match {
    fn from(value: i64) -> Self {
        exact(value)
    }
}

impl Match {
    /// Places of `found` that do not match, a sentence each; none if it matches. `path` is the place of `found`.
    pub fn mismatches(&self, path: &str, found: Option<&Value>) -> Vec<String> {
        let mut mismatches = Vec::new();
        self.compare(path, found, &mut mismatches);
        mismatches
    }

    fn compare(&self, path: &str, found: Option<&Value>, mismatches: &mut Vec<String>) {
        let wrong = || format!("{path}: expected {}, found {}", self.told(), told(found));
        let Some(value) = found else {
            if self.0 != Kind::Absent {
                mismatches.push(wrong());
            }
            return;
        };
        match (&self.0, value) {
            (Kind::Any, _) => {}
            (Kind::Exact(expected), value) if is_same(expected, value) => {}
            (Kind::Glob(pattern), Value::String(text)) if is_like(pattern, text) => {}
            (Kind::Object(entries), Value::Object(found)) => {
                for (key, pattern) in entries {
                    pattern.compare(&format!("{path}.{key}"), found.get(key), mismatches);
                }
            }
            (Kind::List(items), Value::Array(found)) if items.len() == found.len() => {
                for (index, (pattern, value)) in items.iter().zip(found).enumerate() {
                    pattern.compare(&format!("{path}[{index}]"), Some(value), mismatches);
                }
            }
            (Kind::List(items), Value::Array(found)) => {
                let (wanted, there) = (items.len(), found.len());
                mismatches.push(format!("{path}: expected a list of {wanted}, found one of {there}: {value}"));
            }
            (Kind::Includes(items), Value::Array(found)) => {
                for pattern in items {
                    if !found.iter().any(|value| pattern.mismatches(path, Some(value)).is_empty()) {
                        mismatches.push(format!("{path}: expected an item {}, found {value}", pattern.told()));
                    }
                }
            }
            _ => mismatches.push(wrong()),
        }
    }

    fn told(&self) -> String {
        match &self.0 {
            Kind::Any => "anything".to_owned(),
            Kind::Absent => "nothing".to_owned(),
            Kind::Exact(value) => format!("`{value}`"),
            Kind::Glob(pattern) => format!("a text like `{pattern}`"),
            Kind::Object(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, pattern)| format!("{key}: {}", pattern.told())).collect();
                format!("an object with {{ {} }}", entries.join(", "))
            }
            Kind::List(items) => format!("[{}]", items.iter().map(Match::told).collect::<Vec<_>>().join(", ")),
            Kind::Includes(items) => {
                format!("a list with {}", items.iter().map(Match::told).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn told(found: Option<&Value>) -> String {
    found.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
}

/// Equal as JSON is: an object's entries have no order, and `1` is `1.0`.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| is_same(left, right)))
        }
        _ => left == right,
    }
}

fn is_like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{Match, absent, any, exact, glob, includes, is_like, object};
    use serde_json::json;

    #[test]
    fn stars() {
        for (pattern, text, expected) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("*.example.com", "www.example.com", true),
            ("x", "xx", false),
            ("**ü*", "aüb", true),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn every_mismatch_has_its_whole_path() {
        let found = json!({ "Name": "www.example.com", "Rules": [{ "Port": 80 }, { "Port": 443 }], "Tags": ["a", "b"], "Ttl": 60 });
        let pattern = object([
            ("Name", glob("api.*")),
            ("Rules", Match::from(json!([{ "Port": 80 }, { "Port": 444 }]))),
            ("Tags", includes(["b", "c"])),
            ("Ttl", absent()),
            ("Type", any()),
            ("Nothing", absent()),
        ]);
        let mismatches = pattern.mismatches("Properties", Some(&found));
        assert_eq!(
            mismatches,
            [
                "Properties.Name: expected a text like `api.*`, found `\"www.example.com\"`",
                "Properties.Rules[1].Port: expected `444`, found `443`",
                "Properties.Tags: expected an item `\"c\"`, found [\"a\",\"b\"]",
                "Properties.Ttl: expected nothing, found `60`",
                "Properties.Type: expected anything, found nothing",
            ]
        );
    }

    #[test]
    fn exact_is_exact_and_a_subset_is_not() {
        let found = json!({ "a": 1, "b": 2 });
        assert!(Match::from(json!({ "b": 2.0 })).mismatches("", Some(&found)).is_empty());
        assert!(exact(json!({ "b": 2, "a": 1 })).mismatches("", Some(&found)).is_empty());
        assert_eq!(
            exact(json!({ "b": 2 })).mismatches("P", Some(&found)),
            ["P: expected `{\"b\":2}`, found `{\"a\":1,\"b\":2}`"]
        );
    }
}
