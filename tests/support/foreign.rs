//! A server of somebody else, run for one test: on a port that was free, in a folder of its own.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tempdir;

/// Time in which the server must answer for the first time; usually a second is enough.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; it ends with the value.
#[derive(Debug)]
pub(crate) struct Foreign {
    server: Child,
    port: u16,
    folder: TempDir,
}

impl Foreign {
    /// Starts the program that `command` gives for a port, and waits until it answers to `GET` of a path.
    #[track_caller]
    pub(crate) fn start(command: impl Fn(u16) -> Command, path: &str) -> Self {
        // Between the choice of a port and its use somebody else may take it: the server then ends at once.
        (0..3).find_map(|_| Self::try_start(&command, path)).expect("the server starts; its messages stand above")
    }

    fn try_start(command: &impl Fn(u16) -> Command, path: &str) -> Option<Self> {
        let port = crate::free_port();
        let folder = tempdir();
        let log = File::create(folder.path().join("log")).expect("a file can be made in a new folder");
        let server = command(port)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("the server is a program");
        let mut started = Foreign { server, port, folder };
        if started.answers_in_time(path) {
            return Some(started);
        }
        eprintln!("{}", started.log());
        None
    }

    fn answers_in_time(&mut self, path: &str) -> bool {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.server.try_wait().is_ok_and(|status| status.is_some()) {
                return false;
            }
            if self.request("GET", path).is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// The value for `--endpoint-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The output of the server.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Option<String> {
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

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
