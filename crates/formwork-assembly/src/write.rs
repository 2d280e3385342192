//! Writing an assembly: as a whole or not at all.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde_json::Value;

use crate::{Assembly, AssetSource, manifest};

/// A failure to write an assembly. What stood in the folder before is still there.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder holds something that is not an assembly, and would be lost.
    NotAnAssembly {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refused.
    Io {
        /// The action that failed, e.g. `write`.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::NotAnAssembly { path } => write!(
                f,
                "`{}` is not a cloud assembly (it has no `formwork.json`) and is not empty, so it is not replaced",
                path.display()
            ),
            WriteError::Io { action, path, source } => write!(f, "cannot {action} `{}`: {source}", path.display()),
        }
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            WriteError::NotAnAssembly { .. } => None,
            WriteError::Io { source, .. } => Some(source),
        }
    }
}

impl Assembly {
    /// Writes the assembly to the folder `out`, in place of the assembly that may be there.
    ///
    /// Everything is written beside `out` first and then moved into its place, so that a reader, or a crash, finds the
    /// old assembly or the new one.
    ///
    /// # Errors
    ///
    /// When `out` holds something other than an assembly, or the file system refuses.
    pub fn write(&self, out: &Path) -> Result<(), WriteError> {
        self.write_with(out, |_| Ok(()))
    }

    /// The same with more in it: what `more` adds to the new folder, before it is moved into its place.
    ///
    /// # Errors
    ///
    /// When `out` holds something other than an assembly, the file system refuses, or `more` fails.
    pub fn write_with<E: From<WriteError>>(
        &self,
        out: &Path,
        more: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let occupied = occupied(out)?;
        if let Some(parent) = out.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed("create", parent))?;
        }
        let (fresh, old) = (beside(out, "new"), beside(out, "old"));
        remove(&fresh)?;
        remove(&old)?;
        let written = self.write_files(&fresh).map_err(E::from).and_then(|()| more(&fresh));
        let written = written.and_then(|()| Ok(exchange(out, &fresh, occupied.then_some(&old))?));
        if written.is_err() {
            let _ = fs::remove_dir_all(&fresh);
        }
        written?;
        Ok(remove(&old)?)
    }

    fn write_files(&self, folder: &Path) -> Result<(), WriteError> {
        fs::create_dir_all(folder).map_err(failed("create", folder))?;
        let write = |path: &str, content: &[u8]| {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(failed("create", parent))?;
            }
            fs::write(&path, content).map_err(failed("write", &path))
        };
        for stack in &self.stacks {
            write(&self.template_file(stack), stack.template.as_bytes())?;
        }
        for file in &self.files {
            write(&format!("files/{}", file.path), file.content.as_bytes())?;
        }
        for asset in &self.assets {
            if let AssetSource::Content { bytes, .. } = &asset.source {
                write(&asset.file(), bytes)?;
            }
        }
        write("manifest.json", pretty(&manifest::cdk(self)).as_bytes())?;
        // Last, since it is what makes the folder an assembly.
        write("formwork.json", pretty(&manifest::formwork(self)).as_bytes())
    }
}

/// Moves `fresh` into its place, and what is there to `old`.
fn exchange(out: &Path, fresh: &Path, old: Option<&PathBuf>) -> Result<(), WriteError> {
    if let Some(old) = old {
        fs::rename(out, old).map_err(failed("move away", out))?;
    }
    fs::rename(fresh, out).map_err(|error| {
        // Put the old assembly back; if that fails too, it is still there under its other name.
        let _ = old.map(|old| fs::rename(old, out));
        failed("move into place", out)(error)
    })
}

/// True if there is an assembly at `out`; an error if there is something else.
fn occupied(out: &Path) -> Result<bool, WriteError> {
    match fs::read_dir(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("read", out)(error)),
        Ok(mut entries) => {
            if entries.next().is_some() && !out.join("formwork.json").is_file() {
                return Err(WriteError::NotAnAssembly { path: out.to_owned() });
            }
            Ok(true)
        }
    }
}

/// A name beside `out` that no other process uses.
fn beside(out: &Path, role: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(out.file_name().unwrap_or_default());
    name.push(format!(".{role}-{}", std::process::id()));
    out.with_file_name(name)
}

fn remove(folder: &Path) -> Result<(), WriteError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", folder)(error)),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    move |source| WriteError::Io { action, path: path.to_owned(), source }
}

fn pretty(json: &Value) -> String {
    format!("{json:#}\n")
}
