//! A server between a program and another server: it counts requests, and leaves one of them without its answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A running proxy, until the end of the test.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    line: Arc<Line>,
}

#[derive(Debug)]
struct Line {
    /// The port of the server behind.
    behind: u16,
    /// The number of the request that is not answered.
    last: usize,
    /// The requests that have this in them are not even carried out.
    held: Option<&'static str>,
    /// True if these are refused, instead of left open.
    is_refused: bool,
    count: AtomicUsize,
    is_over: AtomicBool,
}

impl Proxy {
    /// Starts one in front of the server at a port of this machine. Request number `last` is carried out, and its answer goes nowhere.
    #[track_caller]
    pub fn start(behind: u16, last: usize) -> Proxy {
        Proxy::with(behind, last, None, false)
    }

    /// Starts one that never passes on the requests that have this in them, and leaves them open.
    #[track_caller]
    pub fn holding(behind: u16, held: &'static str) -> Proxy {
        Proxy::with(behind, usize::MAX, Some(held), false)
    }

    /// Starts one that refuses the requests that have this in them: the login may not make them.
    #[track_caller]
    pub fn refusing(behind: u16, held: &'static str) -> Proxy {
        Proxy::with(behind, usize::MAX, Some(held), true)
    }

    #[track_caller]
    fn with(behind: u16, last: usize, held: Option<&'static str>, is_refused: bool) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let line = Line { behind, last, held, is_refused, count: AtomicUsize::new(0), is_over: AtomicBool::new(false) };
        let line = Arc::new(line);
        let shared = Arc::clone(&line);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let line = Arc::clone(&shared);
                std::thread::spawn(move || line.serve(&connection));
            }
        });
        Proxy { url, line }
    }

    /// The address, as `--endpoint-url` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The number of requests so far.
    pub fn count(&self) -> usize {
        self.line.count.load(Ordering::Acquire)
    }

    /// True once the last request was carried out.
    pub fn is_over(&self) -> bool {
        self.line.is_over.load(Ordering::Acquire)
    }
}

impl Line {
    /// Carries requests of a connection to the server and answers back, until either goes away.
    fn serve(&self, client: &TcpStream) -> Option<()> {
        let server = TcpStream::connect(("127.0.0.1", self.behind)).ok()?;
        let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(&server));
        loop {
            let (request, first) = message(&mut from_client, false)?;
            let number = self.count.fetch_add(1, Ordering::AcqRel) + 1;
            if number > self.last {
                // Nothing is carried out after the end.
                return None;
            }
            if self.held.is_some_and(|held| String::from_utf8_lossy(&request).contains(held)) {
                self.is_over.store(true, Ordering::Release);
                if self.is_refused {
                    let mut client = client;
                    client.write_all(denied().as_bytes()).ok()?;
                    continue;
                }
                // Nothing more comes on this connection until the client closes it.
                while from_client.read_line(&mut String::new()).is_ok_and(|read| read > 0) {}
                return None;
            }
            (&server).write_all(&request).ok()?;
            let (answer, _) = message(&mut from_server, first.starts_with("HEAD "))?;
            if number == self.last {
                self.is_over.store(true, Ordering::Release);
                return None;
            }
            let mut client = client;
            client.write_all(&answer).ok()?;
        }
    }
}

/// The answer to a login that may not do this.
fn denied() -> String {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not for you</Message></Error></ErrorResponse>";
    format!("HTTP/1.1 403 Forbidden\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// The bytes of a request or an answer, and its first line.
fn message(from: &mut BufReader<&TcpStream>, is_head: bool) -> Option<(Vec<u8>, String)> {
    let (mut bytes, mut first, mut length) = (Vec::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        from.read_line(&mut line).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(line.as_bytes());
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            None => first = line.to_owned(),
            Some(_) => {}
        }
    }
    if !is_head {
        let start = bytes.len();
        bytes.resize(start + length, 0);
        from.read_exact(&mut bytes[start..]).ok()?;
    }
    Some((bytes, first))
}
