//! Distributions of CloudFront: mistakes that schemas cannot see, and that cost a deployment of minutes each.
//!
//! Sources: Amazon CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront" (the certificate
//! is in us-east-1) and "Requirements for using alternate domain names" (a certificate that has them; `*` only as the whole
//! first label; lower case); CloudFront API Reference, `Origin` (`DomainName` is a name, without protocol and path; one of
//! three kinds of configuration) and `DefaultCacheBehavior` (`TargetOriginId` is the id of an origin or of an origin group).

use std::collections::BTreeSet;

use formwork_template::function::Function;
use formwork_template::{Map, Value};

use super::names::is_host_name;
use super::{At, Errors, resource};
use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::partitions::is_china;

const TYPE: &str = "AWS::CloudFront::Distribution";
const HOME: &str = "us-east-1";

pub(super) fn distribution(at: &At<'_>, errors: &mut Errors) {
    let Some(config) = at.get("DistributionConfig") else { return };
    let list = |key: &str| config.get(key).map(|list| list.items()).unwrap_or_default();
    let origins = list("Origins");
    for origin in &origins {
        origin_url(origin, errors);
        let kinds = ["S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"];
        if origin.known().is_some() && !kinds.iter().any(|kind| origin.has(kind)) {
            let wrong = origin.wrong(rule::DISTRIBUTION_ORIGIN, "the origin does not say of which kind it is");
            let hint =
                "a bucket with an origin access control has `S3OriginConfig` with an empty `OriginAccessIdentity`";
            errors.push(wrong.one_of("", &kinds).hint(hint).warning());
        }
    }
    aliases(&config, &list("Aliases"), errors);
    targets(&config, &origins, errors);
}

fn origin_url(origin: &At<'_>, errors: &mut Errors) {
    let Some(name) = origin.get("DomainName") else { return };
    let is_url = |text: &&str| text.contains('/') || text.contains("::") || text.starts_with("http:");
    let Some(text) = name.text().filter(is_url) else { return };
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (host, directory) = rest.split_once('/').unwrap_or((rest, ""));
    let mut hint = format!("write `{host}`");
    if !directory.is_empty() {
        hint += &format!(", and `/{}` as `OriginPath`", directory.trim_end_matches('/'));
    }
    let wrong = name.wrong(rule::ORIGIN_URL, "the origin's {} is a URL: {value}");
    errors.push(wrong.allowed("a domain name").hint(hint));
}

fn aliases(config: &At<'_>, aliases: &[At<'_>], errors: &mut Errors) {
    for alias in aliases {
        let Some(text) = alias.text() else { continue };
        if text.contains(|each: char| each.is_ascii_uppercase()) && is_host_name(text) {
            let wrong = alias.wrong(rule::DISTRIBUTION_ALIAS, "the alias {value} has upper-case letters");
            errors.push(wrong.hint(format!("write `{}`", text.to_ascii_lowercase())));
        } else if !is_host_name(text) {
            let wrong = alias.wrong(rule::DISTRIBUTION_ALIAS, "the alias {value} is not a domain name");
            errors
                .push(wrong.allowed("a name such as `www.example.com`, or `*.example.com` for all names of one level"));
        }
    }
    // The aliases of a multi-tenant distribution are its tenants'.
    let certificate = config.get("ViewerCertificate");
    let is_default = match &certificate {
        None => true,
        Some(certificate) => certificate.get("CloudFrontDefaultCertificate").and_then(|at| at.truth()) == Some(true),
    };
    if is_default && aliases.iter().any(|alias| alias.text().is_some()) {
        let at = certificate.or_else(|| config.get("Aliases")).unwrap_or_else(|| config.clone());
        let message = "there are aliases, and CloudFront's own certificate, which is for `*.cloudfront.net` only";
        let hint = "give the aliases' certificate as `ViewerCertificate.AcmCertificateArn`, with `SslSupportMethod`";
        errors.push(at.wrong(rule::DISTRIBUTION_ALIAS, message).hint(hint));
    }
}

