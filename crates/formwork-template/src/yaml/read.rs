//! Tokens of YAML to values: tags become functions; what CloudFormation does not take is noted where it stands, and reading
//! goes on behind it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::function::recognise;
use crate::read::error::{MAX_DEPTH, ReadError, Remark, RemarkKind};
use crate::value::{Map, Value};
use crate::yaml::cursor::{Mark, Mistake};
use crate::yaml::entries::Entries;
use crate::yaml::notes::{Document, Notes, Step, Wanted, unreadable};
use crate::yaml::scalar;
use crate::yaml::tag::{self, Meaning};
use crate::yaml::token::{Scalar, Scanner, Token};

/// The one document of a text.
pub(crate) fn document(text: &str, wanted: Wanted) -> Document {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        Reader { scanner: Scanner::new(text), anchors: BTreeMap::new(), notes: Notes { wanted, ..Notes::default() } };
    match printable(text).and_then(|()| reader.root()) {
        Ok(root) => reader.notes.found.value = Some(root),
        Err(Mistake { mark, reason }) => {
            let (line, column) = (mark.line + 1, mark.column + 1);
            reader.notes.found.mistakes.push(ReadError::Yaml { line, column, reason });
        }
    }
    reader.notes.found
}

/// Some parsers end at a NUL, and none shows a person what it is.
fn printable(text: &str) -> Result<(), Mistake> {
    let wrong = |each: char| {
        each.is_control() && !matches!(each, '\t' | '\n' | '\r' | '\u{85}') || matches!(each, '\u{fffe}' | '\u{ffff}')
    };
    let Some(index) = text.find(wrong) else { return Ok(()) };
    let (before, rest) = text.split_at(index);
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    let code = rest.chars().next().map_or(0, u32::from);
    let reason = format!("the control character U+{code:04X}, which YAML has in quotation marks and as an escape only");
    Err(Mistake::new(Mark { index, line, column }, reason))
}

struct Reader<'t> {
    scanner: Scanner<'t>,
    /// The anchors that no alias uses so far.
    anchors: BTreeMap<&'t str, (Vec<String>, Mark)>,
    notes: Notes,
}

impl<'t> Reader<'t> {
    fn root(&mut self) -> Result<Value, Mistake> {
        let mut has_directive = false;
        while self.scanner.peek()?.0 == Token::Directive {
            self.scanner.take()?;
            has_directive = true;
        }
        match self.scanner.peek()? {
            (Token::DocumentStart, _) => drop(self.scanner.take()?),
            (_, mark) if has_directive => {
                return Err(Mistake::new(*mark, "`---` is expected after lines that begin with `%`"));
            }
            _ => {}
        }
        let root = match self.scanner.peek()?.0 {
            Token::StreamEnd | Token::DocumentEnd => Value::Null,
            _ => self.node(true, false, 0)?,
        };
        while self.scanner.peek()?.0 == Token::DocumentEnd {
            self.scanner.take()?;
        }
        match self.scanner.take()? {
            (Token::StreamEnd, _) => {}
            (Token::DocumentStart | Token::Directive, mark) => {
                return Err(Mistake::new(mark, "a second document starts, a template is one"));
            }
            (_, mark) => return Err(Mistake::new(mark, "the template has ended before this line")),
        }
        for (name, (path, mark)) in std::mem::take(&mut self.anchors) {
            let message = format!("the anchor `&{name}` is used by no alias");
            let hint = "remove it: CloudFormation takes no aliases".to_owned();
            let (line, column) = (mark.line + 1, mark.column + 1);
            self.notes.found.remarks.push(Remark { kind: RemarkKind::Anchor, path, line, column, message, hint });
        }
        Ok(root)
    }

