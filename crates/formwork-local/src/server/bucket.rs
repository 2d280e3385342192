//! The store of templates and assets over the wire, as S3's clients ask for it, by path (`/bucket/key`) or by host (`bucket.localhost`).
//! Here is decided which call a request is, and calls of buckets are answered; those of objects are in [`super::object`], those of parts
//! in [`super::parts`], lists in [`crate::objects::listing`]. Every bucket is there. Everything else that could be asked (versions, copies,
//! access lists) is refused, naming it.
//!
//! Source: S3 API Reference, `CreateBucket`, `HeadBucket`, `DeleteBucket`, `GetBucketLocation`, `GetBucketEncryption`; S3 User Guide,
//! "Verifying bucket ownership with bucket owner condition".

use std::io::ErrorKind;

use hyper::Method;
use hyper::body::{Bytes, Incoming as Body};
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use serde_json::json;

use super::receive::{Stopped, skip};
use super::refusal::Refusal;
use super::response::{Answer, Cut, header, respond, with};
use super::{body, object, parts};
use crate::engine::Engine;
use crate::objects::Objects;
use crate::objects::disk::Disk;
use crate::objects::listing::{self, Listing};
use crate::objects::names::{MAX_BUCKET, MAX_KEY, decoded};
use crate::protocol::{Form, scope_of, xml};
use crate::world::ACCOUNT;

/// The bucket and the key that a request is about; either may be empty.
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

/// Answers a request; a client that is gone is not answered.
pub(super) async fn answer(engine: &Engine, head: &Parts, place: &Place, body: Body) -> Result<Answer, Cut> {
    let answered = match refused(head, place) {
        Some(refusal) => skip(head, body).await.map_err(Stopped::from).and(Err(refusal.into())),
        None => match engine.objects() {
            Objects::Disk(disk) => carry_out(engine, &disk, head, place, body).await,
            Objects::Memory(_) => Err(Refusal::not_implemented("the store of an engine in memory").into()),
        },
    };
    match answered {
        Ok(answer) => Ok(answer),
        Err(Stopped::Refused(refusal)) => {
            let answer = refusal.answer();
            // An answer to HEAD has no body; its status says it all.
            let is_head = head.method == Method::HEAD;
            Ok(if is_head { respond(answer.status().as_u16(), "application/xml", Vec::new()) } else { answer })
        }
        Err(Stopped::Cut) => Err(Cut),
    }
}

/// The reason for which a request is not looked at any further.
fn refused(head: &Parts, Place { bucket, key }: &Place) -> Option<Refusal> {
    if bucket.len() > MAX_BUCKET {
        return Some(Refusal::new(400, "InvalidBucketName", "The specified bucket is not valid."));
    }
    if key.len() > MAX_KEY {
        return Some(Refusal::new(400, "KeyTooLongError", "Your key is too long"));
    }
    // All buckets are those of the engine's account.
    let owner = header(head, "x-amz-expected-bucket-owner");
    (!owner.is_empty() && owner != ACCOUNT).then(|| Refusal::new(403, "AccessDenied", "Access Denied"))
}

