//! The lists of the store: `ListBuckets`, and `ListObjectsV2` with its prefixes and pages, and its older form `ListObjects`.
//!
//! Source: S3 API Reference, `ListBuckets`, `ListObjectsV2`, `ListObjects`.

use std::io;

use serde_json::{Value, json};

use super::Objects;
use super::disk::{Bucket, Disk};
use super::facts::Facts;
use super::names::decoded;
use crate::protocol::Form;
use crate::time;

/// The parameters of a list of objects.
pub(crate) const PARAMETERS: &[&str] = &[
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "list-type",
    "marker",
    "max-keys",
    "prefix",
    "start-after",
];

/// As many as a page has at most.
const PAGE: usize = 1_000;

/// An answer: the element around it all, and what is in it.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) root: &'static str,
    pub(crate) body: Value,
}

/// A reason for which there is no list.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The question makes no sense.
    Argument(String),
    /// The disk cannot be read.
    Disk(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::Disk(error)
    }
}

pub(crate) fn buckets(disk: &Disk) -> Result<Listing, Refused> {
    let bucket = |bucket: Bucket| json!({ "Name": bucket.name, "CreationDate": time::text(bucket.made) });
    let buckets: Vec<Value> = disk.buckets()?.into_iter().map(bucket).collect();
    let body = json!({ "Owner": { "ID": "local" }, "Buckets": { "Bucket": buckets } });
    Ok(Listing { root: "ListAllMyBucketsResult", body })
}

/// An entry of a list.
enum Entry {
    /// An object's key.
    Object(String),
    /// Everything that begins so and goes on behind the delimiter.
    Prefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Entry::Object(key) => key,
            Entry::Prefix(prefix) => prefix,
        }
    }
}

pub(crate) fn keys(objects: &Objects, bucket: &str, form: &Form) -> Result<Listing, Refused> {
    let given = |name: &str| form.get(name).filter(|value| !value.is_empty());
    let argument = |text: &str| Refused::Argument(text.to_owned());
    let is_second = match form.get("list-type") {
        None => false,
        Some("2") => true,
        Some(_) => return Err(argument("Invalid List Type specified in Query String")),
    };
    let is_encoded = match given("encoding-type") {
        None => false,
        Some("url") => true,
        Some(_) => return Err(argument("Invalid Encoding Method specified in Request")),
    };
    let max: usize = match given("max-keys") {
        None => PAGE,
        Some(text) => text.parse().map_err(|_| argument("Provided max-keys not an integer or within integer range"))?,
    };
    let (prefix, delimiter) = (given("prefix").unwrap_or_default(), given("delimiter"));
    // Where the last page ended. In the newer form, nobody else needs to understand it.
    let token = match (is_second, given("continuation-token").map(|token| token.strip_prefix(TOKEN))) {
        (false, _) => given("marker").map(str::to_owned),
        (true, None) => None,
        (true, Some(Some(name))) => Some(decoded(name)),
        (true, Some(None)) => return Err(argument("The continuation token provided is incorrect")),
    };
    let after = token.as_deref().or_else(|| given("start-after")).unwrap_or_default();

    let mut page: Vec<Entry> = Vec::new();
    let mut is_truncated = false;
    for key in objects.keys(bucket)? {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let end = delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()));
        let entry = match end {
            Some(end) => Entry::Prefix(format!("{prefix}{}", &rest[..end])),
            None => Entry::Object(key.clone()),
        };
        // A page that ended with a prefix is past everything below it.
        let is_past = key.as_str() <= after || token.is_some() && entry.name() <= after;
        if is_past || page.last().is_some_and(|last| last.name() == entry.name()) {
            continue;
        }
        if page.len() == max.min(PAGE) {
            is_truncated = max > 0;
            break;
        }
        page.push(entry);
    }

    let spelled = |text: &str| if is_encoded { encoded(text) } else { text.to_owned() };
    let last = page.last().filter(|_| is_truncated).map(|last| last.name().to_owned());
    let count = page.len();
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for entry in page {
        match entry {
            Entry::Prefix(prefix) => prefixes.push(json!({ "Prefix": spelled(&prefix) })),
            // One that was deleted meanwhile is not there.
            Entry::Object(key) => contents.extend(objects.known(bucket, &key)?.map(|known| {
                let Facts { length, etag, checksum, .. } = known.facts;
                json!({
                    "Key": spelled(&key),
                    "LastModified": time::text(known.modified),
                    "ETag": format!("\"{etag}\""),
                    "ChecksumAlgorithm": checksum.as_ref().map(|sum| sum.algorithm.name()),
                    "ChecksumType": checksum.as_ref().map(|sum| sum.kind.name()),
                    "Size": length,
                    "StorageClass": "STANDARD",
                })
            })),
        }
    }
    let mut body = json!({
        "Name": bucket,
        "Prefix": spelled(prefix),
        "Delimiter": delimiter.map(spelled),
        "EncodingType": is_encoded.then_some("url"),
        "MaxKeys": max,
        "IsTruncated": is_truncated,
        "Contents": contents,
        "CommonPrefixes": prefixes,
    });
    if is_second {
        body["KeyCount"] = json!(count);
        body["StartAfter"] = json!(given("start-after").map(spelled));
        body["ContinuationToken"] = json!(given("continuation-token"));
        body["NextContinuationToken"] = json!(last.map(|last| format!("{TOKEN}{}", encoded(&last))));
    } else {
        body["Marker"] = json!(spelled(given("marker").unwrap_or_default()));
        body["NextMarker"] = json!(last.as_deref().map(spelled));
    }
    Ok(Listing { root: "ListBucketResult", body })
}

