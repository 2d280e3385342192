//! The types that a program knows: those of the snapshot, and a user's own, as an account's registry has public and private ones.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{Row, TypeFacts};
use crate::SchemaError;
use crate::own::Schema;

/// AWS's types, and a user's own: private ones, or such as are newer than the snapshot. A type that is in both is the user's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    own: BTreeMap<String, Own>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    /// The file from which its schema was read.
    path: PathBuf,
    /// Its facts, as a line of the table.
    line: String,
    schema: Value,
}

impl Registry {
    /// Knows AWS's types and no other.
    pub const fn new() -> Registry {
        Registry { own: BTreeMap::new() }
    }

    /// Knows this type too.
    ///
    /// # Errors
    ///
    /// When the schema has something that there is no rule for, or contradicts the one that is known of the type: an account has one.
    pub fn add(&mut self, own: Schema) -> Result<(), SchemaError> {
        let Schema { path, type_name, schema } = own;
        if let Some(known) = self.own.get(&type_name) {
            return match known.schema == schema {
                true => Ok(()),
                false => Err(SchemaError::SameType { type_name, one: known.path.clone(), other: path }),
            };
        }
        // In which regions it is registered is not to be seen from the schema.
        match (Row { type_name: &type_name, schema: &schema, regions: Vec::new() }).line() {
            Ok(line) => {
                self.own.insert(type_name, Own { path, line, schema });
                Ok(())
            }
            Err(source) => Err(SchemaError::Own { path, source: Box::new(source) }),
        }
    }

    /// The facts of a type; `None` when it is neither AWS's nor the user's.
    pub fn of(&self, type_name: &str) -> Option<TypeFacts<'_>> {
        match self.own.get(type_name) {
            Some(own) => Some(TypeFacts::new(&own.line)),
            None => super::of(type_name),
        }
    }

    /// The user's schema of a type.
    pub fn own(&self, type_name: &str) -> Option<&Value> {
        self.own.get(type_name).map(|own| &own.schema)
    }

    /// The names of all types: the user's, then AWS's, each sorted.
    pub fn type_names(&self) -> impl Iterator<Item = &str> {
        let aws = super::type_names().map(|name| -> &str { name });
        self.own.keys().map(String::as_str).chain(aws.filter(|name| !self.own.contains_key(*name)))
    }
}
