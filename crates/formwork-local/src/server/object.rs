//! Objects over the wire: put, got, looked at, deleted.
//!
//! Source: S3 API Reference, `PutObject`, `GetObject`, `HeadObject`, `DeleteObject`; S3 User Guide, "Working with object metadata".

use std::collections::BTreeMap;

use hyper::Method;
use hyper::body::Incoming as Body;
use hyper::header::{IF_MATCH, IF_NONE_MATCH, RANGE};
use hyper::http::request::Parts;

use super::range;
use super::receive::{Stopped, blocking, receive, skip};
use super::refusal::Refusal;
use super::response::{Answer, Content, header, respond, with};
use crate::objects::condition::Condition;
use crate::objects::digest::{Algorithm, Checksum};
use crate::objects::disk::Disk;
use crate::objects::facts::{Facts, Known};
use crate::time;

/// Headers that are given back as they came.
const KEPT: [&str; 6] =
    ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"];

/// The beginning of the names of a user's own headers.
const META: &str = "x-amz-meta-";

/// The most bytes of a user's own headers, without that beginning.
const MAX_META: usize = 2 * 1024;

/// The media type of an object that was given none.
const UNKNOWN: &str = "binary/octet-stream";

/// The headers of a request that belong to the object.
pub(super) fn headers(head: &Parts) -> Result<BTreeMap<String, String>, Refusal> {
    let mut kept = BTreeMap::new();
    let mut length = 0;
    for (name, value) in &head.headers {
        let meta = name.as_str().strip_prefix(META);
        if meta.is_none() && !KEPT.contains(&name.as_str()) {
            continue;
        }
        let mut value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == "content-encoding" {
            // That one is of the request.
            let encodings: Vec<&str> = value.split(',').map(str::trim).filter(|one| *one != "aws-chunked").collect();
            value = encodings.join(",");
        }
        length += meta.map_or(0, |meta| meta.len() + value.len());
        if value.is_empty() {
            continue;
        }
        // S3 joins what is given twice.
        kept.entry(name.as_str().to_owned())
            .and_modify(|before: &mut String| *before = format!("{before},{value}"))
            .or_insert(value);
    }
    if length > MAX_META {
        return Err(Refusal::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    Ok(kept)
}

/// On which condition a request writes.
pub(super) fn condition(head: &Parts) -> Result<Condition, Refusal> {
    match (header(head, IF_NONE_MATCH), header(head, IF_MATCH)) {
        ("", "") => Ok(Condition::Always),
        ("*", _) => Ok(Condition::IsNew),
        ("", wanted) => Ok(Condition::Replaces(wanted.trim_matches('"').to_owned())),
        (other, _) => Err(Refusal::not_implemented(format!("if-none-match: {other}"))),
    }
}

pub(super) async fn put(disk: &Disk, head: &Parts, (bucket, key): (&str, &str), body: Body) -> Result<Answer, Stopped> {
    let wishes = condition(head).and_then(|condition| Ok((condition, headers(head)?)));
    let (condition, headers) = match wishes {
        Ok(wishes) => wishes,
        Err(refusal) => {
            skip(head, body).await?;
            return Err(refusal.into());
        }
    };
    let (whole, _) = receive(disk, head, body, Algorithm::Crc64Nvme).await?;
    let facts = Facts::of(&whole.content, headers);
    let (disk, bucket, key) = (disk.clone(), bucket.to_owned(), key.to_owned());
    let facts = blocking(move || disk.keep((&bucket, &key), whole, &facts, &condition).map(|()| facts)).await?;
    Ok(written(respond(200, "application/xml", Vec::new()), &facts))
}

/// An answer about something that was written.
pub(super) fn written(answer: Answer, facts: &Facts) -> Answer {
    let answer = with(answer, "etag", &format!("\"{}\"", facts.etag));
    match &facts.checksum {
        Some(sum) => with_sum(answer, sum),
        None => answer,
    }
}

fn with_sum(answer: Answer, sum: &Checksum) -> Answer {
    with(with(answer, sum.algorithm.header(), &sum.value), "x-amz-checksum-type", sum.kind.name())
}

pub(super) fn get(disk: &Disk, head: &Parts, (bucket, key): (&str, &str)) -> Result<Answer, Refusal> {
    let (file, known) = disk.open(bucket, key)?.ok_or_else(Refusal::no_such_key)?;
    let Known { facts, modified } = known;
    let is_of =
        |tags: &str| tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_matches('"') == facts.etag);
    let described = |answer| {
        let answer = with(with(answer, "etag", &format!("\"{}\"", facts.etag)), "last-modified", &time::http(modified));
        with(answer, "accept-ranges", "bytes")
    };
    let wanted = header(head, IF_MATCH);
    if !wanted.is_empty() && !is_of(wanted) {
        return Err(Refusal::precondition_failed());
    }
    if is_of(header(head, IF_NONE_MATCH)) {
        return Ok(described(respond(304, UNKNOWN, Vec::new())));
    }
    let range = range::of(header(head, RANGE), facts.length)?;
    let (start, end) = range.as_ref().map_or((0, facts.length), |range| (range.start, range.end));
    let mut answer = described(respond(if range.is_some() { 206 } else { 200 }, UNKNOWN, Vec::new()));
    for (name, value) in &facts.headers {
        answer = with(answer, name, value);
    }
    if range.is_some() {
        answer = with(answer, "content-range", &format!("bytes {start}-{}/{}", end - 1, facts.length));
    } else if header(head, "x-amz-checksum-mode").eq_ignore_ascii_case("enabled")
        && let Some(sum) = &facts.checksum
    {
        // Of the whole: who has a part cannot hold it to that.
        answer = with_sum(answer, sum);
    }
    if head.method == Method::HEAD {
        return Ok(with(answer, "content-length", &(end - start).to_string()));
    }
    *answer.body_mut() = Content::part(file, start, end - start)?;
    Ok(answer)
}

pub(super) fn delete(disk: &Disk, (bucket, key): (&str, &str)) -> Result<Answer, Refusal> {
    disk.delete(bucket, key)?;
    Ok(respond(204, "application/xml", Vec::new()))
}
