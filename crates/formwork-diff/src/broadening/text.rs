//! Texts of which some parts are not known: what `Fn::Sub`, `Fn::Join`, `Ref` and `Fn::GetAtt` give, one spelling for each.

use formwork_model::evaluate::MAX_TEXT;
use formwork_template::sub;
use serde_json::Value;

use crate::value::{canonical, function, scalar_text};

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// These characters.
    Known(String),
    /// The value of a function: `Bucket`, `Bucket.Arn`, or the function itself. Equal names are equal values.
    Unknown(String),
}

/// The parts of a scalar or of a function; `None` for a list or an object.
pub(super) fn parts(value: &Value) -> Option<Vec<Part>> {
    parts_within(value, &mut { MAX_TEXT })
}

/// The same, as long as there is `room` for the text: a few `Fn::Sub` in one another can double it with each round. What there is no
/// room for is not known.
fn parts_within(value: &Value, room: &mut usize) -> Option<Vec<Part>> {
    if *room == 0 {
        return Some(vec![Part::Unknown(String::new())]);
    }
    if let Some(text) = scalar_text(value) {
        return Some(vec![Part::Known(text)]);
    }
    let (name, argument) = function(value)?;
    let unknown = || vec![Part::Unknown(canonical(value))];
    Some(match (name, argument) {
        ("Ref", Value::String(name)) => vec![reference(name)],
        ("Fn::GetAtt", Value::String(place)) => vec![reference(place)],
        ("Fn::GetAtt", Value::Array(steps)) => match steps.as_slice() {
            [Value::String(id), Value::String(attribute)] => vec![reference(&format!("{id}.{attribute}"))],
            _ => unknown(),
        },
        ("Fn::Sub", Value::String(text)) => substitution(text, &Value::Null, room),
        ("Fn::Sub", Value::Array(items)) => match items.as_slice() {
            [Value::String(text), variables] => substitution(text, variables, room),
            _ => unknown(),
        },
        ("Fn::Join", Value::Array(items)) => match items.as_slice() {
            [Value::String(delimiter), Value::Array(items)] => join(delimiter, items, room).unwrap_or_else(unknown),
            _ => unknown(),
        },
        _ => unknown(),
    })
}

/// A text that spells all parts: unknown ones as `${Name}`.
pub(super) fn spelled(parts: &[Part]) -> String {
    let spell = |part: &Part| match part {
        Part::Known(text) => text.clone(),
        Part::Unknown(name) => format!("${{{name}}}"),
    };
    parts.iter().map(spell).collect()
}

/// The resource or the parameter whose name, identifier or attribute the value is, if it is nothing else.
pub(super) fn referred(value: &Value) -> Option<String> {
    match parts(value)?.as_slice() {
        [Part::Unknown(name)] if !name.contains(['"', '{']) && !name.starts_with("AWS::") => {
            Some(name.split('.').next().unwrap_or(name).to_owned())
        }
        _ => None,
    }
}

/// The partition decides nothing about who is permitted what: a stack is in one, and every ARN in it too.
fn reference(name: &str) -> Part {
    match name {
        "AWS::Partition" => Part::Known("aws".to_owned()),
        "AWS::URLSuffix" => Part::Known("amazonaws.com".to_owned()),
        _ => Part::Unknown(name.to_owned()),
    }
}

fn substitution(text: &str, variables: &Value, room: &mut usize) -> Vec<Part> {
    let mut found = Vec::new();
    for part in sub::parts(text) {
        match part {
            sub::Part::Text(known) => push(&mut found, Part::Known(known.to_owned()), room),
            sub::Part::Literal(literal) => push(&mut found, Part::Known(format!("${{{literal}}}")), room),
            sub::Part::Name(name) => match variables.get(name).and_then(|value| parts_within(value, room)) {
                Some(inner) => inner.into_iter().for_each(|part| push(&mut found, part, room)),
                None => push(&mut found, reference(name), room),
            },
        }
    }
    found
}

fn join(delimiter: &str, items: &[Value], room: &mut usize) -> Option<Vec<Part>> {
    let mut found = Vec::new();
    for (place, item) in items.iter().filter(|item| !item.is_null()).enumerate() {
        if place > 0 {
            push(&mut found, Part::Known(delimiter.to_owned()), room);
        }
        parts_within(item, room)?.into_iter().for_each(|part| push(&mut found, part, room));
    }
    Some(found)
}

/// Appends a part; known ones that follow one another are one.
fn push(found: &mut Vec<Part>, part: Part, room: &mut usize) {
    let (Part::Known(text) | Part::Unknown(text)) = &part;
    *room = room.saturating_sub(text.len() + 1);
    match (found.last_mut(), part) {
        (_, Part::Known(text)) if text.is_empty() => {}
        (Some(Part::Known(last)), Part::Known(text)) => last.push_str(&text),
        (_, part) => found.push(part),
    }
}
