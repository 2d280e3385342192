//! The capabilities that a template needs. CloudFormation wants them acknowledged by whoever deploys; the source code that
//! asks for such a resource is that acknowledgement.
//!
//! Source: AWS CloudFormation API Reference, `CreateChangeSet`, parameter `Capabilities`.

use formwork_template::{Function, Template, Value};

/// IAM types whose name can be chosen, with the property that does it.
const NAMED: [(&str, &str); 5] = [
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
];

/// The capabilities that `template` needs, without repetition.
pub(crate) fn of(template: &Template) -> Vec<String> {
    let (mut iam, mut named) = (false, false);
    // Macros, modules and nested stacks: resources that are not in this text.
    let mut opaque = template.transform.is_some();
    for resource in template.resources.values() {
        let type_name = resource.type_name.as_ref();
        opaque |= type_name == "AWS::CloudFormation::Stack" || type_name.ends_with("::MODULE");
        let properties = resource.properties.to_value();
        opaque |= uses_macro(&properties);
        if type_name.starts_with("AWS::IAM::") {
            iam = true;
            named |= NAMED.iter().any(|(name, property)| {
                *name == type_name && properties.as_map().is_some_and(|map| map.contains_key(*property))
            });
        }
    }
    opaque |= template.conditions.values().any(uses_macro)
        || template.mappings.values().any(uses_macro)
        || template.outputs.values().any(|output| uses_macro(&output.value));
    let mut capabilities = Vec::new();
    if named || opaque {
        // Covers CAPABILITY_IAM. What a macro or a nested stack brings cannot be seen from here: Lambda functions of the
        // serverless transform bring roles.
        capabilities.push("CAPABILITY_NAMED_IAM".to_owned());
    } else if iam {
        capabilities.push("CAPABILITY_IAM".to_owned());
    }
    if opaque {
        capabilities.push("CAPABILITY_AUTO_EXPAND".to_owned());
    }
    capabilities
}

fn uses_macro(value: &Value) -> bool {
    let mut found = false;
    value.visit_functions(&mut |function| found |= matches!(function, Function::Transform { .. }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(resources: &str, expected: &[&str]) {
        let text = format!(r#"{{"Resources":{{{resources}}}}}"#);
        let found = of(&Template::from_json(&text).unwrap());
        assert_eq!(found, expected, "{resources}");
    }

    #[test]
    fn each_kind_of_resource_asks_for_its_own() {
        check(r#""A":{"Type":"AWS::SNS::Topic"}"#, &[]);
        check(r#""A":{"Type":"AWS::IAM::Role","Properties":{"Path":"/"}}"#, &["CAPABILITY_IAM"]);
        check(r#""A":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"r"}}"#, &["CAPABILITY_NAMED_IAM"]);
        let both = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
        check(r#""A":{"Type":"AWS::CloudFormation::Stack"}"#, &both);
        check(r#""A":{"Type":"My::Test::Thing::MODULE"}"#, &both);
        check(r#""A":{"Type":"AWS::SNS::Topic","Properties":{"Tags":{"Fn::Transform":{"Name":"Tagger"}}}}"#, &both);
    }

    #[test]
    fn a_transform_of_the_whole_template_counts() {
        let template = Template::from_json(r#"{"Transform":"AWS::Serverless-2016-10-31","Resources":{}}"#).unwrap();
        assert_eq!(of(&template), ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
    }
}
