//! Findings of a schema in the words of a finding: with the value, unless it may be a secret, and with what can be given in its place.

use serde_json::Value as Json;

use crate::finding::{Finding, rule};
use crate::instance::placeholder;
use crate::rules::listed;
use crate::schema::{Compiled, Explained, text};

/// Longer values are shortened in messages.
const SHOWN: usize = 60;

/// The finding at `place`.
pub(crate) fn finding(type_name: &str, schema: &Compiled, explained: &Explained, place: &[String]) -> Finding {
    let name = explained.path.iter().rev().find(|segment| segment.parse::<usize>().is_err());
    let name = name.map_or_else(|| format!("`{type_name}`"), |name| format!("`{name}`"));
    let value = explained.value.as_ref().map(|value| shown(schema, explained, value));
    let message = explained.message.replacen("{}", &name, 1);
    let message = match &value {
        Some(value) => message.replacen("{value}", &format!("`{value}`"), 1),
        None => message,
    };
    let mut finding = Finding::error(explained.rule, place, message);
    finding.severity = explained.severity;
    finding.value = value;
    finding.allowed = explained.allowed.clone();
    finding.ages = explained.ages.iter().map(|inner| absolute(inner, explained, place)).collect();
    if explained.rule == rule::PROPERTY_UNKNOWN && !explained.known.is_empty() {
        return can_be_given(finding, schema, explained);
    }
    match &explained.hint {
        Some(hint) => finding.hint(hint),
        None if explained.known.is_empty() => finding,
        None => finding.meant(&explained.wrong, explained.known.iter().map(String::as_str)),
    }
}

/// Properties that are allowed in place of an unknown one: none that only AWS sets.
fn can_be_given(finding: Finding, schema: &Compiled, explained: &Explained) -> Finding {
    let path: Vec<&str> = explained.path.iter().map(String::as_str).collect();
    let (_, above) = path.split_last().unwrap_or((&"", &[]));
    let known = explained.known.iter().map(String::as_str);
    let known: Vec<&str> = known.filter(|name| !schema.is_read_only(above, name)).collect();
    let finding = Finding { allowed: None, ..finding };
    let finding = if known.is_empty() { finding } else { finding.allowed(listed(known.iter().copied())) };
    finding.meant(&explained.wrong, known)
}

/// The place in the template of a place in the properties, of which that of the finding itself is known.
fn absolute(inner: &[String], explained: &Explained, place: &[String]) -> Vec<String> {
    match inner == explained.path {
        true => place.to_vec(),
        // `Resources`, the id and `Properties`.
        false => place.iter().take(3).chain(inner).cloned().collect(),
    }
}

/// A value for a message: short, and nothing that could be a secret.
fn shown(schema: &Compiled, explained: &Explained, value: &Json) -> String {
    let path: Vec<&str> =
        explained.path.iter().map(String::as_str).filter(|name| name.parse::<usize>().is_err()).collect();
    let sounds_secret = |name: &&str| {
        let name = name.to_lowercase();
        ["password", "secret", "token", "credential", "privatekey"].iter().any(|word| name.contains(word))
    };
    let is_secret = path.iter().any(sounds_secret) || (value.is_string() && schema.is_write_only(&path));
    if is_secret {
        return "…".to_owned();
    }
    let text = match placeholder(value) {
        Some(_) => "a function".to_owned(),
        None => text(value),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
