//! The site's files at work: a real nginx reads them, serves them, and is reloaded, between backends and a DNS server of the tests' own.
//!
//! Everything is on this machine's loopback addresses, of which Linux has 16 million: a backend that moves gets another one.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![allow(clippy::print_stdout, reason = "a test's own output is shown when it fails")]

mod article;
mod backend;
mod client;
mod closed;
mod compose;
mod connections;
mod delivery;
mod dns;
mod existing;
mod forms;
mod heads;
mod load;
mod machine;
mod moving;
mod names;
mod nginx;
mod redirects;
mod sites;
mod switch;
mod switching;
mod variants;
mod verify;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use formwork::prelude::*;
use support::free_port;

use crate::backend::Backend;
use crate::dns::Dns;
use crate::nginx::Nginx;

/// Time that a test waits for what has to come; usually it takes a part of a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// The name that viewers ask for.
const NAME: &str = "api.example.com";

/// Addresses of backends.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Waits until it holds, and says how long that took.
#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "in {PATIENCE:?} not seen: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    start.elapsed()
}

/// A proxy whose backends are found by the test's own DNS server, on a port of its own.
fn proxy(dns: &Dns) -> ReverseProxy {
    ReverseProxy {
        blue: Upstream::new(format!("blue.internal:{}", dns.backend_port)),
        green: Upstream::new(format!("green.internal:{}", dns.backend_port)),
        port: free_port(),
        resolver: Some(dns.address),
        resolve_every: Duration::from_secs(1),
        ..ReverseProxy::new(NAME)
    }
}

/// The files of a proxy, as synth writes them: `docker-compose.yml` and `conf/nginx.conf`.
#[track_caller]
fn files(proxy: ReverseProxy) -> Vec<(String, String)> {
    let mut stack = Stack::<EuCentral1>::new("site");
    stack.add("Nginx", proxy);
    let assembly = App::new().with(stack).synth().unwrap_or_else(|report| panic!("{report:?}"));
    assembly.files.into_iter().map(|file| (file.path.replacen("site/Nginx/", "", 1), file.content)).collect()
}

#[track_caller]
fn file(proxy: ReverseProxy, path: &str) -> String {
    let found = files(proxy).into_iter().find(|(other, _)| other == path);
    found.unwrap_or_else(|| panic!("no file `{path}`")).1
}

/// A DNS server's socket, and its address.
fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