    /// A value. `block`: it may be indented lines; `indentless`: a list may begin at the column of the key before it.
    fn node(&mut self, block: bool, indentless: bool, depth: usize) -> Result<Value, Mistake> {
        let start = self.scanner.peek()?.1;
        let (mut tag, mut anchor) = (None, None);
        loop {
            match self.scanner.peek()?.0 {
                Token::Tag(_) if tag.is_none() => {
                    if let (Token::Tag(name), _) = self.scanner.take()? {
                        tag = Some(name);
                    }
                }
                Token::Anchor(name) if anchor.is_none() => {
                    self.scanner.take()?;
                    anchor = Some(name);
                    let path = self.notes.path();
                    self.anchors.insert(name, (path, start));
                }
                _ => break,
            }
        }
        let meaning = tag.as_deref().map_or(Meaning::Nothing, tag::meaning);
        let depth = inside(depth, meaning.levels(), start)?;
        let (token, mark) = self.scanner.peek()?;
        let mark = *mark;
        let value = match token {
            Token::Alias(name) if tag.is_none() && anchor.is_none() => {
                let name = *name;
                self.scanner.take()?;
                self.anchors.remove(name);
                return Ok(self.notes.alias(name, mark));
            }
            Token::Scalar(_) => match self.scanner.take()?.0 {
                Token::Scalar(scalar) => return Ok(self.scalar(scalar, meaning, mark)),
                _ => Value::Null,
            },
            Token::BlockEntry if indentless => self.block_list(false, inside(depth, 1, mark)?)?,
            Token::BlockSequenceStart if block => self.block_list(true, inside(depth, 1, mark)?)?,
            Token::BlockMappingStart if block => self.block_mapping(inside(depth, 1, mark)?)?,
            Token::FlowSequenceStart => self.flow_list(inside(depth, 1, mark)?)?,
            Token::FlowMappingStart => self.flow_mapping(inside(depth, 1, mark)?)?,
            _ if tag.is_some() || anchor.is_some() => {
                let empty = Scalar { text: Cow::Borrowed(""), is_plain: true };
                return Ok(self.scalar(empty, meaning, start));
            }
            other => return Err(Mistake::new(mark, format!("a value is missing before {}", described(other)))),
        };
        Ok(self.tagged(value, meaning, start))
    }

    fn block_list(&mut self, indented: bool, depth: usize) -> Result<Value, Mistake> {
        if indented {
            self.scanner.take()?;
        }
        let mut items = Vec::new();
        while self.scanner.peek()?.0 == Token::BlockEntry {
            let (_, mark) = self.scanner.take()?;
            let is_empty = self.scanner.peek()?.0 == Token::BlockEntry || self.at_end_of_entry()?;
            let item = self.item(items.len(), mark, |reader| match is_empty {
                true => Ok(Value::Null),
                false => reader.node(true, false, depth),
            })?;
            items.push(item);
        }
        if indented {
            self.close(&Token::BlockEnd, "a list item begins with `-`, in the column of the item before it")?;
        }
        Ok(Value::List(items))
    }

    fn flow_list(&mut self, depth: usize) -> Result<Value, Mistake> {
        let (_, open) = self.scanner.take()?;
        let mut items = Vec::new();
        while self.scanner.peek()?.0 != Token::FlowSequenceEnd {
            if !items.is_empty() {
                self.comma(open, ']')?;
                if self.scanner.peek()?.0 == Token::FlowSequenceEnd {
                    break;
                }
            }
            let (token, mark) = self.scanner.peek()?;
            let (is_pair, mark) = (*token == Token::Key, *mark);
            let item = self.item(items.len(), mark, |reader| match is_pair {
                // `[a: b]` is a list with one mapping.
                true => {
                    let mut entries = Entries::default();
                    reader.scanner.take()?;
                    reader.entry(&mut entries, false, inside(depth, 1, mark)?)?;
                    Ok(recognise(entries.into_map()))
                }
                false => reader.node(false, false, depth),
            })?;
            items.push(item);
        }
        self.scanner.take()?;
        Ok(Value::List(items))
    }

    fn block_mapping(&mut self, depth: usize) -> Result<Value, Mistake> {
        self.scanner.take()?;
        let mut entries = Entries::default();
        while self.scanner.peek()?.0 == Token::Key {
            self.scanner.take()?;
            self.entry(&mut entries, true, depth)?;
        }
        self.close(&Token::BlockEnd, "a key is expected, in the column of the keys before it")?;
        Ok(recognise(entries.into_map()))
    }

    fn flow_mapping(&mut self, depth: usize) -> Result<Value, Mistake> {
        let (_, open) = self.scanner.take()?;
        let mut entries = Entries::default();
        let mut is_first = true;
        while self.scanner.peek()?.0 != Token::FlowMappingEnd {
            if !std::mem::take(&mut is_first) {
                self.comma(open, '}')?;
                if self.scanner.peek()?.0 == Token::FlowMappingEnd {
                    break;
                }
            }
            match self.scanner.peek()? {
                (Token::Key, _) => drop(self.scanner.take()?),
                (token, mark) if ends_entry(token) => return Err(Mistake::new(*mark, "a key is missing")),
                // `{a, b}`: keys without values.
                (_, mark) => {
                    let mark = *mark;
                    let key = self.key(false, depth)?;
                    self.value(&mut entries, key, mark, |_| Ok(Value::Null))?;
                    continue;
                }
            }
            self.entry(&mut entries, false, depth)?;
        }
        self.scanner.take()?;
        Ok(recognise(entries.into_map()))
    }

