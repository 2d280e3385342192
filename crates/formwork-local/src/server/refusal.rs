//! Refusals of the store, in S3's words.
//!
//! Source: S3 API Reference, "Error responses", and what the service answers where that says less.

use std::io;

use serde_json::{Map, Value};

use super::response::{Answer, respond};
use crate::objects::condition::NotKept;
use crate::objects::digest::Algorithm;
use crate::objects::listing;
use crate::protocol::xml;

/// A reason for which a request is not carried out.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    /// More elements of the answer.
    details: Map<String, Value>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), details: Map::new() }
    }

    pub(super) fn detail(mut self, name: &str, value: impl Into<Value>) -> Refusal {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn argument(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "InvalidArgument", message)
    }

    pub(super) fn request(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "InvalidRequest", message)
    }

    pub(super) fn not_implemented(asked: impl std::fmt::Display) -> Refusal {
        Refusal::new(501, "NotImplemented", format!("the embedded engine does not know `{asked}` of S3"))
    }

    pub(super) fn no_such_key() -> Refusal {
        Refusal::new(404, "NoSuchKey", "The specified key does not exist.")
    }

    pub(super) fn precondition_failed() -> Refusal {
        Refusal::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    }

    pub(super) fn too_large(length: u64, most: u64) -> Refusal {
        Refusal::new(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
            .detail("ProposedSize", length)
            .detail("MaxSizeAllowed", most)
    }

    pub(super) fn incomplete() -> Refusal {
        let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
        Refusal::new(400, "IncompleteBody", message)
    }

    pub(super) fn slow() -> Refusal {
        let message = "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
        Refusal::new(400, "RequestTimeout", message)
    }

    pub(super) fn sum_differs(algorithm: Algorithm) -> Refusal {
        let name = algorithm.name();
        Refusal::new(400, "BadDigest", format!("The {name} you specified did not match the calculated checksum."))
    }

    pub(super) fn other_sum(expected: Algorithm, given: Algorithm) -> Refusal {
        let (expected, given) = (expected.name().to_lowercase(), given.name().to_lowercase());
        Refusal::request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {given}"
        ))
    }

    /// The answer.
    pub(super) fn answer(self) -> Answer {
        respond(self.status, "application/xml", xml::bucket_error(self.code, &self.message, self.details))
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        let message = format!("the store could not be read or written, and nothing was changed: {error}");
        Refusal::new(500, "InternalError", message)
    }
}

impl From<NotKept> for Refusal {
    fn from(error: NotKept) -> Self {
        match error {
            NotKept::Condition => Refusal::precondition_failed(),
            NotKept::Missing => Refusal::no_such_key(),
            NotKept::Disk(error) => error.into(),
        }
    }
}

impl From<listing::Refused> for Refusal {
    fn from(refused: listing::Refused) -> Self {
        match refused {
            listing::Refused::Argument(message) => Refusal::argument(message),
            listing::Refused::Disk(error) => error.into(),
        }
    }
}
