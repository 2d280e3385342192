//! Deployed resources that a change loses, and those of them that hold data.

use formwork_schema::facts;

use crate::diff::{Diff, ResourceDiff};

impl Diff {
    /// Resources whose deployed thing is, or may be, replaced or deleted, and not retained.
    pub fn losses(&self) -> impl Iterator<Item = &ResourceDiff> {
        self.resources.iter().filter(|resource| resource.is_lost())
    }
}

impl ResourceDiff {
    /// True if the deployed resource is, or may be, replaced or deleted, and no policy retains it.
    pub fn is_lost(&self) -> bool {
        self.impact.is_destructive() && !self.is_retained()
    }

    /// True if a policy retains the deployed resource, whatever becomes of it in the template.
    pub fn is_retained(&self) -> bool {
        matches!(self.policy.as_deref(), Some("Retain" | "RetainExceptOnCreate"))
    }

    /// `holds data`; of a nested stack, in which nothing is known here, `may hold data`.
    pub fn data_words(&self) -> &'static str {
        if self.type_name == "AWS::CloudFormation::Stack" { "may hold data" } else { "holds data" }
    }

    /// True if it is lost with the data in it. A snapshot that is made first is not the thing itself: it counts as lost.
    pub fn loses_data(&self) -> bool {
        self.is_lost() && self.holds_data() && !self.is_opened
    }

    /// True if the deployed resource is of a type that holds data.
    pub fn holds_data(&self) -> bool {
        facts::holds_data(self.old_type_name.as_deref().unwrap_or(&self.type_name))
    }
}
