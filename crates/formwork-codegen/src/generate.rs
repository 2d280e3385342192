//! Snapshot -> texts by file name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use formwork_schema::facts::{self, Row};
use formwork_schema::ir::{Resource, service_of};
use formwork_schema::read;
use formwork_schema::snapshot::Snapshot;

use crate::emit::{self, File, Module, Target};
use crate::shared::shared;
use crate::{CodegenError, names};

/// The result of the generation.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The sources of all services, by path: `<service>/<type>.rs`.
    pub resources: BTreeMap<PathBuf, String>,
    /// The services in it, as AWS writes them, sorted by module name.
    pub services: Vec<String>,
}

/// Generates the Rust sources of some services.
///
/// # Errors
///
/// When a schema has a construct without a rule, a patch does not apply, or a service is not in the snapshot.
pub fn generate(snapshot: &Snapshot, services: &[&str]) -> Result<Output, CodegenError> {
    let known = snapshot.services();
    let mut output = Output::default();
    let mut modules: BTreeMap<String, &str> = BTreeMap::new();
    for service in services {
        let types =
            known.get(service).ok_or_else(|| CodegenError::UnknownService { service: (*service).to_owned() })?;
        let module = service.to_ascii_lowercase();
        if let Some(other) = modules.insert(module.clone(), service) {
            return Err(CodegenError::SameModule { one: other.to_owned(), other: (*service).to_owned() });
        }
        let resources = types.iter().map(|type_name| resource(snapshot, type_name)).collect::<Result<Vec<_>, _>>()?;
        for (file, text) in one_service(Target::SHARD, service, &resources) {
            output.resources.insert(PathBuf::from(&module).join(file), text);
        }
    }
    output.services = modules.into_values().map(str::to_owned).collect();
    Ok(output)
}

/// The files of one service, by name.
pub fn one_service(target: Target, service: &str, resources: &[Resource]) -> BTreeMap<String, String> {
    let names = module_names(resources.iter().map(Resource::name));
    let files: Vec<File> = resources.iter().map(emit::resource).collect();
    let mut texts = BTreeMap::new();
    let mut modules = Vec::new();
    for (place, origins) in shared(&files).into_iter().enumerate() {
        let elsewhere = origins.into_iter().map(|(name, origin)| (name, names[origin].as_str())).collect();
        texts.insert(format!("{}.rs", names[place]), files[place].text(target, &elsewhere));
        modules.push(Module {
            type_name: resources[place].type_name.clone(),
            name: names[place].clone(),
            exports: files[place].exports.clone(),
        });
    }
    modules.sort_by(|one, other| one.name.cmp(&other.name));
    texts.insert("mod.rs".to_owned(), emit::service(target, service, &modules));
    texts
}

/// The modules of the resource types of a service, from all their names (`SecurityGroup`) in the order of names.
pub fn module_names<'n>(resources: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut taken = BTreeSet::from(["mod".to_owned()]);
    resources.map(|name| names::unique(names::snake(name), &mut taken)).collect()
}

/// One resource type, read from its patched schema.
///
/// # Errors
///
/// When its schema cannot be read.
pub fn resource(snapshot: &Snapshot, type_name: &str) -> Result<Resource, CodegenError> {
    let schema = snapshot
        .schema(type_name)?
        .ok_or_else(|| CodegenError::UnknownService { service: service_of(type_name).to_owned() })?;
    Ok(read::resource(type_name, &schema)?)
}

/// All resource types, by name.
///
/// # Errors
///
/// When a schema cannot be read.
pub fn resources(snapshot: &Snapshot) -> Result<Vec<Resource>, CodegenError> {
    snapshot.schemas.keys().map(|type_name| resource(snapshot, type_name)).collect()
}

/// The table of facts of all types, for `formwork-schema`.
///
/// # Errors
///
/// When a schema cannot be read.
pub fn facts_table(snapshot: &Snapshot) -> Result<String, CodegenError> {
    let regions: Vec<&str> = snapshot.regions.known.iter().map(String::as_str).collect();
    let mut schemas = Vec::new();
    for type_name in snapshot.schemas.keys() {
        if let Some(schema) = snapshot.schema(type_name)? {
            schemas.push((type_name, schema));
        }
    }
    let none = BTreeSet::new();
    let rows: Vec<Row<'_>> = schemas
        .iter()
        .map(|(type_name, schema)| {
            let own = snapshot.regions.by_type.get(*type_name).unwrap_or(&none);
            Row { type_name, schema, regions: regions.iter().map(|region| own.contains(*region)).collect() }
        })
        .collect();
    Ok(facts::rows(&snapshot.source.date, &regions, &rows)?)
}
