//! The resource types that are known, and what was read of their schemas so far: what the checks of several templates share.

use std::collections::BTreeMap;
use std::sync::Arc;

use formwork_schema::embedded;
use formwork_schema::facts::Registry;

use crate::data::Store;
use crate::schema::Compiled;

/// Places of a type that only AWS sets.
pub(crate) struct Attributes {
    /// The names that `Fn::GetAtt` takes.
    pub(crate) names: Vec<String>,
    /// Places that only AWS sets, dotted.
    pub(crate) read_only: Vec<String>,
    /// Places that can be given, whatever `read_only` says: some types make up what is not.
    pub(crate) settable: Vec<String>,
}

/// The types that are known, and the schemas that were asked for so far.
#[derive(Default)]
pub(crate) struct Schemas {
    pub(crate) registry: Registry,
    /// Data on values beyond the schemas.
    pub(crate) data: Store,
    by_type: BTreeMap<String, Option<Arc<Compiled>>>,
}

impl Schemas {
    pub(crate) fn new(registry: Registry) -> Schemas {
        Schemas { registry, ..Schemas::default() }
    }

    /// Attributes of a type, and properties that cannot be given.
    pub(crate) fn attributes(&self, type_name: &str) -> Option<Attributes> {
        let facts = self.registry.of(type_name)?;
        let settable = facts.create_only().chain(facts.required()).map(str::to_owned).collect();
        let names = facts.attributes().map(str::to_owned).collect();
        Some(Attributes { names, read_only: facts.read_only().map(str::to_owned).collect(), settable })
    }

    /// The schema of a type, if it is known.
    pub(crate) fn get(&mut self, type_name: &str) -> Option<Arc<Compiled>> {
        if let Some(known) = self.by_type.get(type_name) {
            return known.clone();
        }
        let schema = self.registry.own(type_name).cloned().or_else(|| embedded::schema(type_name));
        let loaded = schema.map(|schema| Arc::new(Compiled::of(schema)));
        self.by_type.insert(type_name.to_owned(), loaded.clone());
        loaded
    }
}
