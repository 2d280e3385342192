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

/// Everything that a value names, each once.
pub fn names_in(value: &Value) -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    visit_names(value, &mut |named| _ = found.insert(named));
    found
}

/// Calls `visit` for everything that a value names.
pub fn visit_names(value: &Value, visit: &mut dyn FnMut(Named)) {
    value.visit_functions(&mut |function| names_of(function, visit));
}

/// Calls `visit` for everything that a function names itself, without its arguments.
pub fn names_of(function: &Function, visit: &mut dyn FnMut(Named)) {
    match function {
        Function::Reference(reference) => match reference.local() {
            Function::Ref(name) => visit(Named::Ref(name)),
            Function::GetAtt { logical_id, attribute } => {
                visit(Named::Attribute(logical_id, attribute.as_str().unwrap_or_default().to_owned()));
            }
            _ => {}
        },
        Function::Ref(name) => visit(Named::Ref(name.clone())),
        Function::GetAtt { logical_id, attribute } => {
            let attribute = attribute.as_str().unwrap_or_default().to_owned();
            visit(Named::Attribute(logical_id.clone(), attribute));
        }
        Function::If { condition, .. } => visit(Named::Condition(condition.clone())),
        Function::Condition(name) => visit(Named::Condition(name.clone())),
        Function::FindInMap { map: Value::String(name), .. } => visit(Named::Mapping(name.clone())),
        Function::Sub { text, variables } => {
            for name in sub::names(text).filter(|name| !variables.contains_key(*name)) {
                visit(match name.split_once('.') {
                    Some((logical_id, attribute)) => Named::Attribute(logical_id.to_owned(), attribute.to_owned()),
                    None => Named::Ref(name.to_owned()),
                });
            }
        }
        _ => {}
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
