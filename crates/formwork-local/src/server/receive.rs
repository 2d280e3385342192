//! A content that comes over the wire, and is written while it comes: as much of it is in memory as one piece has.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming as Body;
use hyper::header::EXPECT;
use hyper::http::request::Parts;

use super::chunked::{Chunked, Malformed};
use super::promised::Promised;
use super::refusal::Refusal;
use super::response::Cut;
use crate::objects::digest::Algorithm;
use crate::objects::disk::Disk;
use crate::objects::incoming::{Incoming, Whole};

/// As much is gathered before it is written.
const PIECE: usize = 256 * 1024;

/// The time in which a client that sends must send more.
const MORE_WITHIN: Duration = Duration::from_secs(60);

/// The time in which the rest of a body that nobody wants must come.
const REST_WITHIN: Duration = Duration::from_secs(60);

/// A reason for which there is no content.
#[derive(Debug)]
pub(super) enum Stopped {
    /// It is not taken.
    Refused(Refusal),
    /// The client is gone.
    Cut,
}

impl<E: Into<Refusal>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Stopped::Refused(error.into())
    }
}

impl From<Cut> for Stopped {
    fn from(_: Cut) -> Self {
        Stopped::Cut
    }
}

/// Writes the content of a request. `usual` is its checksum if it names none. A content that is refused is read to its end: most clients
/// hear an answer only once they have sent everything.
pub(super) async fn receive(
    disk: &Disk,
    head: &Parts,
    mut body: Body,
    usual: Algorithm,
) -> Result<(Whole, Promised), Stopped> {
    let promised = match Promised::of(head) {
        Ok(promised) => promised,
        Err(refusal) => {
            skip(head, body).await?;
            return Err(refusal.into());
        }
    };
    let taken = take(disk, &promised, &mut body, usual).await;
    if let Err(Stopped::Refused(_)) = taken {
        rest(body).await?;
    }
    Ok((taken?, promised))
}

/// Passes over a body that is not taken. A client that waits to be told to go on has sent nothing.
pub(super) async fn skip(head: &Parts, body: Body) -> Result<(), Cut> {
    if head.headers.contains_key(EXPECT) { Ok(()) } else { rest(body).await }
}

async fn rest(mut body: Body) -> Result<(), Cut> {
    let rest = async {
        while let Some(frame) = body.frame().await {
            frame.map_err(|_| Cut)?;
        }
        Ok(())
    };
    // It sends no end of it, and is answered all the same.
    tokio::time::timeout(REST_WITHIN, rest).await.unwrap_or(Ok(()))
}

async fn take(disk: &Disk, promised: &Promised, body: &mut Body, usual: Algorithm) -> Result<Whole, Stopped> {
    let mut incoming = disk.begin(promised.digests(usual))?;
    let mut chunked = promised.is_chunked.then(Chunked::default);
    let mut piece = Vec::with_capacity(PIECE);
    let mut length = 0;
    loop {
        let frame = tokio::time::timeout(MORE_WITHIN, body.frame()).await.map_err(|_| Refusal::slow())?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| Stopped::Cut)?.into_data() else { continue };
        match &mut chunked {
            Some(chunked) => chunked.feed(&data, &mut piece).map_err(malformed)?,
            None => piece.extend_from_slice(&data),
        }
        if length + piece.len() as u64 > promised.length {
            return Err(Refusal::incomplete().into());
        }
        if piece.len() >= PIECE {
            length += piece.len() as u64;
            (incoming, piece) = write(incoming, piece).await?;
        }
    }
    (incoming, _) = write(incoming, piece).await?;
    let trailers = chunked.map_or(Ok(Vec::new()), Chunked::end).map_err(malformed)?;
    let whole = incoming.end();
    promised.hold(&whole.content, &trailers)?;
    Ok(whole)
}

/// Writes a piece beside everything else, and gives its room back.
async fn write(mut incoming: Incoming, mut piece: Vec<u8>) -> Result<(Incoming, Vec<u8>), Refusal> {
    blocking(move || {
        incoming.write(&piece).map(|()| {
            piece.clear();
            (incoming, piece)
        })
    })
    .await
}

/// Does something that waits for the disk, beside everything else.
pub(super) async fn blocking<T: Send + 'static, E: Into<Refusal> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Refusal::new(500, "InternalError", "the engine ends")),
    }
}

fn malformed(_: Malformed) -> Refusal {
    Refusal::new(400, "IncompleteBody", "the chunks of the body are malformed")
}
