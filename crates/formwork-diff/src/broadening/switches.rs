//! Switches: single properties that make a thing open, by a table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::found::{Broadening, BroadeningKind};
use super::meaning::{Created, Meaning, Row};
use super::sides::{Resource, Sides, as_list};
use super::spots::{Spot, items, spots};
use super::switch_table::{GUARDS, TABLE};
use super::traffic::spelling;
use crate::path::Path;
use crate::value::{is_function, scalar_text};

/// Adds the switches that are more open than before.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let mut types: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in TABLE {
        types.entry(row.type_name).or_default().push(row);
    }
    let rows = |type_name: &str| types.get(type_name).map(Vec::as_slice).unwrap_or_default();
    let wanted: Vec<&str> = rows("*").iter().map(|row| last_name(row.path)).collect();
    for resource in sides.changed_new() {
        let before = sides.before(resource.id).filter(|before| before.type_name == resource.type_name);
        let own = rows(resource.type_name);
        let mut present = BTreeSet::new();
        for side in before.into_iter().chain([resource]) {
            names(side.properties(), &wanted, &mut present);
        }
        let general = rows("*").iter().filter(|row| {
            let name = last_name(row.path);
            present.contains(name) && !own.iter().any(|own| last_name(own.path) == name)
        });
        for row in own.iter().chain(general) {
            compare(row, before, resource, found);
        }
        boundary(before, resource, found);
    }
    for resource in sides.changed_old().filter(|resource| sides.after(resource.id).is_none()) {
        if let Some((_, says)) = GUARDS.iter().find(|(type_name, _)| *type_name == resource.type_name) {
            let place = resource.place(Path::default());
            let broadening = Broadening::new(&place, BroadeningKind::Open, resource.properties().clone());
            found.push(Broadening { says: Some(says), ..broadening });
        }
    }
}

fn last_name(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, name)| name)
}

/// The names of rows that are somewhere in a value.
fn names<'a>(value: &'a Value, wanted: &[&str], found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (name, item) in map {
                if wanted.contains(&name.as_str()) {
                    found.insert(name);
                }
                names(item, wanted, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, wanted, found)),
        _ => {}
    }
}

/// A boundary that is gone, or another one.
fn boundary(before: Option<&Resource<'_>>, resource: &Resource<'_>, found: &mut Vec<Broadening>) {
    const NAME: &str = "PermissionsBoundary";
    let Some(old) = before.and_then(|before| before.properties().get(NAME)).filter(|old| !old.is_null()) else {
        return;
    };
    let new = resource.properties().get(NAME).filter(|new| !new.is_null());
    if new.is_some_and(|new| spelling(new) == spelling(old)) {
        return;
    }
    let place = resource.place(Path::default().name(NAME));
    let value = new.cloned().unwrap_or(Value::Null);
    found.push(Broadening::new(&place, BroadeningKind::Boundary, value));
}

fn compare(row: &Row, before: Option<&Resource<'_>>, after: &Resource<'_>, found: &mut Vec<Broadening>) {
    let old = before.map(|before| spots(row.path, before.properties())).unwrap_or_default();
    let mut new = spots(row.path, after.properties());
    // A place that has gone has no value now.
    for spot in &old {
        if row.path.starts_with("**.") && !new.iter().any(|new| new.key == spot.key) {
            new.push(Spot { key: spot.key.clone(), path: spot.path.clone(), value: None });
        }
    }
    let mut add = |path: &Path, value: Value, is_certain: bool| {
        let broadening = Broadening::new(&after.place(path.clone()), BroadeningKind::Open, value);
        found.push(Broadening { says: Some(row.says), is_certain, ..broadening });
    };
    match &row.meaning {
        Meaning::Levels { values, absent, created } => {
            for spot in &new {
                let twin = old.iter().find(|old| old.key == spot.key);
                let (is_open, is_certain) = levels(values, *absent, *created, before.is_some(), twin, &old, spot);
                if is_open {
                    let value = spot.value.as_deref().cloned().unwrap_or(Value::Null);
                    add(&spot.path, value, is_certain);
                }
            }
        }
        Meaning::Adds { created, given, unless } if before.is_some() || *created => {
            let mut had: BTreeSet<String> = old.iter().flat_map(items).map(|(_, item)| spelling(&item)).collect();
            had.extend(given.iter().map(|item| (*item).to_owned()));
            let everybody = before.map(|before| spots(unless, before.properties())).unwrap_or_default();
            let is_open = |text: String| matches!(text.to_ascii_lowercase().as_str(), "true" | "all" | "*");
            if had.contains("*") || everybody.iter().flat_map(items).any(|(_, item)| is_open(spelling(&item))) {
                return;
            }
            for (path, item) in new.iter().flat_map(items) {
                if !had.contains(&spelling(&item)) {
                    add(&path, item, true);
                }
            }
        }
        Meaning::Attaches => {
            let had: BTreeSet<String> = old.iter().flat_map(items).map(|(_, item)| spelling(&item)).collect();
            for (path, item) in new.iter().flat_map(items).filter(|(_, item)| !had.contains(&spelling(item))) {
                found.push(Broadening::new(&after.place(path), BroadeningKind::ManagedPolicy, item));
            }
        }
        Meaning::Only if before.is_some() => {
            for spot in &new {
                let had: Vec<String> = old
                    .iter()
                    .filter(|old| old.key == spot.key)
                    .flat_map(items)
                    .map(|(_, item)| spelling(&item))
                    .collect();
                let now: Vec<(Path, Value)> = items(spot).collect();
                if had.is_empty() {
                    continue;
                }
                if now.is_empty() {
                    add(&spot.path, Value::Null, true);
                }
                for (path, item) in now {
                    if !had.contains(&spelling(&item)) {
                        add(&path, item, true);
                    }
                }
            }
        }
        Meaning::Limits { only: prefixes, or } if before.is_some() => {
            let instead = spots(or, after.properties());
            let limits = |spot: &Spot<'_>| -> Vec<Value> {
                let counts = |item: &Value| {
                    let text = item.as_str().unwrap_or_default();
                    prefixes.is_empty() || prefixes.iter().any(|prefix| text.starts_with(prefix))
                };
                items(spot).map(|(_, item)| item).filter(counts).filter(|item| *item != "").collect()
            };
            let limited = |spots: &[Spot<'_>], key: &str| -> Vec<Value> {
                spots.iter().filter(|spot| spot.key == key || !prefixes.is_empty()).flat_map(limits).collect()
            };
            for spot in &old {
                let is_removed = !prefixes.is_empty() || new.iter().any(|new| new.key == spot.key);
                // Another limit is a limit, too: one in place of another says nothing about which is the narrower.
                if is_removed
                    && !limits(spot).is_empty()
                    && limited(&new, &spot.key).is_empty()
                    && limited(&instead, &spot.key).is_empty()
                {
                    add(&spot.path, Value::Null, true);
                }
            }
        }
        Meaning::Geography => {
            let (old, new) = (old.first(), new.first());
            if let (Some(old), Some(new)) = (old, new)
                && let Some((path, value)) = countries(old, new)
            {
                add(&path, value, true);
            }
        }
        Meaning::Adds { .. } | Meaning::Only | Meaning::Limits { .. } => {}
    }
}

