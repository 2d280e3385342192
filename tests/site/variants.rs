//! Every form that the files can have is read by nginx without a warning.

use std::process::Command;
use std::time::Duration;

use formwork::prelude::*;
use support::paths;

use crate::{file, nginx};

/// Proxies that differ from the usual one, by what differs.
pub(crate) fn variants() -> Vec<(&'static str, ReverseProxy)> {
    let usual = || ReverseProxy { port: 18_080, ..ReverseProxy::new("api.example.com") };
    let long =
        format!("{}.example.com", [&*"a".repeat(60), &*"b".repeat(60), &*"c".repeat(60), &*"d".repeat(58)].join("."));
    let location = |path: &str, target| ProxyLocation {
        max_body_mib: Some(1),
        read_timeout: Some(Duration::from_secs(1)),
        ..ProxyLocation::new(path, target)
    };
    vec![
        ("usual", usual()),
        ("green", ReverseProxy { active: Color::Green, ..usual() }),
        ("an address", ReverseProxy { blue: Upstream::new("10.0.0.7:80"), ..usual() }),
        ("a long name of a backend", ReverseProxy { blue: Upstream::new(format!("{long}:80")), ..usual() }),
        ("a long name", ReverseProxy { server_names: vec![long], ..usual() }),
        (
            "many names",
            ReverseProxy {
                server_names: (0..200)
                    .map(|index| format!("name-{index}.example.com"))
                    .chain(["*.example.org".into()])
                    .collect(),
                ..usual()
            },
        ),
        (
            "locations",
            ReverseProxy {
                locations: vec![
                    location("/a/", Target::Active),
                    location("/b", Target::Upstream(Upstream::new("Files.internal.:9000"))),
                    location("/c~@:+,-_.", Target::Upstream(Upstream::new("files.internal:9000"))),
                    location("/_formwork/health", Target::Upstream(Upstream::new("10.0.0.9:9000"))),
                    location("/d", Target::NotFound),
                ],
                ..usual()
            },
        ),
        ("no health path", ReverseProxy { health_path: None, ..usual() }),
        ("viewers over http", ReverseProxy { viewers: Viewers::HttpAndHttps, ..usual() }),
        ("a resolver of IPv6", ReverseProxy { resolver: Some("[fd00:ec2::253]:53".parse().unwrap()), ..usual() }),
        (
            "the largest",
            ReverseProxy {
                max_body_mib: 51_200,
                read_timeout: Duration::from_secs(86_400),
                keep_alive: Duration::from_secs(300),
                resolve_every: Duration::from_secs(86_400),
                runtime: Runtime::Compose(Compose {
                    shutdown_timeout: Duration::from_secs(86_400),
                    ..Compose::default()
                }),
                ..usual()
            },
        ),
        (
            "an nginx that is there",
            ReverseProxy {
                runtime: Runtime::Existing,
                blue: Upstream::new("127.0.0.1:8080"),
                green: Upstream::new("localhost:8081"),
                ..usual()
            },
        ),
    ]
}

#[test]
fn nginx_reads_every_variant() {
    for (name, proxy) in variants() {
        println!("{name}");
        let existing = proxy.runtime == Runtime::Existing;
        let configuration = file(proxy, "conf/nginx.conf");
        nginx::test(&if existing { format!("events {{}}\nhttp {{\n{configuration}}}\n") } else { configuration });
    }
}

/// The nginx of these tests is the one of the image, but for what the image is built with.
#[test]
fn the_image_has_the_version_that_is_tested() {
    let output = Command::new(paths::nginx()).arg("-v").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let version = said.trim().strip_prefix("nginx version: nginx/").unwrap_or_else(|| panic!("{said}"));
    assert_eq!(Compose::default().image, format!("nginx:{version}-alpine"));
}
