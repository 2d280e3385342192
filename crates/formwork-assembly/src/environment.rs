//! Environments: named sets of context values, account and regions. The commands read them from `formwork.toml`; a stack program is
//! handed the one that was picked, as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::problem::Location;

/// The environment that an app is synthesized for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name, e.g. `prod`; of a pattern such as `pr-*`, the name that was asked for.
    pub name: String,
    /// The number of its account; `None` if any is allowed.
    pub account: Option<String>,
    /// Codes of the regions that stacks may be in; empty if any is allowed.
    pub regions: Vec<String>,
    /// Context values by key.
    pub context: BTreeMap<String, String>,
    /// The policy of resources for which the source sets none, when they leave their stack.
    pub removal: Option<Removal>,
    /// True if its stacks have termination protection.
    pub protect: bool,
    /// Place of its table in `formwork.toml`.
    pub location: Location,
    /// Lines of its keys in that file, such as `regions`; of a context value, that of `context.KEY`.
    pub lines: BTreeMap<String, u32>,
}

/// Policies for resources that leave their stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// They are deleted, with what is in them.
    Delete,
}

impl Environment {
    /// An environment of this name, with nothing in it.
    pub fn new(name: impl Into<String>) -> Self {
        Environment {
            name: name.into(),
            account: None,
            regions: Vec::new(),
            context: BTreeMap::new(),
            removal: None,
            protect: false,
            location: Location { file: "formwork.toml".into(), line: 1 },
            lines: BTreeMap::new(),
        }
    }

    /// The place of a key, as [`Environment::lines`] calls it; that of the table, where it does not have it.
    pub fn place_of(&self, key: &str) -> Location {
        let line = self.lines.get(key).copied().unwrap_or(self.location.line);
        Location { line, ..self.location.clone() }
    }

    /// One line of JSON, as a stack program takes it.
    pub fn to_json(&self) -> String {
        let mut json = Map::new();
        json.insert("name".to_owned(), json!(self.name));
        if let Some(account) = &self.account {
            json.insert("account".to_owned(), json!(account));
        }
        json.insert("regions".to_owned(), json!(self.regions));
        json.insert("context".to_owned(), json!(self.context));
        if let Some(Removal::Delete) = self.removal {
            json.insert("removal".to_owned(), json!("delete"));
        }
        json.insert("protect".to_owned(), json!(self.protect));
        json.insert("location".to_owned(), self.location.to_json());
        if !self.lines.is_empty() {
            json.insert("lines".to_owned(), json!(self.lines));
        }
        Value::Object(json).to_string()
    }

    /// Reads what [`Environment::to_json`] wrote.
    pub fn from_json(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let context = json["context"].as_object()?.iter().map(|(key, value)| Some((key.clone(), text(value)?)));
        let line = |value: &Value| value.as_u64().and_then(|line| u32::try_from(line).ok());
        let lines =
            json["lines"].as_object().into_iter().flatten().map(|(key, value)| Some((key.clone(), line(value)?)));
        Some(Environment {
            name: text(&json["name"])?,
            account: text(&json["account"]),
            regions: json["regions"].as_array()?.iter().map(text).collect::<Option<_>>()?,
            context: context.collect::<Option<_>>()?,
            removal: match &json["removal"] {
                Value::Null => None,
                word => (word == "delete").then_some(Some(Removal::Delete))?,
            },
            protect: json["protect"].as_bool()?,
            location: Location::from_json(&json["location"])?,
            lines: lines.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back() {
        let whole = Environment {
            account: Some("111122223333".to_owned()),
            regions: vec!["eu-central-1".to_owned(), "us-east-1".to_owned()],
            context: [("size".to_owned(), "a \"b\"\n{}".to_owned())].into(),
            removal: Some(Removal::Delete),
            protect: true,
            lines: [("regions".to_owned(), 7)].into(),
            ..Environment::new("prod")
        };
        assert_eq!(["regions", "account"].map(|key| whole.place_of(key).line), [7, 1]);
        for environment in [whole, Environment::new("pr-17")] {
            let text = environment.to_json();
            assert!(!text.contains('\n'), "{text}");
            assert_eq!(Environment::from_json(&text), Some(environment));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let text = Environment::new("prod").to_json();
        for (from, to) in [
            ("{", "["),
            ("\"prod\"", "1"),
            ("false", "0"),
            ("\"context\":{}", "\"context\":{\"a\":1}"),
            ("\"regions\":[]", "\"regions\":[1]"),
            ("\"location\"", "\"lines\":{\"protect\":-1},\"location\""),
            ("\"protect\"", "\"removal\":\"keep\",\"protect\""),
        ] {
            assert_eq!(Environment::from_json(&text.replacen(from, to, 1)), None, "{from} as {to}");
        }
    }
}
