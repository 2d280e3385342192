//! Objects that come in parts, over the wire: uploads are begun, given parts, completed or aborted, and listed.
//!
//! Source: S3 API Reference, `CreateMultipartUpload`, `UploadPart`, `CompleteMultipartUpload`, `AbortMultipartUpload`, `ListParts`,
//! `ListMultipartUploads`.

use hyper::body::{Bytes, Incoming as Body};
use hyper::http::request::Parts;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

use super::object::{condition, headers, written};
use super::receive::{Stopped, blocking, receive, skip};
use super::refusal::Refusal;
use super::response::{Answer, header, respond, with};
use crate::objects::digest::{Algorithm, Checksum, Kind};
use crate::objects::disk::Disk;
use crate::objects::facts::Facts;
use crate::objects::listing::encoded;
use crate::objects::uploads::{Completion, Incomplete, NUMBERS, Named, SMALLEST, Upload, Uploads};
use crate::protocol::{Form, xml};
use crate::time::{self, Millis};

/// The parameters of a list of uploads, without the one that asks for it.
pub(super) const OF_UPLOADS: &[&str] =
    &["encoding-type", "key-marker", "max-uploads", "prefix", "upload-id-marker", "uploads"];

/// The parameters of a list of parts.
pub(super) const OF_PARTS: &[&str] = &["encoding-type", "max-parts", "part-number-marker", "uploadId"];

/// As many as a page has at most.
const PAGE: usize = 1_000;

/// An object, by bucket and key.
type Place<'p> = (&'p str, &'p str);

