//! Dynamic references: their form, how many there are, and where secure strings and secrets are taken.
//!
//! Sources: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references" (the three services; at most
//! 60 in a template), "Get a plaintext value from AWS Systems Manager Parameter Store" (letters of the name, the version a number), "Get a
//! secure string value from AWS Systems Manager Parameter Store" (the properties that take one) and "Get a secret or secret value from
//! AWS Secrets Manager" (`SecretString` alone); cloudformation-coverage-roadmap issue 689 (a secret in an output stays as it is
//! written) and 1976 (both a stage and a version are taken).

use formwork_template::Value;
use formwork_template::dynamic::{self, Part};
use formwork_template::function::Function;
use formwork_template::sub;

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
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (id, resource) in &template.resources {
        let Some(properties) = parts.properties.get(id) else { continue };
        let type_name = &*resource.type_name;
        let mut at = path(&["Resources", id, "Properties"]);
        walk(properties, &mut at, &mut |place, value| {
            let of_value = references(value);
            count += of_value.len();
            malformed(&of_value, place, &mut wrong);
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
            malformed(&of_value, place, &mut wrong);
            not_filled_in(&of_value, place, &mut wrong);
            let secure = of_value.into_iter().filter(|reference| reference.starts_with("resolve:ssm-secure:"));
            found.extend(secure.map(|reference| (place.to_vec(), reference)));
        });
    }
    for (name, condition) in &template.conditions {
        walk(condition, &mut path(&["Conditions", name]), &mut |place, value| {
            not_filled_in(&references(value), place, &mut wrong);
        });
    }
    check.findings.append(&mut wrong);
    for (place, reference) in found {
        let reference = shown(&reference);
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

/// Stands for a name that `Fn::Sub` fills in, which may be any text.
const HOLE: char = '\0';

/// The text of `Fn::Sub` with one character for each name.
fn with_holes(text: &str) -> String {
    let hole = HOLE.to_string();
    let part = |part| match part {
        sub::Part::Text(text) => text.to_owned(),
        sub::Part::Literal(_) | sub::Part::Name(_) => hole.clone(),
    };
    sub::parts(text).map(part).collect()
}

fn shown(reference: &str) -> String {
    reference.replace(HOLE, "${…}")
}

/// Adds what is wrong with the form of references.
fn malformed(references: &[String], place: &[String], found: &mut Vec<Finding>) {
    for reference in references {
        if let Some((reason, allowed)) = mistake(reference) {
            let message = format!("`{{{{{}}}}}` is not a dynamic reference: {reason}", shown(reference));
            found.push(Finding::error(rule::FUNCTION, place, message).allowed(allowed));
        }
    }
}

/// A mistake in the form of a reference, and what is allowed.
fn mistake(reference: &str) -> Option<(String, &'static str)> {
    const SYSTEM: &str = "`{{resolve:ssm:NAME}}`, `{{resolve:ssm:NAME:VERSION}}`";
    const SECRET: &str =
        "`{{resolve:secretsmanager:ID}}`, `{{resolve:secretsmanager:ID:SecretString:KEY}}`, the ID a name or an ARN";
    let parts: Vec<&str> = reference.split(':').skip(1).collect();
    let is_open = |text: &str| text.contains(HOLE);
    match parts.as_slice() {
        ["ssm" | "ssm-secure", name, rest @ ..] => {
            let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "_.-/".contains(letter) || letter == HOLE;
            match rest {
                _ if name.is_empty() => Some(("it has no name".to_owned(), SYSTEM)),
                _ if !name.chars().all(is_of_name) => {
                    Some((format!("`{}` is not a name", shown(name)), "letters, digits, `_`, `.`, `-` and `/`"))
                }
                // A name that is filled in may have the version in it.
                [] => None,
                [version] if is_open(version) => None,
                [version] if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) => None,
                [version] => Some((format!("`{version}` is not a version"), "a number")),
                _ => Some(("it has more parts than a name and a version".to_owned(), SYSTEM)),
            }
        }
        ["ssm" | "ssm-secure"] => Some(("it has no name".to_owned(), SYSTEM)),
        ["secretsmanager", "arn", rest @ ..] => match rest.get(5..) {
            Some([name, rest @ ..]) if !name.is_empty() => of_secret(rest).map(|reason| (reason, SECRET)),
            _ => (!rest.iter().any(|part| is_open(part))).then(|| ("its ARN is not complete".to_owned(), SECRET)),
        },
        ["secretsmanager", id, rest @ ..] if !id.is_empty() => of_secret(rest).map(|reason| (reason, SECRET)),
        ["secretsmanager", ..] => Some(("it has no secret".to_owned(), SECRET)),
        [service, ..] if !is_open(service) => {
            Some((format!("`{service}` is not a service"), "`ssm`, `ssm-secure`, `secretsmanager`"))
        }
        _ => None,
    }
}

/// A mistake in the parts behind a secret's ID: what is read of it, a key, a stage and a version.
fn of_secret(parts: &[&str]) -> Option<String> {
    match parts {
        [_, _, _, _, _, ..] => Some("it has too many parts".to_owned()),
        [kind, ..] if !matches!(*kind, "" | "SecretString") && !kind.contains(HOLE) => {
            Some(format!("`{kind}` is not `SecretString`"))
        }
        _ => None,
    }
}

/// Adds a warning for each secret where CloudFormation does not fill it in.
fn not_filled_in(references: &[String], place: &[String], found: &mut Vec<Finding>) {
    for reference in references.iter().filter(|reference| reference.starts_with("resolve:secretsmanager:")) {
        let message = format!("`{{{{{}}}}}` stays as it is written here", shown(reference));
        let hint = "CloudFormation fills in secrets in the properties of resources alone";
        found.push(Finding::warning(rule::FUNCTION, place, message).hint(hint));
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
    let text = match value {
        Value::Function(_) => with_holes(text),
        _ => text.clone(),
    };
    let of = |part| match part {
        Part::Reference(reference) => Some(reference.to_owned()),
        Part::Text(_) => None,
    };
    dynamic::parts(&text).filter_map(of).collect()
}

fn is_secure(type_name: &str, place: &[String]) -> bool {
    // Functions on the way to the value have segments of their own, and the branches of `Fn::If` numbers.
    let is_name =
        |segment: &&String| *segment != "Ref" && !segment.starts_with("Fn::") && segment.parse::<usize>().is_err();
    let names: Vec<&str> = place.iter().filter(is_name).map(String::as_str).collect();
    let is_it = |spelled: &str| spelled.split('/').filter(|name| *name != "*").eq(names.iter().copied());
    SECURE.iter().any(|(of, spelled)| *of == type_name && is_it(spelled))
}
