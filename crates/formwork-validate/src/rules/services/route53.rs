//! Record sets of Route 53: the values of each type of record, aliases, routing policies, names.
//!
//! Sources: Route 53 API Reference, `ResourceRecordSet`; Route 53 Developer Guide, "Supported DNS record types", "Values for alias
//! records" and "Choosing between alias and non-alias records"; for alias targets that are distributions, AWS CloudFormation
//! Template Reference, `AWS::Route53::RecordSet AliasTarget`.

use std::net::{Ipv4Addr, Ipv6Addr};

use formwork_template::backticked;

use formwork_template::cloudfront::{ZONE as CLOUDFRONT, ZONE_CN as CLOUDFRONT_CN};

use super::names::{folded, is_dns_name, is_in};
use super::{At, Errors};
use crate::finding::rule;
use crate::rules::partitions::is_china;

/// The types of records.
const TYPES: &[&str] = &[
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
];
/// The properties that make a record set one of several of its name and type.
const POLICIES: &[&str] =
    &["CidrRoutingConfig", "Failover", "GeoLocation", "GeoProximityLocation", "MultiValueAnswer", "Region", "Weight"];

pub(super) fn record_set_group(at: &At<'_>, region: Option<&str>, errors: &mut Errors) {
    for set in at.get("RecordSets").map(|sets| sets.items()).unwrap_or_default() {
        check(&set, at.get("HostedZoneName"), region, errors);
    }
}

pub(super) fn record_set(at: &At<'_>, region: Option<&str>, errors: &mut Errors) {
    check(at, None, region, errors);
}

fn check(at: &At<'_>, zone: Option<At<'_>>, region: Option<&str>, errors: &mut Errors) {
    let kind = at.get("Type");
    let kind = kind.as_ref().and_then(At::text);
    if let Some((at, kind)) = at.get("Type").zip(kind).filter(|(_, kind)| !TYPES.contains(kind)) {
        errors.push(at.wrong(rule::RECORD_SET, "{} is {value}").one_of(kind, TYPES));
    }
    form(at, kind, errors);
    names(at, kind, at.get("HostedZoneName").or(zone), errors);
    if let Some(target) = at.get("AliasTarget") {
        alias(&target, kind, region, errors);
    }
    let records = at.get("ResourceRecords").map(|records| records.items()).unwrap_or_default();
    let Some(kind) = kind else { return };
    if let (Some(second), "CNAME" | "SOA") = (records.get(1), kind) {
        let wrong = second
            .wrong(rule::RECORD_SET, &format!("a record of type `{kind}` has one value, this is another: {{value}}"));
        errors.push(wrong.hint("several record sets of one name need a routing policy and a `SetIdentifier` each"));
    }
    for record in &records {
        if let Some(allowed) = record.text().and_then(|value| refused(kind, value)) {
            let wrong =
                record.wrong(rule::RECORD_SET, &format!("{{value}} is not a value of a record of type `{kind}`"));
            let hint =
                matches!(kind, "TXT" | "SPF").then_some("the quotation marks are part of the value: `'\"text\"'`");
            errors.push(match hint {
                Some(hint) => wrong.allowed(allowed).hint(hint),
                None => wrong.allowed(allowed),
            });
        }
    }
}

