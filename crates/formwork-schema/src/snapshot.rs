//! The snapshot: the schemas of all resource types of all regions, and which type exists in which region.
//!
//! ```text
//! schemas/
//!   SOURCE.toml                 where it came from, when, its digest, its licence
//!   regions.txt                 one line per type
//!   types/cloudfront.json.gz    the schemas of one service: {"AWS::CloudFront::Distribution": {…}, …}
//!   patches/*.json              corrections, applied when a schema is read
//!   extensions/*.txt.gz         what is known about values beyond the schemas, with a SOURCE.toml of its own
//! ```
//!
//! Keys are sorted and the compressed files hold no time, so that equal schemas give equal bytes and an update touches the
//! files of those services only that did change.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::SchemaError;
use crate::ir::service_of;
use crate::keywords::Flavour;
use crate::patch::Patch;

mod regions;
mod source;
mod texts;

pub use regions::Regions;
pub use source::Source;
pub use texts::{read_texts, write_texts};

/// The region whose schemas are taken; it has nearly all types. Those that it lacks come from the first region, by name,
/// that has them.
pub const REGION: &str = "us-east-1";

/// The folder of the schemas.
const TYPES: &str = "types";

/// Schemas with their origin, in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Their source.
    pub source: Source,
    /// The schemas as published, by type.
    pub schemas: BTreeMap<String, Value>,
    /// The regions in which each type exists.
    pub regions: Regions,
    /// Corrections, by file name.
    pub patches: Vec<Patch>,
}

impl Snapshot {
    /// Reads the snapshot in `root`, the folder `schemas/`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, is not of its form, or the digest does not fit.
    pub fn read(root: &Path) -> Result<Snapshot, SchemaError> {
        let source = Source::parse(&root.join("SOURCE.toml"), &read_text(&root.join("SOURCE.toml"))?)?;
        let regions = Regions::parse(&root.join("regions.txt"), &read_text(&root.join("regions.txt"))?)?;
        let mut schemas = BTreeMap::new();
        for path in files(&root.join(TYPES), ".json.gz")? {
            schemas.extend(read_service(&path)?);
        }
        let snapshot = Snapshot { source, schemas, regions, patches: read_patches(&root.join("patches"))? };
        let digest = digest(&snapshot.schemas);
        if digest != snapshot.source.sha256 {
            return Err(SchemaError::BadSnapshot {
                path: root.join("SOURCE.toml"),
                reason: format!("`sha256` is {}, the schemas give {digest}", snapshot.source.sha256),
            });
        }
        Ok(snapshot)
    }

    /// The schema of a type, patched; `None` when there is no such type.
    ///
    /// # Errors
    ///
    /// When a patch does not apply.
    pub fn schema(&self, type_name: &str) -> Result<Option<Value>, SchemaError> {
        let Some(schema) = self.schemas.get(type_name) else {
            return Ok(None);
        };
        let mut schema = schema.clone();
        for patch in self.patches.iter().filter(|patch| patch.type_name == type_name) {
            patch.apply(&mut schema)?;
        }
        Ok(Some(schema))
    }

    /// Applies every patch once, to see that it does.
    ///
    /// # Errors
    ///
    /// When one does not, or is for a type that there is not.
    pub fn check_patches(&self) -> Result<(), SchemaError> {
        for patch in &self.patches {
            if self.schema(&patch.type_name)?.is_none() {
                return Err(SchemaError::BadPatch {
                    patch: patch.name.clone(),
                    reason: format!("there is no type `{}` in the snapshot", patch.type_name),
                });
            }
        }
        Ok(())
    }

    /// The services, each with its types, both sorted.
    pub fn services(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for type_name in self.schemas.keys() {
            services.entry(service_of(type_name)).or_default().push(type_name);
        }
        services
    }

