//! Conditions: what they are made of, and who names one.
//!
//! Source: AWS CloudFormation Template Reference, "Conditions" and "Condition functions".

use formwork_model::Name;
use formwork_model::parameter::is_list;
use formwork_model::references::visit_names;
use formwork_template::Value;
use formwork_template::function::Function;
use formwork_template::graph::Graph;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::is_macro;
use crate::rules::{listed, path};

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let names: Vec<&str> = template.conditions.keys().map(String::as_str).collect();
    let mut needs = Graph::new(names.len());
    for (node, (name, expression)) in template.conditions.iter().enumerate().filter(|(_, (name, _))| !is_macro(name)) {
        expression_check(check, expression, &mut path(&["Conditions", name]));
        visit_names(expression, &mut |named| {
            if let Name::Condition(name) = named {
                template.conditions.get_index_of(name).into_iter().for_each(|other| needs.add(node, other));
            }
        });
    }
    for cycle in needs.cycles() {
        let cycle: Vec<&str> = cycle.iter().filter_map(|node| names.get(*node).copied()).collect();
        let Some(first) = cycle.first() else { continue };
        let message = match cycle.as_slice() {
            [own] => format!("the condition `{own}` is made of itself"),
            _ => {
                let chain = cycle.iter().chain([first]).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
                format!("conditions are made of each other: {chain}")
            }
        };
        check.add(Finding::error(rule::CONDITION, &path(&["Conditions", first]), message));
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
    let is_open = conditions.keys().any(|name| is_macro(name)) || check.may_bring(name, conditions.keys());
    if conditions.contains_key(name) || is_open {
        return;
    }
    let names = || conditions.keys().map(String::as_str);
    let finding = Finding::error(rule::CONDITION, place, format!("there is no condition `{name}`"));
    let finding = if conditions.is_empty() { finding } else { finding.allowed(listed(names())) };
    check.add(finding.value(name).meant(name, names()));
}

/// The kind of a comparison's side, if it is surely not a text.
fn not_a_text(check: &Check<'_, '_>, side: &Value) -> Option<&'static str> {
    match side {
        Value::List(_) => Some("a list"),
        // The result of a macro is not known, and a function that is wrong has a rule of its own.
        Value::Map(entries) if entries.keys().any(|key| key == "Ref" || key.starts_with("Fn::")) => None,
        Value::Map(_) => Some("an object"),
        Value::Function(function) => match &**function {
            Function::Ref(name) => {
                let parameter = check.template.parameters.get(name);
                let is_list = parameter.is_some_and(|parameter| is_list(&parameter.parameter_type));
                is_list.then_some("a parameter that is a list")
            }
            Function::Split { .. } => Some("a list"),
            _ => None,
        },
        _ => None,
    }
}

fn expression_check(check: &mut Check<'_, '_>, value: &Value, place: &mut Vec<String>) {
    let length = place.len();
    match value.as_function() {
        Some(Function::Condition(name)) => {
            place.push("Condition".to_owned());
            exists(check, name, place);
        }
        Some(Function::Not(item)) => {
            place.push("Fn::Not".to_owned());
            expression_check(check, item, place);
        }
        Some(function @ (Function::And(items) | Function::Or(items))) => {
            place.push(function.name().to_owned());
            if !(2..=10).contains(&items.len()) {
                let message = format!("`{}` of {} conditions", function.name(), items.len());
                check.add(Finding::error(rule::CONDITION, place, message).allowed("2 to 10 conditions"));
            }
            for (index, item) in items.iter().enumerate() {
                place.push(index.to_string());
                expression_check(check, item, place);
                place.pop();
            }
        }
        Some(Function::Equals(left, right)) => {
            place.push("Fn::Equals".to_owned());
            for (index, side) in ["0", "1"].into_iter().zip([left, right]) {
                if let Some(wrong) = not_a_text(check, side) {
                    place.push(index.to_owned());
                    check.add(
                        Finding::error(rule::CONDITION, place, format!("{wrong} where a text is compared"))
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
