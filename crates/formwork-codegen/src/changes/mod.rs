//! Changes that another snapshot brings for users: a pure function from two snapshots to [`Changes`].
//!
//! Compared is what users meet: the generated types under their Rust names, what a change of each property does, attributes,
//! regions, and the facts beside. Descriptions are not compared. Lists have no limit: every change is told, one line each.
//!
//! Module `change` has what is told, `shape` reduces a resource type to what is compared, `text` writes the section of CHANGELOG.md and the JSON.

mod change;
mod shape;
mod text;

pub use change::{Change, Effect, Kind, Place};

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::facts::Row;
use formwork_schema::ir::service_of;
use formwork_schema::snapshot::Snapshot;
use serde_json::Value;

use crate::{CodegenError, generate};
use shape::{Member, Shape};

/// The changes that another snapshot brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The day of the old snapshot.
    pub before: String,
    /// The day of the new one.
    pub after: String,
    /// Services that only the new one has.
    pub new_services: BTreeSet<String>,
    /// Services that only the old one has.
    pub gone_services: BTreeSet<String>,
    /// Regions that only the new one knows, with the number of their types.
    pub new_regions: BTreeMap<String, usize>,
    /// Regions that only the old one knows.
    pub gone_regions: BTreeSet<String>,
    /// The changes, by type, in the order of their names.
    pub by_type: BTreeMap<String, Vec<Change>>,
}

/// The changes that the snapshot `after` brings for those who use `before`.
///
/// # Errors
///
/// When a schema of either cannot be read.
pub fn between(before: &Snapshot, after: &Snapshot) -> Result<Changes, CodegenError> {
    let only_in = |one: &Snapshot, other: &Snapshot| -> BTreeSet<String> {
        let others = other.services();
        one.services().into_keys().filter(|service| !others.contains_key(service)).map(str::to_owned).collect()
    };
    let mut changes = Changes {
        before: before.source.date.clone(),
        after: after.source.date.clone(),
        new_services: only_in(after, before),
        gone_services: only_in(before, after),
        gone_regions: before.regions.known.difference(&after.regions.known).cloned().collect(),
        ..Changes::default()
    };
    for region in after.regions.known.difference(&before.regions.known) {
        let types = after.regions.by_type.values().filter(|regions| regions.contains(region)).count();
        changes.new_regions.insert(region.clone(), types);
    }
    let types: BTreeSet<&String> = before.schemas.keys().chain(after.schemas.keys()).collect();
    for type_name in types {
        let mut list = Vec::new();
        match (before.schema(type_name)?, after.schema(type_name)?) {
            (None, _) => {
                list.push(Change::TypeAdded(after.regions.by_type.get(type_name).map_or(0, BTreeSet::len)));
            }
            (_, None) => list.push(Change::TypeRemoved),
            (Some(old), Some(new)) => {
                if old != new {
                    of_type(before, after, type_name, [&old, &new], &mut list)?;
                }
                regions(before, after, type_name, &mut list);
            }
        }
        if !list.is_empty() {
            changes.by_type.insert(type_name.clone(), list);
        }
    }
    Ok(changes)
}

