//! Facts of AWS's service specification for the CDK beyond the schemas: what `Ref` gives, what `Fn::GetAtt` takes besides
//! read-only properties, and which changes replace.
//!
//! The specification is the file `db.json.gz` of the npm package `@aws-cdk/aws-service-spec`. Of it, `schemas/overlay/`
//! keeps what the schemas of the snapshot do not say, a line a fact:
//!
//! ```text
//! AWS::EC2::EIP ref PublicIp
//! AWS::SNS::Topic attribute TopicName
//! AWS::CertificateManager::Certificate replaces ValidationMethod
//! AWS::CodeBuild::Project updates Description
//! AWS::SQS::Queue name QueueName
//! ```
//!
//! Of what a change does, it has the properties where schema and specification say different things; of a type without handlers,
//! whose schema does not list what it replaces, it has every property.
//!
//! A name is told by the form of the ARN: where a name is all that tells one ARN of the type from another in an account's
//! region, there is one thing of that name.
//!
//! Of attributes it has CloudFormation's own list of properties that `Fn::GetAtt` takes for types from before the registry
//! (`sources/CloudFormationGetAttAllowList` of the repository `cdklabs/awscdk-service-spec`, whose README says that the list is
//! complete and closed: no new type can be added), what AWS's published schemas call read-only, and what the documentation
//! lists under "Return values".

use std::io::Read as _;
use std::path::Path;

use formwork_schema::SchemaError;
use formwork_schema::read;
use formwork_schema::snapshot::{self, Snapshot};
use serde_json::Value;

use crate::CodegenError;

/// The specification as it was published.
#[derive(Debug)]
pub struct Specification {
    /// The file's content.
    pub content: Value,
    /// The digest of the file.
    pub sha256: String,
}

/// Reads `db.json.gz`.
///
/// # Errors
///
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Specification, CodegenError> {
    let bytes = std::fs::read(path).map_err(|source| CodegenError::io(path, source))?;
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice())
        .read_to_end(&mut text)
        .map_err(|source| CodegenError::io(path, source))?;
    let content = serde_json::from_slice(&text)
        .map_err(|error| not_a_specification(&path.to_string_lossy(), &error.to_string()))?;
    Ok(Specification { content, sha256: snapshot::sha256(&bytes) })
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
        lines.extend(name(resource, &schema).map(|property| format!("{type_name} name {property}")));
        let handlers = schema.get("handlers").and_then(Value::as_object).filter(|handlers| !handlers.is_empty());
        if handlers.is_some_and(|handlers| !handlers.contains_key("update")) {
            // Any change replaces it.
            continue;
        }
        for (name, property) in resource.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let listed = listed(&schema, name);
            let word = match (property.get("causesReplacement").and_then(Value::as_str), handlers) {
                (Some("yes"), None) if listed < Listed::Itself => "replaces",
                (Some("maybe"), None) if listed < Listed::Itself => "may-replace",
                (Some("yes"), Some(_)) if listed == Listed::No => "replaces",
                (Some("maybe"), Some(_)) if listed == Listed::No => "may-replace",
                (Some("no") | None, None) => "updates",
                (Some("no") | None, Some(_)) if listed == Listed::CreateOnly => "updates",
                _ => continue,
            };
            lines.push(format!("{type_name} {word} {name}"));
        }
    }
    lines.sort();
    Ok(lines.iter().fold(String::new(), |text, line| text + line + "\n"))
}

/// Attributes of the specification of which only what is inside can be asked for: `Outputs.Name`.
const ASKED_BY_NAME: &[(&str, &str)] = &[("AWS::CloudFormation::Stack", "Outputs")];

/// True if the schema's read-only places give the attribute: itself, what it is inside of, or what is inside of it.
fn is_read_only(schema: &Value, attribute: &str) -> bool {
    let is_inside = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    let places = schema.get("readOnlyProperties").and_then(Value::as_array).into_iter().flatten();
    places
        .filter_map(Value::as_str)
        .map(|pointer| read::segments(pointer).join("."))
        .any(|place| place == attribute || is_inside(&place, attribute) || is_inside(attribute, &place))
}

/// Place of a property in the schema's lists of those whose change replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Listed {
    /// Not at all.
    No,
    /// A place inside of it is listed.
    Inside,
    /// It may replace, or it is part of the primary identifier.
    Itself,
    /// It replaces.
    CreateOnly,
}

fn listed(schema: &Value, property: &str) -> Listed {
    let lists = [
        ("createOnlyProperties", Listed::CreateOnly),
        ("conditionalCreateOnlyProperties", Listed::Itself),
        ("primaryIdentifier", Listed::Itself),
    ];
    let mut found = Listed::No;
    for (list, level) in lists {
        for pointer in schema.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            let names = read::segments(pointer);
            if names.first().is_some_and(|first| first == property) {
                found = found.max(if names.len() == 1 { level } else { Listed::Inside });
            }
        }
    }
    found
}

/// The property that names a thing of the type: create-only, called as the type is, and alone in the form of its ARN.
fn name<'s>(resource: &Value, schema: &'s Value) -> Option<&'s str> {
    let form = resource.get("arnTemplate").and_then(Value::as_str)?;
    let mut parts = form.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    let mut own = parts.by_ref().filter(|part| !["Partition", "Region", "Account"].contains(part));
    let part = own.next()?;
    if own.next().is_some() || is_given(schema, "primaryIdentifier") {
        return None;
    }
    let kind = resource.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_name = |property: &&str| {
        // What the form calls an identifier can be one that AWS draws.
        let ends = |end: &str| property.strip_suffix(end).is_some_and(|what| kind.ends_with(what));
        *property == part || part.ends_with("Name") && (ends("Name") || ends("Identifier"))
    };
    let create_only = schema.get("createOnlyProperties").and_then(Value::as_array)?;
    let mut names =
        create_only.iter().filter_map(|pointer| pointer.as_str()?.strip_prefix("/properties/")).filter(is_name);
    names.next()
}

/// True if no place of a list is read-only, so that a template gives every part.
fn is_given(schema: &Value, list: &str) -> bool {
    let places = schema.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    places.map(|pointer| read::segments(pointer).join(".")).all(|place| !is_read_only(schema, &place))
}

fn not_a_specification(file: &str, reason: &str) -> CodegenError {
    SchemaError::NotASchema { file: file.to_owned(), reason: reason.to_owned() }.into()
}