/// Checks which entries go together.
fn form(at: &At<'_>, kind: Option<&str>, errors: &mut Errors) {
    if at.known().is_none() {
        return;
    }
    let alias = at.has("AliasTarget");
    if alias {
        for given in ["TTL", "ResourceRecords"].into_iter().filter_map(|key| at.get(key)) {
            let wrong = given.wrong(rule::RECORD_SET, "{} beside `AliasTarget`");
            errors.push(wrong.hint("an alias has the values and the TTL of what it points to: leave this out"));
        }
        if let Some(kind @ ("NS" | "SOA")) = kind {
            errors.push(at.wrong(rule::RECORD_SET, &format!("a record of type `{kind}` is not an alias")));
        }
    } else {
        let missing: Vec<&str> = ["ResourceRecords", "TTL"].into_iter().filter(|key| !at.has(key)).collect();
        let message = match missing.as_slice() {
            [] => None,
            ["TTL"] => Some("`TTL` is missing, which a record set with values needs"),
            ["ResourceRecords"] => Some("`ResourceRecords` is missing: there are no values"),
            _ => Some("the record set has neither values nor an alias target"),
        };
        if let Some(message) = message {
            errors.push(at.wrong(rule::RECORD_SET, message).allowed("`ResourceRecords` with `TTL`, or `AliasTarget`"));
        }
    }
    let multi = |key: &&&str| **key != "MultiValueAnswer" || at.get(key).and_then(|at| at.truth()) != Some(false);
    let policies: Vec<&str> = POLICIES.iter().filter(|key| at.has(key)).filter(multi).copied().collect();
    match policies.as_slice() {
        [] => {
            if let Some(given) = at.get("SetIdentifier") {
                let wrong = given.wrong(rule::RECORD_SET, "{} without a routing policy");
                errors.push(wrong.allowed(format!("beside one of {}", backticked(POLICIES))));
            }
        }
        [one] => {
            if !at.has("SetIdentifier") {
                let message = format!("`SetIdentifier` is missing, which a record set with `{one}` needs");
                errors.push(
                    at.wrong(rule::RECORD_SET, &message).hint("a text that tells the record sets of one name apart"),
                );
            }
        }
        several => {
            let message = format!("{} exclude each other", backticked(several));
            errors.push(at.wrong(rule::RECORD_SET, &message).allowed("one routing policy"));
        }
    }
}

fn names(at: &At<'_>, kind: Option<&str>, zone: Option<At<'_>>, errors: &mut Errors) {
    let Some((name, text)) = at.get("Name").and_then(|name| Some((name.clone(), name.text()?))) else { return };
    if !is_dns_name(text) {
        let wrong = name.wrong(rule::RECORD_SET, "{} is {value}, which is not a name for DNS");
        errors.push(wrong.allowed("labels of at most 63 characters with dots between, 255 characters in all"));
        return;
    }
    let Some(given) = zone else { return };
    let Some(zone) = given.text() else { return };
    if !zone.ends_with('.') {
        let wrong = given.wrong(rule::RECORD_SET, "{} is {value}, without the dot at its end");
        errors.push(wrong.allowed(format!("`{zone}.`")));
    }
    if !is_in(text, zone) {
        let wrong = name.wrong(rule::RECORD_SET, &format!("{{}} is {{value}}, which is not in the zone `{zone}`"));
        errors.push(wrong.allowed(format!("`{zone}`, or a name that ends in `.{zone}`")));
    } else if kind == Some("CNAME") && folded(text) == folded(zone) {
        let wrong =
            name.wrong(rule::RECORD_SET, "{} is {value}, the zone's own name, which can have no `CNAME` record");
        errors.push(wrong.hint("use an alias: `AliasTarget` in a record of type `A` and one of type `AAAA`"));
    }
}

