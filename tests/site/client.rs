//! Requests as CloudFront sends them: HTTP/1.1, over connections that are kept.

use std::io::{Read, Write as _};
use std::net::TcpStream;

use crate::{NAME, PATIENCE};

/// A request or a response.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its first line and its headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// A connection to nginx.
pub(crate) struct Client {
    stream: TcpStream,
}

impl Client {
    #[track_caller]
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client { stream }
    }

    /// The answer to a request with these headers; `None` when the connection was closed instead.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Message> {
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let head = format!("{method} {path} HTTP/1.1\r\n{headers}{length}\r\n");
        self.stream.write_all(head.as_bytes()).ok()?;
        // nginx may answer before it has read all of a body that it does not take.
        let _ = self.stream.write_all(body);
        read_message(&mut self.stream)
    }

    /// The answer to a GET for the site's name.
    pub(crate) fn get(&mut self, path: &str) -> Option<Message> {
        self.send("GET", path, &format!("Host: {NAME}\r\n"), b"")
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}

/// The answer to a GET for the site's name, over a connection of its own.
#[track_caller]
pub(crate) fn get(port: u16, path: &str) -> Message {
    Client::connect(port).get(path).expect("an answer")
}

impl Message {
    #[track_caller]
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The backend that answered.
    pub(crate) fn backend(&self) -> String {
        self.text().lines().next().unwrap_or_default().to_owned()
    }
}

/// Reads a request or response, as far as the tests and nginx use HTTP; `None` at the end of the connection.
pub(crate) fn read_message(stream: &mut impl Read) -> Option<Message> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).trim_end().to_owned();
    let mut message = Message { head, body: Vec::new() };
    if let Some(length) = message.header("content-length").and_then(|length| length.parse().ok()) {
        message.body = vec![0; length];
        stream.read_exact(&mut message.body).ok()?;
    }
    Some(message)
}
