//! State on disk: a journal of what became of the stacks, durable before an answer that depends on it is sent.
//!
//! ```text
//! VERSION    whose folder it is, and the version of this form: `formwork-local 5`
//! LOCK       held while an engine uses the folder; says which
//! journal    what was committed, batch by batch
//! objects/…  templates and assets that were put into the engine's store
//! ```
//!
//! A commit appends one frame ([`frame`]) with everything that changed since the last one, however many requests and stacks that
//! was, and flushes it once: what changes together (a stack and a stack nested in it) is on the disk together or not at all, and
//! many clients at once share the wait. A crash can only leave the last frame unfinished; it is dropped at the next start. Anything
//! else that cannot be read, and a folder of a newer engine, is refused and left as it is.
//!
//! No database: all that is ever read is everything, at the start, and the first write of a full disk must be undone by cutting the
//! file, which needs no room.

mod frame;
mod mark;
mod private;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use self::mark::Mark;
pub(crate) use self::private::make_folder;
use crate::error::{Holder, LocalError};
use crate::model::{Event, Stack};

/// The form of the folder.
const VERSION: u32 = 5;

/// The form before, which can be read: of an object it had the content alone.
const BEFORE: u32 = 4;

/// A journal is not written anew below this size.
const SMALL: u64 = 4 * 1_048_576;

/// Changes that become durable together: a line for each.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    lines: Vec<u8>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The stack as it is now, and its events from the given one on.
    pub(crate) fn stack(&mut self, stack: &Stack, events: &[Event]) {
        self.line(frame::STATE, &stack.id, stack);
        for event in events {
            self.line(frame::EVENT, &stack.id, event);
        }
    }

    /// There is no such stack any more.
    pub(crate) fn gone(&mut self, id: &str) {
        frame::line(&mut self.lines, frame::GONE, id, b"");
    }

    fn line(&mut self, kind: &[u8], id: &str, value: &impl serde::Serialize) {
        // Plain data of texts and numbers is always JSON.
        if let Ok(json) = serde_json::to_vec(value) {
            frame::line(&mut self.lines, kind, id, &json);
        }
    }
}

/// The medium of a journal: a file, or in tests something that fails like one.
pub(crate) trait Medium: fmt::Debug + Send {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Afterwards what was appended outlives the machine.
    fn flush(&mut self) -> io::Result<()>;
    /// Takes away everything behind the length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_all()
    }
}

/// The folder of the state.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Held as long as the store is there.
    lock: File,
    medium: Box<dyn Medium>,
    /// The length of the journal that is whole.
    length: u64,
    /// Its length after it was last written anew.
    compact: u64,
    /// A failed write left something behind the length.
    is_torn: bool,
    /// The journal got its name, and it is not known whether that is on the disk: after a loss of power the name may be that of what
    /// was there before, so that nothing written since counts as kept.
    is_nameless: bool,
    /// [`sync_folder`], or in tests something that fails like it.
    sync_folder: fn(&Path) -> io::Result<()>,
}

impl Store {
    /// Opens the folder, makes it if there is none, and reads all stacks.
    pub(crate) fn open(folder: &Path) -> Result<(Store, Vec<Stack>), LocalError> {
        let failed = |path: &Path, source| LocalError::State { path: path.to_owned(), source };
        // Before anything is made there: a folder that is not ours is not even locked.
        version(folder)?;
        private::make_folder(folder).map_err(|source| failed(folder, source))?;
        let lock = lock(folder)?;
        let path = journal(folder);
        let found = version(folder)?;
        let is_new = found.is_none();
        restrict(folder, is_new);
        if is_new {
            // Its name reaches the disk together with that of the version.
            appended(&path).map_err(|source| failed(&path, source))?;
        }
        if found != Some(VERSION) {
            // An engine of the form before would not know what is put from now on.
            let version = folder.join("VERSION");
            write_durably(&version, mark::text(VERSION).as_bytes()).map_err(|source| failed(&version, source))?;
        }
        let medium = appended(&path).map_err(|source| failed(&path, source))?;
        let size = medium.metadata().map_err(|source| failed(&path, source))?.len();
        let contents = read(&path, size)?;
        let stacks = parse(&contents, &path)?;
        let mut store = Store {
            folder: folder.to_owned(),
            lock,
            medium: Box::new(medium),
            length: contents.length,
            compact: contents.live(),
            is_torn: contents.length < size,
            // Perhaps somebody took the journal away.
            is_nameless: size == 0 && !is_new,
            sync_folder,
        };
        store.mend().and_then(|()| store.settle()).map_err(|source| failed(&path, source))?;
        if store.is_wasteful() {
            // What is there was read, and room that is not won now is won later.
            let _ = store.rewrite(&contents);
        }
        Ok((store, stacks))
    }

