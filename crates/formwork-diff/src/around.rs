//! Questions of a comparison about the places and the names in one resource: its type's facts, and the fates of what it refers to.

use formwork_model::term::Hole;

use crate::compare::{Around, Follows};
use crate::facts::Facts;
use crate::fates::Fates;
use crate::path::Path;

/// Facts and fates that a comparison asks, for one resource.
pub(crate) struct AroundResource<'a, 'r> {
    pub(crate) facts: &'a Facts<'r>,
    pub(crate) fates: &'a Fates<'r>,
}

impl Around for AroundResource<'_, '_> {
    fn is_unordered(&self, path: &Path) -> bool {
        self.facts.is_unordered(path)
    }

    fn is_tags(&self, path: &Path) -> bool {
        self.facts.is_tags(path)
    }

    fn is_free_json(&self, path: &Path) -> bool {
        self.facts.is_free_json(path)
    }

    fn follows(&self, hole: &Hole) -> Follows {
        self.fates.follows(hole)
    }
}
