//! What stands beside a resource's properties: policies and dependencies.
//!
//! Source: AWS CloudFormation Template Reference, "Resource attribute reference".

use formwork_template::{DeletionPolicy, UpdateReplacePolicy, Value};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::references::is_of_module;
use crate::rules::{listed, macros, path};

const CREATION_POLICY: &[&str] = &["AutoScalingCreationPolicy", "ResourceSignal", "StartFleet"];
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
            let known = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
            let finding = Finding::error(rule::RESOURCE, &at, format!("`DeletionPolicy` is `{word}`"));
            check.add(finding.value(word).allowed(listed(known)).meant(word, known));
        }
        if let Some(UpdateReplacePolicy::Other(word)) = &resource.update_replace_policy {
            let at = path(&["Resources", id, "UpdateReplacePolicy"]);
            let known = ["Delete", "Retain", "Snapshot"];
            let finding = Finding::error(rule::RESOURCE, &at, format!("`UpdateReplacePolicy` is `{word}`"));
            check.add(finding.value(word).allowed(listed(known)).meant(word, known));
        }
        let snapshots = [
            ("DeletionPolicy", resource.deletion_policy == Some(DeletionPolicy::Snapshot)),
            ("UpdateReplacePolicy", resource.update_replace_policy == Some(UpdateReplacePolicy::Snapshot)),
        ];
        let takes = check.schemas.registry.of(&resource.type_name).is_none_or(|facts| facts.takes_snapshots());
        for (name, _) in snapshots.into_iter().filter(|(_, is_snapshot)| *is_snapshot && !takes) {
            let message = format!("`{name}` is `Snapshot`, and there are no snapshots of `{}`", resource.type_name);
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
                }
                Some(_) => {
                    let at = path(&["Resources", id, name]);
                    check.add(Finding::error(rule::RESOURCE, &at, format!("`{name}` is not an object")));
                }
            }
        }
        let others = resource.others.keys().filter(|_| !check.has_macros && !macros::rewrites(template, resource));
        for key in others.filter(|key| !OTHERS.contains(&key.as_str())).collect::<Vec<_>>() {
            let known = [
                "Condition",
                "CreationPolicy",
                "DeletionPolicy",
                "DependsOn",
                "Metadata",
                "Properties",
                "Type",
                "UpdatePolicy",
                "UpdateReplacePolicy",
            ];
            let at = path(&["Resources", id, key]);
            let finding = Finding::error(rule::RESOURCE, &at, format!("a resource has no attribute `{key}`"));
            check.add(finding.value(key).allowed(listed(known)).meant(key, known));
        }
    }
}
