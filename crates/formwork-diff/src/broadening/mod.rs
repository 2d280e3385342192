//! Permissions that are new with a change.
//!
//! Policies, rules of networks and switches are read as sets, before and after; what is new and not contained in the old
//! ones counts. So a statement that is narrowed, split, merged, reordered or moved to another resource is not called a
//! broadening. Reading order: `world` (conditions that are undecided), then a question each: `grants` (with `reach`,
//! `documents`, `statement`, `conditions`, `pattern`, `text`), `roles`, `rules`, `acl` and `routes` (with `traffic`, `address`), `switches`
//! (with `meaning`, `switch_table`, `spots`), `web_acl`; `summary` says it. `work` bounds the effort.
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
mod roles;
mod routes;
mod rules;
mod sides;
mod spots;
mod statement;
mod summary;
mod switch_table;
mod switches;
mod text;
mod traffic;
mod web_acl;
mod work;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub use found::{Broadening, BroadeningKind};
use sides::{Resource, Sides, Source};

use crate::side::{self, Exists, Side};
use crate::value::canonical;

/// Permissions of the new resources beyond the old ones, in the order of the new template.
pub(crate) fn find(old: Option<&Side<'_>>, new: &Side<'_>) -> Vec<Broadening> {
    let changed = changed(old, new);
    if changed.is_empty() {
        return Vec::new();
    }
    let (old, new) = (old.map(sources).unwrap_or_default(), sources(new));
    let mut conditions = BTreeSet::new();
    let mut varying: BTreeSet<&str> = BTreeSet::new();
    for source in old.iter().chain(&new).filter(|source| changed.contains(source.id)) {
        let mut own: BTreeSet<String> = source.condition().map(str::to_owned).into_iter().collect();
        world::conditions(source.properties(), &mut own);
        if !own.is_empty() {
            varying.insert(source.id);
        }
        conditions.extend(own);
    }
    let everything: BTreeSet<&str> = old.iter().chain(&new).map(|source| source.id).collect();
    let work = work::Work::default();
    let mut found = Vec::new();
    for (place, world) in world::World::all(&conditions).iter().enumerate() {
        // Most outcomes differ in few resources: all others are needed only when something new comes up.
        let is_new = |one: &Broadening| !found.contains(one);
        if place < 2 || compare(world, &old, &new, &varying, &changed, &work).iter().any(is_new) {
            let all = compare(world, &old, &new, &everything, &changed, &work);
            found.extend(all.into_iter().filter(|one| !found.contains(one)).collect::<Vec<_>>());
        }
    }
    let ids = new.iter().chain(&old).map(|source| source.id);
    let order: BTreeMap<&str, usize> = ids.rev().enumerate().map(|(place, id)| (id, usize::MAX - place)).collect();
    found.sort_by_key(|broadening| order.get(broadening.logical_id.as_str()).copied());
    once(found)
}

/// The logical ids of resources that are not the same on both sides.
fn changed<'s>(old: Option<&'s Side<'_>>, new: &'s Side<'_>) -> BTreeSet<&'s str> {
    let is_changed = |id: &&str| match (old.and_then(|old| old.resource(id)), new.resource(id)) {
        (Some(old), Some(new)) => !Rc::ptr_eq(old, new) && !is_same(old, new),
        (None, None) => false,
        _ => true,
    };
    let ids = old.into_iter().flat_map(|old| old.resources.keys()).chain(new.resources.keys());
    ids.map(String::as_str).filter(is_changed).collect()
}

fn is_same(old: &side::Resource, new: &side::Resource) -> bool {
    let hangs_on = |resource: &side::Resource| match &resource.exists {
        Exists::Perhaps(name, _) => Some(name.clone()),
        Exists::Yes | Exists::No => None,
    };
    old.type_name == new.type_name && hangs_on(old) == hangs_on(new) && old.properties == new.properties
}

fn sources<'s>(side: &'s Side<'_>) -> Vec<Source<'s>> {
    let there = side.resources.iter().filter(|(_, resource)| resource.exists != Exists::No);
    there.map(|(id, resource)| Source::new(id, resource)).collect()
}

/// Permissions of some resources beyond those before, in one outcome of the conditions.
fn compare(
    world: &world::World,
    old: &[Source<'_>],
    new: &[Source<'_>],
    looked_at: &BTreeSet<&str>,
    changed: &BTreeSet<&str>,
    work: &work::Work,
) -> Vec<Broadening> {
    fn there<'a>(world: &'a world::World, all: &'a [Source<'a>], looked_at: &BTreeSet<&str>) -> Vec<Resource<'a>> {
        let looked_at = all.iter().filter(|source| looked_at.contains(source.id));
        looked_at.filter_map(|source| Resource::new(source, world)).collect()
    }
    let sides = Sides::new(there(world, old, looked_at), there(world, new, looked_at), changed, work);
    let mut found = Vec::new();
    grants::find(&sides, &mut found);
    roles::find(&sides, &mut found);
    rules::find(&sides, &mut found);
    acl::find(&sides, &mut found);
    routes::find(&sides, &mut found);
    switches::find(&sides, &mut found);
    web_acl::find(&sides, &mut found);
    found
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
