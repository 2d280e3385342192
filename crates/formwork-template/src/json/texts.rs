//! Texts, references and keys: what can be a function, or have one in it as a [`token`].

use std::fmt::Write as _;

use super::{Field, JsonWriter, Open, Purpose, Sink, Style, ToJson};
use crate::function::Function;
use crate::reference::{Lowering, Reference};
use crate::value::{Map, Value};
use crate::{notation, token};

impl JsonWriter<'_> {
    /// Writes a part of the template that takes no functions: `plain` says what it is.
    pub(crate) fn plain(&mut self, plain: &'static str, write: impl FnOnce(&mut Self)) {
        let outer = self.plain.replace(plain);
        write(self);
        self.plain = outer;
    }

    /// Writes a string, escaped; a text with [`token`]s as the function that gives it.
    pub fn string(&mut self, value: &str) {
        if self.is_notation(value) {
            self.verbatim("");
        } else if matches!(self.purpose, Purpose::Template | Purpose::Token) && token::is_in(value) {
            match self.plain {
                Some(plain) => self.misplaced(plain, value),
                None => self.text(value),
            }
        } else {
            self.verbatim(value);
        }
    }

    /// Writes a string that is `what`, and takes no function.
    pub(crate) fn name(&mut self, what: &'static str, value: &str) {
        if let Sink::Tree(tree) = &mut self.sink {
            tree.put(Value::String(value.to_owned()));
        } else if self.is_notation(value) {
            self.verbatim("");
        } else if self.purpose == Purpose::Template && token::is_in(value) {
            match token::only(value) {
                Some(Function::Reference(entry)) if entry.named().is_some() => self.reference(&entry),
                _ => self.misplaced(what, value),
            }
        } else {
            self.verbatim(value);
        }
    }

    /// Reports a text that has a value of this project in Rust's own notation in it; true if it has.
    fn is_notation(&mut self, value: &str) -> bool {
        let found = if self.purpose == Purpose::Template { notation::of_ours(value) } else { None };
        self.problems.extend(found.as_ref().map(|beginning| {
            format!(
                "a text has `{beginning}` in it, which is how Rust shows a value to programmers: put each value itself into it with `{{}}`"
            )
        }));
        found.is_some()
    }

    fn misplaced(&mut self, what: &str, value: &str) {
        self.problems.push(match token::parts(value) {
            Ok(_) => format!("`{}` cannot be {what}: it is known only when the stack is deployed", token::shown(value)),
            Err(reason) => format!("`{}` cannot be {what}: {reason}", token::shown(value)),
        });
        self.verbatim("");
    }

    /// Spelling of references in the text of an `Fn::Sub`; `None` where references stay as they are.
    fn names(&self) -> Option<&Lowering> {
        match (&self.sink, self.purpose) {
            (Sink::Text(_), Purpose::Template) => Some(self.lowering),
            _ => None,
        }
    }

    fn text(&mut self, value: &str) {
        match token::function(value, self.names()) {
            Ok(function) => function.write(self),
            Err(_) if self.purpose == Purpose::Token => self.verbatim(value),
            Err(problem) => {
                self.problems.push(problem);
                self.verbatim("");
            }
        }
    }

    /// The `Fn::Sub` to write for one whose text has tokens in it; `None` if it has no token, or if it cannot be written.
    pub(crate) fn resolved_sub(&mut self, text: &str, variables: &Map) -> Option<Function> {
        if !matches!(self.purpose, Purpose::Template | Purpose::Token) || !token::is_in(text) {
            return None;
        }
        match token::in_sub(text, variables, self.names()) {
            Ok(function) => Some(function),
            Err(_) if self.purpose == Purpose::Token => None,
            Err(problem) => {
                self.problems.push(problem);
                Some(Function::Sub { text: String::new(), variables: Map::new() })
            }
        }
    }

    /// Writes `function` as a token where functions are written so; true if it did.
    pub(crate) fn shows(&mut self, function: &Function) -> bool {
        let shows = self.purpose == Purpose::Debug && !matches!(function, Function::Untyped(_));
        if shows {
            self.raw(&token::of(function));
        }
        shows
    }

    fn verbatim(&mut self, value: &str) {
        match &mut self.sink {
            // A token has no such character in it.
            Sink::Text(text) if self.purpose == Purpose::Token => {
                let json = serde_json::Value::from(value).to_string();
                text.extend(json.chars().flat_map(token::escaped));
            }
            Sink::Text(text) => _ = write!(text, "{}", serde_json::Value::from(value)),
            Sink::Tree(tree) => tree.put(match token::only(value) {
                Some(function) => function.into(),
                None => Value::String(value.to_owned()),
            }),
            Sink::References(_) => {}
        }
    }

    /// Writes a typed reference: as `Ref` or `Fn::GetAtt` within its own stack, else as the [`Lowering`] says.
    pub fn reference(&mut self, reference: &Reference) {
        match &mut self.sink {
            Sink::References(references) => references.push(reference.clone()),
            Sink::Tree(tree) => tree.put(Function::Reference(reference.clone()).into()),
            Sink::Text(_) if self.purpose == Purpose::Token => token::write_reference(reference, self),
            Sink::Text(_) => {
                let lowering = self.lowering;
                lowering.lower(reference).write(self);
            }
        }
    }

    /// Writes an object from a table of its possible fields, those that are present.
    pub fn object(&mut self, fields: &[(&str, &dyn Field)]) {
        self.begin('{');
        for (name, field) in fields {
            if field.is_present() {
                self.key(name);
                field.write_field(self);
            }
        }
        self.end('}');
    }

    /// Writes an object from entries.
    pub fn entries<'k, V: ToJson + ?Sized + 'k>(&mut self, entries: impl IntoIterator<Item = (&'k str, &'k V)>) {
        self.begin('{');
        for (key, value) in entries {
            self.key(key);
            value.write(self);
        }
        self.end('}');
    }

    /// Writes a key of the open object.
    pub(crate) fn key(&mut self, key: &str) {
        self.next_entry();
        if let Sink::Tree(tree) = &mut self.sink {
            if let Some(Open::Object(_, open)) = tree.open.last_mut() {
                key.clone_into(open);
            }
            return;
        }
        self.name("a key", key);
        self.raw(":");
        if self.style == Style::Pretty {
            self.raw(" ");
            self.layout_bytes += 1;
        }
    }
}
