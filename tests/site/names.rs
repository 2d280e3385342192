//! Answers of nginx: the site's names, strangers, the health path, locations, bodies; and what is written about them.

use std::io::{Read as _, Write as _};

use formwork::prelude::*;
use serde_json::Value;

use crate::client::{Client, Message, get};
use crate::{Backend, Dns, FIRST, NAME, Nginx, SECOND, eventually, file, proxy};

fn started(edit: impl FnOnce(&mut ReverseProxy)) -> (Dns, Backend, Nginx) {
    let dns = Dns::start();
    let (blue, nginx) = started_at(&dns, edit);
    (dns, blue, nginx)
}

fn started_at(dns: &Dns, edit: impl FnOnce(&mut ReverseProxy)) -> (Backend, Nginx) {
    let blue = Backend::start("blue", FIRST, dns.backend_port);
    dns.set("blue.internal", FIRST);
    let mut proxy = proxy(dns);
    edit(&mut proxy);
    let nginx = Nginx::start(proxy);
    eventually("blue answers", || get(nginx.port, "/").status() == 200);
    (blue, nginx)
}

#[track_caller]
fn ask(nginx: &Nginx, path: &str, headers: &str) -> Message {
    Client::connect(nginx.port).send("GET", path, headers, b"").expect("an answer")
}

