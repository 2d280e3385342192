//! Schema -> [`ir::Resource`].
//!
//! The mapping of each construct of JSON Schema:
//!
//! | schema | type |
//! |---|---|
//! | `string`, `integer`, `number`, `boolean` | the scalar; `format`, `pattern` and lengths are for validation |
//! | `string` with `enum` (or cfn-lint's `enumCaseInsensitive`) | an enum |
//! | `integer`, `number` with `enum`; `string` with `enum` in one alternative | the scalar, listed in [`ir::Resource::widened`] |
//! | `array` | a list |
//! | `object` with `properties` | a struct |
//! | `object` with one form of value (`patternProperties`, `additionalProperties`) | a map |
//! | `oneOf`, `anyOf` of objects that exclude each other; `oneOf` that demands one of all fields | a union |
//! | other `oneOf`, `anyOf` with fields of their own | merged into one struct, listed in [`ir::Resource::widened`] |
//! | `allOf` with fields of their own | one struct |
//! | other `oneOf`, `anyOf` that only demand fields or formats | nothing: they narrow, and are for validation |
//! | `$ref` to a scalar, a list or a map | that type, in place |
//! | several types, or no type at all | free JSON, listed in [`ir::Resource::widened`] |
//!
//! Module `node` is a piece of a schema, `objects` holds what has fields, `unions` which alternatives exclude each other, `enums` the names of enums, `attributes` what `Fn::GetAtt` gives, `paths` the
//! lists of create-only and read-only places, `whole` that there is nothing the reader would pass over.

use std::collections::BTreeMap;

use serde_json::Value;

use self::enums::Found;
use self::node::{Node, alternatives, capital, has_content, text};
use crate::SchemaError;
use crate::ir::{self, Enum, Struct, Type, Union, Widened};

mod attributes;
mod enums;
mod node;
mod objects;
mod paths;
mod unions;
mod whole;

pub use paths::segments;
pub(crate) use paths::{Handlers, conditional_create_only, is_scalar, paths_of, replacing, updating};

/// Reads the schema of one resource type.
///
/// # Errors
///
/// When the schema has a construct that there is no rule for, or refers to something that it does not have.
pub fn resource(type_name: &str, schema: &Value) -> Result<ir::Resource, SchemaError> {
    let root = schema.as_object().ok_or_else(|| SchemaError::NotASchema {
        file: type_name.to_owned(),
        reason: "it is not an object".to_owned(),
    })?;
    whole::check(type_name, schema)?;
    let mut reader = Reader::new(type_name, root);
    let name = type_name.rsplit("::").next().unwrap_or(type_name);
    let properties = reader.root_properties(name)?;
    let attributes = reader.attributes()?;
    let mut resource = ir::Resource {
        type_name: type_name.to_owned(),
        doc: text(root, "description"),
        replaced_by_any_change: Handlers::of(root) == Handlers::WithoutUpdate,
        properties,
        structs: reader.structs.into_values().collect(),
        unions: reader.unions.into_values().collect(),
        enums: Vec::new(),
        attributes,
        ref_name: crate::facts::ref_name_of(type_name, &paths_of(root, "primaryIdentifier")),
        widened: reader.widened,
    };
    enums::name_them(&mut resource, reader.enums, &reader.names);
    if let Some(name) = resource.missing_type() {
        return Err(SchemaError::UnknownConstruct {
            type_name: type_name.to_owned(),
            path: format!("/definitions/{name}"),
            construct: "a definition that stands for another one, which contains it".to_owned(),
        });
    }
    ir::box_cycles(&mut resource.structs, &mut resource.unions);
    resource.widened.sort();
    resource.widened.dedup();
    Ok(resource)
}

/// State while one schema is read.
#[derive(Clone)]
struct Reader<'a> {
    type_name: &'a str,
    root: &'a Node,
    definitions: BTreeMap<&'a str, &'a Node>,
    /// Definitions that are read, or being read if `None`.
    known: BTreeMap<&'a str, Option<Type>>,
    /// Nested objects by name; inserted before their fields are read, so that recursion ends.
    structs: BTreeMap<String, Struct>,
    /// Unions by name, inserted as structs are.
    unions: BTreeMap<String, Union>,
    enums: Vec<Found>,
    /// Every name of a type that is given away, and by which definition if by one.
    names: BTreeMap<String, Option<&'a str>>,
    widened: Vec<Widened>,
    /// Replacement of nested fields, by the owner's place and the field's name.
    updates: BTreeMap<(String, String), ir::Update>,
}

