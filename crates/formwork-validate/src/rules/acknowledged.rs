//! Findings that are in order: the source says so next to the resource, with the rule and the reason. They are listed and stop
//! nothing. Without a reason, or of a rule that finds nothing, the acknowledgement is itself a finding.
//!
//! In a template it is metadata of the resource, since CloudFormation passes metadata by:
//!
//! ```yaml
//! Metadata:
//!   formwork:
//!     acknowledge:
//!       - {rule: web-acl, reason: "the old web ACL stays until the migration is done"}
//! ```

use formwork_template::{Map, Value};

use crate::Acknowledgement;
use crate::check::Check;
use crate::finding::{Finding, Severity, rule};
use crate::rules::path;

const KEY: &str = "formwork";
const LIST: &str = "acknowledge";
const FORM: &str = "`Metadata: {formwork: {acknowledge: [{rule: …, reason: …}]}}`";

/// An acknowledgement, and its place in the template.
struct Known {
    at: Vec<String>,
    own: Acknowledgement,
}

pub(crate) fn apply(check: &mut Check<'_, '_>, of_source: &[Acknowledgement]) {
    let mut all: Vec<Known> = Vec::new();
    for own in of_source {
        all.push(Known { at: path(&["Resources", &own.logical_id]), own: own.clone() });
    }
    let template = check.template;
    for (id, resource) in &template.resources {
        if let Some(metadata) = resource.metadata.get(KEY) {
            of_metadata(check, id, metadata, &mut all);
        }
    }
    for known in &all {
        acknowledge(check, known);
    }
}

fn of_metadata(check: &mut Check<'_, '_>, id: &str, metadata: &Value, all: &mut Vec<Known>) {
    // Other tools of ours may keep other things there.
    let Some(list) = metadata.as_map().and_then(|entries| entries.get(LIST)) else { return };
    let at = path(&["Resources", id, "Metadata", KEY, LIST]);
    let Some(items) = list.as_list() else {
        check.add(Finding::error(rule::ACKNOWLEDGED, &at, "the acknowledged findings are not a list").allowed(FORM));
        return;
    };
    for (index, item) in items.iter().enumerate() {
        let at: Vec<String> = at.iter().cloned().chain([index.to_string()]).collect();
        let text = |entries: &Map, key: &str| entries.get(key).and_then(Value::as_str).map(str::to_owned);
        let Some((entries, rule)) = item.as_map().and_then(|entries| Some((entries, text(entries, "rule")?))) else {
            check.add(Finding::error(rule::ACKNOWLEDGED, &at, "this acknowledges no rule").allowed(FORM));
            continue;
        };
        let reason = text(entries, "reason").unwrap_or_default();
        all.push(Known { at, own: Acknowledgement { logical_id: id.to_owned(), rule, reason, location: None } });
    }
}

fn acknowledge(check: &mut Check<'_, '_>, known: &Known) {
    let Acknowledgement { logical_id, rule: name, reason, location } = &known.own;
    let place = |finding: Finding| Finding { location: location.clone(), ..finding };
    if !rule::ALL.contains(&name.as_str()) {
        let finding =
            Finding::error(rule::ACKNOWLEDGED, &known.at, format!("there is no rule `{name}` to acknowledge"));
        check.add(place(finding.value(name).meant(name, rule::ALL)));
        return;
    }
    if reason.trim().is_empty() {
        let message = format!("`{name}` is acknowledged without a reason");
        let finding = Finding::error(rule::ACKNOWLEDGED, &known.at, message);
        check.add(place(finding.hint("say why it is in order, for whoever reads it next")));
        return;
    }
    let is_it = |finding: &&mut Finding| {
        let is_of_resource =
            matches!(finding.path.as_slice(), [section, id, ..] if section == "Resources" && id == logical_id);
        is_of_resource
            && finding.rule == name
            && finding.severity != Severity::Acknowledged
            && finding.rule != rule::ACKNOWLEDGED
    };
    let mut count = 0;
    for finding in check.findings.iter_mut().filter(is_it) {
        finding.severity = Severity::Acknowledged;
        finding.reason = Some(reason.clone());
        count += 1;
    }
    if count == 0 {
        let message =
            format!("`{name}` is acknowledged for `{logical_id}`, and finds nothing there: it is not needed any more");
        check.add(place(Finding::warning(rule::ACKNOWLEDGED, &known.at, message).hint("take the acknowledgement out")));
    }
}
