//! A proxy and what runs it: docker compose, or an nginx that is there already; and two proxies of one origin.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork::assembly::{Problem, Severity};
use formwork::prelude::*;
use insta::assert_snapshot;

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

fn site(name: &str, domain_name: &str) -> NginxSite<EuCentral1> {
    NginxSite::new(name, domain_name, &zone(), Origin::public_http("origin.example.com"))
}

fn with(edit: impl FnOnce(&mut ReverseProxy)) -> App {
    let mut site = site("s", "example.com");
    edit(site.proxy.as_mut().unwrap());
    App::new().with(site)
}

/// An nginx that is there already, with backends that it finds.
fn existing(proxy: &mut ReverseProxy) {
    proxy.runtime = Runtime::Existing;
    (proxy.blue, proxy.green) = (Upstream::new("127.0.0.1:8080"), Upstream::new("127.0.0.1:8081"));
}

/// Problems, without those that every open site has.
fn said(app: App) -> String {
    let problems = app.synth().map_or_else(|report| report.problems, |assembly| assembly.warnings);
    let is_usual = |problem: &&Problem| {
        problem.severity == Severity::Error
            || !["over plain http", "the origin is open"].iter().any(|usual| problem.message.contains(usual))
    };
    let said = |problem: &Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}: {}{hint}\n", problem.severity.as_str(), problem.message)
    };
    problems.iter().filter(is_usual).map(said).collect()
}

fn nginx(app: App) -> String {
    let assembly = app.synth().unwrap_or_else(|report| panic!("{report}"));
    assembly.files.iter().find(|file| file.path.ends_with("nginx.conf")).unwrap().content.clone()
}

/// The service of the compose file is `nginx`, whatever the container's name is: either of the two is nginx itself.
#[test]
fn nginx_is_no_backend_of_its_own() {
    let named = |upstream: &str| {
        let upstream = Upstream::new(upstream);
        said(with(|proxy| {
            proxy.runtime = Runtime::Compose(Compose { container_name: "web".into(), ..Compose::default() });
            proxy.blue = upstream;
        }))
    };
    for itself in ["nginx:80", "web:80", "NGINX.:8080", "Web:1"] {
        assert!(named(itself).contains("within the container of nginx that is nginx itself"), "{itself}");
    }
    assert_eq!(named("nginx2:80"), "");
}

