//! The characters of a text, one after the other, with line and column.

/// A place in a text, all counted from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// In bytes.
    pub(super) index: usize,
    pub(super) line: usize,
    /// In characters.
    pub(super) column: usize,
}

/// The reason for which the text cannot be read any further.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub(super) mark: Mark,
    pub(super) reason: String,
}

impl Mistake {
    pub(super) fn new(mark: Mark, reason: impl Into<String>) -> Self {
        Mistake { mark, reason: reason.into() }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    mark: Mark,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Cursor { text, mark: Mark::default() }
    }

    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// The text from a place that was passed up to here.
    pub(super) fn since(&self, start: usize) -> &'t str {
        self.between(start, self.mark.index)
    }

    pub(super) fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.mark.index..).unwrap_or_default()
    }

    /// The byte so many bytes ahead. All indicators of YAML are ASCII.
    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.mark.index + ahead).copied()
    }

    pub(super) fn is(&self, byte: u8) -> bool {
        self.byte(0) == Some(byte)
    }

    pub(super) fn is_blank(&self) -> bool {
        matches!(self.byte(0), Some(b' ' | b'\t'))
    }

    pub(super) fn is_break(&self) -> bool {
        self.break_ahead(0).is_some()
    }

    pub(super) fn is_end(&self) -> bool {
        self.byte(0).is_none()
    }

    /// True if a word ends so many bytes ahead: at a space, a line break or the end of the text.
    pub(super) fn ends_word(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), None | Some(b' ' | b'\t')) || self.break_ahead(ahead).is_some()
    }

    /// True if `---` or `...` begins here.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.text.as_bytes().get(self.mark.index..self.mark.index + 3), Some(b"---" | b"..."))
            && self.ends_word(3)
    }

    /// One character on, which is not a line break.
    pub(super) fn advance(&mut self) {
        let width = match self.byte(0) {
            None => return,
            Some(0..=0x7f) => 1,
            Some(0..=0xdf) => 2,
            Some(0..=0xef) => 3,
            Some(_) => 4,
        };
        self.mark.index += width;
        self.mark.column += 1;
    }

    /// Past letters, digits and what never means anything in YAML; at least one character on.
    pub(super) fn advance_word(&mut self) {
        let rest = self.text.as_bytes().get(self.mark.index..).unwrap_or_default();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'$');
        match rest.iter().take_while(|byte| is_plain(byte)).count() {
            0 => self.advance(),
            count => {
                self.mark.index += count;
                self.mark.column += count;
            }
        }
    }

    /// Past a line break. The separators that Unicode has for lines and paragraphs are kept in texts, all others are `\n`.
    pub(super) fn pass_break(&mut self) -> char {
        let Some((width, meaning)) = self.break_ahead(0) else { return '\n' };
        self.mark = Mark { index: self.mark.index + width, line: self.mark.line + 1, column: 0 };
        meaning
    }

    /// Bytes and meaning of a line break of YAML 1.1.
    fn break_ahead(&self, ahead: usize) -> Option<(usize, char)> {
        match self.byte(ahead)? {
            b'\n' => Some((1, '\n')),
            b'\r' if self.byte(ahead + 1) == Some(b'\n') => Some((2, '\n')),
            b'\r' => Some((1, '\n')),
            0xc2 if self.byte(ahead + 1) == Some(0x85) => Some((2, '\n')),
            0xe2 if self.byte(ahead + 1) == Some(0x80) => match self.byte(ahead + 2) {
                Some(0xa8) => Some((3, '\u{2028}')),
                Some(0xa9) => Some((3, '\u{2029}')),
                _ => None,
            },
            _ => None,
        }
    }
}