/// Behaviors and groups name origins that there are.
fn targets(config: &At<'_>, origins: &[At<'_>], errors: &mut Errors) {
    let groups = config.find(&["OriginGroups", "Items"]).map(|groups| groups.items()).unwrap_or_default();
    let id = |at: &At<'_>| Some(at.get("Id")?.text()?.to_owned());
    let all = |entries: &[At<'_>]| entries.iter().map(id).collect::<Option<Vec<String>>>();
    let is_list = |keys: &[&str]| config.find(keys).is_none_or(|list| list.value.is_array());
    let (true, true) = (is_list(&["Origins"]), is_list(&["OriginGroups", "Items"])) else { return };
    let (Some(origin_ids), Some(group_ids)) = (all(origins), all(&groups)) else { return };
    // The origin of a distribution from before there were several.
    if origins.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for origin in origins {
        if let Some(twice) = origin.get("Id").filter(|at| at.text().is_some_and(|id| !seen.insert(id))) {
            errors.push(twice.wrong(rule::DISTRIBUTION_ORIGIN, "two origins have the {} {value}"));
        }
    }
    let known: Vec<&str> = origin_ids.iter().chain(&group_ids).map(String::as_str).collect();
    let behaviors = config.get("CacheBehaviors").map(|behaviors| behaviors.items()).unwrap_or_default();
    let default = config.get("DefaultCacheBehavior");
    let targets = default.iter().chain(&behaviors).filter_map(|behavior| behavior.get("TargetOriginId"));
    let members = groups.iter().filter_map(|group| group.find(&["Members", "Items"]));
    let members: Vec<At<'_>> =
        members.flat_map(|members| members.items()).filter_map(|at| at.get("OriginId")).collect();
    for (at, known) in
        targets.map(|at| (at, &known[..])).chain(members.into_iter().map(|at| (at, &known[..origin_ids.len()])))
    {
        if let Some(text) = at.text().filter(|text| !known.contains(text)) {
            let wrong =
                at.wrong(rule::DISTRIBUTION_ORIGIN, "{} is {value}, which is not an origin of the distribution");
            errors.push(wrong.one_of(text, known));
        }
    }
}

/// The certificate is in us-east-1. Asked of the template itself: a reference to a certificate is what shows its region.
pub(super) fn certificate_region(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    let config = properties.as_map().and_then(|map| map.get("DistributionConfig")).and_then(Value::as_map);
    let Some(config) = config.filter(|_| type_name == TYPE) else { return };
    // CloudFront in China takes certificates of IAM only, and has no home region of this kind.
    if check.region.is_some_and(is_china) {
        return;
    }
    let Some(found) = elsewhere(check, config) else { return };
    let path = ["Resources", id, "Properties", "DistributionConfig", "ViewerCertificate", "AcmCertificateArn"];
    let (region, message) = found;
    let hint = "make the certificate in a stack in `us-east-1`, and refer to it from here";
    check.add(Finding::error(rule::CERTIFICATE_REGION, &path, message).value(region).allowed(HOME).hint(hint));
}

/// The region of the certificate when it is a wrong one, and how to say so.
fn elsewhere(check: &Check<'_, '_>, config: &Map) -> Option<(String, String)> {
    let viewer = config.get("ViewerCertificate").and_then(Value::as_map)?;
    match viewer.get("AcmCertificateArn")? {
        Value::String(text) => {
            // arn:aws:acm:REGION:ACCOUNT:certificate/ID
            let region = text.strip_prefix("arn:aws:acm:")?.split(':').next().filter(|region| *region != HOME)?;
            let message =
                format!("the distribution's certificate is in `{region}`, CloudFront reads it from `{HOME}` only");
            Some((region.to_owned(), message))
        }
        Value::Function(function) => {
            let Function::Ref(id) = &**function else { return None };
            let region = check.region.filter(|region| *region != HOME)?;
            resource(check.template, id, "AWS::CertificateManager::Certificate")?;
            let message =
                format!("the certificate `{id}` is made in `{region}`, CloudFront reads it from `{HOME}` only");
            Some((region.to_owned(), message))
        }
        _ => None,
    }
}
