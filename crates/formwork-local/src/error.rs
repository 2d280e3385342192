//! Why the engine does not start.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Who works with a folder of state, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The id of its process.
    pub process: Option<u32>,
    /// Where it listens.
    pub url: Option<String>,
}

impl fmt::Display for Holder {
    /// What follows the folder in a sentence.
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

/// Why the engine could not be started, or its state not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The address is taken, or may not be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file or folder of the state cannot be read or written.
    #[error("cannot read or write `{}`", path.display())]
    State {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another engine works with the folder.
    #[error("another engine uses the state in `{}`{holder}", folder.display())]
    InUse {
        /// Which folder.
        folder: PathBuf,
        /// Which engine.
        holder: Holder,
    },
    /// A newer engine wrote the folder.
    #[error("the state in `{}` has version {found}, this engine knows version {known}", folder.display())]
    Version {
        /// Which folder.
        folder: PathBuf,
        /// The version it has.
        found: u32,
        /// The version that is known here.
        known: u32,
    },
    /// A file is not what an engine writes. It is left as it is.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing is written to, and nothing deleted, that no engine wrote.
    #[error("`{}` is there, and is not a state of the embedded engine", folder.display())]
    NoState {
        /// Which folder.
        folder: PathBuf,
    },
    /// The file of faults is none.
    #[error("`{}` is not a file of faults: {reason}", path.display())]
    Faults {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
