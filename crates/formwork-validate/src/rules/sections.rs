//! The template as a whole: it has resources, and no section that CloudFormation does not know.
//!
//! Source: AWS CloudFormation User Guide, "Template sections".

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::{listed, path};

const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// What is said of a template without resources, which CloudFormation does not deploy.
pub(crate) const NO_RESOURCES: &str = "the template has no resources";

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    // `Hooks` are CloudFormation's too, for blue/green deployments; `Globals` are of the serverless transform.
    let has_macros = check.has_macros;
    for key in template.others.keys().filter(|key| *key != "Hooks" && !has_macros) {
        let finding = Finding::error(rule::TEMPLATE_FORM, &path(&[key]), format!("a template has no section `{key}`"));
        check.add(finding.value(key).allowed(listed(SECTIONS)).meant(key, SECTIONS));
    }
    if template.resources.is_empty() && !check.has_macros {
        // A warning: a template is often checked before its first resource is in it. A text that has not even the section is
        // none; see `text`.
        let finding = Finding::warning(rule::TEMPLATE_FORM, &path(&["Resources"]), NO_RESOURCES);
        check.add(finding.allowed("at least one entry in `Resources`"));
    }
}
