//! Comparison of two sequences: the items that stay, the removed and the added ones. The effort is bounded for long ones.
//!
//! Items that occur once on either side are anchors; only the items between two anchors are compared by Myers' algorithm, whose effort
//! grows with the square of the number of differences, and only if they are few.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Items of both sides together that Myers' algorithm gets.
const SHORT: usize = 512;
/// Anchors are looked for between anchors; this often.
const ROUNDS: usize = 8;

/// The operations that make `new` of `old`.
pub(crate) fn operations<T: Ord>(old: &[T], new: &[T]) -> Vec<DiffOp> {
    // Numbers in the place of the items, which may be long texts.
    let mut numbers: BTreeMap<&T, usize> = BTreeMap::new();
    let mut sides = [Vec::with_capacity(old.len()), Vec::with_capacity(new.len())];
    for (side, items) in sides.iter_mut().zip([old, new]) {
        for item in items {
            let next = numbers.len();
            side.push(*numbers.entry(item).or_insert(next));
        }
    }
    let [old, new] = sides;
    if old.len() + new.len() <= SHORT {
        return capture_diff_slices(Algorithm::Myers, &old, &new);
    }
    let mut pairs = Vec::new();
    stay(Part { items: &old, start: 0 }, Part { items: &new, start: 0 }, ROUNDS, &mut pairs);
    spelled(&pairs, old.len(), new.len())
}

/// A part of a sequence, and its place in it.
#[derive(Clone, Copy)]
struct Part<'s> {
    items: &'s [usize],
    start: usize,
}

impl<'s> Part<'s> {
    fn cut(self, from: usize, to: usize) -> Part<'s> {
        Part { items: self.items.get(from..to).unwrap_or_default(), start: self.start + from }
    }
}

/// Adds the pairs of items that stay, in their order.
fn stay(old: Part<'_>, new: Part<'_>, rounds: usize, pairs: &mut Vec<(usize, usize)>) {
    let both = || old.items.iter().zip(new.items);
    let head = both().take_while(|(left, right)| left == right).count();
    let room = old.items.len().min(new.items.len()) - head;
    let backwards = old.items.iter().rev().zip(new.items.iter().rev());
    let tail = backwards.take(room).take_while(|(left, right)| left == right).count();
    pairs.extend((0..head).map(|step| (old.start + step, new.start + step)));
    let (old_end, new_end) = (old.items.len() - tail, new.items.len() - tail);
    between(old.cut(head, old_end), new.cut(head, new_end), rounds, pairs);
    pairs.extend((0..tail).map(|step| (old.start + old_end + step, new.start + new_end + step)));
}

fn between(old: Part<'_>, new: Part<'_>, rounds: usize, pairs: &mut Vec<(usize, usize)>) {
    if old.items.is_empty() || new.items.is_empty() {
        return;
    }
    if old.items.len() + new.items.len() <= SHORT {
        for operation in capture_diff_slices(Algorithm::Myers, old.items, new.items) {
            if let DiffOp::Equal { old_index, new_index, len } = operation {
                pairs.extend((0..len).map(|step| (old.start + old_index + step, new.start + new_index + step)));
            }
        }
        return;
    }
    let mut anchors = longest_run(&once(old.items, new.items));
    if anchors.is_empty() || rounds == 0 {
        // These items are alike: the first one stays as the first one, the second one as the second one.
        let all = longest_run(&occurrences(old.items, new.items));
        pairs.extend(all.into_iter().map(|(left, right)| (old.start + left, new.start + right)));
        return;
    }
    anchors.push((old.items.len(), new.items.len()));
    let (mut left, mut right) = (0, 0);
    for (old_anchor, new_anchor) in anchors {
        stay(old.cut(left, old_anchor), new.cut(right, new_anchor), rounds - 1, pairs);
        if old_anchor < old.items.len() {
            pairs.push((old.start + old_anchor, new.start + new_anchor));
        }
        (left, right) = (old_anchor + 1, new_anchor + 1);
    }
}

/// Pairs of items that occur once on either side, in the order of the new side.
fn once(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let (old, new) = (places(old), places(new));
    let mut pairs: Vec<(usize, usize)> = new
        .iter()
        .filter_map(|(item, places)| match (old.get(item).map(Vec::as_slice), places.as_slice()) {
            (Some([before]), [after]) => Some((*before, *after)),
            _ => None,
        })
        .collect();
    pairs.sort_unstable_by_key(|(_, after)| *after);
    pairs
}

