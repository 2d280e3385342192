//! Values: [`Val`] is typed (a `T`, or an intrinsic function that yields one), [`Value`] is any JSON with functions in it.
//! [`some`] and [`json!`](crate::json!) are the short ways to write them.

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
#[derive(Clone, Debug, PartialEq)]
pub enum Val<T> {
    /// A value that is known now.
    Literal(T),
    /// A value that CloudFormation works out when the template is deployed.
    Function(Box<Function>),
}

/// Any JSON, in which an intrinsic function may stand wherever a value may.
#[derive(Clone, Debug, Default, PartialEq)]
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

impl<T> Val<T> {
    /// The literal, if this is one.
    #[inline]
    pub fn literal(&self) -> Option<&T> {
        match self {
            Val::Literal(value) => Some(value),
            Val::Function(_) => None,
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

// What can stand for a `Val<T>`. The blanket conversion covers every literal; the others cover what Rust users type most.

impl<T> From<T> for Val<T> {
    #[inline]
    fn from(value: T) -> Self {
        Val::Literal(value)
    }
}

impl From<&str> for Val<String> {
    #[inline]
    fn from(text: &str) -> Self {
        Val::Literal(text.to_owned())
    }
}

impl From<&String> for Val<String> {
    #[inline]
    fn from(text: &String) -> Self {
        Val::Literal(text.clone())
    }
}

impl From<i32> for Val<i64> {
    #[inline]
    fn from(number: i32) -> Self {
        Val::Literal(i64::from(number))
    }
}

impl<T> From<Vec<T>> for Val<Vec<Val<T>>> {
    #[inline]
    fn from(items: Vec<T>) -> Self {
        Val::Literal(items.into_iter().map(Val::Literal).collect())
    }
}

impl<T, const N: usize> From<[T; N]> for Val<Vec<Val<T>>> {
    #[inline]
    fn from(items: [T; N]) -> Self {
        Val::Literal(items.into_iter().map(Val::Literal).collect())
    }
}

impl<T, const N: usize> From<[Val<T>; N]> for Val<Vec<Val<T>>> {
    #[inline]
    fn from(items: [Val<T>; N]) -> Self {
        Val::Literal(items.into())
    }
}

impl<const N: usize> From<[&str; N]> for Val<Vec<Val<String>>> {
    #[inline]
    fn from(items: [&str; N]) -> Self {
        Val::Literal(items.into_iter().map(Val::from).collect())
    }
}

impl<T, V: Into<Val<T>>, const N: usize> From<[(&str, V); N]> for Val<IndexMap<String, Val<T>>> {
    #[inline]
    fn from(entries: [(&str, V); N]) -> Self {
        Val::Literal(entries.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
    }
}

// What can stand for an untyped `Value`.

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Number(value.into())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Number(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Number(value.into())
    }
}

/// `null` for what is not finite, which JSON cannot hold.
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Number::from_f64(value).map_or(Value::Null, Value::Number)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::String(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::String(value)
    }
}

impl From<Function> for Value {
    fn from(value: Function) -> Self {
        Value::Function(Box::new(value))
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Value::Map(value)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Self {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: ToJson> From<Val<T>> for Value {
    fn from(value: Val<T>) -> Self {
        match value {
            Val::Literal(literal) => to_value(&literal),
            Val::Function(function) => match *function {
                Function::Untyped(value) => value,
                function => Value::Function(Box::new(function)),
            },
        }
    }
}

/// Plain JSON, as `serde_json::json!` makes it. An object such as `{"Ref": "Name"}` in it is read as the function it spells.
impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(value) => Value::Number(value),
            serde_json::Value::String(value) => Value::String(value),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(entries) => {
                crate::function::recognise(entries.into_iter().map(|(key, item)| (key, Value::from(item))).collect())
            }
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
