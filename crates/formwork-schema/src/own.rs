//! A user's own schemas: registry schemas of private types, or of AWS's that are newer than the snapshot. One a file, all in one
//! folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::SchemaError;

/// A user's schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The file it was read from.
    pub path: PathBuf,
    /// The resource type, such as `Acme::Storage::Vault`.
    pub type_name: String,
    /// The registry schema.
    pub schema: Value,
}

/// The schemas in a folder: every file whose name ends in `.json`, in the order of names.
///
/// # Errors
///
/// All that is wrong: files that cannot be read or are not registry schemas, a type in two files.
pub fn schemas(folder: &Path) -> Result<Vec<Schema>, Vec<SchemaError>> {
    let failed = |path: &Path, source| SchemaError::Io { path: path.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(|source| vec![failed(folder, source)])?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut found: Vec<Schema> = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let read = fs::read(&path).map_err(|source| failed(&path, source)).and_then(|text| schema(&path, &text));
        match read {
            Err(error) => errors.push(error),
            Ok(schema) => match found.iter().find(|other| other.type_name == schema.type_name) {
                None => found.push(schema),
                Some(other) => errors.push(SchemaError::SameType {
                    type_name: schema.type_name,
                    one: other.path.clone(),
                    other: path,
                }),
            },
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

fn schema(path: &Path, text: &[u8]) -> Result<Schema, SchemaError> {
    let refused = |reason: String| SchemaError::NotASchema { file: path.display().to_string(), reason };
    let schema: Value = serde_json::from_slice(text).map_err(|error| refused(format!("it is not JSON: {error}")))?;
    let type_name = schema.get("typeName").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_part = |part: &&str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    if type_name.split("::").count() != 3 || !type_name.split("::").all(|part| is_part(&part)) {
        let reason = "its `typeName` is not of the form `Organization::Service::Resource`";
        return Err(refused(reason.to_owned()));
    }
    Ok(Schema { path: path.to_owned(), type_name, schema })
}
