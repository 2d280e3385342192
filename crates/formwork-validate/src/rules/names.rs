//! The names of a template's entries.
//!
//! Source: AWS CloudFormation Template Reference, sections "Resources", "Parameters", "Outputs": alphanumeric, at most 255
//! characters. Of conditions CloudFormation itself asks less: AWS's own quick starts have `&`, cfn-lint#4007 shows `_` and
//! marklogic/cloud-enablement-aws#275 `-` in templates that were deployed.

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::instance::is_macro;
use crate::rules::path;

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    let names = (template.parameters.keys().map(|name| ("Parameters", name)))
        .chain(template.mappings.keys().map(|name| ("Mappings", name)))
        .chain(template.conditions.keys().map(|name| ("Conditions", name)))
        .chain(template.resources.keys().map(|name| ("Resources", name)))
        .chain(template.outputs.keys().map(|name| ("Outputs", name)));
    for (section, name) in names.filter(|(_, name)| !is_macro(name)) {
        let of_conditions = section == "Conditions";
        let more: &[u8] = if of_conditions { b"&_-" } else { b"" };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
        let is_of_length = (1..=255).contains(&name.len());
        if !is_of_length || !name.bytes().all(fits) {
            let message = format!("`{name}` is not a name for an entry of `{section}`");
            // No template is known that CloudFormation refused for the name of a condition.
            let finding = match of_conditions && is_of_length {
                true => Finding::warning(rule::NAME, &path(&[section, name]), message),
                false => Finding::error(rule::NAME, &path(&[section, name]), message),
            };
            check.add(finding.value(name.clone()).allowed("1 to 255 letters and digits"));
        }
    }
    // Parameters and resources are referred to by the same function.
    for name in template.resources.keys().filter(|name| template.parameters.contains_key(*name)) {
        let message = format!("`{name}` is a parameter too, so `Ref` would be ambiguous");
        check.add(Finding::error(rule::NAME, &path(&["Resources", name]), message).value(name.clone()));
    }
}
