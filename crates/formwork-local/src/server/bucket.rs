//! The store of templates over the wire, as S3's clients ask for it: objects are put, got, looked at and deleted, by path
//! (`/bucket/key`) or by host (`bucket.localhost`). Every bucket is there. Anything else of S3 is refused, naming it.
//!
//! Source: S3 API Reference, `PutObject`, `GetObject`, `HeadObject`, `DeleteObject`, `HeadBucket`, `CreateBucket`, "Error responses".

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, ETAG, HeaderValue, LAST_MODIFIED};
use hyper::http::request::Parts;
use hyper::{Method, Response};

use super::{body, respond};
use crate::engine::Engine;
use crate::objects::{self, Object, decoded};
use crate::protocol::xml;
use crate::time;

/// What a request is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bucket: String,
    key: String,
}

/// Bucket and key of a request.
pub(super) fn place(host: &str, path: &str) -> Place {
    let path = path.strip_prefix('/').unwrap_or(path);
    let host = host.split(':').next().unwrap_or_default();
    let (bucket, key) = match host.strip_suffix(".localhost") {
        Some(bucket) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    Place { bucket: decoded(bucket), key: decoded(key) }
}

pub(super) fn answer(engine: &Engine, head: &Parts, place: &Place, body: &[u8]) -> Response<Full<Bytes>> {
    let objects = engine.objects();
    let Place { bucket, key } = place;
    if let Some(asked) = unknown(head) {
        return refuse(501, "NotImplemented", &format!("the embedded engine does not know `{asked}` of S3"));
    }
    match (&head.method, bucket.is_empty(), key.is_empty()) {
        (&Method::HEAD | &Method::PUT, false, true) => done(200),
        (&Method::PUT, false, false) => {
            let encoding = head.headers.get("content-encoding").and_then(|value| value.to_str().ok());
            let body = match encoding.is_some_and(|encoding| encoding.contains("aws-chunked")) {
                true => unchunked(body),
                false => Some(body.to_vec()),
            };
            match body.map(|body| (objects.put(bucket, key, &body), body)) {
                Some((Ok(()), body)) => with(done(200), ETAG, &objects::etag(&body)),
                Some((Err(error), _)) => {
                    refuse(500, "InternalError", &format!("the object could not be written, and was not put: {error}"))
                }
                None => refuse(400, "IncompleteBody", "the chunks of the body are malformed"),
            }
        }
        (&Method::GET | &Method::HEAD, false, false) => match objects.get(bucket, key) {
            Some(object) => send(object, head.method == Method::HEAD),
            // An answer to HEAD has no body; its status says it all.
            None if head.method == Method::HEAD => done(404),
            None => refuse(404, "NoSuchKey", "The specified key does not exist."),
        },
        (&Method::DELETE, false, false) => match objects.delete(bucket, key) {
            Ok(()) => done(204),
            Err(error) => refuse(500, "InternalError", &format!("the object could not be deleted: {error}")),
        },
        (method, _, _) => {
            let what = if bucket.is_empty() { "the account" } else { "a bucket" };
            refuse(501, "NotImplemented", &format!("the embedded engine does not know {method} of {what} of S3"))
        }
    }
}

/// What the request wants beyond putting and getting: a part, a version, a copy, an access list.
fn unknown(head: &Parts) -> Option<String> {
    let query = head.uri.query().unwrap_or_default();
    let names = query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
    let mut asked = names.filter(|name| *name != "x-id" && !name.to_ascii_lowercase().starts_with("x-amz-"));
    let copy = || head.headers.contains_key("x-amz-copy-source").then(|| "x-amz-copy-source".to_owned());
    asked.next().map(str::to_owned).or_else(copy)
}

fn send(object: Object, only_its_head: bool) -> Response<Full<Bytes>> {
    let length = object.body.len().to_string();
    let etag = objects::etag(&object.body);
    let body = if only_its_head { Vec::new() } else { object.body };
    let mut response = respond(200, "application/octet-stream", body);
    response = with(response, CONTENT_LENGTH, &length);
    response = with(response, ETAG, &etag);
    with(response, LAST_MODIFIED, &time::http(object.modified))
}

fn done(status: u16) -> Response<Full<Bytes>> {
    respond(status, "application/xml", Vec::new())
}

fn refuse(status: u16, code: &str, message: &str) -> Response<Full<Bytes>> {
    respond(status, "application/xml", xml::bucket_error(code, message))
}

pub(super) fn too_large() -> Response<Full<Bytes>> {
    let message = format!("Your proposed upload exceeds the maximum allowed size: {} bytes", body::MAX);
    refuse(400, "EntityTooLarge", &message)
}

fn with(mut response: Response<Full<Bytes>>, name: hyper::header::HeaderName, value: &str) -> Response<Full<Bytes>> {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The body without the frames of `aws-chunked`: size in hexadecimal, line end, bytes, line end; then trailers.
///
/// Source: S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks".
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len());
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(&body[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(..size)?);
        body = body.get(size.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_path_and_by_host() {
        let expected = |bucket: &str, key: &str| Place { bucket: bucket.to_owned(), key: key.to_owned() };
        assert_eq!(place("127.0.0.1:4566", "/b/k/t%20t.json"), expected("b", "k/t t.json"));
        assert_eq!(place("b.localhost:4566", "/k/t%20t.json"), expected("b", "k/t t.json"));
        assert_eq!(place("localhost:4566", "/b"), expected("b", ""));
        assert_eq!(place("localhost", "/"), expected("", ""));
    }

    #[test]
    fn chunks() {
        assert_eq!(
            unchunked(b"3;chunk-signature=x\r\nabc\r\n0\r\nx-amz-checksum-crc32:y\r\n\r\n"),
            Some(b"abc".to_vec())
        );
        for body in [&b"zz\r\n"[..], b"5\r\nabc\r\n0\r\n", b"ffffffffffffffff\r\nabc\r\n", b"3\r\nabc"] {
            assert_eq!(unchunked(body), None, "{body:?}");
        }
    }
}
