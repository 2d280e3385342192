//! Sites across stacks: names that certificates, distributions and records must have in common, and what origins take.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::time::Duration;

use formwork::assembly::{Problem, Severity, StackArtifact};
use formwork::cloudfront::Transport;
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

/// Numbers beyond what AWS takes, and what there can be once.
#[test]
fn numbers_and_duplicates_that_aws_refuses() {
    let seconds = Duration::from_secs;
    let usual = || Origin::public_https("origin.example.com");
    let wildcard = || Certificate::dns_validated("*.example.com", &zone());
    let origin = |origin: Origin| said(wildcard(), origin, &["www.example.com"], "www.example.com", nothing);
    let names = |count: usize| {
        let names = (1..count).map(|number| format!("n{number}.example.com")).collect();
        let certificate = Certificate { subject_alternative_names: names, ..wildcard() };
        said(certificate, usual(), &["www.example.com"], "www.example.com", nothing)
    };
    let record = |record: Record, ttl: u32| {
        let mut stack = Stack::<UsEast1>::new("dns");
        stack.add("Record", RecordSet { ttl, ..RecordSet::new(&zone(), "a.example.com", record) });
        let told = App::new().with(stack).synth().map_or_else(|report| report.problems, |assembly| assembly.warnings);
        told.iter().map(|problem| format!("{:?}: {}\n", problem.severity, problem.message)).collect::<String>()
    };
    let public = |transport: Transport| origin(Origin { transport, ..usual() });
    for port in [80, 443, 1024, u16::MAX] {
        assert_eq!(public(Transport::PublicHttps { port }), "");
    }
    let timeout = |time| Origin { read_timeout: Some(time), keepalive_timeout: Some(time), ..usual() };
    assert_eq!(origin(timeout(seconds(120))), "");
    assert_eq!(names(10), "");
    let two = [[192, 0, 2, 1], [192, 0, 2, 2]].map(Into::into).to_vec();
    assert_eq!(record(Record::A(two), 2_147_483_647), "");
    let one = |text: &str| Val::from(text);
    let cases = [
        ("port 0", public(Transport::PublicHttp { port: 0 })),
        ("port 22", public(Transport::PublicHttps { port: 22 })),
        ("port 1023", public(Transport::PublicHttps { port: 1023 })),
        ("no time", origin(timeout(Duration::ZERO))),
        ("a raised quota", origin(timeout(seconds(121)))),
        ("too long", origin(timeout(seconds(u64::MAX)))),
        (
            "two behaviours",
            said(wildcard(), usual(), &["www.example.com"], "www.example.com", |distribution| {
                let behavior = distribution.default_behavior.clone();
                let paths = ["/a/*", "/b/*", "/a/*"];
                distribution.behaviors = paths.map(|path| (path.to_owned(), behavior.clone())).to_vec();
            }),
        ),
        ("11 names", names(11)),
        ("200 names", names(200)),
        ("a long time to live", record(Record::Txt(vec!["a".into()]), u32::MAX)),
        ("an address twice", record(Record::A(vec![[192, 0, 2, 1].into(), [192, 0, 2, 1].into()]), 300)),
        ("a text twice", record(Record::Txt(vec!["a".into(), "a".into()]), 300)),
        (
            "another type",
            record(Record::Other { record_type: "NS".into(), values: vec![one("a."), one("b."), one("a.")] }, 300),
        ),
    ];
    assert_snapshot!(cases.map(|(what, said)| format!("--- {what}\n{said}")).concat());
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

/// Problems of synth that are errors, with their hints.
fn errors(app: App) -> String {
    let said = |problem: Problem| {
        let hint = problem.hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}{hint}\n", problem.message)
    };
    let problems = app.synth().map_or_else(|report| report.problems, |_| Vec::new());
    problems.into_iter().filter(|problem| problem.severity == Severity::Error).map(said).collect()
}

fn site(name: &str, domain_name: &str) -> NginxSite<EuCentral1> {
    NginxSite::new(name, domain_name, &zone(), Origin::public_http(format!("{name}.origin.example.com")))
}

