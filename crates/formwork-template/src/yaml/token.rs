//! A text to the tokens of YAML 1.1: indicators, indentation and keys.
//!
//! SnakeYAML, which CloudFormation uses, and libyaml share their rules, which are looser than those of YAML 1.2: a quoted text
//! and a list in brackets may go on at any indentation. The rules are theirs; the parsers that the registries have read YAML
//! 1.2, are `unsafe` to call, or panic on `[!Ref, a]`.
//!
//! Source: yaml.org/spec/1.1, and what libyaml 0.2.5 makes of texts (`tests/notation.rs`).

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::read::error::MAX_DEPTH;
use crate::yaml::cursor::{Cursor, Mark, Mistake};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    Tag(Cow<'t, str>),
    Scalar(Scalar<'t>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scalar<'t> {
    pub(super) text: Cow<'t, str>,
    /// Neither quoted nor a block.
    pub(super) is_plain: bool,
}

/// The longest key that is found without a `?` before it, in bytes.
const MAX_KEY: usize = 1_024;

pub(super) struct Scanner<'t> {
    pub(super) cursor: Cursor<'t>,
    tokens: VecDeque<(Token<'t>, Mark)>,
    /// True if nothing is put before the first of them any more.
    is_ready: bool,
    /// Number of tokens that were taken.
    taken: usize,
    /// Columns of the open blocks, from the outermost, and of the innermost.
    indents: Vec<isize>,
    pub(super) indent: isize,
    /// Possible keys, when a `:` follows: of the blocks first, then one of each open bracket.
    keys: Vec<Option<PossibleKey>>,
    /// True if a key may begin here.
    pub(super) key_allowed: bool,
}

struct PossibleKey {
    /// The number of its first token.
    token: usize,
    /// True if it can be nothing else, by its indentation.
    required: bool,
    mark: Mark,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Scanner {
            cursor: Cursor::new(text),
            tokens: VecDeque::new(),
            is_ready: false,
            taken: 0,
            indents: Vec::new(),
            indent: -1,
            keys: vec![None],
            key_allowed: true,
        }
    }

    /// The next token and its place. At the end of the text it is [`Token::StreamEnd`], however often it is taken.
    pub(super) fn peek(&mut self) -> Result<&(Token<'t>, Mark), Mistake> {
        const END: &(Token<'static>, Mark) = &(Token::StreamEnd, Mark { index: 0, line: 0, column: 0 });
        while !self.is_ready && self.needs_more()? {
            self.fetch()?;
        }
        self.is_ready = true;
        Ok(self.tokens.front().unwrap_or(END))
    }

    pub(super) fn take(&mut self) -> Result<(Token<'t>, Mark), Mistake> {
        self.peek()?;
        if let [(Token::StreamEnd, mark)] = *self.tokens.make_contiguous() {
            return Ok((Token::StreamEnd, mark));
        }
        self.taken += 1;
        self.is_ready = false;
        Ok(self.tokens.pop_front().unwrap_or((Token::StreamEnd, Mark::default())))
    }

    /// A token before which a key may still have to be put cannot be given away.
    fn needs_more(&mut self) -> Result<bool, Mistake> {
        if self.tokens.is_empty() {
            return Ok(true);
        }
        self.drop_stale_keys()?;
        Ok(self.keys.iter().flatten().any(|key| key.token == self.taken))
    }

    pub(super) fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    fn fetch(&mut self) -> Result<(), Mistake> {
        self.pass_blanks();
        self.drop_stale_keys()?;
        let mark = self.cursor.mark();
        self.unroll(isize::try_from(mark.column).unwrap_or(isize::MAX));
        let Some(first) = self.cursor.byte(0) else {
            self.unroll(-1);
            // No `:` comes any more, for none of them.
            if let Some(key) = self.keys.iter_mut().filter_map(Option::take).find(|key| key.required) {
                return Err(no_colon(key.mark));
            }
            self.key_allowed = false;
            self.push(Token::StreamEnd, mark);
            return Ok(());
        };
        if (mark.column == 0 && first == b'%') || self.cursor.is_document_indicator() {
            return self.document(first, mark);
        }
        match first {
            b'[' => self.open(Token::FlowSequenceStart, mark),
            b'{' => self.open(Token::FlowMappingStart, mark),
            b']' => self.close(Token::FlowSequenceEnd, mark),
            b'}' => self.close(Token::FlowMappingEnd, mark),
            b',' => {
                self.drop_key()?;
                self.key_allowed = true;
                self.indicator(Token::FlowEntry, mark);
                Ok(())
            }
            b'-' if self.cursor.ends_word(1) => {
                self.begin_block(Token::BlockSequenceStart, "a list item", mark)?;
                self.drop_key()?;
                self.key_allowed = true;
                self.indicator(Token::BlockEntry, mark);
                Ok(())
            }
            b'?' if self.cursor.ends_word(1) => {
                self.begin_block(Token::BlockMappingStart, "a key", mark)?;
                self.drop_key()?;
                self.key_allowed = !self.in_flow();
                self.indicator(Token::Key, mark);
                Ok(())
            }
            b':' if self.in_flow() || self.cursor.ends_word(1) => self.value(mark),
            b'*' | b'&' | b'!' => {
                self.save_key(mark)?;
                self.key_allowed = false;
                let token = if first == b'!' { self.tag(mark)? } else { self.anchor(first, mark)? };
                self.push(token, mark);
                Ok(())
            }
            b'|' | b'>' if !self.in_flow() => {
                self.drop_key()?;
                self.key_allowed = true;
                let text = self.block_text(first == b'|')?;
                self.push(Token::Scalar(Scalar { text, is_plain: false }), mark);
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_key(mark)?;
                self.key_allowed = false;
                let text = self.quoted_text(first, mark)?;
                self.push(Token::Scalar(Scalar { text, is_plain: false }), mark);
                Ok(())
            }
            b'\t' => Err(Mistake::new(mark, "a tab where the text is indented: YAML is indented with spaces")),
            b'#' | b'%' | b'@' | b'`' | b'|' | b'>' => {
                let first = char::from(first);
                Err(Mistake::new(mark, format!("a text cannot begin with `{first}`: put it in quotation marks")))
            }
            _ => {
                self.save_key(mark)?;
                self.key_allowed = false;
                let text = self.plain_text()?;
                self.push(Token::Scalar(Scalar { text, is_plain: true }), mark);
                Ok(())
            }
        }
    }

    /// Past spaces, comments and empty lines.
    fn pass_blanks(&mut self) {
        loop {
            match self.cursor.byte(0) {
                Some(b' ') => self.cursor.advance(),
                Some(b'\t') if self.in_flow() || !self.key_allowed => self.cursor.advance(),
                Some(b'#') => self.pass_line(),
                _ if self.cursor.is_break() => {
                    self.cursor.pass_break();
                    // In a block, a line begins with a key.
                    self.key_allowed |= !self.in_flow();
                }
                _ if self.cursor.rest().starts_with('\u{feff}') && self.cursor.mark().column == 0 => {
                    self.cursor.advance();
                }
                _ => return,
            }
        }
    }

    pub(super) fn pass_line(&mut self) {
        while !self.cursor.is_end() && !self.cursor.is_break() {
            self.cursor.advance_word();
        }
    }

    /// `%YAML`, `---` or `...`.
    fn document(&mut self, first: u8, mark: Mark) -> Result<(), Mistake> {
        self.unroll(-1);
        self.drop_key()?;
        self.key_allowed = false;
        if first == b'%' {
            self.pass_line();
            self.push(Token::Directive, mark);
        } else {
            (0..3).for_each(|_| self.cursor.advance());
            self.push(if first == b'-' { Token::DocumentStart } else { Token::DocumentEnd }, mark);
        }
        Ok(())
    }

    fn open(&mut self, token: Token<'t>, mark: Mark) -> Result<(), Mistake> {
        self.save_key(mark)?;
        // A key in front of each bracket is looked for with every token.
        if self.keys.len() > MAX_DEPTH {
            return Err(Mistake::new(mark, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.keys.push(None);
        self.key_allowed = true;
        self.indicator(token, mark);
        Ok(())
    }

    fn close(&mut self, token: Token<'t>, mark: Mark) -> Result<(), Mistake> {
        self.drop_key()?;
        if self.in_flow() {
            self.keys.pop();
        }
        self.key_allowed = false;
        self.indicator(token, mark);
        Ok(())
    }

    /// A `:`, which makes a key of what stands before it.
    fn value(&mut self, mark: Mark) -> Result<(), Mistake> {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) => {
                let at = key.token.saturating_sub(self.taken).min(self.tokens.len());
                self.tokens.insert(at, (Token::Key, key.mark));
                self.roll(Token::BlockMappingStart, Some(at), key.mark);
                self.key_allowed = false;
            }
            None => {
                self.begin_block(Token::BlockMappingStart, "the `:` of a key", mark)?;
                self.key_allowed = !self.in_flow();
            }
        }
        self.indicator(Token::Value, mark);
        Ok(())
    }

    fn begin_block(&mut self, token: Token<'t>, found: &str, mark: Mark) -> Result<(), Mistake> {
        if self.in_flow() {
            return Ok(());
        }
        if !self.key_allowed {
            let reason = format!("{found} cannot stand here; a text with `: ` or `- ` in it is put in quotation marks");
            return Err(Mistake::new(mark, reason));
        }
        self.roll(token, None, mark);
        Ok(())
    }

    /// Opens a block when this is indented more than the one that is open.
    fn roll(&mut self, token: Token<'t>, at: Option<usize>, mark: Mark) {
        let column = isize::try_from(mark.column).unwrap_or(isize::MAX);
        if self.in_flow() || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        match at {
            Some(at) => self.tokens.insert(at, (token, mark)),
            None => self.push(token, mark),
        }
    }

    /// Closes the blocks that are indented more than this column.
    fn unroll(&mut self, column: isize) {
        while !self.in_flow() && self.indent > column {
            let mark = self.cursor.mark();
            self.push(Token::BlockEnd, mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn save_key(&mut self, mark: Mark) -> Result<(), Mistake> {
        if !self.key_allowed {
            return Ok(());
        }
        self.drop_key()?;
        let required = !self.in_flow() && usize::try_from(self.indent) == Ok(mark.column);
        let token = self.taken + self.tokens.len();
        if let Some(last) = self.keys.last_mut() {
            *last = Some(PossibleKey { token, required, mark });
        }
        Ok(())
    }

    fn drop_key(&mut self) -> Result<(), Mistake> {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.required => Err(no_colon(key.mark)),
            _ => Ok(()),
        }
    }

    /// A key ends on its line, and is not too long.
    fn drop_stale_keys(&mut self) -> Result<(), Mistake> {
        let now = self.cursor.mark();
        for key in &mut self.keys {
            if let Some(PossibleKey { required, mark, .. }) = *key
                && (mark.line < now.line || mark.index + MAX_KEY < now.index)
            {
                if required {
                    return Err(no_colon(mark));
                }
                *key = None;
            }
        }
        Ok(())
    }

    /// A token of one character.
    fn indicator(&mut self, token: Token<'t>, mark: Mark) {
        self.cursor.advance();
        self.push(token, mark);
    }

    fn push(&mut self, token: Token<'t>, mark: Mark) {
        self.tokens.push_back((token, mark));
    }
}

fn no_colon(mark: Mark) -> Mistake {
    Mistake::new(mark, "a key without `:`, or a text that is indented less than its first line")
}