/// The beginning of a continuation token, so that a key is not taken for one.
const TOKEN: &str = "after:";

/// A key as it stands in XML when that was asked for: XML has no way to say every key.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The things that a list shows: prefixes, keys, and whether there is more.
    fn shown(objects: &Objects, query: &str) -> String {
        let form = Form::read(query.as_bytes()).unwrap();
        match keys(objects, "b", &form) {
            Ok(Listing { body, .. }) => {
                let names = |list: &str, key: &str| -> Vec<String> {
                    let items = body[list].as_array().unwrap().iter();
                    items.map(|item| item[key].as_str().unwrap().to_owned()).collect()
                };
                let next = body["NextContinuationToken"].as_str().or(body["NextMarker"].as_str()).unwrap_or("-");
                format!(
                    "{:?} {:?} {}",
                    names("CommonPrefixes", "Prefix"),
                    names("Contents", "Key"),
                    next.escape_debug()
                )
            }
            Err(Refused::Argument(message)) => message,
            Err(Refused::Disk(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn prefixes_and_pages() {
        let objects = Objects::in_memory();
        for key in ["a", "b/1", "b/2", "b/c/3", "d e", "b\u{1}"] {
            objects.put("b", key, b"x".to_vec(), 0).unwrap();
        }
        let mut lines = String::new();
        for query in [
            "",
            "encoding-type=url",
            "delimiter=/",
            "prefix=b/&delimiter=/",
            "prefix=b",
            "prefix=nothing",
            "max-keys=2",
            "max-keys=2&continuation-token=after:b%2501",
            "max-keys=2&delimiter=/",
            "max-keys=2&delimiter=/&continuation-token=after:b/",
            "start-after=b/1&delimiter=/",
            "max-keys=0",
            "max-keys=many",
            "continuation-token=a",
            "encoding-type=base64",
        ] {
            lines += &format!("{query}: {}\n", shown(&objects, &format!("list-type=2&{query}")));
        }
        for query in ["max-keys=2", "max-keys=2&marker=b%01", "delimiter=/&marker=b/", "list-type=1"] {
            lines += &format!("older, {query}: {}\n", shown(&objects, query));
        }
        insta::assert_snapshot!(lines, @r#"
        : [] ["a", "b\u{1}", "b/1", "b/2", "b/c/3", "d e"] -
        encoding-type=url: [] ["a", "b%01", "b/1", "b/2", "b/c/3", "d%20e"] -
        delimiter=/: ["b/"] ["a", "b\u{1}", "d e"] -
        prefix=b/&delimiter=/: ["b/c/"] ["b/1", "b/2"] -
        prefix=b: [] ["b\u{1}", "b/1", "b/2", "b/c/3"] -
        prefix=nothing: [] [] -
        max-keys=2: [] ["a", "b\u{1}"] after:b%01
        max-keys=2&continuation-token=after:b%2501: [] ["b/1", "b/2"] after:b/2
        max-keys=2&delimiter=/: [] ["a", "b\u{1}"] after:b%01
        max-keys=2&delimiter=/&continuation-token=after:b/: [] ["d e"] -
        start-after=b/1&delimiter=/: ["b/"] ["d e"] -
        max-keys=0: [] [] -
        max-keys=many: Provided max-keys not an integer or within integer range
        continuation-token=a: The continuation token provided is incorrect
        encoding-type=base64: Invalid Encoding Method specified in Request
        older, max-keys=2: [] ["a", "b\u{1}"] b\u{1}
        older, max-keys=2&marker=b%01: [] ["b/1", "b/2"] b/2
        older, delimiter=/&marker=b/: [] ["d e"] -
        older, list-type=1: Invalid List Type specified in Query String
        "#);
    }
}
