//! The Security Token Service, as far as clients of CloudFormation ask it: who they are, and for the login of a role.
//!
//! The engine takes any login, so a role's is one like another. Source: STS API Reference, `GetCallerIdentity`, `AssumeRole`.

use serde_json::{Value as Json, json};

use super::request::Request;
use crate::protocol::ApiError;
use crate::time;
use crate::world::{ACCOUNT, World};

pub(super) const ASSUME_ROLE_FIELDS: &[&str] = &[
    "RoleArn",
    "RoleSessionName",
    "DurationSeconds",
    "ExternalId",
    "Policy",
    "PolicyArns",
    "Tags",
    "TransitiveTagKeys",
    "SourceIdentity",
];

pub(super) fn caller_identity(_: &mut World, _: &Request<'_>) -> Result<Json, ApiError> {
    Ok(
        json!({ "Arn": format!("arn:aws:iam::{ACCOUNT}:user/local"), "UserId": "AIDAFORMWORKLOCAL", "Account": ACCOUNT }),
    )
}

pub(super) fn assume_role(world: &mut World, request: &Request<'_>) -> Result<Json, ApiError> {
    let role = request.form.require("RoleArn")?;
    let session = request.form.require("RoleSessionName")?;
    let refused = || ApiError::validation(format!("{role} is invalid"));
    let (partition, rest) = role.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::")).ok_or_else(refused)?;
    let (account, path) = rest.split_once(":role/").ok_or_else(refused)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    let seconds = match request.form.get("DurationSeconds") {
        None => 3_600,
        Some(text) => text.parse::<u64>().ok().filter(|seconds| (900..=43_200).contains(seconds)).ok_or_else(|| {
            ApiError::validation(format!(
                "1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200"
            ))
        })?,
    };
    Ok(json!({
        "Credentials": {
            "AccessKeyId": format!("ASIA{}", world.ids.upper(16)),
            "SecretAccessKey": "local",
            "SessionToken": "local",
            "Expiration": time::text(world.now() + seconds * 1_000),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": format!("AROAFORMWORKLOCAL:{session}"),
            "Arn": format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
        },
    }))
}