    /// Tells who else wants the folder where the engine listens. If it cannot be written, they are not told.
    pub(crate) fn listens_at(&mut self, url: &str) {
        let _ = writeln!(self.lock, "{url}");
    }

    /// The folder in which templates are put.
    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.join("objects")
    }

    /// Makes the changes durable, all or none.
    pub(crate) fn commit(&mut self, batch: &Batch) -> Result<(), LocalError> {
        let path = journal(&self.folder);
        let frame = frame::of(&batch.lines);
        let written = self.settle().and_then(|()| self.mend()).and_then(|()| {
            self.is_torn = true;
            self.medium.append(&frame)?;
            self.medium.flush()
        });
        if let Err(source) = written {
            // Best at once; if not, before the next write.
            let _ = self.mend();
            return Err(LocalError::State { path, source });
        }
        self.is_torn = false;
        self.length += frame.len() as u64;
        if self.is_wasteful() {
            // What was committed is safe; room that is not won now is won later.
            let _ = self.compact_now();
        }
        Ok(())
    }

    /// All stacks as they are on the disk.
    pub(crate) fn load(&self) -> Result<Vec<Stack>, LocalError> {
        let path = journal(&self.folder);
        parse(&read(&path, self.length)?, &path)
    }

    /// Cuts off what a failed write left.
    fn mend(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.medium.cut(self.length)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Makes sure that the journal's name is on the disk.
    fn settle(&mut self) -> io::Result<()> {
        if self.is_nameless {
            (self.sync_folder)(&self.folder)?;
            self.is_nameless = false;
        }
        Ok(())
    }

    /// True if most of the journal tells of what is no longer so.
    fn is_wasteful(&self) -> bool {
        self.length > SMALL && self.length > 4 * self.compact
    }

    fn compact_now(&mut self) -> Result<(), LocalError> {
        // If this fails, the next attempt waits until the journal has grown again.
        self.compact = self.length / 2;
        let path = journal(&self.folder);
        let contents = read(&path, self.length)?;
        self.rewrite(&contents).map_err(|source| LocalError::State { path, source })
    }

    /// Writes the journal anew with what is so now, a frame for each stack, beside its place, and puts it there.
    fn rewrite(&mut self, contents: &frame::Contents) -> io::Result<()> {
        let path = journal(&self.folder);
        let mut old = File::open(&path)?;
        let mut length = 0;
        let new = replace(&path, |new| {
            let mut new = BufWriter::new(new);
            for (id, kept) in &contents.stacks {
                let mut lines = Vec::new();
                let states = std::iter::once((frame::STATE, &kept.state));
                for (kind, range) in states.chain(kept.events.iter().map(|event| (frame::EVENT, event))) {
                    frame::line(&mut lines, kind, id, &bytes(&mut old, range)?);
                }
                let frame = frame::of(&lines);
                length += frame.len() as u64;
                new.write_all(&frame)?;
            }
            new.flush()
        })?;
        // The old journal has no name any more: whatever fails from here on, nothing may be written to it.
        self.medium = Box::new(new);
        self.length = length;
        self.compact = length;
        self.is_torn = false;
        self.is_nameless = true;
        self.settle()
    }

    /// For tests: what the journal is written to from now on.
    #[cfg(test)]
    pub(crate) fn set_medium(&mut self, medium: Box<dyn Medium>) {
        self.medium = medium;
    }
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("journal")
}

