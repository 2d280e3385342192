//! Text of others on a terminal. A name, a value or a message can hold characters that draw nothing, that turn the line
//! around, or that move the cursor; here they are spelled out: `\u{202e}`, `\r`, `\t`.
//!
//! Those characters are known from the standard library's tables: `Debug` of a text spells out controls, formats, private
//! use, what is not assigned, and every blank but the space. A few letters and marks that draw nothing are added.

use std::borrow::Cow;

/// A text on one line, with everything spelled out that cannot be seen: line ends and tabs too.
pub fn visible(text: &str) -> Cow<'_, str> {
    spelled(text, &[])
}

/// A text of several lines, with everything spelled out that cannot be seen but its line ends and tabs.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    spelled(text, &['\n', '\t'])
}

/// A text of several lines as one paragraph: no line after its first begins at the margin, where messages begin.
pub fn paragraph(text: &str) -> String {
    let text = visible_lines(text.trim_end());
    let mut lines = text.split('\n');
    let mut paragraph = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let indent = if line.is_empty() || line.starts_with(' ') { "" } else { "    " };
        paragraph.push('\n');
        paragraph.push_str(indent);
        paragraph.push_str(line);
    }
    paragraph
}

/// A character by its number: `U+202E`.
pub fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// True if a character shows what it is wherever it stands. A mark over another character does where one is before it.
pub fn is_visible(character: char) -> bool {
    match character {
        ' ' => true,
        _ if character.is_ascii() => character.is_ascii_graphic(),
        _ => !draws_nothing(character) && is_printable(character),
    }
}

fn spelled<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    let mut found = false;
    let mut spelled = String::with_capacity(text.len());
    // True where a mark has something to be drawn on.
    let mut has_base = false;
    for character in text.chars() {
        let is_shown = is_visible(character) && (has_base || !is_mark(character));
        if is_shown || kept.contains(&character) {
            has_base = is_shown && !character.is_ascii_whitespace();
            spelled.push(character);
            continue;
        }
        found = true;
        has_base = false;
        match character {
            '\n' => spelled.push_str("\\n"),
            '\r' => spelled.push_str("\\r"),
            '\t' => spelled.push_str("\\t"),
            other => spelled.extend(other.escape_unicode()),
        }
    }
    if found { Cow::Owned(spelled) } else { Cow::Borrowed(text) }
}

/// True for a character that `Debug` leaves as it is inside of a text.
fn is_printable(character: char) -> bool {
    let text: String = ['a', character].iter().collect();
    text.escape_debug().nth(1) != Some('\\')
}

/// True for a printable character that `Debug` spells out where nothing is before it.
fn is_mark(character: char) -> bool {
    !character.is_ascii() && character.escape_debug().next() == Some('\\')
}

/// Characters that draw nothing although they are letters, marks or symbols by their category: fillers, selectors of
/// variants, the empty pattern of Braille. The Unicode Character Database lists all but the last two as
/// `Default_Ignorable_Code_Point`.
fn draws_nothing(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
            | '\u{2800}'
            | '\u{1d159}'
    )
}

#[cfg(test)]
mod tests {
    use super::{code_point, is_visible, paragraph, visible, visible_lines};

    #[test]
    fn what_shows_is_left_as_it_is() {
        for text in
            ["", "plain text", r"C:\path", "söte Größe", "東京", "привет", "e\u{301}te\u{301}", "हिन्दी", "a → b", "🦀"]
        {
            assert_eq!(visible(text), text);
            assert_eq!(visible_lines(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        let table = [
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("a\rb\tc\nd", r"a\rb\tc\nd"),
            ("\0\u{7f}\u{9b}", r"\u{0}\u{7f}\u{9b}"),
            // Blanks other than the space.
            ("a\u{a0}b\u{2003}c\u{3000}d", r"a\u{a0}b\u{2003}c\u{3000}d"),
            ("a\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}", r"a\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}"),
            // Directions.
            ("\u{202e}\u{2066}\u{2069}\u{61c}\u{200e}\u{200f}", r"\u{202e}\u{2066}\u{2069}\u{61c}\u{200e}\u{200f}"),
            ("\u{2028}\u{2029}", r"\u{2028}\u{2029}"),
            // Tags, selectors, fillers, private use, not assigned.
            ("\u{e0041}x\u{fe0f}\u{e0100}", r"\u{e0041}x\u{fe0f}\u{e0100}"),
            ("\u{3164}\u{115f}\u{ffa0}\u{2800}\u{34f}", r"\u{3164}\u{115f}\u{ffa0}\u{2800}\u{34f}"),
            ("\u{e000}\u{10ffff}\u{378}", r"\u{e000}\u{10ffff}\u{378}"),
            // A mark on nothing.
            ("\u{301}a \u{301}", r"\u{301}a \u{301}"),
        ];
        for (text, shown) in table {
            assert_eq!(visible(text), shown);
            assert!(shown.chars().all(is_visible), "{shown}");
        }
    }

    #[test]
    fn lines_keep_their_ends_and_tabs() {
        assert_eq!(visible_lines("a\n\tb\r\n\u{202e}"), "a\n\tb\\r\n\\u{202e}");
    }

    #[test]
    fn no_line_of_a_paragraph_begins_at_the_margin_but_the_first() {
        let forged = "cannot\nerror: all is lost\n  --> here\n\nhint: run this\r\n";
        assert_eq!(paragraph(forged), "cannot\n    error: all is lost\n  --> here\n\n    hint: run this");
    }

    #[test]
    fn numbers_of_characters() {
        assert_eq!((code_point('р').as_str(), code_point('\u{e0041}').as_str()), ("U+0440", "U+E0041"));
    }
}
