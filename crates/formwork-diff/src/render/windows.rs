//! Long values on one line: not the values, but every place at which they differ, with a little around it.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::value::clip;
use crate::sequence::operations;

/// The longest that each of two values gets on their line.
pub(crate) const LENGTH: usize = 96;
/// Number of characters that are kept around a difference.
const AROUND: usize = 16;
/// Two words that are longer are compared character by character.
const LONG_WORD: usize = 48;

/// The effort for words that are compared character by character, in all of a text: of two words, the product of their lengths.
/// When it is spent, only the beginnings and the ends of words are compared.
const EFFORT: usize = 16_000_000;

/// A difference: what it is before, and what it is after.
pub(crate) type Window = (String, String);

/// All differences of two texts, in their order.
pub(crate) fn windows(before: &str, after: &str) -> Vec<Window> {
    let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let mut merged: Vec<Hunk> = Vec::new();
    for hunk in hunks(&before, &after) {
        match merged.last_mut() {
            // Differences close to one another are one, as long as it can be read.
            Some(last)
                if hunk.old.start - last.old.end <= AROUND
                    && (hunk.old.end - last.old.start).max(hunk.new.end - last.new.start) <= LENGTH - 2 * AROUND =>
            {
                last.old.end = hunk.old.end;
                last.new.end = hunk.new.end;
            }
            _ => merged.push(hunk),
        }
    }
    merged.iter().map(|hunk| (window(&before, &hunk.old), window(&after, &hunk.new))).collect()
}

/// A place at which two texts differ, by characters.
#[derive(Debug)]
struct Hunk {
    old: Range<usize>,
    new: Range<usize>,
}

/// The places at which two texts differ: word by word, long words character by character.
fn hunks(before: &[char], after: &[char]) -> Vec<Hunk> {
    let (old_words, new_words) = (words(before), words(after));
    let texts = |text: &'_ [char], words: &[Range<usize>]| -> Vec<String> {
        words.iter().map(|word| text[word.clone()].iter().collect()).collect()
    };
    let mut hunks = Vec::new();
    let mut effort = EFFORT;
    for operation in operations(&texts(before, &old_words), &texts(after, &new_words)) {
        let Some(hunk) =
            differing(&operation, |place| start(&old_words, place, before), |place| start(&new_words, place, after))
        else {
            continue;
        };
        if hunk.old.len().min(hunk.new.len()) > LONG_WORD {
            let inner = inside(&before[hunk.old.clone()], &after[hunk.new.clone()], &mut effort);
            let shifted = |range: Range<usize>, by: usize| range.start + by..range.end + by;
            hunks.extend(inner.into_iter().map(|inner| Hunk {
                old: shifted(inner.old, hunk.old.start),
                new: shifted(inner.new, hunk.new.start),
            }));
        } else {
            hunks.push(hunk);
        }
    }
    hunks
}

/// The places at which two long words differ, such as base64. Words that have little in common differ at one place.
fn inside(old: &[char], new: &[char], effort: &mut usize) -> Vec<Hunk> {
    // As long as before: every character has its place.
    let differ: Vec<usize> = (0..old.len().min(new.len())).filter(|at| old[*at] != new[*at]).collect();
    if old.len() == new.len() && differ.len() <= old.len() / 4 {
        return differ.into_iter().map(|at| Hunk { old: at..at + 1, new: at..at + 1 }).collect();
    }
    let start = differ.first().copied().unwrap_or(old.len().min(new.len()));
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let same = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(left, right)| left == right).count();
    let (old_rest, new_rest) = (&old_rest[..old_rest.len() - same], &new_rest[..new_rest.len() - same]);
    if let Some(left) = effort.checked_sub(old_rest.len() * new_rest.len()) {
        *effort = left;
        let operations = capture_diff_slices(Algorithm::Myers, old_rest, new_rest);
        if similar::diff_ratio(&operations, old_rest.len(), new_rest.len()) >= 0.5 {
            let place = |at| start + at;
            return operations.iter().filter_map(|operation| differing(operation, place, place)).collect();
        }
    }
    vec![Hunk { old: start..start + old_rest.len(), new: start..start + new_rest.len() }]
}

fn differing(operation: &DiffOp, old: impl Fn(usize) -> usize, new: impl Fn(usize) -> usize) -> Option<Hunk> {
    if matches!(operation, DiffOp::Equal { .. }) {
        return None;
    }
    let (before, after) = (operation.old_range(), operation.new_range());
    Some(Hunk { old: old(before.start)..old(before.end), new: new(after.start)..new(after.end) })
}

/// The beginning of the word at `place`; after the last one, the end of the text.
fn start(words: &[Range<usize>], place: usize, text: &[char]) -> usize {
    words.get(place).map_or(text.len(), |word| word.start)
}

/// Runs of what belongs together, such as `10.0.0.0/16`, and each character between them.
fn words(text: &[char]) -> Vec<Range<usize>> {
    let is_inner = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | '+');
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, character) in text.iter().enumerate() {
        match words.last_mut() {
            Some(word) if is_inner(character) && is_inner(&text[at - 1]) => word.end = at + 1,
            _ => words.push(at..at + 1),
        }
    }
    words
}

fn window(text: &[char], place: &Range<usize>) -> String {
    let start = place.start.saturating_sub(AROUND);
    let end = (place.end + AROUND).min(text.len());
    let (lead, tail) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    let shown: String = text[start..end].iter().collect();
    if end - start > LENGTH {
        // The difference here is one piece.
        return format!("{lead}{}", clip(&shown, LENGTH));
    }
    format!("{lead}{shown}{tail}")
}
