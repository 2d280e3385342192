//! A fault at a place of a resource's properties.

use serde_json::Value;

use crate::finding::Severity;

/// A fault at a place of a resource's properties.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Explained {
    pub(crate) rule: &'static str,
    /// From the root of the properties.
    pub(crate) path: Vec<String>,
    /// With `{}` for the name of the place.
    pub(crate) message: String,
    pub(crate) value: Option<Value>,
    pub(crate) allowed: Option<String>,
    /// Names or values that may have been meant.
    pub(crate) known: Vec<String>,
    /// The wrong name or value that is close to one of `known`.
    pub(crate) wrong: String,
    /// The hint, when "did you mean" is not it.
    pub(crate) hint: Option<String>,
    /// True if CloudFormation may deploy it nevertheless.
    pub(crate) severity: Severity,
    /// True if it is about the form of an id, such as that of a VPC, which the registry does not know.
    pub(crate) is_format: bool,
    /// Places that it is about, when AWS offers another thing from month to month; from the root of the properties.
    pub(crate) ages: Vec<Vec<String>>,
}

impl Explained {
    /// A mistake at the root.
    pub(crate) fn error(rule: &'static str, message: String) -> Explained {
        Explained {
            rule,
            path: Vec::new(),
            message,
            value: None,
            allowed: None,
            known: Vec::new(),
            wrong: String::new(),
            hint: None,
            severity: Severity::Error,
            is_format: false,
            ages: Vec::new(),
        }
    }
}
