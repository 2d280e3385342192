//! The files of a proxy: hostile values in every field, what cannot work, and what has to fit to the distribution before it.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::time::Duration;

use formwork::assembly::{Problem, Severity};
use formwork::prelude::*;
use insta::assert_snapshot;

/// Texts that end a directive of nginx, a word of a shell, a value of YAML, a line of a log, or that are read as something else.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "a b",
    "a;b",
    "a; return 200 owned; #",
    "a{b",
    "a}b",
    "a#b",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\0b",
    "a\u{1b}[2Jb",
    "a\u{7f}b",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{202e}b",
    "a\u{feff}b",
    "\u{e9}",
    "\u{ff0e}",
    "a\"b",
    "a'b",
    "a`b`",
    "a\\b",
    "a\\nb",
    "$host",
    "${HOME}",
    "$$a",
    "$(id)",
    "a&&b",
    "a|b",
    "a>b",
    "a<b",
    "a*b",
    "?",
    "!a",
    "a: b",
    "- a",
    "&a",
    "*a",
    "%a",
    "{{a}}",
    "[a]",
    "~^(.*)$",
    "../a",
    "unix:/run/a.sock",
    "http://a",
];

/// Problems of one proxy, with their places.
fn problems(proxy: ReverseProxy) -> Vec<Problem> {
    let mut stack = Stack::<EuCentral1>::new("site");
    stack.add("Nginx", proxy);
    match App::new().with(stack).synth() {
        Ok(assembly) => assembly.warnings,
        Err(report) => report.problems,
    }
}

fn said(problems: &[Problem]) -> String {
    let said = |problem: &Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}: {}{hint}\n", problem.severity.as_str(), problem.message)
    };
    problems.iter().map(said).collect()
}

fn usual() -> ReverseProxy {
    ReverseProxy::new("example.com")
}

fn in_compose(edit: impl FnOnce(&mut Compose)) -> ReverseProxy {
    let mut compose = Compose::default();
    edit(&mut compose);
    ReverseProxy { runtime: Runtime::Compose(compose), ..usual() }
}

/// Every field that takes a text, with the text in it, alone and in the midst of what is right.
fn fields(text: &str) -> Vec<(&'static str, ReverseProxy)> {
    let location = |path: &str| ReverseProxy { locations: vec![ProxyLocation::new(path, Target::Active)], ..usual() };
    let upstream = |address: String| Upstream::new(address);
    let target = Target::Upstream(upstream(format!("{text}:80")));
    vec![
        ("server name", ReverseProxy::new(text)),
        ("label of a server name", ReverseProxy::new(format!("a{text}b.example.com"))),
        ("second server name", ReverseProxy { server_names: vec!["example.com".into(), text.into()], ..usual() }),
        ("blue", ReverseProxy { blue: upstream(text.to_owned()), ..usual() }),
        ("blue's host", ReverseProxy { blue: upstream(format!("{text}:80")), ..usual() }),
        ("green's port", ReverseProxy { green: upstream(format!("green:80{text}")), ..usual() }),
        ("location", location(text)),
        ("end of a location", location(&format!("/a{text}"))),
        ("a location's upstream", ReverseProxy { locations: vec![ProxyLocation::new("/a/", target)], ..usual() }),
        ("health path", ReverseProxy { health_path: Some(text.to_owned()), ..usual() }),
        ("end of the health path", ReverseProxy { health_path: Some(format!("/a{text}")), ..usual() }),
        ("image", in_compose(|compose| compose.image = text.to_owned())),
        ("tag of the image", in_compose(|compose| compose.image = format!("nginx:1.28.3{text}"))),
        ("container", in_compose(|compose| compose.container_name = text.to_owned())),
        ("end of the container", in_compose(|compose| compose.container_name = format!("nginx{text}"))),
        ("network", in_compose(|compose| compose.network = text.to_owned())),
        ("end of the network", in_compose(|compose| compose.network = format!("a1{text}"))),
    ]
}

