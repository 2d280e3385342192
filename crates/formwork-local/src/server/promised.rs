//! The length and the checksums of a content, which a client states before it or behind it, and to which it is held.
//!
//! Source: S3 User Guide, "Checking object integrity in Amazon S3"; S3 API Reference, `PutObject`, "Error responses".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::CONTENT_LENGTH;
use hyper::http::request::Parts;

use super::refusal::Refusal;
use super::response::header;
use crate::objects::digest::{Algorithm, Digested, Digests};

/// The longest content of one request.
pub(super) const MOST: u64 = 5 * 1024 * 1024 * 1024;

/// A client's words about a content.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Promised {
    pub(super) length: u64,
    /// The body has the frames of [`super::chunked`].
    pub(super) is_chunked: bool,
    /// The checksum that is wanted, if one is.
    pub(super) algorithm: Option<Algorithm>,
    /// Its value, unless that comes behind the content.
    sum: Option<String>,
    /// Names of trailers.
    trailers: Vec<String>,
    md5: Option<Vec<u8>>,
    /// The SHA-256 that the request's signature is of.
    signed: Option<String>,
}

impl Promised {
    pub(super) fn of(head: &Parts) -> Result<Promised, Refusal> {
        let payload = header(head, "x-amz-content-sha256");
        let encodings = header(head, "content-encoding").split(',').map(str::trim);
        let is_chunked = payload.starts_with("STREAMING-") || encodings.into_iter().any(|one| one == "aws-chunked");
        let decoded = if is_chunked { header(head, "x-amz-decoded-content-length") } else { "" };
        let length = if decoded.is_empty() { header(head, CONTENT_LENGTH) } else { decoded };
        if length.is_empty() || is_chunked && decoded.is_empty() {
            let message = "You must provide the Content-Length HTTP header.";
            return Err(Refusal::new(411, "MissingContentLength", message));
        }
        let length: u64 =
            length.parse().map_err(|_| Refusal::argument(format!("`{length}` is not a length of a content")))?;
        if length > MOST {
            return Err(Refusal::too_large(length, MOST));
        }
        let trailers: Vec<String> = header(head, "x-amz-trailer")
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        let (algorithm, sum) = sum(head, &trailers)?;
        let md5 = match header(head, "content-md5") {
            "" => None,
            text => {
                let md5 = STANDARD.decode(text).ok().filter(|md5| md5.len() == 16);
                let invalid = || Refusal::new(400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
                Some(md5.ok_or_else(invalid)?)
            }
        };
        let is_digest = payload.len() == 64 && payload.bytes().all(|byte| byte.is_ascii_hexdigit());
        let signed = is_digest.then(|| payload.to_ascii_lowercase());
        Ok(Promised { length, is_chunked, algorithm, sum, trailers, md5, signed })
    }

    /// Everything that is to be worked out of the content: without a wish, S3's own checksum too.
    pub(super) fn digests(&self, usual: Algorithm) -> Digests {
        Digests::new(self.algorithm.unwrap_or(usual), self.signed.is_some())
    }

    /// Holds the content to what was said, and to its trailers.
    pub(super) fn hold(&self, content: &Digested, trailers: &[(String, String)]) -> Result<(), Refusal> {
        if content.length != self.length {
            return Err(Refusal::incomplete());
        }
        if let Some(md5) = self.md5.as_ref().filter(|md5| **md5 != content.md5) {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(Refusal::new(400, "BadDigest", message)
                .detail("ExpectedDigest", STANDARD.encode(md5))
                .detail("CalculatedDigest", STANDARD.encode(&content.md5)));
        }
        if let (Some(wanted), Some(found)) = (&self.signed, &content.signed)
            && wanted != found
        {
            let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
            return Err(Refusal::new(400, "XAmzContentSHA256Mismatch", message)
                .detail("ClientComputedContentSHA256", wanted.as_str())
                .detail("S3ComputedContentSHA256", found.as_str()));
        }
        let of = |name: &str| trailers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
        if self.trailers.iter().any(|name| of(name).is_none()) {
            return Err(malformed_trailer());
        }
        let Some(algorithm) = self.algorithm else { return Ok(()) };
        let sum = self.sum.as_deref().or_else(|| of(algorithm.header()));
        match sum {
            Some(sum) if !algorithm.is_value(sum) => Err(invalid(algorithm)),
            Some(sum) if sum != content.sum => Err(Refusal::sum_differs(algorithm)),
            _ => Ok(()),
        }
    }
}

fn malformed_trailer() -> Refusal {
    let message =
        "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    Refusal::new(400, "MalformedTrailerError", message)
}

fn invalid(algorithm: Algorithm) -> Refusal {
    Refusal::request(format!("Value for {} header is invalid.", algorithm.header()))
}

/// The one checksum of a request, and its value if that is in a header.
fn sum(head: &Parts, trailers: &[String]) -> Result<(Option<Algorithm>, Option<String>), Refusal> {
    let in_headers = Algorithm::ALL.into_iter().filter(|one| head.headers.contains_key(one.header()));
    let in_trailers = trailers.iter().filter_map(|name| Algorithm::in_header(name));
    let all: Vec<Algorithm> = in_headers.chain(in_trailers).collect();
    let named = header(head, "x-amz-sdk-checksum-algorithm");
    let named = match named {
        "" => None,
        name => Some(
            Algorithm::named(name)
                .ok_or_else(|| Refusal::request("Value for x-amz-sdk-checksum-algorithm header is invalid."))?,
        ),
    };
    match all.as_slice() {
        [] if named.is_some() => Err(Refusal::request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
        )),
        [] => Ok((None, None)),
        [algorithm] => {
            if named.is_some_and(|named| named != *algorithm) {
                return Err(Refusal::request("Value for x-amz-sdk-checksum-algorithm header is invalid."));
            }
            let value = head.headers.get(algorithm.header()).map(|value| value.to_str().unwrap_or_default().to_owned());
            match value {
                Some(value) if !algorithm.is_value(&value) => Err(invalid(*algorithm)),
                value => Ok((Some(*algorithm), value)),
            }
        }
        _ => {
            Err(Refusal::request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."))
        }
    }
}
