//! The schema of a resource type, ready to be held against properties: rewritten, and compiled when it is first needed.

#[cfg(feature = "schemas")]
mod explain;
mod explained;
#[cfg(feature = "schemas")]
mod format;
#[cfg(feature = "schemas")]
mod keywords;
#[cfg(feature = "schemas")]
mod pattern;
#[cfg(feature = "schemas")]
mod ready;
#[cfg(not(feature = "schemas"))]
#[path = "unready.rs"]
mod ready;
#[cfg(feature = "schemas")]
mod rewrite;
mod values;

use std::sync::OnceLock;

use serde_json::Value;

pub(crate) use explained::Explained;
pub(crate) use values::{text, texts};

use ready::Ready;

/// The schema of one type.
pub(crate) struct Compiled {
    /// As it was published, patched.
    pub(crate) schema: Value,
    ready: OnceLock<Option<Ready>>,
}

impl Compiled {
    pub(crate) fn of(schema: Value) -> Compiled {
        Compiled { schema, ready: OnceLock::new() }
    }

    /// The reason for which the schema cannot be compiled, if it cannot.
    #[cfg(test)]
    pub(crate) fn failure(&self) -> Option<String> {
        Ready::of(&self.schema).err()
    }

    /// True if the schema holds, or cannot be compiled.
    pub(crate) fn holds(&self, instance: &Value) -> bool {
        self.ready().is_none_or(|ready| ready.holds(instance))
    }

    fn ready(&self) -> Option<&Ready> {
        self.ready.get_or_init(|| Ready::of(&self.schema).ok()).as_ref()
    }

    /// True if the value at a path cannot be read back, by the schema itself.
    pub(crate) fn is_write_only(&self, path: &[&str]) -> bool {
        self.places("writeOnlyProperties").iter().any(|place| {
            let mut below = path.iter();
            place.split('.').filter(|name| *name != "*").all(|name| below.next() == Some(&name))
        })
    }

    /// True if only AWS sets the property `name` of what is at a path; some types make up what is not given.
    pub(crate) fn is_read_only(&self, path: &[&str], name: &str) -> bool {
        let is_entry = |segment: &&&str| segment.parse::<usize>().is_err();
        let above: Vec<&str> = path.iter().filter(is_entry).copied().collect();
        let is_it = |place: &String| {
            let segments: Vec<&str> = place.split('.').filter(|segment| *segment != "*").collect();
            segments.split_last().is_some_and(|(last, rest)| *last == name && *rest == above[..])
        };
        let given = ["createOnlyProperties", "required"].iter().any(|list| match *list {
            "required" => {
                above.is_empty()
                    && self.schema.get("required").is_some_and(|names| texts(names).contains(&name.to_owned()))
            }
            list => self.places(list).iter().any(is_it),
        });
        !given && self.places("readOnlyProperties").iter().any(is_it)
    }

    /// The places that a list of the schema names, dotted.
    fn places(&self, list: &str) -> Vec<String> {
        let pointers = self.schema.get(list).and_then(Value::as_array).into_iter().flatten();
        pointers.filter_map(Value::as_str).map(|pointer| formwork_schema::read::segments(pointer).join(".")).collect()
    }

    /// The errors of the properties; their places are paths into `instance`.
    pub(crate) fn errors(&self, instance: &Value) -> Vec<Explained> {
        // A test compiles the schema of every type.
        self.ready().map(|ready| ready.errors(instance)).unwrap_or_default()
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

#[cfg(feature = "schemas")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_every_type_compiles() {
        let mut failed = Vec::new();
        for type_name in formwork_schema::facts::type_names() {
            match formwork_schema::embedded::schema(type_name) {
                None => failed.push(format!("{type_name}: no schema")),
                Some(schema) => {
                    if let Err(error) = ready::build(rewrite::rewrite(&schema)) {
                        failed.push(format!("{type_name}: {error}"));
                    }
                }
            }
        }
        assert_eq!(failed, Vec::<String>::new());
    }
}
