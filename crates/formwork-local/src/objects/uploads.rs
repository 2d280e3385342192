//! Objects that come in parts: a folder for each upload, with what was said when it began, and a file for each part, of the form of an
//! object's ([`super::facts`]). A part is there whole or not at all; so is the object that is made of them. Uploads outlive the engine.
//!
//! Source: S3 User Guide, "Uploading and copying objects using multipart upload"; S3 API Reference, `CompleteMultipartUpload`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::condition::{Condition, NotKept};
use super::digest::{Algorithm, Checksum, Digests, Kind, sum_of_parts, tag_of_parts};
use super::disk::{Disk, entries, file_name, none_is_fine, open};
use super::facts::{Facts, Known};
use super::incoming::Whole;
use crate::store::{make_folder, write_durably};
use crate::time::Millis;

/// The folder of uploads.
const UPLOADS: &str = "uploads";

/// The file of what was said when an upload began.
const BEGINNING: &str = "upload.json";

/// The parts that an upload can have.
pub(crate) const NUMBERS: std::ops::RangeInclusive<u16> = 1..=10_000;

/// The fewest bytes of a part that is not the last one.
pub(crate) const SMALLEST: u64 = 5 * 1_048_576;

/// As many bytes are copied at a time.
const COPIED: usize = 256 * 1024;

/// An upload, as it was begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// The client named the algorithm, and then each part has it.
    pub(crate) is_named: bool,
    pub(crate) initiated: Millis,
}

/// A part, as a client names it when it completes its upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) number: u16,
    /// The entity tag, without its quotes.
    pub(crate) etag: String,
    pub(crate) sums: Vec<(Algorithm, String)>,
}

/// A client's words about the object when it completes an upload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Completion {
    pub(crate) parts: Vec<Named>,
    pub(crate) length: Option<u64>,
    pub(crate) sum: Option<(Algorithm, String)>,
    pub(crate) condition: Condition,
}

/// A reason for which there is no object of the parts. Nothing was changed.
#[derive(Debug)]
pub(crate) enum Incomplete {
    /// There is not such an upload, or not any more.
    Upload,
    /// A part that is named was not uploaded, or is another one.
    Part(u16),
    /// The parts are not named in their order.
    Order,
    /// A part that is not the last one is too small.
    Small { number: u16, length: u64, etag: String },
    /// A part is named without its checksum.
    NoSum { number: u16, algorithm: Algorithm },
    /// The checksum of the whole is of another kind than the upload's.
    OtherSum { expected: Algorithm, given: Algorithm },
    /// The checksum of the whole is another one.
    Sum(Algorithm),
    /// The whole has another length.
    Length,
    /// It did not become an object.
    NotKept(NotKept),
}

impl<E: Into<NotKept>> From<E> for Incomplete {
    fn from(error: E) -> Self {
        match error.into() {
            // Somebody aborted it, or completed it, meanwhile.
            NotKept::Disk(error) if error.kind() == ErrorKind::NotFound => Incomplete::Upload,
            error => Incomplete::NotKept(error),
        }
    }
}

/// The uploads of a store.
#[derive(Clone, Debug)]
pub(crate) struct Uploads {
    disk: Disk,
}

impl Uploads {
    pub(crate) fn of(disk: &Disk) -> Uploads {
        Uploads { disk: disk.clone() }
    }

    fn folder(&self, id: &str) -> PathBuf {
        self.disk.beside(UPLOADS).join(id)
    }

    /// Begins one. The id is one of our own: letters, digits and hyphens.
    pub(crate) fn begin(&self, id: &str, upload: &Upload) -> io::Result<()> {
        let unplaced = self.disk.unplaced()?;
        make_folder(&unplaced)?;
        write_durably(&unplaced.join(BEGINNING), &serde_json::to_vec(upload)?)?;
        make_folder(&self.disk.beside(UPLOADS))?;
        fs::rename(&unplaced, self.folder(id))
    }

    /// An upload of the object; `None` when there is not such a one.
    pub(crate) fn find(&self, id: &str, (bucket, key): (&str, &str)) -> io::Result<Option<Upload>> {
        let is_id =
            !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_id {
            return Ok(None);
        }
        Ok(read(&self.folder(id))?.filter(|upload| (upload.bucket.as_str(), upload.key.as_str()) == (bucket, key)))
    }

    /// The uploads of a bucket, by key and time, each with its id.
    pub(crate) fn all(&self, bucket: &str) -> io::Result<Vec<(String, Upload)>> {
        let mut found = Vec::new();
        for path in entries(&self.disk.beside(UPLOADS))? {
            if let Some(upload) = read(&path)?.filter(|upload| upload.bucket == bucket) {
                found.push((file_name(&path).to_owned(), upload));
            }
        }
        found.sort_by(|(id, one), (other, two)| (&one.key, one.initiated, id).cmp(&(&two.key, two.initiated, other)));
        Ok(found)
    }

