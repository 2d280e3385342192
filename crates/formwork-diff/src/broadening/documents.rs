//! The statements of policies in a resource: as objects, as JSON texts, as texts made by `Fn::Sub` and `Fn::Join`,
//! and in the properties that say the same without a policy.

use serde_json::{Value, json};

use super::sides::as_list;
use super::text::{Part, parts};
use crate::path::{Path, Step};
use crate::value::{function, is_function};

/// A statement and its place.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: Path,
    pub(super) value: Value,
}

/// Properties that are policies: when one is a function it can be any.
const POLICIES: [&str; 9] = [
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "KeyPolicy",
    "AccessPolicies",
    "ResourcePolicy",
    "InlinePolicy",
    "RepositoryPolicyText",
    "FileSystemPolicy",
    "Policy",
];

/// All statements below a value.
pub(super) fn statements(path: &Path, value: &Value, found: &mut Vec<Found>) {
    match value {
        Value::Object(map) if function(value).is_none() => {
            if let (Some(principal), Some(Value::Array(_))) = (map.get("Principal"), map.get("Actions")) {
                // Permissions of a dashboard, of a data set: a principal and its actions.
                let value =
                    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": map.get("Actions") });
                found.push(Found { path: path.clone(), value });
                return;
            }
            for (name, item) in map {
                let path = path.name(name);
                if name == "Statement" && !item.is_string() {
                    let list = item.as_array().map_or(std::slice::from_ref(item), Vec::as_slice);
                    for (index, statement) in list.iter().enumerate() {
                        if statement.get("Effect").is_some() || is_function(statement) {
                            found.push(Found { path: path.with(item_at(index)), value: statement.clone() });
                        }
                    }
                } else if POLICIES.contains(&name.as_str()) && is_function(item) {
                    match text_document(item) {
                        Some(document) => statements(&path, &document, found),
                        None if matches!(function(item), Some(("Fn::ToJsonString", _))) => {
                            statements(&path, item, found)
                        }
                        None => found.push(Found { path, value: item.clone() }),
                    }
                } else {
                    statements(&path, item, found);
                }
            }
        }
        Value::Object(_) => match function(value) {
            Some(("Fn::ToJsonString", document)) => statements(path, document, found),
            _ => {
                if let Some(document) = text_document(value) {
                    statements(path, &document, found);
                }
            }
        },
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                statements(&path.with(item_at(index)), item, found);
            }
        }
        Value::String(_) => {
            if let Some(document) = text_document(value) {
                statements(path, &document, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(super) fn item_at(index: usize) -> Step {
    Step::Item { before: None, after: Some(index) }
}

/// The document that a text spells, if it may hold statements.
fn text_document(value: &Value) -> Option<Value> {
    let document = json_of(value)?;
    let is_policy = match &document {
        Value::Object(map) => map.contains_key("Statement"),
        Value::Array(items) => items.iter().any(|item| item.get("Statement").is_some()),
        _ => false,
    };
    is_policy.then_some(document)
}

/// The JSON that a text spells. What functions give within it is a `Fn::Sub` at its place; a text whose structure depends on
/// a function cannot be read.
pub(super) fn json_of(value: &Value) -> Option<Value> {
    if matches!(value, Value::Object(_)) && !matches!(function(value), Some(("Fn::Sub" | "Fn::Join", _))) {
        return None;
    }
    let parts = parts(value)?;
    let first = parts.iter().find_map(|part| match part {
        Part::Known(text) => text.trim_start().chars().next(),
        Part::Unknown(_) => Some('$'),
    })?;
    if !matches!(first, '{' | '[') {
        return None;
    }
    let mut text = String::new();
    let mut names = Vec::new();
    for part in parts {
        match part {
            Part::Known(known) => text.push_str(&known),
            Part::Unknown(name) => {
                text.push_str(&format!("{OPEN}{}{CLOSE}", names.len()));
                names.push(name);
            }
        }
    }
    let document: Value = serde_json::from_str(&text).ok()?;
    Some(if names.is_empty() { document } else { named(document, &names) })
}

/// Around the number of a part that is not known: characters that no policy has.
const OPEN: char = '\u{f0000}';
const CLOSE: char = '\u{f0001}';

fn named(value: Value, names: &[String]) -> Value {
    match value {
        Value::String(text) if text.contains(OPEN) => {
            let mut sub = text.replace("${", "${!");
            for (number, name) in names.iter().enumerate() {
                sub = sub.replace(&format!("{OPEN}{number}{CLOSE}"), &format!("${{{name}}}"));
            }
            json!({ "Fn::Sub": sub })
        }
        Value::Array(items) => items.into_iter().map(|item| named(item, names)).collect(),
        Value::Object(map) => map.into_iter().map(|(key, item)| (key, named(item, names))).collect(),
        other => other,
    }
}

/// Properties of a Lambda permission that limit it, as conditions of a statement: operator and key.
const LIMITS_OF_A_PERMISSION: [(&str, &str, &str); 6] = [
    ("SourceArn", "ArnLike", "aws:SourceArn"),
    ("SourceAccount", "StringEquals", "aws:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
];

/// The statements that a resource's own properties say, where it takes no policy.
pub(super) fn spoken(type_name: &str, properties: &Value) -> Vec<Found> {
    let field = |name: &str| properties.get(name).filter(|value| !value.is_null());
    let whole = |value: Value| vec![Found { path: Path::default(), value }];
    match type_name {
        "AWS::Lambda::Permission" => {
            let mut conditions = Vec::new();
            for (name, operator, key) in LIMITS_OF_A_PERMISSION {
                // A function URL without authentication lets everybody in: it limits nothing.
                let limit = field(name).filter(|value| name != "FunctionUrlAuthType" || *value != "NONE");
                conditions.extend(limit.map(|value| (operator, key, value.clone())));
            }
            whole(statement(field("Principal"), field("Action"), &conditions))
        }
        "AWS::Lambda::LayerVersionPermission" => {
            let organization = field("OrganizationId").map(|id| ("StringEquals", "aws:PrincipalOrgID", id.clone()));
            whole(statement(field("Principal"), field("Action"), organization.as_slice()))
        }
        "AWS::Signer::ProfilePermission" => whole(statement(field("Principal"), field("Action"), &[])),
        "AWS::Events::EventBusPolicy" if field("Statement").is_none() => {
            let condition = field("Condition").map(|condition| {
                ("StringEquals", "aws:PrincipalOrgID", {
                    condition.get("Value").cloned().unwrap_or_else(|| condition.clone())
                })
            });
            whole(statement(field("Principal"), field("Action"), condition.as_slice()))
        }
        "AWS::Events::EventBusPolicy" if field("Statement").is_some_and(Value::is_string) => Vec::new(),
        "AWS::OpenSearchServerless::AccessPolicy" => {
            let Some(Value::Array(entries)) = field("Policy").and_then(json_of) else { return Vec::new() };
            let mut found = Vec::new();
            for (index, entry) in entries.iter().enumerate() {
                let path = Path::default().name("Policy").with(item_at(index));
                for rule in entry.get("Rules").map(as_list).unwrap_or_default() {
                    let value = json!({
                        "Effect": "Allow",
                        "Principal": { "AWS": entry.get("Principal") },
                        "Action": rule.get("Permission"),
                        "Resource": rule.get("Resource"),
                    });
                    found.push(Found { path: path.clone(), value });
                }
            }
            found
        }
        _ => Vec::new(),
    }
}

fn statement(principal: Option<&Value>, action: Option<&Value>, conditions: &[(&str, &str, Value)]) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action });
    for (operator, key, value) in conditions {
        statement["Condition"][*operator][*key] = value.clone();
    }
    statement
}

/// The policy that holds while a property has none: type, property, statement.
pub(super) fn default_statement(type_name: &str) -> Option<(&'static str, Value)> {
    let root = || json!({ "AWS": { "Ref": "AWS::AccountId" } });
    match type_name {
        // "If you don't attach an endpoint policy, we attach the default endpoint policy": full access.
        // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        "AWS::EC2::VPCEndpoint" => {
            Some(("PolicyDocument", json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })))
        }
        // "grants full access to any anonymous client that can connect to the file system using a mount target".
        // https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
        "AWS::EFS::FileSystem" => Some((
            "FileSystemPolicy",
            json!({ "Effect": "Allow", "Principal": "*", "Action": "elasticfilesystem:*", "Resource": "*" }),
        )),
        // A session policy takes away: without one, a user does all that the role may.
        // https://docs.aws.amazon.com/transfer/latest/userguide/users-policies-session.html
        "AWS::Transfer::User" => Some(("Policy", json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))),
        // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        "AWS::KMS::Key" => {
            Some(("KeyPolicy", json!({ "Effect": "Allow", "Principal": root(), "Action": "kms:*", "Resource": "*" })))
        }
        _ => None,
    }
}
