//! Policies of IAM: a document that AWS refuses must not be sent.
//!
//! The form of a policy, not what it allows: which elements there are, which of them exclude each other, what their values look
//! like. Whether an action exists is a question for AWS's Service Authorization Reference, which is another every day.
//!
//! Sources: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON policy elements reference" and "IAM and AWS STS
//! quotas" (`MalformedPolicyDocument` is the answer to most of what is found here).

use serde_json::Value as Json;

use super::{At, Errors};
use crate::finding::rule;
use crate::instance::has_placeholder;
use crate::schema::Explained;

/// The kind of thing to which a policy is attached, which decides which elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Of a user, group or role: it is about whom it is attached to.
    Identity,
    /// Of a resource: it says whom it is about.
    Resource,
    /// Of a key. A statement about something else than the key is taken, and does nothing.
    Key,
    /// Of a resource, which it need not name.
    ResourceItself,
    /// The principals that may take on a role.
    Trust,
}

/// The properties that are policies; `*` is every entry of a list.
///
/// A policy of which AWS takes other elements (IoT's has no principal, a VPC endpoint's may have one) is not in the list.
const POLICIES: &[(&str, &[&str], Kind)] = &[
    ("AWS::Backup::BackupVault", &["AccessPolicy"], Kind::Resource),
    ("AWS::ECR::Repository", &["RepositoryPolicyText"], Kind::ResourceItself),
    ("AWS::EFS::FileSystem", &["FileSystemPolicy"], Kind::ResourceItself),
    ("AWS::IAM::Group", &["Policies", "*", "PolicyDocument"], Kind::Identity),
    ("AWS::IAM::GroupPolicy", &["PolicyDocument"], Kind::Identity),
    ("AWS::IAM::ManagedPolicy", &["PolicyDocument"], Kind::Identity),
    ("AWS::IAM::Policy", &["PolicyDocument"], Kind::Identity),
    ("AWS::IAM::Role", &["AssumeRolePolicyDocument"], Kind::Trust),
    ("AWS::IAM::Role", &["Policies", "*", "PolicyDocument"], Kind::Identity),
    ("AWS::IAM::RolePolicy", &["PolicyDocument"], Kind::Identity),
    ("AWS::IAM::User", &["Policies", "*", "PolicyDocument"], Kind::Identity),
    ("AWS::IAM::UserPolicy", &["PolicyDocument"], Kind::Identity),
    ("AWS::KMS::Key", &["KeyPolicy"], Kind::Key),
    ("AWS::KMS::ReplicaKey", &["KeyPolicy"], Kind::Key),
    ("AWS::OpenSearchService::Domain", &["AccessPolicies"], Kind::Resource),
    ("AWS::S3::BucketPolicy", &["PolicyDocument"], Kind::Resource),
    ("AWS::SNS::TopicPolicy", &["PolicyDocument"], Kind::Resource),
    ("AWS::SQS::QueuePolicy", &["PolicyDocument"], Kind::Resource),
    ("AWS::SSO::PermissionSet", &["InlinePolicy"], Kind::Identity),
    ("AWS::SecretsManager::ResourcePolicy", &["ResourcePolicy"], Kind::Resource),
];

const VERSIONS: &[&str] = &["2012-10-17", "2008-10-17"];
const EFFECTS: &[&str] = &["Allow", "Deny"];
const PRINCIPALS: &[&str] = &["AWS", "Service", "Federated", "CanonicalUser"];
/// The operators of conditions, without `IfExists` after them and `ForAllValues:` or `ForAnyValue:` before them.
const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];
/// Characters of a managed policy, white space not counted.
const MAX_MANAGED: usize = 6_144;