#[test]
fn what_there_can_be_once_in_all_of_an_app() {
    let two = |first: &str, second: &str| errors(App::new().with(site("s", first)).with(site("t", second)));
    assert_eq!(two("a.example.com", "b.example.com"), "");
    let twice = two("a.example.com", "A.example.com.");
    // The lines of the hints are those of this file, which move.
    let twice: Vec<&str> = twice.lines().map(|line| line.split(", at ").next().unwrap_or_default()).collect();
    assert_snapshot!(twice.join("\n"), @"
two distributions have the alias `a.example.com`: the other one is `Distribution` of `s-site`
  hint: there can be one: leave it out here or there
two records of one zone have the name `a.example.com` and the type A: the other one is `AliasA` of `s-site`
  hint: there can be one: leave it out here or there
two records of one zone have the name `a.example.com` and the type AAAA: the other one is `AliasAaaa` of `s-site`
  hint: there can be one: leave it out here or there
two records of one zone have the name `a.example.com` and the type HTTPS: the other one is `AliasHttps` of `s-site`
  hint: there can be one: leave it out here or there
");
    let records = |second: fn(&mut cfn::route53::RecordSet)| {
        let mut stack = Stack::<UsEast1>::new("dns");
        stack.add("First", RecordSet::new(&zone(), "a.example.com", Record::Txt(vec!["a".into()])));
        let record = stack.add("Second", RecordSet::new(&zone(), "A.Example.com", Record::Txt(vec!["b".into()])));
        stack.edit(&record, second);
        errors(App::new().with(stack))
    };
    assert!(records(|_| ()).contains("two records of one zone have the name `a.example.com` and the type TXT"));
    assert_eq!(records(|record| record.type_ = "CAA".into()), "");
    assert_eq!(records(|record| record.hosted_zone_id = some("Z0123456789ABCDEFGHIK")), "");
    assert_eq!(records(|record| record.set_identifier = some("two")), "");
}

#[test]
fn aliases_that_nginx_does_not_answer_to() {
    let other = |site: NginxSite<EuCentral1>| {
        let site = site.build_with(|mut distribution| {
            distribution.aliases.push("b.example.com".into());
            distribution
        });
        let mut names = errors(App::new().with(site));
        names.retain(|c| c != '\n');
        names
    };
    let lacks = "the distribution has the alias `b.example.com`, and nginx does not answer to it";
    assert!(other(site("s", "a.example.com")).contains(lacks));
    let named = |proxy| NginxSite { proxy: Some(proxy), ..site("s", "a.example.com") };
    let both = ReverseProxy { server_names: vec!["*.example.com".into()], ..ReverseProxy::new("a.example.com") };
    assert!(!other(named(both)).contains(lacks));
    let existing = ReverseProxy { runtime: Runtime::Existing, ..ReverseProxy::new("a.example.com") };
    assert!(!other(named(existing)).contains(lacks), "another server of the same nginx may");
    let redirected = NginxSite { redirects: vec!["r.example.com".into()], ..site("s", "a.example.com") };
    assert_eq!(errors(App::new().with(redirected)), "");
    // A further name comes to the proxy by itself, where it has the site's alone.
    let further = NginxSite { other_names: vec!["b.example.com".into()], ..named(ReverseProxy::new("a.example.com")) };
    let assembly = App::new().with(further).synth().unwrap();
    let nginx = assembly.files.iter().find(|file| file.path.ends_with("nginx.conf")).unwrap();
    let names = ["a", "b"].map(|name| format!("server_name \"{name}.example.com\";"));
    assert!(names.iter().all(|name| nginx.content.contains(name)), "{}", nginx.content);
}

#[test]
fn what_a_pattern_needs_of_its_distribution() {
    let redirected = || NginxSite { redirects: vec!["r.example.com".into()], ..site("s", "a.example.com") };
    let function = || some("arn:aws:cloudfront::111122223333:function/mine");
    let replaced = redirected().build_with(|mut distribution| {
        distribution.default_behavior.viewer_request = function();
        let other = Behavior::new(distribution.default_behavior.origin.clone());
        distribution.behaviors.push(("/x/*".into(), other));
        distribution
    });
    let mut edited = redirected().build();
    let distribution = edited.distribution.clone();
    edited.site.edit(&distribution, |l1| {
        let config = l1.distribution_config.literal_mut().unwrap();
        config.default_cache_behavior.literal_mut().unwrap().function_associations = None;
    });
    let secret = NginxSite { origin_secret: Some(OriginSecret::Sent(1)), ..site("s", "a.example.com") };
    let unsent = secret.build_with(|mut distribution| {
        distribution.default_behavior.origin.custom_headers.clear();
        distribution
    });
    let cases = [replaced, edited, unsent].map(|site| errors(App::new().with(site)));
    assert_snapshot!(cases.join("---\n"), @"
the default behaviour does not have the function of the redirects: viewers of `r.example.com` are not sent on
  hint: keep `viewer_request` as the pattern gives it, or leave `redirects` out and have one function do both
the behaviour of `/x/*` does not have the function of the redirects: viewers of `r.example.com` are not sent on
  hint: keep `viewer_request` as the pattern gives it, or leave `redirects` out and have one function do both
---
the default behaviour does not have the function of the redirects: viewers of `r.example.com` are not sent on
  hint: keep `viewer_request` as the pattern gives it, or leave `redirects` out and have one function do both
the distribution has the alias `r.example.com`, and nginx does not answer to it
  hint: add it to the proxy's `server_names`: viewers would get 421
---
the origin `origin` is the site's own, and is not sent its `X-Origin-Secret`
  hint: keep `custom_headers` of the origin as the pattern gives them
");
}

#[test]
fn names_are_in_lower_case() {
    let site = NginxSite { redirects: vec!["R.Example.com".into()], ..site("s", "WWW.Example.COM.") };
    let assembly = App::new().with(site).synth().unwrap();
    for stack in &assembly.stacks {
        assert!(!stack.template.contains("Example."), "{}", stack.template);
    }
}

#[test]
fn origins_that_cloudfront_does_not_find() {
    for name in ["ip-10-0-0-7.eu-central-1.compute.internal", "x.local", "nas.home.arpa", "a.TEST."] {
        let private = NginxSite { origin: Origin::public_http(name), ..site("s", "a.example.com") };
        assert!(errors(App::new().with(private)).contains("is a private name"), "{name}");
        let vpc = NginxSite { origin: Origin::vpc("vo_0123456789abcdef0", name), ..site("s", "a.example.com") };
        assert!(!errors(App::new().with(vpc)).contains("is a private name"), "{name}");
    }
    for name in ["www.example.com", "WWW.EXAMPLE.COM."] {
        let itself = NginxSite { origin: Origin::public_http(name), ..site("s", "www.example.com") };
        let said = errors(App::new().with(itself));
        assert_eq!(said.matches("CloudFront would ask itself").count(), 1, "{said}");
    }
    let vpc = Origin::vpc("vo_0123456789abcdef0", "www.example.com");
    assert_eq!(errors(App::new().with(NginxSite { origin: vpc, ..site("s", "www.example.com") })), "");
}

/// The ids of records in a site's template, by the names of the records.
fn ids_of_records(site: NginxSite<EuCentral1>) -> Vec<String> {
    let assembly = App::new().with(site).synth().unwrap_or_else(|report| panic!("{report}"));
    let template = &assembly.stacks.iter().find(|stack| stack.name() == "s-site").unwrap().template;
    let template: serde_json::Value = serde_json::from_str(template).unwrap();
    let records = template["Resources"].as_object().unwrap().iter();
    let records = records.filter(|(_, resource)| resource["Type"] == "AWS::Route53::RecordSet");
    records.map(|(id, record)| format!("{id} {}", record["Properties"]["Name"].as_str().unwrap())).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn names_of_one_id_have_records_of_their_own() {
    let names = |other_names: &[&str]| NginxSite {
        other_names: owned(other_names),
        other_zones: vec![HostedZone::from_id("ZOTHER", "www-example.com")],
        ..site("s", "example.com")
    };
    let is_a = |id: &String| id.split(' ').next().is_some_and(|id| id.ends_with('A'));
    let ids = |other_names: &[&str]| ids_of_records(names(other_names)).into_iter().filter(is_a).collect::<Vec<_>>();
    let both = ids(&["www.example.com", "www-example.com", "any.example.com", "*.example.com"]);
    assert_eq!(
        both,
        [
            "AliasA example.com",
            "AliasWwwExampleComA www.example.com",
            "AliasWwwDashExampleComA www-example.com",
            "AliasAnyExampleComA any.example.com",
            "AliasStarExampleComA *.example.com",
        ]
    );
    // Alone, each is spelled as it always was.
    assert_eq!(ids(&["*.example.com"])[1], "AliasAnyExampleComA *.example.com");
    assert_eq!(ids(&["www-example.com"])[1], "AliasWwwExampleComA www-example.com");
    let three = names(&["a.b.example.com", "a-b.example.com", "a.dash.b.example.com", "a-dash.b.example.com"]);
    assert_snapshot!(errors(App::new().with(three)), @"
the records of `a.dash.b.example.com` and of `a-b.example.com` would have one logical id, `AliasADashBExampleCom`
  hint: give one of the names to a site of its own
");
}

#[test]
fn a_name_is_one_in_every_spelling() {
    for name in ["Example.com", "example.com.", "EXAMPLE.COM."] {
        let site = NginxSite { other_names: owned(&["API.example.com."]), ..site("s", name) };
        let assembly = App::new().with(site).synth().unwrap_or_else(|report| panic!("{report}"));
        let nginx = assembly.files.iter().find(|file| file.path.ends_with("nginx.conf")).unwrap();
        assert!(nginx.content.contains("server_name \"api.example.com\";"), "{name}");
    }
}

#[test]
fn a_zone_has_one_name() {
    let other_zones = vec![HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.org")];
    let two = NginxSite { other_zones, other_names: owned(&["example.org"]), ..site("s", "example.com") };
    assert_snapshot!(errors(App::new().with(two)), @"
`Z0123456789ABCDEFGHIJ` is the id of one zone, and is given to `example.com` and `example.org`
  hint: a zone has one name; `aws route53 list-hosted-zones` lists both
");
    let other_zones = vec![HostedZone::from_id("Z0123456789ABCDEFGHIJ", "Example.com.")];
    assert_eq!(errors(App::new().with(NginxSite { other_zones, ..site("s", "example.com") })), "");
    // A zone without a name is told once, and by nothing that follows from it.
    let unnamed = NginxSite { zone: HostedZone::from_id("Z0123456789ABCDEFGHIJ", ""), ..site("s", "example.com") };
    assert_snapshot!(errors(App::new().with(unnamed)), @r#""" is not a domain name: it is empty"#);
}

#[test]
fn a_distribution_without_ipv6_has_no_records_of_it() {
    let without = site("s", "example.com").build_with(|distribution| Distribution { ipv6: false, ..distribution });
    let assembly = App::new().with(without).synth().unwrap();
    let template = &assembly.stacks.iter().find(|stack| stack.name() == "s-site").unwrap().template;
    assert!(template.contains("AliasA") && !template.contains("Aaaa") && !template.contains("\"AAAA\""), "{template}");
}

/// Headers that CloudFront does not take, or not together.
#[test]
fn headers_of_an_origin() {
    let with = |headers: &[(&str, &str)]| {
        let mut origin = Origin::public_https("origin.example.com");
        for (name, value) in headers {
            origin.custom_headers.insert((*name).to_owned(), (*value).into());
        }
        said(Certificate::dns_validated("*.example.com", &zone()), origin, &[], "www.example.com", nothing)
            .lines()
            .filter(|line| line.contains("header") || line.contains("hint: "))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
            .replace(&"a".repeat(1_000), "…")
    };
    let long = "a".repeat(1_000);
    let names: Vec<String> = (0..31).map(|number| format!("X-Foo-{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "a")).collect();
    let large: Vec<(&str, &str)> = names[..11].iter().map(|name| (name.as_str(), long.as_str())).collect();
    let cases = [
        ("two spellings", with(&[("X-Foo", "a"), ("x-foo", "b")])),
        ("empty", with(&[("X-Foo", "")])),
        ("blanks", with(&[("X-Foo", " a")])),
        ("31", with(&many)),
        ("30", with(&many[..30])),
        ("11,000 characters", with(&large)),
        ("10,000 characters", with(&large[..10])),
    ];
    assert_snapshot!(cases.map(|(what, said)| format!("--- {what}\n{said}")).concat());
}
