//! Names of list items: people know `Environment[DB_HOST]`, not `Environment[5]`.

use std::collections::BTreeMap;

use formwork_model::Term;

use crate::diff::ResourceDiff;
use crate::path::{Path, Step};
use crate::side::Side;

/// Keys whose value names the item that has them, most telling first.
const NAMES: [&str; 16] = [
    "Id",
    "Sid",
    "Name",
    "Key",
    "DomainName",
    "DeviceName",
    "PathPattern",
    "PolicyName",
    "AttributeName",
    "IndexName",
    "OptionName",
    "ParameterName",
    "ContainerName",
    "VolumeName",
    "RuleName",
    "ContainerPath",
];
/// A longer name is none.
const LONGEST: usize = 48;

/// Gives the paths of all resources that change the names of the items on them.
pub(crate) fn name(resources: &mut [ResourceDiff], old: Option<&Side<'_>>, new: &Side<'_>) {
    for resource in resources {
        let [old, new] = [old, Some(new)].map(|side| Some(&side?.resource(&resource.logical_id)?.properties));
        let mut counts = Counts::default();
        let mut has_items = false;
        for property in &mut resource.properties {
            if property.path.steps.iter().any(|step| matches!(step, Step::Item { .. })) {
                name_items(&mut property.path, old, new, &mut counts);
                has_items = true;
            }
        }
        if !has_items {
            continue;
        }
        // Two items of one name, of which one is removed and one added, differ only in their places.
        let shown: Vec<String> = resource.properties.iter().map(|property| property.path.for_people()).collect();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        shown.iter().for_each(|name| *times.entry(name).or_default() += 1);
        for (property, name) in resource.properties.iter_mut().zip(&shown) {
            if times.get(name.as_str()).is_some_and(|times| *times > 1) {
                property.path.forget_names();
            }
        }
    }
}

fn name_items<'t>(path: &mut Path, mut old: Option<&'t Term>, mut new: Option<&'t Term>, counts: &mut Counts<'t>) {
    let mut found = Vec::new();
    for (place, step) in path.steps.iter().enumerate() {
        let below = match step {
            Step::Name(name) => (entry(old, name), entry(new, name)),
            Step::Item { before, after } => {
                let mut called = |list: Option<&'t Term>, index: &Option<usize>| Some(counts.called(list?, (*index)?));
                match (called(old, before), called(new, after)) {
                    (Some(Some(left)), Some(Some(right))) if left == right => found.push((place, left.to_owned())),
                    (None, Some(Some(name))) | (Some(Some(name)), None) => found.push((place, name.to_owned())),
                    _ => {}
                }
                (item(old, *before), item(new, *after))
            }
            Step::Tag(key) => (tag(old, key), tag(new, key)),
        };
        (old, new) = below;
    }
    for (place, name) in found {
        path.call(place, name);
    }
}

fn entry<'t>(term: Option<&'t Term>, name: &str) -> Option<&'t Term> {
    match term? {
        Term::Map(map) => map.get(name),
        _ => None,
    }
}

fn text<'t>(term: &'t Term, name: &str) -> Option<&'t str> {
    match entry(Some(term), name)? {
        Term::Text(text) => Some(text),
        _ => None,
    }
}

fn items(term: &Term) -> &[Term] {
    match term {
        Term::List(items) => items,
        _ => &[],
    }
}

fn item(list: Option<&Term>, index: Option<usize>) -> Option<&Term> {
    items(list?).get(index?)
}

fn tag<'t>(list: Option<&'t Term>, key: &str) -> Option<&'t Term> {
    items(list?).iter().find(|tag| text(tag, "Key") == Some(key))
}

/// The number of items that have a name, by key and name; counted once a list.
#[derive(Default)]
struct Counts<'t>(BTreeMap<*const Term, BTreeMap<(&'static str, &'t str), usize>>);

impl<'t> Counts<'t> {
    /// The name of the item at `index`, if no other item of the list has it.
    fn called(&mut self, list: &'t Term, index: usize) -> Option<&'t str> {
        let (key, name) = named(items(list).get(index)?)?;
        let counts = self.0.entry(std::ptr::from_ref(list)).or_insert_with(|| {
            let mut counts = BTreeMap::new();
            for item in items(list) {
                for key in NAMES {
                    if let Some(name) = text(item, key) {
                        *counts.entry((key, name)).or_default() += 1;
                    }
                }
            }
            counts
        });
        (counts.get(&(key, name)) == Some(&1)).then_some(name)
    }
}

fn named(item: &Term) -> Option<(&'static str, &str)> {
    let (key, name) = NAMES.iter().find_map(|key| Some((*key, text(item, key)?)))?;
    let is_plain = !name.is_empty() && name.len() <= LONGEST && !name.contains(['[', ']', '\n']);
    // A number in brackets is a place.
    let is_place = name.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && !is_place).then_some((key, name))
}
