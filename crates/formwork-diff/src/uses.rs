//! The number of resources that use a parameter, a mapping or a condition, directly or through conditions.

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::{Document, Named, names_in};

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
        collect(&side.document, &mut users);
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

fn collect(document: &Document<'_>, users: &mut BTreeMap<Named, BTreeSet<String>>) {
    let conditions: BTreeMap<&str, BTreeSet<Named>> =
        document.conditions.iter().map(|(name, condition)| (name.as_str(), names_in(condition))).collect();
    for (id, entry) in &document.resources {
        let mut open: Vec<Named> = entry.condition.iter().cloned().map(Named::Condition).collect();
        for value in entry.values() {
            open.extend(names_in(value));
        }
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
