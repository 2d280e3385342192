//! Reading a template. What is read and written again has the same meaning, and nothing is dropped.
//!
//! `json` gives the tree of a text in JSON ([`yaml`](crate::yaml) that of the other notation), `sections` the template of a tree.

pub(crate) mod error;
pub(crate) mod json;
pub(crate) mod sections;

pub use error::ReadError;
#[cfg(feature = "yaml")]
pub use error::{Remark, RemarkKind};

use crate::template::Template;
use crate::value::Value;

/// Result of reading a text: see [`Template::read`].
#[cfg(feature = "yaml")]
#[derive(Debug, Default)]
pub struct Reading {
    /// The template, as far as it could be read; nothing when the text is neither JSON nor YAML.
    pub template: Option<Template>,
    /// All reasons for which the text is not a template.
    pub mistakes: Vec<ReadError>,
    /// Remarks on what CloudFormation may take otherwise than it is meant.
    pub remarks: Vec<Remark>,
}

/// The text that a file holds: UTF-8, as CloudFormation takes it.
///
/// # Errors
///
/// With line and column, when there is a byte that is not.
pub fn text_of(bytes: &[u8]) -> Result<&str, ReadError> {
    // UTF-16 and UTF-32 begin with a mark, or their first letter has NULs beside it.
    if let [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=255, ..] | [1..=255, 0, 0, 0, ..] = bytes {
        let reason = "this is UTF-32: save it as UTF-8".to_owned();
        return Err(ReadError::Encoding { line: 1, column: 1, reason });
    }
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
