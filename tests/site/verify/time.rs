//! Time that `verify` takes for a site on loopback, in seconds: the slowest of several runs. `cargo xtask bench verify` runs it.

#![cfg_attr(not(test), expect(clippy::unwrap_used, clippy::print_stdout, reason = "it is for the benchmark alone"))]

mod certificates;
mod edge;
mod named;

use std::time::{Duration, Instant};

use formwork_verify::{ConnectTo, Health, Origin, PlainHttp, Settings, Site, SiteName, TlsVersion, WebSocket};
use support::free_port;

/// Runs, after which the slowest counts.
const RUNS: usize = 10;

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "not seen: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn main() {
    let health = "return 200 'blue 0123456789abcdef\\n';";
    let wish = edge::Wish {
        certificate: certificates::Wanted { from: (2020, 1, 1), to: (2120, 1, 1), ..edge::Wish::default().certificate },
        instead: Some(health.to_owned()),
        ..edge::Wish::default()
    };
    let edge = edge::Edge::start(&wish, free_port());
    let records = "@ NS ns1\nns1 A 127.0.0.1\napi A 192.0.2.10\napi AAAA 2001:db8::10\napi HTTPS 1 . alpn=h3,h2\norigin A 192.0.2.20";
    let cloudfront = "@ NS ns1\nns1 A 127.0.0.1\nd111111abcdef8 A 192.0.2.10\nd111111abcdef8 AAAA 2001:db8::10";
    let named = named::Named::start(&[("example.com", records.to_owned()), ("cloudfront.net", cloudfront.to_owned())]);
    let (https, http, gate) = (edge.https, edge.http, edge.gate);
    let connect_to = [
        format!("192.0.2.10:443:127.0.0.1:{https}"),
        format!("192.0.2.10:80:127.0.0.1:{http}"),
        format!("[2001:db8::10]:443:127.0.0.1:{https}"),
        format!("[2001:db8::10]:80:127.0.0.1:{http}"),
        format!("192.0.2.20:80:127.0.0.1:{gate}"),
    ];
    let settings = Settings {
        resolver: Some(named.address),
        connect_to: connect_to.iter().map(|text| ConnectTo::read(text).unwrap()).collect(),
        authorities: Some(edge.root.clone()),
        ..Settings::default()
    };
    let site = Site {
        names: vec![SiteName { name: "api.example.com".to_owned(), https_record: true, zone: None }],
        distribution: Some("d111111abcdef8.cloudfront.net".to_owned()),
        ipv6: true,
        http2: true,
        http3: true,
        plain_http: PlainHttp::Refused,
        tls_floor: TlsVersion::Tls12,
        security_headers: true,
        websocket: WebSocket::Passed,
        health: Some(Health {
            path: "/_formwork/health".to_owned(),
            color: None,
            digest: Some("0123456789abcdef".to_owned()),
        }),
        origin: Some(Origin {
            domain_name: "origin.example.com".to_owned(),
            port: 80,
            https: false,
            private: false,
            closed: true,
            secret_header: Some("X-Origin-Secret".to_owned()),
        }),
        instance: None,
        secrets: Vec::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let slowest = (0..RUNS).map(|_| {
        let start = Instant::now();
        let report = runtime.block_on(formwork_verify::verify(&site, &settings)).unwrap();
        assert_eq!(report.failed().count(), 0, "{report:#?}");
        start.elapsed()
    });
    println!("{}", slowest.max().unwrap_or_default().as_secs_f64());
}
