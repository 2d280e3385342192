//! Distributions of CloudFront and what belongs to them: certificates and records that fit their names, headers that CloudFront
//! adds, origins that answer under the `Host` they get.
//!
//! Sources: Amazon CloudFront Developer Guide, "Requirements for using alternate domain names" (the certificate covers them),
//! "Use wildcards in alternate domain names" (any name that ends so), "Requirements for using SSL/TLS certificates with
//! CloudFront" (RSA up to 4096 bits, ECDSA of 256 bits), "Add custom headers to origin requests" (those that CloudFront cannot
//! add), "Specify a default root object" and API Reference, `DistributionConfig` ("Don't add a / before the object name"), "Use
//! managed origin request policies" (AllViewer sends the viewer's `Host`); Route 53 API Reference, `AliasTarget` ("your
//! CloudFront distribution must include an alternate domain name that matches the name of the resource record set").

use formwork_template::cloudfront::{ALL_VIEWER, ALL_VIEWER_AND_CLOUDFRONT_HEADERS, is_kept};

use super::names::{folded, is_in};
use super::{At, Errors, Peers};
use crate::finding::rule;

const TYPE: &str = "AWS::CloudFront::Distribution";
const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";
/// Keys that ACM makes and CloudFront does not take.
const LARGE_KEYS: &[&str] = &["EC_secp384r1", "EC_secp521r1"];
const TAKEN_KEYS: &[&str] = &["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1"];
/// The managed policies that send on the viewer's `Host`.
const SEND_HOST: &[&str] = &[ALL_VIEWER, ALL_VIEWER_AND_CLOUDFRONT_HEADERS];

pub(super) fn check(at: &At<'_>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    let Some(config) = at.get("DistributionConfig") else { return };
    let list = |key: &str| config.get(key).map(|list| list.items()).unwrap_or_default();
    let (aliases, origins) = (list("Aliases"), list("Origins"));
    for origin in &origins {
        headers(origin, errors);
        loops(origin, &aliases, errors);
    }
    if let Some(root) = config.get("DefaultRootObject")
        && root.text().is_some_and(|text| text.starts_with('/'))
    {
        let wrong =
            root.wrong(rule::DISTRIBUTION_ORIGIN, "{} is {value}, which CloudFront looks for under two slashes");
        let name = root.text().unwrap_or_default().trim_start_matches('/');
        errors.push(wrong.allowed("a name without a slash before it").hint(format!("write `{name}`")).warning());
    }
    hosts(&config, &origins, errors);
    super::web_acls::of_distribution(&config, peers, errors);
    if let Some(arn) = config.find(&["ViewerCertificate", "AcmCertificateArn"])
        && let Some(certificate) = peers.of(&arn, CERTIFICATE)
    {
        let certificate = At { value: &certificate, path: Vec::new() };
        covered(&aliases, &certificate, errors);
        if let Some(key) =
            certificate.get("KeyAlgorithm").and_then(|at| at.text()).filter(|key| LARGE_KEYS.contains(key))
        {
            let message = format!("the certificate's `KeyAlgorithm` is `{key}`, which CloudFront does not take");
            let wrong = arn.wrong(rule::DISTRIBUTION_ALIAS, &message);
            errors.push(wrong.allowed(crate::rules::listed(TAKEN_KEYS.iter().copied())));
        }
    }
}

fn headers(origin: &At<'_>, errors: &mut Errors) {
    let headers = origin.get("OriginCustomHeaders").map(|headers| headers.items()).unwrap_or_default();
    for name in headers.iter().filter_map(|header| header.get("HeaderName")) {
        let Some(text) = name.text() else { continue };
        if is_kept(text) {
            let wrong = name
                .wrong(rule::ORIGIN_HEADER, "{} is {value}, a header that CloudFront does not let origins be given");
            errors.push(wrong.allowed("a name of your own, such as `X-Origin-Secret`"));
        }
    }
}

/// An origin that is the distribution's own alias: CloudFront asks itself.
fn loops(origin: &At<'_>, aliases: &[At<'_>], errors: &mut Errors) {
    let Some(name) = origin.get("DomainName") else { return };
    let Some(text) = name.spelled() else { return };
    if aliases.iter().filter_map(At::spelled).any(|alias| folded(alias) == folded(text)) {
        let message = format!("the origin's `DomainName` is `{text}`, an alias of the distribution itself");
        let hint =
            "once the alias points to the distribution, CloudFront asks itself: give the server a name of its own";
        errors.push(name.wrong(rule::DISTRIBUTION_ORIGIN, &message).hint(hint).warning());
    }
}

