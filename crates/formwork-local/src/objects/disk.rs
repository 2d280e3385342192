//! Objects on disk: a folder for each bucket, a file for each object ([`super::facts`]). Names are spelled in hexadecimal: any key has
//! one, no two have the same, none leaves the folder. A key that is too long for the name of one file goes on in folders, whose names end
//! with [`MORE`]. What is being written is in folders whose names are not hexadecimal: [`INCOMING`], and that of [`super::uploads`].

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use super::condition::{Condition, NotKept};
use super::digest::Digests;
use super::facts::{Facts, Known};
use super::incoming::{Incoming, Whole};
use super::names::{MORE, of_bucket, of_object, text};
use crate::store::make_folder;
use crate::time::Millis;

/// The folder of contents that are not whole. What an engine that was killed left there is removed at the next start.
const INCOMING: &str = "incoming";

/// The store of an engine with a state.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    /// Held while something gets its place, or a bucket goes.
    turn: Arc<Mutex<()>>,
    /// The number of contents that came.
    count: Arc<AtomicU64>,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) made: Millis,
}

impl Disk {
    pub(crate) fn new(folder: &Path) -> Disk {
        Disk { folder: folder.to_owned(), turn: Arc::default(), count: Arc::default() }
    }

    /// Removes what an earlier engine left half-written. Nobody else may use the folder.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        none_is_fine(fs::remove_dir_all(self.folder.join(INCOMING)))
    }

    /// A folder beside the buckets. Its name is not hexadecimal, as theirs are.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A place for what is being written.
    pub(super) fn unplaced(&self) -> io::Result<PathBuf> {
        let folder = self.folder.join(INCOMING);
        make_folder(&folder)?;
        Ok(folder.join(self.count.fetch_add(1, Ordering::Relaxed).to_string()))
    }

    /// Nothing gets a place, and nothing loses one, while it is held.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        // There is nothing in it that a panic could have spoilt.
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn make_bucket(&self, bucket: &str) -> io::Result<()> {
        make_folder(&of_bucket(&self.folder, bucket))
    }

    /// Deletes a bucket. One that has objects stays, which is [`ErrorKind::DirectoryNotEmpty`].
    pub(crate) fn delete_bucket(&self, bucket: &str) -> io::Result<()> {
        let _turn = self.turn();
        remove_empty(&of_bucket(&self.folder, bucket))
    }

    /// The buckets, by name.
    pub(crate) fn buckets(&self) -> io::Result<Vec<Bucket>> {
        let mut found: Vec<Bucket> = entries(&self.folder)?
            .into_iter()
            .filter(|path| path.is_dir())
            .filter_map(|path| Some(Bucket { name: text(file_name(&path))?, made: made(&path) }))
            .collect();
        found.sort();
        Ok(found)
    }

    /// The keys of a bucket, in the order of their bytes.
    pub(super) fn keys(&self, bucket: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        walk(&of_bucket(&self.folder, bucket), "", &mut found)?;
        found.sort();
        Ok(found)
    }

    /// An object: its file, at the content's beginning, and what is known of it.
    pub(crate) fn open(&self, bucket: &str, key: &str) -> io::Result<Option<(File, Known)>> {
        open(&of_object(&self.folder, bucket, key))
    }

    /// Begins to write a content.
    pub(crate) fn begin(&self, digests: Digests) -> io::Result<Incoming> {
        Incoming::new(self.unplaced()?, digests)
    }

    /// Makes a content an object, whole or not at all.
    pub(crate) fn keep(
        &self,
        (bucket, key): (&str, &str),
        mut content: Whole,
        facts: &Facts,
        condition: &Condition,
    ) -> Result<(), NotKept> {
        content.settle(facts)?;
        let path = of_object(&self.folder, bucket, key);
        let _turn = self.turn();
        condition.hold(|| Ok(open(&path)?.map(|(_, known)| known.facts.etag)))?;
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        Ok(content.place(&path)?)
    }

    /// For tests: an object whose content is a hole in its file.
    #[cfg(test)]
    pub(crate) fn keep_hole(&self, (bucket, key): (&str, &str), facts: &Facts) -> io::Result<()> {
        use std::io::Write as _;

        let path = of_object(&self.folder, bucket, key);
        make_folder(&of_bucket(&self.folder, bucket))?;
        let mut file = File::create(path)?;
        file.set_len(facts.length)?;
        file.seek(io::SeekFrom::End(0))?;
        file.write_all(&facts.written())
    }

    /// Deleting what is not there succeeds.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        none_is_fine(fs::remove_file(of_object(&self.folder, bucket, key)))
    }
}

