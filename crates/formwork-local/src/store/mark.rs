//! Whose a folder is. Nothing is made, changed or deleted in one that no engine wrote: `VERSION`, `LOCK`, `stacks` and `objects` are
//! names that others give too.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use crate::error::LocalError;

/// The beginning of the file `VERSION`, before the number.
const OWN: &str = "formwork-local ";

/// The last version that stands in its file as a bare number.
const LAST_BARE: u32 = 2;

/// The mark of an engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// There is no folder, or nothing in it.
    Nothing,
    /// A first start or a deletion was stopped: the version is written after the lock, and deleted before it.
    Begun,
    /// An engine of this version wrote the folder.
    Version(u32),
    /// It looks like a version's folder, but no known engine spells that version so.
    Unknown(u32),
}

/// The content of the file `VERSION` of the version.
pub(super) fn text(version: u32) -> String {
    format!("{OWN}{version}\n")
}

/// Reads what tells of an engine.
///
/// # Errors
///
/// When there is something that no engine made: a file, or a folder with other things in it. When it cannot be read.
pub(super) fn of(folder: &Path) -> Result<Mark, LocalError> {
    let mark = read(folder).map_err(|source| LocalError::State { path: folder.to_owned(), source })?;
    mark.ok_or_else(|| LocalError::NoState { folder: folder.to_owned() })
}

fn read(folder: &Path) -> io::Result<Option<Mark>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(Mark::Nothing)),
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error),
    };
    let version = folder.join("VERSION");
    if version.exists() {
        return of_version(folder, &version);
    }
    let mut mark = Mark::Nothing;
    for entry in entries {
        let entry = entry?;
        if !is_of_start(&entry.file_name(), &entry.path())? {
            // Another engine may have come so far meanwhile.
            return if version.exists() { of_version(folder, &version) } else { Ok(None) };
        }
        mark = Mark::Begun;
    }
    Ok(Some(mark))
}

/// The mark that the file `VERSION` is.
fn of_version(folder: &Path, version: &Path) -> io::Result<Option<Mark>> {
    let Some(text) = beginning(version)? else { return Ok(None) };
    let text = text.trim_end();
    if let Some(version) = text.strip_prefix(OWN) {
        return Ok(version.parse().ok().map(Mark::Version));
    }
    let Some(version) = text.parse().ok().filter(|version| *version > 0) else { return Ok(None) };
    if !is_lock(&folder.join("LOCK"))? || version == 1 && !are_stacks(&folder.join("stacks"))? {
        return Ok(None);
    }
    Ok(Some(if version <= LAST_BARE { Mark::Version(version) } else { Mark::Unknown(version) }))
}

/// True if it was left by a start that was stopped before there was a version, or by a deletion after it had deleted the rest.
fn is_of_start(name: &OsStr, path: &Path) -> io::Result<bool> {
    match name.to_str() {
        Some("LOCK") => is_lock(path),
        // Nothing is committed before there is a version.
        Some("journal") => Ok(beginning(path)?.is_some_and(|text| text.is_empty())),
        Some("VERSION.new") => {
            Ok(beginning(path)?.is_some_and(|text| OWN.starts_with(text.as_str()) || text.starts_with(OWN)))
        }
        _ => Ok(false),
    }
}

/// True if it is a file with what an engine writes into its lock: nothing, or its process first.
fn is_lock(path: &Path) -> io::Result<bool> {
    match beginning(path) {
        Ok(text) => Ok(text.is_some_and(|text| text.lines().next().is_none_or(|line| line.parse::<u32>().is_ok()))),
        // Where a lock forbids to read, somebody has it.
        Err(error) if path.is_file() && error.kind() != ErrorKind::PermissionDenied => Ok(true),
        Err(error) => Err(error),
    }
}

/// True if it holds what version 1 wrote there, if it is there at all: a file for each stack, with a number as its name.
fn are_stacks(folder: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(false),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".json").or_else(|| name.strip_suffix(".new")));
        if number.is_none_or(|number| number.parse::<u64>().is_err()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first characters of a file, without zeros that a loss of power leaves; `None` when it is no file, or no text.
fn beginning(path: &Path) -> io::Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(256).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok().map(|text| text.trim_matches('\0').to_owned()))
}
