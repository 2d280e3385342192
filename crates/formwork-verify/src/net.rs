//! Connections, each step with a deadline, and each with a limit on the answer's length.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::select_ok;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time;

use crate::settings::Settings;

/// Addresses of a host that are tried; a DNS server decides how many it names.
const MAX_ADDRESSES: usize = 4;
/// The head start of an address before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Bytes that are read from one connection. A handshake has 64 KiB at most, the head of an answer as much.
const MAX_BYTES: usize = 256 * 1024;

/// A connection that ends when the other side has said too much.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    left: usize,
    heard: Heard,
}

/// True once the other side of a connection has sent a byte; it stays when the connection was given away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<AtomicBool>);

impl Heard {
    pub(crate) fn anything(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Connection {
    /// The address at the other end.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    /// A view of whether the other side has said anything.
    pub(crate) fn heard(&self) -> Heard {
        self.heard.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other(format!("the server sent more than {} KiB", MAX_BYTES / 1024))));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let bytes = buffer.filled().len().saturating_sub(before);
        self.left = self.left.saturating_sub(bytes);
        if bytes > 0 {
            self.heard.0.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Reasons why a step did not get an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NetError {
    /// The server did not take the connection.
    #[error("no connection to {to}: {reason}")]
    Connect { to: String, reason: String },
    /// The server took the connection and ended it without a byte.
    #[error("the connection was closed without an answer")]
    Closed,
    /// The server was silent for too long.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    /// There was no answer, or one that the protocol does not allow.
    #[error("{0}")]
    Answer(String),
}

impl NetError {
    pub(crate) fn answer(error: impl std::fmt::Display) -> NetError {
        NetError::Answer(error.to_string())
    }
}

/// The result of a step, or that it took too long.
pub(crate) async fn within<T>(limit: Duration, step: impl Future<Output = Result<T, NetError>>) -> Result<T, NetError> {
    time::timeout(limit, step).await.unwrap_or(Err(NetError::Deadline(limit)))
}

/// A connection to the first address that takes one.
pub(crate) async fn connect(
    settings: &Settings,
    host: &str,
    port: u16,
    addresses: &[IpAddr],
) -> Result<Connection, NetError> {
    let targets = settings.targets(host, port, addresses);
    let to = match targets.first() {
        Some(first) if host.parse() == Ok(first.ip()) => first.to_string(),
        Some(first) => format!("{host}:{port} ({first})"),
        None => return Err(NetError::Connect { to: format!("{host}:{port}"), reason: "no address".to_owned() }),
    };
    let attempts =
        targets.iter().take(MAX_ADDRESSES).zip(0..).map(|(target, before)| Box::pin(attempt(*target, before)));
    match time::timeout(settings.timeout, select_ok(attempts)).await {
        Ok(Ok((stream, _))) => Ok(Connection { stream, left: MAX_BYTES, heard: Heard::default() }),
        Ok(Err(error)) => Err(NetError::Connect { to, reason: reason(&error) }),
        Err(_) => Err(NetError::Connect { to, reason: format!("no answer within {:?}", settings.timeout) }),
    }
}

async fn attempt(target: SocketAddr, before: u32) -> io::Result<TcpStream> {
    time::sleep(HEAD_START * before).await;
    TcpStream::connect(target).await
}

/// The system's words without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
