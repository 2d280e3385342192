//! IAM: the alias of an account, and the permissions of an instance's role.
//!
//! Source: IAM API Reference, `ListAccountAliases` (an account has one alias at most), `GetInstanceProfile` (a profile has one role at
//! most), `SimulatePrincipalPolicy` and `EvaluationResult`.

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::IAM;

const VERSION: &str = "2010-05-08";

/// The alias of the login's account; `None` if it has none.
///
/// # Errors
///
/// When the call fails; many logins may not make it.
pub async fn account_alias(aws: &Aws, region: &str) -> Result<Option<String>, Error> {
    const CALL: &str = "ListAccountAliases";
    let request = Request::Query { version: VERSION, parameters: &[] };
    let Answer::Xml(answer) = aws.call(&IAM, region, CALL, request).await? else { return Ok(None) };
    let aliases = answer.find("AccountAliases");
    let alias = aliases.and_then(|aliases| aliases.text_of("member"));
    Ok(alias.filter(|alias| !alias.is_empty()).map(str::to_owned))
}

/// The ARN of the role in an instance profile, which is named by its ARN; `None` if there is not such a profile, or it is empty.
///
/// # Errors
///
/// When the call fails for any other reason than that.
pub async fn role_of(aws: &Aws, region: &str, profile: &str) -> Result<Option<String>, Error> {
    const CALL: &str = "GetInstanceProfile";
    // The ARN may have a path before the name.
    let name = profile.rsplit('/').next().unwrap_or(profile);
    let request = Request::Query { version: VERSION, parameters: &[("InstanceProfileName", name)] };
    let answer = match aws.call(&IAM, region, CALL, request).await {
        Ok(Answer::Xml(answer)) => answer,
        Ok(Answer::Json(_)) => return Err(Error::Incomplete { call: CALL, field: "InstanceProfile" }),
        Err(Error::Service { code, .. }) if code == "NoSuchEntity" => return Ok(None),
        Err(error) => return Err(error),
    };
    let role = answer.find("Roles").and_then(|roles| roles.find("member"));
    Ok(role.and_then(|role| role.text_of("Arn")).map(str::to_owned))
}

/// The decision of the policies of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A policy allows it, and none denies it.
    Allowed,
    /// A policy, the permissions boundary or the organisation denies it.
    Denied,
    /// Nothing allows it.
    Unmentioned,
}

/// The decision of a role's policies about an action on a resource, which need not exist. The resource's own policy is not asked.
///
/// # Errors
///
/// When the call fails; many logins may not make it.
pub async fn decision(aws: &Aws, region: &str, role: &str, action: &str, resource: &str) -> Result<Decision, Error> {
    const CALL: &str = "SimulatePrincipalPolicy";
    let parameters = [("PolicySourceArn", role), ("ActionNames.member.1", action), ("ResourceArns.member.1", resource)];
    let request = Request::Query { version: VERSION, parameters: &parameters };
    const FIELD: &str = "EvalDecision";
    let Answer::Xml(answer) = aws.call(&IAM, region, CALL, request).await? else {
        return Err(Error::Incomplete { call: CALL, field: FIELD });
    };
    match answer.text_of(FIELD) {
        Some("allowed") => Ok(Decision::Allowed),
        Some("explicitDeny") => Ok(Decision::Denied),
        Some("implicitDeny") => Ok(Decision::Unmentioned),
        _ => Err(Error::Incomplete { call: CALL, field: FIELD }),
    }
}
