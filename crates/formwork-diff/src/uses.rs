//! How many resources use a parameter, a mapping or a condition, directly or through conditions: what is below a section
//! that changes although no resource says so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::diff::{Diff, EntryDiff};
use crate::propagation::references;
use crate::value::function;

/// Counts for every parameter, mapping and condition that changes the resources of either side that use it.
pub(crate) fn count(diff: &mut Diff, sides: &[Map<String, Value>]) {
    let mut uses = Uses::default();
    for side in sides {
        let of_side = Uses::of(side);
        for (all, some) in [
            (&mut uses.parameters, of_side.parameters),
            (&mut uses.mappings, of_side.mappings),
            (&mut uses.conditions, of_side.conditions),
        ] {
            for (name, resources) in some {
                all.entry(name).or_default().extend(resources);
            }
        }
    }
    let set = |entries: &mut Vec<EntryDiff>, uses: &Users| {
        for entry in entries {
            entry.used_by = Some(uses.get(&entry.name).map_or(0, BTreeSet::len));
        }
    };
    set(&mut diff.parameters, &uses.parameters);
    set(&mut diff.parameter_values, &uses.parameters);
    set(&mut diff.mappings, &uses.mappings);
    set(&mut diff.conditions, &uses.conditions);
}

/// By the name of what is used, the logical ids of the resources that use it.
type Users = BTreeMap<String, BTreeSet<String>>;

#[derive(Default)]
struct Uses {
    parameters: Users,
    mappings: Users,
    conditions: Users,
}

/// What one value uses.
#[derive(Clone, Default)]
struct Used {
    /// Parameters, and resources, which are other names.
    names: BTreeSet<String>,
    mappings: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

impl Uses {
    fn of(document: &Map<String, Value>) -> Uses {
        let section = |name: &str| document.get(name).and_then(Value::as_object).into_iter().flatten();
        let conditions: BTreeMap<&str, Used> =
            section("Conditions").map(|(name, condition)| (name.as_str(), Used::by(condition))).collect();
        let mut uses = Uses::default();
        for (id, resource) in section("Resources") {
            let mut used = Used::by(resource);
            used.conditions.extend(resource.get("Condition").and_then(Value::as_str).map(str::to_owned));
            used.follow(&conditions);
            let all = [
                (&mut uses.parameters, used.names),
                (&mut uses.mappings, used.mappings),
                (&mut uses.conditions, used.conditions),
            ];
            for (users, names) in all {
                for name in names {
                    users.entry(name).or_default().insert(id.clone());
                }
            }
        }
        uses
    }
}

impl Used {
    fn by(value: &Value) -> Used {
        let mut used = Used { names: references(value), ..Used::default() };
        used.visit(value);
        used
    }

    fn visit(&mut self, value: &Value) {
        let first = |argument: &Value| argument.get(0).and_then(Value::as_str).map(str::to_owned);
        match function(value) {
            Some(("Fn::FindInMap", argument)) => self.mappings.extend(first(argument)),
            Some(("Fn::If", argument)) => self.conditions.extend(first(argument)),
            Some(("Condition", Value::String(name))) => _ = self.conditions.insert(name.clone()),
            _ => {}
        }
        match value {
            Value::Object(map) => map.values().for_each(|item| self.visit(item)),
            Value::Array(items) => items.iter().for_each(|item| self.visit(item)),
            _ => {}
        }
    }

    /// Adds what the conditions use, and the conditions in them.
    fn follow(&mut self, conditions: &BTreeMap<&str, Used>) {
        let mut open: Vec<String> = self.conditions.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let Some(used) = conditions.get(name.as_str()) else { continue };
            self.names.extend(used.names.iter().cloned());
            self.mappings.extend(used.mappings.iter().cloned());
            for inner in &used.conditions {
                if self.conditions.insert(inner.clone()) {
                    open.push(inner.clone());
                }
            }
        }
    }
}
