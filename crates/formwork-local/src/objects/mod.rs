//! A place for templates and assets, in the style of S3: buckets and keys. Every bucket is there; one that was made, or into which
//! something was put, is listed.
//!
//! An engine with a state keeps objects on the disk ([`disk`]), where they may also come in parts ([`uploads`]); one without keeps them in
//! memory ([`memory`]). Over the wire they are asked for in [`crate::server`], in process in [`crate::in_process`].

pub(crate) mod condition;
pub(crate) mod digest;
pub(crate) mod disk;
pub(crate) mod facts;
pub(crate) mod incoming;
pub(crate) mod listing;
mod memory;
pub(crate) mod names;
pub(crate) mod uploads;

use std::io::{self, Read as _};

use formwork_template::template::MAX_BYTES;

use self::condition::{Condition, NotKept};
use self::digest::{Algorithm, Digests};
use self::disk::Disk;
use self::facts::{Facts, Known};
use self::memory::Memory;
use self::names::bucket_and_key;
use crate::protocol::ApiError;
use crate::time::Millis;

/// The objects of an engine.
#[derive(Clone, Debug)]
pub(crate) enum Objects {
    /// With a state.
    Disk(Disk),
    /// Without.
    Memory(Memory),
}

/// A content that is read, if it is not too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// It has more bytes than were wanted.
    Long,
}

impl Objects {
    /// Objects that are gone with the engine.
    pub(crate) fn in_memory() -> Objects {
        Objects::Memory(Memory::default())
    }

    /// The keys of a bucket, in the order of their bytes.
    pub(crate) fn keys(&self, bucket: &str) -> io::Result<Vec<String>> {
        match self {
            Objects::Disk(disk) => disk.keys(bucket),
            Objects::Memory(memory) => Ok(memory.keys(bucket)),
        }
    }

    /// The facts about an object; `None` if it is not there.
    pub(crate) fn known(&self, bucket: &str, key: &str) -> io::Result<Option<Known>> {
        match self {
            Objects::Disk(disk) => Ok(disk.open(bucket, key)?.map(|(_, known)| known)),
            Objects::Memory(memory) => Ok(memory.get(bucket, key).map(|(known, _)| known)),
        }
    }

    /// An object's content, if it has at most so many bytes.
    pub(crate) fn get(&self, bucket: &str, key: &str, limit: usize) -> io::Result<Option<Content>> {
        let is_long = |length: u64| length > limit as u64;
        match self {
            Objects::Disk(disk) => {
                let Some((file, Known { facts: Facts { length, .. }, .. })) = disk.open(bucket, key)? else {
                    return Ok(None);
                };
                if is_long(length) {
                    return Ok(Some(Content::Long));
                }
                let mut content = Vec::new();
                file.take(length).read_to_end(&mut content)?;
                Ok(Some(Content::Whole(content)))
            }
            Objects::Memory(memory) => Ok(memory.get(bucket, key).map(|(known, content)| match known.facts.length {
                length if is_long(length) => Content::Long,
                _ => Content::Whole(content.to_vec()),
            })),
        }
    }

    /// Puts a content that is in memory. Its time is the disk's own where it is kept on one.
    pub(crate) fn put(&self, bucket: &str, key: &str, content: Vec<u8>, now: Millis) -> Result<(), NotKept> {
        match self {
            Objects::Disk(disk) => {
                let mut incoming = disk.begin(Digests::new(Algorithm::Crc64Nvme, false))?;
                incoming.write(&content)?;
                let whole = incoming.end();
                let facts = Facts::of(&whole.content, Default::default());
                disk.keep((bucket, key), whole, &facts, &Condition::Always)
            }
            Objects::Memory(memory) => {
                memory.put((bucket, key), content, now);
                Ok(())
            }
        }
    }

    /// Deleting what is not there succeeds.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        match self {
            Objects::Disk(disk) => disk.delete(bucket, key),
            Objects::Memory(memory) => {
                memory.delete(bucket, key);
                Ok(())
            }
        }
    }

    /// The template at a URL.
    pub(crate) fn template(&self, url: &str) -> Result<String, ApiError> {
        if let Some((bucket, _)) = url.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            return Err(ApiError::validation(format!(
                "S3 error: Domain name specified in {bucket} is not a valid S3 domain"
            )));
        }
        let Some((bucket, key)) = bucket_and_key(url) else {
            return Err(ApiError::validation("TemplateURL must be a supported URL."));
        };
        match self.get(&bucket, &key, MAX_BYTES) {
            Ok(Some(Content::Whole(content))) => String::from_utf8(content)
                .map_err(|_| ApiError::validation("Template format error: the template is not UTF-8")),
            Ok(Some(Content::Long)) => {
                Err(ApiError::validation(format!("Template may not exceed {MAX_BYTES} bytes in size.")))
            }
            Ok(None) => Err(ApiError::validation(format!(
                "S3 error: The specified key does not exist: {key} in bucket {bucket}. The embedded engine reads what was put into its own store: PUT /{bucket}/{key}"
            ))),
            Err(error) => Err(ApiError::internal(format!("the store could not be read: {error}"))),
        }
    }
}
