//! Heads and bare names: an answer's head of the size that CloudFront takes, a line of the log for whatever a viewer sends, and the path of a
//! location without its slash.

use std::io::Write as _;

use formwork::prelude::*;
use support::ports;

use crate::client::{Client, get, read_message};
use crate::{Backend, Dns, FIRST, NAME, Nginx, eventually, proxy};

/// A backend whose answers have a head of about this many bytes. It ends with the process.
fn with_long_heads(dns: &Dns, bytes: usize) {
    let listener = ports::listen((FIRST, dns.backend_port));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                while read_message(&mut stream).is_some() {
                    let policy = "a".repeat(bytes - 100);
                    let head =
                        format!("HTTP/1.1 200 OK\r\nContent-Security-Policy: {policy}\r\nContent-Length: 2\r\n\r\nok");
                    if stream.write_all(head.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn an_answer_with_a_long_head_is_passed_on() {
    let dns = Dns::start();
    dns.set("blue.internal", FIRST);
    with_long_heads(&dns, 32 * 1024);
    let nginx = Nginx::start(proxy(&dns));
    eventually("the backend is found", || get(nginx.port, "/").status() == 200);
    let answer = get(nginx.port, "/");
    assert_eq!(
        (answer.text(), answer.header("content-security-policy").map(str::len)),
        ("ok".into(), Some(32 * 1024 - 100))
    );
    nginx.stop();
}

/// Every line is JSON, and what is not a text is said not to be one.
#[test]
fn a_line_of_the_log_is_json_whatever_a_viewer_sends() {
    let dns = Dns::start();
    dns.set("blue.internal", FIRST);
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    let nginx = Nginx::start(proxy(&dns));
    eventually("the backend is found", || get(nginx.port, "/").status() == 200);
    let long = "\u{e9}\u{1f600}a".repeat(1_100);
    let texts: [&[u8]; 9] = [
        "Caf\u{e9} \u{4e2d} \u{1f600}".as_bytes(),
        long.as_bytes(),
        b"\xff\xfe",
        b"a\xc3",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe0\x80\x80",
        b"a\"\\b\tc",
    ];
    for text in texts {
        let mut client = Client::connect(nginx.port);
        let mut request = b"GET /?".to_vec();
        request.extend(text.iter().map(|byte| if byte.is_ascii_whitespace() { b'+' } else { *byte }));
        request.extend(format!(" HTTP/1.1\r\nHost: {NAME}\r\n").into_bytes());
        for header in ["User-Agent", "X-Forwarded-For", "CloudFront-Viewer-Address", "X-Amz-Cf-Id"] {
            request.extend([format!("{header}: ").as_bytes(), text, b"\r\n"].concat());
        }
        request.extend(b"\r\n");
        client.stream().write_all(&request).unwrap();
        assert_eq!(read_message(client.stream()).unwrap().status(), 200);
        // A stranger's request is in the log too.
        let mut client = Client::connect(nginx.port);
        let request =
            [b"GET / HTTP/1.1\r\nHost: ", text.split(|byte| b"\"\\ \t".contains(byte)).next().unwrap(), b"\r\n\r\n"];
        client.stream().write_all(&request.concat()).unwrap();
        let _ = read_message(client.stream());
    }
    let is_whole =
        |log: &[u8]| log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() > texts.len() * 2;
    eventually("every request is in the log", || is_whole(&nginx.log_bytes()));
    let log = nginx.log_bytes();
    let lines: Vec<serde_json::Value> = log
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(line))))
        .collect();
    let mut agents: Vec<&str> =
        lines.iter().filter_map(|line| line["user_agent"].as_str()).filter(|it| !it.is_empty()).collect();
    let mut seen: Vec<&str> = texts.iter().map(|text| std::str::from_utf8(text).unwrap_or("not UTF-8")).collect();
    // Requests of several connections are in the log as their workers come to it.
    agents.sort_unstable();
    seen.sort_unstable();
    assert_eq!(agents, seen);
    assert!(lines.iter().any(|line| line["forwarded_for"] == "not ASCII"));
    let errors = nginx.errors();
    assert!(!errors.contains("regex") && !errors.contains("pcre"), "{errors}");
    nginx.stop();
}

/// `/up` is sent to the location `/up/`, with its method and its query, and strangers are refused there too.
#[test]
fn the_name_of_a_location_without_its_slash() {
    let dns = Dns::start();
    for name in ["blue.internal", "files.internal"] {
        dns.set(name, FIRST);
    }
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    let to = |path: &str, target: &str| match target {
        "" => ProxyLocation::new(path, Target::Active),
        target => ProxyLocation::new(path, Target::Upstream(Upstream::new(format!("{target}:{}", dns.backend_port)))),
    };
    let locations = || {
        vec![
            to("/up/", ""),
            to("/a", "files.internal"),
            to("/a/b/", ""),
            to("/_formwork/health/", ""),
            ProxyLocation::new("/gone/", Target::NotFound),
        ]
    };
    for secret in [None, Some(OriginSecret::Generation(1))] {
        let proxy = ReverseProxy { locations: locations(), origin_secret: secret, ..proxy(&dns) };
        let value = "abcdefghijklmnopqrstuvwxyz012345";
        let nginx = Nginx::start_closed(proxy, &format!("\"~^{value}$\" 1;\n"));
        let ask = |path: &str, known: bool| {
            let header = if known { format!("X-Origin-Secret: {value}\r\n") } else { String::new() };
            let headers = format!("Host: {NAME}\r\n{header}");
            Client::connect(nginx.port).send("POST", path, &headers, b"body").expect("an answer").status()
        };
        eventually("the backend is found", || ask("/", true) == 200 && ask("/a", true) == 200);
        for (path, status) in
            [("/up", 308), ("/up/", 200), ("/up/x", 200), ("/a", 200), ("/a/b", 308), ("/a/b/", 200), ("/upper", 200)]
        {
            assert_eq!(ask(path, true), status, "{path}");
            assert_eq!(ask(path, false), if secret.is_some() { 403 } else { status }, "{path} by a stranger");
        }
        let known = format!("Host: {NAME}\r\nX-Origin-Secret: {value}\r\n");
        let sent = Client::connect(nginx.port).send("GET", "/a/b?c=/d&e", &known, b"").expect("an answer");
        assert_eq!(sent.header("location"), Some("/a/b/?c=/d&e"));
        assert_eq!((ask("/gone", true), ask("/gone/", true)), (200, 404));
        nginx.stop();
    }
}
