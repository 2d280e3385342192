//! Values: [`Val`] is typed (a `T`, or an intrinsic function that yields one), [`Value`] is any JSON with functions in it.
//! [`some`] and [`json!`](crate::json!) are the short ways to write them; [`convert`](crate::convert) has the conversions into them,
//! [`text`](crate::text) how they become parts of texts.

use std::fmt;

use indexmap::IndexMap;
use serde_json::Number;

use crate::function::Function;
use crate::json::{JsonWriter, ToJson, to_value};

/// An untyped object of the document, in its author's order.
pub type Map = IndexMap<String, Value>;

/// A literal of type `T`, or an intrinsic function that CloudFormation resolves to one.
///
/// Written with `.into()` from a literal or a list (`["a", "b"].into()`), with [`some`] where it is optional, and with
/// [`Function::val`] from a function.
///
/// A value can be part of a text, whether it is known or not: `format!("{}/*", bucket.arn())`. See [`token`](crate::token).
#[derive(Clone, PartialEq)]
pub enum Val<T> {
    /// A value that is known now.
    Literal(T),
    /// A value that CloudFormation works out when the template is deployed.
    Function(Box<Function>),
}

/// Any JSON, in which an intrinsic function may stand wherever a value may.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(Number),
    /// A string.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// An object.
    Map(Map),
    /// An intrinsic function.
    Function(Box<Function>),
}

/// A value that is a function, where only a literal can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLiteral;

impl fmt::Display for NotLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is an intrinsic function, which CloudFormation works out when the stack is deployed")
    }
}

impl std::error::Error for NotLiteral {}

impl<T> Val<T> {
    /// The literal, if this is one.
    #[inline]
    pub fn literal(&self) -> Option<&T> {
        match self {
            Val::Literal(value) => Some(value),
            Val::Function(_) => None,
        }
    }

    /// The literal, to change it, if this is one.
    #[inline]
    pub fn literal_mut(&mut self) -> Option<&mut T> {
        match self {
            Val::Literal(value) => Some(value),
            Val::Function(_) => None,
        }
    }

    /// Changes the literal.
    ///
    /// ```
    /// use formwork_template::{Val, pseudo};
    ///
    /// let mut names: Val<Vec<Val<String>>> = ["a"].into();
    /// names.edit(|names| names.push("b".into()))?;
    /// assert_eq!(names, ["a", "b"].into());
    /// assert!(pseudo::region().edit(|region| region.push('a')).is_err());
    /// # Ok::<(), formwork_template::NotLiteral>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is a function, which has no literal before the stack is deployed; `change` is not called then.
    #[inline]
    pub fn edit(&mut self, change: impl FnOnce(&mut T)) -> Result<(), NotLiteral> {
        match self {
            Val::Literal(value) => {
                change(value);
                Ok(())
            }
            Val::Function(_) => Err(NotLiteral),
        }
    }

    /// A value of whatever kind, where CloudFormation takes what the type has no room for: it stands in the template as it
    /// is given.
    ///
    /// ```
    /// use formwork_template::{Val, json};
    ///
    /// // CloudFormation converts a text where it wants a number.
    /// let port: Val<i64> = Val::untyped("80");
    /// let newer_than_its_type: Val<Vec<Val<String>>> = Val::untyped(json!({ "NewProperty": true }));
    /// ```
    pub fn untyped(value: impl Into<Value>) -> Val<T> {
        match value.into() {
            Value::Function(function) => Val::Function(function),
            other => Function::Untyped(other).val(),
        }
    }
}

impl<T: ToJson> Val<T> {
    /// The same value where one of another type is wanted, for what CloudFormation converts: a parameter is a text in one
    /// place and a number in the next.
    pub fn cast<U>(&self) -> Val<U> {
        match self {
            Val::Literal(value) => Val::untyped(to_value(value)),
            Val::Function(function) => Val::Function(function.clone()),
        }
    }
}

/// An optional property that is set: `some("x")` is `Some("x".into())`, without the brackets that a long value would need.
#[inline]
pub fn some<T>(value: impl Into<Val<T>>) -> Option<Val<T>> {
    Some(value.into())
}

impl Value {
    /// The value that an object spells: a function where it is the well-formed object of one, otherwise the object.
    pub fn spelled(map: Map) -> Value {
        crate::function::recognise(map)
    }

    /// The string, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The object, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if this is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The intrinsic function, if this is one.
    pub fn as_function(&self) -> Option<&Function> {
        match self {
            Value::Function(function) => Some(function),
            _ => None,
        }
    }

    /// Calls `visit` for every intrinsic function in this value, the outermost first.
    pub fn visit_functions(&self, visit: &mut dyn FnMut(&Function)) {
        match self {
            Value::List(items) => items.iter().for_each(|item| item.visit_functions(visit)),
            Value::Map(map) => map.values().for_each(|item| item.visit_functions(visit)),
            Value::Function(function) => {
                visit(function);
                function.arguments().into_iter().for_each(|argument| argument.visit_functions(visit));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

impl<T: ToJson> ToJson for Val<T> {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        match self {
            Val::Literal(value) => value.write(out),
            Val::Function(function) => function.write(out),
        }
    }
}

impl ToJson for Value {
    fn write(&self, out: &mut JsonWriter) {
        match self {
            Value::Null => out.null(),
            Value::Bool(value) => out.bool(*value),
            Value::Number(value) => out.number(value),
            Value::String(value) => out.string(value),
            Value::List(items) => items.write(out),
            Value::Map(map) => map.write(out),
            Value::Function(function) => function.write(out),
        }
    }
}
