//! A backend: answers every request with what it got, takes WebSockets, and counts its connections.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use support::ports;

use crate::client::read_message;

/// A running backend; it ends with the value, and its connections with it.
pub(crate) struct Backend {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Backend {
    /// A backend that says its name in every answer.
    #[track_caller]
    pub(crate) fn start(name: &'static str, address: Ipv4Addr, port: u16) -> Self {
        let listener = ports::listen((address, port));
        listener.set_nonblocking(true).unwrap();
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let open = Arc::new(Mutex::new(Vec::new()));
        let thread = std::thread::spawn({
            let (stop, count, open) = (stop.clone(), count.clone(), open.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    let Ok((stream, _)) = listener.accept() else {
                        std::thread::sleep(Duration::from_millis(5));
                        continue;
                    };
                    count.fetch_add(1, Ordering::Relaxed);
                    stream.set_nonblocking(false).unwrap();
                    open.lock().unwrap().push(stream.try_clone().unwrap());
                    std::thread::spawn(move || serve(name, stream));
                }
            }
        });
        Backend { stop, count, open, thread: Some(thread) }
    }

    /// Number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn serve(name: &str, mut stream: TcpStream) {
    while let Some(request) = read_message(&mut stream) {
        if request.header("upgrade") == Some("websocket") {
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Backend: {name}\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes());
            return echo(&mut stream);
        }
        let body = format!("{name}\n{}\nbody: {}\n", request.head, request.body.len());
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

fn echo(stream: &mut TcpStream) {
    let mut buffer = [0; 64];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}
