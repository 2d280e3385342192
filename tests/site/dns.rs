//! A DNS server that knows as many names as a test tells it, and forgets them again.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A running server; it ends with the value.
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    /// The port on which the backends of the test listen, whatever their addresses.
    pub(crate) backend_port: u16,
    names: Arc<Mutex<BTreeMap<String, Ipv4Addr>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Dns {
    /// A server that knows no name.
    pub(crate) fn start() -> Self {
        let (socket, address) = crate::socket();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let names = Arc::new(Mutex::new(BTreeMap::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (names, stop) = (names.clone(), stop.clone());
            move || serve(&socket, &names, &stop)
        });
        Dns { address, backend_port: crate::free_port(), names, stop, thread: Some(thread) }
    }

    pub(crate) fn set(&self, name: &str, address: Ipv4Addr) {
        self.names.lock().unwrap().insert(name.to_owned(), address);
    }

    pub(crate) fn forget(&self, name: &str) {
        self.names.lock().unwrap().remove(name);
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, names: &Mutex<BTreeMap<String, Ipv4Addr>>, stop: &AtomicBool) {
    let mut buffer = [0; 512];
    while !stop.load(Ordering::Relaxed) {
        if let Ok((length, from)) = socket.recv_from(&mut buffer)
            && let Some(answer) = answer(&buffer[..length], &names.lock().unwrap())
        {
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// The answer to a query for an IPv4 address: that address, or that there is no such name (RFC 1035, §4).
fn answer(query: &[u8], names: &BTreeMap<String, Ipv4Addr>) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*query.get(at)?);
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(query.get(at + 1..at + 1 + length)?).to_ascii_lowercase());
        at += 1 + length;
    }
    let question = query.get(12..at + 5)?;
    let address = names.get(&labels.join("."));
    let (code, answers) = if address.is_some() { (0, 1) } else { (3, 0) };
    let mut answer = vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0];
    answer.extend(question);
    if let Some(address) = address {
        // The name of the question, type A, class IN, 600 seconds as docker's own server says, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 2, 88, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}
