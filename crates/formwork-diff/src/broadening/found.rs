//! Broadenings of permissions: the answer, as plain data.

use serde_json::Value;

use crate::path::Path;

/// One thing that is permitted more widely than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadening {
    /// The resource.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// The place in its properties.
    pub path: Path,
    /// In which way.
    pub kind: BroadeningKind,
    /// The new part: the statement with its new entries alone, the rule, the policy's ARN, the switch's value.
    pub value: Value,
    /// False when it hangs on values that are not known yet, or on rules that cannot be compared.
    pub is_certain: bool,
    /// Of a switch: what it lets happen.
    pub says: Option<&'static str>,
}

/// In which way something is permitted more widely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BroadeningKind {
    /// A statement that allows.
    Allow,
    /// A statement that denies is gone, or an entry of a network ACL.
    DenyRemoved,
    /// A managed policy is attached.
    ManagedPolicy,
    /// A boundary of permissions is gone or another one.
    Boundary,
    /// A permission to invoke, as a resource of its own.
    Permission,
    /// Traffic that comes in.
    Ingress,
    /// Traffic that goes out.
    Egress,
    /// Addresses of a prefix list, which rules elsewhere use.
    Addresses,
    /// A policy that has somebody more.
    Reach,
    /// A policy that denies no longer has somebody.
    Release,
    /// A group that has somebody more.
    NewMember,
    /// An identity in one more group.
    Member,
    /// A role that instances take.
    Role,
    /// Somebody who has a permission set in an account.
    Assignment,
    /// A switch that makes something open.
    Open,
}

impl Broadening {
    pub(super) fn new(place: &Place, kind: BroadeningKind, value: Value) -> Broadening {
        Broadening {
            logical_id: place.id.clone(),
            type_name: place.type_name.clone(),
            path: place.path.clone(),
            kind,
            value,
            is_certain: true,
            says: None,
        }
    }
}

/// A resource and a place in its properties.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) type_name: String,
    pub(super) path: Path,
}
