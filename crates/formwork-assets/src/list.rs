//! The content list of an asset: the files of which it consists. Its hash is the asset's key, and its JSON lies beside the object, so
//! that two versions are compared without either of them being fetched.
//!
//! JSON that is read comes out of a bucket, to which others may write: every rule that a list keeps is checked.

use std::fmt;
use std::io::{self, Write as _};

use formwork_assembly::visible::visible;
use serde::de::{Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::name::{self, Unfit};

/// The version of the JSON that is written and read.
const VERSION: u64 = 1;

/// In front of what is hashed, so that nothing else that is ever hashed has an asset's key.
const DOMAIN: &[u8] = b"formwork content list 1\n";

/// The most files of an asset.
pub const MOST_FILES: usize = 250_000;

/// The most bytes of a list's JSON. A folder whose names need more is not shipped.
pub const MOST_JSON_BYTES: usize = 128 << 20;

/// The most bytes of an entry's JSON beside its path.
const ENTRY_BYTES: usize = 160;

/// The mode of a file, as far as it is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Anything that is not executed: 0644.
    File,
    /// Its owner may execute it: 0755.
    Executable,
}

/// A file of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path below the folder, with `/`. Empty for an asset that is one file, whose name is not content.
    pub path: String,
    /// Its mode.
    pub mode: Mode,
    /// Its length in bytes.
    pub length: u64,
    /// The SHA-256 of its content.
    #[serde(with = "as_text")]
    pub digest: Digest,
}

/// The files of an asset, sorted by the bytes of their paths, each of which is there once.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentList(Vec<Entry>);

/// The reason why something is not a content list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// It is longer than [`MOST_JSON_BYTES`].
    #[error("it is longer than {MOST_JSON_BYTES} bytes")]
    Long,
    /// The JSON is not that of a list.
    #[error("its JSON is not that of a content list")]
    Json(#[from] serde_json::Error),
    /// The JSON is of another version of this program.
    #[error("it is of version {0}, and this program reads version {VERSION}")]
    Version(u64),
    /// It has more than [`MOST_FILES`] files.
    #[error("it has more than {MOST_FILES} files")]
    Many,
    /// It has none.
    #[error("it has no file")]
    Empty,
    /// A path that no file of an asset has.
    #[error("it has the path `{}`: {_1}", visible(_0))]
    Path(String, Unfit),
    /// A path is there twice, is in the wrong place, or is both a file and a folder.
    #[error("it has the path `{}` twice, in the wrong place, or as a file and as a folder", visible(_0))]
    Order(String),
    /// The lengths of its files add up to more than a number holds.
    #[error("its files are too long")]
    Length,
}

/// The JSON, which is read in two steps: a version first, since another one may have another form.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "version")]
    _version: IgnoredAny,
    #[serde(deserialize_with = "bounded")]
    files: Vec<Entry>,
}

impl ContentList {
    /// A list of these files, which are brought into order.
    ///
    /// # Errors
    ///
    /// When a file has a path that cannot be shipped or that another one has, and when there is none.
    pub fn new(mut entries: Vec<Entry>) -> Result<Self, ListError> {
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        ContentList::checked(entries)
    }

    /// A list of one file, whose name is not content.
    pub fn of_one(length: u64, digest: Digest) -> Self {
        ContentList(vec![Entry { path: String::new(), mode: Mode::File, length, digest }])
    }