pub(super) fn check(type_name: &str, at: &At<'_>, errors: &mut Errors) {
    for (_, keys, kind) in POLICIES.iter().filter(|(name, ..)| *name == type_name) {
        for policy in find(at, keys) {
            match policy.text().map(serde_json::from_str::<Json>) {
                None => document(&policy, *kind, errors),
                // A policy as a text: what is wrong in it is told at the text's place.
                Some(Ok(parsed)) => {
                    let mut found = Errors::new();
                    document(&At { value: &parsed, path: policy.path.clone() }, *kind, &mut found);
                    let outside = |wrong| Explained { path: policy.path.clone(), ..wrong };
                    errors.extend(found.into_iter().map(outside));
                }
                Some(Err(_)) => {}
            }
            if type_name == "AWS::IAM::ManagedPolicy" {
                size(&policy, errors);
            }
        }
    }
}

/// An action of a statement, and its place.
pub(crate) struct Action {
    pub(crate) at: Place,
    pub(crate) text: String,
}

/// The place of an action; in a policy that is a text, the place of the text.
pub(crate) struct Place(Vec<String>);

impl Place {
    /// A mistake of this place.
    pub(crate) fn wrong(&self, rule: &'static str, message: &str) -> Explained {
        At { value: &Json::Null, path: self.0.clone() }.wrong(rule, message)
    }
}

/// The actions in the policies of a resource that are known and of the form of actions.
pub(crate) fn statements(type_name: &str, properties: &Json) -> Vec<Action> {
    let at = At { value: properties, path: Vec::new() };
    let mut found = Vec::new();
    for (_, keys, _) in POLICIES.iter().filter(|(name, ..)| *name == type_name) {
        for policy in find(&at, keys) {
            let parsed: Option<Json> = policy.text().and_then(|text| serde_json::from_str(text).ok());
            let inside = parsed.as_ref().map(|value| At { value, path: policy.path.clone() });
            let document = inside.as_ref().unwrap_or(&policy);
            let statements = document.get("Statement").map(|statements| statements.one_or_many()).unwrap_or_default();
            for action in statements.iter().flat_map(|statement| both(statement, ["Action", "NotAction"])) {
                let Some(text) = action.text().filter(|text| is_action(text)) else { continue };
                let path = if parsed.is_some() { policy.path.clone() } else { action.path.clone() };
                found.push(Action { at: Place(path), text: text.to_owned() });
            }
        }
    }
    found
}

fn find<'v>(at: &At<'v>, keys: &[&str]) -> Vec<At<'v>> {
    match keys {
        [] => vec![at.clone()],
        ["*", rest @ ..] => at.items().iter().flat_map(|item| find(item, rest)).collect(),
        [key, rest @ ..] => at.get(key).map(|at| find(&at, rest)).unwrap_or_default(),
    }
}

/// The length of the document, when all of it is known.
fn size(policy: &At<'_>, errors: &mut Errors) {
    // Placeholders are longer than what they stand for may be.
    if has_placeholder(policy.value) {
        return;
    }
    let count = policy.value.to_string().chars().filter(|each| !each.is_whitespace()).count();
    if count > MAX_MANAGED {
        let wrong = policy.wrong(rule::LIMIT, &format!("{{}} has {count} characters, IAM takes {MAX_MANAGED}"));
        errors.push(wrong.hint("split it: a role takes ten managed policies, and more on request"));
    }
}

fn document(at: &At<'_>, kind: Kind, errors: &mut Errors) {
    if at.known().is_none_or(|value| !value.is_object()) {
        return;
    }
    only(at, &["Version", "Id", "Statement"], "a policy", errors);
    if let Some(version) = at.get("Version") {
        listed(&version, VERSIONS, errors);
    }
    let Some(statement) = at.get("Statement") else {
        errors.push(at.wrong(rule::POLICY, "`Statement` is missing, without which there is no policy"));
        return;
    };
    let statements = statement.one_or_many();
    if statements.is_empty() {
        errors.push(statement.wrong(rule::POLICY, "{} is empty").allowed("at least one statement"));
    }
    let mut sids: Vec<&str> = Vec::new();
    for statement in &statements {
        self::statement(statement, kind, errors);
        let Some((sid, text)) = statement.get("Sid").and_then(|sid| Some((sid.clone(), sid.text()?))) else { continue };
        // A bucket's policy may have one twice.
        if !matches!(kind, Kind::Resource | Kind::Key) && sids.contains(&text) && !text.is_empty() {
            errors.push(sid.wrong(rule::POLICY, "two statements have the {} {value}"));
        }
        sids.push(text);
    }
}