/// A file with its facts, read from its beginning; `None` when it is not there.
pub(super) fn open(path: &Path) -> io::Result<Option<(File, Known)>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let modified = metadata.modified().ok().and_then(millis).unwrap_or_default();
    let facts = Facts::read(&file)?.unwrap_or_else(|| Facts::of_older(metadata.len(), modified));
    file.rewind()?;
    Ok(Some((file, Known { facts, modified })))
}

/// When a bucket was made.
fn made(path: &Path) -> Millis {
    let metadata = fs::metadata(path);
    // Not every file system knows when something was made.
    let time = metadata.and_then(|metadata| metadata.created().or_else(|_| metadata.modified())).ok();
    time.and_then(millis).unwrap_or_default()
}

fn millis(time: std::time::SystemTime) -> Option<Millis> {
    Millis::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).ok()
}

/// The entries of a folder; none of one that is not there.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// All keys below a folder, whose own name begins them.
fn walk(folder: &Path, before: &str, found: &mut Vec<String>) -> io::Result<()> {
    for path in entries(folder)? {
        let name = file_name(&path);
        match name.strip_suffix(MORE) {
            Some(part) => walk(&path, &format!("{before}{part}"), found)?,
            // A name that is not hexadecimal is that of a file that an earlier engine left half written.
            None => found.extend(text(&format!("{before}{name}"))),
        }
    }
    Ok(())
}

/// Removes a folder with the folders in it, unless there is a file in one of them.
fn remove_empty(folder: &Path) -> io::Result<()> {
    for path in entries(folder)? {
        if !path.is_dir() {
            return Err(io::Error::from(ErrorKind::DirectoryNotEmpty));
        }
        remove_empty(&path)?;
    }
    none_is_fine(fs::remove_dir(folder))
}

pub(super) fn none_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::names::MAX_KEY;
    use crate::objects::{Content, Objects};

    /// Any key is kept and listed, on the disk and in memory.
    #[test]
    fn any_key_is_kept_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(&folder.path().join("objects"));
        assert!(disk.buckets().unwrap().is_empty());
        let mut keys: Vec<String> =
            ["a", "a/b", "a//b", "../../etc/passwd", "ü \u{1}", "+", "a.new", "/"].map(String::from).into();
        // As long as one name, and one longer; of each other the beginning.
        keys.extend([100, 101, 200, 201, MAX_KEY].map(|length| "x".repeat(length)));
        for objects in [Objects::Disk(disk.clone()), Objects::in_memory()] {
            assert!(objects.keys("b").unwrap().is_empty());
            for key in &keys {
                objects.put("b", key, key.clone().into_bytes(), 7).unwrap();
            }
            objects.put("c", "other", Vec::new(), 7).unwrap();
            keys.sort();
            assert_eq!(objects.keys("b").unwrap(), keys);
            for key in &keys {
                let length = objects.known("b", key).unwrap().unwrap().facts.length;
                assert_eq!(length, key.len() as u64);
                let content = Some(Content::Whole(key.clone().into_bytes()));
                assert_eq!(objects.get("b", key, key.len()).unwrap(), content);
                assert_eq!(objects.get("b", key, key.len() - 1).unwrap(), Some(Content::Long(length)));
            }
            assert_eq!(objects.get("b", "x", 1).unwrap(), None);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        let names = || -> Vec<String> { disk.buckets().unwrap().into_iter().map(|bucket| bucket.name).collect() };
        disk.make_bucket("empty").unwrap();
        assert_eq!(names(), ["b", "c", "empty"]);
        disk.delete_bucket("empty").unwrap();
        assert!(disk.delete_bucket("b").is_err());
        assert_eq!(disk.keys("b").unwrap(), keys);
        for key in &keys {
            disk.delete("b", key).unwrap();
        }
        disk.delete("b", "a").unwrap();
        disk.delete_bucket("b").unwrap();
        disk.delete_bucket("b").unwrap();
        assert_eq!(names(), ["c"]);
    }
}
