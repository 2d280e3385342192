//! The clean site, and the faults.

use formwork_verify::{Outcome, PlainHttp, SiteName, WebSocket};

use super::{Instance, Plan, says, shown, stable};

#[test]
fn a_clean_site_has_no_fault() {
    let instance = Instance::start();
    let report = Plan::clean(&instance).run(&instance);
    let text: String = report.checks.iter().map(shown).collect();
    insta::assert_snapshot!(stable(&text, &instance));
    assert!(report.checks.iter().all(|check| check.outcome == Outcome::Pass), "{text}");
}

/// A second name, with records like those of the first.
fn two_names(plan: &mut Plan) {
    let www = SiteName { name: "www.example.com".to_owned(), ..plan.site.names[0].clone() };
    plan.site.names.push(www);
    plan.records.extend(["www A 192.0.2.10", "www AAAA 2001:db8::10", "www HTTPS 1 . alpn=h3,h2"]);
}

/// A fault: its name, what plants it, and the checks that find it.
type Fault = (&'static str, fn(&mut Plan), &'static [&'static str]);

const FAULTS: &[Fault] = &[
    (
        "an A record that leads to a stranger",
        |plan| {
            plan.without("api A ");
            plan.records.push("api A 192.0.2.66");
            plan.stranger = true;
        },
        &["dns-a"],
    ),
    (
        "one A record of two that leads to a stranger",
        |plan| {
            plan.records.push("api A 192.0.2.66");
            plan.stranger = true;
        },
        &["dns-a"],
    ),
    (
        "an AAAA record that leads to a stranger",
        |plan| {
            plan.without("api AAAA");
            plan.records.push("api AAAA 2001:db8::66");
            plan.stranger = true;
        },
        &["dns-aaaa"],
    ),
    ("no A record", |plan| plan.without("api A "), &["dns-a"]),
    ("no AAAA record", |plan| plan.without("api AAAA"), &["dns-aaaa"]),
    ("an AAAA record without IPv6", |plan| plan.site.ipv6 = false, &["dns-aaaa"]),
    ("no record at all", |plan| plan.without("api "), &["dns-a", "dns-aaaa", "dns-https"]),
    ("no HTTPS record", |plan| plan.without("api HTTPS"), &["dns-https"]),
    (
        "an HTTPS record without h3",
        |plan| {
            plan.without("api HTTPS");
            plan.records.push("api HTTPS 1 . alpn=h2");
        },
        &["dns-https"],
    ),
    (
        "an HTTPS record that leads to a stranger",
        |plan| {
            plan.without("api HTTPS");
            plan.records.push("api HTTPS 1 cdn.example.net. alpn=h3,h2");
        },
        &["dns-https"],
    ),
    (
        "an HTTPS record that hints at a stranger",
        |plan| {
            plan.without("api HTTPS");
            plan.records.push("api HTTPS 1 . alpn=h3,h2 ipv4hint=192.0.2.10,192.0.2.66 ipv6hint=2001:db8::10");
            plan.stranger = true;
        },
        &["dns-https"],
    ),
    (
        "an HTTPS record with another port",
        |plan| {
            plan.without("api HTTPS");
            plan.records.push("api HTTPS 1 . alpn=h3,h2 port=8443");
        },
        &["dns-https"],
    ),
    ("nobody listens", |plan| plan.down = plan.edges.split_off(0), &["https"]),
    (
        "a certificate for another name",
        |plan| plan.wish.certificate.names = vec!["www.example.com".to_owned(), "*.api.example.com".to_owned()],
        &["certificate-name"],
    ),
    ("an expired certificate", |plan| plan.wish.certificate.to = (2025, 12, 25), &["certificate-time"]),
    ("a certificate that expires soon", |plan| plan.wish.certificate.to = (2026, 1, 15), &["certificate-time"]),
    ("a certificate of tomorrow", |plan| plan.wish.certificate.from = (2026, 1, 3), &["certificate-time"]),
    ("an incomplete chain", |plan| plan.wish.certificate.whole = false, &["certificate-chain"]),
    ("an authority that nobody knows", |plan| plan.wish.certificate.trusted = false, &["certificate-chain"]),
    ("TLS 1.0 accepted", |plan| plan.wish.protocols = "TLSv1 TLSv1.2 TLSv1.3", &["tls-floor"]),
    ("TLS 1.1 accepted", |plan| plan.wish.protocols = "TLSv1.1 TLSv1.2 TLSv1.3", &["tls-floor"]),
    (
        "TLS 1.2 accepted below a floor of 1.3",
        |plan| plan.site.tls_floor = formwork_verify::TlsVersion::Tls13,
        &["tls-floor"],
    ),
    ("plain http served", |plan| plan.wish.plain = "return 200 ok;".to_owned(), &["plain-http"]),
    (
        "plain http redirected where it should be refused",
        |plan| plan.wish.plain = "return 301 https://$host$request_uri;".to_owned(),
        &["plain-http"],
    ),
    (
        "plain http served where it should be redirected",
        |plan| {
            plan.site.plain_http = PlainHttp::Redirected;
            plan.wish.plain = "return 200 ok;".to_owned();
        },
        &["plain-http"],
    ),
    (
        "a redirect to a foreign host",
        |plan| {
            plan.site.plain_http = PlainHttp::Redirected;
            plan.wish.plain = "return 301 https://api.example.com@evil.example/;".to_owned();
        },
        &["plain-http"],
    ),
    ("plain http that is something else", |plan| plan.wish.plain = "return 444;".to_owned(), &["plain-http"]),
    ("plain http refused where it should be served", |plan| plan.site.plain_http = PlainHttp::Served, &["plain-http"]),
    (
        "Host not passed on",
        |plan| plan.wish.host = "origin.example.com",
        // A WebSocket does not reach its backend either.
        &["health", "websocket"],
    ),
    ("WebSockets not let through", |plan| plan.wish.websockets = false, &["websocket"]),
    (
        "WebSockets not let through, of which no path is known",
        |plan| {
            plan.site.websocket = WebSocket::Passed;
            plan.wish.websockets = false;
        },
        &["websocket"],
    ),
    (
        "WebSockets that end in a gateway, of which no path is known",
        |plan| {
            plan.site.websocket = WebSocket::Passed;
            plan.wish.before = "if ($http_upgrade != '') { return 504; }".to_owned();
        },
        &["websocket"],
    ),
    (
        "an active backend that does not answer",
        |plan| {
            plan.site.websocket = WebSocket::Passed;
            plan.wish.before = "location = / { return 502; }".to_owned();
        },
        &["backend"],
    ),
    ("no HTTP/2", |plan| plan.wish.http2 = false, &["http2"]),
    ("no Alt-Svc", |plan| plan.wish.headers.retain(|(name, _)| *name != "Alt-Svc"), &["http3"]),
    (
        "a security header missing",
        |plan| plan.wish.headers.retain(|(name, _)| *name != "X-Content-Type-Options"),
        &["headers"],
    ),
    (
        "browsers are told to forget https",
        |plan| {
            plan.wish.headers.retain(|(name, _)| *name != "Strict-Transport-Security");
            plan.wish.headers.push(("Strict-Transport-Security", "max-age=0; includeSubDomains"));
        },
        &["headers"],
    ),
    (
        "the health path of a stranger",
        |plan| plan.wish.instead = Some("return 200 'healthy\u{1b}[2J and well';".to_owned()),
        &["health", "websocket"],
    ),
    (
        "a name that sends its viewers to a stranger",
        |plan| plan.wish.instead = Some("return 301 https://elsewhere.example.net$request_uri;".to_owned()),
        &["health", "websocket"],
    ),
    (
        "a name that sends its viewers to itself",
        |plan| plan.wish.instead = Some("return 301 https://$host$request_uri;".to_owned()),
        &["health", "websocket"],
    ),
    (
        "names that send viewers to each other",
        |plan| {
            two_names(plan);
            plan.wish.before = "if ($host = www.example.com) { return 301 https://api.example.com$request_uri; } return 301 https://www.example.com$request_uri;".to_owned();
        },
        &["health", "health"],
    ),
    ("no answer of the origin", |plan| plan.wish.instead = Some("return 502;".to_owned()), &["health", "websocket"]),
    (
        "other files than those of the source",
        |plan| plan.site.health.as_mut().unwrap().digest = Some("0123456789abcdef".to_owned()),
        &["digest"],
    ),
    (
        "the other backend than that of the source",
        |plan| plan.site.health.as_mut().unwrap().color = Some("green".to_owned()),
        &["health"],
    ),
    ("an open origin", |plan| plan.wish.gate = String::new(), &["origin-direct", "origin-secret"]),
    (
        "a wrong secret accepted",
        |plan| plan.wish.gate = "if ($http_x_origin_secret = '') { return 403; }".to_owned(),
        &["origin-secret"],
    ),
    (
        "an origin that is open over IPv6 alone",
        |plan| {
            plan.records.push("origin AAAA 2001:db8::20");
            plan.open_over_ipv6 = true;
        },
        &["origin-direct", "origin-secret"],
    ),
    ("a silent origin that takes connections", |plan| plan.origin_at = Some(says(None)), &["origin-direct"]),
    (
        "a strange origin",
        |plan| plan.origin_at = Some(says(Some("220 mail.example.com ESMTP\r\n"))),
        &["origin-direct"],
    ),
    (
        "an origin that refuses everybody, viewers too",
        |plan| plan.wish.gate = "return 401;".to_owned(),
        &["health", "websocket", "origin-direct", "origin-secret"],
    ),
    ("https that ends every connection", |plan| plan.wish.before = "ssl_reject_handshake on;".to_owned(), &["https"]),
    ("an origin without an address", |plan| plan.without("origin "), &["origin-direct"]),
];

#[test]
fn every_fault_is_found_and_named() {
    let instance = Instance::start();
    let mut all = String::new();
    for (name, plant, ids) in FAULTS {
        let mut plan = Plan::clean(&instance);
        plant(&mut plan);
        let report = plan.run(&instance);
        let found: Vec<&str> = report.failed().map(|check| check.id).collect();
        let text: String = report.checks.iter().filter(|check| check.outcome != Outcome::Pass).map(shown).collect();
        assert_eq!(found, *ids, "{name}\n{text}");
        all += &format!("# {name}\n{text}\n");
    }
    insta::assert_snapshot!(stable(&all, &instance));
}

/// A change that is not a fault: its name, and what makes it.
type Change = (&'static str, fn(&mut Plan));

/// Changes that are right in more than one way, or right in another way than on the clean site.
const RIGHT: &[Change] = &[
    ("an IPv6 address that cannot be reached from here", |plan| {
        plan.without("api AAAA");
        plan.records.push("api AAAA 2001:db8::77");
        plan.down = vec!["[2001:db8::77]"];
    }),
    ("a CNAME record", |plan| {
        plan.without("api ");
        plan.records.push("api CNAME d111111abcdef8.cloudfront.net.");
        plan.site.names[0].https_record = false;
    }),
    ("other addresses of CloudFront", |plan| {
        plan.without("api A ");
        plan.records.push("api A 192.0.2.11");
        plan.edges.push("192.0.2.11");
    }),
    ("a distribution whose name is not known", |plan| plan.site.distribution = None),
    ("an HTTPS record that names the distribution", |plan| {
        plan.without("api HTTPS");
        plan.records.push("api HTTPS 0 d111111abcdef8.cloudfront.net.");
    }),
    ("a redirect", |plan| {
        plan.site.plain_http = PlainHttp::Redirected;
        plan.wish.plain = "return 301 https://$host$request_uri;".to_owned();
    }),
    ("a wildcard certificate", |plan| plan.wish.certificate.names = vec!["*.example.com".to_owned()]),
    ("the last day but twenty-nine", |plan| plan.wish.certificate.to = (2026, 1, 31)),
    ("neither IPv6 nor HTTP/2 and /3", |plan| {
        (plan.site.ipv6, plan.site.http2, plan.site.http3) = (false, false, false);
        plan.site.names[0].https_record = false;
        plan.without("api AAAA");
        plan.without("api HTTPS");
        plan.wish.http2 = false;
        plan.wish.headers.retain(|(name, _)| *name != "Alt-Svc");
    }),
    ("a WebSocket of which no path is known", |plan| plan.site.websocket = WebSocket::Passed),
    ("no WebSocket at the root", |plan| {
        plan.site.websocket = WebSocket::Passed;
        plan.wish.before = "location = / { return 200 welcome; }".to_owned();
    }),
    ("a backend of which nothing is known", |plan| plan.site.websocket = WebSocket::Unknown),
    ("an origin in a VPC", |plan| plan.site.origin.as_mut().unwrap().private = true),
    ("an origin that takes no connection", |plan| plan.origin_down = true),
    ("an origin that asks for a password of its own", |plan| {
        plan.wish.gate = plan.wish.gate.replace("403", "401");
    }),
    ("an origin that ends the connections of strangers", |plan| plan.origin_at = Some(says(Some("")))),
    ("an open origin that is meant to be", |plan| {
        let origin = plan.site.origin.as_mut().unwrap();
        (origin.closed, origin.secret_header) = (false, None);
        plan.wish.gate = String::new();
    }),
    ("no security headers, and none promised", |plan| {
        plan.site.security_headers = false;
        plan.wish.headers.truncate(3);
    }),
    ("frames refused by a policy of contents", |plan| {
        plan.wish.headers.retain(|(name, _)| *name != "X-Frame-Options");
        plan.wish.headers.push(("X-Frame-Options", "ALLOW-FROM https://a.example"));
        plan.wish.headers.push(("Content-Security-Policy", "frame-ancestors 'none'"));
    }),
    ("a version in the answers", |plan| plan.wish.tells_version = true),
    ("an answer out of the cache", |plan| plan.wish.headers.push(("X-Cache", "Hit from cloudfront"))),
    ("an HTTPS record with hints", |plan| {
        plan.without("api HTTPS");
        plan.records.push("api HTTPS 1 . alpn=h3,h2 ipv4hint=192.0.2.10,192.0.2.11 ipv6hint=2001:db8::10");
        plan.edges.push("192.0.2.11");
    }),
    ("no nginx of formwork", |plan| plan.site.health = None),
    ("a name that sends its viewers to another one of the site", |plan| {
        two_names(plan);
        let location = "if ($host = www.example.com) { return 301 https://api.example.com$request_uri; }";
        plan.wish.before = location.to_owned();
    }),
    ("a wildcard", |plan| plan.site.names[0].name = "*.example.com".to_owned()),
    ("an old floor", |plan| plan.site.tls_floor = formwork_verify::TlsVersion::Tls10),
];

#[test]
fn what_is_right_is_no_fault() {
    let instance = Instance::start();
    let mut all = String::new();
    for (name, change) in RIGHT {
        let mut plan = Plan::clean(&instance);
        change(&mut plan);
        let report = plan.run(&instance);
        let text: String = report.checks.iter().map(shown).collect();
        assert_eq!(report.failed().count(), 0, "{name}\n{text}");
        let notes = report.checks.iter().filter(|check| check.outcome != Outcome::Pass || check.id.starts_with("dns"));
        all += &format!("# {name}\n{}\n", notes.map(shown).collect::<String>());
    }
    insta::assert_snapshot!(stable(&all, &instance));
}
