//! Reading an assembly back, whole.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde_json::Value;

use crate::{Assembly, AssetSource, manifest};

/// A reason for which a folder could not be read as an assembly.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// A file is missing or cannot be read.
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// `formwork.json` is not JSON.
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// `formwork.json` was written by a version whose files this one cannot read.
    Version {
        /// The file.
        path: PathBuf,
        /// The version it states.
        found: String,
    },
    /// An entry of `formwork.json` is missing or of another form.
    Entry {
        /// The file.
        path: PathBuf,
        /// The entry, e.g. `stacks[1]`.
        entry: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Io { path, .. } => write!(f, "cannot read `{}`", path.display()),
            ReadError::Json { path, .. } => write!(f, "`{}` is not JSON", path.display()),
            ReadError::Version { path, found } => {
                write!(f, "`{}` has version {found}, this program reads version {}", path.display(), manifest::VERSION)
            }
            ReadError::Entry { path, entry } => {
                write!(f, "`{}`: `{entry}` is missing or not as synth writes it", path.display())
            }
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReadError::Io { source, .. } => Some(source),
            ReadError::Json { source, .. } => Some(source),
            ReadError::Version { .. } | ReadError::Entry { .. } => None,
        }
    }
}

impl Assembly {
    /// Reads the assembly in `folder`: facts, templates and files.
    ///
    /// # Errors
    ///
    /// When a file is missing, or is not as [`Assembly::write`] writes it.
    pub fn read(folder: &Path) -> Result<Assembly, ReadError> {
        let path = folder.join("formwork.json");
        let json: Value =
            serde_json::from_str(&text(&path)?).map_err(|source| ReadError::Json { path: path.clone(), source })?;
        if json["version"].as_u64() != Some(manifest::VERSION) {
            return Err(ReadError::Version { path, found: json["version"].to_string() });
        }
        let manifest::Facts { mut assembly, template_files } =
            manifest::read(&json).map_err(|entry| ReadError::Entry { path, entry })?;
        for (stack, file) in assembly.stacks.iter_mut().zip(template_files) {
            stack.template = text(&folder.join(file))?;
        }
        for file in &mut assembly.files {
            file.content = text(&folder.join("files").join(&file.path))?;
        }
        for asset in &mut assembly.assets {
            let path = folder.join(asset.file());
            if let AssetSource::Content { bytes, .. } = &mut asset.source {
                *bytes = fs::read(&path).map_err(|source| ReadError::Io { path, source })?;
            }
        }
        Ok(assembly)
    }
}

fn text(path: &Path) -> Result<String, ReadError> {
    fs::read_to_string(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })
}
