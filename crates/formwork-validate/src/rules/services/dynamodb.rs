//! Tables of DynamoDB: their attributes are those of the keys, no more and no fewer.
//!
//! Source: DynamoDB API Reference, `CreateTable`: "The attributes in KeySchema must also be defined in the AttributeDefinitions
//! array", and those that no key uses are refused.

use std::collections::BTreeSet;

use super::{At, Errors};
use crate::finding::rule;
use crate::rules::listed;

pub(super) fn table(at: &At<'_>, errors: &mut Errors) {
    let Some(definitions) = at.get("AttributeDefinitions") else { return };
    let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    let lists: Vec<At<'_>> = indexes.iter().filter_map(|key| at.get(key)).collect();
    let indexes = lists.iter().flat_map(At::items);
    // One name or list that is not known, and nothing can be said.
    let whole = |at: &At<'_>| at.value.is_array();
    if !whole(&definitions) || !lists.iter().all(whole) {
        return;
    }
    let keys: Vec<At<'_>> = indexes.chain([at.clone()]).filter_map(|at| at.get("KeySchema")).collect();
    let names = |lists: &[At<'_>]| -> Option<BTreeSet<String>> {
        let entries = lists.iter().flat_map(At::items);
        let names = entries.map(|entry| Some(entry.get("AttributeName")?.text()?.to_owned()));
        lists.iter().all(whole).then(|| names.collect())?
    };
    let Some((used, defined)) = names(&keys).zip(names(std::slice::from_ref(&definitions))) else { return };
    for key in keys.iter().flat_map(At::items).filter_map(|entry| entry.get("AttributeName")) {
        if let Some(name) = key.text().filter(|name| !defined.contains(*name)) {
            let wrong = key.wrong(rule::TABLE_KEYS, "{} is {value}, which `AttributeDefinitions` does not have");
            let known: Vec<&str> = defined.iter().map(String::as_str).collect();
            errors.push(wrong.one_of(name, &known));
        }
    }
    for attribute in definitions.items().into_iter().filter_map(|entry| entry.get("AttributeName")) {
        if attribute.text().is_some_and(|name| !used.contains(name)) {
            let wrong =
                attribute.wrong(rule::TABLE_KEYS, "{} is {value}, which no key of the table or of an index uses");
            let hint = "define the attributes of keys only; items can have any others";
            errors.push(wrong.allowed(listed(used.iter().map(String::as_str))).hint(hint));
        }
    }
}
