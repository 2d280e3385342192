//! The one error type of this crate.

use std::path::PathBuf;

/// A reason for which a schema, a patch or the snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A schema has a construct that this version has no rule for; guessing would drop something silently.
    #[error("`{type_name}`: at `{path}` there is {construct}, which is not known here")]
    UnknownConstruct {
        /// The resource type.
        type_name: String,
        /// The place in its schema, as a JSON pointer.
        path: String,
        /// The keyword or the form.
        construct: String,
    },
    /// A schema points to something that it does not have.
    #[error("`{type_name}`: `{path}` refers to `{target}`, which the schema does not have")]
    MissingTarget {
        /// The resource type.
        type_name: String,
        /// The place in its schema.
        path: String,
        /// The target of the reference.
        target: String,
    },
    /// Not a registry schema at all.
    #[error("`{file}` is not a registry schema: {reason}")]
    NotASchema {
        /// The file or the archive's entry.
        file: String,
        /// The fault: what is missing.
        reason: String,
    },
    /// A user's schema has something that there is no rule for.
    #[error("{path}: {source}")]
    Own {
        /// The file.
        path: PathBuf,
        /// The error in it, with its place.
        source: Box<SchemaError>,
    },
    /// Two files have the schema of one type.
    #[error("the type `{type_name}` is in two files: {one} and {other}")]
    SameType {
        /// The type.
        type_name: String,
        /// The first file.
        one: PathBuf,
        /// The second file.
        other: PathBuf,
    },
    /// A patch that does not fit the schema any more: upstream changed, the patch has to be looked at.
    #[error("patch `{patch}`: operation {operation} at `{pointer}` does not apply to `{type_name}`: {reason}")]
    PatchDoesNotApply {
        /// The patch file's name.
        patch: String,
        /// The resource type.
        type_name: String,
        /// The number of the operation, counted from one.
        operation: usize,
        /// The operation's place.
        pointer: String,
        /// The reason.
        reason: &'static str,
    },
    /// A patch file that is not of a patch's form.
    #[error("patch `{patch}`: {reason}")]
    BadPatch {
        /// The patch file's name.
        patch: String,
        /// The fault.
        reason: String,
    },
    /// The snapshot's files contradict each other or are not of their form.
    #[error("{path}: {reason}")]
    BadSnapshot {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}
