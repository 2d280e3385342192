//! An object that is written in parts: it is there when the last call succeeds, and not before; what was sent of it goes away otherwise.
//!
//! Source: S3 User Guide, "Uploading and copying objects using multipart upload" (10,000 parts; the parts of an upload are kept until it
//! is completed or aborted) and "Checking object integrity" (SHA-256 for parts, with a checksum of the checksums for the whole).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use formwork_model::objects::{Bucket, Content};
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::call::{Answered, Call, Expected, Failed, Line, Payload};
use super::part::{Part, check_length};
use crate::error::Error;

/// Bytes of a part, and of the longest object that is written without any.
pub(super) const PART: u64 = 8 << 20;
/// Parts that an object may have.
const MOST_PARTS: u64 = 10_000;
/// Parts that are sent at once.
const AT_ONCE: usize = 4;
/// Codes of bytes that are not those of their digest.
const OTHER_BYTES: [&str; 4] =
    ["XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "BadDigest", "InvalidDigest"];
/// Time for the last call of an upload that is given up.
const TO_GIVE_UP: Duration = Duration::from_secs(10);

/// Uploads that were dropped and are being aborted.
#[derive(Debug, Default)]
pub(super) struct GivenUp(Mutex<Vec<JoinHandle<()>>>);

impl GivenUp {
    /// Waits until they are.
    pub(super) async fn finish(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A task that was cancelled has nothing to say.
            let _ = task.await;
        }
    }
}

/// Length of the parts of an object of this length.
fn part_length(length: u64) -> u64 {
    const MEGABYTE: u64 = 1 << 20;
    length.div_ceil(MOST_PARTS).div_ceil(MEGABYTE).saturating_mul(MEGABYTE).max(PART)
}

/// An upload that has begun.
struct Upload {
    line: Arc<Line>,
    given_up: Arc<GivenUp>,
    bucket: Bucket,
    key: String,
    id: String,
    is_over: bool,
}

/// A part that has arrived.
struct Arrived {
    number: u64,
    etag: String,
    digest: [u8; 32],
}

/// Writes an object in parts.
pub(super) async fn put(
    line: &Arc<Line>,
    given_up: &Arc<GivenUp>,
    bucket: &Bucket,
    key: &str,
    content: &Content,
    sent: &dyn Fn(u64),
) -> Result<(), Error> {
    let length = check_length(content)?;
    let mut upload = Upload::begin(line, given_up, bucket, key).await?;
    let written = upload.write(content, length, sent).await;
    if written.is_err() {
        upload.abort().await;
    }
    upload.is_over = true;
    written
}

impl Upload {
    async fn begin(line: &Arc<Line>, given_up: &Arc<GivenUp>, bucket: &Bucket, key: &str) -> Result<Upload, Error> {
        const CALL: &str = "CreateMultipartUpload";
        let call = Call {
            name: CALL,
            permission: "PutObject",
            method: "POST",
            bucket,
            key,
            query: vec![("uploads", None)],
            headers: vec![
                ("content-type", "application/octet-stream".to_owned()),
                ("x-amz-checksum-algorithm", "SHA256".to_owned()),
                ("x-amz-checksum-type", "COMPOSITE".to_owned()),
            ],
            payload: Payload::Empty,
            answer: Expected::Document("InitiateMultipartUploadResult"),
        };
        let answered = line.call(&call).await?;
        let id = answered.document.text_of("UploadId");
        let id = id.ok_or(Error::Incomplete { call: CALL, field: "UploadId" })?.to_owned();
        let (line, given_up) = (Arc::clone(line), Arc::clone(given_up));
        Ok(Upload { line, given_up, bucket: bucket.clone(), key: key.to_owned(), id, is_over: false })
    }

    async fn write(&self, content: &Content, length: u64, sent: &dyn Fn(u64)) -> Result<(), Error> {
        let part_length = part_length(length);
        let offsets = (0..length.div_ceil(part_length)).map(|index| (index + 1, index * part_length));
        let parts = iter(offsets).map(|(number, offset)| async move {
            let part = Part::of(content, offset, part_length.min(length - offset)).await?;
            let arrived = self.part(number, &part).await?;
            Ok::<_, Error>((part.length(), arrived))
        });
        let mut parts = parts.buffer_unordered(AT_ONCE);
        let (mut arrived, mut total) = (Vec::new(), 0);
        while let Some((length, part)) = parts.try_next().await? {
            arrived.push(part);
            total += length;
            sent(total);
        }
        drop(parts);
        arrived.sort_by_key(|part| part.number);
        // A file that has grown is another one, too.
        check_length(content)?;
        self.complete(&arrived, length).await
    }

