//! nginx and its backends: those that are not there, those that move, WebSockets, and connections that are kept.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use formwork::prelude::*;

use crate::client::{Client, get};
use crate::{Backend, Dns, FIRST, NAME, Nginx, PATIENCE, SECOND, eventually, proxy};

/// nginx with a blue backend.
fn started(edit: impl FnOnce(&mut ReverseProxy)) -> (Dns, Backend, Nginx, ReverseProxy) {
    let dns = Dns::start();
    let blue = Backend::start("blue", FIRST, dns.backend_port);
    dns.set("blue.internal", FIRST);
    let mut proxy = proxy(&dns);
    edit(&mut proxy);
    let nginx = Nginx::start(proxy.clone());
    eventually("blue answers", || get(nginx.port, "/").status() == 200);
    (dns, blue, nginx, proxy)
}

#[test]
fn nginx_starts_reloads_and_stops_without_a_backend() {
    let dns = Dns::start();
    let proxy = proxy(&dns);
    let nginx = Nginx::start(proxy.clone());
    assert_eq!(get(nginx.port, "/").status(), 502);
    assert!(get(nginx.port, "/_formwork/health").text().starts_with("blue "));
    nginx.reload(ReverseProxy { active: Color::Green, ..proxy });
    eventually("the reload is there", || get(nginx.port, "/_formwork/health").text().starts_with("green "));

    let _green = Backend::start("green", SECOND, dns.backend_port);
    dns.set("green.internal", SECOND);
    eventually("a backend that comes later answers", || get(nginx.port, "/").backend() == "green");
    nginx.stop();
}

#[test]
fn nginx_reloads_and_stops_with_one_colour_gone() {
    let (dns, blue, nginx, proxy) = started(|_| ());
    let green = Backend::start("green", SECOND, dns.backend_port);
    dns.set("green.internal", SECOND);
    nginx.reload(ReverseProxy { active: Color::Green, ..proxy.clone() });
    eventually("green answers", || get(nginx.port, "/").backend() == "green");
    // The old colour is ended, and its name with it.
    dns.forget("blue.internal");
    drop(blue);
    nginx.reload(ReverseProxy { active: Color::Green, max_body_mib: 21, ..proxy });
    for _ in 0..20 {
        assert_eq!(get(nginx.port, "/").backend(), "green");
    }
    drop(green);
    assert_eq!(get(nginx.port, "/").status(), 502);
    nginx.stop();
}

/// The files for an nginx that is there do without a main file of ours.
#[test]
fn an_nginx_that_is_there_takes_the_site_up() {
    let dns = Dns::start();
    let _blue = Backend::start("blue", FIRST, dns.backend_port);
    dns.set("blue.internal", FIRST);
    let proxy = ReverseProxy { runtime: Runtime::Existing, ..proxy(&dns) };
    let main = |configuration: String| {
        let other = "server { listen 127.0.0.1:0; return 200; }".replace(":0", &format!(":{}", crate::free_port()));
        format!("error_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{other}\n{configuration}}}\n")
    };
    let nginx = Nginx::start_with(proxy.clone(), main);
    eventually("blue answers", || get(nginx.port, "/").backend() == "blue");
    nginx.reload_with(ReverseProxy { active: Color::Green, ..proxy }, main);
    eventually("the reload is there", || get(nginx.port, "/_formwork/health").text().starts_with("green "));
}

#[test]
fn a_backend_that_moves_is_followed() {
    let (dns, blue, nginx, _) = started(|proxy| proxy.resolve_every = ReverseProxy::new(NAME).resolve_every);
    let _elsewhere = Backend::start("blue at another address", SECOND, dns.backend_port);
    dns.set("blue.internal", SECOND);
    drop(blue);
    let moved = || get(nginx.port, "/").backend() == "blue at another address";
    let took = eventually("the new address answers", moved);
    // As often as it is usual; the name's DNS server has said 600 seconds. Usually it takes less than five.
    assert!(took < Duration::from_secs(15), "{took:?}");
    println!("site: {:.2} s", took.as_secs_f64());
}

