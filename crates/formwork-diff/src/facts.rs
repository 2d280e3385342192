//! The schemas' facts about the change of a property: the one place where this crate asks them.

use formwork_model::Term;
use formwork_schema::facts::{Registry, Replacement, TypeFacts};
use formwork_template::secret::sounds as sounds_secret;

use crate::impact::Impact;
use crate::path::Path;

/// The facts of one resource type; of a type that no schema describes, nothing is known.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'r>(pub(crate) Option<TypeFacts<'r>>);

/// The impact of a change, and whether it is known or a guess for want of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) impact: Impact,
    pub(crate) known: bool,
}

impl<'r> Facts<'r> {
    pub(crate) fn of(registry: &'r Registry, type_name: &str) -> Facts<'r> {
        Facts(registry.of(type_name))
    }

    /// True if the order of the items of the list at `path` has no meaning.
    pub(crate) fn is_unordered(&self, path: &Path) -> bool {
        self.0.is_some_and(|facts| facts.is_unordered(&path.names()))
    }

    /// True if the list at `path` is one of tags: the type's own, or one of that name.
    pub(crate) fn is_tags(&self, path: &Path) -> bool {
        let names = path.names();
        names.last() == Some(&"Tags")
            || self.0.and_then(|facts| facts.tag_property()).is_some_and(|property| property.split('.').eq(names))
    }

    /// True if the place takes JSON as it is. Of a type that no schema describes, no place is known to: the provider of a custom
    /// resource gets every scalar as text.
    pub(crate) fn is_free_json(&self, path: &Path) -> bool {
        self.0.is_some_and(|facts| facts.is_free_json(&path.names()))
    }

    /// True if the schema of the type has places of passwords, tokens or keys.
    pub(crate) fn has_secrets(&self) -> bool {
        self.0.is_some_and(|facts| facts.secrets().next().is_some())
    }

    /// True if a text at `path` is a password, a token or a key. Of what no schema describes, the name says it.
    pub(crate) fn is_secret(&self, path: &[&str]) -> bool {
        self.0.is_some_and(|facts| facts.is_secret(path))
            || path.iter().rfind(|name| **name != "*").is_some_and(|name| sounds_secret(name))
    }

    /// The impact of a change at `path`. A whole value that comes or goes counts by the properties it has: an object with a
    /// create-only property elsewhere in its schema is not a replacement.
    pub(crate) fn change(&self, path: &Path, value: Option<&Term>) -> Verdict {
        let Some(facts) = self.0 else {
            return Verdict { impact: Impact::MayReplace, known: false };
        };
        let mut names: Vec<&str> = path.names();
        let replacement = match value {
            // Of nothing, the type alone tells.
            Some(value) => {
                let greatest = value.greatest(&mut names, &|place| facts.replacement(place));
                greatest.unwrap_or_else(|| facts.replacement(&[""]))
            }
            None => facts.replacement(&names),
        };
        Verdict {
            impact: match replacement {
                Replacement::Yes => Impact::Replace,
                Replacement::Maybe | Replacement::Unknown => Impact::MayReplace,
                Replacement::No => Impact::Update,
            },
            known: replacement != Replacement::Unknown,
        }
    }
}
