//! The JSON writer: values are streamed into one buffer, no tree in between.
//!
//! Generated types are tables of `("Name", &self.field)` pairs handed to [`JsonWriter::object`]; that, and not a serde
//! derive, is what keeps their compile time small (ARCHITECTURE.md, "Build time").

mod plain;
mod texts;

use std::fmt::{self, Write as _};

use crate::function::recognise;
use crate::reference::{Lowering, Reference};
use crate::resource::Properties;
use crate::value::{Map, Value};

/// The layout of the bytes. The content is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Two spaces a level, for people.
    #[default]
    Pretty,
    /// No white space: the 51,200 bytes that CloudFormation takes inline count every byte.
    Compact,
}

/// A value that can be written into a template.
pub trait ToJson {
    /// Writes exactly one JSON value.
    fn write(&self, out: &mut JsonWriter);
}

/// A field of a table: a required value, or an optional one that is left out when it is `None`.
pub trait Field {
    /// True if the field is written at all.
    fn is_present(&self) -> bool;
    /// Writes the field's value; only called when it is present.
    fn write_field(&self, out: &mut JsonWriter);
}

/// Collects JSON text, the references met on the way, and what cannot be said in JSON.
#[derive(Debug)]
pub struct JsonWriter<'a> {
    sink: Sink,
    style: Style,
    depth: usize,
    /// True if the innermost list or object has an entry already.
    has_entry: bool,
    lowering: &'a Lowering,
    purpose: Purpose,
    /// The section being written, if it takes no functions.
    plain: Option<&'static str>,
    layout_bytes: usize,
    problems: Vec<String>,
}

/// The lowering of values outside a template.
const NOWHERE: &Lowering = &Lowering::NONE;

/// The output of a [`JsonWriter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// The number of its bytes that are white space between values, which [`Style::Compact`] leaves out.
    pub layout_bytes: usize,
    /// Values that could not be written (a number that is not finite), in words.
    pub problems: Vec<String>,
}

/// Purposes for which a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// A template that was made: tokens in texts become functions.
    Template,
    /// A template that was read: its texts are others', and stay as they are.
    Copy,
    /// The same, with a token for each function.
    Debug,
    /// The inside of a token: references with all that they are.
    Token,
}

#[derive(Debug)]
enum Sink {
    Text(String),
    References(Vec<Reference>),
    Tree(Tree),
}

/// A value that grows as it is written.
#[derive(Debug, Default)]
struct Tree {
    /// The lists and objects that are not closed yet, the innermost last.
    open: Vec<Open>,
    /// The whole; an object in it is not looked at as a function yet.
    root: Value,
}

#[derive(Debug)]
enum Open {
    List(Vec<Value>),
    Object(Map, String),
}

impl Tree {
    fn begin(&mut self, bracket: char) {
        self.open.push(if bracket == '[' { Open::List(Vec::new()) } else { Open::Object(Map::new(), String::new()) });
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::List(items)) => self.put(Value::List(items)),
            Some(Open::Object(map, _)) if self.open.is_empty() => self.root = Value::Map(map),
            Some(Open::Object(map, _)) => self.put(recognise(map)),
            None => {}
        }
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = value,
            Some(Open::List(items)) => items.push(value),
            Some(Open::Object(map, key)) => {
                map.insert(std::mem::take(key), value);
            }
        }
    }
}

impl<'a> JsonWriter<'a> {
    /// A writer of text in which references are spelled as `lowering` says.
    pub fn new(style: Style, lowering: &'a Lowering) -> Self {
        Self::with_sink(Sink::Text(String::new()), style, lowering)
    }

    /// A writer that writes nothing and keeps the references it meets.
    pub(crate) fn collecting(lowering: &'a Lowering) -> Self {
        Self::with_sink(Sink::References(Vec::new()), Style::Compact, lowering)
    }

    fn with_sink(sink: Sink, style: Style, lowering: &'a Lowering) -> Self {
        let purpose = if lowering.stack.is_some() { Purpose::Template } else { Purpose::Copy };
        let (layout_bytes, problems) = (0, Vec::new());
        JsonWriter { sink, style, depth: 0, has_entry: false, lowering, purpose, plain: None, layout_bytes, problems }
    }

