//! The Rust names of a resource's types.

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::ir::{Property, Resource, Type};

use crate::names;

/// Rust names of the types of one resource.
#[derive(Clone, Debug)]
pub struct Types {
    /// The struct of the resource itself.
    pub resource: String,
    names: BTreeMap<String, String>,
    required: BTreeMap<String, String>,
}

impl Types {
    /// The names for a resource type.
    pub fn new(resource: &Resource) -> Types {
        let name = names::resource_type(resource.name());
        let mut taken = BTreeSet::from([name.clone(), format!("{name}Attributes"), format!("{name}Required")]);
        let mut rust = BTreeMap::new();
        let structs = resource.structs.iter().map(|nested| &nested.name);
        let unions = resource.unions.iter().map(|nested| &nested.name);
        let enums = resource.enums.iter().map(|nested| &nested.name);
        for nested in structs.chain(unions).chain(enums) {
            rust.insert(nested.clone(), names::nested_type(nested, &mut taken));
        }
        // The resource's own is reserved from the start.
        let mut required = BTreeMap::from([(name.clone(), format!("{name}Required"))]);
        for nested in resource.structs.iter().filter(|nested| has_group(&nested.properties)) {
            let nested = rust.get(&nested.name).unwrap_or(&nested.name).clone();
            let group = names::unique(format!("{nested}Required"), &mut taken);
            required.insert(nested, group);
        }
        Types { resource: name, names: rust, required }
    }

    /// Parameter of the constructor of a type that requires several fields, by the Rust name of the type.
    pub fn required(&self, rust: &str) -> String {
        self.group(rust).unwrap_or_else(|| format!("{rust}Required"))
    }

    /// The same, if it is a type of its own.
    pub(super) fn group(&self, rust: &str) -> Option<String> {
        self.required.get(rust).cloned()
    }

    /// The name of a nested type.
    pub fn name(&self, nested: &str) -> String {
        self.names.get(nested).cloned().unwrap_or_else(|| nested.to_owned())
    }

    /// The Rust type inside of `Val<…>`.
    pub fn inside(&self, ty: &Type) -> String {
        match ty {
            Type::String => "String".to_owned(),
            Type::Integer => "i64".to_owned(),
            Type::Number => "f64".to_owned(),
            Type::Boolean => "bool".to_owned(),
            Type::Json => "Value".to_owned(),
            Type::List(item) => format!("Vec<Val<{}>>", self.inside(item)),
            Type::Map(value) => format!("IndexMap<String, Val<{}>>", self.inside(value)),
            Type::Struct(name) | Type::Union(name) | Type::Enum(name) => self.name(name),
            Type::Boxed(inside) => format!("Box<{}>", self.inside(inside)),
        }
    }
}

/// True if the constructor of a struct takes the required fields as one value, since there are several.
fn has_group(properties: &[Property]) -> bool {
    properties.iter().filter(|property| property.required).count() > 1
}
