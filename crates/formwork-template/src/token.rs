//! Tokens: intrinsic functions inside of texts.
//!
//! `format!` cannot know what a value will be when the stack is deployed. So it writes a token: the function as JSON, between two
//! characters that no text has. The code that writes the text into a template finds the tokens in it and writes the function that gives the
//! text: `Fn::Sub` where each of them is a `Ref` or `Fn::GetAtt`, else `Fn::Join`. A reference in a token is a reference like any
//! other: it orders resources, and travels between stacks.
//!
//! A token has no character that JSON, YAML or a shell would escape in a text, so that it can be part of a text in one of these
//! notations. It has a checksum: a token that was cut, put into upper case or changed in another way is a problem when the template is
//! written, as is one in a place that takes no function (a name, a key, a description). Thus no token ever is in a template.
//!
//! Texts that are checked before they are written have holes where the tokens are: [`parts`], [`is_in`], [`with_holes`].
//!
//! Source for the characters: Unicode 16.0, section 23.7, "Noncharacters": U+FDD0 to U+FDEF are for a program's own use.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::existing::{Existing, Place};
use crate::function::{Function, recognise};
use crate::json::{JsonWriter, ToJson};
use crate::reference::{Attribute, Lowering, Reference, Shape, Source, StackId};
use crate::sub;
use crate::value::{Map, Value};

/// Begins a token.
const OPEN: char = '\u{fdd0}';
/// Ends a token.
const CLOSE: char = '\u{fdd1}';
/// In a token: an apostrophe, since that is written in place of a quotation mark.
const APOSTROPHE: char = '\u{fdd2}';
/// In a token: a backslash.
const BACKSLASH: char = '\u{fdd3}';
/// The four.
const RESERVED: [char; 4] = [OPEN, CLOSE, APOSTROPHE, BACKSLASH];

/// Beginnings of tokens in a text that was escaped, by `{:?}`, for JSON in ASCII, for a URL or for a DNS record.
const ESCAPED: [&str; 5] = ["\\u{fdd0}{\'", "\\ufdd0{\'", "%EF%B7%90%7B%27", "%ef%b7%90%7b%27", "\\357\\267\\220{\'"];

/// The key of a reference in a token.
const REFERENCE: &str = "Formwork::Reference";

/// One part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'t> {
    /// Text that stays as it is.
    Text(&'t str),
    /// The function of a token.
    Function(Box<Function>),
}

/// The function as a token; the text itself, of a text that is only called a function ([`Function::Untyped`]).
pub fn of(function: &Function) -> String {
    match function {
        Function::Untyped(Value::String(text)) => return text.clone(),
        Function::Untyped(Value::Number(number)) => return number.to_string(),
        Function::Untyped(Value::Bool(value)) => return value.to_string(),
        _ => {}
    }
    let mut out = JsonWriter::of_token();
    function.write(&mut out);
    let json = out.finish().text;
    let mut token = String::with_capacity(json.len() + 16);
    token.push(OPEN);
    token.extend(json.chars().map(|c| match c {
        '"' => '\'',
        '\'' => APOSTROPHE,
        '\\' => BACKSLASH,
        other => other,
    }));
    // Writing to a `String` cannot fail.
    _ = write!(token, "#{:08x}{CLOSE}", checksum(&json));
    token
}

/// True if a text has a token in it, or a part of one.
pub fn is_in(text: &str) -> bool {
    (!text.is_ascii() && text.contains(RESERVED)) || is_escaped_in(text)
}

fn is_escaped_in(text: &str) -> bool {
    text.contains(['\\', '%']) && ESCAPED.iter().any(|beginning| text.contains(beginning))
}

/// Reason why a name, a path or another text that is read before the stack is deployed cannot have a token in it.
pub const NOT_YET_KNOWN: &str = "it has a value in it that is known only when the stack is deployed";

/// The parts of a text, in order.
///
/// # Errors
///
/// The reason why a part that looks like a token is not one, in words that continue "the text `…`: ".
pub fn parts(text: &str) -> Result<Vec<Part<'_>>, &'static str> {
    if is_escaped_in(text) {
        return Err("a value in it was escaped, by `{:?}` of a text for example: put it in with `{}`");
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(RESERVED) {
        let (before, behind) = rest.split_at(start);
        let token = behind.strip_prefix(OPEN).and_then(|inside| inside.split_once(CLOSE));
        let Some((inside, behind)) = token else {
            return Err("a value in it was cut, or it has a character from U+FDD0 to U+FDD3, which no text has");
        };
        let Some(value) = read(inside) else {
            return Err("a value in it was changed after it was put in: by upper or lower case, for example");
        };
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Function(Box::new(value)));
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

/// The function, of a text that is one token and nothing else.
pub fn only(text: &str) -> Option<Function> {
    let token = text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    read(token)
}

/// The text with `hole` in the place of each token; the text itself if it has none, or if one was changed.
pub fn with_holes<'t>(text: &'t str, hole: &'t str) -> Cow<'t, str> {
    if !is_in(text) {
        return Cow::Borrowed(text);
    }
    let Ok(parts) = parts(text) else { return Cow::Borrowed(text) };
    let part = |part: &Part<'t>| match part {
        Part::Text(text) => *text,
        Part::Function(_) => hole,
    };
    Cow::Owned(parts.iter().map(part).collect())
}

/// The text for people, with tokens as they would write them for `Fn::Sub`: `arn:aws:s3:::${Bucket}`. Tokens that were escaped by
/// `{:?}` are read too, and parts of changed tokens are shown as `…`.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !is_in(text) {
        return Cow::Borrowed(text);
    }
    let text =
        RESERVED.iter().fold(text.to_owned(), |text, c| text.replace(&c.escape_unicode().to_string(), &c.to_string()));
    let mut shown = String::new();
    let mut rest = &*text;
    while let Some(start) = rest.find(OPEN) {
        let (before, behind) = rest.split_at(start);
        shown.push_str(before);
        let token = behind.strip_prefix(OPEN).and_then(|inside| inside.split_once(CLOSE));
        match token.and_then(|(inside, _)| read(inside)) {
            Some(function) => _ = write!(shown, "${{{}}}", label(&function)),
            None => shown.push('…'),
        }
        rest = token.map_or("", |(_, behind)| behind);
    }
    shown.push_str(rest);
    Cow::Owned(shown.replace(RESERVED, "…"))
}

