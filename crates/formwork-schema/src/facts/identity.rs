//! Identity of a resource: the value of `Ref`, the attributes that are fixed at creation, the property that names
//! the thing.
//!
//! It decides what follows from a change. A resource that is replaced has another identity and another ARN for certain; one that is
//! updated in place keeps both. Any other attribute that only AWS sets may change in either case.

use super::TypeFacts;
use super::paths::{Lies, Paths, lies};
use super::table::Column;

/// Kind of the value of `Ref` or of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind<'t> {
    /// AWS draws it when the resource is made, and no two resources have the same: an update keeps it, a replacement has another.
    Identity,
    /// The resource's own ARN. An update keeps it. A replacement has another one, unless a given name makes the same.
    Arn,
    /// A property that can be set, as the template says it: it changes as the property does. Where the template does not give it and
    /// [`TypeFacts::is_identity`] holds, AWS draws it when the resource is made.
    Property(&'t str),
    /// AWS sets it, and an update can change it: a status, a version, an address.
    ReadOnly,
    /// The facts have no such attribute.
    Unknown,
}

impl AttributeKind<'_> {
    /// True if an update in place keeps the value, whatever else it changes. Of a property, the property itself tells.
    pub fn is_settled_at_creation(self) -> bool {
        matches!(self, AttributeKind::Identity | AttributeKind::Arn)
    }
}

impl<'t> TypeFacts<'t> {
    /// Kind of the value that `Fn::GetAtt` gives for `attribute`, dotted.
    pub fn attribute_kind(&self, attribute: &str) -> AttributeKind<'t> {
        let Some(name) = self.attributes().find(|name| *name == attribute) else {
            return self.kind_of_place(attribute).unwrap_or(AttributeKind::Unknown);
        };
        self.kind_of_place(name).unwrap_or(AttributeKind::ReadOnly)
    }

    /// The places whose values make the value that `Ref` gives, in their order. None where AWS draws an id that is not an attribute.
    pub fn ref_parts(&self) -> Paths<'t> {
        self.paths(Column::RefParts)
    }

    /// Kind of one of the [`ref_parts`](Self::ref_parts).
    pub fn kind_of_part(&self, part: &'t str) -> AttributeKind<'t> {
        if self.is_settable(part) { AttributeKind::Property(part) } else { AttributeKind::Identity }
    }

    /// True if the attribute or property is part of the resource's identity: of the primary identifier or of the value
    /// of `Ref`, or the resource's own id or ARN.
    pub fn is_identity(&self, attribute: &str) -> bool {
        self.primary_identifier().chain(self.ref_parts()).any(|part| part == attribute)
            || self.attribute_kind(attribute).is_settled_at_creation()
    }

    /// The property that names the thing, where there can be only one of a name: a replacement that keeps the given name is refused,
    /// because the new thing would have to be made before the old one is gone.
    ///
    /// Source: AWS CloudFormation Template Reference, "CloudFormation resource custom naming": "You can't perform an update that causes
    /// a custom-named resource to be replaced".
    pub fn name_property(&self) -> Option<&'t str> {
        self.paths(Column::Name).next()
    }

    /// The other properties within which the name is the only one of its kind, such as the `VpcId` of a security group: when one of
    /// them changes too, the same name can be there twice.
    pub fn name_scope(&self) -> Paths<'t> {
        let mut all = self.paths(Column::Name);
        all.next();
        all
    }

    fn kind_of_place(&self, name: &str) -> Option<AttributeKind<'t>> {
        if let Some(part) = self.ref_parts().chain(self.primary_identifier()).find(|part| *part == name) {
            return Some(match self.kind_of_part(part) {
                AttributeKind::Identity if is_arn(part) => AttributeKind::Arn,
                kind => kind,
            });
        }
        let attribute = self.attributes().find(|own| *own == name)?;
        if self.is_settable(attribute) {
            return Some(AttributeKind::Property(attribute));
        }
        let kind = self.type_name().rsplit("::").next().unwrap_or_default();
        let is_own = |end: &str| attribute.strip_suffix(end).is_some_and(|what| ends_with(kind, what));
        Some(match () {
            () if is_own("Arn") || is_own("ARN") => AttributeKind::Arn,
            () if is_own("Id") || is_own("UniqueId") => AttributeKind::Identity,
            () => AttributeKind::ReadOnly,
        })
    }

    /// True for a place that is not read-only, whose value a template can give.
    fn is_settable(&self, place: &str) -> bool {
        let steps: Vec<&str> = place.split('.').collect();
        !self.read_only().any(|read_only| lies(&steps, read_only) != Lies::Apart)
    }
}

fn is_arn(name: &str) -> bool {
    name.ends_with("Arn") || name.ends_with("ARN")
}

/// True if a type's name ends with the word, in letters of any case.
fn ends_with(kind: &str, word: &str) -> bool {
    kind.len()
        .checked_sub(word.len())
        .and_then(|start| kind.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}
