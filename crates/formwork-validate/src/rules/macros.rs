//! Macros of somebody else: CloudFormation runs them first, and what they make of the template is known to nobody here.
//!
//! AWS's own macros leave what they do not know as it is, so that it can be checked; another one may take any shorthand for a
//! property, a type or a function.
//!
//! Source: AWS CloudFormation User Guide, "Perform custom processing on CloudFormation templates with template macros": a macro
//! in `Transform` processes the whole template, one by `Fn::Transform` what stands beside it and below.

use formwork_template::function::Function;
use formwork_template::{Map, Resource, Template, Value};

use crate::check::Check;
use crate::finding::{Finding, Severity, rule};
use crate::rules::path;

/// Prefix of the names of AWS's own macros.
const OWN: &str = "AWS::";
const KEY: &str = "Fn::Transform";

/// The macro that rewrites the whole template, if there is one, and its place.
fn of_template(template: &Template) -> Option<(Vec<String>, String)> {
    let of_transform = template.transform.iter().flat_map(|value| match value {
        Value::List(items) => items.iter().collect(),
        one => vec![one],
    });
    let section = of_transform.filter_map(name).map(|name| (path(&["Transform"]), name));
    let entry = template.others.get(KEY).and_then(name).map(|name| (path(&[KEY]), name));
    section.chain(entry).find(|(_, name)| !name.starts_with(OWN)).map(|(at, name)| (at, name.to_owned()))
}

/// True for a template of the serverless transform that no other macro rewrites.
pub(crate) fn is_serverless(template: &Template) -> bool {
    let is_it = |value: &Value| name(value) == Some("AWS::Serverless-2016-10-31");
    let has_it = match &template.transform {
        Some(Value::List(items)) => items.iter().any(is_it),
        Some(one) => is_it(one),
        None => false,
    };
    has_it && of_template(template).is_none()
}

fn name(value: &Value) -> Option<&str> {
    match value {
        Value::String(name) => Some(name),
        Value::Map(entries) => entries.get("Name").and_then(Value::as_str),
        Value::Function(function) => match &**function {
            Function::Transform { name, .. } => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// The macro of an object that it rewrites, whoever's it is.
fn beside(entries: &Map) -> Option<&str> {
    entries.get(KEY).and_then(name)
}

/// True if a macro makes the resource's content, so that what stands in the template says little about it.
pub(crate) fn rewrites(template: &Template, resource: &Resource) -> bool {
    let of_all =
        of_template(template).is_some() || beside(&template.resource_macros).is_some_and(|name| !name.starts_with(OWN));
    // A snippet beside the type can bring any of the resource's attributes.
    of_all || resource.others.contains_key(KEY)
}

/// Says what is not checked, and makes warnings of the errors that the macro may put right.
pub(crate) fn soften(check: &mut Check<'_, '_>) {
    let Some((at, name)) = of_template(check.template) else { return };
    let sections = ["Conditions", "Mappings", "Outputs", "Resources", "Rules"];
    for finding in
        check.findings.iter_mut().filter(|finding| finding.severity == Severity::Error && finding.rule != rule::LIMIT)
    {
        if finding.path.first().is_some_and(|section| sections.contains(&section.as_str())) {
            finding.severity = Severity::Warning;
            // A macro's own word is not another one misspelled.
            finding.hint = None;
            finding.message += &format!(", unless the macro `{name}` rewrites it");
        }
    }
    let message = format!("the macro `{name}` rewrites the template first, so types and properties are not checked");
    check.add(Finding::warning(rule::UNCHECKED, &at, message));
}
