//! Counts of what was generated, and of what the types do not say of the schemas.

use std::collections::BTreeSet;

use formwork_schema::ir::Resource;
use formwork_schema::snapshot::Snapshot;
use serde_json::json;

use crate::{CodegenError, generate};

/// Counts over all types of the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Resource types.
    pub types: usize,
    /// Services.
    pub services: usize,
    /// Nested structs; with the resources' own structs that is `types` more.
    pub structs: usize,
    /// Settable fields, nested ones included.
    pub properties: usize,
    /// Attributes, `Ref` not counted.
    pub attributes: usize,
    /// Enums.
    pub enums: usize,
    /// Enums of alternatives.
    pub unions: usize,
    /// Type, path, reason of every place that the types say less about than the schema.
    pub widened: Vec<(String, String, &'static str)>,
}

impl Stats {
    /// Counts.
    ///
    /// # Errors
    ///
    /// When a schema cannot be read.
    pub fn of(snapshot: &Snapshot) -> Result<Stats, CodegenError> {
        Stats::of_types(snapshot, snapshot.schemas.keys())
    }

    /// Counts the types of one region.
    ///
    /// # Errors
    ///
    /// When a schema cannot be read, or nothing is known of the region.
    pub fn of_region(snapshot: &Snapshot, region: &str) -> Result<Stats, CodegenError> {
        if !snapshot.regions.known.contains(region) {
            return Err(CodegenError::UnknownRegion { region: region.to_owned() });
        }
        let has_it = |type_name: &&String| {
            snapshot.regions.by_type.get(*type_name).is_some_and(|regions| regions.contains(region))
        };
        Stats::of_types(snapshot, snapshot.schemas.keys().filter(has_it))
    }

    fn of_types<'s>(snapshot: &Snapshot, types: impl Iterator<Item = &'s String>) -> Result<Stats, CodegenError> {
        let mut stats = Stats::default();
        let mut services = BTreeSet::new();
        for type_name in types {
            let resource = generate::resource(snapshot, type_name)?;
            services.insert(resource.service().to_owned());
            stats.add(&resource);
        }
        stats.services = services.len();
        Ok(stats)
    }

    fn add(&mut self, resource: &Resource) {
        self.types += 1;
        self.structs += resource.structs.len();
        self.unions += resource.unions.len();
        self.enums += resource.enums.len();
        self.attributes += resource.attributes.len();
        self.properties += resource.properties.len();
        self.properties += resource.structs.iter().map(|nested| nested.properties.len()).sum::<usize>();
        let alternatives = resource.unions.iter().flat_map(|union| &union.alternatives);
        self.properties += alternatives.filter(|alternative| alternative.key.is_some()).count();
        let widened = resource.widened.iter();
        self.widened.extend(widened.map(|widened| (resource.type_name.clone(), widened.path.clone(), widened.reason)));
    }

    /// As one JSON document.
    pub fn to_json(&self) -> String {
        let widened: Vec<_> = self
            .widened
            .iter()
            .map(|(type_name, path, reason)| json!({"type": type_name, "path": path, "reason": reason}))
            .collect();
        json!({
            "types": self.types,
            "structs": self.structs,
            "properties": self.properties,
            "attributes": self.attributes,
            "enums": self.enums,
            "unions": self.unions,
            "widened": widened,
        })
        .to_string()
    }
}

impl std::fmt::Display for Stats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:>7} resource types of {} services", self.types, self.services)?;
        writeln!(f, "{:>7} nested structs", self.structs)?;
        writeln!(f, "{:>7} settable properties", self.properties)?;
        writeln!(f, "{:>7} attributes", self.attributes)?;
        writeln!(f, "{:>7} enums", self.enums)?;
        writeln!(f, "{:>7} unions", self.unions)?;
        write!(f, "{:>7} places typed less exactly than their schema", self.widened.len())
    }
}
