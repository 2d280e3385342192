//! Resource types as the generated crate spells them: read from their schemas when they are first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use formwork_codegen::emit::{self, Types};
use formwork_codegen::{features, generate, names};
use formwork_schema::ir::{Alternative, Enum, Property, Resource, Struct, Type, Union};
use formwork_schema::{embedded, facts, read};
use formwork_template::Value;

use crate::convert::converted;

/// The types that were asked for.
#[derive(Default)]
pub(crate) struct Catalog {
    known: BTreeMap<String, Option<Rc<Known>>>,
}

/// A resource type that the generated crate has.
pub(crate) struct Known {
    pub(crate) schema: Resource,
    /// The service's module and feature.
    pub(crate) service: String,
    pub(crate) feature: String,
    /// The module of the types of its properties: `ec2::security_group`.
    pub(crate) module: String,
    types: Types,
    /// Attributes by name: the handle's method, and what it gives.
    pub(crate) attributes: BTreeMap<String, (String, Type)>,
    /// True if another resource type of the service is called as what its constructor takes.
    group_is_hidden: bool,
}

impl Catalog {
    /// The type, unless it is not one of AWS's, or is newer than the schemas.
    pub(crate) fn get(&mut self, type_name: &str) -> Option<Rc<Known>> {
        if !self.known.contains_key(type_name) {
            self.known.insert(type_name.to_owned(), Known::read(type_name).map(Rc::new));
        }
        self.known.get(type_name).cloned().flatten()
    }
}

impl Catalog {
    /// The type whose properties' types are in this module.
    pub(crate) fn of_module(&self, module: &str) -> Option<Rc<Known>> {
        self.known.values().flatten().find(|known| known.module == module).cloned()
    }
}

impl Known {
    fn read(type_name: &str) -> Option<Known> {
        let schema = read::resource(type_name, &embedded::schema(type_name)?).ok()?;
        let service = schema.service().to_owned();
        let prefix = type_name.strip_suffix(schema.name())?;
        let own: Vec<&str> = facts::type_names().filter_map(|name| name.strip_prefix(prefix)).collect();
        let place = own.iter().position(|name| *name == schema.name())?;
        let module = generate::module_names(own.iter().copied()).into_iter().nth(place)?;
        let types = Types::new(&schema);
        let group = types.required(&types.resource);
        let attributes = emit::methods(&schema)
            .into_iter()
            .map(|(method, attribute)| (attribute.name.clone(), (method, attribute.ty.clone())))
            .collect();
        let group_is_hidden = !emit::is_offered(&group, schema.name(), |name| own.contains(&name));
        let service_module = features::module_of(&service);
        Some(Known {
            module: format!("{service_module}::{module}"),
            feature: features::feature_of(&service),
            service: service_module,
            attributes,
            types,
            schema,
            group_is_hidden,
        })
    }

