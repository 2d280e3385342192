//! The fate of each resource, and its consequences for the values that refer to the resource.
//!
//! Source: AWS CloudFormation User Guide, "Understand update behaviors of stack resources"; API Reference, `ResourceChangeDetail`
//! (`ChangeSource`, `Evaluation`). A resource that is replaced has another identity for certain, at any depth; its other attributes,
//! and those that only AWS sets of a resource that is updated in place, may become others.

use std::collections::BTreeMap;

use formwork_model::Term;
use formwork_model::term::{Hole, Piece};
use formwork_schema::facts::{AttributeKind, Registry, TypeFacts};
use indexmap::IndexMap;

use crate::evaluate::Resources;
use crate::model::StackResource;
use crate::view;

/// The fate of a resource in an update.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// Nothing that a reference could show.
    Stays,
    /// It is updated in place.
    Changes(Changes),
    /// It may be replaced.
    MayBeReplaced,
    /// It is replaced.
    Replaced(Changes),
    /// It is created.
    Created,
}

/// The changes of a resource's properties.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// The properties as they will be.
    pub(super) properties: Option<Term>,
    /// The places that change, as schemas name them, and whether they do for certain.
    pub(super) places: Vec<(Vec<String>, Follows)>,
}

/// The certainty with which a value that a resource gives changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Follows {
    /// It stays.
    No,
    /// It may become another one.
    Perhaps,
    /// It becomes another one.
    Surely,
}

/// The resources as they will be: those that were looked at, which for each are all that it refers to.
pub(super) struct Planned<'a> {
    pub(super) registry: &'a Registry,
    pub(super) deployed: &'a IndexMap<String, StackResource>,
    pub(super) fates: BTreeMap<String, (Fate, String)>,
}

