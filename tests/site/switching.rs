//! Switches under load, at the distance that CloudFront has: requests that cannot be sent again, over connections that are kept.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use formwork::prelude::*;

use crate::client::{Client, get};
use crate::{Backend, Dns, FIRST, NAME, Nginx, SECOND, eventually, proxy};

/// Delay of a byte, in each direction.
const DELAY: Duration = Duration::from_millis(30);

const CLIENTS: usize = 40;
const SWITCHES: usize = 6;

/// A port behind which nginx is as far away as it is from an edge of CloudFront.
pub(crate) fn distant(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            carry(stream.try_clone().unwrap(), server.try_clone().unwrap());
            carry(server, stream);
        }
    });
    here
}

/// Carries what comes from one end to the other, and its end too, each later than it came.
fn carry(mut from: TcpStream, mut to: TcpStream) {
    let (sender, receiver) = channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let length = from.read(&mut buffer).unwrap_or(0);
            if sender.send((Instant::now() + DELAY, buffer[..length].to_vec())).is_err() || length == 0 {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if bytes.is_empty() || to.write_all(&bytes).is_err() {
                break;
            }
        }
        // Each end is told that the other is gone.
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// Requests without their answer while nginx is switched back and forth, and requests at all.
#[track_caller]
fn lost(change: fn(String) -> String) -> (usize, usize) {
    let dns = Dns::start();
    let _backends =
        [Backend::start("blue", FIRST, dns.backend_port), Backend::start("green", SECOND, dns.backend_port)];
    dns.set("blue.internal", FIRST);
    dns.set("green.internal", SECOND);
    let mut proxy = proxy(&dns);
    let nginx = Nginx::start_with(proxy.clone(), change);
    eventually("blue answers", || get(nginx.port, "/").status() == 200);
    let port = distant(nginx.port);
    let (sent, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|index| {
            let (sent, lost, stop) = (sent.clone(), lost.clone(), stop.clone());
            std::thread::spawn(move || {
                let mut kept: Option<Client> = None;
                for turn in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut client = kept.take().unwrap_or_else(|| Client::connect(port));
                    let answer = client.send("POST", "/", &format!("Host: {NAME}\r\n"), b"body");
                    sent.fetch_add(1, Ordering::Relaxed);
                    match answer {
                        Some(answer) if answer.status() == 200 => {
                            kept = (answer.header("connection") != Some("close")).then_some(client);
                        }
                        _ => {
                            lost.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    // Idle for a while, each for another one.
                    let pause = (index * 7 + turn * 13) % 60;
                    std::thread::sleep(Duration::from_millis(u64::try_from(pause).unwrap()));
                }
            })
        })
        .collect();
    for _ in 0..SWITCHES {
        std::thread::sleep(Duration::from_millis(400));
        proxy.active = if proxy.active == Color::Blue { Color::Green } else { Color::Blue };
        nginx.reload_with(proxy.clone(), change);
        let color = proxy.active.as_str();
        eventually("the switch is there", || get(nginx.port, "/").backend() == color);
    }
    stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().unwrap());
    (lost.load(Ordering::Relaxed), sent.load(Ordering::Relaxed))
}

#[test]
fn no_request_is_lost_by_switches() {
    let (lost, sent) = lost(|configuration| configuration);
    assert_eq!(lost, 0, "of {sent} requests");
    assert!(sent > CLIENTS * SWITCHES, "{sent} requests are too few to say something");
}

/// The test above can fail: it does without the one directive.
#[test]
fn requests_are_lost_by_switches_without_the_directive() {
    let (lost, sent) = lost(|configuration| {
        let lines = configuration.lines().filter(|line| !line.contains("keepalive_min_timeout"));
        lines.map(|line| format!("{line}\n")).collect()
    });
    assert!(lost > 0, "of {sent} requests none was lost");
    println!("without the directive {lost} of {sent} requests were lost");
}
