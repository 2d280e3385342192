//! Long values on one line: not the values, but every place at which they differ, with a little around it.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::value::clip;

/// The longest that each of two values gets on their line.
pub(crate) const LENGTH: usize = 96;
/// What is kept around a difference.
const AROUND: usize = 16;
/// Two words that are longer are compared character by character.
const LONG_WORD: usize = 48;

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
    for operation in capture_diff_slices(Algorithm::Myers, &texts(before, &old_words), &texts(after, &new_words)) {
        let Some(hunk) =
            differing(&operation, |place| start(&old_words, place, before), |place| start(&new_words, place, after))
        else {
            continue;
        };
        if hunk.old.len().min(hunk.new.len()) > LONG_WORD {
            let (old, new) = (&before[hunk.old.clone()], &after[hunk.new.clone()]);
            for operation in capture_diff_slices(Algorithm::Myers, old, new) {
                hunks.extend(differing(&operation, |at| hunk.old.start + at, |at| hunk.new.start + at));
            }
        } else {
            hunks.push(hunk);
        }
    }
    hunks
}

fn differing(operation: &DiffOp, old: impl Fn(usize) -> usize, new: impl Fn(usize) -> usize) -> Option<Hunk> {
    if matches!(operation, DiffOp::Equal { .. }) {
        return None;
    }
    let (before, after) = (operation.old_range(), operation.new_range());
    Some(Hunk { old: old(before.start)..old(before.end), new: new(after.start)..new(after.end) })
}

/// Where the word at `place` begins; behind the last one, the end of the text.
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
        // What differs here does so in one piece.
        return format!("{lead}{}", clip(&shown, LENGTH));
    }
    format!("{lead}{shown}{tail}")
}