#[test]
fn the_health_path_says_colour_and_digest() {
    let dns = Dns::start();
    let blue = proxy(&dns);
    let green = ReverseProxy { active: Color::Green, ..blue.clone() };
    let other = ReverseProxy { max_body_mib: 21, ..blue.clone() };
    let nginx = Nginx::start(blue.clone());
    let said = |color: &str, proxy: Option<&ReverseProxy>| -> String {
        proxy.into_iter().for_each(|proxy| nginx.reload(proxy.clone()));
        let mut text = String::new();
        eventually("the colour is told", || {
            let answer = get(nginx.port, "/_formwork/health");
            assert_eq!(answer.header("content-type"), Some("text/plain"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            text = answer.text();
            text.starts_with(color)
        });
        let digest =
            text.strip_prefix(color).and_then(|rest| rest.strip_prefix(' ')).and_then(|rest| rest.strip_suffix('\n'));
        let digest = digest.expect("colour and digest").to_owned();
        assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
        digest
    };
    let first = said("blue", None);
    // A switch changes the colour alone, another file the digest.
    assert_eq!(said("green", Some(&green)), first);
    nginx.reload(other.clone());
    eventually("another file has another digest", || {
        let text = get(nginx.port, "/_formwork/health").text();
        text.starts_with("blue ") && !text.contains(&first)
    });
    // It is not the backends' business, nor that of the log.
    assert!(!nginx.log().contains("health"), "{}", nginx.log());
    assert!(!file(ReverseProxy { health_path: None, ..blue }, "conf/nginx.conf").contains("health"));
}

#[test]
fn strangers_are_refused() {
    let (_dns, blue, nginx) = started(|proxy| {
        proxy.server_names = vec![NAME.into(), "www.example.com".into(), "*.shop.example.com".into()];
    });
    for host in
        [NAME, "API.EXAMPLE.COM", "api.example.com:80", "api.example.com.", "www.example.com", "a.shop.example.com"]
    {
        assert_eq!(ask(&nginx, "/", &format!("Host: {host}\r\n")).status(), 200, "{host}");
    }
    let before = blue.connections();
    for host in [
        "example.com",
        "shop.example.com",
        "127.0.0.1",
        "localhost",
        "_",
        "evil-api.example.com",
        "api.example.com.evil.org",
    ] {
        for path in ["/", "/_formwork/health"] {
            let answer = ask(&nginx, path, &format!("Host: {host}\r\n"));
            assert_eq!((answer.status(), answer.header("connection")), (421, Some("close")), "{host}");
        }
    }
    for headers in ["", "Host: \r\n"] {
        assert_eq!(ask(&nginx, "/", headers).status(), 400);
    }
    let mut old = Client::connect(nginx.port);
    old.stream().write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    old.stream().read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert_eq!(blue.connections(), before);
}

#[test]
fn backends_learn_how_viewers_came() {
    let headers = |proto: &str| {
        format!("Host: {NAME}:8443\r\nX-Forwarded-Proto: gopher\r\n{proto}X-Forwarded-For: 192.0.2.1\r\n")
    };
    let (_dns, _blue, nginx) = started(|_| ());
    let passed = ask(&nginx, "/a?b=c%20d", &headers("CloudFront-Forwarded-Proto: http\r\n")).text();
    for line in
        ["GET /a?b=c%20d HTTP/1.1", "Host: api.example.com", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1"]
    {
        assert!(passed.lines().any(|other| other == line), "{line}\n{passed}");
    }
    assert!(!passed.contains("gopher"), "{passed}");

    let (_dns, _blue, nginx) = started(|proxy| proxy.viewers = Viewers::HttpAndHttps);
    let passed = ask(&nginx, "/", &headers("CloudFront-Forwarded-Proto: http\r\n")).text();
    assert!(passed.lines().any(|other| other == "X-Forwarded-Proto: http"), "{passed}");
    let passed = ask(&nginx, "/", &headers("")).text();
    assert!(!passed.contains("X-Forwarded-Proto"), "{passed}");
}

#[test]
fn bodies_have_their_limits() {
    let (_dns, _blue, nginx) = started(|proxy| {
        let small = ProxyLocation { max_body_mib: Some(1), ..ProxyLocation::new("/small/", Target::Active) };
        proxy.locations = vec![small];
    });
    let post = |path: &str, bytes: usize| {
        let headers = format!("Host: {NAME}\r\n");
        let answer = Client::connect(nginx.port).send("POST", path, &headers, &vec![b'a'; bytes]);
        answer.map(|answer| (answer.status(), answer.text().lines().last().unwrap_or_default().to_owned()))
    };
    assert_eq!(post("/", 20_000_000), Some((200, "body: 20000000".to_owned())));
    assert_eq!(post("/small/", 1 << 20), Some((200, "body: 1048576".to_owned())));
    for (path, bytes) in [("/", (20 << 20) + 1), ("/small/", (1 << 20) + 1)] {
        // nginx answers without having read the body; the answer may be lost with the connection.
        assert!(post(path, bytes).is_none_or(|(status, _)| status == 413), "{path}");
    }
    // A head as large as CloudFront lets one be.
    let cookie = format!("Host: {NAME}\r\nCookie: a={}\r\n", "b".repeat(20_000));
    assert_eq!(ask(&nginx, "/", &cookie).status(), 200);
}

#[test]
fn locations_have_targets_of_their_own() {
    let dns = Dns::start();
    let (_blue, nginx) = started_at(&dns, |proxy| {
        let files = Upstream::new(format!("files.internal:{}", dns.backend_port));
        proxy.locations = vec![
            ProxyLocation::new("/files/", Target::Upstream(files.clone())),
            ProxyLocation::new("/other/", Target::Upstream(files)),
            ProxyLocation::new("/internal/", Target::NotFound),
        ];
    });
    let _files = Backend::start("files", SECOND, dns.backend_port);
    dns.set("files.internal", SECOND);
    eventually("the other backend answers", || get(nginx.port, "/files/a").backend() == "files");
    assert_eq!(get(nginx.port, "/other/b").backend(), "files");
    assert_eq!(get(nginx.port, "/files").header("location"), Some("/files/"));
    assert_eq!(get(nginx.port, "/internal/a").status(), 404);
    assert_eq!(get(nginx.port, "/elsewhere").backend(), "blue");
}

#[test]
fn every_line_of_the_log_is_json() {
    let (_dns, _blue, nginx) = started(|_| ());
    let hostile =
        "User-Agent: a\" , \"status\":\"999\\\t\u{1b}[2J\u{e9}\r\nCloudFront-Viewer-Address: {\"$remote_addr\"}\r\n";
    ask(&nginx, "/a\"b\\c?d=\"\"", &format!("Host: {NAME}\r\n{hostile}"));
    ask(&nginx, "/", "Host: stranger.example.org\r\n");
    // HTTP/0.9, a malformed request, and one that ends early.
    for request in ["GET /\r\n", "\u{0}\u{1}\"\\\r\n\r\n", "GET / HTTP/1.1\r\nHost: "] {
        let mut client = Client::connect(nginx.port);
        client.stream().write_all(request.as_bytes()).unwrap();
        client.stream().shutdown(std::net::Shutdown::Write).unwrap();
        let _ = client.stream().read_to_end(&mut Vec::new());
    }
    let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines = || nginx.log().lines().map(parse).collect::<Vec<Value>>();
    eventually("the requests are in the log", || lines().iter().any(|line| line["uri"] == "/a\"b\\c?d=\"\""));
    let log = lines();
    let line = log.iter().find(|line| line["uri"] == "/a\"b\\c?d=\"\"").unwrap();
    assert_eq!((&line["status"], &line["backend"]), (&"200".into(), &"blue".into()));
    assert_eq!(line["viewer"], "{\"$remote_addr\"}");
    assert!(log.iter().any(|line| line["status"] == "421" && line["host"] == "stranger.example.org"), "{log:?}");
}
