//! The owner of a resource that is made, and a look into its properties.

use serde_json::Value as Json;

use crate::model::Place;

/// The stack and the logical id that a resource belongs to, and their place.
#[derive(Clone, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) place: &'a Place,
    pub(crate) stack_name: &'a str,
    pub(crate) logical_id: &'a str,
}

/// The value at a dotted path.
pub(crate) fn at<'v>(properties: &'v Json, path: &str) -> Option<&'v Json> {
    path.split('.').try_fold(properties, |value, name| value.get(name))
}
