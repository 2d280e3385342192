//! Things that the source has names for: parameters and resources as variables, and how often each is used.

use std::collections::{BTreeMap, BTreeSet};

use formwork_codegen::names;
use formwork_model::parameter;
use formwork_schema::ir::Type;
use formwork_template::{Parameter, ParameterType, Template, Value};

/// Names that the source uses itself.
const RESERVED: &[&str] = &["_", "app", "some", "stack"];

/// Types that the source names without a path; it imports none of such a name.
const OWN_TYPES: &[&str] = &[
    "App",
    "Context",
    "DeletionPolicy",
    "Parameter",
    "ParameterType",
    "Stack",
    "Untyped",
    "UpdateReplacePolicy",
    "Value",
];

/// The variable of each parameter and resource, by logical id.
pub(crate) fn variables(template: &Template) -> BTreeMap<String, String> {
    let mut taken: BTreeSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
    let ids = template.parameters.keys().chain(template.resources.keys());
    ids.map(|id| (id.clone(), names::unique(names::snake(id), &mut taken))).collect()
}

/// The uses of variables: known after the source has been written once, and needed to write it well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// The number of uses of each logical id.
    pub(crate) count: BTreeMap<String, usize>,
    /// As values of which type a parameter is.
    pub(crate) wanted: BTreeMap<String, Vec<Type>>,
    /// The types of properties, by name: the modules that they are in, and how often each is used.
    pub(crate) types: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Uses {
    /// The module to import a type of this name from: the only one that there is, or one that is used more than all others.
    pub(crate) fn import_of(&self, name: &str) -> Option<&str> {
        const OFTEN: usize = 3;
        let modules = self.types.get(name)?;
        let (module, most) = modules.iter().max_by_key(|(_, count)| **count)?;
        let all: usize = modules.values().sum();
        let is_clear = modules.len() == 1 || (*most >= OFTEN && 2 * most > all);
        let is_free = !OWN_TYPES.contains(&name) && !is_region(name);
        (is_clear && is_free).then_some(module)
    }

    /// The type of the value of a parameter: what it is used as most.
    pub(crate) fn type_of(&self, name: &str, parameter: &Parameter) -> Type {
        let declared = match &parameter.parameter_type {
            kind if parameter::is_list(kind) => return list(),
            ParameterType::Number if parameter.default.as_ref().is_none_or(is_whole) => Type::Integer,
            ParameterType::Number => Type::Number,
            _ => Type::String,
        };
        let wanted = self.wanted.get(name).map(Vec::as_slice).unwrap_or_default();
        let count = |ty: &Type| wanted.iter().filter(|wanted| *wanted == ty).count();
        let mut best = declared;
        for candidate in [Type::String, Type::Integer, Type::Number, Type::Boolean] {
            if count(&candidate) > count(&best) {
                best = candidate;
            }
        }
        best
    }
}

fn is_region(name: &str) -> bool {
    formwork_schema::facts::regions().any(|region| formwork_template::reference::pascal_case(region) == name)
}

fn list() -> Type {
    Type::List(Box::new(Type::String))
}

fn is_whole(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64(),
        Value::String(text) => text.parse::<i64>().is_ok(),
        _ => false,
    }
}
