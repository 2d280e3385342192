//! The template as a whole: it has resources, and no section that CloudFormation does not know.
//!
//! Source: AWS CloudFormation User Guide, "Template sections".

use formwork_template::Value;

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

pub(crate) fn check(check: &mut Check<'_, '_>) {
    let template = check.template;
    // `Hooks` are CloudFormation's too, for blue/green deployments; `Globals` are of the serverless transform.
    let has_macros = check.has_macros;
    for key in template.others.keys().filter(|key| *key != "Hooks" && !has_macros) {
        let finding = Finding::error(rule::TEMPLATE_FORM, &path(&[key]), format!("a template has no section `{key}`"));
        check.add(finding.value(key).allowed(listed(SECTIONS)).meant(key, SECTIONS));
    }
    if let Some(transform) = &template.transform {
        self::transform(check, transform);
    }
    if template.resources.is_empty() && !check.has_macros {
        let finding = Finding::error(rule::TEMPLATE_FORM, &path(&["Resources"]), "the template has no resources");
        check.add(finding.allowed("at least one entry in `Resources`"));
    }
}

/// A macro's name, an object of its name and parameters, or a list of these.
///
/// Source: AWS CloudFormation Template Reference, "Transform".
fn transform(check: &mut Check<'_, '_>, transform: &Value) {
    let of = |value: &Value| match value {
        Value::String(_) => true,
        Value::Map(entries) => {
            entries.get("Name").is_some_and(|name| name.as_str().is_some())
                && entries.keys().all(|key| matches!(key.as_str(), "Name" | "Parameters"))
        }
        // `{"Fn::Transform": …}` has the name and the parameters, too.
        Value::Function(_) => true,
        _ => false,
    };
    let all = match transform {
        Value::List(items) => items.iter().enumerate().map(|(index, item)| (vec![index.to_string()], item)).collect(),
        one => vec![(Vec::new(), one)],
    };
    for (place, _) in all.into_iter().filter(|(_, value)| !of(value)) {
        let mut at = path(&["Transform"]);
        at.extend(place);
        let finding = Finding::error(rule::TEMPLATE_FORM, &at, "`Transform` names no macro");
        check.add(finding.allowed("a macro's name, or an object with its `Name` and `Parameters`"));
    }
}
