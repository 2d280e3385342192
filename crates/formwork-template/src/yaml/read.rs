//! YAML to values, event by event: tags become functions, a repeated key and a bomb of aliases are told where they stand.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::function::recognise;
use crate::read::{MAX_DEPTH, ReadError};
use crate::template::MAX_BYTES;
use crate::value::{Map, Value};
use crate::yaml::{SHORT_FORMS, long_form, scalar};

/// The one document of a text.
pub(super) fn document(text: &str) -> Result<Value, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    printable(text)?;
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: BTreeMap::new(), expanded: 0 };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::Nothing, _) => {}
            (Event::DocumentStart(_), _) => break,
            // An empty text has no document at all.
            (_, _) => return Ok(Value::Null),
        }
    }
    let first = reader.next()?;
    let root = reader.node(first, 0)?;
    loop {
        match reader.next()? {
            (Event::DocumentEnd | Event::Nothing, _) => {}
            (Event::StreamEnd, _) => return Ok(root.value),
            (_, span) => return Err(error(&span, "a second document starts, a template is one")),
        }
    }
}

/// Some parsers end at a NUL, and none shows a person what it is.
fn printable(text: &str) -> Result<(), ReadError> {
    let wrong = |each: char| matches!(each, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}');
    let Some(at) = text.find(wrong) else { return Ok(()) };
    let (before, rest) = text.split_at(at);
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
    let code = rest.chars().next().map_or(0, u32::from);
    let reason = format!("the control character U+{code:04X}, which YAML has in quotation marks and as an escape only");
    Err(ReadError::Yaml { line, column, reason })
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// What `&name` stands for, by the parser's number for it.
    anchors: BTreeMap<usize, Node>,
    /// Bytes that aliases have put in so far.
    expanded: usize,
}

/// A value, and what a copy of it costs.
#[derive(Clone)]
struct Node {
    value: Value,
    bytes: usize,
    depth: usize,
}

impl Node {
    fn leaf(value: Value) -> Self {
        let bytes = 8 + value.as_str().map_or(0, str::len);
        Node { value, bytes, depth: 0 }
    }
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), ReadError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(scan)) => Err(scan_error(&scan)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, (event, span): (Event<'t>, Span), depth: usize) -> Result<Node, ReadError> {
        match event {
            Event::Alias(anchor) => self.alias(anchor, &span, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let levels = levels(tag.as_deref());
                inside(depth, levels, &span)?;
                let mut node = Node::leaf(tagged_scalar(text, style, tag.as_deref(), &span)?);
                node.depth = levels;
                Ok(self.anchored(anchor, node))
            }
            Event::SequenceStart(anchor, tag) => {
                let depth = inside(depth, levels(tag.as_deref()) + 1, &span)?;
                let mut node = Node { value: Value::Null, bytes: 8, depth: 1 };
                let mut items = Vec::new();
                loop {
                    let event = self.next()?;
                    if event.0 == Event::SequenceEnd {
                        break;
                    }
                    let item = self.node(event, depth)?;
                    node.bytes += item.bytes;
                    node.depth = node.depth.max(item.depth + 1);
                    items.push(item.value);
                }
                node.depth += levels(tag.as_deref());
                node.value = tagged(Value::List(items), tag.as_deref(), &span)?;
                Ok(self.anchored(anchor, node))
            }
            Event::MappingStart(anchor, tag) => {
                let depth = inside(depth, levels(tag.as_deref()) + 1, &span)?;
                let mut node = self.mapping(depth)?;
                node.depth += levels(tag.as_deref());
                node.value = tagged(node.value, tag.as_deref(), &span)?;
                Ok(self.anchored(anchor, node))
            }
            // The parser sends nothing else where a node is expected.
            _ => Err(error(&span, "a value is missing")),
        }
    }

    /// The entries of a mapping, which are at this depth.
    fn mapping(&mut self, depth: usize) -> Result<Node, ReadError> {
        let mut node = Node { value: Value::Null, bytes: 8, depth: 1 };
        let mut map = Map::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let key = match event {
                Event::Scalar(text, _, _, None) => text.into_owned(),
                Event::Scalar(text, _, _, Some(tag)) if tag.is_yaml_core_schema() || is_bare(&tag) => text.into_owned(),
                Event::Alias(anchor) => match self.alias(anchor, &span, depth)?.value {
                    Value::String(text) => text,
                    _ => return Err(error(&span, "a key must be a text")),
                },
                _ => return Err(error(&span, "a key must be a text")),
            };
            if key == "<<" {
                return Err(error(&span, "the merge key `<<` is not supported by CloudFormation"));
            }
            if map.contains_key(&key) {
                return Err(error(&span, format!("the key {key:?} stands twice in one mapping")));
            }
            let event = self.next()?;
            let item = self.node(event, depth)?;
            node.bytes += 8 + key.len() + item.bytes;
            node.depth = node.depth.max(item.depth + 1);
            map.insert(key, item.value);
        }
        node.value = recognise(map);
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: &Span, depth: usize) -> Result<Node, ReadError> {
        let Some(node) = self.anchors.get(&anchor) else {
            // An anchor is known when its node is complete: an alias inside of it would have no end.
            return Err(error(span, "the alias stands inside of what it is an alias of"));
        };
        self.expanded = self.expanded.saturating_add(node.bytes);
        if self.expanded > MAX_BYTES {
            let reason = format!("aliases grow the template beyond the {MAX_BYTES} bytes that CloudFormation takes");
            return Err(error(span, reason));
        }
        inside(depth, node.depth, span)?;
        Ok(node.clone())
    }

    fn anchored(&mut self, anchor: usize, node: Node) -> Node {
        // The parser counts anchors from one.
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }
}