    /// A key and its value.
    fn entry(&mut self, entries: &mut Entries, block: bool, depth: usize) -> Result<(), Mistake> {
        let mark = self.scanner.peek()?.1;
        let key = self.key(block, depth)?;
        self.value(entries, key, mark, |reader| {
            if reader.scanner.peek()?.0 != Token::Value {
                return Ok(Value::Null);
            }
            reader.scanner.take()?;
            if reader.at_end_of_entry()? { Ok(Value::Null) } else { reader.node(block, block, depth) }
        })
    }

    fn value(
        &mut self,
        entries: &mut Entries,
        key: Key,
        mark: Mark,
        read: impl FnOnce(&mut Self) -> Result<Value, Mistake>,
    ) -> Result<(), Mistake> {
        let is_merge = matches!(key, Key::Merge);
        let name = match key {
            Key::Name(name) => name,
            Key::Merge => "<<".to_owned(),
        };
        self.notes.path.push(Step::Key(name));
        let first_place = self.notes.place(mark);
        let value = read(self)?;
        let name = match self.notes.path.pop() {
            Some(Step::Key(name)) => name,
            _ => String::new(),
        };
        if is_merge {
            // The entries that it would have brought are not known: the place is the whole mapping.
            self.notes.refuse(mark, "`<<` merges a mapping, which CloudFormation refuses", "write its entries out");
            return Ok(());
        }
        let places = first_place..self.notes.found.places.len();
        if let Some(repeated) = entries.insert(name, value, mark.line + 1, places) {
            self.notes.repeated(repeated, mark);
        }
        Ok(())
    }

    /// A text. CloudFormation says of others "map keys must be strings; received numeric `[200]` instead".
    ///
    /// Source: aws-cloudformation/cfn-lint#292, aws/serverless-application-model#393.
    fn key(&mut self, block: bool, depth: usize) -> Result<Key, Mistake> {
        if self.at_end_of_entry()? {
            let mark = self.scanner.peek()?.1;
            return Ok(Key::Name(self.notes.refused_key(
                "",
                mark,
                "a key without a name",
                "keys are texts; quote it, `\"\"`, if it is empty",
            )));
        }
        let mut is_text = false;
        while let Token::Tag(name) = &self.scanner.peek()?.0 {
            is_text |= matches!(tag::meaning(name), Meaning::Text);
            if !is_text {
                break;
            }
            self.scanner.take()?;
        }
        match self.scanner.peek()?.0 {
            Token::Scalar(_) => {}
            Token::Alias(name) => {
                let (_, mark) = self.scanner.take()?;
                self.anchors.remove(name);
                let key = format!("*{name}");
                self.notes.path.push(Step::Key(key.clone()));
                self.notes.alias(name, mark);
                self.notes.path.pop();
                return Ok(Key::Name(key));
            }
            _ => {
                let mark = self.scanner.peek()?.1;
                let hint = "write a text, in quotation marks if need be";
                let key = self.notes.refused_key("", mark, "a key that is not a text", hint);
                self.node(block, block, inside(depth, 1, mark)?)?;
                return Ok(Key::Name(key));
            }
        }
        let (Token::Scalar(scalar), mark) = self.scanner.take()? else { return Ok(Key::Name(String::new())) };
        let Scalar { text, is_plain } = scalar;
        if !is_plain || is_text || self.notes.wanted.is_json {
            return Ok(Key::Name(text.into_owned()));
        }
        if text == "<<" {
            return Ok(Key::Merge);
        }
        let kind = match scalar::resolve(&text) {
            Value::Bool(value) => return Ok(Key::Name(self.notes.boolean_key(&text, value, mark))),
            Value::Null => "null",
            Value::Number(_) => "a number",
            _ => return Ok(Key::Name(text.into_owned())),
        };
        let message = format!("the key `{text}` is {kind}, and keys must be texts");
        Ok(Key::Name(self.notes.refused_key(&text, mark, &message, &format!("quote it: `\"{text}\"`"))))
    }

