//! Published schemas of AWS or cfn-lint -> a snapshot.
//!
//! Three kinds of place (a folder, a zip archive, a URL of one) and two layouts in them: AWS's `CloudformationSchema.zip`
//! of us-east-1, one JSON file a type; and the data of the cfn-lint package, in which `providers/<region>.json` maps types
//! to hashes and `resources/<hash>.json` holds the schemas of all regions once.
//!
//! A URL is fetched with the system's `curl`: an import is rare, and a TLS stack would cost every build of this crate more
//! than the rest of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::Command;

use formwork_schema::SchemaError;
use formwork_schema::keywords::{self, Flavour};
use formwork_schema::snapshot::{self, REGION, Regions, Snapshot, Source};
use serde_json::Value;

use crate::CodegenError;

/// The place where schemas come from, and facts that the place itself may not tell.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A folder, a zip archive, or a URL of one.
    pub from: String,
    /// The day of publication, `2026-10-20`; else as the place says.
    pub date: Option<String>,
    /// Words for `origin` in SOURCE.toml; else the URL, or the name of the folder or the archive.
    pub origin: Option<String>,
}

/// JSON files by path, `/` between folders.
type Files = BTreeMap<String, Vec<u8>>;

/// A place, opened.
struct Opened {
    files: Files,
    /// The newest date of the archive's entries.
    date: Option<String>,
    origin: String,
}

/// Makes a snapshot. Of `previous` remain the patches and, when the place knows one region only, the other regions.
///
/// # Errors
///
/// When the place cannot be read, has no schemas, or has one with a keyword that is not known.
pub fn import(request: &Request, previous: Option<&Snapshot>) -> Result<Snapshot, CodegenError> {
    let opened = open(request)?;
    let place = PathBuf::from(&request.from);
    let prefix = opened.files.keys().find_map(|path| path.strip_suffix(&format!("providers/{REGION}.json")));
    let (schemas, regions, flavour, date) = match prefix.map(str::to_owned) {
        Some(prefix) => {
            let (schemas, regions) = cfn_lint(&opened.files, &prefix, &place)?;
            let date = opened.files.get(&format!("{prefix}version.json")).and_then(|bytes| {
                let version: Value = serde_json::from_slice(bytes).ok()?;
                Some(version.get("schema_date")?.as_str()?.get(..10)?.to_owned())
            });
            (schemas, regions, Flavour::CfnLint, date)
        }
        None => {
            let mut schemas = aws(&opened.files, &place)?;
            let mut regions = previous.map(|snapshot| snapshot.regions.clone()).unwrap_or_default();
            regions.set(REGION, schemas.keys().map(String::as_str));
            // Of what only other regions have, this archive says nothing.
            for (type_name, schema) in previous.into_iter().flat_map(|previous| &previous.schemas) {
                if regions.by_type.contains_key(type_name) && !schemas.contains_key(type_name) {
                    schemas.insert(type_name.clone(), schema.clone());
                }
            }
            (schemas, regions, Flavour::Aws, opened.date)
        }
    };
    for (type_name, schema) in &schemas {
        keywords::check(type_name, schema, flavour)?;
    }
    let date = request.date.clone().or(date).ok_or(CodegenError::NoDate { path: place })?;
    let snapshot = Snapshot {
        source: Source {
            origin: request.origin.clone().unwrap_or(opened.origin),
            date,
            sha256: snapshot::digest(&schemas),
            licence: match flavour {
                // AWS publishes its schemas in open repositories under it; cfn-lint's package is under it too.
                Flavour::Aws | Flavour::CfnLint => "MIT-0".to_owned(),
            },
            flavour,
        },
        schemas,
        regions,
        patches: previous.map(|snapshot| snapshot.patches.clone()).unwrap_or_default(),
    };
    snapshot.check_patches()?;
    Ok(snapshot)
}

fn open(request: &Request) -> Result<Opened, CodegenError> {
    if request.from.contains("://") {
        let archive = std::io::Cursor::new(download(&request.from)?);
        let opened = read_archive(Path::new(&request.from), archive)?;
        return Ok(Opened { origin: request.from.clone(), ..opened });
    }
    let path = Path::new(&request.from);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut opened = if path.is_dir() {
        let mut files = Files::new();
        read_folder(path, "", &mut files)?;
        Opened { files, date: None, origin: String::new() }
    } else {
        open_archive(path)?
    };
    opened.origin = name.unwrap_or_else(|| request.from.clone());
    Ok(opened)
}

