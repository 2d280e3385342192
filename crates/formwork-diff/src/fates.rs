//! Fate of each resource, and its consequences for the resources that refer to it.
//!
//! Source: AWS CloudFormation User Guide, "Understand update behaviors of stack resources"; API Reference, `ResourceChangeDetail`
//! (`ChangeSource`, `Evaluation`). A resource that is replaced has another identity for certain, at any depth; its other attributes,
//! and those that only AWS sets of a resource that is updated in place, may become others.

use std::collections::BTreeMap;

use formwork_model::term::Hole;
use formwork_schema::facts::{AttributeKind, TypeFacts};

use crate::compare::{Follows, Kind};

/// Fate of a resource: an update, a replacement or a creation.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It is updated in place, for certain or perhaps.
    Updated {
        /// The places that change, as schemas name them.
        places: Vec<(Vec<String>, Kind)>,
    },
    /// It may be replaced.
    MayBeReplaced,
    /// It is replaced.
    Replaced {
        /// The places that change, as for an update.
        places: Vec<(Vec<String>, Kind)>,
    },
    /// It is created; the template named it before as something else, or not at all.
    Created,
}

/// The fates of the resources that were looked at, which for each are all that it refers to.
#[derive(Default)]
pub(crate) struct Fates<'r> {
    resources: BTreeMap<String, (Fate, Option<TypeFacts<'r>>)>,
    /// `NoEcho` parameters whose value changes.
    pub(crate) secrets: Vec<String>,
}

impl<'r> Fates<'r> {
    /// Notes the fate of a resource.
    pub(crate) fn put(&mut self, id: &str, fate: Fate, facts: Option<TypeFacts<'r>>) {
        self.resources.insert(id.to_owned(), (fate, facts));
    }

    /// True if a resource has a fate.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.resources.contains_key(id)
    }

    /// Change of a value with this source.
    pub(crate) fn follows(&self, hole: &Hole) -> Follows {
        match hole {
            Hole::Parameter(name) if self.secrets.contains(name) => {
                Follows::Surely(format!("parameter `{name}` changes"))
            }
            // A resource that is updated in place keeps its physical id, also where that is called as a property is.
            Hole::Reference(id) => self.of(id, |_| AttributeKind::Identity, true),
            Hole::Attribute(id, attribute) => {
                let kind = |facts: Option<&TypeFacts<'r>>| {
                    facts.map_or(AttributeKind::Unknown, |facts| facts.attribute_kind(attribute))
                };
                let is_identity = self
                    .resources
                    .get(id)
                    .and_then(|(_, facts)| *facts)
                    .is_some_and(|facts| facts.is_identity(attribute));
                self.of(id, kind, is_identity)
            }
            _ => Follows::No,
        }
    }

    fn of<'k>(
        &self,
        id: &str,
        kind: impl Fn(Option<&TypeFacts<'r>>) -> AttributeKind<'k>,
        is_identity: bool,
    ) -> Follows {
        let Some((fate, facts)) = self.resources.get(id) else { return Follows::No };
        let kind = kind(facts.as_ref());
        match fate {
            Fate::Created => Follows::No,
            Fate::Replaced { .. } if is_identity || kind.is_settled_at_creation() => {
                Follows::Surely(format!("`{id}` is replaced"))
            }
            Fate::Replaced { places } => {
                let why = format!("`{id}` is replaced");
                match kind {
                    // The value of a property is the one that the template says, whichever thing has it.
                    AttributeKind::Property(property)
                        if matches!(touched(id, property, places), Follows::Surely(_)) =>
                    {
                        Follows::Surely(why)
                    }
                    _ => Follows::Perhaps(why),
                }
            }
            Fate::MayBeReplaced => Follows::Perhaps(format!("`{id}` may be replaced")),
            Fate::Updated { places } => match kind {
                AttributeKind::Identity | AttributeKind::Arn => Follows::No,
                AttributeKind::Property(property) => touched(id, property, places),
                // Nothing but the resource's own identity is kept for certain.
                AttributeKind::ReadOnly | AttributeKind::Unknown if places.is_empty() => Follows::No,
                AttributeKind::ReadOnly | AttributeKind::Unknown => Follows::Perhaps(format!("`{id}` is updated")),
            },
        }
    }
}

/// Change of the value of a property, by the places that change.
fn touched(id: &str, property: &str, places: &[(Vec<String>, Kind)]) -> Follows {
    let property: Vec<&str> = property.split('.').filter(|name| *name != "*").collect();
    let meets = |place: &[String]| {
        let place = place.iter().map(String::as_str).filter(|name| *name != "*");
        place.zip(&property).all(|(one, other)| one == *other)
    };
    places
        .iter()
        .filter(|(place, _)| meets(place))
        .map(|(_, kind)| {
            let why = format!("`{id}` is updated");
            match kind {
                Kind::Different | Kind::Follows => Follows::Surely(why),
                Kind::OrderOnly | Kind::Unsure | Kind::MayFollow => Follows::Perhaps(why),
            }
        })
        .fold(Follows::No, Follows::or)
}
