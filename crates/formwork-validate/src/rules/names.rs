//! The names of a template's entries.
//!
//! Source: AWS CloudFormation Template Reference, sections "Resources", "Parameters", "Outputs": alphanumeric, at most 255
//! characters.

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
        // Names of conditions reach no service, and AWS's own quick starts have `&` in them.
        let more: &[u8] = if section == "Conditions" { b"&_" } else { b"" };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
        if name.is_empty() || name.len() > 255 || !name.bytes().all(fits) {
            let finding = Finding::error(
                rule::NAME,
                &path(&[section, name]),
                format!("`{name}` is no name for an entry of `{section}`"),
            );
            check.add(finding.value(name.clone()).allowed("1 to 255 letters and digits"));
        }
    }
    // Parameters and resources are referred to by the same function.
    for name in template.resources.keys().filter(|name| template.parameters.contains_key(*name)) {
        let message = format!("`{name}` is a parameter too, so `Ref` would be ambiguous");
        check.add(Finding::error(rule::NAME, &path(&["Resources", name]), message).value(name.clone()));
    }
}
