//! Loops of the language extensions as they stand in the template: their form, what their collections refer to, and that each entry
//! is made once. What their bodies make is checked as if it stood there.
//!
//! Sources: AWS CloudFormation Template Reference, "Fn::ForEach", and "Examples of Fn::ForEach in the Conditions section": "Stack
//! creation will fail if Conditions is the first property listed within the template fragment parameter of Fn::ForEach."

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::{EvalError, LOOP};
use formwork_template::function::Function;
use formwork_template::template::MAX_RESOURCES;
use formwork_template::{Map, Template, Value};

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::rules::references::{self, Part};
use crate::walk::walk;

/// The loops of a template.
pub(crate) struct Loops<'t> {
    /// The template as its author wrote it.
    pub(crate) written: &'t Template,
    /// The bodies that make an entry which is there already, and the entry.
    pub(crate) repeated: &'t BTreeMap<Vec<String>, Vec<String>>,
}

pub(crate) fn check(check: &mut Check<'_, '_>, loops: &Loops<'_>) {
    let Loops { written, repeated } = *loops;
    let parts = Parts::of(written);
    for (id, properties) in &parts.properties {
        within(check, &mut path(&["Resources", id, "Properties"]), properties, &mut Vec::new());
    }
    let sections = [
        ("Resources", &written.resource_macros),
        ("Outputs", &written.output_macros),
        ("Conditions", &written.conditions),
    ];
    for (section, entries) in sections {
        object(check, &mut path(&[section]), entries, &mut Vec::new());
    }
    for (body, made) in repeated {
        let Some(key) = made.last() else { continue };
        let message = format!("the loop makes `{key}`, which is there already");
        let finding = Finding::error(rule::NAME, body, message).value(key);
        check.add(
            finding
                .hint("each item needs a key of its own: put the loop's identifier into it, and give each item once"),
        );
    }
}

/// The loops in a value. `identifiers` are those of the loops around it.
fn within<'v>(check: &mut Check<'_, '_>, at: &mut Vec<String>, value: &'v Value, identifiers: &mut Vec<&'v str>) {
    match value {
        Value::Map(entries) => object(check, at, entries, identifiers),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(index.to_string());
                within(check, at, item, identifiers);
                at.pop();
            }
        }
        _ => {}
    }
}

fn object<'v>(check: &mut Check<'_, '_>, at: &mut Vec<String>, entries: &'v Map, identifiers: &mut Vec<&'v str>) {
    for (key, value) in entries {
        at.push(key.clone());
        if key.starts_with(LOOP) {
            one(check, at, value, identifiers)
        } else {
            within(check, at, value, identifiers)
        }
        at.pop();
    }
}

fn one<'v>(check: &mut Check<'_, '_>, at: &mut Vec<String>, value: &'v Value, identifiers: &mut Vec<&'v str>) {
    let Some([Value::String(identifier), collection, Value::Map(body)]) = value.as_list() else {
        let finding = Finding::error(rule::FUNCTION, at, "the arguments of `Fn::ForEach` are not of its form");
        return check.add(finding.allowed("an identifier, a collection, and an object of what is repeated"));
    };
    at.push("1".to_owned());
    collection_check(check, at, collection, identifiers);
    at.pop();
    at.push("2".to_owned());
    if at.first().is_some_and(|section| section == "Resources") && !at.iter().any(|key| key == "Properties") {
        condition_comes_later(check, at, body);
    }
    identifiers.push(identifier);
    object(check, at, body, identifiers);
    identifiers.pop();
    at.pop();
}

/// `Condition` is not the first attribute of a resource that a loop makes.
fn condition_comes_later(check: &mut Check<'_, '_>, at: &[String], body: &Map) {
    for (key, resource) in body.iter().filter(|(key, _)| !key.starts_with(LOOP)) {
        if resource.as_map().and_then(Map::first).is_some_and(|(first, _)| first == "Condition") {
            let at = [at, &[key.clone(), "Condition".to_owned()]].concat();
            let finding =
                Finding::error(rule::FUNCTION, &at, "`Condition` is the first attribute of what a loop makes");
            check.add(finding.hint("write it after `Type`: CloudFormation does not create the stack otherwise"));
        }
    }
}

fn collection_check(check: &mut Check<'_, '_>, at: &mut Vec<String>, collection: &Value, identifiers: &[&str]) {
    let before = check.findings.len();
    let is_text = match collection {
        Value::List(_) => false,
        Value::Function(function) => match &**function {
            Function::Ref(name) => check.template.parameters.get(name).is_some_and(|parameter| {
                !formwork_model::parameter::is_list(&parameter.parameter_type) && !check.has_macros
            }),
            Function::Sub { .. } | Function::Join { .. } | Function::Base64(_) => true,
            _ => false,
        },
        // What a macro makes of it is not known.
        Value::Map(_) => check.template.resource_macros.is_empty() && !check.has_macros,
        _ => true,
    };
    if is_text {
        let finding = Finding::error(rule::FUNCTION, at, "the collection of `Fn::ForEach` is not a list");
        check.add(finding.allowed("a list, or a function that gives one, such as `Ref` of a `CommaDelimitedList`"));
    }
    walk(collection, at, &mut |place, value| {
        references::visit(check, Part::Collection, place, value, &mut BTreeSet::new())
    });
    // The loops around it have names of their own.
    let is_identifier = |finding: &Finding| finding.value.as_deref().is_some_and(|name| identifiers.contains(&name));
    let found = check.findings.split_off(before);
    check
        .findings
        .extend(found.into_iter().filter(|finding| finding.rule != rule::REFERENCE || !is_identifier(finding)));
}

/// Why a template's loops are not written out.
pub(crate) fn not_written_out(template: &Template, error: &EvalError) -> Finding {
    let loops: Vec<&String> = template.resource_macros.keys().filter(|key| key.starts_with(LOOP)).collect();
    let at = match loops.as_slice() {
        [one] => path(&["Resources", one]),
        _ => path(&["Resources"]),
    };
    match error {
        EvalError::TooLarge => {
            let finding = Finding::error(rule::LIMIT, &at, "loops make more than a template can hold");
            finding.allowed(format!("at most {MAX_RESOURCES} resources"))
        }
        error => Finding::error(rule::FUNCTION, &at, error.to_string()),
    }
}
