//! Where each part of a text stands, for messages about a template file. JSON is read as the YAML that it is.

use crate::yaml::read::{Wanted, document};

/// Where a value stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Names of keys and indexes of lists, from the root.
    pub path: Vec<String>,
    /// Counted from one. Of an entry, where its key stands.
    pub line: usize,
    /// Counted from one.
    pub column: usize,
}

/// The places of all entries of a text in JSON or YAML, in its order; those before the first mistake, when it has one.
///
/// A function in short form counts as its argument, so that a path never has `Fn::Sub` for a `!Sub`. Of entries with one key
/// the last one has places: it is the one that holds.
pub fn places(text: &str) -> Vec<Place> {
    let mut places = document(text, Wanted { places: true, is_json: false }).places;
    places.retain(|place| place.line > 0);
    places
}