#[test]
fn a_websocket_passes_and_nothing_else_is_upgraded() {
    let (_dns, _blue, nginx, _) = started(|_| ());
    let upgrade = |protocol: &str| {
        let mut client = Client::connect(nginx.port);
        let headers = format!("Host: {}\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n", NAME);
        let answer = client.send("GET", "/socket", &headers, b"").unwrap();
        (client, answer)
    };
    let (mut client, answer) = upgrade("WebSocket");
    assert_eq!((answer.status(), answer.header("upgrade")), (101, Some("websocket")));
    client.stream().write_all(b"hello").unwrap();
    let mut echo = [0; 5];
    client.stream().read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"hello");

    let (_, answer) = upgrade("h2c");
    assert_eq!(answer.status(), 200);
    let passed = answer.text().to_lowercase();
    assert!(!passed.contains("upgrade"), "{passed}");
}

#[test]
fn connections_to_a_backend_are_kept() {
    let (_dns, blue, nginx, _) = started(|_| ());
    let mut client = Client::connect(nginx.port);
    let before = blue.connections();
    for _ in 0..50 {
        let answer = client.get("/").unwrap();
        assert!(!answer.text().to_lowercase().contains("connection:"), "{}", answer.text());
    }
    // One client is with one worker, which may not be the one that was asked before.
    assert!(blue.connections() - before <= 1, "{} connections for 50 requests", blue.connections() - before);
}

/// A connection that CloudFront keeps, a reload, and a request: whether it is answered.
#[track_caller]
fn answered_after_a_reload(change: fn(String) -> String) -> bool {
    let dns = Dns::start();
    let proxy = proxy(&dns);
    let nginx = Nginx::start_with(proxy.clone(), change);
    let mut kept = Client::connect(nginx.port);
    assert_eq!(kept.get("/_formwork/health").unwrap().status(), 200);
    let before = nginx.workers();
    nginx.reload_with(ReverseProxy { active: Color::Green, ..proxy }, change);
    eventually("the reload is there", || get(nginx.port, "/_formwork/health").text().starts_with("green "));
    eventually("the old workers end, but for the one with the connection", || {
        nginx.workers().iter().filter(|id| before.contains(id)).count() <= 1
    });
    kept.get("/_formwork/health").is_some_and(|answer| answer.status() == 200)
}

#[test]
fn a_kept_connection_lives_through_a_reload() {
    assert!(answered_after_a_reload(|configuration| configuration));
}

/// The test above can fail: it does without the one directive.
#[test]
fn a_kept_connection_does_not_live_through_a_reload_without_the_directive() {
    let without = |configuration: String| -> String {
        let lines = configuration.lines().filter(|line| !line.contains("keepalive_min_timeout"));
        lines.map(|line| format!("{line}\n")).collect()
    };
    assert!(!answered_after_a_reload(without));
}

#[test]
fn a_reload_ends_old_workers_whatever_they_hold() {
    let (_dns, _blue, nginx, proxy) = started(|proxy| {
        proxy.keep_alive = Duration::from_secs(1);
        let compose = Compose { shutdown_timeout: Duration::from_secs(2), ..Compose::default() };
        proxy.runtime = Runtime::Compose(compose);
    });
    let mut sockets: Vec<Client> = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(nginx.port);
        let headers = format!("Host: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", NAME);
        assert_eq!(client.send("GET", "/socket", &headers, b"").unwrap().status(), 101);
        sockets.push(client);
        let old = nginx.workers();
        nginx.reload(proxy.clone());
        eventually("new workers are there", || nginx.workers().iter().any(|id| !old.contains(id)));
    }
    for client in &mut sockets {
        client.stream().set_read_timeout(Some(PATIENCE)).unwrap();
        // The end of the connection, in whichever way.
        assert!(matches!(client.stream().read(&mut [0]), Ok(0) | Err(_)));
    }
    let workers = std::thread::available_parallelism().unwrap().get();
    eventually("the old workers are gone", || nginx.workers().len() <= workers);
}
