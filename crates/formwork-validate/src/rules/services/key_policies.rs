//! Policies of KMS keys: somebody can change them, and they are about the key itself.
//!
//! Source: KMS Developer Guide, "Key policies": `Resource` is `"*"`, "the key to which the key policy is attached", and
//! "Default key policy": a key whose policy gives nobody `kms:PutKeyPolicy` cannot be managed any more; KMS refuses to make one,
//! unless its safety check is bypassed.

use serde_json::Value as Json;

use super::{At, Errors};
use crate::finding::rule;
use crate::instance::has_placeholder;

/// Action that changes the policy.
const PUT: &str = "kms:putkeypolicy";

pub(super) fn check(type_name: &str, at: &At<'_>, errors: &mut Errors) {
    if !matches!(type_name, "AWS::KMS::Key" | "AWS::KMS::ReplicaKey") {
        return;
    }
    let Some(policy) = at.get("KeyPolicy") else { return };
    let Some(statements) = policy.get("Statement").map(|statements| statements.one_or_many()) else { return };
    for resource in statements.iter().filter_map(|statement| statement.get("Resource")) {
        for one in resource.one_or_many() {
            if one.text().is_some_and(|text| text != "*" && !text.contains(":key/")) {
                let wrong = one
                    .wrong(rule::POLICY, "{} of a key policy is {value}, which the statement then says nothing about");
                errors.push(wrong.allowed("`*`, which is the key itself").warning());
            }
        }
    }
    let may_put = |statement: &At<'_>| {
        let allows = statement.get("Effect").is_some_and(|effect| effect.text() == Some("Allow"));
        // An action that is not known may be the one.
        let covers = |action: &At<'_>| action.text().is_none_or(covers);
        allows
            && match (statement.get("Action"), statement.get("NotAction")) {
                (Some(actions), _) => actions.one_or_many().iter().any(covers),
                (None, Some(actions)) => {
                    !actions.one_or_many().iter().any(|action| action.text().is_some_and(self::covers))
                }
                (None, None) => false,
            }
    };
    let is_known = |statement: &At<'_>| {
        statement.value.is_object() && statement.get("Effect").is_none_or(|at| !has_placeholder(at.value))
    };
    if !statements.is_empty()
        && statements.iter().all(|statement| statement.known().is_some_and(Json::is_object) && is_known(statement))
        && !statements.iter().any(may_put)
    {
        let wrong = policy.wrong(rule::POLICY, "{} lets nobody change it (`kms:PutKeyPolicy`)");
        let hint = "allow `kms:*` to the account, `arn:aws:iam::ACCOUNT:root`, which lets IAM policies decide";
        errors.push(wrong.hint(hint).warning());
    }
}

/// True for an action, with wildcards, that includes changing the policy.
fn covers(action: &str) -> bool {
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) if matches(rest, text) => true,
            (Some((b'*', _)), Some((_, after))) => matches(pattern, after),
            (Some((b'?', rest)), Some((_, after))) => matches(rest, after),
            (Some((one, rest)), Some((other, after))) if one == other => matches(rest, after),
            _ => false,
        }
    }
    // Many stars in a row would be tried in every way.
    let mut action = action.to_ascii_lowercase();
    while action.contains("**") {
        action = action.replace("**", "*");
    }
    action.len() <= 64 && matches(action.as_bytes(), PUT.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn actions_that_change_the_policy() {
        for action in ["*", "kms:*", "kms:Put*", "KMS:PutKeyPolicy", "kms:P?tKeyPolicy", "k**"] {
            assert!(covers(action), "{action}");
        }
        for action in ["kms:Get*", "kms:PutKeyPolic", "s3:*", "", "kms:PutKeyPolicyX"] {
            assert!(!covers(action), "{action}");
        }
    }
}
