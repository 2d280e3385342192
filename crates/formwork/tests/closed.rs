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
    let mut own = NginxSite { proxy: None, ..site() };
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
    let open = problems(site());
    let with = |name: &str, value: Val<String>| {
        let mut site = site();
        site.origin.custom_headers.insert(name.to_owned(), value);
        // That the origin is open is the matter of another test.
        problems(site).replace(&open, "")
    };
    assert_snapshot!(with("X-Shared-Secret", "s3cr3t".into()));
    for name in ["x-api-key", "Authorization", "X-Auth-Token", "X-PASSWORD", "X-Origin-Secret", "X-Origin-Verify"] {
        assert!(with(name, "s3cr3t".into()).starts_with("error: "), "{name}");
        assert_eq!(with(name, dynamic::secret("mine", Some("key"))), "", "{name}");
        assert!(!with(name, "s3cr3t".into()).contains("s3cr3t"), "{name}");
    }
    for name in ["X-Monkey", "X-Keyboard", "X-Site", "X-Tokenized"] {
        assert_eq!(with(name, "plain".into()), "", "{name}");
    }
    assert_snapshot!(with("X-CDN-Auth", "perhaps".into()), @"
warning: the header `X-CDN-Auth` may have a secret in plain text: everybody reads it who sees the template (closed.rs)
  hint: `OriginSecret` makes one, and `dynamic::secret` names one that Secrets Manager has
");
    // As the value of a parameter.
    let parameter = |parameter: parameter::TypedParameter<String>, prefix: &str| {
        let mut keys = Stack::<EuCentral1>::new("keys");
        let key: Val<String> = keys.parameter("Key", parameter);
        let mut site = NginxSite { proxy: None, ..site() };
        site.origin.custom_headers.insert("X-Api-Key".to_owned(), format!("{prefix}{key}").into());
        let app = App::new().with(keys).with(site);
        app.synth().map_or_else(|report| said(&report.problems), |assembly| said(&assembly.warnings))
    };
    assert_snapshot!(parameter(parameter::text().default("hunter2"), ""), @"
error: the header `X-Api-Key` has a secret in plain text, which everybody reads who sees the template: it is the default of the parameter `Key` (closed.rs)
  hint: `no_echo` masks the parameter; a secret of Secrets Manager needs none: `dynamic::secret`
");
    assert_snapshot!(parameter(parameter::text(), "Bearer "), @"
warning: the header `X-Api-Key` has a secret, and its parameter `Key` is shown to everybody who sees the stack (closed.rs)
  hint: `no_echo` masks the parameter; a secret of Secrets Manager needs none: `dynamic::secret`
");
    assert_snapshot!(parameter(parameter::text().no_echo(), ""), @"
error: `Distribution` uses the parameter `Key` of stack `keys`, which is `NoEcho`: as an output everybody could read it (closed.rs)
  hint: add a parameter to this stack, too, or keep the secret in Secrets Manager
");
    assert_eq!(parameter(parameter::text().default("{{resolve:secretsmanager:key}}"), "").lines().count(), 2);
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

/// nginx changes first whichever way a site goes: it takes a secret before CloudFront sends it, and asks for none before CloudFront stops
/// sending it. By the second, the template has no secret any more.
#[test]
fn nginx_changes_before_cloudfront() {
    for origin_secret in [None, Some(OriginSecret::Sent(1)), Some(OriginSecret::Generation(1))] {
        let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
        let proxy = Some(ReverseProxy { delivery, ..ReverseProxy::new("example.com") });
        let template = template(&synth(NginxSite { origin_secret, proxy, ..site() }));
        let resources = &serde_json::from_str::<serde_json::Value>(&template).unwrap()["Resources"];
        assert_eq!(resources["Distribution"]["DependsOn"], "NginxDelivery", "{origin_secret:?}");
    }
}

/// The rules have to let CloudFront in where it comes: on the port of the origin, over the internet or through a VPC origin.
#[test]
fn an_ingress_on_another_port() {
    let ingress = |port| Some(OriginIngress { port, ..OriginIngress::new("sg-0123456789abcdef0", "pl-22a6434b") });
    let with = |port, origin: Origin| {
        let site = NginxSite { ingress: ingress(port), origin, proxy: None, ..closed(OriginSecret::Generation(1)) };
        problems(site)
    };
    assert_eq!(with(80, Origin::public_http("origin.example.com")), "");
    assert_snapshot!(with(8080, Origin::public_http("origin.example.com")));
    assert!(with(80, Origin::public_https("origin.example.com")).contains("on port 443, and the ingress"));
    // Of a VPC origin that is not the app's, the port is not known.
    let vpc = |id: Val<String>| Origin::vpc(id, "ip-10-0-0-7.eu-central-1.compute.internal");
    assert_eq!(with(8080, vpc("vo_0123456789abcdef0".into())), "");
    let mut private = Stack::<EuCentral1>::new("private");
    let id = private
        .add(
            "Vpc",
            VpcOrigin {
                port: 8081,
                ..VpcOrigin::new("site", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0")
            },
        )
        .id();
    let through = |port| {
        let site = NginxSite { ingress: ingress(port), proxy: None, ..closed(OriginSecret::Generation(1)) };
        let mut private = Stack::<EuCentral1>::new("private");
        private.add(
            "Vpc",
            VpcOrigin {
                port: 8081,
                ..VpcOrigin::new("site", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0")
            },
        );
        let app = App::new().with(private).with(NginxSite { origin: vpc(id.clone()), ..site });
        said(&app.synth().map_or_else(|report| report.problems, |assembly| assembly.warnings))
    };
    assert_eq!(through(8081), "");
    assert!(through(8080).contains("on port 8081, and the ingress lets it in on port 8080 alone"), "{}", through(8080));
    // Another rule of the group is for another port.
    let mut site = NginxSite { ingress: ingress(8080), ..closed(OriginSecret::Generation(1)) }.build();
    site.site.add("More", OriginIngress::new("sg-0123456789abcdef0", "pl-22a6434b"));
    assert_eq!(said(&App::new().with(site).synth().unwrap().warnings), "");
}

/// The site has one secret: another one that is given for the same place is reported, not dropped.
#[test]
fn two_secrets_for_one_origin() {
    let proxy = ReverseProxy { origin_secret: Some(OriginSecret::Generation(5)), ..ReverseProxy::new("example.com") };
    let with = |proxy: ReverseProxy| problems(NginxSite { proxy: Some(proxy), ..closed(OriginSecret::Sent(1)) });
    assert_snapshot!("secret_of_the_proxy", with(proxy.clone()));
    assert_eq!(with(ReverseProxy { origin_secret: Some(OriginSecret::Sent(1)), ..proxy.clone() }), "");
    let arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:mine-a1b2c3";
    assert_snapshot!(
        "arns_of_the_proxy",
        with(ReverseProxy { origin_secret: None, origin_secret_arns: vec![arn.into()], ..proxy })
    );
    let mut own = closed(OriginSecret::Generation(1));
    own.origin.custom_headers.insert("x-origin-secret".into(), dynamic::secret("mine", None));
    assert_snapshot!("header_of_the_origin", problems(own));
}

const OPEN: &str = "the origin is open";

/// A header closes an origin only where it may be a secret, and where the server is not an nginx of this project, which would not ask for it.
#[test]
fn headers_that_close_no_origin() {
    let with = |name: &str, value: Val<String>, proxy: Option<ReverseProxy>| {
        let mut site = NginxSite { proxy, ..site() };
        site.origin.custom_headers.insert(name.to_owned(), value);
        problems(site)
    };
    let secret = || Val::from(dynamic::secret("shared", None).to_string());
    assert!(!with("X-Origin-Verify", secret(), None).contains(OPEN));
    assert!(!with("X-Origin-Verify", pseudo::stack_name(), None).contains(OPEN), "it may be one");
    assert!(with("X-Forwarded-Proto", "https".into(), None).contains(OPEN));
    for value in [secret(), "https".into()] {
        assert!(with("X-Origin-Verify", value, Some(ReverseProxy::new("example.com"))).contains(OPEN));
    }
    // The same for a proxy that is added by hand.
    let by_hand = |edit: fn(&mut ReverseProxy)| {
        let mut edge = Stack::<UsEast1>::new("edge");
        let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone()));
        let mut origin = Origin::public_http("origin.example.com");
        let mut stack = Stack::<EuCentral1>::new("t");
        let secret = stack.add("OriginSecret", OriginSecret::Sent(1));
        origin.custom_headers.insert("X-Origin-Secret".into(), secret.header);
        let distribution =
            Distribution { aliases: vec!["example.com".into()], ..Distribution::new(origin, &certificate) };
        stack.add("Distribution", distribution);
        let mut proxy = ReverseProxy::new("example.com");
        edit(&mut proxy);
        stack.add("Nginx", proxy);
        said(&App::new().with(edge).with(stack).synth().unwrap().warnings)
    };
    assert!(by_hand(|_| ()).contains(OPEN));
    for secret in [OriginSecret::Sent(1), OriginSecret::Generation(1)] {
        let said = match secret {
            OriginSecret::Sent(_) => by_hand(|proxy| proxy.origin_secret = Some(OriginSecret::Sent(1))),
            OriginSecret::Generation(_) => by_hand(|proxy| proxy.origin_secret = Some(OriginSecret::Generation(1))),
        };
        assert!(!said.contains(OPEN), "{said}");
    }
}

/// The secret goes to the site's own server by whichever of its origins.
#[test]
fn every_origin_at_the_server_is_sent_the_secret() {
    let mut site = closed(OriginSecret::Generation(1));
    let slow = Origin {
        id: "slow".into(),
        read_timeout: Some(std::time::Duration::from_secs(60)),
        ..Origin::public_http("Origin.example.com.")
    };
    let other = Origin { id: "other".into(), ..Origin::public_https("other.example.com") };
    site.behaviors = vec![("/slow/*".into(), Behavior::new(slow)), ("/other/*".into(), Behavior::new(other))];
    let template: serde_json::Value = serde_json::from_str(&template(&synth(site))).unwrap();
    let origins = &template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]["Origins"];
    let sent = |origin: &serde_json::Value| origin["OriginCustomHeaders"].is_array().then(|| origin["Id"].clone());
    assert_eq!(origins.as_array().unwrap().iter().filter_map(sent).collect::<Vec<_>>(), ["origin", "slow"]);
    // A value of somebody's own would be lost.
    let mut site = closed(OriginSecret::Generation(1));
    let mut slow = Origin { id: "slow".into(), ..Origin::public_http("origin.example.com") };
    slow.custom_headers.insert("x-origin-secret".into(), pseudo::stack_name());
    site.behaviors = vec![("/slow/*".into(), Behavior::new(slow))];
    assert!(problems(site).contains("the origin has a header `x-origin-secret` already"));
}
