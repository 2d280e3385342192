//! YAML, the other notation of templates, with the short forms of intrinsic functions (`!Ref`, `!Sub`, …).
//!
//! [`read`](Template::from_yaml) and [`write`](Template::to_yaml) go through the same values as JSON does; [`places`] tells on
//! which line each part of a text stands, for messages. Scalars are read as YAML 1.1 has them, which is what CloudFormation
//! uses: `yes` and `on` are booleans, a date is a text.
//!
//! Reading order: `cursor` (characters), `token` and `text` (indentation, keys, quotation marks), `read` (values), `scalar` and `tag`
//! (what a scalar and a tag mean).
//!
//! Source: AWS CloudFormation User Guide, "Template format".

#[cfg(feature = "yaml")]
mod cursor;
#[cfg(feature = "yaml")]
mod entries;
#[cfg(feature = "yaml")]
mod notes;
#[cfg(feature = "yaml")]
mod read;
mod scalar;
mod short_form;
#[cfg(feature = "yaml")]
mod tag;
#[cfg(feature = "yaml")]
mod text;
#[cfg(feature = "yaml")]
mod token;
mod write;

#[cfg(feature = "yaml")]
pub use notes::Place;

#[cfg(feature = "yaml")]
use crate::read::error::{ReadError, Remark};
#[cfg(feature = "yaml")]
use crate::read::{Reading, json, sections};
use crate::template::Template;
#[cfg(feature = "yaml")]
use crate::{template::MAX_BYTES, value::Value};
#[cfg(feature = "yaml")]
use notes::{Document, Wanted};

#[cfg(feature = "yaml")]
impl Template {
    /// Reads a template from YAML.
    ///
    /// # Errors
    ///
    /// When the text is longer than CloudFormation takes, is not YAML (with line and column), has what CloudFormation does not take
    /// (an alias, an unknown tag, a key that is not a text), or has not the form of a template (with the path). Of several
    /// mistakes, the first.
    pub fn from_yaml(text: &str) -> Result<Template, ReadError> {
        Template::from_value(tree(text)?)
    }

    /// Reads a template from JSON when the text starts with `{`, as any template in JSON does, and else from YAML.
    ///
    /// # Errors
    ///
    /// As [`Template::from_json`] and [`Template::from_yaml`].
    pub fn from_text(text: &str) -> Result<Template, ReadError> {
        if is_json(text) { Template::from_json(text) } else { Template::from_yaml(text) }
    }

    /// Reads what can be read of a text in JSON or YAML, with all mistakes, and with what CloudFormation may take otherwise than it
    /// is meant.
    pub fn read(text: &str) -> Reading {
        let is_json = is_json(text);
        let (value, mut mistakes, remarks) = match is_json {
            true => match json::tree(text) {
                Ok(value) => (Some(value), Vec::new(), json_remarks(text)),
                Err(error) => (None, vec![error], Vec::new()),
            },
            false => {
                let Document { value, mistakes, remarks, .. } = document(text, false);
                (value, mistakes, remarks)
            }
        };
        let template = value.and_then(|value| sections::template(value, &mut mistakes));
        Reading { template, mistakes, remarks }
    }

    /// Reads what can be read of a tree, functions recognised, with all mistakes.
    pub fn read_value(root: Value) -> Reading {
        let mut mistakes = Vec::new();
        let template = sections::template(root, &mut mistakes);
        Reading { template, mistakes, remarks: Vec::new() }
    }
}

impl Template {
    /// The template as YAML, and what could not be said in it. The same template gives the same bytes, always.
    pub fn to_yaml(&self) -> (String, Vec<String>) {
        write::document(self)
    }
}

#[cfg(feature = "yaml")]
impl Value {
    /// Reads the tree that a template's text is, in JSON or YAML as [`Template::from_text`] has it, functions recognised.
    ///
    /// # Errors
    ///
    /// When the text is longer than CloudFormation takes, or is neither JSON nor YAML that CloudFormation takes.
    pub fn from_text(text: &str) -> Result<Value, ReadError> {
        if is_json(text) { json::tree(text) } else { tree(text) }
    }
}

/// The places of all entries of a text in JSON or YAML, in its order; those before the first mistake, when it has one.
///
/// A function in short form counts as its argument, so that a path never has `Fn::Sub` for a `!Sub`. Of entries with one key
/// the last one has places: it is the one that holds.
#[cfg(feature = "yaml")]
pub fn places(text: &str) -> Vec<Place> {
    let mut places = read::document(text, Wanted { places: true, is_json: false }).places;
    places.retain(|place| place.line > 0);
    places
}

#[cfg(feature = "yaml")]
fn document(text: &str, is_json: bool) -> Document {
    match text.len() {
        bytes if bytes > MAX_BYTES => Document { mistakes: vec![ReadError::TooLong { bytes }], ..Document::default() },
        _ => read::document(text, Wanted { places: false, is_json }),
    }
}

#[cfg(feature = "yaml")]
fn tree(text: &str) -> Result<Value, ReadError> {
    let Document { value, mistakes, .. } = document(text, false);
    match mistakes.into_iter().next() {
        Some(mistake) => Err(mistake),
        None => Ok(value.unwrap_or_default()),
    }
}

/// JSON is YAML, whose reader knows where it is.
#[cfg(feature = "yaml")]
fn json_remarks(text: &str) -> Vec<Remark> {
    document(text, true).remarks
}

#[cfg(feature = "yaml")]
fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}
