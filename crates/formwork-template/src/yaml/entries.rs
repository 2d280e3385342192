//! The entries of a mapping as they are read: of two with one key the last one holds, as in CloudFormation.

use std::ops::Range;

use indexmap::map::Entry;

use crate::value::{Map, Value};

#[derive(Debug, Default)]
pub(super) struct Entries {
    map: Map,
    /// For each entry its line and which of the noted places are below it.
    origins: Vec<(usize, Range<usize>)>,
}

/// An entry that does not hold, since its key comes again.
#[derive(Debug)]
pub(super) struct Repeated {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) places: Range<usize>,
}

impl Entries {
    pub(super) fn insert(&mut self, key: String, value: Value, line: usize, places: Range<usize>) -> Option<Repeated> {
        match self.map.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(value);
                self.origins.push((line, places));
                None
            }
            Entry::Occupied(mut occupied) => {
                occupied.insert(value);
                let key = occupied.key().clone();
                let origin = self.origins.get_mut(occupied.index())?;
                let (line, places) = std::mem::replace(origin, (line, places));
                Some(Repeated { key, line, places })
            }
        }
    }

    pub(super) fn into_map(self) -> Map {
        self.map
    }
}
