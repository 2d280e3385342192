//! A request's body that is read as a whole: as long as it may be, and no longer than a client may take for it. Contents of objects are
//! read in [`super::receive`].

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};

use super::response::{Answer, Cut};

/// A template has 1 MiB at most; in a form every byte may take three.
pub(super) const MAX: usize = 4 * 1_048_576;

/// As much is read of a body that is too long. A client hears the answer only once it has sent everything.
const DRAINED: usize = 16 * MAX;

/// The time that a client may take to send a body.
const WITHIN: Duration = Duration::from_secs(60);

/// A reason for which there is no body.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is longer than [`MAX`].
    TooLong,
    /// The client stopped in the middle of it.
    Cut,
    /// The client took longer than it may.
    Slow,
}

impl Refused {
    /// The answer, in the words of the protocol that was asked; none to a client that is gone.
    pub(super) fn say(self, answer: impl FnOnce(StatusCode, &str) -> Answer) -> Result<Answer, Cut> {
        match self {
            Refused::TooLong => {
                Ok(answer(StatusCode::PAYLOAD_TOO_LARGE, &format!("the request is longer than {MAX} bytes\n")))
            }
            Refused::Slow => {
                let text = format!("the request took longer than {} seconds\n", WITHIN.as_secs());
                Ok(answer(StatusCode::REQUEST_TIMEOUT, &text))
            }
            Refused::Cut => Err(Cut),
        }
    }
}

/// The whole body.
pub(super) async fn read(body: Incoming) -> Result<Bytes, Refused> {
    tokio::time::timeout(WITHIN, collect(body)).await.unwrap_or(Err(Refused::Slow))
}

async fn collect(mut body: Incoming) -> Result<Bytes, Refused> {
    let mut whole = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refused::Cut)?.into_data() else { continue };
        length += data.len();
        if length > DRAINED {
            break;
        }
        if length <= MAX {
            whole.extend_from_slice(&data);
        }
    }
    if length > MAX { Err(Refused::TooLong) } else { Ok(whole.into()) }
}
