//! The check that every schema inside of a schema is an object. `true` and `false` are schemas too, which no registry schema has had so
//! far; the reader would pass over a property that is one.

use serde_json::Value;

use crate::SchemaError;

/// Holds the schema against that, all through.
pub(super) fn check(type_name: &str, schema: &Value) -> Result<(), SchemaError> {
    walk(type_name, schema, &mut String::new())
}

fn walk(type_name: &str, node: &Value, path: &mut String) -> Result<(), SchemaError> {
    let named = ["properties", "definitions"].into_iter().filter_map(|keyword| Some((keyword, node.get(keyword)?)));
    for (keyword, entries) in named {
        for (name, inside) in entries.as_object().into_iter().flatten() {
            step(type_name, inside, path, &format!("/{keyword}/{name}"))?;
        }
    }
    let listed = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| Some((keyword, node.get(keyword)?)));
    for (keyword, entries) in listed {
        for (index, inside) in entries.as_array().into_iter().flatten().enumerate() {
            step(type_name, inside, path, &format!("/{keyword}/{index}"))?;
        }
    }
    if let Some(items) = node.get("items").filter(|items| items.is_object()) {
        step(type_name, items, path, "/items")?;
    }
    Ok(())
}

fn step(type_name: &str, inside: &Value, path: &mut String, name: &str) -> Result<(), SchemaError> {
    let length = path.len();
    path.push_str(name);
    if !inside.is_object() {
        return Err(SchemaError::UnknownConstruct {
            type_name: type_name.to_owned(),
            path: path.clone(),
            construct: format!("`{inside}` as a schema"),
        });
    }
    walk(type_name, inside, path)?;
    path.truncate(length);
    Ok(())
}