/// The line that includes the file is in its head, and matches nothing before the file is there.
#[test]
fn an_nginx_that_is_there_is_told_how_it_reads_the_file() {
    let head = |file: String| {
        file.lines().take_while(|line| line.starts_with('#')).map(|it| format!("{it}\n")).collect::<String>()
    };
    assert_snapshot!(head(nginx(with(existing))), @"
# Reverse proxy for example.com. CloudFront ends https and comes here over http.
# For the `http` block of an nginx of 1.28 or newer, by this line, which may match nothing before the file is there:
#     include FOLDER/conf/nginx*.conf;
# After a change: nginx -t && nginx -s reload
");
    let delivered = with(|proxy| {
        existing(proxy);
        proxy.delivery = Some(Delivery { directory: "/srv/site".into(), ..Delivery::shell() });
    });
    assert!(head(nginx(delivered)).contains("#     include /srv/site/conf/nginx*.conf;\n"));
}

/// The default backends are names of docker's network, which the DNS of a VPC does not know.
#[test]
fn an_nginx_that_is_there_does_not_find_containers() {
    let default = || with(|proxy| proxy.runtime = Runtime::Existing);
    assert_snapshot!(said(default()), @r#"
warning: nginx asks the VPC's DNS server for "blue:8080", which does not know names of docker's networks
  hint: a port of the machine, such as `127.0.0.1:8080`, a name that the DNS has, or the `resolver` that knows this one
warning: nginx asks the VPC's DNS server for "green:8080", which does not know names of docker's networks
  hint: a port of the machine, such as `127.0.0.1:8080`, a name that the DNS has, or the `resolver` that knows this one
"#);
    assert_eq!(said(with(existing)), "");
    let resolved = with(|proxy| {
        proxy.runtime = Runtime::Existing;
        proxy.resolver = Some("127.0.0.11:53".parse().unwrap());
    });
    assert_eq!(said(resolved), "");
    assert_eq!(said(with(|_| ())), "");
}

/// nginx's own settings have room for names of 46 characters (nginx 1.28.3 says so).
#[test]
fn an_nginx_that_is_there_has_little_room_for_names() {
    let long = |length: usize, runtime: Runtime| {
        let name = format!("{}.example.com", "a".repeat(length - ".example.com".len()));
        let mut site = site("s", &name);
        let proxy = site.proxy.as_mut().unwrap();
        existing(proxy);
        proxy.runtime = runtime;
        if proxy.runtime != Runtime::Existing {
            (proxy.blue, proxy.green) = (Upstream::new("blue:1"), Upstream::new("green:1"));
        }
        said(App::new().with(site))
    };
    assert_eq!(long(46, Runtime::Existing), "");
    assert_snapshot!(long(47, Runtime::Existing), @"
warning: the server name `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com` has 47 characters, and an nginx with its own settings takes 46
  hint: `server_names_hash_bucket_size 512;` in the `http` block of the nginx that is there
");
    assert_eq!(long(64, Runtime::Compose(Compose::default())), "");
}

/// nginx listens on IPv6 if the security group lets CloudFront in over it.
#[test]
fn an_nginx_that_is_there_listens_on_ipv6_where_cloudfront_comes_over_it() {
    let listens = |ipv6: bool, runtime: Runtime| -> Vec<String> {
        let ingress = OriginIngress {
            ipv6: ipv6.then(|| "pl-0123456789abcdef6".into()),
            ..OriginIngress::new("sg-0123456789abcdef0", "pl-a3a144ca")
        };
        let mut site = NginxSite { ingress: Some(ingress), ..site("s", "example.com") };
        let proxy = site.proxy.as_mut().unwrap();
        proxy.runtime = runtime;
        proxy.delivery = Some(Delivery::shell());
        let file = nginx(App::new().with(site));
        file.lines().map(str::trim).filter(|line| line.starts_with("listen ")).map(str::to_owned).collect()
    };
    assert_eq!(listens(true, Runtime::Existing), ["listen 80;", "listen [::]:80;"]);
    assert_eq!(listens(false, Runtime::Existing), ["listen 80;"]);
    // docker takes the connections of both.
    let compose = || Runtime::Compose(Compose::default());
    assert_eq!(listens(true, compose()), listens(false, compose()));
}

/// Files that somebody brings to one machine are told of, once for each pair, whoever brings the others.
#[test]
fn two_proxies_of_one_origin_without_a_delivery() {
    let two = |first: fn(&mut ReverseProxy), second: fn(&mut ReverseProxy)| {
        let (mut one, mut other) = (site("s", "a.example.com"), site("t", "b.example.com"));
        first(one.proxy.as_mut().unwrap());
        second(other.proxy.as_mut().unwrap());
        said(App::new().with(one).with(other))
    };
    let nothing = |_: &mut ReverseProxy| ();
    let other = |proxy: &mut ReverseProxy| {
        proxy.port = 81;
        proxy.runtime =
            Runtime::Compose(Compose { container_name: "other".into(), network: "other".into(), ..Compose::default() });
    };
    let delivered = |proxy: &mut ReverseProxy| proxy.delivery = Some(Delivery::shell());
    let by_ssm = |proxy: &mut ReverseProxy| proxy.delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
    assert_snapshot!(two(nothing, nothing), @"
warning: two proxies are for one origin, this one and `Nginx` of `s-site`: both have the container `nginx`, the network `nginx-connection`, the port 80
  hint: give one of them another `directory`, `port`, `container_name` and `network`, or its names and locations to the other one
");
    assert_snapshot!(two(existing, existing), @"
warning: two proxies are for one origin, this one and `Nginx` of `s-site`: one nginx, which has the upstreams `blue` and `green` once
  hint: give one of them another `directory`, `port`, `container_name` and `network`, or its names and locations to the other one
");
    for (first, second) in [
        (nothing as fn(&mut ReverseProxy), delivered as fn(&mut ReverseProxy)),
        (delivered, nothing),
        (nothing, by_ssm),
        (by_ssm, nothing),
    ] {
        let said = two(first, second);
        assert_eq!(said.matches("two proxies are for one origin").count(), 1, "{said}");
    }
    assert!(!two(nothing, other).contains("two proxies"), "{}", two(nothing, other));
    let mut elsewhere = site("t", "b.example.com");
    elsewhere.origin = Origin::public_http("elsewhere.example.com");
    assert_eq!(said(App::new().with(site("s", "a.example.com")).with(elsewhere)), "");
}