/// Pairs of the first occurrences of an item, of its second ones, and so on, in the order of the new side.
fn occurrences(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let (old, new) = (places(old), places(new));
    let of = |(item, places): (&usize, &Vec<usize>)| {
        let before = old.get(item).cloned().unwrap_or_default();
        before.into_iter().zip(places.clone()).collect::<Vec<_>>()
    };
    let mut pairs: Vec<(usize, usize)> = new.iter().flat_map(of).collect();
    pairs.sort_unstable_by_key(|(_, after)| *after);
    pairs
}

fn places(items: &[usize]) -> BTreeMap<usize, Vec<usize>> {
    let mut places: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        places.entry(*item).or_default().push(place);
    }
    places
}

/// The longest run of pairs whose old places grow, too.
fn longest_run(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair that ends the best run of each length, and the pair before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let old_place = |pair: usize| pairs.get(pair).map_or(usize::MAX, |(old, _)| *old);
    for (pair, (old, _)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| old_place(*end) < *old);
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = pair,
            None => ends.push(pair),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(pair) = next {
        run.extend(pairs.get(pair));
        next = before.get(pair).copied().flatten();
    }
    run.reverse();
    run
}

/// The operations that keep these pairs.
fn spelled(pairs: &[(usize, usize)], old_len: usize, new_len: usize) -> Vec<DiffOp> {
    let mut operations = Vec::new();
    let (mut old, mut new) = (0, 0);
    let mut place = 0;
    loop {
        let (old_next, new_next) = pairs.get(place).copied().unwrap_or((old_len, new_len));
        match (old_next - old, new_next - new) {
            (0, 0) => {}
            (gone, 0) => operations.push(DiffOp::Delete { old_index: old, old_len: gone, new_index: new }),
            (0, come) => operations.push(DiffOp::Insert { old_index: old, new_index: new, new_len: come }),
            (gone, come) => {
                operations.push(DiffOp::Replace { old_index: old, old_len: gone, new_index: new, new_len: come });
            }
        }
        let rest = pairs.get(place..).unwrap_or_default();
        let len =
            rest.iter().enumerate().take_while(|(step, pair)| **pair == (old_next + step, new_next + step)).count();
        if len == 0 {
            return operations;
        }
        operations.push(DiffOp::Equal { old_index: old_next, new_index: new_next, len });
        (old, new) = (old_next + len, new_next + len);
        place += len;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use similar::DiffOp;

    use super::operations;

    /// The new sequence, made of the old one by the operations.
    fn made(old: &[u32], new: &[u32]) -> (Vec<u32>, usize) {
        let (mut made, mut stays, mut at) = (Vec::new(), 0, 0);
        for operation in operations(old, new) {
            assert_eq!((operation.old_range().start, operation.new_range().start), (at, made.len()), "in order");
            at = operation.old_range().end;
            match operation {
                DiffOp::Equal { old_index, len, .. } => {
                    made.extend(&old[old_index..old_index + len]);
                    stays += len;
                }
                _ => made.extend(&new[operation.new_range()]),
            }
        }
        assert_eq!(at, old.len());
        (made, stays)
    }

    #[test]
    fn long_sequences_take_no_longer() {
        let count: Vec<u32> = (0..20_000).collect();
        let backwards: Vec<u32> = count.iter().rev().copied().collect();
        let others: Vec<u32> = (20_000..40_000).collect();
        let same = vec![7; 20_000];
        let pairs: Vec<u32> = (0..20_000).map(|number| number % 2).collect();
        for old in [&count, &backwards, &others, &same, &pairs] {
            for new in [&count, &backwards, &others, &same, &pairs] {
                assert_eq!(made(old, new).0, *new);
            }
        }
    }

    #[test]
    fn an_item_that_comes_is_the_only_difference() {
        // Every second line is blank.
        let old: Vec<u32> = (1..4_000).flat_map(|number| [number, 0]).collect();
        let mut new = old.clone();
        new.insert(3, 0);
        new.remove(6_000);
        assert_eq!(made(&old, &new), (new.clone(), old.len() - 1));
    }

    proptest! {
        #[test]
        fn the_operations_make_the_new_of_the_old(
            old in proptest::collection::vec(0..40_u32, 0..600),
            edits in proptest::collection::vec((0..600_usize, 0..40_u32), 0..40),
        ) {
            let mut new = old.clone();
            for (place, item) in edits {
                if item % 2 == 0 && place < new.len() {
                    new.remove(place);
                } else {
                    new.insert(place.min(new.len()), item);
                }
            }
            prop_assert_eq!(made(&old, &new).0, new);
        }
    }
}
