//! Mistakes that only one value of a parameter brings about: its default, or one of those that it allows. Warnings that name the
//! value; with the value given, they are errors.

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::parameter::{default_text, scalar_text};
use formwork_model::references::visit_names;
use formwork_model::secret;
use formwork_template::{Parameter, dynamic};

use crate::check::{Check, Parts};
use crate::finding::Severity;
use crate::rules::{macros, properties, types};

/// Scenarios of resources that are looked at once more, at most: a parameter of many values that everything refers to is not worth more.
const BUDGET: usize = 1_000;

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    if check.has_macros {
        return;
    }
    let users = users(check, parts);
    let mut left = BUDGET;
    for (name, ids) in users {
        let Some(parameter) = check.template.parameters.get(name) else { continue };
        for value in values(parameter) {
            if ids.len() > left {
                break;
            }
            let mut given = check.given.clone();
            given.insert(name.to_owned(), value.clone());
            let mut with_value = check.with_given(&given);
            for id in &ids {
                left = left.saturating_sub(properties::in_scenarios(&mut with_value, parts, id).max(1));
            }
            for mut finding in with_value.findings {
                let is_known = check.findings.iter().any(|one| one.rule == finding.rule && one.path == finding.path);
                if finding.severity == Severity::Error && !is_known {
                    finding.severity = Severity::Warning;
                    finding.message = format!("{}, when `{name}` is `{value}`", finding.message);
                    check.add(finding);
                }
            }
        }
    }
}

/// The resources whose properties refer to a parameter of which no value is given.
fn users<'t>(check: &mut Check<'t, '_>, parts: &Parts) -> BTreeMap<&'t str, Vec<&'t str>> {
    let template = check.template;
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, resource) in &template.resources {
        let Some(properties) = parts.properties.get(id) else { continue };
        let mut names: BTreeSet<&str> = BTreeSet::new();
        visit_names(properties, &mut |name| {
            let known = name.logical_id().and_then(|name| template.parameters.get_key_value(name));
            names.extend(known.map(|(name, _)| name.as_str()));
        });
        names.retain(|name| !check.given.contains_key(*name));
        if !names.is_empty()
            && !macros::rewrites(template, resource)
            && types::known(check, &resource.type_name) == types::Known::Yes
        {
            names.into_iter().for_each(|name| users.entry(name).or_default().push(id));
        }
    }
    users
}

/// The values that are worth trying: the default, and those that are allowed.
fn values(parameter: &Parameter) -> Vec<String> {
    if secret::is_no_echo(parameter) {
        return Vec::new();
    }
    let allowed = parameter.allowed_values.iter().flatten().filter_map(scalar_text);
    let mut values: Vec<String> = default_text(parameter).into_iter().chain(allowed).collect();
    let mut seen = BTreeSet::new();
    values.retain(|value| !dynamic::is_in(value) && seen.insert(value.clone()));
    values
}
