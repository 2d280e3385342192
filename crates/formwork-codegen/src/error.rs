//! The one error type of this crate.

use std::path::PathBuf;

use formwork_schema::SchemaError;

/// A reason for which nothing was generated or imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodegenError {
    /// A schema, a patch or the snapshot is not usable.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A service is asked for that the snapshot does not have.
    #[error("there is no service `{service}` in the snapshot; names are written as in `AWS::{service}::…`")]
    UnknownService {
        /// As it was written.
        service: String,
    },
    /// A region is asked for of which the snapshot knows nothing.
    #[error("there is no region `{region}` in the snapshot")]
    UnknownRegion {
        /// As it was written.
        region: String,
    },
    /// A crate cannot have that many features.
    #[error(
        "{count} features, of which a published crate can have {most}; add a family to crates/formwork-codegen/src/features.rs"
    )]
    TooManyFeatures {
        /// The number of features of the services.
        count: usize,
        /// The most that there can be.
        most: usize,
    },
    /// Two services would get one module.
    #[error("the services `{one}` and `{other}` give one module name")]
    SameModule {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// A file that was not generated stands where a generated one belongs.
    #[error("{path} was not generated, and is not overwritten")]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// Generated files are not what the schemas give now.
    #[error("{count} generated files are stale, the first is {first}; run `cargo xtask codegen`")]
    Stale {
        /// The number of stale files.
        count: usize,
        /// One of them.
        first: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The folder is not part of a formwork checkout.
    #[error("{path}: no formwork repository (a folder with `schemas` and `crates/formwork-resources`) here or above")]
    NoRepository {
        /// The place where the search began.
        path: PathBuf,
    },
    /// A file that is edited by hand has lost the marks between which the generator writes.
    #[error("{path}: the lines `{begin}` and `{end}` are missing")]
    NoMarkers {
        /// The file.
        path: PathBuf,
        /// The first mark.
        begin: &'static str,
        /// The last mark.
        end: &'static str,
    },
    /// An archive is broken.
    #[error("{path}: {source}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The fault in it.
        source: zip::result::ZipError,
    },
    /// A source of schemas has none.
    #[error("{path}: no schemas: {expected}")]
    NoSchemas {
        /// The folder or the archive.
        path: PathBuf,
        /// The thing that was looked for.
        expected: &'static str,
    },
    /// The source does not say when it was published.
    #[error("{path}: the source has no date; give it with `--date YYYY-MM-DD`")]
    NoDate {
        /// The folder or the archive.
        path: PathBuf,
    },
    /// A URL cannot be fetched.
    #[error("{url}: `curl` failed: {reason}")]
    Download {
        /// The URL.
        url: String,
        /// Curl's message.
        reason: String,
    },
    /// There are no schemas of another time to compare with.
    #[error("`{revision}`: neither a folder with a `SOURCE.toml` nor a revision with schemas: {reason}")]
    NoRevision {
        /// As it was written.
        revision: String,
        /// Git's message.
        reason: String,
    },
    /// The command line is not understood.
    #[error("{0}")]
    Usage(String),
}

impl CodegenError {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        CodegenError::Io { path: path.to_owned(), source }
    }
}
