//! Values that people read as texts of several lines: scripts (through `Fn::Base64`, `Fn::Sub` and `Fn::Join` around them, or
//! given as base64), and JSON in a string.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formwork_assembly::visible::is_visible;
use serde_json::Value;

use crate::value::function;

/// A shorter text is not tried as base64: words are.
const SHORTEST_BASE64: usize = 24;

/// A value as a text, and how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// The functions around the text, from the outside to the inside.
    pub(crate) functions: Vec<&'static str>,
    /// The variables of `Fn::Sub`, each on one line.
    pub(crate) variables: Vec<(String, String)>,
    /// True if the value is base64, and the text is its content.
    pub(crate) is_decoded: bool,
}

impl Text {
    /// The value as a text, if it is one.
    pub(crate) fn of(value: &Value) -> Option<Text> {
        let mut text = Text::default();
        text.read(value)?;
        if text.functions.is_empty()
            && let Some(decoded) = decoded(&text.text)
        {
            text.text = decoded;
            text.is_decoded = true;
        }
        Some(text)
    }

    /// True if it has lines, so that it is shown line by line.
    pub(crate) fn is_long(&self) -> bool {
        self.is_decoded || self.text.trim_end().contains('\n')
    }

    /// An object or a list, one entry per line, keys sorted so that their order is not a difference.
    pub(crate) fn json(&self) -> Option<String> {
        let text = self.text.trim_start();
        if !text.starts_with(['{', '[']) {
            return None;
        }
        let parsed: Value = serde_json::from_str(text).ok()?;
        serde_json::to_string_pretty(&sorted(parsed)).ok()
    }

    /// Form of the text, for people.
    pub(crate) fn form(&self) -> String {
        match (self.functions.as_slice(), self.is_decoded) {
            ([], true) => "base64".to_owned(),
            ([], false) => "plain text".to_owned(),
            (functions, _) => functions.join(" of "),
        }
    }

    fn read(&mut self, value: &Value) -> Option<()> {
        if let Value::String(text) = value {
            self.text.clone_from(text);
            return Some(());
        }
        match function(value)? {
            ("Fn::Base64", inner) => {
                self.functions.push("Fn::Base64");
                self.read(inner)?;
            }
            ("Fn::Sub", argument) => {
                self.functions.push("Fn::Sub");
                let text = argument.get(0).unwrap_or(argument).as_str()?;
                text.clone_into(&mut self.text);
                let variables = argument.get(1).and_then(Value::as_object).into_iter().flatten();
                self.variables = variables.map(|(name, item)| (name.clone(), super::value::full(item))).collect();
            }
            ("Fn::Join", Value::Array(parts)) => {
                let [Value::String(delimiter), Value::Array(items)] = parts.as_slice() else { return None };
                self.functions.push("Fn::Join");
                let piece = |item: &Value| match item {
                    // As `Fn::Sub` spells a text that is not a reference.
                    Value::String(text) => text.replace("${", "${!"),
                    other => super::value::full(other),
                };
                self.text = items.iter().map(piece).collect::<Vec<_>>().join(delimiter);
            }
            _ => return None,
        }
        Some(())
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().map(|(key, item)| (key, sorted(item))).collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

/// Decoded content of a text in base64, if that is a text too.
fn decoded(text: &str) -> Option<String> {
    let packed: String = text.split_ascii_whitespace().collect();
    if packed.len() < SHORTEST_BASE64 {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
    decoded.chars().all(|c| is_visible(c) || matches!(c, '\n' | '\r' | '\t')).then_some(decoded)
}
