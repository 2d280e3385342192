//! Entries beside a resource's properties: policies and dependencies.
//!
//! Source: AWS CloudFormation Template Reference, "Resource attribute reference".

use formwork_model::parameter::scalar_text;
use formwork_template::function::Function;
use formwork_template::resource::ATTRIBUTES;
use formwork_template::{DeletionPolicy, UpdateReplacePolicy, Value};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::references::is_of_module;
use crate::rules::{listed, macros, path};

const CREATION_POLICY: &[&str] = &["AutoScalingCreationPolicy", "ResourceSignal", "StartFleet"];
const DELETED: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
const REPLACED: &[&str] = &["Delete", "Retain", "Snapshot"];
/// Attributes that the template model has no field for.
const OTHERS: &[&str] = &["DeletionPolicy", "UpdateReplacePolicy", "Version"];

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    for (id, resource) in &template.resources {
        for (index, other) in resource.depends_on.iter().enumerate() {
            let at = if resource.depends_on.len() == 1 {
                path(&["Resources", id, "DependsOn"])
            } else {
                path(&["Resources", id, "DependsOn", &index.to_string()])
            };
            let is_open = check.may_bring(other, template.resources.keys()) || is_of_module(template, other);
            if !template.resources.contains_key(other) && !is_open {
                let ids = || template.resources.keys().map(String::as_str);
                let finding = Finding::error(
                    rule::DEPENDS_ON,
                    &at,
                    format!("`{id}` depends on `{other}`, which is not a resource"),
                );
                check.add(finding.value(other).allowed(listed(ids())).meant(other, ids()));
            }
        }
        if let Some(DeletionPolicy::Other(word)) = &resource.deletion_policy {
            let at = path(&["Resources", id, "DeletionPolicy"]);
            let known = || DELETED.iter().copied();
            let finding = Finding::error(rule::RESOURCE, &at, format!("`DeletionPolicy` is `{word}`"));
            check.add(finding.value(word).allowed(listed(known())).meant(word, known()));
        }
        if let Some(UpdateReplacePolicy::Other(word)) = &resource.update_replace_policy {
            let at = path(&["Resources", id, "UpdateReplacePolicy"]);
            let known = || REPLACED.iter().copied();
            let finding = Finding::error(rule::RESOURCE, &at, format!("`UpdateReplacePolicy` is `{word}`"));
            check.add(finding.value(word).allowed(listed(known())).meant(word, known()));
        }
        if !check.has_macros && !macros::rewrites(template, resource) {
            for (name, known) in [("DeletionPolicy", DELETED), ("UpdateReplacePolicy", REPLACED)] {
                if let Some(form) = resource.others.get(name).and_then(no_word) {
                    let finding = Finding::error(
                        rule::RESOURCE,
                        &path(&["Resources", id, name]),
                        format!("`{name}` is {form} where a text is expected"),
                    );
                    check.add(finding.allowed(listed(known.iter().copied())));
                }
            }
        }
        let snapshots = [
            ("DeletionPolicy", resource.deletion_policy == Some(DeletionPolicy::Snapshot)),
            ("UpdateReplacePolicy", resource.update_replace_policy == Some(UpdateReplacePolicy::Snapshot)),
        ];
        let takes = check.schemas.registry.of(&resource.type_name).is_none_or(|facts| facts.takes_snapshots());
        for (name, _) in snapshots.into_iter().filter(|(_, is_snapshot)| *is_snapshot && !takes) {
            let message = format!("`{name}` is `Snapshot`, but there are no snapshots of `{}`", resource.type_name);
            let finding = Finding::error(rule::RESOURCE, &path(&["Resources", id, name]), message);
            let allowed: &[&str] = if name == "DeletionPolicy" {
                &["Delete", "Retain", "RetainExceptOnCreate"]
            } else {
                &["Delete", "Retain"]
            };
            check.add(finding.value("Snapshot").allowed(listed(allowed.iter().copied())));
        }
        // `UpdatePolicy` has a schema of its own, among the documents of the data.
        let policies = [("CreationPolicy", &resource.creation_policy, CREATION_POLICY)];
        for (name, policy, known) in policies {
            match policy {
                None | Some(Value::Function(_)) => {}
                Some(Value::Map(entries)) => {
                    for key in entries.keys().filter(|key| !known.contains(&key.as_str()) && !key.starts_with("Fn::")) {
                        let at = path(&["Resources", id, name, key]);
                        let finding = Finding::error(rule::RESOURCE, &at, format!("`{name}` has no entry `{key}`"));
                        check.add(
                            finding.value(key).allowed(listed(known.iter().copied())).meant(key, known.iter().copied()),
                        );
                    }
                    for (key, inner) in entries {
                        creation(check, &path(&["Resources", id, name, key]), key, inner);
                    }
                }
                Some(_) => {
                    let at = path(&["Resources", id, name]);
                    check.add(Finding::error(rule::RESOURCE, &at, format!("`{name}` is not an object")));
                }
            }
        }
        let others = resource.others.keys().filter(|_| !check.has_macros && !macros::rewrites(template, resource));
        for key in others.filter(|key| !OTHERS.contains(&key.as_str())).collect::<Vec<_>>() {
            let at = path(&["Resources", id, key]);
            let finding = Finding::error(rule::RESOURCE, &at, format!("a resource has no attribute `{key}`"));
            check.add(finding.value(key).allowed(listed(ATTRIBUTES)).meant(key, ATTRIBUTES));
        }
    }
}

/// Mistakes inside of one entry of `CreationPolicy`.
///
/// Source: AWS CloudFormation Template Reference, "CreationPolicy attribute".
fn creation(check: &mut Check<'_, '_>, at: &[String], key: &str, policy: &Value) {
    let known: &[&str] = match key {
        "AutoScalingCreationPolicy" => &["MinSuccessfulInstancesPercent"],
        "ResourceSignal" => &["Count", "Timeout"],
        _ => return,
    };
    let Some(entries) = policy.as_map() else { return };
    for (name, value) in entries.iter().filter(|(name, _)| !name.starts_with("Fn::")) {
        let below: Vec<String> = at.iter().chain([name]).cloned().collect();
        if !known.contains(&name.as_str()) {
            let finding = Finding::error(rule::RESOURCE, &below, format!("`{key}` has no entry `{name}`"));
            check.add(finding.value(name).allowed(listed(known.iter().copied())).meant(name, known.iter().copied()));
            continue;
        }
        let text = scalar_text(value).filter(|_| name != "Timeout");
        if let Some(text) = text.filter(|text| text.parse::<u64>().is_err()) {
            let finding = Finding::error(rule::RESOURCE, &below, format!("`{name}` is `{text}`"));
            check.add(finding.value(text).allowed("a whole number"));
        }
    }
}

/// Form of a value that cannot be a word of a policy. The language extensions take functions that give a text.
fn no_word(value: &Value) -> Option<&'static str> {
    match value {
        Value::List(_) => Some("a list"),
        Value::Map(_) => Some("an object"),
        Value::Bool(_) => Some("a boolean"),
        Value::Number(_) => Some("a number"),
        Value::Function(function) => match &**function {
            Function::Cidr { .. } | Function::Split { .. } | Function::GetAzs(_) => {
                Some("a function that gives a list")
            }
            Function::GetAtt { .. } => Some("an attribute, which is not known before"),
            _ => None,
        },
        Value::Null | Value::String(_) => None,
    }
}