impl Planned<'_> {
    pub(super) fn put(&mut self, id: &str, type_name: &str, fate: Fate) {
        self.fates.insert(id.to_owned(), (fate, type_name.to_owned()));
    }

    /// True if the resource is not touched, so that all its values stay.
    pub(super) fn stays(&self, id: &str) -> bool {
        !self.fates.get(id).is_some_and(|(fate, _)| !matches!(fate, Fate::Stays))
    }

    fn deployed(&self, id: &str) -> Option<&StackResource> {
        self.deployed.get(id).filter(|resource| resource.is_there())
    }

    fn fate(&self, id: &str) -> Result<&Fate, String> {
        // Its condition does not hold.
        self.fates.get(id).map(|(fate, _)| fate).ok_or_else(|| view::unresolved(id))
    }

    fn facts(&self, id: &str) -> Option<TypeFacts<'_>> {
        self.registry.of(&self.fates.get(id)?.1)
    }

    /// The certainty with which the value of `Ref` changes.
    pub(super) fn reference_follows(&self, id: &str) -> Follows {
        // A resource that is updated in place keeps its physical id.
        self.of(id, AttributeKind::Identity, true)
    }

    /// The certainty with which the value of `Fn::GetAtt` changes.
    pub(super) fn attribute_follows(&self, id: &str, attribute: &str) -> Follows {
        let facts = self.facts(id);
        let kind = facts.map_or(AttributeKind::Unknown, |facts| facts.attribute_kind(attribute));
        self.of(id, kind, facts.is_some_and(|facts| facts.is_identity(attribute)))
    }

    fn of(&self, id: &str, kind: AttributeKind<'_>, is_identity: bool) -> Follows {
        let Some((fate, _)) = self.fates.get(id) else { return Follows::No };
        match (fate, kind) {
            (Fate::Stays, _) => Follows::No,
            (Fate::Created, _) => Follows::Surely,
            (Fate::Replaced(_), kind) if is_identity || kind.is_settled_at_creation() => Follows::Surely,
            (Fate::Replaced(changes), AttributeKind::Property(property)) => {
                changes.touch(property).max(Follows::Perhaps)
            }
            (Fate::Replaced(_) | Fate::MayBeReplaced, _) => Follows::Perhaps,
            (Fate::Changes(changes), AttributeKind::Property(property)) => changes.touch(property),
            (Fate::Changes(_), AttributeKind::Identity | AttributeKind::Arn) => Follows::No,
            (Fate::Changes(_), AttributeKind::ReadOnly | AttributeKind::Unknown) => Follows::Perhaps,
        }
    }

    /// The certainty with which a value changes because of the parts of it that are not known.
    pub(super) fn follows(&self, term: &Term) -> Follows {
        match term {
            Term::Hole(hole) => self.hole_follows(hole),
            Term::Pieces(pieces) => {
                let of_piece = |piece: &Piece| match piece {
                    Piece::Text(_) => Follows::No,
                    Piece::Hole(hole) => self.hole_follows(hole),
                };
                pieces.iter().map(of_piece).max().unwrap_or(Follows::No)
            }
            Term::Base64(inner) => self.follows(inner),
            Term::List(items) => items.iter().map(|item| self.follows(item)).max().unwrap_or(Follows::No),
            Term::Map(entries) => entries.values().map(|entry| self.follows(entry)).max().unwrap_or(Follows::No),
            Term::Absent | Term::Null | Term::Bool(_) | Term::Number(_) | Term::Text(_) => Follows::No,
        }
    }

    pub(super) fn hole_follows(&self, hole: &Hole) -> Follows {
        match hole {
            Hole::Reference(id) => self.reference_follows(id),
            Hole::Attribute(id, attribute) => self.attribute_follows(id, attribute),
            Hole::Call(call) => {
                let inner = self.follows(&call.argument);
                // Another text in these gives another text; any other function may choose the part that stays.
                let is_kept = matches!(call.name.as_str(), "Fn::Join" | "Fn::Base64" | "Fn::ToJsonString");
                if is_kept { inner } else { inner.min(Follows::Perhaps) }
            }
            Hole::Dynamic(_) => Follows::No,
            _ => Follows::Perhaps,
        }
    }

    /// The value of a property after the update.
    fn property(&self, changes: &Changes, property: &str) -> Option<Term> {
        let mut term = changes.properties.as_ref()?;
        for name in property.split('.') {
            let Term::Map(entries) = term else { return None };
            term = entries.get(name)?;
        }
        term.is_known().then(|| term.clone())
    }
}

impl Changes {
    /// The certainty with which the value of a property changes.
    fn touch(&self, property: &str) -> Follows {
        let property: Vec<&str> = property.split('.').filter(|name| *name != "*").collect();
        let meets = |place: &[String]| {
            let place = place.iter().map(String::as_str).filter(|name| *name != "*");
            place.zip(&property).all(|(one, other)| one == *other)
        };
        let touched = self.places.iter().filter(|(place, _)| meets(place)).map(|(_, follows)| *follows);
        touched.max().unwrap_or(Follows::No)
    }
}

impl Resources for Planned<'_> {
    fn reference(&self, id: &str) -> Result<Term, String> {
        self.fate(id)?;
        let hole = || Term::Hole(Hole::Reference(id.to_owned()));
        Ok(match self.reference_follows(id) {
            Follows::No => self.deployed(id).map_or_else(hole, |resource| Term::text(resource.physical_id.as_str())),
            Follows::Perhaps | Follows::Surely => hole(),
        })
    }

    fn attribute(&self, id: &str, attribute: &str) -> Result<Term, String> {
        let fate = self.fate(id)?;
        let hole = || Term::Hole(Hole::Attribute(id.to_owned(), attribute.to_owned()));
        let deployed = || {
            let value = self.deployed(id).and_then(|resource| view::attribute_of(resource, attribute));
            value.map_or_else(hole, |value| Term::from_json(&value))
        };
        Ok(match (self.attribute_follows(id, attribute), fate) {
            (Follows::No, _) => deployed(),
            (_, Fate::Changes(changes)) => self.property(changes, attribute).unwrap_or_else(hole),
            _ => hole(),
        })
    }
}
