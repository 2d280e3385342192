//! Corrections of schemas: small lists of operations with a reason and a link, one file each under `schemas/patches/`.
//!
//! The snapshot stays as it was published; patches apply when a schema is read. A patch that no longer fits is an error:
//! either upstream has the correction now and the patch can go, or it has to be written anew. For the same reason `add`
//! refuses to overwrite, which JSON Patch (RFC 6902) would allow.

use serde_json::{Map, Value};

use crate::SchemaError;

/// A correction of one schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// The file's name, for messages.
    pub name: String,
    /// The resource type whose schema is wrong.
    pub type_name: String,
    /// The fault in it.
    pub reason: String,
    /// The page where that can be read.
    pub link: String,
    operations: Vec<Operation>,
}

#[derive(Clone, Debug, PartialEq)]
struct Operation {
    kind: Kind,
    pointer: String,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Add,
    Remove,
    Replace,
    Test,
}

impl Patch {
    /// Reads `{"type", "reason", "link", "operations": [{"op", "path", "value"}]}`.
    ///
    /// # Errors
    ///
    /// When something of this is missing or not known.
    pub fn from_json(name: &str, text: &str) -> Result<Patch, SchemaError> {
        let bad = |reason: String| SchemaError::BadPatch { patch: name.to_owned(), reason };
        let root: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        let text_of = |key: &str| match root.get(key).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(bad(format!("`{key}` is missing"))),
        };
        let operations = root
            .get("operations")
            .and_then(Value::as_array)
            .filter(|operations| !operations.is_empty())
            .ok_or_else(|| bad("`operations` is missing".to_owned()))?
            .iter()
            .map(|operation| {
                let word = operation.get("op").and_then(Value::as_str).unwrap_or_default();
                let kind = match word {
                    "add" => Kind::Add,
                    "remove" => Kind::Remove,
                    "replace" => Kind::Replace,
                    "test" => Kind::Test,
                    _ => return Err(bad(format!("`op` is `{word}`, allowed are add, remove, replace, test"))),
                };
                let pointer = operation.get("path").and_then(Value::as_str).unwrap_or_default();
                let value = operation.get("value").cloned();
                if !pointer.starts_with('/') {
                    return Err(bad(format!(
                        "`path` is `{pointer}`, expected a JSON pointer such as `/properties/Name`"
                    )));
                }
                if value.is_none() && kind != Kind::Remove {
                    return Err(bad(format!("`{word}` at `{pointer}` has no `value`")));
                }
                Ok(Operation { kind, pointer: pointer.to_owned(), value: value.unwrap_or_default() })
            })
            .collect::<Result<_, _>>()?;
        Ok(Patch {
            name: name.to_owned(),
            type_name: text_of("type")?,
            reason: text_of("reason")?,
            link: text_of("link")?,
            operations,
        })
    }

    /// Corrects `schema`.
    ///
    /// # Errors
    ///
    /// At the first operation that does not fit; the schema is then half corrected and of no use.
    pub fn apply(&self, schema: &mut Value) -> Result<(), SchemaError> {
        for (index, operation) in self.operations.iter().enumerate() {
            operation.apply(schema).map_err(|reason| SchemaError::PatchDoesNotApply {
                patch: self.name.clone(),
                type_name: self.type_name.clone(),
                operation: index + 1,
                pointer: operation.pointer.clone(),
                reason,
            })?;
        }
        Ok(())
    }
}

impl Operation {
    fn apply(&self, schema: &mut Value) -> Result<(), &'static str> {
        const MISSING: &str = "there is nothing";
        let (parent, key) = self.pointer.rsplit_once('/').ok_or(MISSING)?;
        let key = key.replace("~1", "/").replace("~0", "~");
        match self.kind {
            Kind::Test => {
                let found = schema.pointer(&self.pointer).ok_or(MISSING)?;
                if *found == self.value { Ok(()) } else { Err("another value is there") }
            }
            Kind::Replace => {
                let found = schema.pointer_mut(&self.pointer).ok_or(MISSING)?;
                if *found == self.value {
                    return Err("the value is there already");
                }
                *found = self.value.clone();
                Ok(())
            }
            Kind::Add => match schema.pointer_mut(parent).ok_or("what should hold it is not there")? {
                Value::Object(entries) => insert(entries, key, &self.value),
                Value::Array(items) if key == "-" => {
                    if items.contains(&self.value) {
                        return Err("the value is there already");
                    }
                    items.push(self.value.clone());
                    Ok(())
                }
                _ => Err("only an object or the end (`-`) of a list can be added to"),
            },
            Kind::Remove => match schema.pointer_mut(parent).ok_or(MISSING)? {
                Value::Object(entries) => entries.shift_remove(&key).map(drop).ok_or(MISSING),
                Value::Array(items) => match key.parse::<usize>() {
                    Ok(index) if index < items.len() => {
                        items.remove(index);
                        Ok(())
                    }
                    _ => Err(MISSING),
                },
                _ => Err(MISSING),
            },
        }
    }
}

fn insert(entries: &mut Map<String, Value>, key: String, value: &Value) -> Result<(), &'static str> {
    if entries.contains_key(&key) {
        return Err("something is there already");
    }
    entries.insert(key, value.clone());
    Ok(())
}