/// Name of the function's value for people.
fn label(function: &Function) -> String {
    match function {
        Function::Reference(reference) => match &reference.attribute {
            Attribute::Ref(_) => reference.logical_id.to_string(),
            Attribute::GetAtt(name) => format!("{}.{name}", reference.logical_id),
        },
        Function::Ref(name) => name.clone(),
        Function::Untyped(_) => "…".to_owned(),
        other => other.to_map().keys().next().cloned().unwrap_or_default(),
    }
}

/// The function that gives the text of a template with this `lowering`; without one, references stay what they are.
pub(crate) fn function(text: &str, lowering: Option<&Lowering>) -> Result<Function, String> {
    let parts = checked(text)?;
    if let [Part::Function(function)] = parts.as_slice() {
        return Ok((**function).clone());
    }
    let names: Option<String> = parts
        .iter()
        .enumerate()
        .map(|(place, part)| match part {
            // A text that `Fn::Sub` would read as a variable is joined, so that nobody has to know how to escape it.
            Part::Text(text) if text.contains("${") || (text.ends_with('$') && place + 1 < parts.len()) => None,
            Part::Text(text) => Some(Cow::Borrowed(*text)),
            Part::Function(function) => name(function, lowering).map(|name| format!("${{{name}}}").into()),
        })
        .collect();
    if let Some(text) = names {
        return Ok(Function::Sub { text, variables: Map::new() });
    }
    let values = parts.into_iter().map(|part| match part {
        Part::Text(text) => Value::from(text),
        Part::Function(function) => Value::Function(function),
    });
    Ok(Function::Join { delimiter: String::new(), values: Value::List(values.collect()) })
}

/// The `Fn::Sub` of a text with tokens, which is written for `Fn::Sub` already.
pub(crate) fn in_sub(text: &str, variables: &Map, lowering: Option<&Lowering>) -> Result<Function, String> {
    let mut whole = String::new();
    let mut variables = variables.clone();
    for part in checked(text)? {
        let function = match part {
            Part::Text(text) => {
                whole.push_str(text);
                continue;
            }
            Part::Function(function) => function,
        };
        if whole.rfind("${").is_some_and(|open| !whole[open..].contains('}')) {
            return Err("the text has a value inside of the braces of `${…}`".to_owned());
        }
        let name = name(&function, lowering).filter(|name| !variables.contains_key(name)).unwrap_or_else(|| {
            let taken = |name: &String| variables.contains_key(name) || sub::names(text).any(|own| own == name);
            let name = (1..).map(|number| format!("Value{number}")).find(|name| !taken(name)).unwrap_or_default();
            variables.insert(name.clone(), Value::Function(function));
            name
        });
        if whole.ends_with('$') {
            return Err(
                "the text has a `$` before a value, which `Fn::Sub` would read as a part of its name".to_owned()
            );
        }
        _ = write!(whole, "${{{name}}}");
    }
    Ok(Function::Sub { text: whole, variables })
}

/// The parts, each function of which gives a text.
fn checked(text: &str) -> Result<Vec<Part<'_>>, String> {
    let parts = parts(text).map_err(|reason| format!("the text `{}`: {reason}", shown(text)))?;
    let alone = parts.len() == 1;
    for part in &parts {
        if let Part::Function(function) = part
            && let Some(what) = not_a_text(function, alone)
        {
            return Err(format!("the text `{}` has {what} in it", shown(text)));
        }
    }
    Ok(parts)
}