/// Begins an upload, with this id and at this time.
pub(super) fn begin(
    disk: &Disk,
    head: &Parts,
    (bucket, key): Place<'_>,
    (id, initiated): (&str, Millis),
) -> Result<Answer, Refusal> {
    let named = match header(head, "x-amz-checksum-algorithm") {
        "" => None,
        name => Some(Algorithm::named(name).ok_or_else(|| {
            Refusal::request("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
        })?),
    };
    let algorithm = named.unwrap_or(Algorithm::Crc64Nvme);
    let kind = match header(head, "x-amz-checksum-type") {
        "" => algorithm.usual_kind(),
        name => Kind::named(name).filter(|kind| named.is_some() && algorithm.can_be(*kind)).ok_or_else(|| {
            let algorithm = named.map_or_else(|| "null".to_owned(), |named| named.name().to_lowercase());
            Refusal::request(format!(
                "The {name} checksum type cannot be used with the {algorithm} checksum algorithm."
            ))
        })?,
    };
    let upload = Upload {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        headers: headers(head)?,
        algorithm,
        kind,
        is_named: named.is_some(),
        initiated,
    };
    Uploads::of(disk).begin(id, &upload)?;
    let body = json!({ "Bucket": bucket, "Key": key, "UploadId": id });
    let mut answer = found("InitiateMultipartUploadResult", &body);
    if named.is_some() {
        answer = with(answer, "x-amz-checksum-algorithm", algorithm.name());
        answer = with(answer, "x-amz-checksum-type", kind.name());
    }
    Ok(answer)
}

/// An upload that must be there.
fn find(disk: &Disk, id: &str, place: Place<'_>) -> Result<Upload, Refusal> {
    Uploads::of(disk).find(id, place)?.ok_or_else(no_such_upload)
}

/// Takes a part.
pub(super) async fn put(
    disk: &Disk,
    head: &Parts,
    place: Place<'_>,
    (id, number): (&str, &str),
    body: Body,
) -> Result<Answer, Stopped> {
    let number = number.parse().ok().filter(|number| NUMBERS.contains(number));
    let upload = match (find(disk, id, place), number) {
        (Ok(upload), Some(number)) => Ok((upload, number)),
        (Err(refusal), _) => Err(refusal),
        (_, None) => Err(Refusal::argument("Part number must be an integer between 1 and 10000, inclusive")),
    };
    let (upload, number) = match upload {
        Ok(upload) => upload,
        Err(refusal) => {
            skip(head, body).await?;
            return Err(refusal.into());
        }
    };
    let (whole, promised) = receive(disk, head, body, upload.algorithm).await?;
    if let Some(given) = promised.algorithm.filter(|given| upload.is_named && *given != upload.algorithm) {
        return Err(Refusal::other_sum(upload.algorithm, given).into());
    }
    let facts = Facts::of(&whole.content, Default::default());
    let (uploads, id) = (Uploads::of(disk), id.to_owned());
    let kept = blocking(move || uploads.keep(&id, number, whole, &facts).map(|is_kept| is_kept.then_some(facts)));
    let facts = kept.await?.ok_or_else(no_such_upload)?;
    let mut answer = written(respond(200, "application/xml", Vec::new()), &facts);
    // The kind is that of the whole.
    answer.headers_mut().remove("x-amz-checksum-type");
    Ok(answer)
}

pub(super) fn abort(disk: &Disk, place: Place<'_>, id: &str) -> Result<Answer, Refusal> {
    find(disk, id, place)?;
    Uploads::of(disk).abort(id)?;
    Ok(respond(204, "application/xml", Vec::new()))
}

/// Makes an object of the parts that the body names.
pub(super) async fn complete(
    disk: &Disk,
    head: &Parts,
    place: Place<'_>,
    id: &str,
    body: &Bytes,
) -> Result<Answer, Refusal> {
    let upload = find(disk, id, place)?;
    let parts = named(body)?;
    if let Some(kind) = Kind::named(header(head, "x-amz-checksum-type")).filter(|kind| *kind != upload.kind) {
        return Err(Refusal::request(format!(
            "The upload was created using the {} checksum mode, and cannot be completed using {}. The complete request must use the same checksum mode.",
            upload.kind.name(),
            kind.name()
        )));
    }
    let value = |one: Algorithm| Some((one, head.headers.get(one.header())?.to_str().unwrap_or_default().to_owned()));
    let length = match header(head, "x-amz-mp-object-size") {
        "" => None,
        text => Some(text.parse().map_err(|_| Refusal::argument(format!("`{text}` is not a length of an object")))?),
    };
    let sum = Algorithm::ALL.into_iter().find_map(value);
    let completion = Completion { parts, length, sum, condition: condition(head)? };
    let (uploads, own, of) = (Uploads::of(disk), id.to_owned(), upload.clone());
    let facts = blocking(move || uploads.complete(&own, &of, &completion).map_err(Refused)).await?;
    let (bucket, key) = place;
    let location = format!("http://{}/{}", header(head, hyper::header::HOST), head.uri.path().trim_start_matches('/'));
    let mut body = json!({ "Location": location, "Bucket": bucket, "Key": key, "ETag": format!("\"{}\"", facts.etag) });
    if let (Some(body), Some(sum)) = (body.as_object_mut(), &facts.checksum) {
        add_sum(body, sum);
        body.insert("ChecksumType".to_owned(), json!(sum.kind.name()));
    }
    Ok(found("CompleteMultipartUploadResult", &body))
}

fn add_sum(body: &mut Map<String, Value>, sum: &Checksum) {
    body.insert(sum.algorithm.element(), json!(sum.value));
}

/// Lists the parts of an upload.
pub(super) fn parts(disk: &Disk, place: Place<'_>, form: &Form) -> Result<Answer, Refusal> {
    let id = form.get("uploadId").unwrap_or_default();
    let upload = find(disk, id, place)?;
    let max = number(form, "max-parts")?.unwrap_or(PAGE);
    let after = number(form, "part-number-marker")?.unwrap_or_default();
    let mut all = Uploads::of(disk).parts(id)?;
    all.retain(|(number, _)| usize::from(*number) > after);
    let is_truncated = all.len() > max.min(PAGE);
    all.truncate(max.min(PAGE));
    let last = all.last().map(|(number, _)| *number);
    let parts: Vec<Value> = all
        .into_iter()
        .map(|(number, known)| {
            let mut part = Map::from_iter([
                ("PartNumber".to_owned(), json!(number)),
                ("LastModified".to_owned(), json!(time::text(known.modified))),
                ("ETag".to_owned(), json!(format!("\"{}\"", known.facts.etag))),
                ("Size".to_owned(), json!(known.facts.length)),
            ]);
            if let Some(sum) = &known.facts.checksum {
                add_sum(&mut part, sum);
            }
            Value::Object(part)
        })
        .collect();
    let (bucket, key) = place;
    let body = json!({
        "Bucket": bucket,
        "Key": spelled(form, key)?,
        "UploadId": id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": last,
        "MaxParts": max,
        "IsTruncated": is_truncated,
        "StorageClass": "STANDARD",
        "ChecksumAlgorithm": upload.algorithm.name(),
        "ChecksumType": upload.kind.name(),
        "Part": parts,
    });
    Ok(found("ListPartsResult", &body))
}

/// Lists the uploads of a bucket.
pub(super) fn uploads(disk: &Disk, bucket: &str, form: &Form) -> Result<Answer, Refusal> {
    let given = |name: &str| form.get(name).unwrap_or_default();
    let (prefix, key_marker, id_marker) = (given("prefix"), given("key-marker"), given("upload-id-marker"));
    let max = number(form, "max-uploads")?.unwrap_or(PAGE);
    let all = Uploads::of(disk).all(bucket)?;
    // The uploads of one key are in the order of their times: the marker's own place says which are behind it.
    let marker = all.iter().position(|(id, upload)| upload.key == key_marker && id == id_marker);
    let is_behind = |place: usize, upload: &Upload| match marker {
        Some(marker) => place > marker,
        None => upload.key.as_str() > key_marker,
    };
    let mut page: Vec<(String, Upload)> = all
        .into_iter()
        .enumerate()
        .filter(|(place, (_, upload))| is_behind(*place, upload) && upload.key.starts_with(prefix))
        .map(|(_, upload)| upload)
        .collect();
    let is_truncated = page.len() > max.min(PAGE);
    page.truncate(max.min(PAGE));
    let last = page.last().filter(|_| is_truncated).cloned();
    let mut uploads = Vec::with_capacity(page.len());
    for (id, upload) in page {
        uploads.push(json!({
            "UploadId": id,
            "Key": spelled(form, &upload.key)?,
            "Initiated": time::text(upload.initiated),
            "StorageClass": "STANDARD",
            "ChecksumAlgorithm": upload.algorithm.name(),
            "ChecksumType": upload.kind.name(),
        }));
    }
    let next = match &last {
        Some((_, upload)) => Some(spelled(form, &upload.key)?),
        None => None,
    };
    let body = json!({
        "Bucket": bucket,
        "KeyMarker": spelled(form, key_marker)?,
        "UploadIdMarker": id_marker,
        "NextKeyMarker": next,
        "NextUploadIdMarker": last.map(|(id, _)| id),
        "Prefix": spelled(form, prefix)?,
        "EncodingType": form.get("encoding-type"),
        "MaxUploads": max,
        "IsTruncated": is_truncated,
        "Upload": uploads,
    });
    Ok(found("ListMultipartUploadsResult", &body))
}

fn number(form: &Form, name: &str) -> Result<Option<usize>, Refusal> {
    match form.get(name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Refusal::argument(format!("Provided {name} not an integer or within integer range"))),
        },
    }
}

