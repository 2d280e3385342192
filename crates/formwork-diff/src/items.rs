//! Names of list items: people know `Environment[DB_HOST]`, not `Environment[5]`.

use serde_json::{Map, Value};

use crate::diff::ResourceDiff;
use crate::path::{Path, Step};

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
pub(crate) fn name(resources: &mut [ResourceDiff], old: &Map<String, Value>, new: &Map<String, Value>) {
    for resource in resources {
        let (old, new) = (old.get(&resource.logical_id), new.get(&resource.logical_id));
        let [old, new] = [old, new].map(|resource| resource.and_then(|resource| resource.get("Properties")));
        let mut has_items = false;
        for property in &mut resource.properties {
            if property.path.steps.iter().any(|step| matches!(step, Step::Item { .. })) {
                name_items(&mut property.path, old, new);
                has_items = true;
            }
        }
        if !has_items {
            continue;
        }
        // Two items of one name, of which one goes and one comes, are only told apart by their places.
        let shown: Vec<String> = resource.properties.iter().map(|property| property.path.for_people()).collect();
        for (property, name) in resource.properties.iter_mut().zip(&shown) {
            if shown.iter().filter(|other| *other == name).count() > 1 {
                property.path.forget_names();
            }
        }
    }
}

fn name_items(path: &mut Path, mut old: Option<&Value>, mut new: Option<&Value>) {
    let mut found = Vec::new();
    for (place, step) in path.steps.iter().enumerate() {
        let below = match step {
            Step::Name(name) => (old.and_then(|old| old.get(name)), new.and_then(|new| new.get(name))),
            Step::Item { before, after } => {
                let names = [(old, before), (new, after)].map(|(list, index)| Some(called(list?, (*index)?)));
                match names {
                    [Some(Some(left)), Some(Some(right))] if left == right => found.push((place, left)),
                    [None, Some(Some(name))] | [Some(Some(name)), None] => found.push((place, name)),
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

fn item(list: Option<&Value>, index: Option<usize>) -> Option<&Value> {
    list?.get(index?)
}

fn tag<'v>(list: Option<&'v Value>, key: &str) -> Option<&'v Value> {
    list?.as_array()?.iter().find(|tag| tag.get("Key").and_then(Value::as_str) == Some(key))
}

/// The name of the item at `index`, if no other item of the list has it.
fn called(list: &Value, index: usize) -> Option<String> {
    let items = list.as_array()?;
    let (key, name) = named(items.get(index)?)?;
    let same = items.iter().filter(|item| item.get(key).and_then(Value::as_str) == Some(name)).count();
    (same == 1).then(|| name.to_owned())
}

fn named(item: &Value) -> Option<(&'static str, &str)> {
    let (key, name) = NAMES.iter().find_map(|key| Some((*key, item.get(*key)?.as_str()?)))?;
    let is_plain = !name.is_empty() && name.len() <= LONGEST && !name.contains(['[', ']', '\n']);
    // A number in brackets is a place.
    let is_place = name.bytes().all(|byte| byte.is_ascii_digit());
    (is_plain && !is_place).then_some((key, name))
}