/// Kind of the function's value, in words; `None` if it is a text.
fn not_a_text(function: &Function, alone: bool) -> Option<&'static str> {
    const LIST: Option<&str> = Some("a list");
    match function {
        Function::Reference(Reference { shape: Shape::List, .. }) => LIST,
        Function::Reference(Reference { shape: Shape::Json, .. }) => Some("a value that is not a text, or a handle,"),
        Function::Ref(name) if name == "AWS::NotificationARNs" => LIST,
        Function::Ref(name) if name == "AWS::NoValue" && !alone => Some("`AWS::NoValue`, which is not a text,"),
        Function::Split { .. } | Function::GetAzs(_) | Function::Cidr { .. } => LIST,
        Function::RefAll(_) | Function::ValueOfAll(..) => LIST,
        Function::And(_)
        | Function::Or(_)
        | Function::Not(_)
        | Function::Equals(..)
        | Function::Condition(_)
        | Function::Contains(..)
        | Function::EachMemberEquals(..)
        | Function::EachMemberIn(..) => Some("a condition"),
        Function::Untyped(_) => Some("a value that is not a text"),
        Function::If { then, otherwise, .. } => [then, otherwise].into_iter().find_map(|value| match value {
            Value::List(_) => LIST,
            Value::Map(_) | Value::Null => Some("a value that is not a text"),
            Value::Function(function) => not_a_text(function, alone),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }),
        _ => None,
    }
}

/// The name that the function has in a text for `Fn::Sub`, if it is a `Ref` or `Fn::GetAtt` there.
fn name(function: &Function, lowering: Option<&Lowering>) -> Option<String> {
    let plain = |name: &str, others: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    match function {
        Function::Reference(reference) => name(&lowering?.lower(reference), lowering),
        Function::Ref(name) => plain(name, ":").then(|| name.clone()),
        Function::GetAtt { logical_id, attribute: Value::String(attribute) } => {
            (plain(logical_id, "") && plain(attribute, "._")).then(|| format!("{logical_id}.{attribute}"))
        }
        _ => None,
    }
}

/// A character of JSON as it is in a token: what belongs to tokens is escaped, as JSON can.
pub(crate) fn escaped(c: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = if RESERVED.contains(&c) { (None, Some(c)) } else { (Some(c), None) };
    let code = escaped.map(|c| format!("\\u{:04x}", u32::from(c))).unwrap_or_default();
    plain.into_iter().chain(code.chars().collect::<Vec<_>>())
}

/// The inside of a token.
fn read(inside: &str) -> Option<Function> {
    // A token has other characters in their place.
    if inside.contains(['"', '\\']) {
        return None;
    }
    let (encoded, sum) = inside.rsplit_once('#')?;
    let json: String = encoded
        .chars()
        .map(|c| match c {
            '\'' => '"',
            APOSTROPHE => '\'',
            BACKSLASH => '\\',
            other => other,
        })
        .collect();
    if sum != format!("{:08x}", checksum(&json)) {
        return None;
    }
    Some(match revived(serde_json::from_str(&json).ok()?) {
        Value::Function(function) => *function,
        other => Function::Untyped(other),
    })
}

/// FNV-1a.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The value in a token's JSON, with its references.
fn revived(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(revived).collect()),
        serde_json::Value::Object(entries) => {
            let map: Map = entries.into_iter().map(|(key, item)| (key, revived(item))).collect();
            match map.get(REFERENCE).and_then(reference) {
                Some(reference) => Function::Reference(reference).into(),
                None => recognise(map),
            }
        }
        plain => Value::from(plain),
    }
}

/// Writes a reference with all that it is.
pub(crate) fn write_reference(reference: &Reference, out: &mut JsonWriter) {
    let Reference { stack, logical_id, attribute, shape, source } = reference;
    let (kind, name) = match attribute {
        Attribute::Ref(name) => ("Ref", name),
        Attribute::GetAtt(name) => ("GetAtt", name),
    };
    let shape = match shape {
        Shape::Scalar => "Scalar",
        Shape::List => "List",
        Shape::Json => "Json",
    };
    let mut parts = vec![&*stack.name, &*stack.region, &**logical_id, kind, &**name, shape];
    let place;
    if let Source::Existing(existing) = source {
        let Existing { type_name, place: Place { file, line }, fault, .. } = &**existing;
        place = line.to_string();
        parts.extend([&**type_name, &**file, &*place, fault.as_deref().unwrap_or_default()]);
    }
    out.entries([(REFERENCE, &Value::from(parts))]);
}

fn reference(value: &Value) -> Option<Reference> {
    let parts: Vec<&str> = value.as_list()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    let ([stack, region, logical_id, kind, name, shape], existing) = parts.split_first_chunk()?;
    let name = Cow::Owned((*name).to_owned());
    let source = match existing {
        [type_name, file, line, fault] => {
            let place = Place { file: Cow::Owned((*file).to_owned()), line: line.parse().ok()? };
            let mut existing = Existing::new((*type_name).to_owned(), place);
            existing.fault = Some((*fault).to_owned()).filter(|fault| !fault.is_empty());
            Source::Existing(existing.into())
        }
        _ => Source::Resource,
    };
    Some(Reference {
        stack: StackId::new(*stack, *region),
        logical_id: (*logical_id).into(),
        attribute: if *kind == "Ref" { Attribute::Ref(name) } else { Attribute::GetAtt(name) },
        shape: match *shape {
            "Scalar" => Shape::Scalar,
            "List" => Shape::List,
            _ => Shape::Json,
        },
        source,
    })
}
