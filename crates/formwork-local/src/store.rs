//! State on disk: one file a stack, written whole and durably before an answer that depends on it is sent.
//!
//! ```text
//! VERSION            the version of this form
//! LOCK               held while an engine uses the folder
//! stacks/NUMBER.json one stack with everything that belongs to it
//! objects/…          templates that were put into the engine's store
//! ```
//!
//! A file is written beside its place, flushed to the disk, and renamed: after a crash there is the old or the new content, never
//! a half. A folder that cannot be read, or that a newer engine wrote, is refused and left as it is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::error::LocalError;
use crate::model::Stack;

/// The form of the folder.
const VERSION: u32 = 1;

/// The folder of the state.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Held as long as the store is there.
    _lock: File,
    /// The number of each stack's file.
    numbers: BTreeMap<String, u64>,
}

impl Store {
    /// Opens the folder, makes it if there is none, and reads all stacks.
    pub(crate) fn open(folder: &Path) -> Result<(Store, Vec<Stack>), LocalError> {
        let failed = |path: &Path, source| LocalError::State { path: path.to_owned(), source };
        let stacks_folder = folder.join("stacks");
        fs::create_dir_all(&stacks_folder).map_err(|source| failed(&stacks_folder, source))?;
        let lock_path = folder.join("LOCK");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|source| failed(&lock_path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(LocalError::InUse { folder: folder.to_owned() }),
            Err(fs::TryLockError::Error(source)) => return Err(failed(&lock_path, source)),
        }
        version(folder)?;
        let mut store = Store { folder: folder.to_owned(), _lock: lock, numbers: BTreeMap::new() };
        let mut stacks = Vec::new();
        let entries = fs::read_dir(&stacks_folder).map_err(|source| failed(&stacks_folder, source))?;
        for entry in entries {
            let path = entry.map_err(|source| failed(&stacks_folder, source))?.path();
            let number = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")?.parse::<u64>().ok());
            // What a crash left half written has another name.
            let Some(number) = number else { continue };
            let stack = read(&path)?;
            store.numbers.insert(stack.id.clone(), number);
            stacks.push(stack);
        }
        Ok((store, stacks))
    }

    /// Where templates are put.
    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.join("objects")
    }

    /// Writes a stack; afterwards it is on the disk.
    pub(crate) fn write(&mut self, stack: &Stack) -> Result<(), LocalError> {
        let next = self.numbers.values().max().map_or(1, |last| last + 1);
        let number = *self.numbers.entry(stack.id.clone()).or_insert(next);
        let path = self.path(number);
        let text = serde_json::to_vec(stack)
            .map_err(|error| LocalError::Unreadable { path: path.clone(), reason: error.to_string() })?;
        write_durably(&path, &text).map_err(|source| LocalError::State { path, source })
    }

    /// Forgets a stack.
    pub(crate) fn remove(&mut self, id: &str) -> Result<(), LocalError> {
        let Some(number) = self.numbers.get(id) else { return Ok(()) };
        let path = self.path(*number);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(LocalError::State { path, source }),
            _ => {}
        }
        self.numbers.remove(id);
        Ok(())
    }

    /// The stack as it is on the disk.
    pub(crate) fn read(&self, id: &str) -> Option<Stack> {
        read(&self.path(*self.numbers.get(id)?)).ok()
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join("stacks").join(format!("{number}.json"))
    }
}

fn read(path: &Path) -> Result<Stack, LocalError> {
    let text = fs::read(path).map_err(|source| LocalError::State { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|error| LocalError::Unreadable { path: path.to_owned(), reason: error.to_string() })
}

fn version(folder: &Path) -> Result<(), LocalError> {
    let path = folder.join("VERSION");
    let failed = |source| LocalError::State { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write_durably(&path, format!("{VERSION}\n").as_bytes()).map_err(failed)
        }
        Err(error) => Err(failed(error)),
        Ok(text) => match text.trim().parse::<u32>() {
            Ok(VERSION) => Ok(()),
            Ok(found) => Err(LocalError::Version { folder: folder.to_owned(), found, known: VERSION }),
            Err(_) => {
                Err(LocalError::Unreadable { path: path.clone(), reason: format!("`{}` is no version", text.trim()) })
            }
        },
    }
}

/// Writes a file so that it is either the old or the new one, whatever happens.
pub(crate) fn write_durably(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        // The name itself must be on the disk too.
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().inspect_err(|_| {
        // What is half written would only be in the way.
        let _ = fs::remove_file(&beside);
    })
}

/// Deletes a folder of state, if it is one.
pub(crate) fn reset(folder: &Path) -> Result<bool, LocalError> {
    let failed = |path: &Path, source| LocalError::State { path: path.to_owned(), source };
    if !folder.exists() {
        return Ok(false);
    }
    if !folder.join("VERSION").exists() {
        return Err(LocalError::NoState { folder: folder.to_owned() });
    }
    let lock_path = folder.join("LOCK");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(|source| failed(&lock_path, source))?;
    if lock.try_lock().is_err() {
        return Err(LocalError::InUse { folder: folder.to_owned() });
    }
    for part in ["stacks", "objects"] {
        let path = folder.join(part);
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(failed(&path, source)),
            _ => {}
        }
    }
    for part in ["VERSION", "LOCK"] {
        let path = folder.join(part);
        fs::remove_file(&path).map_err(|source| failed(&path, source))?;
    }
    Ok(true)
}