    fn scalar(&mut self, scalar: Scalar<'t>, meaning: Meaning, mark: Mark) -> Value {
        let Scalar { text, is_plain } = scalar;
        match meaning {
            Meaning::Nothing if is_plain => {
                let value = scalar::resolve(&text);
                let trap =
                    if self.notes.wanted.is_json { scalar::json_trap(&text) } else { scalar::trap(&text, &value) };
                if let Some(trap) = trap {
                    self.notes.unquoted(&text, &trap, mark);
                }
                value
            }
            Meaning::Nothing | Meaning::Text => Value::String(text.into_owned()),
            Meaning::Core(kind) => {
                let value = scalar::resolve(&text);
                if tag::fits_scalar(kind, &value) {
                    return value;
                }
                self.notes.refuse(
                    mark,
                    &format!("{text:?} is not a `!!{kind}`"),
                    "leave the tag out, or quote the text",
                );
                unreadable()
            }
            // A scalar that is a function's argument is a name or a text: `!Ref 123` means the resource `123`.
            meaning => self.tagged(Value::String(text.into_owned()), meaning, mark),
        }
    }

    fn tagged(&mut self, value: Value, meaning: Meaning, mark: Mark) -> Value {
        match meaning {
            Meaning::Nothing | Meaning::Text => value,
            Meaning::Core(kind) if tag::fits_collection(kind, &value) => value,
            Meaning::Core(kind) => {
                self.notes.refuse(mark, &format!("this is not a `!!{kind}`"), "leave the tag out");
                unreadable()
            }
            Meaning::Function(name) => recognise(Map::from([(name, value)])),
            Meaning::Unknown(name) => {
                let (message, hint) = tag::unknown(&name);
                self.notes.refuse(mark, &message, &hint);
                unreadable()
            }
        }
    }

    fn item(
        &mut self,
        index: usize,
        mark: Mark,
        read: impl FnOnce(&mut Self) -> Result<Value, Mistake>,
    ) -> Result<Value, Mistake> {
        self.notes.path.push(Step::Item(index));
        if self.notes.wanted.places {
            // Of an item, the place is that of its value.
            let mark = if self.scanner.peek()?.1.line == mark.line { self.scanner.peek()?.1 } else { mark };
            self.notes.place(mark);
        }
        let item = read(self);
        self.notes.path.pop();
        item
    }

    fn at_end_of_entry(&mut self) -> Result<bool, Mistake> {
        Ok(ends_entry(&self.scanner.peek()?.0))
    }

    fn close(&mut self, end: &Token<'t>, expected: &str) -> Result<(), Mistake> {
        match self.scanner.take()? {
            (token, _) if token == *end => Ok(()),
            (token, mark) => Err(Mistake::new(mark, format!("{expected}; here is {}", described(&token)))),
        }
    }

    fn comma(&mut self, open: Mark, end: char) -> Result<(), Mistake> {
        match self.scanner.take()? {
            (Token::FlowEntry, _) => Ok(()),
            (token, mark) => {
                let (line, found) = (open.line + 1, described(&token));
                let reason =
                    format!("`,` or `{end}` is expected, and not {found}; the bracket is opened in line {line}");
                Err(Mistake::new(mark, reason))
            }
        }
    }
}

enum Key {
    Name(String),
    /// `<<`
    Merge,
}

/// The depth within so many levels more.
fn inside(depth: usize, levels: usize, mark: Mark) -> Result<usize, Mistake> {
    match depth + levels {
        deeper if deeper > MAX_DEPTH => Err(Mistake::new(mark, format!("nested deeper than {MAX_DEPTH} levels"))),
        deeper => Ok(deeper),
    }
}

fn ends_entry(token: &Token<'_>) -> bool {
    matches!(
        token,
        Token::Key
            | Token::Value
            | Token::BlockEnd
            | Token::FlowEntry
            | Token::FlowMappingEnd
            | Token::FlowSequenceEnd
            | Token::StreamEnd
            | Token::DocumentStart
            | Token::DocumentEnd
    )
}

fn described(token: &Token<'_>) -> &'static str {
    match token {
        Token::StreamEnd => "the end of the text",
        Token::Directive => "a directive",
        Token::DocumentStart => "`---`",
        Token::DocumentEnd => "`...`",
        Token::BlockSequenceStart | Token::BlockEntry => "a list item in another one",
        Token::BlockMappingStart | Token::Key => "a key in another one",
        Token::BlockEnd => "a line that is indented less",
        Token::FlowSequenceStart => "`[`",
        Token::FlowSequenceEnd => "`]`",
        Token::FlowMappingStart => "`{`",
        Token::FlowMappingEnd => "`}`",
        Token::FlowEntry => "`,`",
        Token::Value => "`:`",
        Token::Alias(_) => "an alias",
        Token::Anchor(_) => "an anchor",
        Token::Tag(_) => "a tag",
        Token::Scalar(_) => "a text",
    }
}
