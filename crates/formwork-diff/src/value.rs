//! Comparing the plain JSON of a diff: entries of the sections beside the resources. Resources are compared as terms, in `compare`.
//!
//! CloudFormation takes scalars as text: a number, a boolean and their spellings mean the same wherever a template takes
//! them. Sources: AWS CloudFormation User Guide, "Parameters" ("CloudFormation validates the parameter value as a number;
//! however, when you use the parameter elsewhere in your template, the parameter value becomes a literal string") and the
//! comparison of `@aws-cdk/cloudformation-diff` (`deepEqual`: "allows a numeric 10 and a literal "10" to be equivalent;
//! this is consistent with CloudFormation"). Two strings are equal only when they are the same: "1.10" is not "1.1".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use formwork_template::sub;
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::path::{Path, Step};

/// One difference between two values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change<'a> {
    pub(crate) path: Path,
    pub(crate) before: Option<&'a Value>,
    pub(crate) after: Option<&'a Value>,
}

/// Keys by which an item of a list is known again after a change, most telling first.
const IDENTITIES: [&str; 8] = ["Id", "Sid", "Name", "Key", "DomainName", "DeviceName", "PathPattern", "PolicyName"];

/// Whether two values mean the same to CloudFormation.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    left == right || canonical(left) == canonical(right)
}

/// One text for all values of one meaning: keys sorted, scalars as text, tags by key.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Object(map) => {
            let sorted: BTreeMap<&str, &Value> = map.iter().map(|(key, item)| (key.as_str(), item)).collect();
            write_entries(sorted.into_iter(), out);
        }
        Value::Array(items) => match tags(items) {
            Some(tags) => {
                out.push('#');
                write_entries(tags.into_iter(), out);
            }
            None => {
                out.push('[');
                for item in items {
                    write_canonical(item, out);
                    out.push(',');
                }
                out.push(']');
            }
        },
        scalar => {
            // `Debug` of a string escapes quotes, so that no two texts run into one another.
            let _ = write!(out, "{:?}", scalar_text(scalar).unwrap_or_default());
        }
    }
}

fn write_entries<'a>(entries: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut String) {
    out.push('{');
    for (key, item) in entries {
        let _ = write!(out, "{key:?}:");
        write_canonical(item, out);
        out.push(',');
    }
    out.push('}');
}

/// A scalar as CloudFormation takes it.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").unwrap_or(&text).to_owned())
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A list of tags by key: every item an object with a `Key` of its own beside other things. Their order has no meaning.
pub(crate) fn tags(items: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let mut tags = BTreeMap::new();
    for item in items {
        let tag = item.as_object()?;
        let known = |name: &String| matches!(name.as_str(), "Key" | "Value" | "PropagateAtLaunch");
        if !tag.contains_key("Value") || !tag.keys().all(known) {
            return None;
        }
        if tags.insert(tag.get("Key")?.as_str()?, item).is_some() {
            return None;
        }
    }
    (!tags.is_empty()).then_some(tags)
}

/// Whether a value is an intrinsic function, ours for values that are known later included.
pub(crate) fn is_function(value: &Value) -> bool {
    function(value).is_some()
}

/// The function's name and argument, if the value is one.
pub(crate) fn function(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object()?;
    match map.iter().next() {
        Some((name, argument)) if map.len() == 1 => {
            let known = name == "Ref"
                || name == "Condition"
                || name.starts_with("Fn::")
                || name == crate::parameters::KNOWN_AFTER;
            known.then_some((name.as_str(), argument))
        }
        _ => None,
    }
}

/// The names that a value refers to by `Ref`, `Fn::GetAtt` and `Fn::Sub`.
pub(crate) fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit_references(value, &mut found);
    found
}

fn visit_references(value: &Value, found: &mut BTreeSet<String>) {
    match function(value) {
        Some(("Ref", Value::String(name))) => _ = found.insert(name.clone()),
        Some(("Fn::GetAtt", argument)) => {
            let id = argument.get(0).unwrap_or(argument).as_str().and_then(|dotted| dotted.split('.').next());
            found.extend(id.map(str::to_owned));
        }
        Some(("Fn::Sub", argument)) => {
            let text = argument.get(0).unwrap_or(argument).as_str().unwrap_or_default();
            let names = sub::names(text).map(|name| name.split('.').next().unwrap_or(name));
            found.extend(
                names.filter(|name| argument.get(1).is_none_or(|own| own.get(name).is_none())).map(str::to_owned),
            );
        }
        _ => {}
    }
    match value {
        Value::Object(map) => map.values().for_each(|item| visit_references(item, found)),
        Value::Array(items) => items.iter().for_each(|item| visit_references(item, found)),
        _ => {}
    }
}

/// Whether the order of a list's items has no meaning, by the list's place.
pub(crate) type IsUnordered<'f> = &'f dyn Fn(&Path) -> bool;

/// All differences between two values, the innermost place of each.
pub(crate) fn changes<'a>(
    path: &Path,
    before: &'a Value,
    after: &'a Value,
    is_unordered: IsUnordered<'_>,
    found: &mut Vec<Change<'a>>,
) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !is_function(before) && !is_function(after) => {
            for (name, item) in new {
                pair(&path.name(name), old.get(name), Some(item), is_unordered, found);
            }
            for (name, item) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
                pair(&path.name(name), Some(item), None, is_unordered, found);
            }
        }
        (Value::Array(old), Value::Array(new)) => list_changes(path, old, new, is_unordered, found),
        _ => pair_whole(path, Some(before), Some(after), found),
    }
}