    /// Writes the snapshot into `root`, patches apart, and removes the files of services that are no more.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), SchemaError> {
        let folder = root.join(TYPES);
        std::fs::create_dir_all(&folder).map_err(|source| io(&folder, source))?;
        let mut kept = BTreeSet::new();
        for (service, types) in self.services() {
            let path = folder.join(format!("{}.json.gz", service.to_ascii_lowercase()));
            let content: BTreeMap<&str, &Value> =
                types.iter().filter_map(|name| Some((*name, self.schemas.get(*name)?))).collect();
            let bytes = compress(&to_canonical(&content)).map_err(|source| io(&path, source))?;
            write_if_new(&path, &bytes)?;
            kept.insert(path);
        }
        for path in files(&folder, ".json.gz")? {
            if !kept.contains(&path) {
                std::fs::remove_file(&path).map_err(|source| io(&path, source))?;
            }
        }
        write_if_new(&root.join("regions.txt"), self.regions.to_text().as_bytes())?;
        write_if_new(&root.join("SOURCE.toml"), self.source.to_text().as_bytes())
    }
}

/// The digest over all schemas: the same for the same schemas, in whatever archive they came.
pub fn digest(schemas: &BTreeMap<String, Value>) -> String {
    let mut hash = Sha256::new();
    for (type_name, schema) in schemas {
        hash.update(type_name.as_bytes());
        hash.update(b"\n");
        hash.update(to_canonical(schema));
        hash.update(b"\n");
    }
    hexadecimal(hash)
}

/// The digest of a file.
pub fn sha256(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same value with all keys sorted.
pub fn sort_keys(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.sort_keys();
            entries.values_mut().for_each(sort_keys);
        }
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        _ => {}
    }
}

/// The flavour as it stands in SOURCE.toml.
pub(crate) fn flavour_name(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Aws => "aws",
        Flavour::CfnLint => "cfn-lint",
    }
}

fn to_canonical<T: Canonical + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

/// Compact JSON; the keys of schemas in a snapshot are sorted already.
trait Canonical {
    fn write(&self, out: &mut Vec<u8>);
}

impl Canonical for Value {
    fn write(&self, out: &mut Vec<u8>) {
        // Writing a `Value` to a `Vec` cannot fail.
        let _ = serde_json::to_writer(out, self);
    }
}

impl Canonical for BTreeMap<&str, &Value> {
    fn write(&self, out: &mut Vec<u8>) {
        // A line a type, for whoever unpacks the file and looks.
        out.extend_from_slice(b"{\n");
        for (index, (name, schema)) in self.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b",\n");
            }
            let _ = serde_json::to_writer(&mut *out, name);
            out.push(b':');
            schema.write(out);
        }
        out.extend_from_slice(b"\n}\n");
    }
}

fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    out.write_all(bytes)?;
    out.finish()
}

fn read_service(path: &Path) -> Result<BTreeMap<String, Value>, SchemaError> {
    let file = std::fs::File::open(path).map_err(|source| io(path, source))?;
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut text).map_err(|source| io(path, source))?;
    let bad = |reason: String| SchemaError::BadSnapshot { path: path.to_owned(), reason };
    match serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))? {
        Value::Object(entries) => Ok(entries.into_iter().collect()),
        _ => Err(bad("not an object".to_owned())),
    }
}

fn read_patches(folder: &Path) -> Result<Vec<Patch>, SchemaError> {
    files(folder, ".json")?
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Patch::from_json(&name, &read_text(&path)?)
        })
        .collect()
}

/// The files of a folder whose names end so, sorted; none when there is no such folder.
fn files(folder: &Path, suffix: &str) -> Result<Vec<PathBuf>, SchemaError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| io(folder, source))? {
        let path = entry.map_err(|source| io(folder, source))?.path();
        if path.to_string_lossy().ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read_text(path: &Path) -> Result<String, SchemaError> {
    std::fs::read_to_string(path).map_err(|source| io(path, source))
}

fn write_if_new(path: &Path, bytes: &[u8]) -> Result<(), SchemaError> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    std::fs::write(path, bytes).map_err(|source| io(path, source))
}

fn io(path: &Path, source: std::io::Error) -> SchemaError {
    SchemaError::Io { path: path.to_owned(), source }
}
