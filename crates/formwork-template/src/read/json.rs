//! A text in JSON to values.

use std::fmt;

use serde_core::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use crate::function::{recognise, recognise_one};
use crate::read::error::{MAX_DEPTH, ReadError, TOO_LARGE};
use crate::template::MAX_BYTES;
use crate::value::{Map, Value};

/// Reads the JSON of a template.
pub(crate) fn tree(text: &str) -> Result<Value, ReadError> {
    if text.len() > MAX_BYTES {
        return Err(ReadError::TooLong { bytes: text.len() });
    }
    value(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads any JSON value, functions recognised.
pub(crate) fn value(text: &str) -> Result<Value, ReadError> {
    serde_json::from_str(text).map_err(|error| {
        // serde_json appends " at line 1 column 2"; the place has fields of its own here.
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        ReadError::Json { line: error.line(), column: error.column(), reason }
    })
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Nested { depth: 0 }.deserialize(deserializer)
    }
}

/// Entries for which an object has room at once: most have no more.
const USUAL_ENTRIES: usize = 4;

/// A value, and how many lists and objects enclose it.
#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl Nested {
    fn inside<E: serde_core::de::Error>(self) -> Result<Nested, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(Nested { depth: self.depth + 1 }),
            false => Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde_core::de::Error>(self, value: f64) -> Result<Value, E> {
        // A whole number arrives here when no integer of 64 bits holds it, and then its last digits are lost already.
        if value.fract() == 0.0 && value.abs() >= TOO_LARGE {
            return Err(E::custom(
                "a number with more digits than can be kept: write it as a text, in quotation marks",
            ));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let Some(first) = entries.next_key::<String>()? else { return Ok(Value::Map(Map::new())) };
        let value = entries.next_value_seed(inside)?;
        let Some(second) = entries.next_key::<String>()? else { return Ok(recognise_one(first, value)) };
        let mut map = Map::with_capacity(USUAL_ENTRIES);
        map.insert(first, value);
        map.insert(second, entries.next_value_seed(inside)?);
        // Of two entries with one key the last one holds, as in CloudFormation.
        while let Some(key) = entries.next_key::<String>()? {
            map.insert(key, entries.next_value_seed(inside)?);
        }
        Ok(recognise(map))
    }
}
