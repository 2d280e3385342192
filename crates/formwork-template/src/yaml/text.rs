//! Texts, names and tags within YAML, as their tokens: folded lines, quotation marks and escapes, blocks.

use std::borrow::Cow;

use crate::yaml::cursor::{Mark, Mistake};
use crate::yaml::token::{Scanner, Token};

/// Prefix that `!!` stands for in a tag.
pub(super) const CORE: &str = "tag:yaml.org,2002:";

/// The spaces and line breaks between two words of a text.
struct Gap {
    /// Its folded text, when there is a line break in it.
    folded: Option<String>,
}

impl<'t> Scanner<'t> {
    /// A text without quotation marks.
    pub(super) fn plain_text(&mut self) -> Result<Cow<'t, str>, Mistake> {
        let least = usize::try_from(self.indent + 1).unwrap_or_default();
        // The text that is complete, and where the line begins and its last word ends that come next.
        let mut built = String::new();
        let mut start = self.cursor.mark().index;
        let mut end = start;
        let mut has_lines = false;
        loop {
            if self.cursor.is_document_indicator() || self.cursor.is(b'#') {
                break;
            }
            if self.plain_word()? {
                end = self.cursor.mark().index;
            }
            if !self.cursor.is_blank() && !self.cursor.is_break() {
                has_lines = false;
                break;
            }
            let gap = self.gap(false, Some(least))?;
            has_lines = gap.folded.is_some();
            if !self.in_flow() && self.cursor.mark().column < least && has_lines {
                break;
            }
            let Some(folded) = gap.folded else { continue };
            if self.ends_plain_text() {
                break;
            }
            built += self.cursor.between(start, end);
            built += &folded;
            start = self.cursor.mark().index;
            end = start;
        }
        // A key may begin on the line after the text.
        self.key_allowed |= has_lines;
        let last = self.cursor.between(start, end);
        Ok(if built.is_empty() { Cow::Borrowed(last) } else { Cow::Owned(built + last) })
    }

    /// True if no further word of a plain text begins here, on a new line.
    fn ends_plain_text(&self) -> bool {
        match self.cursor.byte(0) {
            None | Some(b'#') => true,
            Some(b':') => self.cursor.ends_word(1),
            Some(b',' | b'[' | b']' | b'{' | b'}') => self.in_flow(),
            Some(_) => self.cursor.is_document_indicator(),
        }
    }

    /// Up to a space or the end of the text; whether there is anything.
    fn plain_word(&mut self) -> Result<bool, Mistake> {
        let start = self.cursor.mark().index;
        while !self.cursor.ends_word(0) {
            match self.cursor.byte(0) {
                Some(b':') if self.cursor.ends_word(1) => break,
                Some(b':')
                    if self.in_flow()
                        && matches!(self.cursor.byte(1), Some(b',' | b'?' | b'[' | b']' | b'{' | b'}')) =>
                {
                    return Err(Mistake::new(self.cursor.mark(), "a `:` within brackets needs a space after it"));
                }
                Some(b',' | b'[' | b']' | b'{' | b'}') if self.in_flow() => break,
                _ => self.cursor.advance_word(),
            }
        }
        Ok(self.cursor.mark().index > start)
    }

    /// A text in single or double quotation marks. Its lines may be indented as they like.
    pub(super) fn quoted_text(&mut self, quote: u8, mark: Mark) -> Result<Cow<'t, str>, Mistake> {
        self.cursor.advance();
        let mut built = String::new();
        let mut start = self.cursor.mark().index;
        loop {
            if self.cursor.is_document_indicator() {
                return Err(Mistake::new(mark, "a quoted text has no end before the document has"));
            }
            match self.cursor.byte(0) {
                None => return Err(Mistake::new(mark, "a quoted text has no end")),
                Some(b'\'') if quote == b'\'' && self.cursor.byte(1) == Some(b'\'') => {
                    self.cursor.advance();
                    built += self.cursor.since(start);
                    self.cursor.advance();
                    start = self.cursor.mark().index;
                }
                Some(byte) if byte == quote => break,
                Some(b'\\') if quote == b'"' => {
                    built += self.cursor.since(start);
                    self.escape(&mut built)?;
                    start = self.cursor.mark().index;
                }
                _ if self.cursor.is_blank() || self.cursor.is_break() => {
                    let before = self.cursor.mark().index;
                    if let Some(folded) = self.gap(false, None)?.folded {
                        built += self.cursor.between(start, before);
                        built += &folded;
                        start = self.cursor.mark().index;
                    }
                }
                _ => self.cursor.advance_word(),
            }
        }
        let last = self.cursor.since(start);
        self.cursor.advance();
        Ok(if built.is_empty() { Cow::Borrowed(last) } else { Cow::Owned(built + last) })
    }

    /// Escape sequence, from its backslash on.
    fn escape(&mut self, built: &mut String) -> Result<(), Mistake> {
        let mark = self.cursor.mark();
        self.cursor.advance();
        if self.cursor.is_break() {
            // The line goes on with the first word of the next one.
            if let Some(folded) = self.gap(true, None)?.folded {
                *built += &folded;
            }
            return Ok(());
        }
        let Some(letter) = self.cursor.rest().chars().next() else { return Ok(()) };
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            self.cursor.advance();
            built.push(self.code(digits, mark)?);
            return Ok(());
        }
        built.push(match letter {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '/' | '\\' | '\'' => letter,
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            other => {
                let other = other.escape_debug();
                let reason =
                    format!("`\\{other}` is not an escape; a backslash is `\\\\` between double quotation marks");
                return Err(Mistake::new(mark, reason));
            }
        });
        self.cursor.advance();
        Ok(())
    }

    /// The character that has this number, or two halves of one as JSON has them.
    fn code(&mut self, digits: usize, mark: Mark) -> Result<char, Mistake> {
        let wrong = || Mistake::new(mark, "an escape that is not the number of a character");
        let first = self.hexadecimal(digits).ok_or_else(wrong)?;
        let code = if (0xd800..0xdc00).contains(&first) && self.cursor.rest().starts_with("\\u") {
            (0..2).for_each(|_| self.cursor.advance());
            let second = self.hexadecimal(4).filter(|code| (0xdc00..0xe000).contains(code)).ok_or_else(wrong)?;
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(wrong)
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let text = self.cursor.rest().get(..digits).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(text, 16).ok()?;
        (0..digits).for_each(|_| self.cursor.advance());
        Some(code)
    }

    /// Passes spaces and line breaks. One line break between words is a space, of several the first is dropped. `escaped`:
    /// it begins with a line break that does not count.
    fn gap(&mut self, escaped: bool, least: Option<usize>) -> Result<Gap, Mistake> {
        let mut first = None;
        let mut more = String::new();
        let mut has_lines = false;
        if escaped {
            self.cursor.pass_break();
            has_lines = true;
        }
        loop {
            if self.cursor.is_blank() {
                let mark = self.cursor.mark();
                if has_lines && self.cursor.is(b'\t') && least.is_some_and(|least| mark.column < least) {
                    return Err(Mistake::new(mark, "a tab where the text is indented: YAML is indented with spaces"));
                }
                self.cursor.advance();
            } else if self.cursor.is_break() {
                let meaning = self.cursor.pass_break();
                if has_lines {
                    more.push(meaning);
                } else {
                    first = Some(meaning);
                    has_lines = true;
                }
            } else {
                break;
            }
        }
        let folded = match first {
            Some('\n') if more.is_empty() => " ".to_owned(),
            Some('\n') | None => more,
            Some(kept) => format!("{kept}{more}"),
        };
        Ok(Gap { folded: has_lines.then_some(folded) })
    }

    /// A text of several lines behind `|` or, with its lines folded, `>`.
    pub(super) fn block_text(&mut self, literal: bool) -> Result<Cow<'t, str>, Mistake> {
        self.cursor.advance();
        let mut keep = None;
        let mut increment = None;
        loop {
            match self.cursor.byte(0) {
                Some(sign @ (b'+' | b'-')) if keep.is_none() => keep = Some(sign == b'+'),
                Some(digit @ b'1'..=b'9') if increment.is_none() => {
                    increment = Some(isize::from(digit.wrapping_sub(b'0')))
                }
                _ => break,
            }
            self.cursor.advance();
        }
        while self.cursor.is_blank() {
            self.cursor.advance();
        }
        if self.cursor.is(b'#') {
            self.pass_line();
        }
        if !self.cursor.is_end() && !self.cursor.is_break() {
            let reason = "the text of a block begins on the line after its `|` or `>`";
            return Err(Mistake::new(self.cursor.mark(), reason));
        }
        if self.cursor.is_break() {
            self.cursor.pass_break();
        }
        let mut indent = increment.and_then(|more| usize::try_from(self.indent.max(0) + more).ok());
        let mut text = String::new();
        let mut line_break: Option<char> = None;
        let mut empty_lines = String::new();
        self.block_breaks(&mut indent, &mut empty_lines)?;
        let mut was_indented = false;
        while Some(self.cursor.mark().column) == indent && !self.cursor.is_end() {
            let is_indented = self.cursor.is_blank();
            match line_break {
                Some('\n') if !literal && !was_indented && !is_indented => {
                    if empty_lines.is_empty() {
                        text.push(' ');
                    }
                }
                line_break => text.extend(line_break),
            }
            text.push_str(&empty_lines);
            empty_lines.clear();
            was_indented = is_indented;
            let start = self.cursor.mark().index;
            self.pass_line();
            text += self.cursor.since(start);
            line_break = if self.cursor.is_end() { None } else { Some(self.cursor.pass_break()) };
            self.block_breaks(&mut indent, &mut empty_lines)?;
        }
        if keep != Some(false) {
            text.extend(line_break);
        }
        if keep == Some(true) {
            text += &empty_lines;
        }
        Ok(Cow::Owned(text))
    }

    /// Passes empty lines and the indentation of the next line, which is the block's when that is not known yet.
    fn block_breaks(&mut self, indent: &mut Option<usize>, breaks: &mut String) -> Result<(), Mistake> {
        let mut widest = 0;
        loop {
            let is_outside = |column: usize| indent.is_none_or(|indent| column < indent);
            while is_outside(self.cursor.mark().column) && self.cursor.is(b' ') {
                self.cursor.advance();
            }
            let mark = self.cursor.mark();
            widest = widest.max(mark.column);
            if is_outside(mark.column) && self.cursor.is(b'\t') {
                return Err(Mistake::new(mark, "a tab where the text is indented: YAML is indented with spaces"));
            }
            if !self.cursor.is_break() {
                break;
            }
            breaks.push(self.cursor.pass_break());
        }
        if indent.is_none() {
            let outer = usize::try_from(self.indent + 1).unwrap_or_default();
            *indent = Some(widest.max(outer).max(1));
        }
        Ok(())
    }

    /// `&name` or `*name`.
    pub(super) fn anchor(&mut self, first: u8, mark: Mark) -> Result<Token<'t>, Mistake> {
        self.cursor.advance();
        let start = self.cursor.mark().index;
        while matches!(self.cursor.byte(0), Some(b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-')) {
            self.cursor.advance();
        }
        let name = self.cursor.since(start);
        let ends = self.cursor.ends_word(0)
            || matches!(self.cursor.byte(0), Some(b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'));
        if name.is_empty() || !ends {
            let (sign, kind) = if first == b'*' { ('*', "an alias") } else { ('&', "an anchor") };
            let reason = format!("`{sign}` begins {kind}, whose name has letters, digits, `-` and `_`; quote a text");
            return Err(Mistake::new(mark, reason));
        }
        Ok(if first == b'*' { Token::Alias(name) } else { Token::Anchor(name) })
    }

    /// `!Name`, `!!name` or `!<name>`; the second with [`CORE`] in front.
    pub(super) fn tag(&mut self, mark: Mark) -> Result<Token<'t>, Mistake> {
        let start = self.cursor.mark().index;
        self.cursor.advance();
        let is_verbatim = self.cursor.is(b'<');
        let mut tag = if is_verbatim {
            self.cursor.advance();
            let start = self.cursor.mark().index;
            self.tag_letters(true);
            let tag = self.cursor.since(start);
            if !self.cursor.is(b'>') {
                return Err(Mistake::new(mark, "a tag that begins with `!<` has no `>`"));
            }
            self.cursor.advance();
            Cow::Borrowed(tag)
        } else {
            self.tag_letters(false);
            Cow::Borrowed(self.cursor.since(start))
        };
        if let Some(name) = tag.strip_prefix("!!").filter(|_| !is_verbatim) {
            tag = Cow::Owned(format!("{CORE}{name}"));
        }
        let ends = self.cursor.ends_word(0) || self.in_flow() && self.cursor.is(b',');
        if !ends {
            let reason = format!("a space is missing after the tag `{tag}`");
            return Err(Mistake::new(self.cursor.mark(), reason));
        }
        Ok(Token::Tag(tag))
    }

    fn tag_letters(&mut self, verbatim: bool) {
        while let Some(byte) = self.cursor.byte(0) {
            let is_letter = byte.is_ascii_alphanumeric()
                || b"-_;/?:@&=+$.%!~*'()".contains(&byte)
                || verbatim && b",[]".contains(&byte);
            if !is_letter {
                return;
            }
            self.cursor.advance();
        }
    }
}