    /// The path of the resource's own struct: `ec2::SecurityGroup`.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.service, self.types.resource)
    }

    /// A nested type, by its name in Rust.
    pub(crate) fn nested_name(&self, name: &str) -> String {
        self.types.name(name)
    }

    /// The argument of the constructor of a type that requires several fields, by the type's name in Rust: its name, and whether
    /// the service's module offers it.
    pub(crate) fn group(&self, rust: &str) -> (String, bool) {
        (self.types.required(rust), rust == self.types.resource && !self.group_is_hidden)
    }

    pub(crate) fn nested(&self, name: &str) -> Option<&Struct> {
        self.schema.structs.iter().find(|nested| nested.name == name)
    }

    /// True if a type of the properties, by its name in Rust, is the same here as in another resource type of the service:
    /// such types are one in the generated crate, whatever the module by which they are reached.
    pub(crate) fn shares(&self, other: &Known, rust: &str) -> bool {
        self.service == other.service && self.is_same(other, rust, &mut BTreeSet::new())
    }

    fn is_same(&self, other: &Known, rust: &str, seen: &mut BTreeSet<String>) -> bool {
        if !seen.insert(rust.to_owned()) {
            return true;
        }
        let structs =
            |known: &Known| known.schema.structs.iter().find(|one| known.types.name(&one.name) == rust).cloned();
        let unions =
            |known: &Known| known.schema.unions.iter().find(|one| known.types.name(&one.name) == rust).cloned();
        let enums = |known: &Known| known.schema.enums.iter().find(|one| known.types.name(&one.name) == rust).cloned();
        let (own, others) = (structs(self), structs(other));
        if self.types.required(rust) != other.types.required(rust)
            || own != others
            || unions(self) != unions(other)
            || enums(self) != enums(other)
        {
            return false;
        }
        let fields = own.into_iter().flat_map(|one| one.properties).map(|property| property.ty);
        let alternatives = unions(self).into_iter().flat_map(|one| one.alternatives).map(|alternative| alternative.ty);
        let mut inside = fields.chain(alternatives).filter_map(|ty| ty.nested().map(str::to_owned));
        inside.all(|name| {
            let rust = self.types.name(&name);
            rust == other.types.name(&name) && self.is_same(other, &rust, seen)
        })
    }

    pub(crate) fn union(&self, name: &str) -> Option<&Union> {
        self.schema.unions.iter().find(|union| union.name == name)
    }

    /// The alternative of a union that a value is: its variant, and the value behind its key with the type that it has.
    pub(crate) fn alternative<'k, 'v>(
        &'k self,
        union: &'k Union,
        value: &'v Value,
    ) -> Option<(String, &'v Value, &'k Type)> {
        let place = |fit: Fit| {
            union.alternatives.iter().position(|alternative| {
                let inside = behind_key(alternative, value);
                inside.is_some_and(|inside| alternative.key.is_some() || self.fits(inside, &alternative.ty, fit))
            })
        };
        let place = place(Fit::AsItIs).or_else(|| place(Fit::Converted))?;
        let alternative = union.alternatives.get(place)?;
        let names: Vec<String> = union.alternatives.iter().map(|alternative| alternative.name.clone()).collect();
        Some((names::variants(&names).into_iter().nth(place)?, behind_key(alternative, value)?, &alternative.ty))
    }

    /// True if a type has room for all of a value; functions fit everywhere.
    fn fits(&self, value: &Value, ty: &Type, fit: Fit) -> bool {
        let converted = if fit == Fit::Converted { converted(value, ty) } else { None };
        match (converted.as_ref().unwrap_or(value), ty) {
            (_, Type::Json) | (Value::Function(_), _) => true,
            (Value::String(_), Type::String) | (Value::Bool(_), Type::Boolean) => true,
            (Value::Number(number), Type::Integer) => number.is_i64(),
            (Value::Number(_), Type::Number) => true,
            (Value::String(text), Type::Enum(name)) => {
                self.listed(name).is_some_and(|listed| listed.values.contains(text))
            }
            (Value::List(items), Type::List(item)) => items.iter().all(|value| self.fits(value, item, fit)),
            (Value::Map(entries), Type::Map(inside)) => entries.values().all(|value| self.fits(value, inside, fit)),
            (_, Type::Boxed(inside)) => self.fits(value, inside, fit),
            (_, Type::Union(name)) => self.union(name).is_some_and(|union| self.alternative(union, value).is_some()),
            (Value::Map(entries), Type::Struct(name)) => self.nested(name).is_some_and(|nested| {
                let ty_of = |name: &String| nested.properties.iter().find(|property| property.name == *name);
                nested.properties.iter().all(|property| !property.required || entries.contains_key(&property.name))
                    && entries
                        .iter()
                        .all(|(name, value)| ty_of(name).is_some_and(|property| self.fits(value, &property.ty, fit)))
            }),
            _ => false,
        }
    }

    pub(crate) fn listed(&self, name: &str) -> Option<&Enum> {
        self.schema.enums.iter().find(|listed| listed.name == name)
    }
}

/// Fit of a value to a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    AsItIs,
    /// A scalar of another kind, too.
    Converted,
}

/// The value behind the key that the alternative has in a template; the value itself when it has none.
fn behind_key<'v>(alternative: &Alternative, value: &'v Value) -> Option<&'v Value> {
    let Some(key) = &alternative.key else { return Some(value) };
    let entries = value.as_map().filter(|entries| entries.len() == 1)?;
    entries.get(key)
}

/// The fields of a struct by the names of their properties: each with its name in Rust.
pub(crate) fn fields(properties: &[Property]) -> BTreeMap<&str, (String, &Property)> {
    emit::field_names(properties)
        .into_iter()
        .map(|(rust, property)| (property.name.as_str(), (rust, property)))
        .collect()
}

/// The variant for a value of an enum, if it is listed.
pub(crate) fn variant(listed: &Enum, value: &str) -> Option<String> {
    let place = listed.values.iter().position(|known| known == value)?;
    names::variants(&listed.values).into_iter().nth(place)
}
