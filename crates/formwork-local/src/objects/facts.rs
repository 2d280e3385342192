//! The facts about an object, which lie in one file with it: the content, the facts as JSON, their length and CRC,
//! [`END`]. So they are replaced together, and lists read no content.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek as _, SeekFrom};

use serde::{Deserialize, Serialize};

use super::digest::{Checksum, Digested, Kind, hexadecimal};
use crate::time::Millis;

/// The last bytes of a file.
const END: &[u8; 8] = b"\0object\n";

/// The bytes behind the facts: their length, their CRC, [`END`].
const BEHIND: u64 = 16;

/// More than the facts of any object have: S3 takes 8 KB of headers.
const MAX: u64 = 64 * 1024;

/// The facts about an object, or about a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) length: u64,
    /// The entity tag, without its quotes.
    pub(crate) etag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<Checksum>,
    /// Headers that are given back as they came.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
}

/// An object that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) facts: Facts,
    pub(crate) modified: Millis,
}

impl Facts {
    /// Those of a content that was written at once.
    pub(crate) fn of(content: &Digested, headers: BTreeMap<String, String>) -> Facts {
        let checksum = Checksum { algorithm: content.algorithm, kind: Kind::FullObject, value: content.sum.clone() };
        Facts { length: content.length, etag: hexadecimal(&content.md5), checksum: Some(checksum), headers }
    }

    /// The bytes that come behind the content.
    pub(super) fn written(&self) -> Vec<u8> {
        // Plain data of texts and numbers is always JSON.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        let (length, crc) = (u32::try_from(bytes.len()).unwrap_or_default(), crc32fast::hash(&bytes));
        bytes.extend(length.to_le_bytes());
        bytes.extend(crc.to_le_bytes());
        bytes.extend(END);
        bytes
    }

    /// Reads the end of a file; `None` when it is not that of an object.
    pub(super) fn read(file: &File) -> io::Result<Option<Facts>> {
        let whole = file.metadata()?.len();
        let Some(behind) = whole.checked_sub(BEHIND) else { return Ok(None) };
        let end = read_at(file, behind, BEHIND)?;
        let number = |place: usize| end.get(place..place + 4)?.try_into().ok().map(u32::from_le_bytes);
        let (Some(length), Some(crc), true) = (number(0), number(4), end.ends_with(END)) else { return Ok(None) };
        let length = u64::from(length);
        let Some(start) = behind.checked_sub(length).filter(|_| length <= MAX) else { return Ok(None) };
        let json = read_at(file, start, length)?;
        let facts: Option<Facts> =
            if crc32fast::hash(&json) == crc { serde_json::from_slice(&json).ok() } else { None };
        Ok(facts.filter(|facts| facts.length == start))
    }

    /// Those of a file that an engine wrote which kept contents alone. Its tag is another one when it is written again.
    pub(super) fn of_older(length: u64, modified: Millis) -> Facts {
        Facts { length, etag: format!("{length:016x}{modified:016x}"), checksum: None, headers: BTreeMap::new() }
    }
}

/// Bytes of a file from a place on.
fn read_at(mut file: &File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(ErrorKind::UnexpectedEof.into()) }
}
