//! Options of an import: facts beside the template.

use std::collections::BTreeMap;

/// Options of an import: facts beside the template.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The stack's name.
    pub name: String,
    /// The stack's region, e.g. `us-east-1`.
    pub region: String,
    /// The origin of the template, for a comment, e.g. "`network.yaml`".
    pub source: Option<String>,
    /// Comments of entries of the template, by path (`Resources.Bucket`).
    pub comments: BTreeMap<String, String>,
    /// Value of `formwork = ` in the manifest, without features: `path = "../formwork"`.
    pub dependency: String,
}