fn statement(at: &At<'_>, kind: Kind, errors: &mut Errors) {
    let Some(value) = at.known() else { return };
    if !value.is_object() {
        errors.push(at.wrong(rule::POLICY, "a statement is not an object"));
        return;
    }
    let elements: &[&str] =
        &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    only(at, elements, "a statement", errors);
    match at.get("Effect") {
        None => errors.push(at.wrong(rule::POLICY, "`Effect` is missing").one_of("", EFFECTS)),
        Some(effect) => listed(&effect, EFFECTS, errors),
    }
    if let Some(sid) = at.get("Sid")
        && kind == Kind::Identity
        && sid.text().is_some_and(|text| !text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        errors.push(sid.wrong(rule::POLICY, "{} is {value}").allowed("letters and digits"));
    }
    for entry in both(at, ["Action", "NotAction"]).into_iter().chain(both(at, ["Resource", "NotResource"])) {
        if entry.known().is_some_and(|value| value.is_object() || value.is_array()) {
            errors
                .push(entry.wrong(rule::POLICY, "an entry of {} is not a text").allowed("a text, or a list of texts"));
        }
    }
    one(at, ["Action", "NotAction"], true, errors);
    for action in both(at, ["Action", "NotAction"]) {
        if action.text().is_some_and(|text| !is_action(text)) {
            let wrong = action.wrong(rule::POLICY, "{value} is not an action");
            errors.push(wrong.allowed("a service's prefix and an action, such as `s3:GetObject` or `s3:*`, or `*`"));
        }
    }
    resources(at, kind, errors);
    principals(at, kind, errors);
    if let Some(condition) = at.get("Condition") {
        conditions(&condition, errors);
    }
}

fn resources(at: &At<'_>, kind: Kind, errors: &mut Errors) {
    let names = ["Resource", "NotResource"];
    match kind {
        Kind::Trust => {
            for given in names.into_iter().filter_map(|key| at.get(key)) {
                let wrong = given.wrong(rule::POLICY, "{} in a trust policy, whose resource is the role itself");
                errors.push(wrong.hint("leave it out"));
            }
        }
        Kind::Identity | Kind::Resource | Kind::Key => one(at, names, true, errors),
        Kind::ResourceItself => one(at, names, false, errors),
    }
    for resource in both(at, names) {
        let Some(text) = resource.text() else { continue };
        if !matches!(kind, Kind::Key | Kind::Trust) && !is_resource(text) {
            let wrong = resource.wrong(rule::POLICY, "{value} is not a resource");
            errors.push(wrong.allowed("an ARN, such as `arn:aws:s3:::bucket/*`, or `*`"));
        } else if kind != Kind::Trust && text.starts_with("arn:") && !has_account(text) {
            let wrong = resource.wrong(rule::POLICY, "{value} is not of an account, so it is nobody's resource");
            errors.push(wrong.allowed("the 12 digits of an account in the fifth part of an ARN, `*`, or nothing"));
        }
    }
}

fn principals(at: &At<'_>, kind: Kind, errors: &mut Errors) {
    let names = ["Principal", "NotPrincipal"];
    if kind == Kind::Identity {
        for given in names.into_iter().filter_map(|key| at.get(key)) {
            let wrong = given.wrong(rule::POLICY, "{} in a policy of a user, group or role, which is about that");
            errors.push(wrong.hint("leave it out"));
        }
        return;
    }
    one(at, names, true, errors);
    for principal in names.into_iter().filter_map(|key| at.get(key)) {
        match principal.known() {
            None => {}
            Some(Json::String(text)) if text == "*" => {}
            Some(Json::Object(_)) => {
                for (key, value) in principal.entries() {
                    if !PRINCIPALS.contains(&key) {
                        let wrong = value.wrong(rule::POLICY, &format!("there is no kind of principal `{key}`"));
                        errors.push(wrong.one_of(key, PRINCIPALS));
                    }
                    for account in value.one_or_many().into_iter().filter(|_| key == "AWS") {
                        if account.text().is_some_and(|text| !is_account(text)) {
                            let wrong = account.wrong(rule::POLICY, "{value} is not a principal of the kind {}");
                            let allowed = "an ARN such as `arn:aws:iam::111122223333:role/name`, the 12 digits of an account, or `*`";
                            errors.push(wrong.allowed(allowed));
                        }
                    }
                }
            }
            Some(_) => {
                let wrong = principal.wrong(rule::POLICY, "{} is {value}");
                errors.push(wrong.allowed("`*`, or an object with the kind of principal, such as `{\"AWS\": …}`"));
            }
        }
    }
}

