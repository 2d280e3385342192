//! Dynamic references: how many there are, and where secure strings of Systems Manager are taken.
//!
//! Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references" (at most 60 in a template) and
//! "Get a secure string value from AWS Systems Manager Parameter Store" (the properties that take one).

use formwork_template::Value;
use formwork_template::dynamic::{self, Part};
use formwork_template::function::Function;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::rules::path;
use crate::walk::walk;

/// Dynamic references of a template, at most.
const MAX: usize = 60;

/// Properties that take secure strings, `*` for every entry of a list.
const SECURE: &[(&str, &str)] = &[
    ("AWS::DirectoryService::MicrosoftAD", "Password"),
    ("AWS::DirectoryService::SimpleAD", "Password"),
    ("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
    ("AWS::IAM::User", "LoginProfile/Password"),
    ("AWS::KinesisFirehose::DeliveryStream", "RedshiftDestinationConfiguration/Password"),
    ("AWS::OpsWorks::App", "AppSource/Password"),
    ("AWS::OpsWorks::Stack", "CustomCookbooksSource/Password"),
    ("AWS::OpsWorks::Stack", "RdsDbInstances/*/DbPassword"),
    ("AWS::RDS::DBCluster", "MasterUserPassword"),
    ("AWS::RDS::DBInstance", "MasterUserPassword"),
    ("AWS::Redshift::Cluster", "MasterUserPassword"),
];

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    let mut count = 0;
    let mut found = Vec::new();
    for (id, resource) in &template.resources {
        let Some(properties) = parts.properties.get(id) else { continue };
        let type_name = &*resource.type_name;
        let mut at = path(&["Resources", id, "Properties"]);
        walk(properties, &mut at, &mut |place, value| {
            let of_value = references(value);
            count += of_value.len();
            let is_elsewhere = !type_name.starts_with("AWS::") || is_secure(type_name, &place[3..]);
            let secure =
                of_value.into_iter().filter(|reference| reference.starts_with("resolve:ssm-secure:") && !is_elsewhere);
            found.extend(secure.map(|reference| (place.to_vec(), reference)));
        });
    }
    for (name, output) in &template.outputs {
        let mut at = path(&["Outputs", name, "Value"]);
        walk(&output.value, &mut at, &mut |place, value| {
            let of_value = references(value);
            count += of_value.len();
            let secure = of_value.into_iter().filter(|reference| reference.starts_with("resolve:ssm-secure:"));
            found.extend(secure.map(|reference| (place.to_vec(), reference)));
        });
    }
    for (place, reference) in found {
        let message = format!("`{{{{{reference}}}}}` stands where secure strings are not taken");
        let finding = Finding::error(rule::FUNCTION, &place, message);
        check.add(
            finding
                .allowed("properties for passwords, such as `MasterUserPassword` of databases")
                .hint("a secret of Secrets Manager can stand in every property: `{{resolve:secretsmanager:…}}`"),
        );
    }
    if count > MAX {
        let message = format!("{count} dynamic references, CloudFormation takes {MAX}");
        check.add(
            Finding::error(rule::LIMIT, &path(&["Resources"]), message)
                .value(count.to_string())
                .allowed(format!("at most {MAX}")),
        );
    }
}

fn references(value: &Value) -> Vec<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Function(function) => match &**function {
            Function::Sub { text, .. } => text,
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    if !text.contains(dynamic::OPEN) {
        return Vec::new();
    }
    let of = |part| match part {
        Part::Reference(reference) => Some(reference.to_owned()),
        Part::Text(_) => None,
    };
    dynamic::parts(text).filter_map(of).collect()
}

fn is_secure(type_name: &str, place: &[String]) -> bool {
    // Functions on the way to the value have segments of their own, and the branches of `Fn::If` numbers.
    let is_name =
        |segment: &&String| *segment != "Ref" && !segment.starts_with("Fn::") && segment.parse::<usize>().is_err();
    let names: Vec<&str> = place.iter().filter(is_name).map(String::as_str).collect();
    let is_it = |spelled: &str| spelled.split('/').filter(|name| *name != "*").eq(names.iter().copied());
    SECURE.iter().any(|(of, spelled)| *of == type_name && is_it(spelled))
}