/// Takes from others what they may do with a state that was made when they still could, or in a folder that was there. Everything in the
/// folder of objects is out of reach with it.
fn restrict(folder: &Path, is_new: bool) {
    if is_new {
        private::restrict(folder);
    }
    for part in ["VERSION", "journal", "journal.new", "objects"] {
        private::restrict(&folder.join(part));
    }
}

fn appended(path: &Path) -> io::Result<File> {
    private::open(File::options().create(true).append(true), path)
}

fn read(path: &Path, size: u64) -> Result<frame::Contents, LocalError> {
    let file = File::open(path).map_err(|source| LocalError::State { path: path.to_owned(), source })?;
    frame::read(BufReader::new(file), size).map_err(|trouble| match trouble {
        frame::Trouble::Io(source) => LocalError::State { path: path.to_owned(), source },
        frame::Trouble::Damaged(reason) => LocalError::Unreadable { path: path.to_owned(), reason },
    })
}

fn parse(contents: &frame::Contents, path: &Path) -> Result<Vec<Stack>, LocalError> {
    let failed = |source| LocalError::State { path: path.to_owned(), source };
    let unreadable =
        |error: serde_json::Error| LocalError::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let mut file = File::open(path).map_err(failed)?;
    let mut stacks = Vec::with_capacity(contents.stacks.len());
    for kept in contents.stacks.values() {
        let mut stack: Stack =
            serde_json::from_slice(&bytes(&mut file, &kept.state).map_err(failed)?).map_err(unreadable)?;
        for event in &kept.events {
            let event = serde_json::from_slice(&bytes(&mut file, event).map_err(failed)?);
            stack.events.push(event.map_err(unreadable)?);
        }
        stacks.push(stack);
    }
    Ok(stacks)
}

fn bytes(file: &mut File, range: &Range<u64>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn lock(folder: &Path) -> Result<File, LocalError> {
    let path = folder.join("LOCK");
    let failed = |source| LocalError::State { path: path.clone(), source };
    let lock = private::open(File::options().create(true).truncate(false).write(true), &path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {
            // Who looks at it is told less if it cannot be written; that is no reason to stop.
            let _ = lock.set_len(0).and_then(|()| writeln!(&lock, "{}", std::process::id()));
            Ok(lock)
        }
        Err(fs::TryLockError::WouldBlock) => {
            Err(LocalError::InUse { folder: folder.to_owned(), holder: holder(&path) })
        }
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// The holder of the lock.
fn holder(lock: &Path) -> Holder {
    // Where a lock forbids to read, nothing is known.
    let text = fs::read_to_string(lock).unwrap_or_default();
    let mut lines = text.lines();
    let process = lines.next().and_then(|line| line.parse().ok());
    let url =
        lines.next().filter(|line| line.starts_with("http://") && line.bytes().all(|byte| byte.is_ascii_graphic()));
    Holder { process, url: url.map(str::to_owned) }
}

/// The form of the folder; `None` if it is still to become a state, an error if it cannot be read here.
fn version(folder: &Path) -> Result<Option<u32>, LocalError> {
    match mark::of(folder)? {
        Mark::Nothing | Mark::Begun => Ok(None),
        Mark::Version(version @ (BEFORE | VERSION)) => Ok(Some(version)),
        Mark::Version(found) | Mark::Unknown(found) => {
            Err(LocalError::Version { folder: folder.to_owned(), found, known: VERSION })
        }
    }
}

/// Writes a file so that it is either the old or the new one, whatever happens.
pub(crate) fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(content))?;
    // The name itself must be on the disk too.
    path.parent().map_or(Ok(()), sync_folder)
}

/// Puts a new file in the place of another, and gives it back to append to. Its content is on the disk then, its name may not be yet.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<File> {
    let beside = path.with_extension("new");
    let replace = || -> io::Result<File> {
        let mut file = appended(&beside)?;
        // What was left there by somebody who was stopped.
        file.set_len(0)?;
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        Ok(file)
    };
    replace().inspect_err(|_| {
        // What is half written would only be in the way.
        let _ = fs::remove_file(&beside);
    })
}

/// Makes a file that nobody else reads, anew if it is there.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    private::open(File::options().create(true).truncate(true).read(true).write(true), path)
}

