//! Values of parameters, and those that are never shown: of parameters with `NoEcho`.
//!
//! Source: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax", `NoEcho`.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub(crate) use formwork_model::secret::MASK;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ParameterValue {
    pub(crate) value: String,
    /// The value of the Systems Manager parameter that it names, if it names one.
    #[serde(default)]
    pub(crate) resolved: Option<String>,
    #[serde(default)]
    pub(crate) no_echo: bool,
}

/// The secrets of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// A text with one of these in it is not shown.
    texts: BTreeSet<String>,
    /// Items of lists. A text that is one is not shown; one that contains it, as a word of a sentence, may have it from elsewhere.
    items: BTreeSet<String>,
}

impl Secrets {
    /// Those of parameters too.
    pub(crate) fn add(&mut self, parameters: &IndexMap<String, ParameterValue>) {
        for value in parameters.values().filter(|value| value.no_echo) {
            for text in [Some(&value.value), value.resolved.as_ref()].into_iter().flatten() {
                if text.contains(',') {
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    self.items.extend(items.map(str::to_owned));
                }
                if !text.is_empty() {
                    self.texts.insert(text.clone());
                }
            }
        }
    }

    fn hides(&self, text: &str) -> bool {
        self.items.contains(text) || self.texts.iter().any(|secret| text.contains(secret))
    }

    /// The value as it is shown.
    pub(crate) fn masked(&self, value: &Json) -> Json {
        let mut value = value.clone();
        self.replace(&mut value, MASK);
        value
    }

    /// Every text with a secret in it becomes `instead`.
    pub(crate) fn replace(&self, value: &mut Json, instead: &str) {
        if self.texts.is_empty() {
            return;
        }
        match value {
            Json::String(text) if self.hides(text) => *text = instead.to_owned(),
            Json::Array(items) => items.iter_mut().for_each(|item| self.replace(item, instead)),
            Json::Object(fields) => fields.values_mut().for_each(|field| self.replace(field, instead)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_and_in_whatever_form() {
        let of = |value: &str, resolved: Option<&str>| ParameterValue {
            value: value.to_owned(),
            resolved: resolved.map(str::to_owned),
            no_echo: true,
        };
        let open = ParameterValue { no_echo: false, ..of("open", None) };
        let mut secrets = Secrets::default();
        let values = [of("a\"b\\\n", None), of("one, two", None), of("/name", Some("held")), of("", None), open];
        secrets.add(&values.into_iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect());
        let shown = secrets.masked(&json!({
            "inside": "x a\"b\\\n y", "list": ["one", "two", "three"], "joined": "<one, two>", "word": "one of them",
            "held": "held", "name": "/name", "open": "open", "number": 1,
        }));
        assert_eq!(
            shown,
            json!({
                "inside": MASK, "list": [MASK, MASK, "three"], "joined": MASK, "word": "one of them",
                "held": MASK, "name": MASK, "open": "open", "number": 1,
            })
        );
    }
}