fn conditions(at: &At<'_>, errors: &mut Errors) {
    if at.known().is_some_and(|value| !value.is_object()) {
        errors.push(
            at.wrong(rule::POLICY, "{} is not an object")
                .allowed("operators, such as `StringEquals`, with keys and values"),
        );
    }
    for (operator, keys) in at.entries() {
        let name = operator.split_once(':').map_or(operator, |(_, name)| name);
        let plain = name.strip_suffix("IfExists").unwrap_or(name);
        let prefix = operator.split_once(':').map(|(prefix, _)| prefix);
        if !OPERATORS.contains(&plain) || prefix.is_some_and(|prefix| !matches!(prefix, "ForAllValues" | "ForAnyValue"))
        {
            let wrong = keys.wrong(rule::POLICY, &format!("there is no condition operator `{operator}`"));
            errors.push(wrong.one_of(plain, OPERATORS));
        } else if name == "NullIfExists" {
            errors.push(keys.wrong(rule::POLICY, "`Null` asks whether there is a key, and has no `IfExists`"));
        } else if keys.known().is_some_and(|value| !value.is_object()) {
            errors.push(keys.wrong(rule::POLICY, "{} is not an object").allowed("condition keys with their values"));
        }
        for (key, value) in keys.entries() {
            if !key.contains(':') {
                let wrong = value.wrong(rule::POLICY, &format!("`{key}` is not a condition key"));
                errors.push(wrong.allowed("a service's prefix and a key, such as `aws:SourceArn`"));
            }
            if value.known().is_some_and(Json::is_object) {
                errors.push(value.wrong(rule::POLICY, "{} is an object").allowed("a value or a list of values"));
            }
        }
    }
}

/// Says so when an object has entries that it may not have.
fn only(at: &At<'_>, known: &[&str], what: &str, errors: &mut Errors) {
    for (key, value) in at.entries() {
        if !known.contains(&key) {
            let wrong = value.wrong(rule::POLICY, &format!("{what} has no element `{key}`"));
            errors.push(wrong.one_of(key, known));
        }
    }
}

/// Says so when a value is not one of these.
fn listed(at: &At<'_>, known: &[&str], errors: &mut Errors) {
    if let Some(text) = at.text().filter(|text| !known.contains(text)) {
        errors.push(at.wrong(rule::POLICY, "{} is {value}").one_of(text, known));
    }
}

/// Says so when there is not one of the two; without `needed`, there may be none.
fn one(at: &At<'_>, names: [&str; 2], needed: bool, errors: &mut Errors) {
    let [first, second] = names;
    match (at.has(first), at.has(second)) {
        (true, true) => errors.push(at.wrong(rule::POLICY, &format!("`{first}` and `{second}` exclude each other"))),
        (false, false) if needed => {
            let wrong = at.wrong(rule::POLICY, &format!("`{first}` is missing"));
            errors.push(wrong.allowed(format!("one of `{first}` and `{second}`")));
        }
        _ => {}
    }
}

/// The values of the two elements.
fn both<'v>(at: &At<'v>, names: [&str; 2]) -> Vec<At<'v>> {
    names.into_iter().filter_map(|key| at.get(key)).flat_map(|values| values.one_or_many()).collect()
}

fn is_action(text: &str) -> bool {
    let service = |prefix: &str| {
        !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*'))
    };
    let action = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'-' | b'_'))
    };
    text == "*" || text.split_once(':').is_some_and(|(prefix, name)| service(prefix) && action(name))
}

