//! The attributes that `Fn::GetAtt` gives: the read-only properties, and what is known of the type besides; what is inside of objects by dotted
//! names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Node, text};
use super::{Reader, paths};
use crate::SchemaError;
use crate::ir::{Attribute, Type};

impl Reader<'_> {
    pub(super) fn attributes(&self) -> Result<Vec<Attribute>, SchemaError> {
        let mut found = BTreeMap::new();
        let besides = crate::facts::attributes(self.type_name).map(str::to_owned);
        for path in paths::paths_of(self.root, "readOnlyProperties").into_iter().chain(besides) {
            let names: Vec<&str> = path.split('.').collect();
            if names.contains(&"*") {
                // There is no way to ask for a value inside of a list.
                continue;
            }
            // A path to a property that is not described is an attribute all the same, of a type nobody knows.
            match paths::locate(self.root, &names) {
                Some(place) if place.through_items => {}
                Some(place) => self.attribute(&path, place.node, &mut found, 0),
                None => {
                    found.entry(path.clone()).or_insert_with(|| Attribute {
                        name: path,
                        ty: Type::String,
                        doc: String::new(),
                    });
                }
            }
        }
        Ok(found.into_values().collect())
    }

    fn attribute(&self, path: &str, node: &Node, found: &mut BTreeMap<String, Attribute>, depth: usize) {
        let doc = text(node, "description");
        let node = paths::resolve(self.root, node);
        // An object is asked for field by field; one inside of itself ends somewhere.
        if let Some(fields) = node.get("properties").and_then(Value::as_object)
            && depth < 4
        {
            for (name, inside) in fields {
                if let Some(inside) = inside.as_object() {
                    self.attribute(&format!("{path}.{name}"), inside, found, depth + 1);
                }
            }
            return;
        }
        let attribute = Attribute {
            name: path.to_owned(),
            ty: self.scalar(node),
            doc: if doc.is_empty() { text(node, "description") } else { doc },
        };
        found.insert(attribute.name.clone(), attribute);
    }

    fn scalar(&self, node: &Node) -> Type {
        let node = paths::resolve(self.root, node);
        match node.get("type").and_then(Value::as_str) {
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            Some("array") => {
                let item = node.get("items").and_then(Value::as_object);
                Type::List(Box::new(item.map_or(Type::Json, |item| match self.scalar(item) {
                    Type::List(_) => Type::Json,
                    scalar => scalar,
                })))
            }
            Some("object") => Type::Json,
            // Most attributes without a type are ARNs and ids.
            _ => Type::String,
        }
    }
}
