//! `Rules`: assertions over parameters, which CloudFormation asks before it makes anything.
//!
//! Source: AWS CloudFormation Template Reference, "Rules" (`RuleCondition`, `Assertions` with `Assert` and `AssertDescription`)
//! and "Rule-specific intrinsic functions".

use formwork_model::EvalError;
use formwork_template::function::Function;
use formwork_template::{Map, Value, pseudo};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::is_macro;
use crate::rules::{functions, listed, path};
use crate::walk::walk;

/// The functions that rules have.
const FUNCTIONS: &str = "`Fn::And`, `Fn::Contains`, `Fn::EachMemberEquals`, `Fn::EachMemberIn`, `Fn::Equals`, `Fn::Not`, `Fn::Or`, \
                         `Fn::RefAll`, `Fn::ValueOf`, `Fn::ValueOfAll`, `Ref`";

pub(crate) fn check(check: &mut Check<'_, '_>) {
    for (name, entry) in check.template.rules.iter().filter(|(name, _)| !is_macro(name)) {
        let at = path(&["Rules", name]);
        match entry.as_map() {
            None => check.add(Finding::error(rule::ASSERTION, &at, "the rule is not an object")),
            Some(entries) => of(check, &at, entries),
        }
    }
    given(check);
}

/// Values that are given hold what the rules assert. Without them, nobody knows what will be given.
fn given(check: &mut Check<'_, '_>) {
    let (setting, rules) = (check.setting(), &check.template.rules);
    if check.given.is_empty() || check.findings.iter().any(|finding| finding.rule == rule::ASSERTION) {
        return;
    }
    for (name, entry) in rules.iter().filter(|(name, _)| !is_macro(name)) {
        let one = Map::from_iter([(name.clone(), entry.clone())]);
        if let Err(EvalError::Rules { broken }) = functions::with_given(setting, |evaluator| evaluator.rules(&one)) {
            for assertion in broken {
                let message = format!("the given values break a rule of the template: {assertion}");
                check.add(Finding::error(rule::PARAMETER_VALUE, &path(&["Rules", name]), message));
            }
        }
    }
}

fn of(check: &mut Check<'_, '_>, at: &[String], entries: &Map) {
    only(check, at, entries, &["Assertions", "RuleCondition"]);
    if let Some(condition) = entries.get("RuleCondition") {
        expression(check, &below(at, "RuleCondition"), condition);
    }
    let place = below(at, "Assertions");
    let Some(assertions) = entries.get("Assertions").and_then(Value::as_list).filter(|list| !list.is_empty()) else {
        let finding = Finding::error(rule::ASSERTION, at, "the rule asserts nothing");
        check.add(finding.allowed("`Assertions`, a list of objects with `Assert` and `AssertDescription`"));
        return;
    };
    for (index, assertion) in assertions.iter().enumerate() {
        let place = below(&place, &index.to_string());
        let Some(entries) = assertion.as_map() else {
            check.add(Finding::error(rule::ASSERTION, &place, "the assertion is not an object"));
            continue;
        };
        only(check, &place, entries, &["Assert", "AssertDescription"]);
        match entries.get("Assert") {
            Some(assert) => expression(check, &below(&place, "Assert"), assert),
            None => check.add(Finding::error(rule::ASSERTION, &place, "`Assert` is missing")),
        }
        if entries.get("AssertDescription").is_some_and(|text| text.as_str().is_none()) {
            let at = below(&place, "AssertDescription");
            check.add(Finding::error(rule::ASSERTION, &at, "`AssertDescription` is not a text").allowed("a text"));
        }
    }
}

/// A function of those that rules have, of parameters that there are.
fn expression(check: &mut Check<'_, '_>, at: &[String], value: &Value) {
    let mut findings = Vec::new();
    let template = check.template;
    let parameter = |place: &[String], id: &str| {
        let names = || template.parameters.keys().map(String::as_str);
        let finding = Finding::error(rule::REFERENCE, place, format!("there is no parameter `{id}`")).value(id);
        if template.parameters.is_empty() { finding } else { finding.allowed(listed(names())).meant(id, names()) }
    };
    match value {
        Value::Function(function)
            if matches!(
                **function,
                Function::And(_)
                    | Function::Or(_)
                    | Function::Not(_)
                    | Function::Equals(..)
                    | Function::Contains(..)
                    | Function::EachMemberEquals(..)
                    | Function::EachMemberIn(..)
            ) => {}
        _ => {
            findings
                .push(Finding::error(rule::ASSERTION, at, "this is nothing that can hold or not").allowed(FUNCTIONS));
        }
    }
    walk(value, &mut at.to_vec(), &mut |place, value| {
        let Some(function) = value.as_function() else { return };
        let place = below(place, function.name());
        match function {
            Function::Ref(id) if !template.parameters.contains_key(id) && !pseudo::ALL.contains(&id.as_str()) => {
                findings.push(parameter(&place, id));
            }
            Function::ValueOf(id, _) if !template.parameters.contains_key(id) => findings.push(parameter(&place, id)),
            Function::Ref(_)
            | Function::ValueOf(..)
            | Function::ValueOfAll(..)
            | Function::RefAll(_)
            | Function::And(_)
            | Function::Or(_)
            | Function::Not(_)
            | Function::Equals(..)
            | Function::Contains(..)
            | Function::EachMemberEquals(..)
            | Function::EachMemberIn(..) => {}
            other => {
                let message = format!("`{}` stands in a rule, which is asked before anything is made", other.name());
                findings.push(Finding::error(rule::ASSERTION, &place, message).allowed(FUNCTIONS));
            }
        }
    });
    check.findings.append(&mut findings);
}

fn only(check: &mut Check<'_, '_>, at: &[String], entries: &Map, known: &[&'static str]) {
    for key in entries.keys().filter(|key| !known.contains(&key.as_str())) {
        let finding = Finding::error(rule::ASSERTION, &below(at, key), format!("there is no entry `{key}` here"));
        check.add(finding.value(key).allowed(listed(known.iter().copied())).meant(key, known.iter().copied()));
    }
}

fn below(at: &[String], segment: &str) -> Vec<String> {
    at.iter().cloned().chain([segment.to_owned()]).collect()
}
