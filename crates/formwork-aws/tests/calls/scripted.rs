//! A server whose answers a test writes, and which keeps the requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longer bodies are told by their length.
const SHOWN: usize = 4_096;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    /// Each with its line's end; with a `content-length`, that one is told instead of the right one.
    headers: String,
    body: String,
}

impl Reply {
    /// The connection is cut.
    pub(crate) const CUT: Reply = Reply { status: 0, headers: String::new(), body: String::new() };
    /// Nothing comes.
    pub(crate) const SILENCE: Reply = Reply { status: 1, headers: String::new(), body: String::new() };

    pub(crate) fn new(status: u16, headers: &str, body: &str) -> Reply {
        Reply { status, headers: headers.to_owned(), body: body.to_owned() }
    }
}

type Answers = dyn Fn(&str) -> Reply + Send + Sync;

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server. `answers` is given a request as [`Server::requests`] tells it.
    pub(crate) fn start(answers: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
        Server::reading(Duration::ZERO, answers)
    }

    /// The same with a pause after each quarter of a megabyte of a body.
    pub(crate) fn reading(pause: Duration, answers: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let answers: Arc<Answers> = Arc::new(answers);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (answers, kept) = (Arc::clone(&answers), Arc::clone(&kept));
                std::thread::spawn(move || serve(connection, pause, &*answers, &kept));
            }
        });
        Server { url, requests }
    }

    /// The requests: first line, the headers that matter, body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut connection: TcpStream, pause: Duration, answers: &Answers, kept: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    loop {
        let (mut told, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value)) {
                None => told = line.to_owned(),
                Some((name, value)) => match name.as_str() {
                    "content-length" => length = value.parse().unwrap(),
                    "x-amz-date" => {}
                    // Without the date and the signature, which vary.
                    "authorization" => {
                        let scope = value.split('/').skip(2).take(2).collect::<Vec<_>>().join("/");
                        let signed = value.split(", ").nth(1).unwrap_or_default();
                        told += &format!("\nsigned for {scope}: {signed}");
                    }
                    _ if name.starts_with("x-amz-") || name == "content-type" => {
                        told += &format!("\n{name}: {value}");
                    }
                    _ => {}
                },
            }
        }
        let mut body = vec![0; length];
        for piece in body.chunks_mut(256 * 1024) {
            // A client that goes away in between.
            if reader.read_exact(piece).is_err() {
                return;
            }
            std::thread::sleep(pause);
        }
        let body = match body.len() {
            0..=SHOWN => String::from_utf8_lossy(&body).into_owned(),
            length => format!("({length} bytes)"),
        };
        let request = format!("{told}\n{body}");
        kept.lock().unwrap().push(request.clone());
        let Reply { status, headers, body } = answers(&request);
        match status {
            0 => return,
            1 => loop {
                std::thread::park();
            },
            _ => {}
        }
        let length = match headers.contains("content-length") {
            true => String::new(),
            false => format!("content-length: {}\r\n", body.len()),
        };
        let body = if request.starts_with("HEAD") { String::new() } else { body };
        let head = format!("HTTP/1.1 {status} X\r\n{headers}{length}\r\n");
        if connection.write_all((head + &body).as_bytes()).is_err() || headers.contains("content-length: 99") {
            return;
        }
    }
}