/// `*` or `arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME`, each part of which may have `*` and policy variables.
fn is_resource(text: &str) -> bool {
    // `arn:*` stands for them all.
    text == "*" || text.strip_prefix("arn:").is_some_and(|rest| rest.ends_with('*') || rest.splitn(5, ':').count() == 5)
}

/// True if the account of an ARN can be one: 12 digits, with policy variables and `*` in their places, or none.
///
/// Source: IAM User Guide, "IAM policy validation check reference", "Error – Invalid ARN account: The resource ARN account ID is not valid.
/// Provide a 12-digit account ID." `aws` owns what AWS manages for everybody.
fn has_account(arn: &str) -> bool {
    let account = arn.split(':').nth(4).unwrap_or_default();
    matches!(account, "" | "aws") || account.contains(['*', '?', '$']) || is_twelve_digits(account)
}

fn is_twelve_digits(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// ARNs of principals are of IAM and STS, and of one account; CloudFront's identities are of none.
///
/// Sources: IAM User Guide, "AWS JSON policy elements: Principal"; for accounts that have not 12 digits, aws-actions/configure-aws-credentials
/// issue 332; for a colon too many, aws-cloudformation/cfn-lint issue 4287 ("Invalid principal in policy").
fn is_principal(arn: &str) -> bool {
    match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "iam" | "sts", "", account, name] => {
            !partition.is_empty() && !name.is_empty() && (*account == "cloudfront" || is_twelve_digits(account))
        }
        _ => false,
    }
}

fn is_account(text: &str) -> bool {
    text == "*"
        || is_principal(text)
        || is_twelve_digits(text)
        // What is left of a role that was deleted.
        || text.starts_with("AIDA")
        || text.starts_with("AROA")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_resources() {
        for action in ["*", "s3:*", "s3:Get*", "execute-api:Invoke", "iam:Get?ole", "*:*"] {
            assert!(is_action(action), "{action}");
        }
        for action in ["", "s3", "s3:", ":Get", "s3:Get Object", "s3.GetObject"] {
            assert!(!is_action(action), "{action}");
        }
        for resource in ["*", "arn:aws:s3:::bucket/*", "arn:*", "arn:aws:iam::*:role/${aws:username}", "arn:*:s3:::*"] {
            assert!(is_resource(resource), "{resource}");
        }
        for resource in ["", "bucket", "arn:aws:s3", "s3:::bucket"] {
            assert!(!is_resource(resource), "{resource}");
        }
    }

    #[test]
    fn accounts() {
        for arn in [
            "arn:aws:s3:::b/*",
            "arn:aws:iam::111122223333:role/a",
            "arn:aws:iam::*:role/a",
            "arn:aws:iam::aws:policy/A",
        ] {
            assert!(has_account(arn), "{arn}");
        }
        for arn in ["arn:aws:iam::123456789:role/a", "arn:aws:sqs:us-east-1:me:q", "arn:aws:iam::1111222233334:role/a"]
        {
            assert!(!has_account(arn), "{arn}");
        }
        for principal in [
            "*",
            "111122223333",
            "AROAEXAMPLE",
            "arn:aws:iam::111122223333:root",
            "arn:aws-cn:sts::111122223333:assumed-role/a/b",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
        ] {
            assert!(is_account(principal), "{principal}");
        }
        for principal in [
            "",
            "root",
            "123456789",
            "arn:aws:iam::123456789:root",
            "arn:aws::iam::111122223333:root",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::*:root",
            "arn:aws:iam::111122223333:",
        ] {
            assert!(!is_account(principal), "{principal}");
        }
    }

    #[test]
    fn the_tables_are_in_order() {
        assert!(OPERATORS.is_sorted() && POLICIES.is_sorted_by_key(|(name, ..)| name));
        for (name, keys, _) in POLICIES {
            let schema = formwork_schema::embedded::schema(name).unwrap_or_else(|| panic!("there is no type {name}"));
            assert!(schema["properties"].get(keys[0]).is_some(), "{name} {keys:?}");
        }
    }
}