    /// A writer of the inside of a token.
    pub(crate) fn of_token() -> JsonWriter<'static> {
        let sink = Sink::Text(String::new());
        JsonWriter { purpose: Purpose::Token, ..JsonWriter::with_sink(sink, Style::Compact, NOWHERE) }
    }

    /// The output.
    pub fn finish(self) -> Written {
        let text = match self.sink {
            Sink::Text(text) => text,
            Sink::References(_) | Sink::Tree(_) => String::new(),
        };
        Written { text, layout_bytes: self.layout_bytes, problems: self.problems }
    }

    /// The references a collecting writer met, in the order of the document, and what cannot be written.
    pub(crate) fn collected(self) -> (Vec<Reference>, Vec<String>) {
        match self.sink {
            Sink::References(references) => (references, self.problems),
            Sink::Text(_) | Sink::Tree(_) => (Vec::new(), self.problems),
        }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        match &mut self.sink {
            Sink::Tree(tree) => tree.put(Value::Null),
            _ => self.raw("null"),
        }
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        match &mut self.sink {
            Sink::Tree(tree) => tree.put(Value::Bool(value)),
            _ => self.raw(if value { "true" } else { "false" }),
        }
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i64) {
        match &mut self.sink {
            // Writing to a `String` cannot fail.
            Sink::Text(text) => _ = write!(text, "{value}"),
            Sink::Tree(tree) => tree.put(value.into()),
            Sink::References(_) => {}
        }
    }

    /// Writes a number; a whole one without a fraction, as CloudFormation prints it.
    pub fn float(&mut self, value: f64) {
        // 2^53: beyond it a `f64` no longer holds every integer.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if !value.is_finite() {
            match &mut self.sink {
                // Whoever writes the tree into a template reports it.
                Sink::Tree(tree) => tree.put(value.into()),
                _ => {
                    self.problems.push(format!("`{value}` is not a number that JSON can hold"));
                    self.null();
                }
            }
        } else if value.fract() == 0.0 && value.abs() < EXACT {
            self.integer(value as i64);
        } else {
            match &mut self.sink {
                Sink::Text(text) => _ = write!(text, "{}", serde_json::Value::from(value)),
                Sink::Tree(tree) => tree.put(value.into()),
                Sink::References(_) => {}
            }
        }
    }

    /// Writes a number as it was read.
    pub fn number(&mut self, value: &serde_json::Number) {
        match &mut self.sink {
            Sink::Text(text) => _ = write!(text, "{value}"),
            Sink::Tree(tree) => tree.put(Value::Number(value.clone())),
            Sink::References(_) => {}
        }
    }

    /// Writes a list.
    pub fn list<'i, T: ToJson + ?Sized + 'i>(&mut self, items: impl IntoIterator<Item = &'i T>) {
        self.begin('[');
        for item in items {
            self.next_entry();
            item.write(self);
        }
        self.end(']');
    }

    /// Opens an object; [`key`](Self::key) and values follow, then [`end_object`](Self::end_object).
    pub(crate) fn begin_object(&mut self) {
        self.begin('{');
    }

    /// Closes what [`begin_object`](Self::begin_object) opened.
    pub(crate) fn end_object(&mut self) {
        self.end('}');
    }

    fn begin(&mut self, bracket: char) {
        if let Sink::Tree(tree) = &mut self.sink {
            return tree.begin(bracket);
        }
        self.raw(bracket.encode_utf8(&mut [0; 4]));
        self.depth += 1;
        self.has_entry = false;
    }

    fn end(&mut self, bracket: char) {
        if let Sink::Tree(tree) = &mut self.sink {
            return tree.end();
        }
        self.depth -= 1;
        if self.has_entry {
            self.new_line();
        }
        self.raw(bracket.encode_utf8(&mut [0; 4]));
        // What was just closed is an entry of what encloses it.
        self.has_entry = true;
    }

    fn next_entry(&mut self) {
        if self.has_entry {
            self.raw(",");
        }
        self.new_line();
        self.has_entry = true;
    }

    fn new_line(&mut self) {
        if self.style == Style::Pretty
            && let Sink::Text(text) = &mut self.sink
        {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', 2 * self.depth));
            self.layout_bytes += 1 + 2 * self.depth;
        }
    }

    fn raw(&mut self, json: &str) {
        if let Sink::Text(text) = &mut self.sink {
            text.push_str(json);
        }
    }
}

/// The output of `value` as a tree; typed references stay what they are.
pub fn to_value(value: &dyn ToJson) -> Value {
    recognised(tree(&|out| value.write(out)))
}

/// The same of what writes an object, which is not looked at as a function.
pub(crate) fn to_map(value: &dyn ToJson) -> Map {
    match tree(&|out| value.write(out)) {
        Value::Map(map) => map,
        _ => Map::new(),
    }
}

/// [`to_value`] for the properties of a resource.
pub(crate) fn properties_to_value<P: Properties + ?Sized>(value: &P) -> Value {
    recognised(tree(&|out| value.write(out)))
}

fn recognised(value: Value) -> Value {
    match value {
        Value::Map(map) => recognise(map),
        other => other,
    }
}

fn tree(write: &dyn Fn(&mut JsonWriter)) -> Value {
    let mut out = JsonWriter::with_sink(Sink::Tree(Tree::default()), Style::Compact, NOWHERE);
    write(&mut out);
    match out.sink {
        Sink::Tree(tree) => tree.root,
        Sink::Text(_) | Sink::References(_) => Value::Null,
    }
}

/// `Debug` of generated types: the JSON that a template would have, with tokens of the functions in it, and with white space for
/// `{:#?}`. One function for all of
/// them, because derived ones are a sixth of what compiling the types costs.
///
/// # Errors
///
/// When `f` cannot take text.
pub fn debug(value: &dyn ToJson, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    debug_with(&|out| value.write(out), f)
}

/// [`debug()`] for the properties of a resource.
///
/// # Errors
///
/// When `f` cannot take text.
pub fn debug_properties(value: &dyn Properties, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    debug_with(&|out| value.write(out), f)
}

fn debug_with(write: &dyn Fn(&mut JsonWriter), f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = JsonWriter::new(if f.alternate() { Style::Pretty } else { Style::Compact }, NOWHERE);
    out.purpose = Purpose::Debug;
    write(&mut out);
    f.write_str(&out.finish().text)
}
