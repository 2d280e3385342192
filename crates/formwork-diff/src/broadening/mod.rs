//! Permissions that are new with a change.
//!
//! Policies, rules of networks and switches are read as sets, before and after; what is new and not contained in the old
//! ones counts. So a statement that is narrowed, split, merged, reordered or moved to another resource is not called a
//! broadening. Reading order: `world` (conditions that are undecided), then a question each: `grants` (with `reach`,
//! `documents`, `statement`, `conditions`, `pattern`, `text`), `rules` and `acl` (with `traffic`, `address`), `switches`
//! (with `meaning`, `switch_table`), `web_acl`; `summary` says it.
//!
//! A value that is not known yet, such as `Ref` of a parameter, is contained in `*` and in itself. In the place of another
//! one it may permit more: that is said, with [`Broadening::is_certain`] false. Not looked at: what identities outside of
//! the template are permitted, which of the actions exist, what a managed policy of AWS says.

mod acl;
mod address;
mod conditions;
mod documents;
mod found;
mod grants;
mod meaning;
mod pattern;
mod reach;
mod rules;
mod sides;
mod statement;
mod summary;
mod switch_table;
mod switches;
mod text;
mod traffic;
mod web_acl;
mod world;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use found::{Broadening, BroadeningKind};
use sides::{Resource, Sides};

use crate::value::canonical;

/// Permissions of the new resources beyond the old ones, in the order of the new template.
pub(crate) fn find(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Broadening> {
    let is_changed = |id: &&String| match (old.get(*id), new.get(*id)) {
        (Some(old), Some(new)) => ["Type", "Condition", "Properties"].iter().any(|part| old.get(part) != new.get(part)),
        _ => true,
    };
    let changed: BTreeSet<&str> = old.keys().chain(new.keys()).filter(is_changed).map(String::as_str).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let mut conditions = BTreeSet::new();
    let mut varying: BTreeSet<&str> = BTreeSet::new();
    for id in &changed {
        let mut own = BTreeSet::new();
        for resource in [old.get(*id), new.get(*id)].into_iter().flatten() {
            world::conditions(resource, &mut own);
        }
        if !own.is_empty() {
            varying.insert(id);
        }
        conditions.extend(own);
    }
    let everything: BTreeSet<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    let mut found = Vec::new();
    for (place, world) in world::World::all(&conditions).iter().enumerate() {
        // Most outcomes differ in few resources: all others are needed only when something new comes up.
        let is_new = |one: &Broadening| !found.contains(one);
        if place < 2 || compare(world, old, new, &varying, &changed).iter().any(is_new) {
            let all = compare(world, old, new, &everything, &changed);
            found.extend(all.into_iter().filter(|one| !found.contains(one)).collect::<Vec<_>>());
        }
    }
    let order: BTreeMap<&str, usize> =
        new.keys().chain(old.keys()).rev().enumerate().map(|(place, id)| (id.as_str(), usize::MAX - place)).collect();
    found.sort_by_key(|broadening| order.get(broadening.logical_id.as_str()).copied());
    once(found)
}

/// Permissions of some resources beyond those before, in one outcome of the conditions.
fn compare(
    world: &world::World,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    looked_at: &BTreeSet<&str>,
    changed: &BTreeSet<&str>,
) -> Vec<Broadening> {
    let resources = |all| resources(world, all, looked_at);
    let (before, after) = (resources(old), resources(new));
    let sides = Sides::new(listed(&before), listed(&after), changed);
    let mut found = Vec::new();
    grants::find(&sides, &mut found);
    rules::find(&sides, &mut found);
    acl::find(&sides, &mut found);
    switches::find(&sides, &mut found);
    web_acl::find(&sides, &mut found);
    found
}

/// The resources that exist in an outcome.
fn resources<'a>(
    world: &world::World,
    all: &'a Map<String, Value>,
    looked_at: &BTreeSet<&str>,
) -> Vec<(&'a str, Cow<'a, Value>)> {
    let looked_at = all.iter().filter(|(id, _)| looked_at.contains(id.as_str()));
    looked_at.filter_map(|(id, resource)| Some((id.as_str(), world.resource(resource)?))).collect()
}

fn listed<'a>(resources: &'a [(&'a str, Cow<'a, Value>)]) -> Vec<Resource<'a>> {
    resources
        .iter()
        .map(|(id, resource)| Resource {
            id,
            type_name: resource.get("Type").and_then(Value::as_str).unwrap_or_default(),
            properties: resource.get("Properties").unwrap_or(&Value::Null),
        })
        .collect()
}

/// Each thing once: outcomes of conditions often agree, and one lock that falls off may have several properties.
fn once(found: Vec<Broadening>) -> Vec<Broadening> {
    let mut seen = BTreeSet::new();
    let key = |one: &Broadening| {
        let path = if one.says.is_some() && one.value.is_null() { String::new() } else { one.path.to_string() };
        (one.logical_id.clone(), one.kind, one.says, path, canonical(&one.value))
    };
    found.into_iter().filter(|one| seen.insert(key(one))).collect()
}
