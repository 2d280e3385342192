//! The intermediate representation: a resource type, reduced to what can be said in types.
//!
//! Made by [`crate::read`], used by code generation. Names are CloudFormation's own (only the first letter of a type's name
//! is made a capital); their Rust spelling is the generator's business. All lists are sorted by name, so that equal schemas
//! give equal values whatever the order of their keys.

use std::collections::BTreeMap;

/// A resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The full name, e.g. `AWS::CloudFront::Distribution`.
    pub type_name: String,
    /// The description, as the schema has it.
    pub doc: String,
    /// True if there is no way to update it, so that any change replaces it.
    pub replaced_by_any_change: bool,
    /// The properties that can be set: the schema's properties without those that are only read.
    pub properties: Vec<Property>,
    /// Types of nested objects, reachable from `properties`.
    pub structs: Vec<Struct>,
    /// Types of values of which there are alternatives, reachable from `properties`.
    pub unions: Vec<Union>,
    /// Types of texts with listed values, reachable from `properties`.
    pub enums: Vec<Enum>,
    /// The attributes that `Fn::GetAtt` gives.
    pub attributes: Vec<Attribute>,
    /// The usual name of the value that `Ref` gives, e.g. `Arn`.
    pub ref_name: String,
    /// Places that are typed as free JSON, or less exactly than the schema says.
    pub widened: Vec<Widened>,
}

/// A nested object.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Unique within the resource.
    pub name: String,
    /// The description.
    pub doc: String,
    /// Its fields.
    pub properties: Vec<Property>,
}

/// A value of which there are alternatives: exactly one of them holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Union {
    /// Unique within the resource, among structs too.
    pub name: String,
    /// The description.
    pub doc: String,
    /// The alternatives.
    pub alternatives: Vec<Alternative>,
}

/// One of the alternatives of a [`Union`].
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The name: its key, its title or the name of its definition.
    pub name: String,
    /// The only key of the object that stands in the template (`{"S3": …}`); `None` when the value itself stands there.
    pub key: Option<String>,
    /// The type of the value: behind the key if there is one.
    pub ty: Type,
    /// The description.
    pub doc: String,
    /// The effect of its change on the deployed resource.
    pub update: Update,
}

/// A field of a resource or of a nested object.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The name, as CloudFormation spells it.
    pub name: String,
    /// The type.
    pub ty: Type,
    /// True if it must be set.
    pub required: bool,
    /// The description.
    pub doc: String,
    /// The effect of its change on the deployed resource.
    pub update: Update,
}

/// The effect of a property's change on the deployed resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update {
    /// Nothing is said: it is updated in place.
    #[default]
    InPlace,
    /// The resource is replaced.
    Replacement,
    /// The resource may be replaced, depending on the values.
    MayReplace,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Any JSON.
    Json,
    /// A list.
    List(Box<Type>),
    /// An object with free keys.
    Map(Box<Type>),
    /// A nested object of [`Resource::structs`].
    Struct(String),
    /// One of several alternatives, of [`Resource::unions`].
    Union(String),
    /// A struct or a union on the heap, because it contains itself otherwise than through a list or a map.
    Boxed(Box<Type>),
    /// A text with listed values, of [`Resource::enums`].
    Enum(String),
}

impl Type {
    /// The nested type that is in it, if there is one.
    pub fn nested(&self) -> Option<&str> {
        match self {
            Type::Struct(name) | Type::Union(name) | Type::Enum(name) => Some(name),
            Type::List(inside) | Type::Map(inside) | Type::Boxed(inside) => inside.nested(),
            Type::String | Type::Integer | Type::Number | Type::Boolean | Type::Json => None,
        }
    }
}

/// A text with listed values.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Unique within the resource.
    pub name: String,
    /// The description.
    pub doc: String,
    /// The values, in the schema's order.
    pub values: Vec<String>,
}

/// An attribute that `Fn::GetAtt` gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name as it stands in a template, e.g. `Endpoint.Address`.
    pub name: String,
    /// A scalar, a list of scalars, or JSON.
    pub ty: Type,
    /// The description.
    pub doc: String,
}

/// A place where the types say less than the schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Widened {
    /// The place in the schema, as a path of names.
    pub path: String,
    /// The reason.
    pub reason: &'static str,
}

impl Type {
    /// The type of what lists, maps and boxes hold.
    fn innermost(&self) -> &Type {
        match self {
            Type::List(inside) | Type::Map(inside) | Type::Boxed(inside) => inside.innermost(),
            other => other,
        }
    }

    /// The struct or the union that a value of this type contains in place.
    fn inline(&self) -> Option<&str> {
        match self {
            Type::Struct(name) | Type::Union(name) => Some(name),
            _ => None,
        }
    }
}

impl Resource {
    /// The service's name, e.g. `CloudFront`.
    pub fn service(&self) -> &str {
        service_of(&self.type_name)
    }

    /// The type's name within its service, e.g. `Distribution`.
    pub fn name(&self) -> &str {
        self.type_name.rsplit("::").next().unwrap_or(&self.type_name)
    }
}

impl Resource {
    /// A name of a nested type that no nested type has; none in a value that is as it says.
    pub(crate) fn missing_type(&self) -> Option<&str> {
        let of_structs = self.structs.iter().flat_map(|nested| &nested.properties);
        let fields = self.properties.iter().chain(of_structs).map(|property| &property.ty);
        let alternatives = self.unions.iter().flat_map(|union| &union.alternatives).map(|alternative| &alternative.ty);
        fields.chain(alternatives).find_map(|ty| {
            let (name, is_there) = match ty.innermost() {
                Type::Struct(name) => (name, self.structs.iter().any(|nested| nested.name == *name)),
                Type::Union(name) => (name, self.unions.iter().any(|nested| nested.name == *name)),
                Type::Enum(name) => (name, self.enums.iter().any(|nested| nested.name == *name)),
                _ => return None,
            };
            (!is_there).then_some(name.as_str())
        })
    }
}

/// The service in a type's name: `AWS::CloudFront::Distribution` -> `CloudFront`.
pub fn service_of(type_name: &str) -> &str {
    type_name.split("::").nth(1).unwrap_or(type_name)
}

/// Puts structs and unions that contain themselves on the heap. Lists and maps are on the heap already.
pub(crate) fn box_cycles(structs: &mut [Struct], unions: &mut [Union]) {
    let mut types: Vec<(&str, Vec<&mut Type>)> = Vec::new();
    for nested in structs {
        types.push((&nested.name, nested.properties.iter_mut().map(|property| &mut property.ty).collect()));
    }
    for union in unions {
        types.push((&union.name, union.alternatives.iter_mut().map(|alternative| &mut alternative.ty).collect()));
    }
    let mut edges: BTreeMap<&str, Vec<String>> = types
        .iter()
        .map(|(name, inside)| (*name, inside.iter().filter_map(|ty| ty.inline().map(str::to_owned)).collect()))
        .collect();
    // One field at a time, in the order of names: the choice is arbitrary, but always the same.
    for (name, inside) in &mut types {
        for ty in inside {
            let Some(target) = ty.inline() else { continue };
            if !reaches(&edges, target, name) {
                continue;
            }
            if let Some(inside) = edges.get_mut(name)
                && let Some(place) = inside.iter().position(|name| name == target)
            {
                inside.remove(place);
            }
            **ty = Type::Boxed(Box::new(ty.clone()));
        }
    }
}

fn reaches(edges: &BTreeMap<&str, Vec<String>>, from: &str, to: &str) -> bool {
    let mut seen = Vec::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if !seen.contains(&name) {
            seen.push(name);
            open.extend(edges.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    false
}
