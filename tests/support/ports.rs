//! Ports for servers of tests.

use std::io;
use std::net::{Ipv4Addr, TcpListener, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The first port that is given, and the number of them. They lie below those that a system gives to clients by itself (from 32768 at
/// Linux, from 49152 elsewhere): between the choice of a port and its use, no connection can get it.
const FIRST: u32 = 12_000;
const COUNT: u32 = 20_000;

/// Time after which a port that cannot be had fails the test.
const PATIENCE: Duration = Duration::from_secs(10);

/// A port on which nothing listens at any address just now, and which no other test has got: BIND shares a port with another BIND
/// (`SO_REUSEPORT`), and each gets some of the questions.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        // Programs of tests that run at the same time begin at places of their own.
        let place = std::process::id().wrapping_mul(97).wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + place % COUNT).expect("the last port that is given is below 65536");
        let everywhere = (Ipv4Addr::UNSPECIFIED, port);
        if TcpListener::bind(everywhere).is_ok() && UdpSocket::bind(everywhere).is_ok() {
            return port;
        }
    }
}

/// Listens at an address that is free, or that was in use a moment ago: a process that another thread starts holds the sockets of this
/// one until its program begins, so that a server that has ended may seem to listen still.
#[track_caller]
pub fn listen(address: impl ToSocketAddrs) -> TcpListener {
    let start = Instant::now();
    loop {
        match TcpListener::bind(&address) {
            Ok(listener) => return listener,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => panic!("a server of the test cannot listen: {error}"),
        }
    }
}