/// True for a harmless text: nothing was added, or a path is a path still.
fn is_harmless(field: &str, text: &str) -> bool {
    let nothing = text.is_empty() && ["end of", "label", "tag", "green's port"].iter().any(|it| field.starts_with(it));
    let path = ["end of a location", "end of the health path"].contains(&field);
    nothing || path && ["../a", "unix:/run/a.sock"].contains(&text)
}

#[test]
fn hostile_texts_are_refused_in_every_field() {
    let mut passed = Vec::new();
    for text in HOSTILE {
        for (field, proxy) in fields(text) {
            let problems = problems(proxy);
            let is_refused = problems.iter().any(|problem| problem.severity == Severity::Error);
            let has_places = problems.iter().all(|problem| {
                problem.location.as_ref().is_some_and(|location| location.file.ends_with("tests/proxy.rs"))
            });
            assert!(has_places, "{problems:?}");
            // Nothing of it reaches a terminal as it is.
            let shown = said(&problems).replace('\n', "");
            assert!(!shown.contains(char::is_control) && !shown.contains(['\u{202e}', '\u{2028}']), "{shown:?}");
            if !is_refused && !is_harmless(field, text) {
                passed.push((field, *text));
            }
        }
    }
    assert_eq!(passed, []);
}

#[test]
fn what_cannot_work_is_told() {
    let upstream = |address: &str| Upstream::new(address);
    let seconds = Duration::from_secs;
    let location = |path: &str| ProxyLocation::new(path, Target::Active);
    let cases = [
        ("no name", ReverseProxy { server_names: vec![], ..usual() }),
        ("a name twice", ReverseProxy { server_names: vec!["example.com".into(), "EXAMPLE.com.".into()], ..usual() }),
        ("one backend", ReverseProxy { blue: upstream("a:80"), green: upstream("A.:080"), ..usual() }),
        ("loopback", ReverseProxy { blue: upstream("127.0.0.1:80"), green: upstream("localhost:80"), ..usual() }),
        ("nginx itself", ReverseProxy { blue: upstream("nginx:80"), ..usual() }),
        ("the site itself", ReverseProxy { blue: upstream("example.com:80"), ..usual() }),
        ("wildcards", ReverseProxy { blue: upstream("*:80"), green: upstream("*.example.com:80"), ..usual() }),
        ("metadata", ReverseProxy { blue: upstream("169.254.169.254:80"), green: upstream("[::1]:80"), ..usual() }),
        (
            "nginx itself, outside of docker",
            ReverseProxy { runtime: Runtime::Existing, blue: upstream("127.0.0.1:80"), ..usual() },
        ),
        ("locations", ReverseProxy { locations: ["/", "/a", "/a", "b"].map(location).to_vec(), ..usual() }),
        ("health path", ReverseProxy { health_path: Some("/".into()), ..usual() }),
        ("port", ReverseProxy { port: 0, ..usual() }),
        ("body", ReverseProxy { max_body_mib: 0, ..usual() }),
        (
            "times",
            ReverseProxy {
                read_timeout: Duration::ZERO,
                keep_alive: Duration::from_millis(1500),
                resolve_every: seconds(86_401),
                ..usual()
            },
        ),
        ("shutdown", in_compose(|compose| compose.shutdown_timeout = seconds(10))),
        ("a floating image", in_compose(|compose| compose.image = "nginx:stable-alpine-perl".into())),
        ("an old image", in_compose(|compose| compose.image = "nginx:1.27.5".into())),
        (
            "too much",
            ReverseProxy {
                server_names: (0..600).map(|index| format!("{}{index}.example.com", "a".repeat(59))).collect(),
                ..usual()
            },
        ),
    ];
    let text = cases.map(|(what, proxy)| format!("--- {what}\n{}", said(&problems(proxy)))).concat();
    assert_snapshot!(text);
}

/// A distribution in one stack, and a proxy in another, as they are without the pattern.
fn before(proxy: ReverseProxy, edit: impl FnOnce(&mut Distribution)) -> String {
    before_with(proxy, Stack::new("edge"), edit)
}