/// The depth within so many levels more.
fn inside(depth: usize, levels: usize, span: &Span) -> Result<usize, ReadError> {
    match depth + levels {
        deeper if deeper > MAX_DEPTH => Err(error(span, format!("nested deeper than {MAX_DEPTH} levels"))),
        deeper => Ok(deeper),
    }
}

/// The objects that a tag stands for: a function's, and around the parts of `!GetAtt A.B` the list's.
fn levels(tag: Option<&Tag>) -> usize {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() || is_bare(tag) => 0,
        Some(tag) if tag.suffix == "GetAtt" => 2,
        Some(_) => 1,
        None => 0,
    }
}

fn tagged_scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Result<Value, ReadError> {
    match tag {
        None if style == ScalarStyle::Plain => Ok(scalar::resolve(&text)),
        None => Ok(Value::String(text.into_owned())),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(Value::String(text.into_owned())),
        Some(tag) if tag.is_yaml_core_schema() => {
            let value = scalar::resolve(&text);
            let fits = match tag.suffix.as_str() {
                "null" => matches!(value, Value::Null),
                "bool" => matches!(value, Value::Bool(_)),
                "int" | "float" => matches!(value, Value::Number(_)),
                _ => return Err(unknown_tag(tag, span)),
            };
            if fits { Ok(value) } else { Err(error(span, format!("{text:?} is no `!!{}`", tag.suffix))) }
        }
        // `!` alone says: a text.
        Some(tag) if is_bare(tag) => Ok(Value::String(text.into_owned())),
        // What a function is given as a scalar is a name or a text: `!Ref 123` means the resource `123`.
        Some(_) => tagged(Value::String(text.into_owned()), tag, span),
    }
}

fn tagged(value: Value, tag: Option<&Tag>, span: &Span) -> Result<Value, ReadError> {
    let Some(tag) = tag.filter(|tag| !is_bare(tag)) else {
        return Ok(value);
    };
    if tag.is_yaml_core_schema() {
        let fits = match tag.suffix.as_str() {
            "map" => matches!(value, Value::Map(_) | Value::Function(_)),
            "seq" => matches!(value, Value::List(_)),
            _ => return Err(unknown_tag(tag, span)),
        };
        return if fits { Ok(value) } else { Err(error(span, format!("this is no `!!{}`", tag.suffix))) };
    }
    match long_form(&tag.suffix).filter(|_| tag.handle == "!") {
        Some(name) => Ok(recognise(Map::from([(name, value)]))),
        None => Err(unknown_tag(tag, span)),
    }
}

fn is_bare(tag: &Tag) -> bool {
    (tag.handle == "!" && tag.suffix.is_empty()) || (tag.handle.is_empty() && tag.suffix == "!")
}

fn unknown_tag(tag: &Tag, span: &Span) -> ReadError {
    let known = SHORT_FORMS.iter().map(|name| format!("!{name}")).collect::<Vec<_>>().join(", ");
    error(span, format!("the tag `{tag}` is not known; CloudFormation's are {known}"))
}

fn error(span: &Span, reason: impl Into<String>) -> ReadError {
    ReadError::Yaml { line: span.start.line(), column: span.start.col() + 1, reason: reason.into() }
}

fn scan_error(scan: &ScanError) -> ReadError {
    ReadError::Yaml { line: scan.marker().line(), column: scan.marker().col() + 1, reason: scan.info().to_owned() }
}
