//! The comments that the author of a YAML template wrote above its entries.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use formwork_template::yaml;

/// The comment above each entry of a section, by the entry's path (`Resources.Bucket`), for
/// [`Options::comments`](crate::Options::comments). JSON has none.
pub fn comments(text: &str) -> BTreeMap<String, String> {
    above_entries(text).into_iter().map(|(path, (_, comment))| (path, comment)).collect()
}

/// The lines of the other comments, counted from one: those within entries and above sections, which the code does not have.
pub fn left_out(text: &str) -> Vec<usize> {
    let kept: BTreeSet<usize> = above_entries(text).into_values().flat_map(|(lines, _)| lines).collect();
    let mut found = Vec::new();
    // The column of the entry whose value is a text of several lines; in the text, `#` begins no comment.
    let mut text_of = None;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let column = line.len() - line.trim_start().len();
        if text_of.is_some_and(|of| column > of) {
            continue;
        }
        text_of = None;
        match line.trim_start().strip_prefix('#') {
            Some(comment) if comment.trim_matches(['#', ' ', '-', '=']).is_empty() || kept.contains(&(index + 1)) => {}
            Some(_) => found.push(index + 1),
            None if begins_text(line) => text_of = Some(column),
            None => {}
        }
    }
    found
}

/// True if the value that begins in this line is a text of the lines below: `|`, `>-` and the like.
fn begins_text(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default();
    let last = line.split_whitespace().last().unwrap_or_default();
    let is_indicator = |rest: &str| rest.chars().all(|one| matches!(one, '+' | '-' | '1'..='9'));
    last.strip_prefix(['|', '>']).is_some_and(is_indicator)
}

/// The comment above each entry, with its lines.
fn above_entries(text: &str) -> BTreeMap<String, (Range<usize>, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = BTreeMap::new();
    for place in yaml::places(text).into_iter().filter(|place| place.path.len() == 2) {
        let indent = place.column - 1;
        // Of the lines above the key, those that begin where it does: what is deeper belongs to the entry before.
        let above = lines.iter().take(place.line - 1).rev();
        let words: Vec<&str> = above
            .map_while(|line| {
                let comment = line.get(indent..)?.strip_prefix('#')?;
                line[..indent].trim().is_empty().then(|| comment.trim_start_matches('#').trim())
            })
            .collect();
        let of = place.line - words.len()..place.line;
        let comment = words.into_iter().rev().collect::<Vec<_>>().join("\n");
        if !comment.trim().is_empty() {
            found.insert(place.path.join("."), (of, comment));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{comments, left_out};

    #[test]
    fn comments_stand_above_entries() {
        let text = "\
# The template.
Resources:
  # One line,
  ## and another.
  A:
    Type: T # not this
    Properties:
      Script: |
        echo
        # of the script
  B:
    # inside
    Type: T

  #

  # apart

  C: {Type: T}
";
        let found: Vec<(String, String)> = comments(text).into_iter().collect();
        assert_eq!(found, [("Resources.A".to_owned(), "One line,\nand another.".to_owned())]);
        // The first line, what is inside of an entry, and what stands apart; not the end of a line, the script, and the empty one.
        assert_eq!(left_out(text), [1, 12, 17]);
        assert!(comments("{\"Resources\": {\"A\": 1}}").is_empty() && comments("\t\n- [").is_empty());
    }
}
