//! Values to YAML: block style, short forms, texts of several lines as such.

use crate::json::Style;
use crate::template::Template;
use crate::value::Value;
use crate::yaml::scalar;
use crate::yaml::short_form::SHORT_FORMS;

pub(super) fn document(template: &Template) -> (String, Vec<String>) {
    let written = template.write_json(Style::Compact);
    // The sections and the spelling of references are the JSON writer's; what it wrote is JSON.
    let mut problems = written.problems;
    let root: serde_json::Value = serde_json::from_str(&written.text).unwrap_or_else(|error| {
        // It refuses what is nested deeper than CloudFormation ever saw.
        problems.push(format!("the template cannot be written as YAML: {error}"));
        serde_json::Value::Null
    });
    let mut out = String::new();
    entry(&mut out, &root, 0, Position::Root);
    (out, problems)
}

/// The position of a value, by what stands before it on its line.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    /// Nothing.
    Root,
    /// `key:` or a tag.
    AfterKey,
    /// `-`
    AfterDash,
}

/// Writes a value and ends its line. `indent` is that of the entries it may have.
fn entry(out: &mut String, value: &serde_json::Value, indent: usize, position: Position) {
    if let Some((tag, argument)) = short_form(value) {
        if position != Position::Root {
            out.push(' ');
        }
        out.push_str(&tag);
        return entry(out, &argument, indent, Position::AfterKey);
    }
    match value {
        serde_json::Value::Object(entries) if !entries.is_empty() => {
            let mut inline = position == Position::AfterDash;
            if position == Position::AfterKey {
                out.push('\n');
            }
            for (key, item) in entries {
                if inline {
                    out.push(' ');
                } else {
                    pad(out, indent);
                }
                inline = false;
                write_key(out, key, indent);
                entry(out, item, indent + 2, Position::AfterKey);
            }
        }
        serde_json::Value::Array(items) if !items.is_empty() => {
            let mut inline = position == Position::AfterDash;
            if position == Position::AfterKey {
                out.push('\n');
            }
            for item in items {
                if inline {
                    out.push(' ');
                } else {
                    pad(out, indent);
                }
                inline = false;
                out.push('-');
                entry(out, item, indent + 2, Position::AfterDash);
            }
        }
        serde_json::Value::String(value) => {
            if position != Position::Root {
                out.push(' ');
            }
            if is_block(value) {
                block(out, value, indent);
            } else {
                text(out, value);
                out.push('\n');
            }
        }
        other => {
            if position != Position::Root {
                out.push(' ');
            }
            match other {
                serde_json::Value::Number(value) => number(out, &value.to_string()),
                // `null`, booleans, `{}` and `[]` are the same in YAML.
                other => out.push_str(&other.to_string()),
            }
            out.push('\n');
        }
    }
}

/// A number, which in YAML 1.1 has a point and a signed exponent where it has an exponent: `1e-7` would be a text.
fn number(out: &mut String, json: &str) {
    let Some((mantissa, exponent)) = json.split_once(['e', 'E']) else { return out.push_str(json) };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    out.push_str(&format!("{mantissa}{point}e{sign}{exponent}"));
}

/// The longest key that parsers take on one line with its value.
///
/// Source: YAML 1.2.2, section 7.4.2: 1,024 characters.
const MAX_SIMPLE_KEY: usize = 1_024;

/// A key and its colon.
fn write_key(out: &mut String, key: &str, indent: usize) {
    let start = out.len();
    text(out, key);
    if out.len() - start >= MAX_SIMPLE_KEY {
        out.insert_str(start, "? ");
        out.push('\n');
        pad(out, indent);
    }
    out.push(':');
}

/// The tag of a function and its argument, where the two can stand together: a node has one tag, so a function directly
/// inside of a function needs the long form of one of them.
fn short_form(value: &serde_json::Value) -> Option<(String, serde_json::Value)> {
    let serde_json::Value::Object(entries) = value else { return None };
    let (key, argument) = entries.iter().next().filter(|_| entries.len() == 1)?;
    let name = key.strip_prefix("Fn::").or((key == "Ref").then_some("Ref"))?;
    SHORT_FORMS.binary_search(&name).ok().filter(|_| name != "Condition")?;
    // Only what reads back as this function; anything else stays the object that it is.
    let Value::Function(_) = Value::from(value.clone()) else { return None };
    if short_form(argument).is_some() {
        return None;
    }
    let argument = match (name, argument) {
        ("GetAtt", serde_json::Value::Array(items)) => match items.as_slice() {
            [serde_json::Value::String(id), serde_json::Value::String(attribute)] if !id.contains('.') => {
                format!("{id}.{attribute}").into()
            }
            _ => argument.clone(),
        },
        // A tagged scalar is read as a text, so no other scalar may be tagged.
        (_, serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => return None,
        _ => argument.clone(),
    };
    Some((format!("!{name}"), argument))
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A text on one line: plain where every parser reads it as a text, else quoted.
fn text(out: &mut String, value: &str) {
    if is_plain(value) {
        out.push_str(value);
    } else {
        quoted(out, value);
    }
}

fn is_plain(value: &str) -> bool {
    let first = value.chars().next();
    first.is_some_and(|first| first.is_ascii_alphanumeric() || matches!(first, '/' | '_' | '.' | '$'))
        && value.chars().all(|each| each.is_ascii_alphanumeric() || " _-./:=,+$(){}[]@;*^~".contains(each))
        && !value.contains(": ")
        && !value.ends_with([':', ' '])
        && !is_special(value)
}

/// True if some parser takes the plain text for something else: a number, a date, a boolean, the end of a document.
fn is_special(value: &str) -> bool {
    !matches!(scalar::resolve(value), Value::String(_))
        || matches!(value, "y" | "Y" | "n" | "N" | "...")
        || value.bytes().any(|byte| byte.is_ascii_digit())
            && value.bytes().all(|byte| byte.is_ascii_digit() || b".:-+_eExXoO TtZz".contains(&byte))
        || value.starts_with('.')
        || value.starts_with(|first: char| first.is_ascii_digit())
            && value.bytes().all(|byte| byte.is_ascii_hexdigit() || b".xXoO_+-".contains(&byte))
}

fn quoted(out: &mut String, value: &str) {
    out.push('"');
    for each in value.chars() {
        match each {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Line breaks of YAML 1.1, the byte order mark, and what is not printable.
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(each)));
            }
            '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("\\u{:04x}", u32::from(each))),
            _ => out.push(each),
        }
    }
    out.push('"');
}

/// True if a text reads well as a block: several lines, none of which could be taken for layout.
fn is_block(value: &str) -> bool {
    let body = value.trim_end_matches('\n');
    body.contains('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && body.lines().all(|line| !line.ends_with([' ', '\t']) && !line.starts_with('\t'))
        && value
            .chars()
            .all(|each| each == '\n' || each == '\t' || (' '..='~').contains(&each) || each.is_alphanumeric())
}

fn block(out: &mut String, value: &str, indent: usize) {
    let body = value.trim_end_matches('\n');
    out.push_str(match value.len() - body.len() {
        0 => "|-\n",
        1 => "|\n",
        _ => "|+\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            pad(out, indent.max(2));
            out.push_str(line);
        }
        out.push('\n');
    }
    for _ in 1..value.len() - body.len() {
        out.push('\n');
    }
}