/// A key as it was asked for: XML has no way to say every key.
fn spelled(form: &Form, text: &str) -> Result<String, Refusal> {
    match form.get("encoding-type").filter(|encoding| !encoding.is_empty()) {
        None => Ok(text.to_owned()),
        Some("url") => Ok(encoded(text)),
        Some(_) => Err(Refusal::argument("Invalid Encoding Method specified in Request")),
    }
}

fn found(root: &str, body: &Value) -> Answer {
    respond(200, "application/xml", xml::bucket_answer(root, body))
}

fn no_such_upload() -> Refusal {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    Refusal::new(404, "NoSuchUpload", message)
}

/// An upload that could not be completed, as a refusal.
struct Refused(Incomplete);

impl From<Refused> for Refusal {
    fn from(Refused(incomplete): Refused) -> Self {
        match incomplete {
            Incomplete::Upload => no_such_upload(),
            Incomplete::Part(number) => {
                let message = "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
                Refusal::new(400, "InvalidPart", message).detail("PartNumber", number)
            }
            Incomplete::Order => Refusal::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            ),
            Incomplete::Small { number, length, etag } => {
                Refusal::new(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
                    .detail("ProposedSize", length)
                    .detail("MinSizeAllowed", SMALLEST)
                    .detail("PartNumber", number)
                    .detail("ETag", etag)
            }
            Incomplete::NoSum { number, algorithm } => Refusal::request(format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                algorithm.name().to_lowercase()
            )),
            Incomplete::OtherSum { expected, given } => Refusal::other_sum(expected, given),
            Incomplete::Sum(algorithm) => Refusal::sum_differs(algorithm),
            Incomplete::Length => {
                Refusal::request("The provided 'x-amz-mp-object-size' header value does not match what was computed.")
            }
            Incomplete::NotKept(error) => error.into(),
        }
    }
}