/// The same, with what a stack has already.
fn before_with(proxy: ReverseProxy, mut edge: Stack<UsEast1>, edit: impl FnOnce(&mut Distribution)) -> String {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let certificate = edge.add("Certificate", Certificate::dns_validated("*.example.com", &zone));
    let mut distribution = Distribution {
        aliases: vec!["www.example.com".into()],
        ..Distribution::new(Origin::vpc("vo_0123456789", "origin.example.com"), &certificate)
    };
    distribution.default_behavior.viewer_protocol_policy = ViewerProtocolPolicy::HttpsOnly;
    edit(&mut distribution);
    edge.add("Distribution", distribution);
    let mut site = Stack::<EuCentral1>::new("site");
    site.add("Nginx", proxy);
    let app = App::new().with(edge).with(site);
    said(&app.synth().map_or_else(|report| report.problems, |assembly| assembly.warnings))
}

#[test]
fn what_fits_to_its_distribution() {
    let www = || ReverseProxy::new("www.example.com");
    assert_eq!(before(www(), |_| ()), "");
    // Both sides at once.
    let resolver = Some("10.0.0.2:53".parse().unwrap());
    let longer = ReverseProxy { keep_alive: Duration::from_secs(62), runtime: Runtime::Existing, resolver, ..www() };
    assert_eq!(
        before(longer, |distribution| distribution.default_behavior.origin.keepalive_timeout =
            Some(Duration::from_secs(60))),
        ""
    );
    // Not the distribution's names; not passed on to a server that answers by the name.
    let other = ReverseProxy { keep_alive: Duration::from_secs(1), ..ReverseProxy::new("api.example.com") };
    assert_eq!(before(other, |_| ()), "");
    // Another server beside the one that fits.
    let beside = before(www(), |distribution| {
        let slow = Origin {
            id: "slow".into(),
            keepalive_timeout: Some(Duration::from_secs(60)),
            ..Origin::public_https("slow.example.com")
        };
        distribution.behaviors.push(("/slow/*".into(), Behavior::new(slow)));
    });
    assert_eq!(beside, "");
    // A server that is asked by its own name, which is one of the proxy's; and a policy of which nothing is known.
    let both = ReverseProxy { server_names: vec!["www.example.com".into(), "origin.example.com".into()], ..www() };
    assert_eq!(before(both, |distribution| distribution.default_behavior.origin_request_policy = None), "");
    // A path in front of every path, and nginx's own answer and its locations found all the same.
    let locations = vec![ProxyLocation::new("/v1/files/", Target::Active), ProxyLocation::new("/v", Target::Active)];
    let below = before(ReverseProxy { locations, ..www() }, |distribution| {
        let origin = &mut distribution.default_behavior.origin;
        let plain = Origin { id: "plain".into(), ..origin.clone() };
        origin.path = Some("/v1".into());
        distribution.behaviors.push(("/_formwork/*".into(), Behavior::new(plain)));
    });
    assert_eq!(below, "");
    // Another server for a part of a location.
    let locations = vec![ProxyLocation::new("/files/", Target::Active), ProxyLocation::new("/gone/", Target::NotFound)];
    let beside = before(ReverseProxy { locations, ..www() }, |distribution| {
        for pattern in ["/files/*.jpg", "/files/a/*", "*.png", "/gone/*"] {
            let other = Origin { id: "other".into(), ..Origin::public_https("other.example.com") };
            distribution.behaviors.push((pattern.into(), Behavior::new(other)));
        }
    });
    assert_eq!(beside, "");
    let unknown = OriginRequestPolicy::Id("11111111-2222-3333-4444-555555555555".into());
    assert_eq!(before(www(), |distribution| distribution.default_behavior.origin_request_policy = Some(unknown)), "");
}

