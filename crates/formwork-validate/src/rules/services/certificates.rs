//! Certificates of ACM: the names they are for.
//!
//! Source: ACM API Reference, `RequestCertificate`: the first name, which becomes the common name, has at most 64 characters;
//! `DomainValidationOption`: its `DomainName` is one of the certificate's, and `ValidationDomain` that name or one above it.
//! ACM User Guide, "DNS validation": a name and its wildcard have one record, which CloudFormation cannot write twice in one
//! zone (aws-cdk#9248, aws-cdk#27364).

use serde_json::Value as Json;

use super::names::{folded, is_host_name, is_in};
use super::{At, Errors};
use crate::finding::rule;

/// The longest common name (RFC 5280).
const MAX_COMMON_NAME: usize = 64;

pub(super) fn certificate(at: &At<'_>, errors: &mut Errors) {
    let first = at.get("DomainName");
    let others = at.get("SubjectAlternativeNames").map(|names| names.one_or_many()).unwrap_or_default();
    let all: Vec<At<'_>> = first.iter().cloned().chain(others).collect();
    if let Some(name) = &first
        && name.text().is_some_and(|text| text.len() > MAX_COMMON_NAME)
    {
        let wrong = name.wrong(rule::CERTIFICATE_NAME, "{} is {value}, too long for a certificate's first name");
        let hint = "give a shorter name here, and the long one in `SubjectAlternativeNames`";
        errors.push(wrong.allowed(format!("at most {MAX_COMMON_NAME} characters")).hint(hint));
    }
    for name in &all {
        if name.text().is_some_and(|text| !is_host_name(text)) {
            let wrong = name.wrong(rule::CERTIFICATE_NAME, "{} is {value}, which is not a domain name");
            errors.push(wrong.allowed("a name such as `www.example.com` or `*.example.com`"));
        }
    }
    records(at, errors);
    let names: Option<Vec<&str>> = all.iter().map(At::text).collect();
    for option in at.get("DomainValidationOptions").map(|options| options.items()).unwrap_or_default() {
        let Some(name) = option.get("DomainName") else { continue };
        let Some(text) = name.text() else { continue };
        let is_one_of = |names: &Vec<&str>| names.iter().any(|other| folded(other) == folded(text));
        if let Some(names) = names.as_ref().filter(|names| !is_one_of(names)) {
            let wrong = name.wrong(rule::CERTIFICATE_NAME, "{} is {value}, which is not a name of the certificate");
            errors.push(wrong.one_of(text, names));
        }
        if let Some(domain) = option.get("ValidationDomain")
            && domain.text().is_some_and(|domain| !is_in(text.strip_prefix("*.").unwrap_or(text), domain))
        {
            let wrong = domain.wrong(rule::CERTIFICATE_NAME, "{} is {value}, which is not above the name it is for");
            errors.push(wrong.allowed(format!("`{text}`, or a domain that it is in")));
        }
    }
}

/// Options with a zone make a record each: one for a name and its wildcard.
fn records(at: &At<'_>, errors: &mut Errors) {
    let mut seen: Vec<(String, &Json, String)> = Vec::new();
    for option in at.get("DomainValidationOptions").map(|options| options.items()).unwrap_or_default() {
        let (Some(name), Some(zone)) = (option.get("DomainName"), option.get("HostedZoneId")) else { continue };
        let Some(text) = name.spelled() else { continue };
        let base = folded(text.strip_prefix("*.").unwrap_or(text));
        match seen.iter().find(|(known, of, _)| *known == base && *of == zone.value) {
            Some((_, _, other)) => {
                let message =
                    format!("`{text}` and `{other}` have the same validation record, which is then written twice");
                let wrong = name.wrong(rule::CERTIFICATE_NAME, &message);
                errors.push(
                    wrong.hint(
                        "leave one of the two out of `DomainValidationOptions`; the certificate keeps both names",
                    ),
                );
            }
            None => seen.push((base, zone.value, text.to_owned())),
        }
    }
}
