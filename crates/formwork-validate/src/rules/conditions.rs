//! Conditions: what they are made of, and who names one.
//!
//! Source: AWS CloudFormation Template Reference, "Conditions" and "Condition functions".

use std::collections::BTreeMap;

use formwork_template::Value;
use formwork_template::function::Function;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::is_macro;
use crate::rules::{cycles, listed, path};

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, expression) in template.conditions.iter().filter(|(name, _)| !is_macro(name)) {
        let mut place = path(&["Conditions", name]);
        let mut named = Vec::new();
        expression_check(check, expression, &mut place, &mut named);
        edges.insert(name, named);
    }
    for cycle in cycles::cycles(&edges) {
        let message = format!("the conditions {} are made of each other", cycle.join(" → "));
        check.add(Finding::error(rule::CONDITION, &path(&["Conditions", cycle[0]]), message));
    }
    for (id, resource) in &template.resources {
        if let Some(condition) = &resource.condition {
            exists(check, condition, &path(&["Resources", id, "Condition"]));
        }
    }
    for (name, output) in &template.outputs {
        if let Some(condition) = &output.condition {
            exists(check, condition, &path(&["Outputs", name, "Condition"]));
        }
    }
}

/// Says so when there is no such condition.
pub(crate) fn exists(check: &mut Check<'_, '_>, name: &str, place: &[String]) {
    let conditions = &check.template.conditions;
    // A loop that a macro unrolls makes conditions whose names are not known.
    if conditions.contains_key(name) || conditions.keys().any(|name| is_macro(name)) || check.has_macros {
        return;
    }
    let names = || conditions.keys().map(String::as_str);
    let finding = Finding::error(rule::CONDITION, place, format!("there is no condition `{name}`"));
    let finding = if conditions.is_empty() { finding } else { finding.allowed(listed(names())) };
    check.add(finding.value(name).meant(name, names()));
}

fn expression_check<'t>(
    check: &mut Check<'_, '_>,
    value: &'t Value,
    place: &mut Vec<String>,
    named: &mut Vec<&'t str>,
) {
    let length = place.len();
    match value.as_function() {
        Some(Function::Condition(name)) => {
            place.push("Condition".to_owned());
            exists(check, name, place);
            named.push(name);
        }
        Some(Function::Not(item)) => {
            place.push("Fn::Not".to_owned());
            expression_check(check, item, place, named);
        }
        Some(function @ (Function::And(items) | Function::Or(items))) => {
            place.push(crate::walk::name(function).to_owned());
            if !(2..=10).contains(&items.len()) {
                let message = format!("`{}` of {} conditions", crate::walk::name(function), items.len());
                check.add(Finding::error(rule::CONDITION, place, message).allowed("2 to 10 conditions"));
            }
            for (index, item) in items.iter().enumerate() {
                place.push(index.to_string());
                expression_check(check, item, place, named);
                place.pop();
            }
        }
        Some(Function::Equals(left, right)) => {
            place.push("Fn::Equals".to_owned());
            for (index, side) in ["0", "1"].into_iter().zip([left, right]) {
                if matches!(side, Value::List(_)) {
                    place.push(index.to_owned());
                    check.add(
                        Finding::error(rule::CONDITION, place, "a list where a text is compared")
                            .allowed("a text or a function that gives one"),
                    );
                    place.pop();
                }
            }
        }
        // What a macro makes of it is not known.
        Some(Function::Transform { .. }) => {}
        _ => {
            let allowed = "`Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Equals`, `Condition`";
            check.add(Finding::error(rule::CONDITION, place, "this is not a condition").allowed(allowed));
        }
    }
    place.truncate(length);
}