/// The place of a node, for messages and for names.
#[derive(Clone)]
struct Place<'p> {
    /// Path of names from the root or from the definition.
    path: String,
    /// The struct that has the field.
    owner: &'p str,
    /// The field's name.
    field: String,
}

impl<'a> Reader<'a> {
    fn new(type_name: &'a str, root: &'a Node) -> Self {
        let definitions: BTreeMap<_, _> = root
            .get("definitions")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(name, node)| Some((name.as_str(), node.as_object()?)))
            .collect();
        let mut names = BTreeMap::new();
        for name in definitions.keys() {
            let mut unique = capital(name);
            while names.contains_key(&unique) {
                unique.push('2');
            }
            names.insert(unique, Some(*name));
        }
        Reader {
            type_name,
            root,
            definitions,
            known: BTreeMap::new(),
            structs: BTreeMap::new(),
            unions: BTreeMap::new(),
            enums: Vec::new(),
            names,
            widened: Vec::new(),
            updates: paths::updates(root),
        }
    }

    fn unknown(&self, place: &Place<'_>, construct: impl Into<String>) -> SchemaError {
        SchemaError::UnknownConstruct {
            type_name: self.type_name.to_owned(),
            path: place.path.clone(),
            construct: construct.into(),
        }
    }

    fn widen(&mut self, place: &Place<'_>, reason: &'static str) -> Type {
        self.widened.push(Widened { path: place.path.clone(), reason });
        Type::Json
    }

    /// The type of the value that `node` describes.
    fn convert(&mut self, node: &'a Node, place: &Place<'_>) -> Result<Type, SchemaError> {
        if let Some(target) = node.get("$ref") {
            return self.reference(target, place);
        }
        match node.get("type") {
            None => self.untyped(node, place),
            Some(Value::String(word)) => self.typed(word, node, place),
            Some(Value::Array(words)) => {
                let words: Vec<&str> = words.iter().filter_map(Value::as_str).filter(|word| *word != "null").collect();
                match words.as_slice() {
                    [word] => self.typed(word, node, place),
                    [] => Err(self.unknown(place, "an empty `type`")),
                    // AWS writes a policy or another document this way.
                    [_, _] if words.contains(&"string") && words.contains(&"object") => {
                        Ok(self.widen(place, "a JSON document, or its text"))
                    }
                    _ => Ok(self.widen(place, "several types")),
                }
            }
            Some(other) => Err(self.unknown(place, format!("`type` = {other}"))),
        }
    }

    fn typed(&mut self, word: &str, node: &'a Node, place: &Place<'_>) -> Result<Type, SchemaError> {
        match word {
            "string" => Ok(self.string(node, place)),
            "integer" | "number" => {
                if enums::values(node).is_some() {
                    let _ = self.widen(place, "a number of which the schema lists the values");
                }
                Ok(if word == "integer" { Type::Integer } else { Type::Number })
            }
            "boolean" => Ok(Type::Boolean),
            "array" => self.list(node, place),
            "object" => self.object(node, place),
            other => Err(self.unknown(place, format!("`type` = `{other}`"))),
        }
    }

    fn untyped(&mut self, node: &'a Node, place: &Place<'_>) -> Result<Type, SchemaError> {
        if node.contains_key("properties") || node.contains_key("patternProperties") {
            return self.object(node, place);
        }
        if node.contains_key("items") {
            return self.list(node, place);
        }
        if node.contains_key("enum") || node.contains_key("const") {
            return Ok(self.string(node, place));
        }
        if let Some(parts) = alternatives(node, "allOf") {
            // `allOf` with one `$ref` is how a reference gets a default or a description.
            let with_content: Vec<&Node> = parts.into_iter().filter(|part| has_content(part)).collect();
            if let [one] = with_content.as_slice() {
                return self.convert(one, place);
            }
            return self.object(node, place);
        }
        let Some(choices) = alternatives(node, "oneOf").or_else(|| alternatives(node, "anyOf")) else {
            return Ok(self.widen(place, "no type in the schema"));
        };
        if choices.iter().all(|choice| self.has_fields(choice)) {
            return self.object(node, place);
        }
        self.choice(&choices, place, Some(node))
    }

    /// One type for several alternatives that are not all objects with fields: theirs if it is the same. `whole` is the node
    /// that has them all, if it can be a union.
    fn choice(
        &mut self,
        choices: &[&'a Node],
        place: &Place<'_>,
        whole: Option<&'a Node>,
    ) -> Result<Type, SchemaError> {
        // Reading an alternative that is not used afterwards must leave no trace.
        let before = self.clone();
        let mut types = Vec::new();
        for choice in choices {
            if has_content(choice) {
                let ty = self.convert(choice, place)?;
                if !types.contains(&ty) {
                    types.push(ty);
                }
            }
        }
        let (documents, typed): (Vec<&Type>, Vec<&Type>) = types.iter().partition(|ty| **ty == Type::Json);
        match (typed.as_slice(), documents.as_slice()) {
            ([one], []) => return Ok((*one).clone()),
            // The document is the form from before there was a type.
            ([list @ Type::List(_)], [_]) => {
                let list = (*list).clone();
                self.widened.retain(|widened| widened.path != place.path);
                let _ = self.widen(place, "also a JSON document, which only untyped resources can have");
                return Ok(list);
            }
            _ => {}
        }
        let kinds = self.of_kinds(choices, &types);
        *self = before;
        match (whole, kinds) {
            (Some(whole), Some(kinds)) => self.union(whole, kinds, place),
            _ => Ok(self.widen(place, "alternatives of different kinds")),
        }
    }

    fn reference(&mut self, target: &Value, place: &Place<'_>) -> Result<Type, SchemaError> {
        let missing = |target: &str| SchemaError::MissingTarget {
            type_name: self.type_name.to_owned(),
            path: place.path.clone(),
            target: target.to_owned(),
        };
        let target = target.as_str().ok_or_else(|| self.unknown(place, "a `$ref` that is not a text"))?;
        // AWS's own spelling of "this schema" in some types is `resource-schema.json`.
        let pointer = target.strip_prefix("resource-schema.json").unwrap_or(target);
        if let Some(name) = pointer.strip_prefix("#/properties/") {
            let node = self.properties_of(self.root).find(|(own, _)| *own == name);
            let (_, node) = node.ok_or_else(|| missing(target))?;
            return self.convert(node, place);
        }
        let name = pointer
            .strip_prefix("#/definitions/")
            .ok_or_else(|| self.unknown(place, format!("`$ref` = `{target}`")))?;
        let (name, node) =
            self.definitions.get_key_value(name).map(|(name, node)| (*name, *node)).ok_or_else(|| missing(target))?;
        match self.known.get(name) {
            Some(Some(ty)) => return Ok(ty.clone()),
            // A list of itself, without an object in between.
            Some(None) if self.exclusive(node).is_some() => return Ok(Type::Union(self.definition_name(name))),
            Some(None) if !self.has_fields(node) => return Ok(self.widen(place, "a definition that contains itself")),
            Some(None) => return Ok(Type::Struct(self.definition_name(name))),
            None => {}
        }
        self.known.insert(name, None);
        let own = Place { path: name.to_owned(), owner: "", field: name.to_owned() };
        let ty = self.convert(node, &own)?;
        self.known.insert(name, Some(ty.clone()));
        Ok(ty)
    }

    fn list(&mut self, node: &'a Node, place: &Place<'_>) -> Result<Type, SchemaError> {
        let inside = Place { path: format!("{}.*", place.path), ..place.clone() };
        match node.get("items") {
            Some(Value::Object(items)) => Ok(Type::List(Box::new(self.convert(items, &inside)?))),
            None | Some(Value::Bool(_)) => {
                let item = self.widen(&inside, "a list without the type of its items");
                Ok(Type::List(Box::new(item)))
            }
            Some(_) => Err(self.unknown(place, "a list of `items`")),
        }
    }

    fn string(&mut self, node: &'a Node, place: &Place<'_>) -> Type {
        let Some(values) = enums::values(node) else {
            let mut choices =
                ["anyOf", "oneOf"].into_iter().filter_map(|keyword| alternatives(node, keyword)).flatten();
            if choices.any(|choice| enums::values(choice).is_some()) {
                let _ = self.widen(place, "a text: listed values, or others");
            }
            return Type::String;
        };
        let key = enums::key(self.enums.len());
        self.enums.push(Found {
            owner: place.owner.to_owned(),
            field: place.field.clone(),
            is_definition: place.owner.is_empty(),
            content: Enum { name: key.clone(), doc: text(node, "description"), values },
        });
        Type::Enum(key)
    }

    /// The node's description, or that of what it refers to.
    fn doc(&self, node: &'a Node) -> String {
        let own = text(node, "description");
        if own.is_empty() { text(paths::resolve(self.root, node), "description") } else { own }
    }

    /// The name of the type that a definition gives.
    fn definition_name(&self, definition: &str) -> String {
        self.names
            .iter()
            .find(|(_, owner)| **owner == Some(definition))
            .map_or_else(|| capital(definition), |(name, _)| name.clone())
    }
}
