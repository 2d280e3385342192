//! Dynamic references: `{{resolve:…}}`, values that CloudFormation reads from Systems Manager or Secrets Manager while it
//! deploys, so that a secret never stands in a template.
//!
//! Source: AWS CloudFormation User Guide, "Get values stored in other services using dynamic references".

use crate::value::Val;

/// A Systems Manager parameter in plain text, `{{resolve:ssm:name}}`; a version pins it.
pub fn ssm(name: &str, version: Option<u64>) -> Val<String> {
    Val::Literal(versioned("ssm", name, version))
}

/// A Systems Manager secure string, `{{resolve:ssm-secure:name}}`; only some properties take one.
pub fn ssm_secure(name: &str, version: Option<u64>) -> Val<String> {
    Val::Literal(versioned("ssm-secure", name, version))
}

/// A secret, or with `json_key` one value of a JSON secret: `{{resolve:secretsmanager:id:SecretString:key}}`.
pub fn secret(secret_id: &str, json_key: Option<&str>) -> Val<String> {
    Val::Literal(match json_key {
        None => format!("{{{{resolve:secretsmanager:{secret_id}}}}}"),
        Some(key) => format!("{{{{resolve:secretsmanager:{secret_id}:SecretString:{key}}}}}"),
    })
}

/// Whether `text` has a dynamic reference in it, so that its final value is not known here.
pub fn is_in(text: &str) -> bool {
    text.find("{{resolve:").is_some_and(|start| text[start..].contains("}}"))
}

fn versioned(service: &str, name: &str, version: Option<u64>) -> String {
    match version {
        None => format!("{{{{resolve:{service}:{name}}}}}"),
        Some(version) => format!("{{{{resolve:{service}:{name}:{version}}}}}"),
    }
}