/// Makes sure that the names in a folder are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere than on Unix, a folder is no file that could be flushed.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// True if there is something to delete.
pub(crate) fn has_state(folder: &Path) -> Result<bool, LocalError> {
    Ok(!parts(folder)?.is_empty())
}

/// The parts of the folder that an engine made, so that nothing else is deleted: a user may have put things beside it, and below names that
/// only other versions use. The version goes after the rest, and the lock after it: what is left at any moment is known as ours.
fn parts(folder: &Path) -> Result<&'static [&'static str], LocalError> {
    match mark::of(folder)? {
        Mark::Nothing => Ok(&[]),
        Mark::Version(1) => Ok(&["stacks", "objects", "VERSION.new", "VERSION", "LOCK"]),
        Mark::Begun | Mark::Version(_) => Ok(&["objects", "journal", "journal.new", "VERSION.new", "VERSION", "LOCK"]),
        Mark::Unknown(_) => Err(LocalError::NoState { folder: folder.to_owned() }),
    }
}

/// Deletes a folder of state, if it is one.
pub(crate) fn reset(folder: &Path) -> Result<bool, LocalError> {
    let failed = |path: &Path, source| LocalError::State { path: path.to_owned(), source };
    if !has_state(folder)? {
        return Ok(false);
    }
    let lock = lock(folder)?;
    // As it is now that nobody else changes it.
    for part in parts(folder)? {
        let path = folder.join(part);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(failed(&path, source)),
            _ => {}
        }
    }
    drop(lock);
    // What else is in the folder is somebody's, and stays with it.
    let _ = fs::remove_dir(folder);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static FAILS: Cell<bool> = const { Cell::new(false) };
    }

    /// Of another system call than those of the journal: no medium can fail so.
    fn failing(folder: &Path) -> io::Result<()> {
        if FAILS.get() { Err(ErrorKind::StorageFull.into()) } else { sync_folder(folder) }
    }

    fn of(kind: &[u8], id: &str, json: &[u8]) -> Batch {
        let mut batch = Batch::default();
        frame::line(&mut batch.lines, kind, id, json);
        batch
    }

    fn on_disk(folder: &Path) -> Vec<String> {
        let path = journal(folder);
        let size = fs::metadata(&path).unwrap().len();
        let contents = read(&path, size).unwrap();
        assert_eq!(contents.length, size);
        contents.stacks.into_keys().collect()
    }

    #[test]
    fn nothing_is_written_to_a_journal_that_has_no_name_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(folder.path()).unwrap();
        store.sync_folder = failing;
        FAILS.set(true);
        store.commit(&of(frame::STATE, "a", b"1")).unwrap();
        // The journal is written anew behind this one, which itself is kept in the old journal and in the new.
        store.commit(&of(frame::GONE, &"x".repeat(5 * 1_048_576), b"")).unwrap();
        assert!(fs::metadata(journal(folder.path())).unwrap().len() < 100);
        // A loss of power could bring the old one back.
        store.commit(&of(frame::STATE, "b", b"2")).unwrap_err();
        assert_eq!(on_disk(folder.path()), ["a"]);
        FAILS.set(false);
        store.commit(&of(frame::STATE, "b", b"2")).unwrap();
        assert_eq!(on_disk(folder.path()), ["a", "b"]);
    }

    #[test]
    fn a_state_that_can_be_read_is_opened_though_it_cannot_be_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let mut frames = frame::of(&of(frame::GONE, &"x".repeat(5 * 1_048_576), b"").lines);
        fs::write(journal(folder.path()), &frames).unwrap();
        // In the way of what is written beside the journal, even for one who may do everything.
        fs::create_dir(folder.path().join("journal.new")).unwrap();
        let (mut store, _) = Store::open(folder.path()).unwrap();
        let batch = of(frame::STATE, "a", b"1");
        store.commit(&batch).unwrap();
        frames.extend(frame::of(&batch.lines));
        assert!(fs::read(journal(folder.path())).unwrap() == frames);
        fs::remove_dir(folder.path().join("journal.new")).unwrap();
        store.commit(&of(frame::STATE, "b", b"2")).unwrap();
        assert_eq!(on_disk(folder.path()), ["a", "b"]);
    }
}
