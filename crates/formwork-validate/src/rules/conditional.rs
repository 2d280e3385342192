//! References to resources that are made under a condition, from where they are needed whether it holds or not.
//!
//! CloudFormation answers "Unresolved resource dependencies `[X]`" when a choice leaves the resource out. `DependsOn` is not such a
//! reference: CloudFormation does not wait for a resource that is not made.
//!
//! Source: AWS CloudFormation User Guide, "Troubleshooting CloudFormation" and "Condition functions" (a value that refers to a
//! conditional resource is itself in `Fn::If`).

use std::collections::BTreeSet;

use formwork_model::references::names_of;
use formwork_template::Value;
use formwork_template::function::Function;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::{choices, path};
use crate::walk::arguments;

/// A reference: its place, its target, and what of the conditions around it holds.
type Found<'t> = (Vec<String>, String, BTreeSet<(&'t str, bool)>);

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    if template.resources.values().all(|resource| resource.condition.is_none()) {
        return;
    }
    let mut places: Vec<(Vec<String>, &Value, Option<&str>)> = Vec::new();
    for (id, resource) in &template.resources {
        let own = resource.condition.as_deref();
        places.extend(parts.properties.get(id).map(|value| (path(&["Resources", id, "Properties"]), value, own)));
        let metadata = resource.metadata.iter();
        places.extend(metadata.map(|(key, value)| (path(&["Resources", id, "Metadata", key]), value, own)));
    }
    for (name, output) in &template.outputs {
        let own = output.condition.as_deref();
        places.push((path(&["Outputs", name, "Value"]), &output.value, own));
        places.extend(output.export_name.iter().map(|value| (path(&["Outputs", name, "Export", "Name"]), value, own)));
    }
    for (mut place, value, own) in places {
        let mut found = Vec::new();
        gather(value, &mut place, &mut own.map(|name| (name, true)).into_iter().collect(), &mut found);
        for (at, target, holding) in found {
            let Some(condition) = template.resources.get(&target).and_then(|resource| resource.condition.as_deref())
            else {
                continue;
            };
            // Of a condition that there is not, a rule of its own tells.
            if holding.contains(&(condition, true)) || !template.conditions.contains_key(condition) {
                continue;
            }
            let message =
                format!("`{target}`, which has the condition `{condition}`, is referred to where it is not made");
            let hint = format!(
                "choose the value with `Fn::If` and `{condition}`, or give what refers to it the same condition"
            );
            let finding = Finding::error(rule::CONDITIONAL, &at, message).value(&target).hint(hint);
            let mut when = holding;
            when.insert((condition, false));
            choices::add_when(check, finding, own, &when);
        }
    }
}

fn gather<'t>(
    value: &'t Value,
    place: &mut Vec<String>,
    holding: &mut BTreeSet<(&'t str, bool)>,
    found: &mut Vec<Found<'t>>,
) {
    match value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                place.push(index.to_string());
                gather(item, place, holding, found);
                place.pop();
            }
        }
        Value::Map(entries) => {
            for (key, item) in entries {
                place.push(key.clone());
                gather(item, place, holding, found);
                place.pop();
            }
        }
        Value::Function(function) => {
            let length = place.len();
            place.push(function.name().to_owned());
            if let Function::If { condition, then, otherwise } = &**function {
                for (index, holds, branch) in [("1", true, then), ("2", false, otherwise)] {
                    // The opposite is around it: this branch is never taken.
                    if holding.contains(&(condition.as_str(), !holds)) {
                        continue;
                    }
                    let is_new = holding.insert((condition, holds));
                    place.push(index.to_owned());
                    gather(branch, place, holding, found);
                    place.pop();
                    if is_new {
                        holding.remove(&(condition.as_str(), holds));
                    }
                }
                place.truncate(length);
                return;
            }
            let mut targets: Vec<String> = Vec::new();
            names_of(function, &mut |named| targets.extend(named.logical_id().map(str::to_owned)));
            targets.dedup();
            found.extend(targets.into_iter().map(|target| (place.clone(), target, holding.clone())));
            for (at, argument) in arguments(function) {
                place.extend(at.into_iter().map(str::to_owned));
                gather(argument, place, holding, found);
                place.truncate(length + 1);
            }
            place.truncate(length);
        }
        _ => {}
    }
}
