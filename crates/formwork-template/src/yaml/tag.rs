//! Meanings of YAML's tags in a template: `!Sub` is a function, `!!str` says what a scalar is.

use crate::value::Value;
use crate::yaml::short_form::SHORT_FORMS;
use crate::yaml::text::CORE;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    Nothing,
    /// `!` alone or `!!str`.
    Text,
    /// `!!int` and its like.
    Core(&'static str),
    /// By its name in JSON.
    Function(String),
    Unknown(String),
}

impl Meaning {
    /// The objects that the tag stands for: a function's, and around the parts of `!GetAtt A.B` the list's.
    pub(super) fn levels(&self) -> usize {
        match self {
            Meaning::Function(name) if name == "Fn::GetAtt" => 2,
            Meaning::Function(_) | Meaning::Unknown(_) => 1,
            Meaning::Nothing | Meaning::Text | Meaning::Core(_) => 0,
        }
    }
}

pub(super) fn meaning(tag: &str) -> Meaning {
    if let Some(kind) = tag.strip_prefix(CORE) {
        const KINDS: [&str; 6] = ["null", "bool", "int", "float", "map", "seq"];
        return match KINDS.iter().find(|known| **known == kind) {
            Some(known) => Meaning::Core(known),
            None if kind == "str" => Meaning::Text,
            None => Meaning::Unknown(format!("!!{kind}")),
        };
    }
    let Some(name) = tag.strip_prefix('!') else { return Meaning::Unknown(format!("!<{tag}>")) };
    match name {
        "" => Meaning::Text,
        "Ref" | "Condition" => Meaning::Function(name.to_owned()),
        _ if SHORT_FORMS.binary_search(&name).is_ok() => Meaning::Function(format!("Fn::{name}")),
        _ => Meaning::Unknown(tag.to_owned()),
    }
}

/// The reason for which a tag is refused, and a hint on what to do about it.
pub(super) fn unknown(tag: &str) -> (String, String) {
    let message = format!("the tag `{tag}` is not one of CloudFormation's");
    // The `!` that all have does not make them alike.
    let hint = match crate::spelling::did_you_mean(tag.trim_start_matches('!'), SHORT_FORMS.iter().copied()) {
        Some(close) => format!("did you mean `!{close}`?"),
        None => format!("it has {}", SHORT_FORMS.map(|name| format!("!{name}")).join(", ")),
    };
    (message, hint)
}

pub(super) fn fits_scalar(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => matches!(value, Value::Null),
        "bool" => matches!(value, Value::Bool(_)),
        "int" | "float" => matches!(value, Value::Number(_)),
        _ => false,
    }
}

pub(super) fn fits_collection(kind: &str, value: &Value) -> bool {
    match kind {
        "map" => matches!(value, Value::Map(_) | Value::Function(_)),
        "seq" => matches!(value, Value::List(_)),
        _ => false,
    }
}
