//! Reasons for which a text is not a template, and remarks on what in one may be meant otherwise.

use std::error::Error;
use std::fmt;

use crate::template::MAX_BYTES;

/// Maximum depth of nested lists and objects. A template of people has ten levels or twenty; what reads and writes JSON in
/// between (and refuses 128 levels) must have room for functions in their long form.
pub(crate) const MAX_DEPTH: usize = 100;
/// 2^63, from which on whole numbers do not fit.
pub(crate) const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// A part of a text that CloudFormation may take otherwise than it is meant.
#[cfg(feature = "yaml")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The kind.
    pub kind: RemarkKind,
    /// Names of keys and indexes of lists, from the root.
    pub path: Vec<String>,
    /// Counted from one.
    pub line: usize,
    /// Counted from one.
    pub column: usize,
    /// Description of the place's content, with the text in backticks.
    pub message: String,
    /// The remedy.
    pub hint: String,
}

/// Kind of a [`Remark`].
#[cfg(feature = "yaml")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemarkKind {
    /// Two entries of one mapping have one key.
    RepeatedKey,
    /// A value is a number or a boolean since it stands without quotation marks.
    Unquoted,
    /// A name for aliases, which CloudFormation does not take.
    Anchor,
}

/// A reason for which a text is not a CloudFormation template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// Not a text in UTF-8.
    Encoding {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// The mistake there.
        reason: String,
    },
    /// Longer than CloudFormation takes.
    TooLong {
        /// The text's length in bytes.
        bytes: usize,
    },
    /// Not JSON.
    Json {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// The mistake there.
        reason: String,
    },
    /// Not YAML.
    Yaml {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// The mistake there.
        reason: String,
    },
    /// YAML that CloudFormation does not take: an alias, an unknown tag, a key that is not a text.
    Refused {
        /// Names of keys and indexes of lists, from the root.
        path: Vec<String>,
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// The mistake there.
        reason: String,
        /// The remedy.
        hint: String,
    },
    /// JSON or YAML, but not of a template's form.
    Shape {
        /// Names of keys and indexes of lists, from the root; empty for the whole.
        path: Vec<String>,
        /// The value there.
        found: String,
        /// The expected form.
        expected: &'static str,
    },
}

impl ReadError {
    /// The place in the template, if it is about a part of it.
    pub fn path(&self) -> &[String] {
        match self {
            ReadError::Refused { path, .. } | ReadError::Shape { path, .. } => path,
            _ => &[],
        }
    }
}

/// The path as people read it.
fn spelled(path: &[String]) -> String {
    if path.is_empty() { "the template".to_owned() } else { path.join(".") }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::TooLong { bytes } => {
                write!(f, "the template has {bytes} bytes, CloudFormation takes {MAX_BYTES}")
            }
            ReadError::Json { line, column, reason }
            | ReadError::Yaml { line, column, reason }
            | ReadError::Refused { line, column, reason, .. }
            | ReadError::Encoding { line, column, reason } => {
                write!(f, "line {line}, column {column}: {reason}")
            }
            ReadError::Shape { path, found, expected } => {
                write!(f, "`{}` is {found}, expected {expected}", spelled(path))
            }
        }
    }
}

impl Error for ReadError {}
