//! Dynamic references whose value may change without anybody's notice.
//!
//! Sources: AWS CloudFormation Template Reference, "AWS::SecretsManager::Secret" (`GenerateSecretString`),
//! "AWS::SecretsManager::RotationSchedule" and "AWS::SecretsManager::SecretTargetAttachment", which give a secret other values.

use std::collections::BTreeSet;

use formwork_template::{Function, Template, Value, dynamic, sub};

const SECRET: &str = "AWS::SecretsManager::Secret";

/// Types that change the value of the secret that they name.
const CHANGING: [&str; 2] = ["AWS::SecretsManager::RotationSchedule", "AWS::SecretsManager::SecretTargetAttachment"];

/// The references of a template, given as text and as what it means, that name no version and are to what is kept elsewhere: each once.
///
/// A secret that the stack itself generates keeps its value as long as the stack keeps the secret.
pub(crate) fn references(text: &str, template: &Template) -> Vec<String> {
    let references = dynamic::parts(text).filter_map(|part| match part {
        dynamic::Part::Reference(reference) if !dynamic::is_pinned(reference) && !is_generated(reference, template) => {
            Some(format!("{{{{{reference}}}}}"))
        }
        _ => None,
    });
    references.collect::<BTreeSet<_>>().into_iter().collect()
}

/// True for a reference to a secret that the stack generates, and that nothing in the stack gives another value.
fn is_generated(reference: &str, template: &Template) -> bool {
    let secret = reference.strip_prefix("resolve:secretsmanager:${").and_then(|rest| rest.split_once('}'));
    let Some((id, _)) = secret else { return false };
    let is_generated = template.resources.get(id).is_some_and(|resource| {
        let properties = resource.properties.to_value();
        resource.type_name == SECRET
            && properties.as_map().is_some_and(|properties| properties.contains_key("GenerateSecretString"))
    });
    let mut changing = template.resources.values().filter(|resource| CHANGING.contains(&&*resource.type_name));
    is_generated && !changing.any(|resource| names(&resource.properties.to_value(), id))
}

/// True if a function in the value names the resource.
fn names(value: &Value, id: &str) -> bool {
    let mut found = false;
    value.visit_functions(&mut |function| {
        found |= match function {
            Function::Ref(name) | Function::GetAtt { logical_id: name, .. } => name == id,
            Function::Sub { text, .. } => sub::names(text).any(|name| name == id),
            _ => false,
        };
    });
    found
}

#[cfg(test)]
mod tests {
    use formwork_template::Template;

    use super::references;

    /// Unpinned references of a template with `reference`, and with a resource of a type whose `SecretId` is `secret`.
    fn found(reference: &str, type_name: &str, secret: &str) -> Vec<String> {
        let text = format!(
            r#"{{"Resources":{{
                "Made":{{"Type":"AWS::SecretsManager::Secret","Properties":{{"GenerateSecretString":{{}}}}}},
                "Given":{{"Type":"AWS::SecretsManager::Secret","Properties":{{"Name":"x"}}}},
                "Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":{{"Fn::Sub":"{reference}"}}}}}},
                "Other":{{"Type":"{type_name}","Properties":{{"SecretId":{{"Ref":"{secret}"}}}}}}
            }}}}"#
        );
        references(&text, &Template::from_json(&text).unwrap_or_default())
    }

    #[test]
    fn generated_secrets_are_not_told() {
        let made = "{{resolve:secretsmanager:${Made}:SecretString:::}}";
        assert_eq!(found(made, "AWS::SNS::Topic", "Made"), Vec::<String>::new());
        for elsewhere in [
            "{{resolve:secretsmanager:${Given}:SecretString:::}}",
            "{{resolve:secretsmanager:db:SecretString:::}}",
            "{{resolve:secretsmanager:${Nothing}:SecretString:::}}",
            "{{resolve:ssm:/x}}",
        ] {
            assert_eq!(found(elsewhere, "AWS::SNS::Topic", "Made"), [elsewhere]);
        }
        for type_name in super::CHANGING {
            assert_eq!(found(made, type_name, "Made"), [made], "{type_name}");
            assert_eq!(found(made, type_name, "Given"), Vec::<String>::new(), "{type_name}");
        }
    }
}