    fn call<'a>(&'a self, name: &'static str, method: &'static str, payload: Payload<'a>) -> Call<'a> {
        Call {
            name,
            permission: "PutObject",
            method,
            bucket: &self.bucket,
            key: &self.key,
            query: vec![("uploadId", Some(self.id.as_str().into()))],
            headers: Vec::new(),
            payload,
            answer: Expected::Nothing,
        }
    }

    async fn part(&self, number: u64, part: &Part) -> Result<Arrived, Error> {
        let mut call = self.call("UploadPart", "PUT", Payload::Part(part));
        call.query.insert(0, ("partNumber", Some(number.to_string().into())));
        call.headers.push(("x-amz-checksum-sha256", part.checksum()));
        let answered = written(&self.line, &call, part).await?;
        let etag = answered.etag(&self.line, &self.bucket)?;
        Ok(Arrived { number, etag, digest: *part.digest() })
    }

    async fn complete(&self, parts: &[Arrived], length: u64) -> Result<(), Error> {
        let list = Part::bytes(list(parts));
        let mut call = self.call("CompleteMultipartUpload", "POST", Payload::Part(&list));
        call.headers.push(("content-type", "application/xml".to_owned()));
        // With another length, S3 refuses.
        call.headers.push(("x-amz-mp-object-size", length.to_string()));
        call.answer = Expected::Document("CompleteMultipartUploadResult");
        match self.line.call(&call).await {
            Ok(_) => Ok(()),
            // An earlier try was carried out, and its answer lost. S3 itself would say so again; others do not.
            Err(Failed { code: Some(code), is_unclear: true, error, .. }) if code == "NoSuchUpload" => {
                if self.is_there(parts).await { Ok(()) } else { Err(error) }
            }
            Err(failed) => Err(failed.error),
        }
    }

    /// True if the object is the one of these parts.
    async fn is_there(&self, parts: &[Arrived]) -> bool {
        let mut call = self.call("HeadObject", "HEAD", Payload::Empty);
        call.query.clear();
        call.headers.push(("x-amz-checksum-mode", "ENABLED".to_owned()));
        let Ok(answered) = self.line.call(&call).await else { return false };
        let checksum = answered.headers.get("x-amz-checksum-sha256");
        checksum.is_some_and(|checksum| checksum == whole_checksum(parts))
    }

    /// Parts that were sent cost money until they are taken back. That it fails changes nothing of what is told: the bucket's rules take
    /// them back some days later.
    async fn abort(&self) {
        let mut call = self.call("AbortMultipartUpload", "DELETE", Payload::Empty);
        call.permission = "AbortMultipartUpload";
        let _ = tokio::time::timeout(TO_GIVE_UP, self.line.call(&call)).await;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if self.is_over {
            return;
        }
        let (line, given_up) = (Arc::clone(&self.line), Arc::clone(&self.given_up));
        let (bucket, key, id) = (self.bucket.clone(), self.key.clone(), self.id.clone());
        let again = Upload { line, given_up, bucket, key, id, is_over: true };
        let task = runtime.spawn(async move { again.abort().await });
        self.given_up.0.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }
}

/// Sends a part, or an object in one piece.
pub(super) async fn written(line: &Line, call: &Call<'_>, part: &Part) -> Result<Answered, Error> {
    let failed = match line.call(call).await {
        Ok(answered) => return Ok(answered),
        Err(failed) => failed,
    };
    // The bytes that arrived are not those of the digest.
    let is_other = failed.code.as_deref().is_some_and(|code| OTHER_BYTES.contains(&code));
    match is_other {
        true => Err(part.changed().await.unwrap_or(failed.error)),
        false => Err(failed.error),
    }
}

/// The parts, as `CompleteMultipartUpload` takes them.
fn list(parts: &[Arrived]) -> String {
    let mut list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
    for Arrived { number, etag, digest } in parts {
        let (etag, checksum) = (quick_xml::escape::escape(etag.as_str()), aws_smithy_types::base64::encode(digest));
        list += &format!(
            "<Part><ETag>{etag}</ETag><ChecksumSHA256>{checksum}</ChecksumSHA256><PartNumber>{number}</PartNumber></Part>"
        );
    }
    list + "</CompleteMultipartUpload>"
}

/// The checksum of the checksums, and how many they are.
fn whole_checksum(parts: &[Arrived]) -> String {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part.digest));
    format!("{}-{}", aws_smithy_types::base64::encode(hasher.finalize()), parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_never_too_many() {
        for (length, expected) in
            [(PART + 1, PART), (80_000 << 20, PART), ((80_000 << 20) + 1, 9 << 20), (5 << 40, 525 << 20)]
        {
            let part = part_length(length);
            assert_eq!(part, expected, "{length}");
            assert!(length.div_ceil(part) <= MOST_PARTS, "{length}");
        }
    }
}