/// An alias of a distribution.
fn alias(target: &At<'_>, kind: Option<&str>, region: Option<&str>, errors: &mut Errors) {
    let text = |key: &str| target.get(key).and_then(|at| at.text());
    let ends = |end: &str| text("DNSName").map(|name| is_in(name, end));
    let (zone, name) = match region {
        Some(region) if is_china(region) => CLOUDFRONT_CN,
        _ => CLOUDFRONT,
    };
    let by_zone = text("HostedZoneId").is_some_and(|id| id == CLOUDFRONT.0 || id == CLOUDFRONT_CN.0);
    let by_name = ends(CLOUDFRONT.1) == Some(true) || ends(CLOUDFRONT_CN.1) == Some(true);
    if !by_zone && !by_name {
        return;
    }
    if let Some(at) = target.get("HostedZoneId")
        && at.text().is_some_and(|id| id != zone)
    {
        let wrong = at.wrong(rule::RECORD_SET, "{} is {value}, which is not CloudFront's hosted zone here");
        errors.push(wrong.allowed(format!("`{zone}`, for every distribution")));
    } else if let Some(at) = target.get("DNSName")
        && ends(name) == Some(false)
    {
        let wrong =
            at.wrong(rule::RECORD_SET, "{} is {value}, and `HostedZoneId` is that of CloudFront's distributions");
        errors.push(wrong.allowed(format!("a distribution's own name, such as `d111111abcdef8.{name}`")));
    }
    if let Some(at) = target.get("EvaluateTargetHealth")
        && at.truth() == Some(true)
    {
        let wrong = at.wrong(rule::RECORD_SET, "{} is {value}, and a distribution's health cannot be evaluated");
        errors.push(wrong.allowed("`false`"));
    }
    if let Some(kind) = kind.filter(|kind| TYPES.contains(kind) && !matches!(*kind, "A" | "AAAA" | "HTTPS")) {
        let wrong =
            target.wrong(rule::RECORD_SET, &format!("a record of type `{kind}` is not an alias of a distribution"));
        errors.push(wrong.allowed("`A`, `AAAA`, `HTTPS`"));
    }
}

/// The values that a type of record has, when this is not one of them.
fn refused(kind: &str, value: &str) -> Option<&'static str> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_u16 = |word: &str| word.parse::<u16>().is_ok();
    let is_u8 = |word: &str| word.parse::<u8>().is_ok();
    let is_hex = |words: &[&str]| {
        !words.is_empty() && words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    // White space at an end is part of the value, and no part of any.
    let is_trimmed = value.trim() == value;
    let (fits, allowed) = match kind {
        "A" => (value.parse::<Ipv4Addr>().is_ok(), "an IPv4 address, such as `192.0.2.1`"),
        "AAAA" => (value.parse::<Ipv6Addr>().is_ok(), "an IPv6 address, such as `2001:db8::1`"),
        "CNAME" | "NS" | "PTR" => (is_trimmed && is_dns_name(value), "a domain name, such as `www.example.com`"),
        "TXT" | "SPF" => (strings(value).is_some(), "texts of at most 255 characters, each in quotation marks"),
        "MX" => (
            matches!(words.as_slice(), [priority, host] if is_u16(priority) && is_dns_name(host)),
            "a priority and a mail server, such as `10 mail.example.com`",
        ),
        "SRV" => (
            matches!(words.as_slice(), [numbers @ .., host] if numbers.len() == 3 && numbers.iter().all(|word| is_u16(word)) && is_dns_name(host)),
            "priority, weight, port and host, such as `1 10 5269 xmpp.example.com`",
        ),
        "CAA" => (
            words.len() >= 3
                && is_u8(words[0])
                && words[1].bytes().all(|byte| byte.is_ascii_alphanumeric())
                && strings(value.splitn(3, char::is_whitespace).nth(2).unwrap_or_default())
                    .is_some_and(|count| count == 1),
            "flags, tag and a text in quotation marks, such as `0 issue \"amazon.com\"`",
        ),
        "SOA" => (
            words.len() == 7
                && words[..2].iter().all(|name| is_dns_name(name))
                && words[2..].iter().all(|word| word.parse::<u32>().is_ok()),
            "name server, mailbox, and five numbers: serial, refresh, retry, expire, minimum",
        ),
        "DS" => (
            words.len() >= 4 && is_u16(words[0]) && is_u8(words[1]) && is_u8(words[2]) && is_hex(&words[3..]),
            "key tag, algorithm, digest type and digest, such as `123 4 5 1234567890ABCDEF`",
        ),
        "SSHFP" => (
            words.len() == 3 && is_u8(words[0]) && is_u8(words[1]) && is_hex(&words[2..]),
            "algorithm, type and fingerprint, such as `1 1 09F6A01D2175742B257C6B98B7C72C44C4040683`",
        ),
        "TLSA" => (
            words.len() >= 4 && words[..3].iter().all(|word| is_u8(word)) && is_hex(&words[3..]),
            "usage, selector, matching type and data, such as `3 1 1 1234567890ABCDEF`",
        ),
        "NAPTR" => (
            words.len() >= 6 && is_u16(words[0]) && is_u16(words[1]) && value.matches('"').count() >= 6,
            "order, preference, flags, service, expression and replacement, such as `100 10 \"U\" \"\" \"!^.*$!sip:info@example.com!\" .`",
        ),
        "SVCB" | "HTTPS" => (
            matches!(words.as_slice(), [priority, target, ..] if is_u16(priority) && (*target == "." || is_dns_name(target))),
            "priority, target and parameters, such as `1 . alpn=\"h2,h3\"`",
        ),
        _ => return None,
    };
    (!fits).then_some(allowed)
}