/// True if a place is more open than before; beside it, true if that is certain.
fn levels(
    values: &[&[&str]],
    absent: usize,
    created: Created,
    existed: bool,
    twin: Option<&Spot<'_>>,
    old: &[Spot<'_>],
    new: &Spot<'_>,
) -> (bool, bool) {
    let level = |spot: &Spot<'_>| -> Option<usize> {
        match spot.value.as_deref() {
            None | Some(Value::Null) => Some(absent),
            Some(value) => word(value).map(|word| {
                values.iter().position(|level| level.iter().any(|known| known.eq_ignore_ascii_case(&word))).unwrap_or(0)
            }),
        }
    };
    let most = values.len().max(absent + 1) - 1;
    // A new item of a list is held against the most open one that was there.
    let before = match (existed, twin) {
        (true, Some(twin)) => level(twin),
        (true, None) => Some(old.iter().filter_map(level).max().unwrap_or(absent)),
        (false, _) => Some(match created {
            Created::Told => 0,
            Created::BeyondDefault => absent,
            Created::Never => most,
        }),
    };
    let is_same = twin.is_some_and(|twin| {
        let text = |spot: &Spot<'_>| spot.value.as_deref().map(spelling);
        text(twin) == text(new)
    });
    match (before, level(new)) {
        _ if is_same => (false, true),
        (Some(before), Some(now)) => (now > before, true),
        // A value that is not known may be the open one, unless it could not be more open than before.
        (Some(before), None) => (existed && before < most, false),
        (None, Some(now)) => (now > 0, false),
        (None, None) => (true, false),
    }
}

/// The value as one word: of an object with one key, the key.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) if !is_function(value) => map.keys().next().cloned(),
        Value::Array(items) => items.first().and_then(word),
        scalar => scalar_text(scalar),
    }
}

/// The country, or the list, that lets more viewers in.
fn countries(old: &Spot<'_>, new: &Spot<'_>) -> Option<(Path, Value)> {
    let list = |spot: &Spot<'_>, kind: &str| -> Option<BTreeSet<String>> {
        let value = spot.value.as_deref()?;
        let is_kind = value.get("RestrictionType").and_then(Value::as_str) == Some(kind);
        is_kind.then(|| value.get("Locations").map(as_list).unwrap_or_default().into_iter().map(spelling).collect())
    };
    let opened = match (list(old, "whitelist"), list(new, "whitelist")) {
        (Some(old), Some(new)) => new.difference(&old).next().cloned(),
        (Some(_), None) => Some("all".to_owned()),
        (None, Some(new)) => list(old, "blacklist").and_then(|old| new.intersection(&old).next().cloned()),
        (None, None) => {
            let new = list(new, "blacklist").unwrap_or_default();
            list(old, "blacklist").and_then(|old| old.difference(&new).next().cloned())
        }
    };
    opened.map(|country| (new.path.clone(), Value::String(country)))
}
