//! Scalars as texts.

use formwork_model::Term;
use serde_json::Value as Json;

/// A scalar as text, in the one spelling that CloudFormation joins and compares.
pub(crate) fn text_of(value: &Json) -> Option<String> {
    Term::from_json(value).known_text()
}
