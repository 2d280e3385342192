//! The store of templates and assets over the wire, as S3's clients ask for it: objects are put, got, looked at, listed and
//! deleted, by path (`/bucket/key`) or by host (`bucket.localhost`). Every bucket is there. What else could be asked (parts, versions,
//! copies, ranges) is refused, naming it. Of an object its bytes are kept, and neither its media type nor its metadata.
//!
//! Source: S3 API Reference, `PutObject`, `GetObject`, `HeadObject`, `DeleteObject`, `CreateBucket`, `HeadBucket`, `DeleteBucket`,
//! `GetBucketLocation`, `GetBucketEncryption`, "Error responses"; S3 User Guide, "Conditional writes". Lists are in [`super::listing`].

use std::io::ErrorKind;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, ETAG, HeaderValue, LAST_MODIFIED, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::listing::{self, Listing};
use super::{body, respond};
use crate::engine::Engine;
use crate::objects::{self, MAX_BUCKET, MAX_KEY, Object, Objects, decoded};
use crate::protocol::{Form, scope_of, xml};
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
    if bucket.len() > MAX_BUCKET {
        return refuse(400, "InvalidBucketName", "The specified bucket is not valid.");
    }
    if key.len() > MAX_KEY {
        return refuse(400, "KeyTooLongError", "Your key is too long");
    }
    let of_bucket = !bucket.is_empty() && key.is_empty();
    if head.method == Method::GET && of_bucket {
        return look_at(&objects, head, bucket);
    }
    if let Some(asked) = unknown(head, &[]) {
        return not_implemented(asked);
    }
    match (&head.method, bucket.is_empty(), key.is_empty()) {
        (&Method::GET, true, true) => or_failed(listing::buckets(&objects)),
        (&Method::HEAD, false, true) => done(200),
        (&Method::PUT, false, true) => match objects.make_bucket(bucket) {
            Ok(()) => with(done(200), LOCATION, &format!("/{bucket}")),
            Err(error) => failed(&error),
        },
        (&Method::DELETE, false, true) => match objects.delete_bucket(bucket) {
            Ok(()) => done(204),
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                refuse(409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
            }
            Err(error) => failed(&error),
        },
        (&Method::PUT, false, false) => {
            let encoding = head.headers.get("content-encoding").and_then(|value| value.to_str().ok());
            let body = match encoding.is_some_and(|encoding| encoding.contains("aws-chunked")) {
                true => unchunked(body),
                false => Some(body.to_vec()),
            };
            if let Some(refused) = condition(head, &objects, place) {
                return refused;
            }
            match body.map(|body| (objects.put(bucket, key, &body), body)) {
                Some((Ok(()), body)) => with(done(200), ETAG, &objects::etag(&body)),
                Some((Err(error), _)) => failed(&error),
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
            Err(error) => failed(&error),
        },
        (method, no_bucket, no_key) => not_implemented(match (no_bucket, no_key) {
            (true, _) => format!("{method} of the account"),
            (_, true) => format!("{method} of a bucket"),
            _ => format!("{method} of an object"),
        }),
    }
}

/// Why an object is not to be written, by the conditions of the request. Nothing comes in between: one request is answered after the other.
fn condition(head: &Parts, objects: &Objects, place: &Place) -> Option<Response<Full<Bytes>>> {
    let of = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let now = || objects.get(&place.bucket, &place.key).map(|object| objects::etag(&object.body));
    let failed = || refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    if let Some(none) = of("if-none-match") {
        return match none {
            "*" => now().map(|_| failed()),
            _ => Some(not_implemented(format!("if-none-match: {none}"))),
        };
    }
    let wanted = of("if-match")?;
    match now() {
        None => Some(refuse(404, "NoSuchKey", "The specified key does not exist.")),
        Some(etag) => (etag.trim_matches('"') != wanted.trim_matches('"')).then(failed),
    }
}

/// What is asked of a bucket: something about it, or what is in it.
fn look_at(objects: &Objects, head: &Parts, bucket: &str) -> Response<Full<Bytes>> {
    let about = ["location", "encryption"].into_iter().find(|about| names(head).any(|name| name == *about));
    let known = about.as_ref().map_or(listing::PARAMETERS, std::slice::from_ref);
    if let Some(asked) = unknown(head, known) {
        return not_implemented(asked);
    }
    match about.unwrap_or_default() {
        "location" => {
            let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            let region = authorization.and_then(scope_of).map_or("us-east-1", |scope| scope.region);
            // Of the first region S3 has no name.
            let region = if region == "us-east-1" { "" } else { region };
            found("LocationConstraint", &json!(region))
        }
        "encryption" => refuse(
            404,
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        ),
        _ => match Form::read(head.uri.query().unwrap_or_default().as_bytes()) {
            Ok(form) => or_failed(listing::keys(objects, bucket, &form)),
            Err(error) => refuse(400, "InvalidURI", &error.message),
        },
    }
}

/// The names in the query, without those that only sign.
fn names(head: &Parts) -> impl Iterator<Item = &str> {
    let names = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next());
    names.filter(|name| !name.is_empty() && *name != "x-id" && !name.to_ascii_lowercase().starts_with("x-amz-"))
}

/// What the request wants beyond what is known: a part, a version, a copy, an access list.
fn unknown(head: &Parts, known: &[&str]) -> Option<String> {
    let conditions: &[&str] = if head.method == Method::PUT { &[] } else { &["if-match", "if-none-match"] };
    let others = ["x-amz-copy-source", "range", "if-modified-since", "if-unmodified-since"];
    let mut headers = others.iter().chain(conditions).filter(|name| head.headers.contains_key(**name));
    let asked = names(head).find(|name| !known.contains(name));
    asked.or_else(|| headers.next().copied()).map(str::to_owned)
}

/// A list, or why there is none.
fn or_failed(listed: Result<Listing, listing::Refused>) -> Response<Full<Bytes>> {
    match listed {
        Ok(Listing { root, body }) => found(root, &body),
        Err(listing::Refused::Argument(message)) => refuse(400, "InvalidArgument", &message),
        Err(listing::Refused::Disk(error)) => failed(&error),
    }
}

fn found(root: &str, body: &Value) -> Response<Full<Bytes>> {
    respond(200, "application/xml", xml::bucket_answer(root, body))
}

fn failed(error: &std::io::Error) -> Response<Full<Bytes>> {
    refuse(500, "InternalError", &format!("the store could not be read or written, and nothing was changed: {error}"))
}

fn not_implemented(asked: impl std::fmt::Display) -> Response<Full<Bytes>> {
    refuse(501, "NotImplemented", &format!("the embedded engine does not know `{asked}` of S3"))
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

/// The answer to a body that could not be read.
pub(super) fn unread(status: StatusCode) -> Response<Full<Bytes>> {
    if status == StatusCode::REQUEST_TIMEOUT {
        let message = "Your socket connection to the server was not read from or written to within the timeout period.";
        return refuse(400, "RequestTimeout", message);
    }
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
