//! Alternatives of which exactly one holds: Rust enums.
//!
//! A wrong enum forbids what AWS allows, a struct with a field too many forbids nothing. So alternatives become an enum only
//! where the schema itself says that no value fits two of them:
//!
//! - `oneOf` of objects with one field each, or an object whose `oneOf` demands exactly one of all its fields: the field's
//!   name is the alternative's, and its key in the template;
//! - `oneOf` or `anyOf` of objects that exclude each other (one demands a field that the other does not have, or both demand
//!   a field with other values) and that have names: a title, or that of their definition;
//! - an object beside a list or a map, by the names of their definitions.
//!
//! A type with fields outside of its alternatives stays a struct: its enum would be several structs of the same fields.

use std::collections::BTreeSet;

use serde_json::Value;

use super::node::{Node, alternatives, capital, has_content, text};
use super::{Place, Reader, enums, paths};
use crate::SchemaError;
use crate::ir::{Alternative, Type, Union};

/// An alternative before its type is read.
pub(super) struct Choice<'a> {
    name: String,
    /// The only key of the object, if the alternative is one of one field.
    key: Option<&'a str>,
    /// The node that describes the value: after the key if there is one.
    node: &'a Node,
    /// The node that describes the alternative.
    outer: &'a Node,
}

impl<'a> Reader<'a> {
    /// The alternatives of an object, if exactly one of them holds.
    pub(super) fn exclusive(&self, node: &'a Node) -> Option<Vec<Choice<'a>>> {
        let node = paths::resolve(self.root, node);
        if ["patternProperties", "allOf"].iter().any(|keyword| node.contains_key(*keyword))
            || node.get("additionalProperties").is_some_and(Value::is_object)
        {
            return None;
        }
        if node.contains_key("properties") {
            return self.one_of_own_fields(node);
        }
        let (keyword, choices) = match (alternatives(node, "oneOf"), alternatives(node, "anyOf")) {
            (Some(choices), None) => ("oneOf", choices),
            (None, Some(choices)) => ("anyOf", choices),
            _ => return None,
        };
        let objects = choices.iter().map(|choice| Object::of(self.root, choice)).collect::<Option<Vec<_>>>()?;
        for (index, one) in objects.iter().enumerate() {
            for other in &objects[index + 1..] {
                let are_apart = one.excludes(other)
                    || other.excludes(one)
                    || (keyword == "oneOf" && one.has_another_key_than(other));
                if !are_apart {
                    return None;
                }
            }
        }
        if let [one] = objects.as_slice()
            && one.key().is_none()
        {
            return None;
        }
        let choices: Vec<Choice<'a>> = objects.iter().map(|object| self.choice_of(object)).collect::<Option<_>>()?;
        have_own_names(&choices).then_some(choices)
    }

    /// `oneOf` or cfn-lint's `requiredXor` that demand one field each, and every field of the object once.
    fn one_of_own_fields(&self, node: &'a Node) -> Option<Vec<Choice<'a>>> {
        if node.contains_key("anyOf") || !required(node).is_empty() {
            return None;
        }
        let demanded: Vec<&str> = match (alternatives(node, "oneOf"), node.get("requiredXor").and_then(Value::as_array))
        {
            (Some(choices), None) => choices
                .into_iter()
                .map(|choice| {
                    let says_no_more =
                        choice.keys().all(|keyword| ["required", "title", "description"].contains(&keyword.as_str()));
                    match required(choice).as_slice() {
                        [one] if says_no_more => Some(*one),
                        _ => None,
                    }
                })
                .collect::<Option<_>>()?,
            (None, Some(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => return None,
        };
        let fields: Vec<(&str, &Node)> = self.properties_of(node).collect();
        let all: BTreeSet<&str> = fields.iter().map(|(name, _)| *name).collect();
        if demanded.len() != all.len() || demanded.into_iter().collect::<BTreeSet<_>>() != all {
            return None;
        }
        let choice =
            |(name, node): (&'a str, &'a Node)| Choice { name: name.to_owned(), key: Some(name), node, outer: node };
        Some(fields.into_iter().map(choice).collect())
    }

    fn choice_of(&self, object: &Object<'a>) -> Option<Choice<'a>> {
        if let Some((key, node)) = object.key() {
            return Some(Choice { name: key.to_owned(), key: Some(key), node, outer: object.outer });
        }
        Some(Choice { name: self.name_of(object.outer)?, key: None, node: object.outer, outer: object.outer })
    }

    /// The schema's name for an alternative.
    fn name_of(&self, node: &'a Node) -> Option<String> {
        let title = text(node, "title");
        if !title.is_empty() && title.chars().all(|character| character.is_ascii_alphanumeric()) {
            return Some(title);
        }
        let definition = node.get("$ref")?.as_str()?.strip_prefix("#/definitions/")?;
        Some(self.definition_name(definition))
    }

    /// The union of `choices`.
    pub(super) fn union(
        &mut self,
        node: &'a Node,
        choices: Vec<Choice<'a>>,
        place: &Place<'_>,
    ) -> Result<Type, SchemaError> {
        let name = self.claim(place);
        let union = Union { name: name.clone(), doc: text(node, "description"), alternatives: Vec::new() };
        // Known before its alternatives are read: they may refer back to it.
        self.unions.insert(name.clone(), union);
        let mut read = Vec::new();
        for choice in choices {
            let path = match (choice.key, place.path.as_str()) {
                (Some(key), path) => format!("{path}.{key}"),
                (None, path) => path.to_owned(),
            };
            let field = choice.key.unwrap_or(&choice.name).to_owned();
            let inside = Place { path, owner: &name, field };
            let ty = self.convert(choice.node, &inside)?;
            let update = choice.key.and_then(|key| self.updates.get(&(place.path.clone(), key.to_owned())));
            let update = update.copied().unwrap_or_default();
            let doc = match self.doc(choice.node) {
                doc if doc.is_empty() => self.doc(choice.outer),
                doc => doc,
            };
            read.push(Alternative { name: choice.name, key: choice.key.map(str::to_owned), ty, doc, update });
        }
        // The order of a schema's list has no meaning, and changes.
        read.sort_by(|one, other| one.name.cmp(&other.name));
        if let Some(union) = self.unions.get_mut(&name) {
            union.alternatives = read;
        }
        Ok(Type::Union(name))
    }

    /// The alternatives of a value that is an object or something else than an object.
    pub(super) fn of_kinds(&self, choices: &[&'a Node], types: &[Type]) -> Option<Vec<Choice<'a>>> {
        let is_object = |ty: &Type| matches!(ty, Type::Struct(_) | Type::Union(_));
        if choices.len() != types.len()
            || types.len() < 2
            || types.contains(&Type::Json)
            || !types.iter().any(is_object)
        {
            return None;
        }
        let choices: Vec<Choice<'a>> = choices
            .iter()
            .zip(types)
            .map(|(node, ty)| {
                let name = self.name_of(node).or_else(|| {
                    let kind = match ty {
                        Type::List(_) => "List",
                        Type::Map(_) => "Map",
                        Type::String => "Text",
                        _ => return None,
                    };
                    Some(kind.to_owned())
                })?;
                Some(Choice { name, key: None, node, outer: node })
            })
            .collect::<Option<_>>()?;
        have_own_names(&choices).then_some(choices)
    }
}

fn have_own_names(choices: &[Choice<'_>]) -> bool {
    let names: BTreeSet<String> = choices.iter().map(|choice| capital(&choice.name)).collect();
    !choices.is_empty() && names.len() == choices.len()
}

fn required(node: &Node) -> Vec<&str> {
    node.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// An alternative that is an object with listed fields, and nothing but.
struct Object<'a> {
    /// As it stands in the list: a reference, maybe.
    outer: &'a Node,
    fields: Vec<(&'a str, &'a Node)>,
    required: Vec<&'a str>,
    /// True if it takes no other fields.
    is_closed: bool,
}

impl<'a> Object<'a> {
    fn of(root: &'a Node, outer: &'a Node) -> Option<Object<'a>> {
        let node = paths::resolve(root, outer);
        if ["oneOf", "anyOf", "allOf", "patternProperties"].iter().any(|keyword| node.contains_key(*keyword)) {
            return None;
        }
        let fields = node.get("properties")?.as_object()?;
        let fields: Vec<_> =
            fields.iter().map(|(name, node)| Some((name.as_str(), node.as_object()?))).collect::<Option<_>>()?;
        let is_closed = node.get("additionalProperties") == Some(&Value::Bool(false));
        Some(Object { outer, fields, required: required(node), is_closed })
    }

    fn field(&self, name: &str) -> Option<&'a Node> {
        self.fields.iter().find(|(own, _)| *own == name).map(|(_, node)| *node)
    }

    /// The one field, if there is but one, and none without it.
    fn key(&self) -> Option<(&'a str, &'a Node)> {
        match self.fields.as_slice() {
            [(name, node)] if self.is_closed || self.required.contains(name) => Some((name, node)),
            _ => None,
        }
    }

    fn has_another_key_than(&self, other: &Object<'a>) -> bool {
        matches!((self.key(), other.key()), (Some((one, _)), Some((other, _))) if one != other)
    }

    /// True if what this one demands is never good for the other.
    fn excludes(&self, other: &Object<'a>) -> bool {
        self.required.iter().any(|name| match (self.field(name), other.field(name)) {
            (_, None) => other.is_closed,
            (Some(own), Some(node)) if other.required.contains(name) => {
                matches!((enums::values(own), enums::values(node)), (Some(own), Some(values))
                    if own.iter().all(|value| !values.contains(value)))
            }
            _ => false,
        })
    }
}

/// The only alternative that says anything, if there is but one: then it is not an alternative.
pub(super) fn only(node: &Node) -> Option<&Node> {
    if ["properties", "patternProperties", "allOf"].iter().any(|keyword| node.contains_key(*keyword)) {
        return None;
    }
    match (alternatives(node, "oneOf"), alternatives(node, "anyOf")) {
        (Some(choices), None) | (None, Some(choices)) => match choices.as_slice() {
            [one] if has_content(one) => Some(one),
            _ => None,
        },
        _ => None,
    }
}
