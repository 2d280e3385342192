//! Reasons for which the engine does not start.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The process that works with a folder of state, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The id of its process.
    pub process: Option<u32>,
    /// The address where it listens.
    pub url: Option<String>,
}

impl fmt::Display for Holder {
    /// The words that follow the folder in a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(process) = self.process {
            write!(f, ": process {process}")?;
        }
        match &self.url {
            Some(url) => write!(f, " at {url}"),
            None => Ok(()),
        }
    }
}

/// A reason for which the engine could not be started, or its state not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The address is taken, or may not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file or folder of the state cannot be read or written.
    #[error("cannot read or write `{}`", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Another engine works with the folder.
    #[error("another engine uses the state in `{}`{holder}", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The engine that holds it.
        holder: Holder,
    },
    /// A newer engine wrote the folder.
    #[error("the state in `{}` has version {found}, this engine knows version {known}", folder.display())]
    Version {
        /// The folder.
        folder: PathBuf,
        /// The version it has.
        found: u32,
        /// The version that is known here.
        known: u32,
    },
    /// A file is not what an engine writes. It is left as it is.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The fault in it.
        reason: String,
    },
    /// Nothing is written to, and nothing deleted, that no engine wrote.
    #[error("`{}` is there, and is not a state of the embedded engine", folder.display())]
    NoState {
        /// The folder.
        folder: PathBuf,
    },
    /// The file of faults cannot be read.
    #[error("cannot read `{}`", path.display())]
    FaultsFile {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file of faults is none.
    #[error("`{}` is not a file of faults: {reason}", path.display())]
    Faults {
        /// The file.
        path: PathBuf,
        /// The fault in it.
        reason: String,
    },
}
