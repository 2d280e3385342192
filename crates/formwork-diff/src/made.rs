//! The ways in which a [`Diff`] is made. The values themselves, in the module `diff`, know nothing of these.

use formwork_schema::facts::Registry;
use formwork_template::Template;
use serde_json::Value;

use crate::change_set::ChangeSet;
use crate::diff::Diff;
use crate::parameters::ParameterValues;
use crate::{between, merge, sections};

impl Diff {
    /// The difference that deploying `after` makes to a stack that was deployed from `before`; `None` for a stack that does
    /// not exist. Parameters stay references. What a change does to a resource is what `registry` says of its type.
    pub fn between(before: Option<&Template>, after: &Template, registry: &Registry) -> Diff {
        between::between(before, after, registry, None)
    }

    /// The same, with the parameters' values filled in on both sides, conditions worked out, and parameters that a producer
    /// fills later shown as such.
    pub fn between_with(
        before: Option<&Template>,
        after: &Template,
        registry: &Registry,
        values: &ParameterValues,
    ) -> Diff {
        between::between(before, after, registry, Some(values))
    }

    /// Changes to the stack's resources when it is deleted.
    pub fn deletion(before: &Template) -> Diff {
        // The registry is empty: its rules are about changes, of which a deletion has none.
        let all = Diff::between(Some(before), &Template::default(), &Registry::new());
        Diff { resources: all.resources, ..Diff::default() }
    }

    /// The same diff, corrected by what CloudFormation says. The rules are in the module `merge`.
    pub fn with_change_set(self, change_set: &ChangeSet) -> Diff {
        merge::merge(self, change_set)
    }

    /// The same diff, with the difference of the stack's tags.
    pub fn with_tags(mut self, before: &[(String, String)], after: &[(String, String)]) -> Diff {
        let map = |tags: &[(String, String)]| {
            tags.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect()
        };
        self.tags = sections::entries(Some(&map(before)), Some(&map(after)));
        self
    }
}
