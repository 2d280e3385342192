//! Resource types: known, and there in the stack's region.

use formwork_schema::embedded;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::items;
use crate::rules::{macros, modules, path};

/// The facts that are known about a type's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// There is a schema.
    Yes,
    /// Its content is the business of somebody else: a custom resource, a module, a third party's type, a macro.
    Elsewhere,
    /// There is no such type.
    No,
}

pub(crate) fn known(check: &Check<'_, '_>, type_name: &str) -> Known {
    if check.schemas.registry.of(type_name).is_some() {
        return Known::Yes;
    }
    let foreign = custom(type_name).is_some_and(|name| !name.is_empty())
        || type_name.ends_with(modules::SUFFIX)
        || (!type_name.starts_with("AWS::") && is_third_party(type_name))
        || items::is_in(type_name)
        || (type_name.starts_with("AWS::Serverless::") && check.has_macros)
        || embedded::is_known_elsewhere(type_name);
    if foreign { Known::Elsewhere } else { Known::No }
}

/// The name of a custom resource's own type.
fn custom(type_name: &str) -> Option<&str> {
    type_name.strip_prefix("Custom::")
}

/// Source: AWS CloudFormation API Reference, "RegisterType": three parts of letters and digits.
fn is_third_party(type_name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    type_name.split("::").count() >= 3 && type_name.split("::").all(is_part)
}

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    for (id, resource) in template.resources.iter().filter(|(_, resource)| !macros::rewrites(template, resource)) {
        let type_name = &*resource.type_name;
        let at = path(&["Resources", id, "Type"]);
        match known(check, type_name) {
            Known::Elsewhere => {}
            Known::No if type_name.starts_with("AWS::Serverless::") => {
                let message = format!(
                    "there is no resource type `{type_name}` without the transform `AWS::Serverless-2016-10-31`"
                );
                check.add(Finding::error(rule::TYPE, &at, message).value(type_name));
            }
            Known::No => {
                let finding = Finding::error(rule::TYPE, &at, format!("there is no resource type `{type_name}`"));
                let finding = finding.value(type_name).meant(type_name, check.schemas.registry.type_names());
                check.add(finding);
            }
            Known::Yes => {
                let Some((region, facts)) = check.region.zip(check.schemas.registry.of(type_name)) else { continue };
                if facts.available_in(region) == Some(false) {
                    let message = format!("`{type_name}` does not exist in `{region}`");
                    let regions: Vec<&str> = facts.regions().collect();
                    let finding = Finding::error(rule::REGION, &at, message).value(type_name);
                    check.add(finding.allowed(crate::rules::listed(regions)));
                }
            }
        }
    }
}
