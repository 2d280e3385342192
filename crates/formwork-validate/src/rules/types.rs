//! Resource types: known, and there in the stack's region.

use formwork_schema::embedded;
use formwork_template::IndexMap;

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::items;
use crate::rules::{listed, macros, modules, path};

/// Prefix of the types of the serverless transform.
const SERVERLESS: &str = "AWS::Serverless::";

/// The types that the serverless transform writes out. One that it does not have it leaves as it is, and CloudFormation refuses it.
///
/// Source: AWS SAM Developer Guide, "AWS SAM resources and properties"; cfn-lint 1.58.0, `data/schemas/providers/sam.json`.
const OF_SERVERLESS: [&str; 14] = [
    "AWS::Serverless::Api",
    "AWS::Serverless::Application",
    "AWS::Serverless::CapacityProvider",
    "AWS::Serverless::Connector",
    "AWS::Serverless::Function",
    "AWS::Serverless::GraphQLApi",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::MicrovmImage",
    "AWS::Serverless::NetworkConnector",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::StateMachine",
    "AWS::Serverless::WebFunction",
    "AWS::Serverless::WebSocketApi",
];

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
        || (OF_SERVERLESS.contains(&type_name) && check.has_macros)
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
            Known::No if OF_SERVERLESS.contains(&type_name) => {
                let message = format!(
                    "there is no resource type `{type_name}` without the transform `AWS::Serverless-2016-10-31`"
                );
                check.add(Finding::error(rule::TYPE, &at, message).value(type_name));
            }
            Known::No => {
                let finding = Finding::error(rule::TYPE, &at, format!("there is no resource type `{type_name}`"));
                let finding = finding.value(type_name);
                check.add(if type_name.starts_with(SERVERLESS) {
                    finding.allowed(listed(OF_SERVERLESS)).meant(type_name, OF_SERVERLESS)
                } else {
                    finding.meant(type_name, check.schemas.registry.type_names())
                });
            }
            Known::Yes => {
                let Some((region, facts)) = check.region.zip(check.schemas.registry.of(type_name)) else { continue };
                if facts.available_in(region) == Some(false) {
                    let message = format!("`{type_name}` does not exist in `{region}`");
                    let regions: Vec<&str> = facts.regions().collect();
                    let finding = Finding::error(rule::REGION, &at, message).value(type_name);
                    check.add(finding.allowed(listed(regions)));
                }
            }
        }
    }
    unchecked(check);
}

/// Says which resources nobody looks into: those that the serverless transform writes out, and those of types without a schema. A
/// custom resource is not among them: its properties are its author's.
fn unchecked(check: &mut Check<'_, '_>) {
    let template = check.template;
    let mut of_transform: Vec<&str> = Vec::new();
    let mut without_schema: IndexMap<&str, Vec<&str>> = IndexMap::default();
    for (id, resource) in template.resources.iter().filter(|(_, resource)| !macros::rewrites(template, resource)) {
        let type_name = &*resource.type_name;
        if custom(type_name).is_some() || items::is_in(type_name) || known(check, type_name) != Known::Elsewhere {
            continue;
        }
        match OF_SERVERLESS.contains(&type_name) {
            true => of_transform.push(id),
            false => without_schema.entry(type_name).or_default().push(id),
        }
    }
    if let Some(first) = of_transform.first() {
        let at = match &template.transform {
            Some(_) => path(&["Transform"]),
            None => path(&["Resources", first, "Type"]),
        };
        let message = match of_transform.len() {
            1 => "the serverless transform writes out 1 resource, so its properties are not checked".to_owned(),
            count => {
                format!("the serverless transform writes out {count} resources, so their properties are not checked")
            }
        };
        check.add(Finding::warning(rule::UNCHECKED, &at, message));
    }
    for (type_name, ids) in without_schema {
        let Some(first) = ids.first() else { continue };
        let of = match ids.len() {
            1 => "its properties".to_owned(),
            count => format!("the properties of {count} resources"),
        };
        let message = format!("there is no schema of `{type_name}` here, so {of} are not checked");
        check.add(Finding::warning(rule::UNCHECKED, &path(&["Resources", first, "Type"]), message));
    }
}