    /// Keeps a part; false when the upload is gone.
    pub(crate) fn keep(&self, id: &str, number: u16, mut content: Whole, facts: &Facts) -> io::Result<bool> {
        content.settle(facts)?;
        let folder = self.folder(id);
        let _turn = self.disk.turn();
        if !folder.is_dir() {
            return Ok(false);
        }
        content.place(&part(&folder, number)).map(|()| true)
    }

    /// The parts that there are, by number.
    pub(crate) fn parts(&self, id: &str) -> io::Result<Vec<(u16, Known)>> {
        let mut found = Vec::new();
        for path in entries(&self.folder(id))? {
            let number = file_name(&path).strip_prefix("part-").and_then(|number| number.parse().ok());
            if let (Some(number), Some((_, known))) = (number, open(&path)?) {
                found.push((number, known));
            }
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(found)
    }

    /// Ends one, with everything that came.
    pub(crate) fn abort(&self, id: &str) -> io::Result<()> {
        let unplaced = self.disk.unplaced()?;
        let _turn = self.disk.turn();
        none_is_fine(fs::rename(self.folder(id), &unplaced))?;
        // It is aborted now, and what cannot be removed is removed at the next start.
        let _ = fs::remove_dir_all(&unplaced);
        Ok(())
    }

    /// Makes the object.
    pub(crate) fn complete(&self, id: &str, upload: &Upload, completion: &Completion) -> Result<Facts, Incomplete> {
        let parts = self.named(id, upload, &completion.parts)?;
        let length = parts.iter().map(|(_, part)| part.facts.length).sum();
        if completion.length.is_some_and(|wanted| wanted != length) {
            return Err(Incomplete::Length);
        }
        let mut content = self.disk.begin(Digests::sum_alone(upload.algorithm))?;
        let mut buffer = vec![0; COPIED];
        for (number, known) in &parts {
            let (file, there) = open(&part(&self.folder(id), *number))?.ok_or(Incomplete::Upload)?;
            if there != *known {
                return Err(Incomplete::Part(*number));
            }
            let mut rest = file.take(known.facts.length);
            loop {
                match rest.read(&mut buffer)? {
                    0 => break,
                    read => content.write(&buffer[..read])?,
                }
            }
        }
        let content = content.end();
        let sums = parts.iter().map(|(_, part)| part.facts.checksum.as_ref().map_or("", |sum| sum.value.as_str()));
        let value = match upload.kind {
            Kind::FullObject => content.content.sum.clone(),
            Kind::Composite => sum_of_parts(upload.algorithm, sums),
        };
        match &completion.sum {
            Some((given, _)) if *given != upload.algorithm => {
                return Err(Incomplete::OtherSum { expected: upload.algorithm, given: *given });
            }
            Some((given, sum)) if *sum != value => return Err(Incomplete::Sum(*given)),
            _ => {}
        }
        let facts = Facts {
            length,
            etag: tag_of_parts(parts.iter().map(|(_, part)| part.facts.etag.as_str())),
            checksum: Some(Checksum { algorithm: upload.algorithm, kind: upload.kind, value }),
            headers: upload.headers.clone(),
        };
        self.disk.keep((&upload.bucket, &upload.key), content, &facts, &completion.condition)?;
        // The object is there; an upload that stays can be aborted.
        let _ = self.abort(id);
        Ok(facts)
    }

    /// The parts that are named, if they are there and can be put together.
    fn named(&self, id: &str, upload: &Upload, wanted: &[Named]) -> Result<Vec<(u16, Known)>, Incomplete> {
        let there: BTreeMap<u16, Known> = self.parts(id)?.into_iter().collect();
        let mut parts: Vec<(u16, Known)> = Vec::with_capacity(wanted.len());
        for named in wanted {
            let number = named.number;
            if parts.last().is_some_and(|(last, _)| *last >= number) {
                return Err(Incomplete::Order);
            }
            let Some(known) = there.get(&number).filter(|known| known.facts.etag == named.etag) else {
                return Err(Incomplete::Part(number));
            };
            let sum_of = |algorithm| known.facts.checksum.as_ref().filter(|sum| sum.algorithm == algorithm);
            if named.sums.iter().any(|(algorithm, sum)| sum_of(*algorithm).is_none_or(|there| there.value != *sum)) {
                return Err(Incomplete::Part(number));
            }
            if upload.is_named && upload.kind == Kind::Composite && named.sums.is_empty() {
                return Err(Incomplete::NoSum { number, algorithm: upload.algorithm });
            }
            parts.push((number, known.clone()));
        }
        if let Some((number, known)) = parts.iter().rev().skip(1).rev().find(|(_, part)| part.facts.length < SMALLEST) {
            let Facts { length, etag, .. } = &known.facts;
            return Err(Incomplete::Small { number: *number, length: *length, etag: etag.clone() });
        }
        Ok(parts)
    }
}

/// The file of a part.
fn part(folder: &Path, number: u16) -> PathBuf {
    folder.join(format!("part-{number:05}"))
}

/// An upload that is in a folder.
fn read(folder: &Path) -> io::Result<Option<Upload>> {
    match fs::read(folder.join(BEGINNING)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}
