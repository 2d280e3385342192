//! A user's own schemas ([`formwork_schema::own`]) as modules of the user's crate.
//!
//! ```text
//! <crate>/schemas/*.json                              one registry schema a file
//! <crate>/src/generated/mod.rs                        one module per service
//! <crate>/src/generated/<service>/{mod,<type>}.rs     as in the shards of formwork-resources
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use formwork_schema::SchemaError;
use formwork_schema::ir::{Resource, service_of};
use formwork_schema::keywords::{self, Flavour};
use formwork_schema::own::Schema;
use formwork_schema::read;

use crate::emit::Target;
use crate::{CodegenError, emit, features, generate, names};

/// The files that the schemas give, by their paths below `src/generated`.
///
/// # Errors
///
/// All that is wrong: constructs without a rule, with the file, the type and the place; services that would share a module.
pub fn files(schemas: &[Schema]) -> Result<BTreeMap<PathBuf, String>, Vec<CodegenError>> {
    let mut services: BTreeMap<String, Vec<Resource>> = BTreeMap::new();
    let mut errors = Vec::new();
    for Schema { path, type_name, schema } in schemas {
        // What cfn-lint adds to AWS's keywords is known too.
        let known = keywords::check(type_name, schema, Flavour::CfnLint);
        match known.and_then(|()| read::resource(type_name, schema)) {
            Ok(resource) => {
                services.entry(names::snake(&features::module_of(resource.service()))).or_default().push(resource)
            }
            Err(source) => errors.push(SchemaError::Own { path: path.clone(), source: Box::new(source) }.into()),
        }
    }
    let mut files = BTreeMap::new();
    let mut modules = Vec::new();
    for (module, mut resources) in services {
        resources.sort_by(|one, other| one.type_name.cmp(&other.type_name));
        let prefix = |resource: &Resource| resource.type_name.rsplit_once("::").map(|(prefix, _)| prefix.to_owned());
        let Some(first) = resources.first() else { continue };
        if let Some(other) = resources.iter().find(|other| prefix(other) != prefix(first)) {
            errors.push(CodegenError::SameModule { one: first.type_name.clone(), other: other.type_name.clone() });
            continue;
        }
        let service = prefix(first).unwrap_or_default();
        for (file, text) in generate::one_service(Target::OWN, &service, &resources) {
            files.insert(PathBuf::from(&module).join(file), text);
        }
        modules.push(module);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
    files.insert("mod.rs".into(), emit::own_root(&modules));
    Ok(files)
}

/// The path of a resource type in the crate whose schemas these are: `Acme::Mail::Box` is `generated::mail::BoxResource`.
pub fn path(type_name: &str) -> String {
    let service = names::snake(&features::module_of(service_of(type_name)));
    format!("generated::{service}::{}", names::resource_type(type_name.rsplit("::").next().unwrap_or(type_name)))
}

/// The files in `folder` that are not as expected: those to write, and those of an earlier run to remove.
///
/// # Errors
///
/// When a file is in the way that was not generated, or one cannot be read.
pub fn stale(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>, CodegenError> {
    let mut present = Vec::new();
    crate::workspace::list(folder, &mut present)?;
    let mut stale: Vec<PathBuf> = files.keys().filter(|path| !folder.join(path).exists()).cloned().collect();
    for path in present {
        let text = fs::read_to_string(&path).map_err(|source| CodegenError::io(&path, source))?;
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let expected = files.get(below);
        if expected.is_some_and(|expected| *expected == text || *expected == text.replace("\r\n", "\n")) {
            continue;
        }
        if !text.starts_with(Target::OWN.origin) {
            // Somebody's own file beside the generated ones stays; in the place of one it is not overwritten.
            match expected {
                Some(_) => return Err(CodegenError::InTheWay { path }),
                None => continue,
            }
        }
        stale.push(below.to_owned());
    }
    stale.sort();
    Ok(stale)
}

/// Writes and removes what is stale.
///
/// # Errors
///
/// When a file cannot be written or removed.
pub fn write(folder: &Path, files: &BTreeMap<PathBuf, String>, stale: &[PathBuf]) -> Result<(), CodegenError> {
    for path in stale {
        let whole = folder.join(path);
        match files.get(path) {
            Some(text) => crate::workspace::write_file(&whole, text)?,
            None => fs::remove_file(&whole).map_err(|source| CodegenError::io(&whole, source))?,
        }
    }
    Ok(())
}
