//! One value on one line. Intrinsic functions in the spelling of `Fn::Sub`: `${Certificate}`, `${Distribution.DomainName}`.

use serde_json::Value;

use crate::change_set::KNOWN_AFTER_APPLY;
use crate::parameters::KNOWN_AFTER;
use crate::value::function;

/// The longest that each of two values gets on their line.
const LENGTH: usize = 96;
/// The longest a value gets that has its line for itself.
const ALONE: usize = 112;
/// What is kept in front of the first difference of two long values.
const LEAD: usize = 16;

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
                let entries = map.iter().map(|(key, item)| format!("{}: {}", printable(key), full(item)));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
        },
    }
}

/// A value on one line, its end left out when it is long.
pub(crate) fn short(value: &Value) -> String {
    clip(&full(value), 0, ALONE)
}

/// Two values on one line each, long ones around their first difference.
pub(crate) fn both(before: &Value, after: &Value, verbose: bool) -> (String, String) {
    let (before, after) = (full(before), full(after));
    if verbose || (before.chars().count() <= LENGTH && after.chars().count() <= LENGTH) {
        return (before, after);
    }
    let common = before.chars().zip(after.chars()).take_while(|(left, right)| left == right).count();
    let start = if common > LENGTH - LEAD { common - LEAD } else { 0 };
    (clip(&before, start, LENGTH), clip(&after, start, LENGTH))
}

fn clip(text: &str, start: usize, length: usize) -> String {
    let count = text.chars().count();
    let lead = if start > 0 { "…" } else { "" };
    if count.saturating_sub(start) <= length {
        return format!("{lead}{}", text.chars().skip(start).collect::<String>());
    }
    let kept: String = text.chars().skip(start).take(length).collect();
    format!("{lead}{}…", kept.trim_end())
}

/// A text as it is when that cannot be misread, else in quotes.
fn quoted(text: &str) -> String {
    if text == KNOWN_AFTER_APPLY {
        return "known after apply".to_owned();
    }
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.contains(|c: char| c.is_control() || matches!(c, '"' | '→' | ',' | '[' | ']'))
        && !text.contains("  ")
        && !text.contains("${")
        && (!text.starts_with('{') || text.starts_with("{{resolve:"))
        && text != "null";
    if is_plain { text.to_owned() } else { format!("{text:?}") }
}

/// A name from a template: control characters never reach the terminal.
pub(crate) fn printable(text: &str) -> String {
    if text.contains(|c: char| c.is_control()) { text.escape_debug().to_string() } else { text.to_owned() }
}

fn call(name: &str, argument: &Value) -> String {
    match (name, argument) {
        (KNOWN_AFTER, Value::String(stack)) => format!("known after {}", printable(stack)),
        ("Ref", Value::String(name)) => format!("${{{}}}", printable(name)),
        ("Fn::GetAtt", Value::Array(parts)) if parts.iter().all(Value::is_string) => {
            let parts: Vec<String> = parts.iter().filter_map(Value::as_str).map(printable).collect();
            format!("${{{}}}", parts.join("."))
        }
        ("Fn::Sub", Value::String(text)) => printable(text),
        ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(delimiter), Value::Array(items)] => {
                let piece = |item: &Value| match item {
                    Value::String(text) => printable(text),
                    other => full(other),
                };
                items.iter().map(piece).collect::<Vec<_>>().join(&printable(delimiter))
            }
            _ => generic(name, argument),
        },
        _ => generic(name, argument),
    }
}

/// `Select(0, ${List})`
fn generic(name: &str, argument: &Value) -> String {
    let name = printable(name.strip_prefix("Fn::").unwrap_or(name));
    match argument {
        Value::Array(items) => format!("{name}({})", items.iter().map(full).collect::<Vec<_>>().join(", ")),
        one => format!("{name}({})", full(one)),
    }
}
