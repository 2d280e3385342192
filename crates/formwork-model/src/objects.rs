//! The calls of S3 that assets and long templates need, as a trait: [`Objects`]. `formwork-aws` implements it over the wire, and the embedded
//! engine in process.

use std::path::PathBuf;

use crate::service::Answer;

/// A bucket, and the account that it must belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// The region in which it is.
    pub region: String,
    /// The account's id, of twelve digits: a call about somebody else's bucket is refused by S3.
    pub owner: String,
}

/// The content of an object that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file, of which no more than a few parts are in memory at a time.
    File {
        /// The file.
        path: PathBuf,
        /// Its length in bytes: a file that has another length when it is read is an error.
        length: u64,
    },
}

impl Content {
    /// The length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File { length, .. } => *length,
        }
    }
}

/// An object as lists and looks at it tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFacts {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// The time at which it was written, in RFC 3339; sorts as text.
    pub modified: String,
}

/// A page of a list of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, by key.
    pub objects: Vec<ObjectFacts>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// The calls. Every one names the owner that is expected.
pub trait Objects {
    /// The region in which a bucket turned out to be, if that is not the one that it was said to be in.
    fn elsewhere(&self, bucket: &Bucket) -> Option<String>;

    /// An object's facts; `None` if there is not one.
    fn head<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Answer<'a, Option<ObjectFacts>>;

    /// An object's content, of at most `limit` bytes; `None` if there is not one. A longer one is an error.
    fn get<'a>(&'a self, bucket: &'a Bucket, key: &'a str, limit: usize) -> Answer<'a, Option<Vec<u8>>>;

    /// Writes an object, in parts if it is long, each with its checksum; it is there whole or not at all. `sent` is told the bytes that
    /// have arrived so far, in all, with each part.
    fn put<'a>(
        &'a self,
        bucket: &'a Bucket,
        key: &'a str,
        content: &'a Content,
        sent: &'a (dyn Fn(u64) + 'a),
    ) -> Answer<'a, ()>;

    /// Objects whose keys begin with a prefix.
    fn list<'a>(&'a self, bucket: &'a Bucket, prefix: &'a str, token: Option<&'a str>) -> Answer<'a, ObjectPage>;

    /// Deletes an object; one that is not there is deleted, too.
    fn delete<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Answer<'a, ()>;
}
