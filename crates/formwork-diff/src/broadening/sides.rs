//! The two sides of a comparison: the resources before and after, in one outcome of the conditions.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use formwork_model::Term;
use serde_json::Value;

use super::found::Place;
use super::work::Work;
use super::world::{World, has_branches};
use crate::path::Path;
use crate::side::{self, Exists};

/// A resource of a template, whatever the outcome of the conditions is. Its JSON is made when it is needed: most resources
/// have nothing to do with permissions.
pub(super) struct Source<'a> {
    pub(super) id: &'a str,
    pub(super) resource: &'a side::Resource,
    /// The properties, and whether something in them hangs on a condition.
    properties: OnceCell<(Value, bool)>,
}

impl<'a> Source<'a> {
    pub(super) fn new(id: &'a str, resource: &'a side::Resource) -> Source<'a> {
        Source { id, resource, properties: OnceCell::new() }
    }

    /// The condition on which the resource hangs.
    pub(super) fn condition(&self) -> Option<&'a str> {
        match &self.resource.exists {
            Exists::Perhaps(name, _) => Some(name),
            Exists::Yes | Exists::No => None,
        }
    }

    pub(super) fn properties(&self) -> &Value {
        &self.both().0
    }

    fn both(&self) -> &(Value, bool) {
        self.properties.get_or_init(|| {
            let properties = self.resource.properties.to_template();
            let has_branches = has_branches(&properties);
            (properties, has_branches)
        })
    }
}

/// A resource in one outcome of the conditions.
pub(super) struct Resource<'a> {
    pub(super) id: &'a str,
    pub(super) type_name: &'a str,
    source: &'a Source<'a>,
    world: &'a World,
    decided: OnceCell<Value>,
}

impl<'a> Resource<'a> {
    /// The resource, if it exists in this outcome.
    pub(super) fn new(source: &'a Source<'a>, world: &'a World) -> Option<Resource<'a>> {
        if source.condition().is_some_and(|name| !world.holds(name)) {
            return None;
        }
        let type_name = &source.resource.type_name;
        Some(Resource { id: source.id, type_name, source, world, decided: OnceCell::new() })
    }

    pub(super) fn properties(&self) -> &Value {
        match self.source.both() {
            (properties, false) => properties,
            (properties, true) => self.decided.get_or_init(|| self.world.decide(properties).unwrap_or(Value::Null)),
        }
    }

    /// A property that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.source.resource.property(name)? {
            Term::Text(text) => Some(text),
            Term::Hole(_) => self.properties().get(name)?.as_str(),
            _ => None,
        }
    }
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
    /// The places of each resource in the two lists.
    old_places: BTreeMap<&'a str, usize>,
    new_places: BTreeMap<&'a str, usize>,
    /// The logical IDs of resources that are not the same on both sides.
    changed: &'a BTreeSet<&'a str>,
    pub(super) work: &'a Work,
}

impl<'a> Sides<'a> {
    pub(super) fn new(
        old: Vec<Resource<'a>>,
        new: Vec<Resource<'a>>,
        changed: &'a BTreeSet<&'a str>,
        work: &'a Work,
    ) -> Sides<'a> {
        let places =
            |resources: &[Resource<'a>]| resources.iter().enumerate().map(|(place, one)| (one.id, place)).collect();
        Sides { old_places: places(&old), new_places: places(&new), old, new, changed, work }
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
