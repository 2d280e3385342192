//! A closed origin: the rules of its security group, its secret by generations, and what synth says where it is open.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::{Assembly, Problem};
use formwork::prelude::*;
use insta::assert_snapshot;

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

fn site() -> NginxSite<EuCentral1> {
    let origin = Origin::public_http("origin.example.com");
    NginxSite {
        proxy: Some(ReverseProxy::new("example.com")),
        ..NginxSite::new("example", "example.com", &zone(), origin)
    }
}

fn closed(secret: OriginSecret) -> NginxSite<EuCentral1> {
    let ingress = OriginIngress {
        ipv6: Some("pl-0123456789abcdef6".into()),
        ..OriginIngress::new("sg-0123456789abcdef0", "pl-a3a144ca")
    };
    NginxSite { origin_secret: Some(secret), ingress: Some(ingress), ..site() }
}

fn said(problems: &[Problem]) -> String {
    let said = |problem: &Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        let place = problem.location.as_ref().map_or("nowhere", |location| location.file.rsplit('/').next().unwrap());
        format!("{}: {} ({place}){hint}\n", problem.severity.as_str(), problem.message)
    };
    // Plain http is the matter of another test.
    problems.iter().filter(|problem| !problem.message.contains("over plain http")).map(said).collect()
}

fn problems(site: NginxSite<EuCentral1>) -> String {
    match App::new().with(site).synth() {
        Ok(assembly) => said(&assembly.warnings),
        Err(report) => said(&report.problems),
    }
}

fn synth(site: NginxSite<EuCentral1>) -> Assembly {
    App::new().with(site).synth().unwrap()
}

fn template(assembly: &Assembly) -> String {
    assembly.stacks.iter().find(|stack| stack.name() == "example-site").unwrap().template.to_string()
}

fn nginx(assembly: &Assembly) -> String {
    assembly.files.iter().find(|file| file.path.ends_with("nginx.conf")).unwrap().content.clone()
}

#[test]
fn a_closed_site() {
    let assembly = synth(closed(OriginSecret::Generation(3)));
    assert_eq!(said(&assembly.warnings), "");
    assert_snapshot!("template", template(&assembly));
    let files: Vec<&str> = assembly.files.iter().map(|file| &*file.path).collect();
    assert_eq!(
        files,
        [
            "example-site/Nginx/docker-compose.yml",
            "example-site/Nginx/conf/nginx.conf",
            "example-site/Nginx/origin-secrets.sh"
        ]
    );
}

/// Lines of nginx's configuration that differ from those of an open site.
#[test]
fn nginx_asks_for_the_secret() {
    let added = |secret: OriginSecret| -> String {
        let (open, closed) = (nginx(&synth(site())), nginx(&synth(closed(secret))));
        let mut open = open.lines().peekable();
        let mut added = String::new();
        for line in closed.lines() {
            match open.peek() {
                Some(other) if *other == line || line.contains(" 200 ") => _ = open.next(),
                _ => added = format!("{added}{line}\n"),
            }
        }
        assert_eq!(open.next(), None, "the rest is as it was");
        added
    };
    assert_snapshot!("nginx_required", added(OriginSecret::Generation(3)));
    assert_snapshot!("nginx_sent", added(OriginSecret::Sent(1)));
}

/// Secrets of a generation, by the numbers in their logical ids.
#[test]
fn generations() {
    let ids = |secret: OriginSecret| -> Vec<String> {
        let template = template(&synth(closed(secret)));
        let ids = template.lines().filter_map(|line| line.trim().strip_prefix("\"OriginSecret"));
        let ids =
            ids.filter_map(|rest| rest.strip_suffix("\": {")).filter(|id| id.bytes().all(|it| it.is_ascii_digit()));
        ids.map(str::to_owned).collect()
    };
    assert_eq!(ids(OriginSecret::Sent(1)), ["1"]);
    assert_eq!(ids(OriginSecret::Generation(1)), ["1"]);
    assert_eq!(ids(OriginSecret::Generation(2)), ["2", "1"]);
    assert_eq!(ids(OriginSecret::Generation(4)), ["4", "3"]);
    assert_eq!(ids(OriginSecret::Generation(u32::MAX)), ["4294967295", "4294967294"]);
}

/// The files are the same for every generation but the first: they do not have any part of a secret.
#[test]
fn files_do_not_change_with_the_generation() {
    let files = |generation| synth(closed(OriginSecret::Generation(generation))).files;
    assert_eq!(files(2), files(7));
}

/// A behaviour of a path that has the site's origin sends the secret, too; another origin does not get it.
#[test]
fn behaviours_send_the_secret() {
    let own = site().origin;
    let other = Origin { id: "other".to_owned(), ..Origin::public_https("files.example.net") };
    let behaviors = vec![("/a/*".to_owned(), Behavior::new(own.clone())), ("/b/*".to_owned(), Behavior::new(other))];
    let mut site = closed(OriginSecret::Generation(1));
    site.origin = own;
    let template = template(&synth(NginxSite { behaviors, ..site }));
    assert_eq!(template.matches("X-Origin-Secret").count(), 1, "two behaviours share one origin: {template}");
    assert_eq!(template.matches("\"DomainName\": \"files.example.net\"").count(), 1);
}

