//! `ministack`, a CloudFormation server that nobody here wrote, with the services behind the stacks.
//!
//! Each test that deploys has a server of its own, on a port that was free. It checks capabilities only with `AUTH=true`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{paths, tempdir};

/// How long the server may take to answer for the first time; usually a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Ministack {
    server: Child,
    port: u16,
    folder: TempDir,
}

impl Ministack {
    /// Starts a server and waits until it answers.
    #[track_caller]
    pub fn start() -> Self {
        // Between the choice of a port and its use somebody else may take it: the server then ends at once.
        (0..3).find_map(|_| Self::try_start()).expect("ministack starts; its messages stand above")
    }

    fn try_start() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = free.local_addr().expect("a bound socket has an address").port();
        drop(free);
        let folder = tempdir();
        let log = File::create(folder.path().join("log")).expect("a file can be made in a new folder");
        let server = Command::new(paths::python_program("ministack"))
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("ministack is a program");
        let mut ministack = Ministack { server, port, folder };
        if ministack.answers_in_time() {
            return Some(ministack);
        }
        eprintln!("{}", ministack.log());
        None
    }

    fn answers_in_time(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.server.try_wait().is_ok_and(|status| status.is_some()) {
                return false;
            }
            if self.request("GET", "/_ministack/health").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// What to give as `--endpoint-url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Forgets everything that was made.
    pub fn reset(&self) {
        let answer = self.request("POST", "/_ministack/reset").unwrap_or_default();
        assert!(answer.starts_with("HTTP/1.1 200"), "ministack cannot be reset: {answer}");
    }

    /// What the server has said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn request(&self, method: &str, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        let host = format!("127.0.0.1:{}", self.port);
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
