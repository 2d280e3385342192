//! Texts of several lines: only the lines that differ, with a little around them.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::value::function;

/// A line of a text that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// On both sides.
    Same(String),
    /// On the old one.
    Removed(String),
    /// On the new one.
    Added(String),
    /// Here lines are left out.
    Gap,
}

/// The two values as texts of lines, when that is how people read them: scripts (through `Fn::Base64`, `Fn::Sub` and
/// `Fn::Join` around them) and JSON in a string.
pub(crate) fn texts(before: &Value, after: &Value) -> Option<(String, String)> {
    if let (Some(before), Some(after)) = (json(before), json(after)) {
        return Some((before, after));
    }
    let (before, after) = (unwrapped(before)?, unwrapped(after)?);
    (before.trim_end().contains('\n') || after.trim_end().contains('\n')).then_some((before, after))
}

/// The value as a text of several lines.
pub(crate) fn lines(value: &Value) -> Option<String> {
    json(value).or_else(|| unwrapped(value).filter(|text| text.trim_end().contains('\n')))
}

/// An object or a list in a string, one entry a line, keys sorted so that their order is no difference.
fn json(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim_start();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let parsed: Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&sorted(parsed)).ok()
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

fn unwrapped(value: &Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    match function(value)? {
        ("Fn::Base64", inner) => unwrapped(inner),
        ("Fn::Sub", Value::String(text)) => Some(text.clone()),
        ("Fn::Sub", Value::Array(parts)) => parts.first()?.as_str().map(str::to_owned),
        ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
            [Value::String(delimiter), Value::Array(items)] => {
                let piece = |item: &Value| match item {
                    Value::String(text) => text.clone(),
                    other => super::value::full(other),
                };
                Some(items.iter().map(piece).collect::<Vec<_>>().join(delimiter))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The lines that differ, with `context` unchanged ones around them.
pub(crate) fn difference(before: &str, after: &str, context: usize) -> Vec<Line> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&before, &after);
    let mut lines = Vec::new();
    for (place, group) in diff.grouped_ops(context).into_iter().enumerate() {
        if place > 0 {
            lines.push(Line::Gap);
        }
        for operation in &group {
            for change in diff.iter_changes(operation) {
                let line = super::value::printable(&change.value().replace('\t', "    "));
                lines.push(match change.tag() {
                    ChangeTag::Equal => Line::Same(line),
                    ChangeTag::Delete => Line::Removed(line),
                    ChangeTag::Insert => Line::Added(line),
                });
            }
        }
    }
    lines
}