/// The parts that a request names, in its order.
fn named(body: &[u8]) -> Result<Vec<Named>, Refusal> {
    let malformed = || {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        Refusal::new(400, "MalformedXML", message)
    };
    let mut reader = Reader::from_str(std::str::from_utf8(body).map_err(|_| malformed())?);
    let (mut parts, mut part, mut text, mut depth) = (Vec::new(), Named::default(), String::new(), 0_usize);
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(start) => {
                depth += 1;
                text.clear();
                let is_root = start.local_name().as_ref() == "CompleteMultipartUpload";
                if (depth == 1) != is_root {
                    return Err(malformed());
                }
            }
            Event::Text(piece) => text += &piece,
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|_| malformed())? {
                Some(character) => text.push(character),
                None => text += quick_xml::escape::resolve_predefined_entity(&reference).ok_or_else(malformed)?,
            },
            Event::End(end) => {
                match (depth, end.local_name().as_ref()) {
                    (2, "Part") => parts.push(std::mem::take(&mut part)),
                    (3, "PartNumber") => part.number = text.trim().parse().map_err(|_| malformed())?,
                    (3, "ETag") => part.etag = text.trim().trim_matches('"').to_owned(),
                    (3, name) => {
                        if let Some(algorithm) = name.strip_prefix("Checksum").and_then(Algorithm::named) {
                            part.sums.push((algorithm, text.trim().to_owned()));
                        }
                    }
                    _ => {}
                }
                depth = depth.saturating_sub(1);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let is_whole = depth == 0 && !parts.is_empty() && parts.iter().all(|part: &Named| NUMBERS.contains(&part.number));
    if is_whole { Ok(parts) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read() {
        let text = r#"<?xml version="1.0"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Part><ETag>&quot;a&quot;</ETag><PartNumber>1</PartNumber><ChecksumCRC32>x==</ChecksumCRC32></Part>
            <Part><PartNumber>10000</PartNumber><ETag>b</ETag></Part></CompleteMultipartUpload>"#;
        let expected = [
            Named { number: 1, etag: "a".into(), sums: vec![(Algorithm::Crc32, "x==".into())] },
            Named { number: 10_000, etag: "b".into(), sums: Vec::new() },
        ];
        assert_eq!(named(text.as_bytes()).unwrap(), expected);
        let part = |inside: &str| format!("<CompleteMultipartUpload><Part>{inside}</Part></CompleteMultipartUpload>");
        for text in [
            "",
            "parts",
            "<CompleteMultipartUpload/>",
            "<Other><Part><PartNumber>1</PartNumber></Part></Other>",
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part>",
            &part(""),
            &part("<PartNumber>0</PartNumber>"),
            &part("<PartNumber>10001</PartNumber>"),
            &part("<PartNumber>one</PartNumber>"),
        ] {
            assert!(named(text.as_bytes()).is_err(), "{text}");
        }
    }
}
