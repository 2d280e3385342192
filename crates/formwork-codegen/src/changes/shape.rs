//! A resource type, reduced to what a change of it is told by.

use std::collections::BTreeMap;

use formwork_schema::ir::{Property, Resource, Update};

use super::change::{Change, Kind, REF};
use crate::emit::{self, Types};
use crate::names;

/// A struct, a union or an enum.
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// Properties, alternatives or values, as they stand in a template.
    pub(super) members: BTreeMap<String, Member>,
}

pub(super) struct Member {
    /// The field or the variant.
    pub(super) rust: String,
    /// The key that an alternative stands under, if it does.
    pub(super) key: Option<String>,
    /// The type in Rust; a value has none.
    pub(super) ty: String,
    pub(super) required: bool,
    pub(super) update: Update,
}

impl Member {
    /// The type as it stands in a template.
    pub(super) fn under_key(&self) -> String {
        match &self.key {
            Some(key) => format!("{{{key}: {}}}", self.ty),
            None => self.ty.clone(),
        }
    }
}

/// The types of a resource type by their Rust names; its own has the empty name.
pub(super) fn of(resource: &Resource) -> BTreeMap<String, Shape> {
    let types = Types::new(resource);
    let properties = |properties: &[Property]| {
        let member = |(rust, property): (String, &Property)| {
            let ty = types.inside(&property.ty);
            (
                property.name.clone(),
                Member { rust, key: None, ty, required: property.required, update: property.update },
            )
        };
        Shape { kind: Kind::Struct, members: emit::field_names(properties).into_iter().map(member).collect() }
    };
    let mut shapes = BTreeMap::from([(String::new(), properties(&resource.properties))]);
    for nested in &resource.structs {
        shapes.insert(types.name(&nested.name), properties(&nested.properties));
    }
    for union in &resource.unions {
        let names: Vec<String> = union.alternatives.iter().map(|alternative| alternative.name.clone()).collect();
        let members = union.alternatives.iter().zip(names::variants(&names)).map(|(alternative, rust)| {
            let ty = types.inside(&alternative.ty);
            // With or without a key is another form in the template.
            let key = alternative.key.clone();
            (alternative.name.clone(), Member { rust, key, ty, required: false, update: alternative.update })
        });
        shapes.insert(types.name(&union.name), Shape { kind: Kind::Union, members: members.collect() });
    }
    for listed in &resource.enums {
        let members = listed.values.iter().zip(names::variants(&listed.values)).map(|(value, rust)| {
            (value.clone(), Member { rust, key: None, ty: String::new(), required: false, update: Update::InPlace })
        });
        shapes.insert(types.name(&listed.name), Shape { kind: Kind::Enum, members: members.collect() });
    }
    shapes
}

/// The types of the attributes.
pub(super) fn attributes(resource: &Resource) -> BTreeMap<String, String> {
    let types = Types::new(resource);
    let attribute = |attribute: &formwork_schema::ir::Attribute| (attribute.name.clone(), types.inside(&attribute.ty));
    resource.attributes.iter().map(attribute).collect()
}

/// The change of a fact that shows in no type; `is_attribute` says what `Fn::GetAtt` takes, before or after.
pub(super) fn fact(name: &'static str, old: &str, new: &str, is_attribute: impl Fn(&str) -> bool) -> Option<Change> {
    match name {
        REF | "primary identifier" | "property of tags" => {
            (old != new).then(|| Change::Fact(name, old.to_owned(), new.to_owned()))
        }
        "flags" => {
            // That any change replaces a resource is a change of its own.
            let [old, new] = [old, new].map(|flags| flags.replace('r', ""));
            (old != new).then_some(Change::Fact(name, old, new))
        }
        "read-only" | "write-only" | "property transforms" => {
            let between = if name == "property transforms" { ";;" } else { "," };
            let only_in = |one: &str, other: &str| -> Vec<String> {
                let others: Vec<&str> = other.split(between).collect();
                let own = one.split(between).filter(|place| !place.is_empty() && !others.contains(place));
                // Read-only places that are attributes are told as such.
                own.filter(|place| name != "read-only" || !is_attribute(place)).map(str::to_owned).collect()
            };
            let (added, removed) = (only_in(new, old), only_in(old, new));
            (!added.is_empty() || !removed.is_empty()).then_some(Change::List(name, added, removed))
        }
        // The others are told as what they are to users: properties, attributes, updates, regions.
        _ => None,
    }
}
