//! Tokens: intrinsic functions inside of texts.
//!
//! `format!` cannot know what a value will be when the stack is deployed. So it writes a token: the function as JSON, between two
//! characters that no text has. The code that writes the text into a template finds the tokens in it and writes the function that gives the
//! text: `Fn::Sub` where each of them is a `Ref` or `Fn::GetAtt`, else `Fn::Join`. A reference in a token is a reference like any
//! other: it orders resources, and travels between stacks.
//!
//! A token begins with a word, which is left of it where a text was filtered or made a slug. It has no character that JSON, YAML or a shell would escape in a text, so that it can be part of a text in one of these
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
/// Before the checksum of a token that `{}` wrote.
const PLAIN: char = '#';
/// Before the checksum of a token that `{:?}` wrote.
const DEBUG: char = '?';
/// Before the checksum of a token that a width or a precision was asked for.
const FORMATTED: char = '!';

/// The four.
const RESERVED: [char; 4] = [OPEN, CLOSE, APOSTROPHE, BACKSLASH];

/// The word at the beginning of every token: letters alone and in lower case, so that it is left of a token in a slug, in ASCII, in capitals and
/// in snake case.
const MARK: &str = "formworkunresolved";

/// The character that begins a token in a text that was escaped: by `{:?}` and `escape_unicode`, for JSON in ASCII, for a URL or for a DNS
/// record.
const ESCAPED: [&str; 6] = ["\\u{fdd0}", "\\ufdd0", "\\uFDD0", "%EF%B7%90", "%ef%b7%90", "\\357\\267\\220"];

/// The same and the beginning of the word, by `{:?}` of bytes.
const BYTES: [&str; 8] = ["239", "183", "144", "102", "111", "114", "109", "119"];

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
    written(function, PLAIN)
}

/// The same for `{:?}`, whose token is refused inside of what `{:?}` writes around values, such as `Some(…)`.
pub(crate) fn of_debug(function: &Function) -> String {
    written(function, DEBUG)
}

/// The same where a width or a precision is asked for, which only a known value can have: no template takes it.
pub(crate) fn of_formatted(function: &Function) -> String {
    written(function, FORMATTED)
}

/// A number that JSON cannot hold, as a text that no template takes.
pub(crate) fn of_number(number: f64) -> String {
    format!("{OPEN}{number}{CLOSE}")
}

/// The number of such a text.
fn number_of(inside: &str) -> Option<f64> {
    inside.parse().ok().filter(|number: &f64| !number.is_finite())
}

fn written(function: &Function, mark: char) -> String {
    match function {
        Function::Untyped(Value::String(text)) => return text.clone(),
        Function::Untyped(Value::Number(number)) => return number.to_string(),
        Function::Untyped(Value::Bool(value)) => return value.to_string(),
        _ => {}
    }
    let mut out = JsonWriter::of_token();
    function.write(&mut out);
    let json = out.finish().text;
    let mut token = String::with_capacity(json.len() + MARK.len() + 16);
    token.push(OPEN);
    token.push_str(MARK);
    token.extend(json.chars().map(|c| match c {
        '"' => '\'',
        '\'' => APOSTROPHE,
        '\\' => BACKSLASH,
        other => other,
    }));
    // Writing to a `String` cannot fail.
    _ = write!(token, "{mark}{:08x}{CLOSE}", checksum(&json));
    token
}

/// True if a text has a token in it, or a part of one.
pub fn is_in(text: &str) -> bool {
    (!text.is_ascii() && text.contains(RESERVED)) || is_escaped_in(text) || is_left_in(text) || is_in_bytes(text)
}

/// True if the word of a token is left in a text, without the token around it.
fn is_left_in(text: &str) -> bool {
    text.len() >= MARK.len()
        && text.as_bytes().windows(MARK.len()).any(|word| word.eq_ignore_ascii_case(MARK.as_bytes()))
}

