//! Answers over the wire: a text that is there, or a part of a file that is read while it is sent.

use std::fs::File;
use std::future::Future as _;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{AsHeaderName, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use tokio::task::JoinHandle;

/// As much of a file is in memory at a time.
const PIECE: u64 = 256 * 1024;

/// An answer.
pub(super) type Answer = Response<Content>;

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it, until it is sent.
    Whole(Option<Bytes>),
    /// A part of a file.
    Part(Part),
}

/// A part of a file, from where the file stands.
#[derive(Debug)]
pub(super) struct Part {
    rest: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The next piece is to be read; the file is gone when reading failed.
    Ready(Option<File>),
    /// A piece is being read, beside everything else.
    Reading(JoinHandle<(File, io::Result<Vec<u8>>)>),
}

impl Content {
    /// So many bytes of a file from a place on.
    pub(super) fn part(mut file: File, start: u64, length: u64) -> io::Result<Content> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Content::Part(Part { rest: length, state: State::Ready(Some(file)) }))
    }
}

impl Part {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match &mut self.state {
                State::Ready(_) if self.rest == 0 => return Poll::Ready(None),
                State::Ready(file) => {
                    let Some(mut file) = file.take() else { return Poll::Ready(None) };
                    let wanted = self.rest.min(PIECE);
                    self.state = State::Reading(tokio::task::spawn_blocking(move || {
                        let mut piece = Vec::new();
                        let read = (&mut file).take(wanted).read_to_end(&mut piece);
                        (file, read.map(|_| piece))
                    }));
                }
                State::Reading(reading) => {
                    let (file, piece) = match ready!(Pin::new(reading).poll(cx)) {
                        Ok((file, Ok(piece))) if !piece.is_empty() => (file, piece),
                        // The length was promised: the connection breaks, and the client knows.
                        failed => {
                            self.state = State::Ready(None);
                            let error = match failed {
                                Ok((_, Err(error))) => error,
                                _ => ErrorKind::UnexpectedEof.into(),
                            };
                            return Poll::Ready(Some(Err(error)));
                        }
                    };
                    self.rest = self.rest.saturating_sub(piece.len() as u64);
                    self.state = State::Ready(Some(file));
                    return Poll::Ready(Some(Ok(piece.into())));
                }
            }
        }
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Part(part) => part.poll(cx).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Part(part) => part.rest == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Content::Whole(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Content::Part(part) => part.rest,
        })
    }
}

/// A connection that ends without an answer: hyper closes it when the service fails.
#[derive(Debug)]
pub(super) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection ends without an answer")
    }
}

impl std::error::Error for Cut {}

/// A header of a request; empty if it is not there, or not a text.
pub(super) fn header(head: &Parts, name: impl AsHeaderName) -> &str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

pub(super) fn plain(status: StatusCode, text: &str) -> Answer {
    respond(status.as_u16(), "text/plain; charset=utf-8", text.as_bytes().to_vec())
}

pub(super) fn respond(status: u16, content_type: &'static str, body: Vec<u8>) -> Answer {
    let body = (!body.is_empty()).then(|| Bytes::from(body));
    let mut response = Response::new(Content::Whole(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The answer with one more header, or with that header replaced; a value that HTTP cannot say is left out.
pub(super) fn with(mut answer: Answer, name: &str, value: &str) -> Answer {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
    {
        answer.headers_mut().insert(name, value);
    }
    answer
}