async fn carry_out(
    engine: &Engine,
    disk: &Disk,
    head: &Parts,
    Place { bucket, key }: &Place,
    body: Body,
) -> Result<Answer, Stopped> {
    let form = Form::read(head.uri.query().unwrap_or_default().as_bytes());
    let form = form.map_err(|error| Refusal::new(400, "InvalidURI", error.message))?;
    let has = |name: &str| form.get(name).is_some();
    let known: &[&str] = match (&head.method, key.is_empty()) {
        (&Method::GET, true) if !bucket.is_empty() => of_bucket(&form),
        (&Method::GET, false) if has("uploadId") => parts::OF_PARTS,
        (&Method::POST, false) if has("uploads") => &["uploads"],
        (&Method::POST | &Method::DELETE, false) => &["uploadId"],
        (&Method::PUT, false) if has("uploadId") && has("partNumber") => &["partNumber", "uploadId"],
        _ => &[],
    };
    if let Some(asked) = unknown(head, known) {
        skip(head, body).await?;
        return Err(Refusal::not_implemented(asked).into());
    }
    let of = (bucket.as_str(), key.as_str());
    if head.method == Method::PUT && !bucket.is_empty() && !key.is_empty() {
        return match (form.get("uploadId"), form.get("partNumber")) {
            (Some(id), Some(number)) => parts::put(disk, head, of, (id, number), body).await,
            _ => object::put(disk, head, of, body).await,
        };
    }
    let body = short(body).await?;
    let answer = match (&head.method, bucket.is_empty(), key.is_empty()) {
        (&Method::GET, true, true) => found(listing::buckets(disk).map_err(Refusal::from)?),
        (&Method::HEAD, false, true) => with(done(200), "x-amz-bucket-region", region(head)),
        (&Method::GET, false, true) if has("uploads") => parts::uploads(disk, bucket, &form)?,
        (&Method::GET, false, true) => look_at(engine, head, bucket, &form)?,
        (&Method::PUT, false, true) => {
            disk.make_bucket(bucket)?;
            with(done(200), "location", &format!("/{bucket}"))
        }
        (&Method::DELETE, false, true) => match disk.delete_bucket(bucket) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                let message = "The bucket you tried to delete is not empty";
                return Err(Refusal::new(409, "BucketNotEmpty", message).into());
            }
            deleted => deleted.map(|()| done(204))?,
        },
        (&Method::GET, false, false) if has("uploadId") => parts::parts(disk, of, &form)?,
        (&Method::GET | &Method::HEAD, false, false) => object::get(disk, head, of)?,
        (&Method::POST, false, false) if has("uploads") => {
            parts::begin(disk, head, of, (&engine.request_id(), engine.now()))?
        }
        (&Method::POST, false, false) if has("uploadId") => {
            parts::complete(disk, head, of, form.get("uploadId").unwrap_or_default(), &body).await?
        }
        (&Method::DELETE, false, false) => match form.get("uploadId") {
            Some(id) => parts::abort(disk, of, id)?,
            None => object::delete(disk, of)?,
        },
        (method, no_bucket, no_key) => {
            return Err(Refusal::not_implemented(match (no_bucket, no_key) {
                (true, _) => format!("{method} of the account"),
                (_, true) => format!("{method} of a bucket"),
                _ => format!("{method} of an object"),
            })
            .into());
        }
    };
    Ok(answer)
}

/// A body that is no object's.
async fn short(body: Body) -> Result<Bytes, Stopped> {
    body::read(body).await.map_err(|refused| match refused {
        body::Refused::TooLong => {
            let message = format!("Your proposed upload exceeds the maximum allowed size: {} bytes", body::MAX);
            Refusal::new(400, "EntityTooLarge", message).into()
        }
        body::Refused::Slow => Refusal::slow().into(),
        body::Refused::Cut => Stopped::Cut,
    })
}

/// The questions about a bucket itself.
const ABOUT: [&str; 2] = ["location", "encryption"];

/// The parameters of what is asked of a bucket: something about it, or what is in it.
fn of_bucket(form: &Form) -> &'static [&'static str] {
    match ABOUT.iter().position(|about| form.get(about).is_some()) {
        Some(about) => &ABOUT[about..=about],
        None if form.get("uploads").is_some() => parts::OF_UPLOADS,
        None => listing::PARAMETERS,
    }
}

/// Answers what is asked of a bucket.
fn look_at(engine: &Engine, head: &Parts, bucket: &str, form: &Form) -> Result<Answer, Refusal> {
    if form.get("location").is_some() {
        // Of the first region S3 has no name.
        let region = Some(region(head)).filter(|region| *region != "us-east-1").unwrap_or_default();
        return Ok(found(Listing { root: "LocationConstraint", body: json!(region) }));
    }
    if form.get("encryption").is_some() {
        let message = "The server side encryption configuration was not found";
        return Err(Refusal::new(404, "ServerSideEncryptionConfigurationNotFoundError", message));
    }
    Ok(found(listing::keys(&engine.objects(), bucket, form)?))
}

/// The region that a request is signed for; each bucket is there.
fn region(head: &Parts) -> &str {
    scope_of(header(head, AUTHORIZATION)).map_or("us-east-1", |scope| scope.region)
}

/// Whatever the request wants beyond what is known: a version, a copy, an access list.
fn unknown(head: &Parts, known: &[&str]) -> Option<String> {
    let names = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next());
    // Without those that only sign.
    let mut asked = names
        .filter(|name| !name.is_empty() && *name != "x-id" && !name.to_ascii_lowercase().starts_with("x-amz-"))
        .filter(|name| !known.contains(name));
    let conditions: &[&str] = if head.method == Method::DELETE { &["if-match", "if-none-match"] } else { &[] };
    let others =
        ["x-amz-copy-source", "x-amz-write-offset-bytes", "if-modified-since", "if-unmodified-since", "if-range"];
    let mut headers = others.iter().chain(conditions).filter(|name| head.headers.contains_key(**name));
    asked.next().or_else(|| headers.next().copied()).map(str::to_owned)
}

fn found(Listing { root, body }: Listing) -> Answer {
    respond(200, "application/xml", xml::bucket_answer(root, &body))
}

fn done(status: u16) -> Answer {
    respond(status, "application/xml", Vec::new())
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
}
