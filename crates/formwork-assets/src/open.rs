//! Files that are read: regular ones, whole, and only if they stay the same meanwhile.
//!
//! A pipe is never waited for: files are opened without blocking, and what was opened is asked what it is.

use std::fs::{File, FileType, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::error::Fault;
use crate::list::Mode;

/// The bytes that are read at a time.
pub(crate) const BUFFER: usize = 64 << 10;

/// The most bytes of a file of patterns.
const MOST_TEXT_BYTES: u64 = 1 << 20;

/// The facts about a file that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) mode: Mode,
    pub(crate) length: u64,
    pub(crate) digest: Digest,
}

/// Reads a file to its end and hands all of it on. `shown` is its path in errors.
pub(crate) fn read(
    path: &Path,
    shown: impl Fn() -> String,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<Contents, Fault> {
    let failed = |source: io::Error| fault(shown(), source);
    let mut file = open(path).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    if let Some(kind) = special(before.file_type()) {
        return Err(Fault::Special { path: shown(), kind });
    }
    let mut hasher = Sha256::new();
    let mut length = 0_u64;
    loop {
        let read = match file.read(buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        length += read as u64;
        // A file that grows for ever would be read for ever.
        if length > before.len() {
            break;
        }
        hasher.update(&buffer[..read]);
        take(&buffer[..read])?;
    }
    let after = file.metadata().map_err(failed)?;
    let is_same =
        length == before.len() && after.len() == before.len() && after.modified().ok() == before.modified().ok();
    if !is_same {
        return Err(Fault::Changed { path: shown() });
    }
    Ok(Contents { mode: mode(&before), length, digest: Digest(hasher.finalize().into()) })
}

/// The text of a small file.
pub(crate) fn text(path: &Path, shown: impl Fn() -> String) -> Result<String, Fault> {
    let failed = |source: io::Error| fault(shown(), source);
    let file = open(path).map_err(failed)?;
    if let Some(kind) = special(file.metadata().map_err(failed)?.file_type()) {
        return Err(Fault::Special { path: shown(), kind });
    }
    let mut text = String::new();
    match file.take(MOST_TEXT_BYTES + 1).read_to_string(&mut text) {
        Ok(_) if text.len() as u64 > MOST_TEXT_BYTES => Err(failed(io::Error::from(ErrorKind::FileTooLarge))),
        Ok(_) => Ok(text),
        Err(error) => Err(failed(error)),
    }
}

/// True for a regular file whose first bytes are these.
pub(crate) fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let Ok(file) = open(path) else { return false };
    let mut read = Vec::with_capacity(bytes.len());
    file.metadata().is_ok_and(|metadata| metadata.is_file())
        && file.take(bytes.len() as u64).read_to_end(&mut read).is_ok()
        && read == bytes
}

/// The kind of what is neither a file nor a link.
pub(crate) fn special(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    if kind.is_file() || kind.is_symlink() { None } else { Some("something else than a file") }
}

/// The fault of a file that was found and cannot be opened or read.
fn fault(path: String, source: io::Error) -> Fault {
    match source.kind() {
        ErrorKind::NotFound => Fault::Vanished { path },
        _ => Fault::Read { path, source },
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => Ok(File::from(file)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt as _;
    if metadata.permissions().mode() & 0o100 == 0 { Mode::File } else { Mode::Executable }
}

/// Systems without such a bit ship nothing that is executed.
#[cfg(not(unix))]
fn mode(_: &Metadata) -> Mode {
    Mode::File
}