/// The number of texts in quotation marks; nothing when there is anything else, or one that is too long.
fn strings(value: &str) -> Option<usize> {
    let mut count = 0;
    let mut rest = value.chars().peekable();
    while let Some(first) = rest.next() {
        if first.is_whitespace() && count > 0 && rest.peek().is_some() {
            continue;
        }
        if first != '"' {
            return None;
        }
        let mut length = 0;
        loop {
            match rest.next()? {
                '"' => break,
                '\\' => {
                    // `\052` is one octet, `\"` too.
                    let is_octal = rest.next()?.is_digit(8);
                    for _ in 0..2 {
                        if is_octal && rest.peek().is_some_and(|digit| digit.is_digit(8)) {
                            rest.next();
                        }
                    }
                    length += 1;
                }
                _ => length += 1,
            }
        }
        if length > 255 {
            return None;
        }
        count += 1;
    }
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_type() {
        for (kind, value) in [
            ("A", "192.0.2.1"),
            ("AAAA", "::1.2.3.4"),
            ("CNAME", "_x2.acm-validations.aws."),
            ("TXT", r#""v=spf1 ~all" "and more""#),
            ("TXT", r#""a \"quoted\" word""#),
            ("TXT", r#""""#),
            ("MX", "10  mail.example.com"),
            ("SRV", "1 10 5269 xmpp.example.com."),
            ("CAA", "0 issue \"amazon.com; policy=ev\""),
            ("SOA", "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"),
            ("DS", "123 4 5 1234567890abcdef 12"),
            ("SSHFP", "1 1 09F6"),
            ("TLSA", "3 1 1 09F6"),
            ("NAPTR", r#"100 50 "u" "E2U+sip" "" ."#),
            ("HTTPS", "1 . alpn=\"h2,h3\""),
            ("SVCB", "0 svc.example.com"),
        ] {
            assert_eq!(refused(kind, value), None, "{kind} {value}");
        }
        let long = format!("\"{}\"", "a".repeat(256));
        for (kind, value) in [
            ("A", "192.0.2.1 "),
            ("AAAA", "192.0.2.1"),
            ("CNAME", "two names"),
            ("CNAME", "name "),
            ("TXT", "no marks"),
            ("TXT", "\"no end"),
            ("TXT", "\"a\" "),
            ("TXT", ""),
            ("TXT", &long),
            ("MX", "65536 mail.example.com"),
            ("MX", "mail.example.com"),
            ("SRV", "1 10 xmpp.example.com"),
            ("CAA", "0 issue amazon.com"),
            ("CAA", "0 no-tag \"amazon.com\""),
            ("SOA", "a b 1 2 3 4"),
            ("DS", "1 2 3 xyz"),
            ("HTTPS", "h2"),
        ] {
            assert!(refused(kind, value).is_some(), "{kind} {value}");
        }
    }
}
