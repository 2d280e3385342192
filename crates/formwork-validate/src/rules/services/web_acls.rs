//! Web ACLs of WAF: those with the scope `CLOUDFRONT` are for distributions and are made in us-east-1, the others are for what is
//! in their region.
//!
//! Sources: WAF API Reference, `CreateWebACL` (`Scope`: "To work with CloudFront, you must also specify the Region US East (N.
//! Virginia)"), `AssociateWebACL` ("For Amazon CloudFront, don't use this call"); CloudFront API Reference, `DistributionConfig`,
//! `WebACLId`.

use super::{At, Errors, Peers};
use crate::finding::rule;
use crate::rules::partitions::is_china;

const TYPE: &str = "AWS::WAFv2::WebACL";
const HOME: &str = "us-east-1";

/// The scope of what WAF makes, and the web ACL of a distribution.
pub(super) fn scope(type_name: &str, at: &At<'_>, region: Option<&str>, errors: &mut Errors) {
    let has_scope =
        matches!(type_name, TYPE | "AWS::WAFv2::IPSet" | "AWS::WAFv2::RegexPatternSet" | "AWS::WAFv2::RuleGroup");
    if !has_scope {
        return;
    }
    let Some(scope) = at.get("Scope") else { return };
    // The distributions of China have no WAF of this kind.
    if let Some(region) = region.filter(|region| *region != HOME && !is_china(region))
        && scope.text() == Some("CLOUDFRONT")
    {
        let message = format!("{{}} is {{value}}, which is made in `{HOME}` only, but the stack is in `{region}`");
        errors.push(
            scope.wrong(rule::WEB_ACL, &message).hint("make it in a stack in `us-east-1`, and refer to it from here"),
        );
    }
}

/// A distribution takes web ACLs of the scope `CLOUDFRONT`, or an id of WAF Classic.
pub(super) fn of_distribution(config: &At<'_>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    let Some(acl) = config.get("WebACLId") else { return };
    let is_regional = match acl.text() {
        Some(arn) => arn.split(':').nth(5).is_some_and(|rest| rest.starts_with("regional/")),
        None => scope_of(&acl, peers).as_deref() == Some("REGIONAL"),
    };
    if is_regional {
        let wrong = acl.wrong(rule::WEB_ACL, "the distribution's {} is a regional web ACL");
        let hint = "a web ACL for distributions has the scope `CLOUDFRONT`, and is in `us-east-1`";
        errors.push(wrong.allowed("`arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/…`").hint(hint));
    }
}

/// Resources of a region take regional web ACLs.
pub(super) fn association(at: &At<'_>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    let Some(acl) = at.get("WebACLArn") else { return };
    let is_global = match acl.text() {
        Some(arn) => arn.split(':').nth(5).is_some_and(|rest| rest.starts_with("global/")),
        None => scope_of(&acl, peers).as_deref() == Some("CLOUDFRONT"),
    };
    if is_global {
        let wrong = acl.wrong(rule::WEB_ACL, "{} is a web ACL of the scope `CLOUDFRONT`, which is for distributions");
        errors.push(
            wrong.allowed("a web ACL of the scope `REGIONAL`").hint("a distribution names its own as `WebACLId`"),
        );
    }
    if let Some(resource) = at.get("ResourceArn")
        && resource.text().is_some_and(|arn| arn.split(':').nth(2) == Some("cloudfront"))
    {
        let wrong =
            resource.wrong(rule::WEB_ACL, "{} is a distribution, which is not associated but names its web ACL");
        errors.push(wrong.hint("give the distribution the web ACL's ARN as `WebACLId`"));
    }
}

fn scope_of(acl: &At<'_>, peers: &mut Peers<'_, '_>) -> Option<String> {
    let acl = peers.of(acl, TYPE)?;
    acl.get("Scope")?.as_str().map(str::to_owned)
}