/// Origins that know themselves by their own name only, and get the viewer's.
fn hosts(config: &At<'_>, origins: &[At<'_>], errors: &mut Errors) {
    let behaviors = config.get("CacheBehaviors").map(|behaviors| behaviors.items()).unwrap_or_default();
    for behavior in config.get("DefaultCacheBehavior").into_iter().chain(behaviors) {
        let Some(policy) = behavior.get("OriginRequestPolicyId") else { continue };
        let Some(target) = behavior.get("TargetOriginId").and_then(|at| at.text()) else { continue };
        if !policy.text().is_some_and(|id| SEND_HOST.contains(&id)) {
            continue;
        }
        let is_target = |origin: &&At<'_>| origin.get("Id").and_then(|id| id.text()) == Some(target);
        let name = origins.iter().find(is_target).and_then(|origin| origin.get("DomainName"));
        if let Some(kind) = name.as_ref().and_then(At::spelled).and_then(bound_to_host) {
            let message =
                format!("the origin `{target}` is {kind}, which refuses the viewer's `Host` that this policy sends");
            let hint = "use `AllViewerExceptHostHeader` (b689b0a8-53d0-40ab-baf2-68738e2966ac)";
            errors.push(policy.wrong(rule::DISTRIBUTION_ORIGIN, &message).hint(hint).warning());
        }
    }
}

/// Description of an origin of this name, if it answers under that name only.
fn bound_to_host(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let ends = |end: &str| name.ends_with(end) || name.ends_with(&format!("{end}.cn"));
    match name.as_str() {
        _ if name.contains(".execute-api.") && ends(".amazonaws.com") => Some("an API of API Gateway"),
        _ if name.contains(".lambda-url.") && name.ends_with(".on.aws") => Some("the URL of a function"),
        _ if name.contains(".s3-website") && ends(".amazonaws.com") => Some("the website of a bucket"),
        _ if (name.contains(".s3.") || name.contains(".s3-")) && ends(".amazonaws.com") => Some("a bucket"),
        _ if name.ends_with(".regionaldomainname}") || name.ends_with(".dualstackdomainname}") => Some("a bucket"),
        _ => None,
    }
}

/// Every alias is a name of the certificate.
fn covered(aliases: &[At<'_>], certificate: &At<'_>, errors: &mut Errors) {
    let others = certificate.get("SubjectAlternativeNames").map(|names| names.one_or_many()).unwrap_or_default();
    let names: Vec<At<'_>> = certificate.get("DomainName").into_iter().chain(others).collect();
    let Some(names) = names.iter().map(At::spelled).collect::<Option<Vec<&str>>>() else { return };
    for alias in aliases {
        let Some(text) = alias.spelled() else { continue };
        if covers(&names, text, one_level) == Some(false) {
            let message = format!("the alias `{text}` is not covered by the distribution's certificate");
            let wrong = alias.wrong(rule::DISTRIBUTION_ALIAS, &message);
            let hint = "add the name to the certificate's `SubjectAlternativeNames`; `*` stands for one label";
            errors.push(wrong.allowed(crate::rules::listed(names.iter().copied())).hint(hint));
        }
    }
}

pub(super) fn record_set_group(at: &At<'_>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    for set in at.get("RecordSets").map(|sets| sets.items()).unwrap_or_default() {
        zone_of_template(&set, at.get("HostedZoneId"), peers, errors);
        record(&set, peers, errors);
    }
}

pub(super) fn record_set(at: &At<'_>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    zone_of_template(at, at.get("HostedZoneId"), peers, errors);
    record(at, peers, errors);
}

/// An alias of a distribution of this template has one of its names.
fn record(at: &At<'_>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    let Some(target) = at.find(&["AliasTarget", "DNSName"]) else { return };
    let Some((name, text)) = at.get("Name").and_then(|name| Some((name.clone(), name.spelled()?))) else { return };
    let Some(distribution) = peers.of(&target, TYPE) else { return };
    let distribution = At { value: &distribution, path: Vec::new() };
    let Some(config) = distribution.get("DistributionConfig") else { return };
    // The names of a distribution for several tenants are the tenants'.
    if config.known().is_none() || config.has("ConnectionMode") || config.has("TenantConfig") {
        return;
    }
    let aliases = match config.get("Aliases") {
        None => Vec::new(),
        Some(list) if list.value.is_array() => list.items(),
        Some(_) => return,
    };
    let Some(aliases) = aliases.iter().map(At::spelled).collect::<Option<Vec<&str>>>() else { return };
    if covers(&aliases, text, any_level) == Some(false) {
        let message =
            format!("`Name` is `{text}`, which is not an alias of the distribution that the record points to");
        let wrong = name.wrong(rule::RECORD_SET, &message).warning();
        let hint =
            format!("add `{}` to the distribution's `Aliases`: CloudFront answers 403 to other names", folded(text));
        errors.push(match aliases.is_empty() {
            true => wrong.hint(hint),
            false => wrong.allowed(crate::rules::listed(aliases)).hint(hint),
        });
    }
}

