//! Conversions into [`Val`] and [`Value`].
//!
//! A blanket conversion covers every literal. The others cover what else Rust users type: `&str`, smaller integers, lists and maps
//! of such things, borrowed values, and pairs where a type is a key with a value ([`KeyValue`]).

use indexmap::IndexMap;
use serde_json::Number;

use crate::function::{Function, recognise};
use crate::json::{ToJson, to_value};
use crate::token;
use crate::value::{Map, Val, Value};

/// A type that is a key with a value, both texts, and needs nothing else: a tag, in most services. Such values can be written as pairs.
///
/// ```
/// use formwork_template::{KeyValue, Val, some};
///
/// #[derive(Debug, PartialEq)]
/// struct Tag(Val<String>, Val<String>);
///
/// impl KeyValue for Tag {
///     fn key_value(key: Val<String>, value: Val<String>) -> Self {
///         Tag(key, value)
///     }
/// }
///
/// let tags: Option<Val<Vec<Val<Tag>>>> = some([("team", "web"), ("stage", "prod")]);
/// # let Some(Val::Literal(tags)) = tags else { unreachable!() };
/// # assert_eq!(tags[1].literal(), Some(&Tag("stage".into(), "prod".into())));
/// ```
pub trait KeyValue: Sized {
    /// The value with this key.
    fn key_value(key: Val<String>, value: Val<String>) -> Self;
}

// Conversions into `Val<T>`.

impl<T> From<T> for Val<T> {
    #[inline]
    fn from(value: T) -> Self {
        Val::Literal(value)
    }
}

impl<T: Clone> From<&Val<T>> for Val<T> {
    #[inline]
    fn from(value: &Val<T>) -> Self {
        value.clone()
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

macro_rules! small_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Val<i64> {
            #[inline]
            fn from(number: $integer) -> Self {
                Val::Literal(i64::from(number))
            }
        }

        impl From<$integer> for Val<f64> {
            #[inline]
            fn from(number: $integer) -> Self {
                Val::Literal(f64::from(number))
            }
        }

        impl From<$integer> for Value {
            fn from(number: $integer) -> Self {
                Value::Number(number.into())
            }
        }
    )*};
}

small_integers!(i8, i16, i32, u8, u16, u32);

/// Integers that may be too large for the literal's type: such a one is written into the template as it is.
macro_rules! large_integers {
    ($($integer:ty => $($val:ty),*;)*) => {$(
        $(
            impl From<$integer> for Val<$val> {
                fn from(number: $integer) -> Self {
                    exactly(number.into(), number.try_into().ok())
                }
            }
        )*

        impl From<$integer> for Val<f64> {
            fn from(number: $integer) -> Self {
                // 2^53: up to it a `f64` holds every integer.
                let small = i64::try_from(number).ok().filter(|number| number.unsigned_abs() <= 1 << 53);
                exactly(number.into(), small.map(|number| number as f64))
            }
        }

        impl From<$integer> for Value {
            fn from(number: $integer) -> Self {
                Value::Number(number.into())
            }
        }
    )*};
}

large_integers! {
    i64 => ;
    u64 => i64;
    isize => i64;
    usize => i64;
}

fn exactly<T>(number: Number, literal: Option<T>) -> Val<T> {
    literal.map_or_else(|| Val::untyped(Value::Number(number)), Val::Literal)
}

// Lists.

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

impl<T: Clone, const N: usize> From<[&Val<T>; N]> for Val<Vec<Val<T>>> {
    #[inline]
    fn from(items: [&Val<T>; N]) -> Self {
        items.into_iter().collect()
    }
}

impl<const N: usize> From<[&str; N]> for Val<Vec<Val<String>>> {
    #[inline]
    fn from(items: [&str; N]) -> Self {
        items.into_iter().collect()
    }
}

impl From<Vec<&str>> for Val<Vec<Val<String>>> {
    #[inline]
    fn from(items: Vec<&str>) -> Self {
        items.into_iter().collect()
    }
}

impl From<&[&str]> for Val<Vec<Val<String>>> {
    #[inline]
    fn from(items: &[&str]) -> Self {
        items.iter().copied().collect()
    }
}

impl From<&[String]> for Val<Vec<Val<String>>> {
    #[inline]
    fn from(items: &[String]) -> Self {
        items.iter().collect()
    }
}

impl From<&Vec<String>> for Val<Vec<Val<String>>> {
    #[inline]
    fn from(items: &Vec<String>) -> Self {
        items.iter().collect()
    }
}

impl<T, V: Into<Val<T>>> FromIterator<V> for Val<Vec<Val<T>>> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = V>>(items: I) -> Self {
        Val::Literal(items.into_iter().map(Into::into).collect())
    }
}

// Maps.

impl<T, V: Into<Val<T>>, const N: usize> From<[(&str, V); N]> for Val<IndexMap<String, Val<T>>> {
    #[inline]
    fn from(entries: [(&str, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<T, K: Into<String>, V: Into<Val<T>>> FromIterator<(K, V)> for Val<IndexMap<String, Val<T>>> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Val::Literal(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

// Keys with values.

impl<T: KeyValue, K: Into<Val<String>>, V: Into<Val<String>>> From<(K, V)> for Val<T> {
    #[inline]
    fn from((key, value): (K, V)) -> Self {
        Val::Literal(T::key_value(key.into(), value.into()))
    }
}

impl<T: KeyValue, K: Into<Val<String>>, V: Into<Val<String>>, const N: usize> From<[(K, V); N]> for Val<Vec<Val<T>>> {
    #[inline]
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<T: KeyValue, K: Into<Val<String>>, V: Into<Val<String>>> From<Vec<(K, V)>> for Val<Vec<Val<T>>> {
    #[inline]
    fn from(entries: Vec<(K, V)>) -> Self {
        entries.into_iter().collect()
    }
}

// Conversions into the untyped `Value`.

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

/// A number that is not finite, which JSON cannot hold, is a problem when it is written into a template.
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Number::from_f64(value).map_or_else(|| Value::String(token::of_number(value)), Value::Number)
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

/// A `None` is `AWS::NoValue`, for which CloudFormation leaves out the entry that has it: it does not take `null`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(no_value, Into::into)
    }
}

impl<T: ToJson> From<&Option<T>> for Value {
    fn from(value: &Option<T>) -> Self {
        value.as_ref().map_or_else(no_value, |value| to_value(value))
    }
}

fn no_value() -> Value {
    Function::Ref("AWS::NoValue".to_owned()).into()
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

/// Anything that can be written into a template, borrowed: it can be used again.
impl<T: ToJson> From<&T> for Value {
    fn from(value: &T) -> Self {
        to_value(value)
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
                recognise(entries.into_iter().map(|(key, item)| (key, Value::from(item))).collect())
            }
        }
    }
}
