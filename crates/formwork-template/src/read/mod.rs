//! Reading a template. What is read and written again has the same meaning, and nothing is dropped.
//!
//! `json` gives the tree of a text in JSON ([`yaml`](crate::yaml) that of the other notation), `sections` the template of a tree.

pub(crate) mod json;
pub(crate) mod sections;

use std::error::Error;
use std::fmt;

use crate::template::{MAX_BYTES, Template};
use crate::value::Value;

/// How deep lists and objects may be nested. A template of people has ten levels or twenty; what reads and writes JSON in
/// between (and refuses 128 levels) must have room for functions in their long form.
pub(crate) const MAX_DEPTH: usize = 100;
/// 2^63, from which on whole numbers do not fit.
pub(crate) const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// What a text comes to: see [`Template::read`].
#[cfg(feature = "yaml")]
#[derive(Debug, Default)]
pub struct Reading {
    /// What could be read; nothing when the text is neither JSON nor YAML.
    pub template: Option<Template>,
    /// Why the text is not a template: all of it.
    pub mistakes: Vec<ReadError>,
    /// What CloudFormation may take otherwise than it is meant.
    pub remarks: Vec<Remark>,
}

/// A part of a text that CloudFormation may take otherwise than it is meant.
#[cfg(feature = "yaml")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is about.
    pub kind: RemarkKind,
    /// Names of keys and indexes of lists, from the root.
    pub path: Vec<String>,
    /// Counted from one.
    pub line: usize,
    /// Counted from one.
    pub column: usize,
    /// What is there, with the text in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// What a [`Remark`] is about.
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

/// Why a text is not a CloudFormation template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// Not a text in UTF-8.
    Encoding {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// What is wrong there.
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
        /// What is wrong there.
        reason: String,
    },
    /// Not YAML.
    Yaml {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
        /// What is wrong there.
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
        /// What is wrong there.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// JSON or YAML, but not of a template's form.
    Shape {
        /// Names of keys and indexes of lists, from the root; empty for the whole.
        path: Vec<String>,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
}

impl ReadError {
    /// Where in the template, if it is about a part of it.
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

/// The text that a file holds: UTF-8, as CloudFormation takes it.
///
/// # Errors
///
/// With line and column, when there is a byte that is not.
pub fn text_of(bytes: &[u8]) -> Result<&str, ReadError> {
    // UTF-16 begins with a mark, or its first letter is half a NUL.
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..] = bytes {
        let reason = "this is UTF-16: save it as UTF-8".to_owned();
        return Err(ReadError::Encoding { line: 1, column: 1, reason });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, rest) = bytes.split_at(error.valid_up_to());
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(line).chars().count();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let byte = rest.first().copied().unwrap_or_default();
        let reason = format!("the byte {byte:#04x} is not a text in UTF-8: save the file as UTF-8");
        ReadError::Encoding { line, column, reason }
    })
}

impl Template {
    /// Reads a template from JSON. Of two entries with one key the last one holds.
    ///
    /// # Errors
    ///
    /// When the text is longer than CloudFormation takes, is not JSON (with line and column), or has not the form of a template
    /// (with the path). Of several mistakes, the first.
    pub fn from_json(text: &str) -> Result<Template, ReadError> {
        Template::from_value(json::tree(text)?)
    }

    /// Reads a template from a tree, functions recognised.
    ///
    /// # Errors
    ///
    /// When the tree has not the form of a template, with the path. Of several mistakes, the first.
    pub fn from_value(root: Value) -> Result<Template, ReadError> {
        let mut mistakes = Vec::new();
        let template = sections::template(root, &mut mistakes);
        match mistakes.into_iter().next() {
            Some(mistake) => Err(mistake),
            None => Ok(template.unwrap_or_default()),
        }
    }
}