/// A record of a zone of this template is in that zone, and a `CNAME` is not its own name.
///
/// Source: Route 53 Developer Guide, "CNAME record type": none at the zone apex.
fn zone_of_template(at: &At<'_>, of_group: Option<At<'_>>, peers: &mut Peers<'_, '_>, errors: &mut Errors) {
    let Some(id) = at.get("HostedZoneId").or(of_group) else { return };
    let Some((name, text)) = at.get("Name").and_then(|name| Some((name.clone(), name.spelled()?))) else { return };
    let Some(zone) = peers.of(&id, "AWS::Route53::HostedZone") else { return };
    let Some(zone) = zone.get("Name").and_then(crate::instance::spelled) else { return };
    let is_cname = at.get("Type").and_then(|kind| kind.text()) == Some("CNAME");
    if is_cname && folded(text) == folded(zone) {
        let message = format!("`Name` is `{text}`, the zone's own name, which can have no `CNAME` record");
        let wrong = name.wrong(rule::RECORD_SET, &message);
        errors.push(wrong.hint("use an alias: `AliasTarget` in a record of type `A` and one of type `AAAA`"));
    } else if name.text().is_some() && !zone.contains("${") && !is_in(text, zone) {
        let message = format!("`Name` is `{text}`, which is not in the zone `{zone}`");
        let wrong = name.wrong(rule::RECORD_SET, &message);
        errors.push(wrong.allowed(format!("`{zone}`, or a name that ends in `.{zone}`")));
    }
}

/// True if one of the names covers another one; nothing when it depends on what references stand for.
fn covers(names: &[&str], text: &str, by_wildcard: fn(&str, &str) -> bool) -> Option<bool> {
    let text = folded(text);
    let names: Vec<String> = names.iter().map(|name| folded(name)).collect();
    let covers =
        |name: &String| *name == text || name.strip_prefix("*.").is_some_and(|domain| by_wildcard(&text, domain));
    if names.iter().any(covers) {
        return Some(true);
    }
    // Names below one and the same reference differ by what stands before it; of others nothing is known.
    let reference = |name: &str| name.find("${").map(|at| name[at..].to_owned());
    let own = reference(&text);
    let is_plain = own.as_ref().is_none_or(|own| own.find('}') == Some(own.len() - 1));
    (is_plain && names.iter().all(|name| reference(name) == own)).then_some(false)
}

/// `*` of a certificate stands for one label.
fn one_level(text: &str, domain: &str) -> bool {
    text.strip_suffix(domain)
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

/// `*` of a distribution's alias stands for any.
fn any_level(text: &str, domain: &str) -> bool {
    text.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cover_names() {
        for (names, text, expected) in [
            (&["example.com"][..], "Example.com.", Some(true)),
            (&["*.example.com"], "www.example.com", Some(true)),
            (&["*.example.com"], "*.example.com", Some(true)),
            (&["*.example.com"], "a.b.example.com", Some(false)),
            (&["*.example.com"], "example.com", Some(false)),
            (&["*.example.com"], "badexample.com", Some(false)),
            (&["${Domain}", "*.${Domain}"], "www.${Domain}", Some(true)),
            (&["*.${Domain}"], "${Domain}", Some(false)),
            (&["${Domain}"], "www.example.com", None),
            (&["example.com"], "${Domain}", None),
            (&["${A}.${B}"], "${A}.x.${B}", None),
            (&[], "example.com", Some(false)),
        ] {
            assert_eq!(covers(names, text, one_level), expected, "{names:?} {text}");
        }
        assert_eq!(covers(&["*.example.com"], "a.b.example.com", any_level), Some(true));
        assert_eq!(covers(&["*.example.com"], "example.com", any_level), Some(false));
    }
}
