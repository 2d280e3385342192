//! Schemas of resource types, ready to be held against properties: loaded, rewritten and compiled when a type is first asked for.

mod explain;
mod format;
mod keywords;
mod pattern;
mod rewrite;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use formwork_schema::embedded;
use jsonschema::{Draft, Validator};
use serde_json::Value;

pub(crate) use explain::Explained;
pub(crate) use keywords::text;

/// The schema of one type.
pub(crate) struct Compiled {
    /// As it was published, patched.
    pub(crate) schema: Value,
    ready: OnceCell<Option<(Value, Validator)>>,
}

/// The schemas that were asked for so far.
#[derive(Default)]
pub(crate) struct Schemas {
    by_type: BTreeMap<String, Option<Rc<Compiled>>>,
    /// The types whose schemas are the user's.
    own: BTreeSet<String>,
}

impl Schemas {
    /// Takes over a user's schema.
    pub(crate) fn add(&mut self, type_name: String, schema: Value) {
        let compiled = Compiled { schema, ready: OnceCell::new() };
        self.by_type.insert(type_name.clone(), Some(Rc::new(compiled)));
        self.own.insert(type_name);
    }

    /// Whether the type's schema is the user's.
    pub(crate) fn is_own(&self, type_name: &str) -> bool {
        self.own.contains(type_name)
    }

    /// The schema of a type, if it is known.
    pub(crate) fn get(&mut self, type_name: &str) -> Option<Rc<Compiled>> {
        if let Some(known) = self.by_type.get(type_name) {
            return known.clone();
        }
        let loaded = embedded::schema(type_name).map(|schema| Rc::new(Compiled { schema, ready: OnceCell::new() }));
        self.by_type.insert(type_name.to_owned(), loaded.clone());
        loaded
    }
}

impl Compiled {
    /// Whether the value at a path cannot be read back, by the schema itself.
    pub(crate) fn is_write_only(&self, path: &[&str]) -> bool {
        let places = self.schema.get("writeOnlyProperties").and_then(Value::as_array).into_iter().flatten();
        places.filter_map(Value::as_str).any(|place| {
            let place = formwork_schema::read::segments(place);
            let mut below = path.iter();
            place.iter().filter(|name| *name != "*").all(|name| below.next() == Some(&name.as_str()))
        })
    }

    /// What is wrong with the properties; their places are paths into `instance`.
    pub(crate) fn errors(&self, instance: &Value) -> Vec<Explained> {
        let Some((schema, validator)) = self.ready.get_or_init(|| compile(&self.schema).ok()) else {
            // A test compiles the schema of every type.
            return Vec::new();
        };
        if validator.is_valid(instance) {
            return Vec::new();
        }
        validator.iter_errors(instance).flat_map(|error| explain::explain(schema, &error)).collect()
    }

    /// The schema of the attribute that `Fn::GetAtt` names, e.g. of `Endpoint.Address`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Value> {
        let mut place = &self.schema;
        for segment in name.split('.') {
            place = self.target(place.get("properties")?.get(segment)?);
        }
        Some(place)
    }

    fn target<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        target.and_then(|pointer| self.schema.pointer(pointer)).unwrap_or(schema)
    }
}

fn compile(schema: &Value) -> Result<(Value, Validator), String> {
    build(rewrite::rewrite(schema)).or_else(|_| {
        // A pattern in yet another dialect: the rest of the schema still holds.
        let mut schema = rewrite::rewrite(schema);
        drop_patterns(&mut schema);
        build(schema)
    })
}

fn drop_patterns(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            entries.retain(|key, value| key != "pattern" || value.as_str().is_none_or(pattern::is_known));
            entries.values_mut().for_each(drop_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_patterns),
        _ => {}
    }
}

fn build(schema: Value) -> Result<(Value, Validator), String> {
    // 2019-09 is the draft that takes what stands beside a `$ref`, and lists of `items`.
    let options = jsonschema::options().with_draft(Draft::Draft201909).should_validate_formats(false);
    let validator = keywords::register(options).build(&schema).map_err(|error| error.to_string())?;
    Ok((schema, validator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_every_type_compiles() {
        let mut failed = Vec::new();
        for type_name in formwork_schema::facts::type_names() {
            match embedded::schema(type_name) {
                None => failed.push(format!("{type_name}: no schema")),
                Some(schema) => {
                    if let Err(error) = build(rewrite::rewrite(&schema)) {
                        failed.push(format!("{type_name}: {error}"));
                    }
                }
            }
        }
        assert_eq!(failed, Vec::<String>::new());
    }
}
