//! What the author of a YAML template wrote above its entries.

use std::collections::BTreeMap;

use formwork_template::yaml;

/// The comment above each entry of a section, by the entry's path (`Resources.Bucket`), for
/// [`Options::comments`](crate::Options::comments). JSON has none.
pub fn comments(text: &str) -> BTreeMap<String, String> {
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
        let comment = words.into_iter().rev().collect::<Vec<_>>().join("\n");
        if !comment.trim().is_empty() {
            found.insert(place.path.join("."), comment);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::comments;

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
        assert!(comments("{\"Resources\": {\"A\": 1}}").is_empty() && comments("\t\n- [").is_empty());
    }
}
