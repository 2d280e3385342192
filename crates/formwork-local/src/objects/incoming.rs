//! A content that is being written: a file that becomes an object, or goes away.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::digest::{Digested, Digests};
use super::facts::Facts;
use crate::store::{create, sync_folder};

/// A file that has no place yet.
#[derive(Debug)]
pub(crate) struct Incoming {
    file: File,
    digests: Digests,
    unplaced: Unplaced,
}

/// A file whose content is whole, with what was worked out of it.
#[derive(Debug)]
pub(crate) struct Whole {
    file: File,
    unplaced: Unplaced,
    pub(crate) content: Digested,
}

/// A file that is removed, unless it got a place.
#[derive(Debug)]
struct Unplaced(Option<PathBuf>);

impl Drop for Unplaced {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // One that cannot be removed now is removed at the next start.
            let _ = fs::remove_file(path);
        }
    }
}

impl Incoming {
    pub(super) fn new(path: PathBuf, digests: Digests) -> io::Result<Incoming> {
        let file = create(&path)?;
        Ok(Incoming { file, digests, unplaced: Unplaced(Some(path)) })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digests.update(bytes);
        self.file.write_all(bytes)
    }

    /// Nothing comes any more.
    pub(crate) fn end(self) -> Whole {
        Whole { file: self.file, unplaced: self.unplaced, content: self.digests.end() }
    }
}

impl Whole {
    /// Everything is on the disk afterwards, but for the name.
    pub(super) fn settle(&mut self, facts: &Facts) -> io::Result<()> {
        self.file.write_all(&facts.written())?;
        self.file.sync_all()
    }

    /// Gives it its place, which it has on the disk too.
    pub(super) fn place(mut self, path: &Path) -> io::Result<()> {
        if let Some(unplaced) = &self.unplaced.0 {
            fs::rename(unplaced, path)?;
        }
        self.unplaced.0 = None;
        path.parent().map_or(Ok(()), sync_folder)
    }
}
