//! YAML, the other notation of templates, with the short forms of intrinsic functions (`!Ref`, `!Sub`, …).
//!
//! [`read`](Template::from_yaml) and [`write`](Template::to_yaml) go through the same values as JSON does; [`places`] tells on
//! which line each part of a text stands, for messages. Scalars are read as YAML 1.1 has them, which is what CloudFormation
//! uses: `yes` and `on` are booleans, a date is a text.
//!
//! Source: AWS CloudFormation User Guide, "Template format".

#[cfg(feature = "yaml")]
mod place;
#[cfg(feature = "yaml")]
mod read;
mod scalar;
mod write;

#[cfg(feature = "yaml")]
pub use place::{Place, places};

use crate::template::Template;
#[cfg(feature = "yaml")]
use crate::{read::ReadError, template::MAX_BYTES, value::Value};

/// The functions that have a short form. `Ref` and `Condition` stand for themselves, the others for `Fn::` and their name.
///
/// Source: AWS CloudFormation Template Reference, "Intrinsic function reference", section "YAML" of each.
const SHORT_FORMS: [&str; 27] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Ref",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

impl Template {
    /// Reads a template from YAML.
    ///
    /// # Errors
    ///
    /// When the text is longer than CloudFormation takes, is no YAML (with line and column; a key that stands twice in one
    /// mapping, an unknown tag and aliases that grow beyond what a template may be included), or has not the form of a
    /// template (with the path).
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Template, ReadError> {
        Template::from_value(tree(text)?)
    }

    /// Reads a template from JSON when the text starts with `{`, as any template in JSON does, and else from YAML.
    ///
    /// # Errors
    ///
    /// As [`Template::from_json`] and [`Template::from_yaml`].
    #[cfg(feature = "yaml")]
    pub fn from_text(text: &str) -> Result<Template, ReadError> {
        if is_json(text) { Template::from_json(text) } else { Template::from_yaml(text) }
    }

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
    /// When the text is longer than CloudFormation takes, or is neither JSON nor YAML.
    pub fn from_text(text: &str) -> Result<Value, ReadError> {
        if is_json(text) { crate::read::tree(text) } else { tree(text) }
    }
}

#[cfg(feature = "yaml")]
fn tree(text: &str) -> Result<Value, ReadError> {
    if text.len() > MAX_BYTES {
        return Err(ReadError::TooLong { bytes: text.len() });
    }
    read::document(text)
}

#[cfg(feature = "yaml")]
fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// The long form of a short form's name: `Sub` is `Fn::Sub`.
#[cfg(feature = "yaml")]
fn long_form(name: &str) -> Option<String> {
    SHORT_FORMS.binary_search(&name).ok()?;
    Some(if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") })
}

#[cfg(test)]
mod tests {
    use super::SHORT_FORMS;

    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(SHORT_FORMS.is_sorted());
    }
}