#[test]
fn what_does_not_fit_to_its_distribution() {
    let seconds = Duration::from_secs;
    let www = || ReverseProxy::new("www.example.com");
    let cases = [
        ("keep-alive", before(ReverseProxy { keep_alive: seconds(5), ..www() }, |_| ())),
        (
            "the origin's keep-alive, for a wildcard",
            before(ReverseProxy::new("*.example.com"), |it| {
                it.default_behavior.origin.keepalive_timeout = Some(seconds(60))
            }),
        ),
        ("read timeout", before(ReverseProxy { read_timeout: seconds(20), ..www() }, |_| ())),
        (
            "read timeout of a location",
            before(
                ReverseProxy {
                    locations: vec![ProxyLocation {
                        read_timeout: Some(seconds(60)),
                        ..ProxyLocation::new("/a/", Target::Active)
                    }],
                    ..www()
                },
                |it| it.default_behavior.origin.read_timeout = Some(seconds(120)),
            ),
        ),
        (
            "a behaviour's origin",
            before(www(), |it| {
                let origin = Origin {
                    id: "slow".into(),
                    keepalive_timeout: Some(seconds(30)),
                    ..it.default_behavior.origin.clone()
                };
                it.behaviors.push(("/slow/*".into(), Behavior::new(origin)));
            }),
        ),
        (
            "of several servers none",
            before(ReverseProxy { keep_alive: seconds(2), ..www() }, |it| {
                let other = Origin { id: "other".into(), ..Origin::public_https("other.example.com") };
                it.behaviors.push(("/other/*".into(), Behavior::new(other)));
            }),
        ),
        (
            "another port",
            before(ReverseProxy { port: 8080, ..www() }, |it| {
                it.default_behavior.origin = Origin::public_http("origin.example.com")
            }),
        ),
        (
            "viewers over http",
            before(www(), |it| it.default_behavior.viewer_protocol_policy = ViewerProtocolPolicy::AllowAll),
        ),
        (
            "a header that is not sent",
            before(ReverseProxy { viewers: Viewers::HttpAndHttps, ..www() }, |it| {
                it.default_behavior.viewer_protocol_policy = ViewerProtocolPolicy::AllowAll;
            }),
        ),
        ("no viewer's name", before(www(), |it| it.default_behavior.origin_request_policy = None)),
        (
            "no viewer's name by a policy",
            before(www(), |it| {
                let policy = "b689b0a8-53d0-40ab-baf2-68738e2966ac".into();
                it.default_behavior.origin_request_policy = Some(OriginRequestPolicy::Id(policy));
            }),
        ),
        (
            "a path of the origin",
            before(ReverseProxy { locations: vec![ProxyLocation::new("/uploads/", Target::Active)], ..www() }, |it| {
                it.default_behavior.origin.path = Some("/v1".into())
            }),
        ),
        (
            "the health path elsewhere",
            before(www(), |it| {
                for pattern in ["/a/*", "_formwork/*"] {
                    let other = Origin { id: "other".into(), ..Origin::public_https("other.example.com") };
                    it.behaviors.push((pattern.into(), Behavior::new(other)));
                }
            }),
        ),
        (
            "the health path elsewhere by default",
            before(www(), |it| {
                let own = it.default_behavior.origin.clone();
                it.behaviors.push(("/api/*".into(), Behavior::new(own)));
                it.default_behavior.origin = Origin { id: "s".into(), ..Origin::public_https("pages.example.com") };
                it.default_behavior.origin_request_policy = None;
            }),
        ),
        (
            "the health path without a name",
            before(www(), |it| {
                let own = it.default_behavior.origin.clone();
                let nameless = Behavior { origin_request_policy: None, ..Behavior::new(own) };
                it.behaviors.push(("/_formwork/health".into(), nameless));
            }),
        ),
        (
            "a location elsewhere",
            before(ReverseProxy { locations: vec![ProxyLocation::new("/files/a/", Target::Active)], ..www() }, |it| {
                let other = Origin { id: "other".into(), ..Origin::public_https("other.example.com") };
                it.behaviors.push(("/files/*".into(), Behavior::new(other)));
            }),
        ),
        (
            "the origin's own",
            before(www(), |it| it.default_behavior.origin.read_timeout = Some(Duration::from_millis(2500))),
        ),
    ];
    assert_snapshot!(cases.map(|(what, said)| format!("--- {what}\n{said}")).concat());
}

