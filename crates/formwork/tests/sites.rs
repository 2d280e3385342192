//! Sites across stacks: names that certificates, distributions and records must have in common, and what origins take.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::{Problem, StackArtifact};
use formwork::prelude::*;
use insta::assert_snapshot;

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

/// A site in three stacks, and what synth says about it.
fn said(
    certificate: Certificate,
    origin: Origin,
    aliases: &[&str],
    record: &str,
    edit: fn(&mut Distribution),
) -> String {
    let mut edge = Stack::<UsEast1>::new("edge");
    let certificate = edge.add("Certificate", certificate);
    let mut site = Stack::<EuCentral1>::new("site");
    let aliases = aliases.iter().map(|alias| (*alias).into()).collect();
    let mut distribution = Distribution { aliases, ..Distribution::new(origin, &certificate) };
    edit(&mut distribution);
    let distribution = site.add("Distribution", distribution);
    let mut dns = Stack::<EuWest1>::new("dns");
    dns.add("Record", AliasRecords::new(&zone(), record, &distribution));
    let said = |problem: &Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{:?}: {}{hint}\n", problem.severity, problem.message)
    };
    let app = App::new().with(edge).with(site).with(dns);
    app.synth().map_or_else(|report| report.problems, |assembly| assembly.warnings).iter().map(said).collect()
}

fn nothing(_: &mut Distribution) {}

#[test]
fn names_that_fit() {
    let origin = || Origin::public_https("origin.example.com");
    let wildcard = || Certificate::dns_validated("*.example.com", &zone());
    assert_eq!(said(wildcard(), origin(), &["www.example.com"], "www.example.com", nothing), "");
    assert_eq!(said(wildcard(), origin(), &["*.example.com"], "a.b.example.com", nothing), "");
}

#[test]
fn names_that_do_not_fit() {
    let aliases = ["example.com", "www.example.com", "a.b.example.com"];
    let certificate = Certificate::dns_validated("*.example.com", &zone());
    assert_snapshot!(said(
        certificate,
        Origin::public_https("origin.example.com"),
        &aliases,
        "web.example.com",
        nothing
    ));
}

#[test]
fn what_cloudfront_does_not_take() {
    let mut origin = Origin::public_https("www.example.com");
    for name in ["Host", "X-AMZ-Thing", "X-Shared-Secret"] {
        origin.custom_headers.insert(name.to_owned(), "a".into());
    }
    let certificate = Certificate::dns_validated("*.example.com", &zone());
    assert_snapshot!(said(certificate, origin, &["www.example.com"], "www.example.com", |distribution| {
        distribution.default_root_object = Some("/index.html".to_owned());
        distribution.web_acl = Some("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/b".into());
    }));
    let certificate = Certificate::dns_validated("*.example.com", &zone());
    let api = Origin::public_https("abc.execute-api.eu-west-1.amazonaws.com");
    assert_snapshot!("an_api", said(certificate, api, &["www.example.com"], "www.example.com", nothing));
}

/// Acknowledgements go beside the template, which stays as it is.
#[test]
fn acknowledged_findings_are_not_in_the_template() {
    let artifact = |acknowledges: bool| -> StackArtifact {
        let mut stack = Stack::<UsEast1>::new("dns");
        let record =
            stack.add("Record", RecordSet::new(&zone(), "a.example.com", Record::Cname("b.example.net".into())));
        if acknowledges {
            stack.options(&record).acknowledge("record-set", "the name moves next week").acknowledge("limit", "");
        }
        App::new().with(stack).synth().unwrap().stacks.remove(0)
    };
    let (with, without) = (artifact(true), artifact(false));
    assert_eq!(with.template, without.template);
    let said: Vec<String> =
        with.acknowledged.iter().map(|one| format!("{} {} {:?}", one.logical_id, one.rule, one.reason)).collect();
    assert_eq!(said, [r#"Record record-set "the name moves next week""#, r#"Record limit """#]);
    assert!(with.acknowledged[0].location.file.ends_with("sites.rs"));
}
