//! A template for every resource type: one resource with everything that its schema has, and one with what it requires.

use std::collections::BTreeMap;

use formwork_schema::ir::{Property, Resource, Type};
use formwork_schema::{embedded, facts, read};
use serde_json::{Map, Value, json};

/// The most values that a resource has, before it goes on with what is required only.
const MOST: usize = 400;

/// The templates by the names of their types.
pub(crate) fn every_type() -> BTreeMap<String, String> {
    let mut templates = BTreeMap::new();
    for type_name in facts::type_names() {
        let schema = read::resource(type_name, &embedded::schema(type_name).unwrap()).unwrap();
        let resource = |most| {
            let mut sample = Sample { schema: &schema, left: most, turn: 0 };
            json!({ "Type": type_name, "Properties": sample.object(&schema.properties, 0) })
        };
        let template = json!({ "Resources": { "All": resource(MOST), "Least": resource(0) } });
        templates.insert(type_name.to_owned(), template.to_string());
    }
    templates
}

struct Sample<'s> {
    schema: &'s Resource,
    left: usize,
    /// Counts enums and unions, so that each value and each alternative has its turn.
    turn: usize,
}

impl Sample<'_> {
    fn object(&mut self, properties: &[Property], depth: usize) -> Value {
        let mut object = Map::new();
        for property in properties {
            if property.required || (self.left > 0 && depth < 12) {
                object.insert(property.name.clone(), self.value(&property.ty, depth + 1));
            }
        }
        Value::Object(object)
    }

    fn value(&mut self, ty: &Type, depth: usize) -> Value {
        self.left = self.left.saturating_sub(1);
        self.turn += 1;
        match ty {
            Type::String => json!("a \"text\""),
            Type::Integer => json!(self.turn),
            Type::Number => json!(0.5),
            Type::Boolean => json!(true),
            Type::Json => json!({ "Any": [self.turn, null] }),
            Type::List(item) if self.left > 0 => json!([self.value(item, depth), self.value(item, depth)]),
            Type::List(_) => json!([]),
            Type::Map(inside) => json!({ "key": self.value(inside, depth) }),
            Type::Boxed(inside) => self.value(inside, depth),
            Type::Enum(name) => {
                let listed = self.schema.enums.iter().find(|listed| listed.name == *name).unwrap();
                json!(listed.values[self.turn % listed.values.len()])
            }
            Type::Struct(name) => {
                let nested = self.schema.structs.iter().find(|nested| nested.name == *name).unwrap();
                self.object(&nested.properties, depth)
            }
            Type::Union(name) => {
                let union = self.schema.unions.iter().find(|union| union.name == *name).unwrap();
                let alternative = &union.alternatives[self.turn % union.alternatives.len()];
                let inside = self.value(&alternative.ty, depth);
                match &alternative.key {
                    Some(key) => json!({ key: inside }),
                    None => inside,
                }
            }
        }
    }
}
