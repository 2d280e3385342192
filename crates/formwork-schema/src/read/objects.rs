//! Things with fields: the resource itself, nested objects, and maps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::node::{Node, alternatives, capital, has_content, text};
use super::{Place, Reader, enums, paths, unions};
use crate::SchemaError;
use crate::ir::{Enum, Property, Struct, Type};

/// The fields of an object, those of its alternatives included.
#[derive(Default)]
struct Fields<'a> {
    /// Every node that describes the field: the object's own first.
    nodes: BTreeMap<&'a str, Vec<&'a Node>>,
    /// Fields without which no value is good.
    required: BTreeSet<&'a str>,
    /// True if alternatives brought fields that the object itself does not have.
    merged: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn properties_of(&self, node: &'a Node) -> impl Iterator<Item = (&'a str, &'a Node)> {
        node.get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(name, node)| Some((name.as_str(), node.as_object()?)))
    }

    /// True if the node is an object with listed fields.
    pub(super) fn has_fields(&self, node: &'a Node) -> bool {
        !self.fields(node, 0).nodes.is_empty()
    }

    /// The settable properties of the resource itself.
    pub(super) fn root_properties(&mut self, name: &'a str) -> Result<Vec<Property>, SchemaError> {
        let mut fields = self.fields(self.root, 0);
        let read_only: BTreeSet<String> = paths::paths_of(self.root, "readOnlyProperties").into_iter().collect();
        fields.nodes.retain(|field, nodes| {
            let inside = nodes.first().map(|node| paths::resolve(self.root, node));
            !read_only.contains(*field) && !inside.is_some_and(|node| all_inside(node, field, &read_only))
        });
        let place = Place { path: String::new(), owner: name, field: name.to_owned() };
        if self.root.contains_key("patternProperties") {
            self.widen_keys(&place);
        }
        self.properties(&fields, &place)
    }

    pub(super) fn object(&mut self, node: &'a Node, place: &Place<'_>) -> Result<Type, SchemaError> {
        if let Some(choices) = self.exclusive(node) {
            return self.union(node, choices, place);
        }
        if let Some(one) = unions::only(node) {
            return self.convert(one, place);
        }
        let fields = self.fields(node, 0);
        let has_free_keys =
            node.contains_key("patternProperties") || node.get("additionalProperties").is_some_and(Value::is_object);
        if fields.nodes.is_empty() {
            if has_free_keys {
                return self.map(node, place);
            }
            let is_closed = node.get("additionalProperties") == Some(&Value::Bool(false));
            let has_choices = ["oneOf", "anyOf", "items"].iter().any(|keyword| node.contains_key(*keyword));
            if !is_closed || has_choices {
                return Ok(self.widen(place, "an object of any form"));
            }
        }
        let name = self.claim(place);
        // Known before its fields are read: they may refer back to it.
        self.structs.insert(
            name.clone(),
            Struct { name: name.clone(), doc: text(node, "description"), properties: Vec::new() },
        );
        if fields.merged {
            let _ = self
                .widen(place, "alternatives that can hold at once or have no names: one struct with the fields of all");
        }
        if has_free_keys {
            self.widen_keys(place);
        }
        let own = Place { path: place.path.clone(), owner: &name, field: String::new() };
        let properties = self.properties(&fields, &own)?;
        if let Some(nested) = self.structs.get_mut(&name) {
            nested.properties = properties;
        }
        Ok(Type::Struct(name))
    }

    fn widen_keys(&mut self, place: &Place<'_>) {
        let inside = Place { path: format!("{}.*", place.path), ..place.clone() };
        let _ = self.widen(&inside, "keys beside the listed ones: only untyped resources can have them");
    }

    fn map(&mut self, node: &'a Node, place: &Place<'_>) -> Result<Type, SchemaError> {
        let inside = Place { path: format!("{}.*", place.path), ..place.clone() };
        let patterns = node.get("patternProperties").and_then(Value::as_object);
        let values: Vec<&Value> = match patterns {
            Some(patterns) => patterns.values().collect(),
            None => node.get("additionalProperties").into_iter().collect(),
        };
        let choices: Vec<&'a Node> = values.iter().filter_map(|value| value.as_object()).collect();
        let value = match choices.as_slice() {
            _ if choices.len() != values.len() => self.widen(&inside, "no type in the schema"),
            [one] => self.convert(one, &inside)?,
            several => self.choice(several, &inside, None)?,
        };
        Ok(Type::Map(Box::new(value)))
    }

    fn properties(&mut self, fields: &Fields<'a>, owner: &Place<'_>) -> Result<Vec<Property>, SchemaError> {
        let mut properties = Vec::new();
        for (name, nodes) in &fields.nodes {
            let place = Place {
                path: match owner.path.as_str() {
                    "" => (*name).to_owned(),
                    path => format!("{path}.{name}"),
                },
                owner: owner.owner,
                field: (*name).to_owned(),
            };
            let update = self.updates.get(&(owner.path.clone(), (*name).to_owned()));
            let update = update.copied().unwrap_or_default();
            let ty = self.field(nodes, &place)?;
            let doc = nodes.iter().map(|node| self.doc(node)).find(|doc| !doc.is_empty());
            properties.push(Property {
                name: (*name).to_owned(),
                ty,
                required: fields.required.contains(name),
                doc: doc.unwrap_or_default(),
                update,
            });
        }
        Ok(properties)
    }

    /// The type of a field that one or several alternatives describe.
    fn field(&mut self, nodes: &[&'a Node], place: &Place<'_>) -> Result<Type, SchemaError> {
        let mut different: Vec<&'a Node> = Vec::new();
        for node in nodes.iter().filter(|node| has_content(node)) {
            if !different.contains(node) {
                different.push(node);
            }
        }
        match different.as_slice() {
            [] => match nodes.first() {
                Some(node) => self.convert(node, place),
                None => Ok(self.widen(place, "no type in the schema")),
            },
            [one] => self.convert(one, place),
            several => {
                // The tag by which alternatives are told apart: each lists its own value.
                let values: Option<Vec<_>> = several.iter().map(|node| enums::values(node)).collect();
                let Some(values) = values else {
                    return self.choice(several, place, None);
                };
                let mut merged: Vec<String> = Vec::new();
                for value in values.into_iter().flatten() {
                    if !merged.contains(&value) {
                        merged.push(value);
                    }
                }
                let key = enums::key(self.enums.len());
                self.enums.push(enums::Found {
                    owner: place.owner.to_owned(),
                    field: place.field.clone(),
                    is_definition: false,
                    content: Enum { name: key.clone(), doc: String::new(), values: merged },
                });
                Ok(Type::Enum(key))
            }
        }
    }

    fn fields(&self, node: &'a Node, depth: usize) -> Fields<'a> {
        let mut fields = Fields::default();
        // Alternatives that refer to themselves end here.
        if depth > 8 {
            return fields;
        }
        let node = paths::resolve(self.root, node);
        for (name, node) in self.properties_of(node) {
            fields.nodes.insert(name, vec![node]);
        }
        let required = node.get("required").and_then(Value::as_array);
        fields.required = required.into_iter().flatten().filter_map(Value::as_str).collect();
        let is_complete = !fields.nodes.is_empty();
        for part in alternatives(node, "allOf").into_iter().flatten() {
            let part = self.fields(part, depth + 1);
            fields.required.extend(&part.required);
            fields.add(part, is_complete);
        }
        for keyword in ["oneOf", "anyOf"] {
            let mut in_all: Option<BTreeSet<&str>> = None;
            for choice in alternatives(node, keyword).into_iter().flatten() {
                let choice = self.fields(choice, depth + 1);
                in_all = Some(match in_all {
                    None => choice.required.clone(),
                    Some(so_far) => so_far.intersection(&choice.required).copied().collect(),
                });
                fields.merged |= choice.nodes.keys().any(|name| !fields.nodes.contains_key(name));
                fields.add(choice, is_complete);
            }
            fields.required.extend(in_all.unwrap_or_default());
        }
        // A demand for a field that is described nowhere cannot be met.
        let Fields { nodes, required, .. } = &mut fields;
        required.retain(|name| nodes.contains_key(name) || depth > 0);
        fields
    }

    /// A name for the struct at `place`, unique in the resource.
    pub(super) fn claim(&mut self, place: &Place<'_>) -> String {
        let mut name = if place.owner.is_empty() {
            let name = self.definition_name(&place.field);
            if !self.structs.contains_key(&name) && !self.unions.contains_key(&name) {
                return name;
            }
            name
        } else if Some(place.owner) == self.type_name.rsplit("::").next() {
            capital(&place.field)
        } else {
            format!("{}{}", place.owner, capital(&place.field))
        };
        while self.names.contains_key(&name) {
            name.push('2');
        }
        self.names.insert(name.clone(), None);
        name
    }
}

impl<'a> Fields<'a> {
    /// Takes over another object's fields; to fields of an object that lists its own, alternatives add only new ones.
    fn add(&mut self, other: Fields<'a>, is_complete: bool) {
        for (name, nodes) in other.nodes {
            match self.nodes.entry(name) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(nodes);
                }
                std::collections::btree_map::Entry::Occupied(mut place) if !is_complete => {
                    place.get_mut().extend(nodes)
                }
                std::collections::btree_map::Entry::Occupied(_) => {}
            }
        }
        self.merged |= other.merged;
    }
}

/// True if every field of the object at `path` is listed as read-only.
fn all_inside(node: &Node, path: &str, read_only: &BTreeSet<String>) -> bool {
    let Some(fields) = node.get("properties").and_then(Value::as_object) else {
        return false;
    };
    !fields.is_empty() && fields.keys().all(|field| read_only.contains(&format!("{path}.{field}")))
}
