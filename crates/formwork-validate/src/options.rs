//! Options of a validation: the facts about a stack that are not in its template.

use std::collections::BTreeMap;

use crate::finding::{Acknowledgement, Location};

/// Facts about the stack beside its template.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The region of the stack; without it, nothing is said about regions.
    pub region: Option<String>,
    /// Values that parameters are given; without one, nothing is said about it.
    pub parameters: BTreeMap<String, String>,
    /// The place in the source where each entry was made, resources by their logical id and the others by their name.
    pub locations: BTreeMap<String, Location>,
    /// The place in the source where the stack was made, for findings that are about no entry.
    pub location: Option<Location>,
    /// Findings that the source acknowledges, beside those in the template's own metadata.
    pub acknowledged: Vec<Acknowledgement>,
}