fn pair<'a>(
    path: &Path,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    is_unordered: IsUnordered<'_>,
    found: &mut Vec<Change<'a>>,
) {
    match (before, after) {
        (Some(before), Some(after)) => changes(path, before, after, is_unordered, found),
        _ => pair_whole(path, before, after, found),
    }
}

fn pair_whole<'a>(path: &Path, before: Option<&'a Value>, after: Option<&'a Value>, found: &mut Vec<Change<'a>>) {
    let equal = match (before, after) {
        (Some(before), Some(after)) => same(before, after),
        (None, None) => true,
        _ => false,
    };
    if !equal {
        let path = path.clone();
        found.push(Change { path, before, after });
    }
}

fn list_changes<'a>(
    path: &Path,
    old: &'a [Value],
    new: &'a [Value],
    is_unordered: IsUnordered<'_>,
    found: &mut Vec<Change<'a>>,
) {
    if let (Some(before), Some(after)) = (tags(old), tags(new)) {
        for (key, item) in &after {
            let path = path.with(Step::Tag((*key).to_owned()));
            pair(&path, before.get(key).copied(), Some(item), is_unordered, found);
        }
        for (key, item) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            pair(&path.with(Step::Tag((*key).to_owned())), Some(item), None, is_unordered, found);
        }
        return;
    }
    let mut pairs = if is_unordered(path) { set_pairs(old, new) } else { list_pairs(old, new) };
    // What goes is said before what comes; of one run, and a list without order is one.
    for run in &mut pairs {
        run.sort_by_key(|(before, after)| (after.is_some(), before.is_none()));
    }
    for (before, after) in pairs.into_iter().flatten() {
        let path = path.with(Step::Item { before, after });
        let (before, after) = (before.and_then(|index| old.get(index)), after.and_then(|index| new.get(index)));
        pair(&path, before, after, is_unordered, found);
    }
}

/// Indexes of an item before and after; one that came has only the latter.
type Pair = (Option<usize>, Option<usize>);

/// The items that differ, run by run.
fn list_pairs(old: &[Value], new: &[Value]) -> Vec<Vec<Pair>> {
    let texts = |items: &[Value]| items.iter().map(canonical).collect::<Vec<_>>();
    let mut runs = Vec::new();
    for operation in capture_diff_slices(Algorithm::Myers, &texts(old), &texts(new)) {
        let (before, after) = match operation {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, .. } => (old_index..old_index + old_len, 0..0),
            DiffOp::Insert { new_index, new_len, .. } => (0..0, new_index..new_index + new_len),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                (old_index..old_index + old_len, new_index..new_index + new_len)
            }
        };
        runs.push(matches(old, before, new, after));
    }
    runs
}

/// The items that differ, wherever they stand: what is on both sides as often is not a difference.
fn set_pairs(old: &[Value], new: &[Value]) -> Vec<Vec<Pair>> {
    let mut gone: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, item) in old.iter().enumerate().rev() {
        gone.entry(canonical(item)).or_default().push(index);
    }
    let came: Vec<usize> =
        (0..new.len()).filter(|index| gone.get_mut(&canonical(&new[*index])).and_then(Vec::pop).is_none()).collect();
    let mut gone: Vec<usize> = gone.into_values().flatten().collect();
    gone.sort_unstable();
    // Nameless items pair in their order when there are as many.
    let as_many = gone.len() == came.len();
    let mut pairs = Vec::new();
    for index in came {
        let twin = gone.iter().position(|candidate| alike(&old[*candidate], &new[index]));
        let twin = twin.or_else(|| (as_many && identity(&new[index]).is_none() && !gone.is_empty()).then_some(0));
        pairs.push((twin.map(|twin| gone.remove(twin)), Some(index)));
    }
    pairs.extend(gone.into_iter().map(|index| (Some(index), None)));
    vec![pairs]
}

/// Which items of a replaced run are changed ones, which are gone and which are new. In order: crossing pairs would be a
/// change of the order, which is two differences.
fn matches(old: &[Value], before: std::ops::Range<usize>, new: &[Value], after: std::ops::Range<usize>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut next = before.start;
    let named = |index: usize| new.get(index).is_some_and(|item| identity(item).is_some());
    for index in after.clone() {
        let twin = (next..before.end).find(|candidate| match (old.get(*candidate), new.get(index)) {
            (Some(left), Some(right)) => alike(left, right),
            _ => false,
        });
        // Nameless items pair in their order when the runs are equally long.
        let twin = twin.or_else(|| (!named(index) && before.len() == after.len() && next < before.end).then_some(next));
        if let Some(twin) = twin {
            pairs.extend((next..twin).map(|gone| (Some(gone), None)));
            next = twin + 1;
        }
        pairs.push((twin, Some(index)));
    }
    pairs.extend((next..before.end).map(|gone| (Some(gone), None)));
    pairs
}

/// Whether two items are the same thing, changed.
fn alike(left: &Value, right: &Value) -> bool {
    matches!((identity(left), identity(right)), (Some(left), Some(right)) if left == right)
}

fn identity(value: &Value) -> Option<(&'static str, String)> {
    let map = value.as_object()?;
    IDENTITIES.iter().find_map(|name| Some((*name, canonical(map.get(*name)?))))
}
