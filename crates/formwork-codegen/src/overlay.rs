//! What AWS's service specification for the CDK knows beyond the schemas: what `Ref` gives, and which changes replace.
//!
//! The specification is the file `db.json.gz` of the npm package `@aws-cdk/aws-service-spec`. Of it, `schemas/overlay/`
//! keeps what the schemas of the snapshot do not say, a line a fact:
//!
//! ```text
//! AWS::EC2::EIP ref PublicIp
//! AWS::CertificateManager::Certificate replaces ValidationMethod
//! ```

use std::io::Read as _;
use std::path::Path;

use formwork_schema::SchemaError;
use formwork_schema::snapshot::Snapshot;
use serde_json::Value;

use crate::CodegenError;

/// Reads `db.json.gz`.
///
/// # Errors
///
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Value, CodegenError> {
    let file = std::fs::File::open(path).map_err(|source| CodegenError::io(path, source))?;
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut text).map_err(|source| CodegenError::io(path, source))?;
    serde_json::from_slice(&text).map_err(|error| not_a_specification(&path.to_string_lossy(), &error.to_string()))
}

/// The lines of the overlay, sorted.
///
/// # Errors
///
/// When the specification is not of the form that is known, or a patch of the snapshot does not apply.
pub fn text(specification: &Value, snapshot: &Snapshot) -> Result<String, CodegenError> {
    let resources = specification.pointer("/schema/resource/entities").and_then(Value::as_array);
    let resources = resources.ok_or_else(|| not_a_specification("db.json", "`schema.resource.entities` is missing"))?;
    let mut lines = Vec::new();
    for resource in resources {
        let type_name = resource.get("cloudFormationType").and_then(Value::as_str).unwrap_or_default();
        let Some(schema) = snapshot.schema(type_name)? else { continue };
        if let Some(parts) = resource.get("cfnRefIdentifier").and_then(Value::as_array) {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            lines.push(format!("{type_name} ref {}", parts.join("|")));
        }
        let handlers = schema.get("handlers").and_then(Value::as_object);
        if handlers.is_some_and(|handlers| !handlers.contains_key("update")) {
            // Any change replaces it.
            continue;
        }
        for (name, property) in resource.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let word = match property.get("causesReplacement").and_then(Value::as_str) {
                Some("yes") => "replaces",
                Some("maybe") => "may-replace",
                _ => continue,
            };
            if !says_so_itself(&schema, name) {
                lines.push(format!("{type_name} {word} {name}"));
            }
        }
    }
    lines.sort();
    Ok(lines.iter().fold(String::new(), |text, line| text + line + "\n"))
}

/// Whether the schema lists the property, or a place inside of it, among those whose change replaces.
fn says_so_itself(schema: &Value, property: &str) -> bool {
    ["createOnlyProperties", "conditionalCreateOnlyProperties", "primaryIdentifier"]
        .iter()
        .filter_map(|list| schema.get(*list)?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .any(|pointer| pointer.split('/').nth(2) == Some(property))
}

fn not_a_specification(file: &str, reason: &str) -> CodegenError {
    SchemaError::NotASchema { file: file.to_owned(), reason: reason.to_owned() }.into()
}
