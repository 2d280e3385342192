//! The two sides of a comparison: the resources before and after, in one outcome of the conditions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::found::Place;
use crate::path::Path;

/// A resource in one outcome of the conditions.
pub(super) struct Resource<'a> {
    pub(super) id: &'a str,
    pub(super) type_name: &'a str,
    pub(super) properties: &'a Value,
}

impl Resource<'_> {
    pub(super) fn place(&self, path: Path) -> Place {
        Place { id: self.id.to_owned(), type_name: self.type_name.to_owned(), path }
    }
}

/// All resources before and after, in one outcome of the conditions.
pub(super) struct Sides<'a> {
    pub(super) old: Vec<Resource<'a>>,
    pub(super) new: Vec<Resource<'a>>,
    /// Where in the two lists each resource is.
    old_places: BTreeMap<&'a str, usize>,
    new_places: BTreeMap<&'a str, usize>,
    /// The logical IDs of resources that are not the same on both sides.
    changed: &'a BTreeSet<&'a str>,
}

impl<'a> Sides<'a> {
    pub(super) fn new(old: Vec<Resource<'a>>, new: Vec<Resource<'a>>, changed: &'a BTreeSet<&'a str>) -> Sides<'a> {
        let places =
            |resources: &[Resource<'a>]| resources.iter().enumerate().map(|(place, one)| (one.id, place)).collect();
        Sides { old_places: places(&old), new_places: places(&new), old, new, changed }
    }

    pub(super) fn changed_old(&self) -> impl Iterator<Item = &Resource<'a>> {
        self.old.iter().filter(|resource| self.changed.contains(resource.id))
    }

    pub(super) fn changed_new(&self) -> impl Iterator<Item = &Resource<'a>> {
        self.new.iter().filter(|resource| self.changed.contains(resource.id))
    }

    pub(super) fn unchanged(&self) -> impl Iterator<Item = &Resource<'a>> {
        self.new.iter().filter(|resource| !self.changed.contains(resource.id))
    }

    pub(super) fn before(&self, id: &str) -> Option<&Resource<'a>> {
        self.old.get(*self.old_places.get(id)?)
    }

    pub(super) fn after(&self, id: &str) -> Option<&Resource<'a>> {
        self.new.get(*self.new_places.get(id)?)
    }
}

/// A list without what has no value, or the one value that is taken as a list of one.
pub(super) fn as_list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}