/// True if a token is in a list of bytes, as Rust shows it to programmers.
fn is_in_bytes(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("239,") {
        rest = behind;
        let mut numbers = rest.split(',').map(str::trim);
        if BYTES[1..].iter().all(|byte| numbers.next() == Some(byte)) {
            return true;
        }
    }
    false
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
    if is_in_bytes(text) {
        return Err("a value in it was written as its bytes: put it in with `{}`");
    }
    let left = |text: &str| match is_left_in(text) {
        true => Err(
            "characters of a value in it were left out or replaced, by a filter or a slug for example: put it in as it is",
        ),
        false => Ok(()),
    };
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(RESERVED) {
        let (before, behind) = rest.split_at(start);
        let token = behind.strip_prefix(OPEN).and_then(|inside| inside.split_once(CLOSE));
        let Some((inside, behind)) = token else {
            return Err("a value in it was cut, or it has a character from U+FDD0 to U+FDD3, which no text has");
        };
        left(before)?;
        let Some(value) = read(inside) else {
            if inside.rsplit_once(FORMATTED).is_some_and(|(_, sum)| sum.len() == 8) {
                return Err("a width or a precision is asked of a value that is known only when the stack is deployed");
            }
            if number_of(inside).is_some() {
                return Err("a number in it is not finite, which JSON cannot hold");
            }
            return Err("a value in it was changed after it was put in: by upper or lower case, for example");
        };
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Function(Box::new(value)));
        rest = behind;
    }
    left(rest)?;
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
        shown.push_str(without_inside(before));
        let token = behind.strip_prefix(OPEN).and_then(|inside| inside.split_once(CLOSE));
        match token.and_then(|(inside, _)| read(inside)) {
            Some(function) => _ = write!(shown, "${{{}}}", label(&function)),
            None => shown.push('…'),
        }
        rest = token.map_or("", |(_, behind)| behind);
    }
    shown.push_str(without_inside(rest));
    Cow::Owned(shown.replace(RESERVED, "…"))
}

/// A text between tokens, from the end of a token on whose beginning was cut.
fn without_inside(text: &str) -> &str {
    text.rfind(CLOSE).map_or(text, |end| &text[end..])
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
    let number = text.strip_prefix(OPEN).and_then(|inside| number_of(inside.strip_suffix(CLOSE)?));
    if let Some(number) = number {
        return Err(format!("`{number}` is not a number that JSON can hold"));
    }
    let parts = parts(text).map_err(|reason| format!("the text `{}`: {reason}", shown(text)))?;
    if is_wrapped(text) {
        return Err(format!(
            "the text `{}` is how Rust shows a value to programmers: put each value itself into it with `{{}}`",
            shown(text)
        ));
    }
    let alone = parts.len() == 1;
    for part in &parts {
        if let Part::Function(function) = part
            && let Some(what) = not_a_text(function, alone)
        {
            let way_out = if what == HANDLE { ": say which value of it, such as `bucket.arn()`" } else { "" };
            return Err(format!("the text `{}` has {what} in it{way_out}", shown(text)));
        }
    }
    Ok(parts)
}

/// True if a token that `{:?}` wrote is in Rust's notation of something around it: `Some(…)`, `[…]`, `Zone { id: … }`.
fn is_wrapped(text: &str) -> bool {
    let mut before = String::new();
    let mut rest = text;
    while let Some((literal, behind)) = rest.split_once(OPEN) {
        before.push_str(literal);
        let Some((inside, behind)) = behind.split_once(CLOSE) else { return false };
        if inside.rfind([PLAIN, DEBUG]).is_some_and(|mark| inside[mark..].starts_with(DEBUG)) && is_in_notation(&before)
        {
            return true;
        }
        before.push('x');
        rest = behind;
    }
    false
}

/// True if a list, a tuple or a struct of Rust's notation is open at the end of a text.
fn is_in_notation(before: &str) -> bool {
    let mut open = Vec::new();
    for (at, c) in before.char_indices() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let text = &before[..at];
        let is_name = || {
            let word = text.trim_end_matches(' ').rsplit(|c| !is_word(c)).next();
            word.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))
        };
        match c {
            '(' => open.push(at == 0 || !text.ends_with(' ') && is_name()),
            '{' => open.push(text.ends_with(' ') && is_name()),
            '[' => open.push(!text.ends_with(is_word)),
            ')' | '}' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    open.contains(&true)
}

/// The words for a handle, or a value of another shape than a text.
const HANDLE: &str = "a value that is not a text, or a handle,";

/// Kind of the function's value, in words; `None` if it is a text.
fn not_a_text(function: &Function, alone: bool) -> Option<&'static str> {
    const LIST: Option<&str> = Some("a list");
    match function {
        Function::Reference(Reference { shape: Shape::List, .. }) => LIST,
        Function::Reference(Reference { shape: Shape::Json, .. }) => Some(HANDLE),
        Function::Reference(reference) if reference.named().is_some() && !alone => {
            Some("the name of a part of a template")
        }
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
    let inside = inside.strip_prefix(MARK)?;
    // A token has other characters in their place.
    if inside.contains(['"', '\\']) {
        return None;
    }
    let (encoded, sum) = inside.rsplit_once([PLAIN, DEBUG])?;
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
    parts.extend(reference.named());
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
        ["condition"] => Source::Condition,
        ["mapping"] => Source::Mapping,
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
