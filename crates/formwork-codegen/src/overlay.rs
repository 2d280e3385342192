//! What AWS's service specification for the CDK knows beyond the schemas: what `Ref` gives, what `Fn::GetAtt` takes besides
//! read-only properties, and which changes replace.
//!
//! The specification is the file `db.json.gz` of the npm package `@aws-cdk/aws-service-spec`. Of it, `schemas/overlay/`
//! keeps what the schemas of the snapshot do not say, a line a fact:
//!
//! ```text
//! AWS::EC2::EIP ref PublicIp
//! AWS::SNS::Topic attribute TopicName
//! AWS::CertificateManager::Certificate replaces ValidationMethod
//! ```
//!
//! Of attributes it has CloudFormation's own list of properties that `Fn::GetAtt` takes for types from before the registry
//! (`sources/CloudFormationGetAttAllowList` of the repository `cdklabs/awscdk-service-spec`, whose README says that the list is
//! complete and closed: no new type can be added), what AWS's published schemas call read-only, and what the documentation
//! lists under "Return values".

use std::io::Read as _;
use std::path::Path;

use formwork_schema::SchemaError;
use formwork_schema::read;
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
        for (name, attribute) in resource.get("attributes").and_then(Value::as_object).into_iter().flatten() {
            let is_documented =
                attribute.get("documentation").and_then(Value::as_str).is_some_and(|doc| !doc.is_empty());
            // What is neither is the name of a time when schemas were other ones, such as `Id`.
            let is_there = is_documented || schema.get("properties").and_then(|all| all.get(name)).is_some();
            if is_there && !is_read_only(&schema, name) && !ASKED_BY_NAME.contains(&(type_name, name)) {
                lines.push(format!("{type_name} attribute {name}"));
            }
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

/// What the specification takes for an attribute, though only what is inside of it can be asked for: `Outputs.Name`.
const ASKED_BY_NAME: &[(&str, &str)] = &[("AWS::CloudFormation::Stack", "Outputs")];

/// Whether the schema's read-only places give the attribute: itself, what it is inside of, or what is inside of it.
fn is_read_only(schema: &Value, attribute: &str) -> bool {
    let is_inside = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    let places = schema.get("readOnlyProperties").and_then(Value::as_array).into_iter().flatten();
    places
        .filter_map(Value::as_str)
        .map(|pointer| read::segments(pointer).join("."))
        .any(|place| place == attribute || is_inside(&place, attribute) || is_inside(attribute, &place))
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