/// A VPC origin of the app is held against the proxy, as an origin on the internet is.
#[test]
fn what_does_not_fit_to_its_vpc_origin() {
    let through = |edit: fn(&mut Stack<UsEast1>) -> Val<String>| {
        let mut stack = Stack::<UsEast1>::new("vpc");
        let id = edit(&mut stack);
        before_with(ReverseProxy::new("www.example.com"), stack, |distribution| {
            distribution.default_behavior.origin = Origin::vpc(id, "origin.example.com");
        })
    };
    let arn = "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0";
    assert_eq!(
        through(|stack| stack
            .add("Vpc", VpcOrigin::new("site", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"))
            .id()),
        ""
    );
    let cases = [
        (
            "another port",
            through(|stack| {
                stack
                    .add(
                        "Vpc",
                        VpcOrigin {
                            port: 81,
                            ..VpcOrigin::new(
                                "site",
                                "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0",
                            )
                        },
                    )
                    .id()
            }),
        ),
        (
            "no policy",
            through(|stack| {
                let vpc = stack.add(
                    "Vpc",
                    VpcOrigin::new("site", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"),
                );
                stack.edit(&vpc, |l1| {
                    l1.vpc_origin_endpoint_config.literal_mut().unwrap().origin_protocol_policy = None
                });
                vpc.id()
            }),
        ),
        (
            "https",
            through(|stack| {
                use cfn::cloudfront::vpc_origin::OriginProtocolPolicy;
                let vpc = stack.add(
                    "Vpc",
                    VpcOrigin::new("site", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"),
                );
                let policy = some(OriginProtocolPolicy::HttpsOnly);
                stack.edit(&vpc, |l1| {
                    l1.vpc_origin_endpoint_config.literal_mut().unwrap().origin_protocol_policy = policy
                });
                vpc.id()
            }),
        ),
        (
            "not a port",
            through(|stack| {
                stack
                    .add(
                        "Vpc",
                        VpcOrigin {
                            port: 0,
                            ..VpcOrigin::new(
                                "site",
                                "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0",
                            )
                        },
                    )
                    .id()
            }),
        ),
        (
            "not a name",
            through(|stack| {
                stack
                    .add(
                        "Vpc",
                        VpcOrigin::new("", "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"),
                    )
                    .id()
            }),
        ),
        ("not an ARN", through(|stack| stack.add("Vpc", VpcOrigin::new("site", "i-0123456789abcdef0")).id())),
    ];
    assert_snapshot!(cases.map(|(what, said)| format!("--- {what}\n{said}")).concat());
    // Its value in the template.
    let mut stack = Stack::<UsEast1>::new("vpc");
    stack.add("Vpc", VpcOrigin { port: 8080, ..VpcOrigin::new("site", arn) });
    assert_snapshot!(App::new().with(stack).synth().unwrap().stacks[0].template);
}

/// An origin on the internet is open as long as nothing tells its distribution from others: that is said once, of a site of parts too.
#[test]
fn an_open_origin_of_parts_is_told_once() {
    let www = || ReverseProxy::new("www.example.com");
    let public = |it: &mut Distribution| it.default_behavior.origin = Origin::public_http("origin.example.com");
    let open = |said: &str| said.matches("the origin is open").count();
    assert_snapshot!(before(www(), public));
    let two = before(www(), |it| {
        public(it);
        it.behaviors.push(("/a/*".into(), Behavior::new(it.default_behavior.origin.clone())));
    });
    assert_eq!(open(&two), 1, "{two}");
    assert_eq!(open(&before(www(), |_| ())), 0, "a VPC origin");
    let own = before(www(), |it| {
        public(it);
        it.default_behavior.origin.custom_headers.insert("X-Mine".into(), dynamic::secret("mine", None));
    });
    assert_eq!(open(&own), 1, "this nginx does not ask for a header of somebody's own: {own}");
    // A distribution of other names is not before this nginx, and says nothing of it.
    let other = before(ReverseProxy::new("api.example.org"), public);
    assert_eq!(open(&other), 0, "{other}");
}

/// The same, found in what was edited by hand.
#[test]
fn a_customized_distribution_is_held_against_the_proxy_too() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let origin = Origin::public_http("origin.example.com");
    let keepalive_timeout = Some(Duration::from_secs(60));
    let site = NginxSite::<UsEast1>::new("example", "example.com", &zone, origin);
    let site = site.build_with(|mut distribution| {
        distribution.default_behavior.origin.keepalive_timeout = keepalive_timeout;
        distribution
    });
    let report = App::new().with(site).synth().unwrap_err();
    let errors: Vec<Problem> =
        report.problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    assert_snapshot!(said(&errors), @r"
    error: CloudFront keeps an idle connection for 60 s, nginx for 10 s at least: with every reload requests are lost
      hint: `keep_alive` is more than the origin's keep-alive: 62 s or more
    ");
}

#[test]
fn a_site_without_nginx_or_with_one_for_another_name() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let site =
        || NginxSite::<UsEast1>::new("example", "example.com", &zone, Origin::public_https("origin.example.com"));
    let assembly = App::new().with(NginxSite { proxy: None, ..site() }).synth().unwrap();
    assert_eq!((assembly.files.len(), assembly.warnings.len()), (0, 1), "the origin is open");
    let report = App::new().with(NginxSite { proxy: Some(ReverseProxy::new("www.example.com")), ..site() }).synth();
    assert_snapshot!(said(&report.unwrap_err().problems), @r"
    error: the site's nginx does not answer to `example.com`
      hint: add the name to the proxy's `server_names`
    warning: the origin is open: whoever finds its address is served without CloudFront
      hint: `origin_secret: Some(OriginSecret::Sent(1))` is the first step of closing it, `ingress` the other
    ");
}

/// The name of a construct without a resource names a folder.
#[test]
fn files_have_names() {
    let long = "a".repeat(256);
    for bad in ["", "a b", "a\n;b", "a/b", "../a", "a.b", "a\u{1b}[2J", "\u{202e}a", &long] {
        let mut stack = Stack::<EuCentral1>::new("site");
        stack.add(bad, ReverseProxy::new("example.com"));
        let report = App::new().with(stack).synth().unwrap_err();
        assert!(report.problems.iter().all(|problem| problem.location.is_some()), "{bad:?}");
    }
    let deep = "a/".repeat(600) + "a";
    for bad in [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a b",
        "a\nb",
        "a\0b",
        "a\\b",
        "a:b",
        "a?",
        "a*",
        "con",
        "CON.txt",
        "a/com1.conf",
        "a.",
        "\u{e9}",
        "a\u{202e}b",
        "$a",
        "a;b",
        "a'b",
        &long,
        &deep,
    ] {
        let mut stack = Stack::<EuCentral1>::new("site");
        stack.file(bad, "");
        let report = App::new().with(stack).synth().unwrap_err();
        assert!(report.problems.iter().all(|problem| problem.location.is_some()), "{bad:?}");
    }
    for (first, second) in [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "A")] {
        let mut stack = Stack::<EuCentral1>::new("site");
        stack.file(first, "");
        stack.file(second, "");
        let report = App::new().with(stack).synth().unwrap_err();
        assert!(report.problems.iter().all(|problem| problem.location.is_some()), "{first} {second}");
    }
    let mut stack = Stack::<EuCentral1>::new("site");
    for good in ["a", "b/c", "b/d.conf", "com", "com10", "console.txt", ".env", "a-b_c.D"] {
        stack.file(good, "");
    }
    assert!(App::new().with(stack).synth().is_ok());
}
