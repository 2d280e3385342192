//! Tags: a key once, and none of AWS's own.
//!
//! Source: Tagging AWS Resources User Guide, "Tag naming limits and requirements".

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::at::{At, Errors};
use crate::finding::rule;
use crate::schema::Compiled;

/// Beginning of the keys that only AWS gives.
const OF_AWS: &str = "aws:";

pub(super) fn check(schema: &Compiled, at: &At<'_>, errors: &mut Errors) {
    let tagging = schema.schema.get("tagging");
    if tagging.and_then(|tagging| tagging.get("taggable")) == Some(&Json::Bool(false)) {
        return;
    }
    let named = tagging.and_then(|tagging| tagging.get("tagProperty")).and_then(Json::as_str);
    let property = named.and_then(|pointer| pointer.strip_prefix("/properties/")).unwrap_or("Tags");
    let Some(tags) = at.get(property) else { return };
    let mut seen = BTreeSet::new();
    for tag in tags.items() {
        let Some(key) = tag.get("Key") else { continue };
        let Some(text) = key.text() else { continue };
        if !seen.insert(text) {
            let message = format!("the tag `{text}` is given twice");
            errors.push(key.wrong(rule::PROPERTY_VALUE, &message).allowed("each key once"));
        }
        of_aws(&key, text, errors);
    }
    for (text, entry) in tags.entries() {
        of_aws(&entry, text, errors);
    }
}

fn of_aws(at: &At<'_>, key: &str, errors: &mut Errors) {
    if key.to_ascii_lowercase().starts_with(OF_AWS) {
        let message = format!("the tag `{key}` begins with `{OF_AWS}`, as only AWS's own tags do");
        errors.push(at.wrong(rule::PROPERTY_VALUE, &message));
    }
}
