//! Every keyword of a registry schema that is known. One that is not stops the import: it could carry a meaning that the
//! types, the facts or the validation would silently miss.

use serde_json::Value;

use crate::SchemaError;

/// The source of a snapshot's schemas; it decides which keywords may be in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// AWS's own `CloudformationSchema.zip`.
    Aws,
    /// The data of the cfn-lint package: AWS's schemas with corrections and some keywords more.
    CfnLint,
}

/// Keywords of the whole schema, not of a value. Source: CloudFormation CLI User Guide, "Resource type schema".
const TYPE: &[&str] = &[
    "$id",
    "$schema",
    "additionalIdentifiers",
    "conditionalCreateOnlyProperties",
    "createOnlyProperties",
    "deprecatedProperties",
    "documentationUrl",
    "handlers",
    "nonPublicDefinitions",
    "nonPublicProperties",
    "primaryIdentifier",
    "propertyTransform",
    "readOnlyProperties",
    "remote",
    "replacementStrategy",
    "resourceLink",
    "sourceUrl",
    "taggable",
    "tagging",
    "typeConfiguration",
    "typeName",
    "writeOnlyProperties",
];

/// Keywords of the whole schema that cfn-lint adds.
const TYPE_CFN_LINT: &[&str] = &["lifecycle"];

/// Keywords of any value.
const VALUE: &[&str] = &[
    "$comment",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "arrayType",
    "const",
    "default",
    "definitions",
    "dependencies",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "insertionOrder",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "relationshipRef",
    "required",
    "then",
    "title",
    "type",
    "uniqueItems",
];

/// Keywords of any value that cfn-lint adds. `dependentRequired` and `prefixItems` are of a later draft of JSON Schema than
/// AWS uses.
const VALUE_CFN_LINT: &[&str] = &[
    "dependentExcluded",
    "dependentRequired",
    "enumCaseInsensitive",
    "maxUniqueItems",
    "prefixItems",
    "requiredOr",
    "requiredXor",
    "uniqueKeys",
];

/// True if a keyword is about the whole schema and not about a value, in either flavour.
pub fn is_of_type(keyword: &str) -> bool {
    TYPE.contains(&keyword) || TYPE_CFN_LINT.contains(&keyword)
}

/// Holds a whole schema against the known keywords of `flavour`.
///
/// # Errors
///
/// At the first keyword that is not known, with its place.
pub fn check(type_name: &str, schema: &Value, flavour: Flavour) -> Result<(), SchemaError> {
    walk(type_name, schema, &mut String::new(), flavour, true)
}

fn walk(
    type_name: &str,
    schema: &Value,
    path: &mut String,
    flavour: Flavour,
    is_root: bool,
) -> Result<(), SchemaError> {
    let Value::Object(entries) = schema else {
        return Ok(());
    };
    let more = flavour == Flavour::CfnLint;
    for (keyword, value) in entries {
        let word = keyword.as_str();
        let of_type = TYPE.contains(&word) || (more && TYPE_CFN_LINT.contains(&word));
        let of_value = VALUE.contains(&word) || (more && VALUE_CFN_LINT.contains(&word));
        if !(of_value || (is_root && of_type)) {
            return Err(SchemaError::UnknownConstruct {
                type_name: type_name.to_owned(),
                path: if path.is_empty() { "/".to_owned() } else { path.clone() },
                construct: format!("`{keyword}`"),
            });
        }
        let length = path.len();
        path.push('/');
        path.push_str(word);
        match (word, value) {
            ("properties" | "patternProperties" | "definitions", Value::Object(inside)) => {
                for (name, value) in inside {
                    let length = path.len();
                    path.push('/');
                    path.push_str(name);
                    walk(type_name, value, path, flavour, false)?;
                    path.truncate(length);
                }
            }
            ("allOf" | "anyOf" | "oneOf" | "items" | "prefixItems", Value::Array(inside)) => {
                for value in inside {
                    walk(type_name, value, path, flavour, false)?;
                }
            }
            ("additionalProperties" | "else" | "if" | "items" | "not" | "then", _) => {
                walk(type_name, value, path, flavour, false)?;
            }
            _ => {}
        }
        path.truncate(length);
    }
    Ok(())
}
