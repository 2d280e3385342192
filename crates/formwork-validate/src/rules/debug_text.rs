//! Texts that `{:?}` made of a value of this library: `format!("{bucket_name:?}")` in place of the name itself.

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::walk::walk_texts;

/// Beginnings of functions and references in such a text. A word alone would be found in people's scripts.
const BEGINNINGS: &[&str] = &[
    "Literal(\"",
    "Function(Base64(",
    "Function(Condition(",
    "Function(FindInMap {",
    "Function(GetAtt {",
    "Function(If {",
    "Function(ImportValue(",
    "Function(Join {",
    "Function(Ref(",
    "Function(Reference(",
    "Function(Select {",
    "Function(Split {",
    "Function(Sub {",
    "Reference { stack:",
];
/// Programs are for others to read.
const PROGRAMS: &[&str] = &["UserData", "ZipFile"];

/// The beginning of a value of `Option` or `Result` in a text: all of the text, or right behind other characters of it. In a program,
/// it stands after a space.
fn optional(text: &str) -> Option<&'static str> {
    ["Some(\"", "Ok(\"", "Err(\"", "Some(${", "Ok(${", "Err(${"].into_iter().find(|beginning| {
        let mut places = text.match_indices(beginning);
        places.any(|(at, _)| match text[..at].chars().next_back() {
            None => text.ends_with("\")") || text.ends_with("})"),
            Some(before) => matches!(before, '-' | '_' | '/' | ':' | '.' | '=') && !text.contains('\n'),
        })
    })
}

/// The beginning of a struct in a text, `HostedZone { id:`: all of the text, or right behind other characters of it. Languages with
/// braces, such as GraphQL, have a word and a space before.
fn structure(text: &str) -> Option<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(" { ").find_map(|(at, _)| {
        let start = text[..at].trim_end_matches(is_word).len();
        let field = &text[at + 3..];
        let field = &field[..field.find(|c| !is_word(c)).unwrap_or(field.len())];
        let end = at + 3 + field.len();
        let is_one = text[start..at].starts_with(|c: char| c.is_ascii_uppercase())
            && field.starts_with(|c: char| c.is_ascii_lowercase())
            && text[end..].starts_with(": ")
            && text.ends_with('}')
            && text[..start].chars().next_back().is_none_or(|before| "-_/:.=([".contains(before));
        is_one.then(|| &text[start..=end])
    })
}

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    let properties = parts.properties.iter().map(|(id, value)| (path(&["Resources", id, "Properties"]), value));
    let outputs = template.outputs.iter().map(|(name, output)| (path(&["Outputs", name, "Value"]), &output.value));
    let mut found = Vec::new();
    for (mut place, value) in properties.chain(outputs) {
        walk_texts(value, &mut place, &mut |place, text| {
            let is_program = place.iter().any(|segment| PROGRAMS.contains(&segment.as_str()));
            let beginning = BEGINNINGS.iter().find(|beginning| text.contains(**beginning)).copied();
            let beginning = beginning.or_else(|| optional(text)).or_else(|| structure(text));
            if let Some(beginning) = beginning.filter(|_| !is_program) {
                let message =
                    format!("the text has `{beginning}` in it, which is how Rust shows a value to programmers");
                let hint = "give the value itself, or put it into a text with `{}`: `format!(\"{}/*\", bucket.arn())`";
                found.push(Finding::warning(rule::DEBUG_TEXT, place, message).hint(hint));
            }
        });
    }
    check.findings.append(&mut found);
}
