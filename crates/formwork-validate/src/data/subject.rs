//! A resource as the checks of values see it, and the findings about it.

use formwork_template::Value;
use serde_json::Value as Json;

use crate::finding::Finding;
use crate::instance::trace;
use crate::rules::{explained, path};
use crate::scenario::Scenario;
use crate::schema::{Compiled, Explained};

/// A resource in one scenario.
pub(crate) struct Subject<'s> {
    pub(crate) id: &'s str,
    pub(crate) type_name: &'s str,
    /// As they stand in the template.
    pub(crate) properties: &'s Value,
    /// As CloudFormation would see them.
    pub(crate) instance: &'s Json,
    pub(crate) scenario: &'s Scenario<'s>,
    pub(crate) schema: &'s Compiled,
}

impl Subject<'_> {
    /// A mistake in it, as a finding.
    pub(crate) fn finding(&self, explained: &Explained) -> Finding {
        let mut place = path(&["Resources", self.id, "Properties"]);
        place.extend(trace(self.properties, &explained.path, self.scenario));
        explained::finding(self.type_name, self.schema, explained, &place)
    }
}
