//! The items of two lists, in pairs: an item that stays, one that changed, one that is removed, one that is added.
//!
//! Items of one meaning are pairs first; of the others, those of one identity, and nameless ones by their order when there are as many on
//! both sides. `compare` and `value` use it, for terms and for plain JSON.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use similar::DiffOp;

use crate::sequence::operations;

/// Keys by which an item of a list is known again after a change, most telling first.
pub(crate) const IDENTITIES: [&str; 8] =
    ["Id", "Sid", "Name", "Key", "DomainName", "DeviceName", "PathPattern", "PolicyName"];

/// An item of a list as far as pairs need it.
pub(crate) struct Item {
    /// One text for all values of one meaning.
    pub(crate) text: String,
    /// One of [`IDENTITIES`] and its value's text; missing for nameless items.
    pub(crate) identity: Option<Identity>,
}

/// Two items of one identity are the same thing, perhaps changed.
pub(crate) type Identity = (&'static str, String);

/// Indexes of an item before and after; an added one has only the latter, a removed one only the former.
pub(crate) type Pair = (Option<usize>, Option<usize>);

/// The pairs of two lists that have the same items, in any order.
pub(crate) fn reordered(old: &[Item], new: &[Item]) -> Option<Vec<Pair>> {
    if old.len() != new.len() {
        return None;
    }
    let mut places = places(old);
    let pair = |(index, item): (usize, &Item)| Some((Some(places.get_mut(item.text.as_str())?.pop()?), Some(index)));
    new.iter().enumerate().map(pair).collect()
}

/// True if items that are on both sides have another order.
pub(crate) fn is_another_order(pairs: &[Pair]) -> bool {
    let mut both: Vec<(usize, usize)> = pairs.iter().filter_map(|(before, after)| before.zip(*after)).collect();
    both.sort_unstable_by_key(|(_, after)| *after);
    !both.is_sorted_by_key(|(before, _)| *before)
}

/// The pairs of two lists whose order has a meaning, removed items before added ones within each run of changed items.
pub(crate) fn in_order(old: &[Item], new: &[Item]) -> Vec<Pair> {
    fn texts(items: &[Item]) -> Vec<&str> {
        items.iter().map(|item| item.text.as_str()).collect()
    }
    let mut pairs = Vec::new();
    for operation in operations(&texts(old), &texts(new)) {
        if let DiffOp::Equal { old_index, new_index, len } = operation {
            pairs.extend((0..len).map(|step| (Some(old_index + step), Some(new_index + step))));
        } else {
            pairs.extend(removed_first(run(old, operation.old_range(), new, operation.new_range())));
        }
    }
    pairs
}

/// The pairs of two lists whose order has no meaning, removed items first.
pub(crate) fn in_any_order(old: &[Item], new: &[Item]) -> Vec<Pair> {
    let mut removed = places(old);
    let (mut pairs, mut added): (Vec<Pair>, Vec<usize>) = (Vec::new(), Vec::new());
    for (index, item) in new.iter().enumerate() {
        match removed.get_mut(item.text.as_str()).and_then(Vec::pop) {
            Some(before) => pairs.push((Some(before), Some(index))),
            None => added.push(index),
        }
    }
    let mut removed: BTreeSet<usize> = removed.into_values().flatten().collect();
    let as_many = removed.len() == added.len();
    let mut twins = identities(old, removed.iter().copied());
    for index in added {
        let twin = new[index].identity.as_ref().and_then(|identity| {
            let places = twins.get_mut(identity)?;
            std::iter::from_fn(|| places.pop_front()).find(|place| removed.contains(place))
        });
        let twin = twin.or_else(|| removed.first().copied().filter(|_| as_many && new[index].identity.is_none()));
        twin.iter().for_each(|twin| _ = removed.remove(twin));
        pairs.push((twin, Some(index)));
    }
    pairs.extend(removed.into_iter().map(|index| (Some(index), None)));
    removed_first(pairs)
}

/// The indexes of each text, last first.
fn places(items: &[Item]) -> BTreeMap<&str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate().rev() {
        places.entry(&item.text).or_default().push(index);
    }
    places
}

/// The pairs of a run of changed items. They do not cross: crossing pairs would be a change of the order, which is two differences.
fn run(old: &[Item], before: Range<usize>, new: &[Item], after: Range<usize>) -> Vec<Pair> {
    let as_many = before.len() == after.len();
    let mut pairs = Vec::new();
    let mut next = before.start;
    let mut twins = identities(old, before.clone());
    for index in after {
        let twin = new[index].identity.as_ref().and_then(|identity| {
            let places = twins.get_mut(identity)?;
            std::iter::from_fn(|| places.pop_front()).find(|place| *place >= next)
        });
        let twin = twin.or_else(|| (new[index].identity.is_none() && as_many && next < before.end).then_some(next));
        if let Some(twin) = twin {
            pairs.extend((next..twin).map(|removed| (Some(removed), None)));
            next = twin + 1;
        }
        pairs.push((twin, Some(index)));
    }
    pairs.extend((next..before.end).map(|removed| (Some(removed), None)));
    pairs
}

/// The places of each identity, in their order.
fn identities(items: &[Item], places: impl Iterator<Item = usize>) -> BTreeMap<&Identity, VecDeque<usize>> {
    let mut found: BTreeMap<&Identity, VecDeque<usize>> = BTreeMap::new();
    for place in places {
        if let Some(identity) = items.get(place).and_then(|item| item.identity.as_ref()) {
            found.entry(identity).or_default().push_back(place);
        }
    }
    found
}

fn removed_first(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by_key(|(before, after)| (after.is_some(), before.is_none()));
    pairs
}
