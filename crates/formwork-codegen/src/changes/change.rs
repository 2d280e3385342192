//! One change of a resource type, and what it asks of users.

use formwork_schema::ir::Update;

/// The fact of what `Ref` gives.
pub(super) const REF: &str = "value of `Ref`";

/// A kind of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With properties.
    Struct,
    /// With alternatives.
    Union,
    /// With listed values.
    Enum,
}

/// One change of a resource type.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The type is new, and exists in that many regions.
    TypeAdded(usize),
    /// The type is gone.
    TypeRemoved,
    /// A nested type is gone, or is none that can be named.
    NestedRemoved(Kind, String),
    /// A nested type of the same name is of another kind.
    NestedChanged(String, Kind, Kind),
    /// A property or an alternative is new.
    Added {
        /// The place of the change.
        place: Place,
        /// Its Rust type.
        ty: String,
        /// True if it must be set.
        required: bool,
    },
    /// A property or an alternative is gone.
    Removed(Place),
    /// An enum has more values.
    ValuesAdded(String, Vec<String>),
    /// Values of an enum are gone.
    ValuesRemoved(String, Vec<String>),
    /// It has another type.
    Retyped(Place, String, String),
    /// It is called otherwise in Rust, and the same in a template.
    Respelled(Place, String, String),
    /// It must be set now.
    Required(Place),
    /// It need not be set any more.
    Optional(Place),
    /// A change of it does something else to the deployed resource.
    Updates(Place, Update, Update),
    /// Any change replaces the resource, or no longer does.
    AnyChangeReplaces(bool),
    /// An attribute is new.
    AttributeAdded(String, String),
    /// An attribute is gone.
    AttributeRemoved(String),
    /// An attribute has another type.
    AttributeRetyped(String, String, String),
    /// Another fact: its name, before, after.
    Fact(&'static str, String, String),
    /// Another fact that is a list: its name, what came, what went.
    List(&'static str, Vec<String>, Vec<String>),
    /// The type exists in more regions.
    RegionsAdded(Vec<String>),
    /// The type no longer exists in some regions.
    RegionsRemoved(Vec<String>),
}

/// A property, an alternative or a value, and the nested type that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The kind of thing.
    pub kind: Kind,
    /// The nested type in Rust; empty for the resource itself.
    pub owner: String,
    /// As it stands in a template.
    pub name: String,
}

/// Work that a change asks of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Source that names it does not compile, or its stack cannot be deployed where it was.
    Breaks,
    /// A later change of the property replaces a resource, or may, that was updated in place.
    Replaces,
    /// Nothing.
    Informs,
}

impl Change {
    /// Work that the change asks of users.
    pub fn effect(&self) -> Effect {
        match self {
            Change::TypeRemoved
            | Change::NestedRemoved(..)
            | Change::NestedChanged(..)
            | Change::Added { required: true, .. }
            | Change::Removed(_)
            | Change::ValuesRemoved(..)
            | Change::Retyped(..)
            | Change::Respelled(..)
            // Either way, the constructor takes other arguments.
            | Change::Required(_)
            | Change::Optional(_)
            | Change::AttributeRemoved(_)
            | Change::AttributeRetyped(..)
            | Change::RegionsRemoved(_) => Effect::Breaks,
            // Names of values between stacks are made of it.
            Change::Fact(REF, ..) => Effect::Breaks,
            Change::Updates(_, before, after) if severity(*after) > severity(*before) => Effect::Replaces,
            Change::AnyChangeReplaces(true) => Effect::Replaces,
            _ => Effect::Informs,
        }
    }
}

fn severity(update: Update) -> u8 {
    match update {
        Update::InPlace => 0,
        Update::MayReplace => 1,
        Update::Replacement => 2,
    }
}