#[test]
fn an_open_site_is_told() {
    assert_snapshot!(problems(site()));
    let vpc = Origin::vpc("vo_0123456789abcdef0", "ip-10-0-0-7.eu-central-1.compute.internal");
    assert_eq!(problems(NginxSite { origin: vpc, ..site() }), "");
    let mut own = site();
    own.origin.custom_headers.insert("X-Mine".into(), dynamic::secret("mine", None));
    assert_eq!(problems(own), "");
}

#[test]
fn what_cannot_close_a_site() {
    assert_snapshot!("generation_zero", problems(closed(OriginSecret::Generation(0))));
    let ingress =
        OriginIngress { ipv6: Some("pl-A3A144CA".into()), port: 0, ..OriginIngress::new("my-group", "pl-A3A144CA") };
    assert_snapshot!("ingress", problems(NginxSite { ingress: Some(ingress), ..closed(OriginSecret::Sent(2)) }));
}

/// Hostile texts where an id belongs: refused, at the user's line, and printed as what can be seen.
#[test]
fn hostile_ids() {
    for text in
        ["", " ", "pl-a3a144ca\n", "pl-a3a144ca ", "pl-\u{202e}a3a144c", "${A}", "*", "pl-a3a144ca;", "sg-", "\0"]
    {
        for ingress in [
            OriginIngress::new(text, "pl-a3a144ca"),
            OriginIngress::new("sg-0123456789abcdef0", text),
            OriginIngress { ipv6: Some(text.into()), ..OriginIngress::new("sg-0123456789abcdef0", "pl-a3a144ca") },
        ] {
            let said = problems(NginxSite { ingress: Some(ingress), ..closed(OriginSecret::Generation(1)) });
            assert!(said.starts_with("error: ") && said.contains("(closed.rs)"), "{text:?}: {said}");
            assert!(!said.replace('\n', "").contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
        }
    }
}

/// Headers that have a secret by their names take no literal value.
#[test]
fn secrets_in_plain_text_are_refused() {
    let with = |name: &str, value: Val<String>| {
        let mut site = site();
        site.origin.custom_headers.insert(name.to_owned(), value);
        problems(site)
    };
    assert_snapshot!(with("X-Shared-Secret", "s3cr3t".into()));
    for name in ["x-api-key", "Authorization", "X-Auth-Token", "X-PASSWORD", "X-Origin-Secret"] {
        assert!(with(name, "s3cr3t".into()).starts_with("error: "), "{name}");
        assert_eq!(with(name, dynamic::secret("mine", Some("key"))), "", "{name}");
        assert!(!with(name, "s3cr3t".into()).contains("s3cr3t"), "{name}");
    }
    for name in ["X-Monkey", "X-Keyboard", "X-Site", "X-Tokenized"] {
        assert_eq!(with(name, "plain".into()), "", "{name}");
    }
}

/// A side that has forgotten the secret is seen only by a check of both sides.
#[test]
fn nginx_asks_and_nobody_sends() {
    let proxy = ReverseProxy { origin_secret: Some(OriginSecret::Generation(1)), ..ReverseProxy::new("example.com") };
    assert_snapshot!(problems(NginxSite { proxy: Some(proxy), ..site() }));
}

/// With a delivery, the instance reads the secrets itself, and CloudFront sends a new one only after nginx takes it.
#[test]
fn a_closed_site_that_is_delivered() {
    let delivered = |secret: OriginSecret, delivery: Delivery| {
        let proxy = ReverseProxy { delivery: Some(delivery), ..ReverseProxy::new("example.com") };
        synth(NginxSite { proxy: Some(proxy), ..closed(secret) })
    };
    let assembly = delivered(OriginSecret::Generation(3), Delivery::ssm("i-0123456789abcdef0"));
    let stack = assembly.stacks.iter().find(|stack| stack.name() == "example-site").unwrap();
    let resources = &serde_json::from_str::<serde_json::Value>(&stack.template).unwrap()["Resources"];
    assert_eq!(resources["Distribution"]["DependsOn"], "NginxDelivery");
    assert_eq!(
        resources["NginxDelivery"]["Properties"]["Parameters"]["Secrets"].to_string(),
        r#"[{"Fn::Join":[" ",[{"Ref":"OriginSecret3"},{"Ref":"OriginSecret2"}]]}]"#
    );
    assert!(assembly.files.iter().all(|file| !file.path.ends_with("origin-secrets.sh")), "the delivery has it");
    // Nothing is asked for yet, so nothing is read.
    let assembly = delivered(OriginSecret::Sent(1), Delivery::ssm("i-0123456789abcdef0"));
    assert!(!template(&assembly).contains("\"Secrets\": ["));
    let assembly = delivered(OriginSecret::Generation(1), Delivery::shell());
    let script = assembly.files.iter().find(|file| file.path.ends_with("deliver.sh")).unwrap();
    assert!(script.content.contains("\nsecrets='environment'\n"), "{}", script.content);

    let proxy = ReverseProxy {
        origin_secret: Some(OriginSecret::Generation(1)),
        delivery: Some(Delivery::ssm("i-0123456789abcdef0")),
        ..ReverseProxy::new("example.com")
    };
    assert_snapshot!("secrets_without_arns", problems(NginxSite { proxy: Some(proxy), ..site() }));
}
