//! Texts of a value exchanged, keys and functions included: how a loop of the language extensions writes out its body.

use crate::function::{Function, recognise};
use crate::value::{Map, Value};

impl Value {
    /// The value, where an object of one key that spells a well-formed function is that function.
    pub fn recognised(self) -> Value {
        match self {
            Value::Map(map) => recognise(map),
            other => other,
        }
    }

    /// The value with `text` applied to every text and key in it, and with every `Ref` to a name for which `name` gives a value
    /// replaced by that value.
    pub fn substituted(&self, text: &dyn Fn(&str) -> String, name: &dyn Fn(&str) -> Option<Value>) -> Value {
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.clone(),
            Value::String(own) => Value::String(text(own)),
            Value::List(items) => Value::List(items.iter().map(|item| item.substituted(text, name)).collect()),
            Value::Map(map) => recognise(entries(map, text, name)),
            Value::Function(function) => match &**function {
                Function::Ref(own) => match name(own) {
                    Some(value) => value,
                    None => Value::Function(Box::new(Function::Ref(text(own)))),
                },
                Function::Untyped(value) => value.substituted(text, name),
                other => recognise(entries(&other.to_map(), text, name)),
            },
        }
    }
}

fn entries(map: &Map, text: &dyn Fn(&str) -> String, name: &dyn Fn(&str) -> Option<Value>) -> Map {
    map.iter().map(|(key, item)| (text(key), item.substituted(text, name))).collect()
}
