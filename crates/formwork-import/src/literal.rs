//! Texts that become Rust: string literals and comments, whatever characters are in them.

/// A literal of the text: with its lines as they are when it has several, else escaped on one line.
pub(crate) fn text(text: &str) -> String {
    let has_lines = text.trim_end_matches('\n').contains('\n');
    if !has_lines || !text.chars().all(|character| matches!(character, '\n' | '\t') || is_plain(character)) {
        return format!("{text:?}");
    }
    if !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// True if the character can stand in source as it is: it prints, and does not change how its neighbours are shown.
fn is_plain(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().count() == 1
}

/// The lines of a comment, without `//`: the words of the text, at most `width` characters a line where they can be parted.
pub(crate) fn comment(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let word: String = word
                .chars()
                .flat_map(|character| match is_plain(character) {
                    true => vec![character],
                    false => character.escape_debug().collect(),
                })
                .collect();
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{comment, text};

    /// The text that the compiler makes of a literal.
    fn evaluate(literal: &str) -> String {
        if let Some(raw) = literal.strip_prefix('r') {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            return raw[hashes + 1..raw.len() - hashes - 1].to_owned();
        }
        let mut text = String::new();
        let mut characters = literal[1..literal.len() - 1].chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => panic!("the literal ends early: {literal}"),
                '\\' => match characters.next().unwrap() {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    '0' => text.push('\0'),
                    'u' => {
                        let digits: String = characters.by_ref().skip(1).take_while(|digit| *digit != '}').collect();
                        text.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap());
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        text
    }

    proptest! {
        #[test]
        fn every_text_has_a_literal(any in "[\\PC\"\\\\#\n\r]{0,12}|(.|\n){0,12}") {
            prop_assert_eq!(evaluate(&text(&any)), any);
        }

        #[test]
        fn every_comment_is_one(any in any::<String>()) {
            for line in comment(&any, 20) {
                prop_assert!(!line.contains(['\n', '\r', '\u{202e}', '\u{2066}']), "{line:?}");
            }
        }
    }

    #[test]
    fn texts() {
        assert_eq!(text("a"), r#""a""#);
        assert_eq!(text("a \"b\" \\ \n"), r#""a \"b\" \\ \n""#);
        assert_eq!(text("one\ntwo\n"), "\"one\ntwo\n\"");
        assert_eq!(text("one\n\"two\"\n"), "r#\"one\n\"two\"\n\"#");
        assert_eq!(text("one\n\"#two\\"), "r##\"one\n\"#two\\\"##");
        assert_eq!(text("one\r\ntwo"), r#""one\r\ntwo""#);
        // What reorders the text around it must not be in source.
        assert_eq!(text("one\n\u{202e}two"), "\"one\\n\\u{202e}two\"");
        assert_eq!(text("\u{0}\u{feff}é"), "\"\\0\\u{feff}é\"");
    }

    #[test]
    fn comments_stay_comments() {
        assert_eq!(comment("one two\nthree", 5), ["one", "two", "three"]);
        assert_eq!(comment("a\r\nb \u{202e}c\u{b}*/", 80), ["a", "b \\u{202e}c */"]);
        assert!(comment(" \n ", 80).is_empty());
    }
}
