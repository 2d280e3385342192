//! The number of resources that use a parameter, a mapping or a condition, directly or through conditions.

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::document::is_extended;
use formwork_model::{Document, Entry, Named, names_in};
use formwork_template::{Map, Value};

use crate::diff::{Diff, EntryDiff};
use crate::side::Side;

/// Counts for every parameter, mapping and condition that changes the resources of either side that use it.
pub(crate) fn count(diff: &mut Diff, sides: &[Option<&Side<'_>>]) {
    let entries = [&diff.parameters, &diff.parameter_values, &diff.mappings, &diff.conditions];
    if entries.iter().all(|entries| entries.is_empty()) {
        return;
    }
    let mut users: BTreeMap<Named, BTreeSet<String>> = BTreeMap::new();
    for side in sides.iter().flatten() {
        collect(side, &mut users);
    }
    let set = |entries: &mut Vec<EntryDiff>, named: fn(String) -> Named| {
        for entry in entries {
            entry.used_by = Some(users.get(&named(entry.name.clone())).map_or(0, BTreeSet::len));
        }
    };
    set(&mut diff.parameters, Named::Ref);
    set(&mut diff.parameter_values, Named::Ref);
    set(&mut diff.mappings, Named::Mapping);
    set(&mut diff.conditions, Named::Condition);
}

fn collect(side: &Side<'_>, users: &mut BTreeMap<Named, BTreeSet<String>>) {
    let document = &side.document;
    // Under the language extensions, what an entry names is worked out, and there as its author wrote it.
    let written = is_extended(side.template).then(|| Document::unexpanded(side.template));
    let around = |section: &str, name: &str, loops: &Map| {
        let path = [section.to_owned(), name.to_owned()];
        let body = document.origins.bodies.get(path.as_slice()).filter(|_| written.is_some());
        body.map(|body| around(body.get(1..).unwrap_or_default(), loops)).unwrap_or_default()
    };
    let mut conditions: BTreeMap<&str, BTreeSet<Named>> = BTreeMap::new();
    for (name, condition) in document.conditions.iter() {
        let mut named = names_in(condition);
        named.extend(around("Conditions", name, &side.template.conditions));
        conditions.insert(name, named);
    }
    for (id, entry) in &document.resources {
        let mut open: Vec<Named> = entry.condition.iter().cloned().map(Named::Condition).collect();
        let by_hand = written.as_ref().and_then(|written| written.resources.get(id));
        for value in entry.values().chain(by_hand.into_iter().flat_map(Entry::values)) {
            open.extend(names_in(value));
        }
        open.extend(around("Resources", id, &side.template.resource_macros));
        let mut seen = BTreeSet::new();
        while let Some(named) = open.pop() {
            if !seen.insert(named.clone()) {
                continue;
            }
            if let Named::Condition(name) = &named {
                open.extend(conditions.get(name.as_str()).into_iter().flatten().cloned());
            }
            users.entry(named).or_default().insert(id.clone());
        }
    }
}

/// The names in the body of a loop, and the collections of the loops around it.
fn around(body: &[String], loops: &Map) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    let (mut entries, mut path) = (loops, body.iter());
    while let Some(value) = path.next().and_then(|key| entries.get(key)) {
        match value.as_list() {
            Some([_, collection, Value::Map(body)]) => {
                found.extend(names_in(collection));
                entries = body;
                path.next();
            }
            _ => {
                found.extend(names_in(value));
                break;
            }
        }
    }
    found
}
