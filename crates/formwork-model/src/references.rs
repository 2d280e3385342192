//! The names that a value refers to: parameters, resources, their attributes, conditions, mappings.

use std::collections::BTreeSet;

use formwork_template::{Function, Value, sub};

/// A name in a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A parameter, a pseudo parameter or a resource.
    Ref(String),
    /// A resource and its attribute; the attribute is empty where a function gives it.
    Attribute(String, String),
    /// A condition.
    Condition(String),
    /// A mapping.
    Mapping(String),
}

/// A name in a value, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name<'n> {
    /// A parameter, a pseudo parameter or a resource.
    Ref(&'n str),
    /// A resource and its attribute; the attribute is empty where a function gives it.
    Attribute(&'n str, &'n str),
    /// A condition.
    Condition(&'n str),
    /// A mapping.
    Mapping(&'n str),
}

/// Everything that a value names, each once.
pub fn names_in(value: &Value) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    visit_names(value, &mut |name| _ = found.insert(name.to_named()));
    found
}

/// Calls `visit` for everything that a value names.
pub fn visit_names(value: &Value, visit: &mut dyn FnMut(Name<'_>)) {
    value.visit_functions(&mut |function| names_of(function, visit));
}

/// Calls `visit` for everything that a function names itself, without its arguments.
pub fn names_of(function: &Function, visit: &mut dyn FnMut(Name<'_>)) {
    match function {
        Function::Reference(reference) => names_of(&reference.local(), visit),
        Function::Ref(name) => visit(Name::Ref(name)),
        Function::GetAtt { logical_id, attribute } => {
            visit(Name::Attribute(logical_id, attribute.as_str().unwrap_or_default()));
        }
        Function::If { condition, .. } => visit(Name::Condition(condition)),
        Function::Condition(name) => visit(Name::Condition(name)),
        Function::FindInMap { map: Value::String(name), .. } => visit(Name::Mapping(name)),
        Function::Sub { text, variables } => {
            for name in sub::names(text).filter(|name| !variables.contains_key(*name)) {
                visit(match name.split_once('.') {
                    Some((logical_id, attribute)) => Name::Attribute(logical_id, attribute),
                    None => Name::Ref(name),
                });
            }
        }
        _ => {}
    }
}

impl<'n> Name<'n> {
    /// The resource or parameter that is meant, if it is one.
    pub fn logical_id(self) -> Option<&'n str> {
        match self {
            Name::Ref(id) | Name::Attribute(id, _) => Some(id),
            Name::Condition(_) | Name::Mapping(_) => None,
        }
    }

    fn to_named(self) -> Named {
        match self {
            Name::Ref(name) => Named::Ref(name.to_owned()),
            Name::Attribute(id, attribute) => Named::Attribute(id.to_owned(), attribute.to_owned()),
            Name::Condition(name) => Named::Condition(name.to_owned()),
            Name::Mapping(name) => Named::Mapping(name.to_owned()),
        }
    }
}

impl Named {
    /// The resource or parameter that is meant, if it is one.
    pub fn logical_id(&self) -> Option<&str> {
        match self {
            Named::Ref(id) | Named::Attribute(id, _) => Some(id),
            Named::Condition(_) | Named::Mapping(_) => None,
        }
    }
}
