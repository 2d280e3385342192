//! One value on one line. Intrinsic functions in the spelling of `Fn::Sub`: `${Certificate}`, `${Distribution.DomainName}`.

use formwork_assembly::visible::visible;
use formwork_template::dynamic;
use serde_json::Value;

use crate::change_set::KNOWN_AFTER_APPLY;
use crate::parameters::KNOWN_AFTER;
use crate::value::function;

/// The longest a value gets that has its line for itself.
const ALONE: usize = 112;

/// A value on one line, in full.
pub(crate) fn full(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(full).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => match function(value) {
            Some((name, argument)) => call(name, argument),
            None if map.is_empty() => "{}".to_owned(),
            None => {
                let entries = map.iter().map(|(key, item)| format!("{}: {}", visible(key), full(item)));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
        },
    }
}

/// A value on one line, its end left out when it is long.
pub(crate) fn short(value: &Value) -> String {
    clip(&full(value), ALONE)
}

/// A value as JSON in which no two characters look alike: for two values that are shown alike otherwise.
pub(crate) fn exact(value: &Value) -> String {
    let mut exact = String::new();
    for character in value.to_string().chars() {
        match character {
            ' '..='~' => exact.push(character),
            other => exact.extend(other.escape_unicode()),
        }
    }
    exact
}

/// The beginning of a long text, and how much is left out.
pub(crate) fn clip(text: &str, length: usize) -> String {
    let count = text.chars().count();
    if count <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length).collect();
    format!("{}… ({} more characters)", kept.trim_end(), count - length)
}

/// A text as it is when that cannot be misread, else in quotes.
fn quoted(text: &str) -> String {
    if text == KNOWN_AFTER_APPLY {
        return "known after apply".to_owned();
    }
    if text.contains(KNOWN_AFTER_APPLY) {
        return with_holes(&visible(text));
    }
    let is_plain = !text.is_empty()
        && text.trim() == text
        && visible(text) == text
        && !text.contains(['"', '→', ',', '[', ']'])
        && !text.contains("  ")
        && !text.contains("${")
        && (!text.starts_with('{') || text.starts_with(dynamic::OPEN))
        && text != "null";
    if is_plain { text.to_owned() } else { format!("\"{}\"", visible(&text.replace('\\', r"\\").replace('"', "\\\""))) }
}

/// The text with each place that a change set does not know in the spelling of a function: `${known after apply}/*`.
pub(crate) fn with_holes(text: &str) -> String {
    text.replace(KNOWN_AFTER_APPLY, "${known after apply}")
}

fn call(name: &str, argument: &Value) -> String {
    match (name, argument) {
        (KNOWN_AFTER, Value::String(stack)) => format!("known after {}", visible(stack)),
        ("Ref", Value::String(name)) => format!("${{{}}}", visible(name)),
        ("Fn::GetAtt", Value::Array(parts)) if parts.iter().all(Value::is_string) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            format!("${{{}}}", visible(&parts.join(".")))
        }
        ("Fn::Sub", Value::String(text)) => with_holes(&visible(text)),
        ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(delimiter), Value::Array(items)] => {
                let piece = |item: &Value| match item {
                    Value::String(text) => with_holes(&visible(text)),
                    // As a function, since there is text around it.
                    other if other.get(KNOWN_AFTER).is_some() => format!("${{{}}}", full(other)),
                    other => full(other),
                };
                items.iter().map(piece).collect::<Vec<_>>().join(&visible(delimiter))
            }
            _ => generic(name, argument),
        },
        _ => generic(name, argument),
    }
}

/// `Select(0, ${List})`
fn generic(name: &str, argument: &Value) -> String {
    let name = visible(name.strip_prefix("Fn::").unwrap_or(name));
    match argument {
        Value::Array(items) => format!("{name}({})", items.iter().map(full).collect::<Vec<_>>().join(", ")),
        one => format!("{name}({})", full(one)),
    }
}