/// The changes of a type that both snapshots have.
fn of_type(
    before: &Snapshot,
    after: &Snapshot,
    type_name: &str,
    schemas: [&Value; 2],
    list: &mut Vec<Change>,
) -> Result<(), CodegenError> {
    let old = generate::resource(before, type_name)?;
    let new = generate::resource(after, type_name)?;
    let (old_shapes, new_shapes) = (shape::of(&old), shape::of(&new));
    for (owner, old) in &old_shapes {
        match new_shapes.get(owner) {
            None => list.push(Change::NestedRemoved(old.kind, owner.clone())),
            Some(new) if new.kind != old.kind => {
                list.push(Change::NestedChanged(owner.clone(), old.kind, new.kind));
            }
            Some(new) => members(owner, old, new, list),
        }
    }
    if old.replaced_by_any_change != new.replaced_by_any_change {
        list.push(Change::AnyChangeReplaces(new.replaced_by_any_change));
    }
    let (old_attributes, new_attributes) = (shape::attributes(&old), shape::attributes(&new));
    for (name, old) in &old_attributes {
        match new_attributes.get(name) {
            None => list.push(Change::AttributeRemoved(name.clone())),
            Some(new) if new != old => {
                list.push(Change::AttributeRetyped(name.clone(), old.clone(), new.clone()));
            }
            Some(_) => {}
        }
    }
    for (name, ty) in new_attributes.iter().filter(|(name, _)| !old_attributes.contains_key(*name)) {
        list.push(Change::AttributeAdded(name.clone(), ty.clone()));
    }
    let facts = |schema| Row { type_name, schema, regions: Vec::new() }.facts();
    let is_attribute = |place: &str| {
        let names = old_attributes.keys().chain(new_attributes.keys());
        names
            .into_iter()
            .any(|name| name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    for ((name, old), (_, new)) in facts(schemas[0])?.into_iter().zip(facts(schemas[1])?) {
        list.extend(shape::fact(name, &old, &new, is_attribute));
    }
    Ok(())
}

fn members(owner: &str, old: &Shape, new: &Shape, list: &mut Vec<Change>) {
    if old.kind == Kind::Enum {
        let only_in = |one: &Shape, other: &Shape| -> Vec<String> {
            one.members.keys().filter(|value| !other.members.contains_key(*value)).cloned().collect()
        };
        let (removed, added) = (only_in(old, new), only_in(new, old));
        if !removed.is_empty() {
            list.push(Change::ValuesRemoved(owner.to_owned(), removed));
        }
        if !added.is_empty() {
            list.push(Change::ValuesAdded(owner.to_owned(), added));
        }
    }
    let is_listed = old.kind != Kind::Enum;
    let place = |name: &str| Place { kind: old.kind, owner: owner.to_owned(), name: name.to_owned() };
    for (name, old) in &old.members {
        let Some(new) = new.members.get(name) else {
            if is_listed {
                list.push(Change::Removed(place(name)));
            }
            continue;
        };
        let Member { rust, key, ty, required, update } = old;
        if *key != new.key {
            list.push(Change::Retyped(place(name), old.under_key(), new.under_key()));
        } else if *ty != new.ty {
            list.push(Change::Retyped(place(name), ty.clone(), new.ty.clone()));
        }
        if *rust != new.rust {
            list.push(Change::Respelled(place(name), rust.clone(), new.rust.clone()));
        }
        match (required, new.required) {
            (false, true) => list.push(Change::Required(place(name))),
            (true, false) => list.push(Change::Optional(place(name))),
            _ => {}
        }
        if *update != new.update {
            list.push(Change::Updates(place(name), *update, new.update));
        }
    }
    for (name, new) in new.members.iter().filter(|(name, _)| is_listed && !old.members.contains_key(*name)) {
        list.push(Change::Added { place: place(name), ty: new.ty.clone(), required: new.required });
    }
}

/// The regions where the type exists, of those that both snapshots know.
fn regions(before: &Snapshot, after: &Snapshot, type_name: &str, list: &mut Vec<Change>) {
    let none = BTreeSet::new();
    let old = before.regions.by_type.get(type_name).unwrap_or(&none);
    let new = after.regions.by_type.get(type_name).unwrap_or(&none);
    let removed = old.difference(new).filter(|region| after.regions.known.contains(*region));
    let added = new.difference(old).filter(|region| before.regions.known.contains(*region));
    let (removed, added): (Vec<String>, Vec<String>) = (removed.cloned().collect(), added.cloned().collect());
    if !removed.is_empty() {
        list.push(Change::RegionsRemoved(removed));
    }
    if !added.is_empty() {
        list.push(Change::RegionsAdded(added));
    }
}

impl Changes {
    /// True if there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.by_type.is_empty() && self.new_regions.is_empty() && self.gone_regions.is_empty()
    }

    /// The types of each service.
    fn by_service(&self) -> BTreeMap<&str, Vec<(&str, &[Change])>> {
        let mut services: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (type_name, list) in &self.by_type {
            services.entry(service_of(type_name)).or_default().push((type_name.as_str(), list.as_slice()));
        }
        services
    }
}