    /// The files.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The file with this path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        find(&self.0, path).map(|index| &self.0[index])
    }

    /// The files' bytes, together.
    pub fn length(&self) -> u64 {
        self.0.iter().map(|entry| entry.length).sum()
    }

    /// The hash of the list: of paths, modes and digests, and of nothing else.
    pub fn hash(&self) -> Digest {
        let mut hasher = Sha256::new();
        self.canonical(|bytes| hasher.update(bytes));
        Digest(hasher.finalize().into())
    }

    /// The bytes that are hashed. Every part has its length before it or is of a fixed length, so that no two lists have the same.
    fn canonical(&self, mut take: impl FnMut(&[u8])) {
        take(DOMAIN);
        take(&(self.0.len() as u64).to_be_bytes());
        for Entry { path, mode, length: _, digest } in &self.0 {
            take(&(path.len() as u64).to_be_bytes());
            take(path.as_bytes());
            take(&[u8::from(*mode == Mode::Executable)]);
            take(&digest.0);
        }
    }

    /// The list as JSON, a line for each file; the same bytes every time.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(json_bytes(&self.0));
        // A vector takes what it is given.
        let _: io::Result<()> = self.write(&mut json);
        json
    }

    fn write(&self, json: &mut Vec<u8>) -> io::Result<()> {
        write!(json, "{{\"version\":{VERSION},\"files\":[")?;
        for (index, entry) in self.0.iter().enumerate() {
            json.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut *json, entry)?;
        }
        json.extend_from_slice(b"\n]}\n");
        Ok(())
    }

    /// Reads the JSON of a list.
    ///
    /// # Errors
    ///
    /// When it is not a list, or one that breaks a rule of lists: no file of ours is.
    pub fn from_json(json: &[u8]) -> Result<Self, ListError> {
        if json.len() > MOST_JSON_BYTES {
            return Err(ListError::Long);
        }
        let Versioned { version } = serde_json::from_slice(json)?;
        if version != VERSION {
            return Err(ListError::Version(version));
        }
        let Form { files, .. } = serde_json::from_slice(json)?;
        ContentList::checked(files)
    }

    /// Holds a list against every rule, its order among them.
    fn checked(entries: Vec<Entry>) -> Result<Self, ListError> {
        let list = ContentList(entries);
        let entries = &list.0;
        let is_one = entries.len() == 1 && entries[0].path.is_empty() && entries[0].mode == Mode::File;
        if entries.is_empty() {
            return Err(ListError::Empty);
        }
        if entries.len() > MOST_FILES {
            return Err(ListError::Many);
        }
        if json_bytes(entries) > MOST_JSON_BYTES {
            return Err(ListError::Long);
        }
        let mut before: Option<&str> = None;
        let mut length = 0_u64;
        for entry in entries.iter().filter(|_| !is_one) {
            let path = &entry.path;
            name::check(path).map_err(|unfit| ListError::Path(path.clone(), unfit))?;
            let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            if before >= Some(path) || folders.any(|folder| find(entries, folder).is_some()) {
                return Err(ListError::Order(path.clone()));
            }
            before = Some(path);
            length = length.checked_add(entry.length).ok_or(ListError::Length)?;
        }
        Ok(list)
    }
}

fn find(entries: &[Entry], path: &str) -> Option<usize> {
    entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()
}

/// The most bytes that the JSON of some entries has: a quotation mark in a path takes two.
fn json_bytes(entries: &[Entry]) -> usize {
    let quotation_marks = |path: &str| path.bytes().filter(|byte| *byte == b'"').count();
    entries.iter().map(|entry| entry.path.len() + quotation_marks(&entry.path) + ENTRY_BYTES).sum()
}

/// Paths of a list of thousands of files say little on a terminal.
impl fmt::Debug for ContentList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentList({} files, {})", self.0.len(), self.hash())
    }
}

/// Files up to the most that there may be: a longer list is not read to its end.
fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Entry>, D::Error> {
    struct Files;

    impl<'de> Visitor<'de> for Files {
        type Value = Vec<Entry>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of files")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut files: A) -> Result<Vec<Entry>, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = files.next_element()? {
                if entries.len() == MOST_FILES {
                    return Err(A::Error::custom(ListError::Many));
                }
                entries.push(entry);
            }
            Ok(entries)
        }
    }

    deserializer.deserialize_seq(Files)
}

/// Digests as their digits.
mod as_text {
    use std::borrow::Cow;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::digest::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(digest)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
