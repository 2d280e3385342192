//! Letters that look like others: `а` of Cyrillic is not `a`, one `é` is one character and another one two. Where letters
//! outside of ASCII differ, their numbers are said.

use formwork_assembly::visible::{code_point, visible};

/// More of them are not said.
const MOST: usize = 6;

/// The letters outside of ASCII that differ between two texts, with their numbers: `а is U+0430`.
pub(crate) fn code_points(before: &str, after: &str) -> Option<String> {
    if before.is_ascii() && after.is_ascii() {
        return None;
    }
    let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let common =
        |left: &mut dyn Iterator<Item = (&char, &char)>| left.take_while(|(left, right)| left == right).count();
    let start = common(&mut before.iter().zip(&after));
    let most = before.len().min(after.len()) - start;
    let end = common(&mut before.iter().rev().zip(after.iter().rev())).min(most);
    let (old, new) = (&before[start..before.len() - end], &after[start..after.len() - end]);

    let count = |text: &[char], wanted: &char| text.iter().filter(|other| *other == wanted).count();
    let mut letters: Vec<char> = Vec::new();
    // The arrow is between the two values anyway.
    for letter in old.iter().chain(new).filter(|letter| !letter.is_ascii() && **letter != '→') {
        if !letters.contains(letter) && count(old, letter) != count(new, letter) {
            letters.push(*letter);
        }
    }
    if letters.is_empty() {
        // The same letters in other places.
        for letter in old.iter().filter(|letter| !letter.is_ascii()) {
            if !letters.contains(letter) {
                letters.push(*letter);
            }
        }
    }
    said(&letters)
}

/// The letters outside of ASCII in one text, with their numbers.
pub(crate) fn of_one(text: &str) -> Option<String> {
    code_points(text, "")
}

fn said(letters: &[char]) -> Option<String> {
    let say = |letter: &char| {
        let text = letter.to_string();
        // A mark alone, or what cannot be seen, is only its number.
        let is_seen = visible(&text) == text;
        if is_seen { format!("{letter} is {}", code_point(*letter)) } else { code_point(*letter) }
    };
    let shown: Vec<String> = letters.iter().take(MOST).map(say).collect();
    match (letters.len(), letters.len().saturating_sub(MOST)) {
        (0, _) => None,
        (_, 0) => Some(shown.join(", ")),
        (_, more) => Some(format!("{}, and {more} more", shown.join(", "))),
    }
}
