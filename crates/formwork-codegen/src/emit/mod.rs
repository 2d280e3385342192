//! The shape of the generated code: one file a resource type, one `mod.rs` a service.
//!
//! Compile time decides every choice here. There are tables of `("Name", &self.name)` pairs and no derives beyond `Clone`;
//! what a derive would give for more is written out in fewer calls (`Default`) or is one call of a function for all types
//! (`Debug`). Every function is `#[inline]`, so that a crate that enables a service pays for what it uses.

mod attributes;
mod enums;
mod structs;
mod unions;

pub use attributes::methods;
pub use structs::field_names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use formwork_schema::ir::{Resource, Type};

use crate::{docs, features, names};

/// What the generated file of a resource type is called, and which of its types the service's module offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The type's full name.
    pub type_name: String,
    /// Module and file stem.
    pub name: String,
    /// Types to be reached as `<service>::<type>`.
    pub exports: Vec<String>,
}

/// Text that grows line by line.
pub(crate) struct Text(String);

impl Text {
    /// A line; writing to a `String` cannot fail.
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(line);
        self.0.push('\n');
    }

    /// A doc comment: a first line, and a description below it if there is one.
    fn doc(&mut self, indent: &str, first: &str, description: &str) {
        self.line(format_args!("{indent}/// {first}"));
        let description = docs::clean(description);
        if !description.is_empty() {
            self.line(format_args!("{indent}///"));
            self.line(format_args!("{indent}/// {description}"));
        }
    }
}

macro_rules! line {
    ($text:expr, $($argument:tt)*) => { $text.line(format_args!($($argument)*)) };
}
pub(crate) use line;

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
        let name: String = resource.name().chars().filter(char::is_ascii_alphanumeric).collect();
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
        for nested in resource.structs.iter().filter(|nested| structs::has_group(&nested.properties)) {
            let nested = rust.get(&nested.name).unwrap_or(&nested.name).clone();
            let group = names::unique(format!("{nested}Required"), &mut taken);
            required.insert(nested, group);
        }
        Types { resource: name, names: rust, required }
    }

    /// What the constructor of a type is given that requires several fields, by the Rust name of the type.
    pub fn required(&self, rust: &str) -> String {
        self.required.get(rust).cloned().unwrap_or_else(|| format!("{rust}Required"))
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

/// The file of a resource type, in its parts.
#[derive(Clone, Debug)]
pub struct File {
    /// The types to be reached as `<service>::<type>`.
    pub exports: Vec<String>,
    /// The comment that opens it, and what it uses.
    head: String,
    /// The resource's own struct, and its attributes.
    own: String,
    /// The types of its properties.
    pub(crate) nested: Vec<Nested>,
}

/// A nested type.
#[derive(Clone, Debug)]
pub(crate) struct Nested {
    /// Its name in Rust.
    pub(crate) name: String,
    /// What its constructor is given, if that is a type of its own.
    group: Option<String>,
    pub(crate) text: String,
    /// The names of the nested types in it.
    pub(crate) uses: Vec<String>,
}

impl File {
    /// The text, with the nested types that are defined elsewhere, by module, re-exported from there.
    pub fn text(&self, elsewhere: &BTreeMap<&str, &str>) -> String {
        let mut text = Text(self.head.clone());
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for nested in &self.nested {
            if let Some(module) = elsewhere.get(nested.name.as_str()) {
                let names = modules.entry(module).or_default();
                names.extend([Some(&nested.name), nested.group.as_ref()].into_iter().flatten().map(String::as_str));
            }
        }
        for (module, mut names) in modules {
            names.sort_unstable();
            line!(text, "pub use super::{module}::{{{}}};", names.join(", "));
        }
        text.0.push_str(&self.own);
        let here = self.nested.iter().filter(|nested| !elsewhere.contains_key(nested.name.as_str()));
        here.for_each(|nested| text.0.push_str(&nested.text));
        text.0
    }
}

/// The file of a resource type.
pub fn resource(resource: &Resource) -> File {
    let types = Types::new(resource);
    let mut head = Text(String::new());
    line!(head, "// Generated by cargo xtask codegen from schemas/; do not edit.");
    line!(head, "//! `{}` and the types of its properties.", resource.type_name);
    line!(head, "");
    line!(head, "use crate::import::*;");
    let mut own = Text(String::new());
    let mut exports = structs::resource(&mut own, resource, &types);
    attributes::emit(&mut own, resource, &types);
    exports.push(format!("{}Attributes", types.resource));
    exports.sort();
    let nested = |name: &str, uses: Vec<&Type>, emit: &dyn Fn(&mut Text)| {
        let mut text = Text(String::new());
        emit(&mut text);
        let name = types.name(name);
        let uses = uses.into_iter().filter_map(Type::nested).map(|used| types.name(used)).collect();
        Nested { group: types.required.get(&name).cloned(), name, text: text.0, uses }
    };
    let structs = resource.structs.iter().map(|one| {
        let uses = one.properties.iter().map(|property| &property.ty).collect();
        nested(&one.name, uses, &|text| structs::nested(text, one, &types))
    });
    let unions = resource.unions.iter().map(|one| {
        let uses = one.alternatives.iter().map(|alternative| &alternative.ty).collect();
        nested(&one.name, uses, &|text| unions::emit(text, one, &types))
    });
    let enums = resource
        .enums
        .iter()
        .map(|one| nested(&one.name, Vec::new(), &|text| enums::emit(text, one, &types.name(&one.name))));
    File { exports, head: head.0, own: own.0, nested: structs.chain(unions).chain(enums).collect() }
}

/// The `mod.rs` of a service.
pub fn service(name: &str, modules: &[Module]) -> String {
    let mut text = Text(String::new());
    line!(text, "// Generated by cargo xtask codegen from schemas/; do not edit.");
    line!(text, "//! Resource types of {name}, each beside a module with the types of its properties.");
    line!(text, "");
    for module in modules {
        line!(text, "pub mod {};", module.name);
    }
    line!(text, "");
    // `FooAttributes` could be the attributes of `Foo` and a resource type; the resource type has the better claim.
    let own: BTreeSet<&str> = modules.iter().filter_map(|module| module.type_name.rsplit("::").next()).collect();
    for module in modules {
        let resource = module.type_name.rsplit("::").next().unwrap_or_default();
        let exports: Vec<&str> = module
            .exports
            .iter()
            .map(String::as_str)
            .filter(|export| is_offered(export, resource, |name| own.contains(name)))
            .collect();
        line!(text, "pub use {}::{{{}}};", module.name, exports.join(", "));
    }
    text.0
}

/// Whether a service's module offers `export`, a type of the resource type `resource`: unless a resource type of the service
/// has that name.
pub fn is_offered(export: &str, resource: &str, is_resource: impl Fn(&str) -> bool) -> bool {
    export == resource || !is_resource(export)
}

/// The `mod.rs` above the services of a shard.
pub fn root(services: &[&str]) -> String {
    let mut text = Text(String::new());
    line!(text, "// Generated by cargo xtask codegen from schemas/ and shards.txt; do not edit.");
    line!(text, "//! One module a service.");
    for service in services {
        line!(text, "");
        line!(text, "#[cfg(feature = \"{}\")]", features::feature_of(service));
        line!(text, "pub mod {};", features::module_of(service));
    }
    text.0
}