fn cfn_lint(files: &Files, prefix: &str, place: &Path) -> Result<(BTreeMap<String, Value>, Regions), CodegenError> {
    let providers = format!("{prefix}providers/");
    let mut regions = Regions::default();
    let mut by_region: BTreeMap<(bool, &str), BTreeMap<String, String>> = BTreeMap::new();
    for (path, bytes) in files {
        let Some(region) = path.strip_prefix(&providers).and_then(|name| name.strip_suffix(".json")) else {
            continue;
        };
        // `sam.json` lists the types of another template language.
        if region == "sam" {
            continue;
        }
        let listed: BTreeMap<String, String> = match parse(path, bytes)? {
            Value::Object(entries) => {
                entries.into_iter().filter_map(|(name, hash)| Some((name, hash.as_str()?.to_owned()))).collect()
            }
            _ => return Err(not_a_schema(path, "expected a map from types to hashes")),
        };
        regions.set(region, listed.keys().map(String::as_str));
        by_region.insert((region != REGION, region), listed);
    }
    // `REGION` first, then by name.
    let mut schemas = BTreeMap::new();
    for (type_name, hash) in by_region.into_values().flatten() {
        if let Entry::Vacant(place) = schemas.entry(type_name) {
            let path = format!("{prefix}resources/{hash}.json");
            let bytes = files.get(&path).ok_or_else(|| not_a_schema(&path, "the file is missing"))?;
            place.insert(schema(&path, bytes)?.1);
        }
    }
    if !schemas.keys().any(|type_name| regions.by_type.get(type_name).is_some_and(|own| own.contains(REGION))) {
        return Err(CodegenError::NoSchemas {
            path: place.to_owned(),
            expected: "providers/us-east-1.json lists none",
        });
    }
    Ok((schemas, regions))
}

fn aws(files: &Files, place: &Path) -> Result<BTreeMap<String, Value>, CodegenError> {
    let mut schemas = BTreeMap::new();
    for (path, bytes) in files {
        let (type_name, schema) = schema(path, bytes)?;
        schemas.insert(type_name, schema);
    }
    if schemas.is_empty() {
        return Err(CodegenError::NoSchemas {
            path: place.to_owned(),
            expected: "neither providers/us-east-1.json nor a JSON file for each type",
        });
    }
    Ok(schemas)
}

fn schema(path: &str, bytes: &[u8]) -> Result<(String, Value), CodegenError> {
    let mut schema = parse(path, bytes)?;
    let type_name = schema.get("typeName").and_then(Value::as_str).map(str::to_owned);
    let type_name = type_name.ok_or_else(|| not_a_schema(path, "`typeName` is missing"))?;
    if type_name.split("::").count() != 3 {
        return Err(not_a_schema(path, &format!("`typeName` is `{type_name}`, expected three parts")));
    }
    if schema.get("properties").and_then(Value::as_object).is_none() {
        return Err(not_a_schema(path, "`properties` is missing"));
    }
    snapshot::sort_keys(&mut schema);
    Ok((type_name, schema))
}

fn parse(path: &str, bytes: &[u8]) -> Result<Value, CodegenError> {
    serde_json::from_slice(bytes).map_err(|error| not_a_schema(path, &error.to_string()))
}

fn not_a_schema(path: &str, reason: &str) -> CodegenError {
    SchemaError::NotASchema { file: path.to_owned(), reason: reason.to_owned() }.into()
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), CodegenError> {
    for entry in std::fs::read_dir(folder).map_err(|source| CodegenError::io(folder, source))? {
        let path = entry.map_err(|source| CodegenError::io(folder, source))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            read_folder(&path, &format!("{prefix}{name}/"), files)?;
        } else if name.ends_with(".json") {
            let bytes = std::fs::read(&path).map_err(|source| CodegenError::io(&path, source))?;
            files.insert(format!("{prefix}{name}"), bytes);
        }
    }
    Ok(())
}

fn open_archive(path: &Path) -> Result<Opened, CodegenError> {
    read_archive(path, std::fs::File::open(path).map_err(|source| CodegenError::io(path, source))?)
}

fn read_archive(path: &Path, archive: impl Read + Seek) -> Result<Opened, CodegenError> {
    let bad = |source| CodegenError::Archive { path: path.to_owned(), source };
    let mut archive = zip::ZipArchive::new(archive).map_err(bad)?;
    let mut opened = Opened { files: Files::new(), date: None, origin: String::new() };
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(bad)?;
        let name = entry.name().map_err(bad)?.into_owned();
        if !name.ends_with(".json") {
            continue;
        }
        let date =
            entry.last_modified().map(|time| format!("{:04}-{:02}-{:02}", time.year(), time.month(), time.day()));
        opened.date = opened.date.max(date);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|source| CodegenError::io(path, source))?;
        opened.files.insert(name, bytes);
    }
    Ok(opened)
}

/// The content that a server has, over https alone, also where it leads elsewhere.
fn download(url: &str) -> Result<Vec<u8>, CodegenError> {
    let failed = |reason: String| CodegenError::Download { url: url.to_owned(), reason };
    let output = Command::new("curl")
        .args(["-fsSL", "--proto", "=https", "--max-time", "300", "--", url])
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(output.stdout)
}
