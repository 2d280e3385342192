//! Values in texts: what `format!` and `+` make of them. A function becomes a [`token`] there.

use std::fmt;
use std::ops::Add;

use crate::function::Function;
use crate::json::{ToJson, debug, to_value};
use crate::reference::{Reference, Shape};
use crate::token;
use crate::value::{Val, Value};

/// The literal, or a token of the function: in a template, the text is the one that results when the stack is deployed.
///
/// ```
/// use formwork_template::pseudo;
///
/// let principal = format!("arn:{}:iam::{}:root", pseudo::partition(), pseudo::account_id());
/// ```
///
/// A list is not a part of a text:
///
/// ```compile_fail,E0277
/// let zones = formwork_template::function::availability_zones();
/// let text = format!("zones: {}", zones);
/// ```
impl<T: fmt::Display> fmt::Display for Val<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Literal(value) => value.fmt(f),
            Val::Function(function) => match &**function {
                Function::Untyped(Value::String(text)) => f.pad(text),
                _ if f.width().is_some() || f.precision().is_some() => f.write_str(&token::of_formatted(function)),
                _ => f.write_str(&token::of(function)),
            },
        }
    }
}

/// Texts as `Display` writes them, everything else as JSON, with tokens of the functions in it: where people format values with
/// `{:?}`, Rust's own notation does not get into a template.
impl<T: ToJson> fmt::Debug for Val<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Val::Literal(value) => debug_literal(value, f),
            Val::Function(function) => f.write_str(&token::of_debug(function)),
        }
    }
}

fn debug_literal(value: &dyn ToJson, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match to_value(value) {
        Value::String(text) => f.write_str(&text),
        _ => debug(value, f),
    }
}

/// JSON, with tokens of the functions in it.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(self, f)
    }
}

/// A token.
impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&token::of_debug(self))
    }
}

/// A token that no template takes: which of a resource's values is meant is for its author to say.
impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let untyped = Reference { shape: Shape::Json, ..self.clone() };
        f.write_str(&token::of(&Function::Reference(untyped)))
    }
}

/// The two texts, one after the other.
///
/// ```
/// use formwork_template::{Val, pseudo};
///
/// let role: Val<String> = "arn:" + pseudo::partition() + ":iam::" + pseudo::account_id() + ":role/reader";
/// ```
impl<V: fmt::Display> Add<V> for Val<String> {
    type Output = Val<String>;

    fn add(self, other: V) -> Val<String> {
        Val::Literal(format!("{self}{other}"))
    }
}

impl<V: fmt::Display> Add<V> for &Val<String> {
    type Output = Val<String>;

    fn add(self, other: V) -> Val<String> {
        Val::Literal(format!("{self}{other}"))
    }
}

impl Add<Val<String>> for &str {
    type Output = Val<String>;

    fn add(self, other: Val<String>) -> Val<String> {
        Val::Literal(format!("{self}{other}"))
    }
}

impl Add<&Val<String>> for &str {
    type Output = Val<String>;

    fn add(self, other: &Val<String>) -> Val<String> {
        Val::Literal(format!("{self}{other}"))
    }
}
