//! The values of a diff.

use formwork_assembly::{Location, StackArtifact};
use serde_json::Value;

use crate::broadening::Broadening;
use crate::exports::ExportDiff;
use crate::impact::{Impact, Totals};
use crate::path::Path;

/// The changes from a stack's template to another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// True if the stack does not exist yet.
    pub is_new_stack: bool,
    /// Resources that change, in the order of the new template, those that go at the end. Never with
    /// [`Impact::NoChange`].
    pub resources: Vec<ResourceDiff>,
    /// Parameters whose declaration changes.
    pub parameters: Vec<EntryDiff>,
    /// Parameters whose value changes; only where values were given ([`Diff::between_with`]).
    pub parameter_values: Vec<EntryDiff>,
    /// Outputs that change.
    pub outputs: Vec<EntryDiff>,
    /// Exports of the deployed template that go or get another value.
    pub exports: Vec<ExportDiff>,
    /// Conditions that change.
    pub conditions: Vec<EntryDiff>,
    /// Mappings that change.
    pub mappings: Vec<EntryDiff>,
    /// Rules that change.
    pub rules: Vec<EntryDiff>,
    /// Keys of the template's `Metadata` that change.
    pub metadata: Vec<EntryDiff>,
    /// `Description`, `Transform`, and sections that are not known here.
    pub others: Vec<EntryDiff>,
    /// Tags of the stack that change ([`Diff::with_tags`]).
    pub tags: Vec<EntryDiff>,
    /// Everything that the change permits and that was not permitted before.
    pub broadening: Vec<Broadening>,
    /// Further facts, one sentence each.
    pub notes: Vec<String>,
    /// Places in resources, by logical id, whose value is a secret: no value of a change set is shown for them.
    pub secret_places: Vec<(String, Path)>,
}

/// The change of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceDiff {
    /// The name in the template.
    pub logical_id: String,
    /// The type; of a resource that goes, the type it had.
    pub type_name: String,
    /// The type it had, if that changed.
    pub old_type_name: Option<String>,
    /// The name of the deployed thing, when the change set told it.
    pub physical_id: Option<String>,
    /// The impact on it.
    pub impact: Impact,
    /// Properties that change; of a resource that comes or goes, all it has.
    pub properties: Vec<PropertyDiff>,
    /// Changes beside the properties: `DependsOn`, `DeletionPolicy`, `Metadata`, ….
    pub attributes: Vec<EntryDiff>,
    /// The `DeletionPolicy` or `UpdateReplacePolicy` that decides what happens to the deployed resource when it is
    /// destroyed or replaced; `None` is `Delete`.
    pub policy: Option<String>,
    /// True if a replaced one that stays by its policy is deleted after the update by whoever carries it out: it is not left behind.
    pub is_deleted_later: bool,
    /// True of a nested stack whose own resources are told beside it: their data is not told again by it.
    pub is_opened: bool,
    /// The condition on which the resource hangs, where it could not be worked out.
    pub condition: Option<String>,
    /// Reasons, where the properties do not tell them: one clause each, e.g. "`Certificate` is replaced".
    pub reasons: Vec<String>,
    /// The place in the source where the resource was added ([`Diff::with_source`]).
    pub location: Option<Location>,
}

/// The change of one property.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropertyDiff {
    /// The place below the resource's properties.
    pub path: Path,
    /// The value it had; `None` when there was none.
    pub before: Option<Value>,
    /// The value it gets; `None` when there is none.
    pub after: Option<Value>,
    /// The impact of this change on the resource.
    pub impact: Impact,
    /// The certainty of that.
    pub basis: Basis,
    /// True if this is another order of a list's items. Items that are added, removed or changed have changes of their own.
    pub order_only: bool,
    /// Cause of the change, where the values do not show it, e.g. "`Certificate` is replaced".
    pub because: Option<String>,
}

/// Basis of a statement about a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// Both values stand in the templates: it is so, whatever a change set says.
    #[default]
    Static,
    /// A value is worked out during the deployment: the change set knows better.
    Runtime,
    /// The values stand in the templates and differ, but nothing is known of what the type does about it: the change set
    /// may say that the resource is not replaced.
    Unknown,
    /// The change set said so.
    ChangeSet,
}

/// The change of an entry of another section, or of an attribute of a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryDiff {
    /// The entry's name.
    pub name: String,
    /// As it was; `None` when there was none.
    pub before: Option<Value>,
    /// As it gets; `None` when there is none.
    pub after: Option<Value>,
    /// Number of resources that use it, before or after: of parameters, mappings and conditions.
    pub used_by: Option<usize>,
}

impl Diff {
    /// The same diff, with the places in the source where `artifact` says that its resources were added.
    pub fn with_source(mut self, artifact: &StackArtifact) -> Diff {
        for resource in &mut self.resources {
            resource.location = artifact.location_of(&resource.logical_id).cloned();
        }
        self
    }

    /// True if nothing changes at all.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.sections().all(|(_, entries)| entries.is_empty())
    }

    /// True if CloudFormation has something to do. Description and Metadata of the template alone are not a change to it; they reach
    /// the stack with its next update.
    pub fn is_change(&self) -> bool {
        !self.resources.is_empty()
            || self.sections().any(|(title, entries)| match title {
                "Metadata" => false,
                "Template" => entries.iter().any(|entry| entry.name != "Description"),
                _ => !entries.is_empty(),
            })
    }

    /// The sections beside the resources, each with its title.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&'static str, &[EntryDiff])> {
        [
            ("Template", &self.others),
            ("Stack tags", &self.tags),
            ("Parameters", &self.parameters),
            ("Parameter values", &self.parameter_values),
            ("Conditions", &self.conditions),
            ("Mappings", &self.mappings),
            ("Rules", &self.rules),
            ("Metadata", &self.metadata),
            ("Outputs", &self.outputs),
        ]
        .into_iter()
        .map(|(title, entries)| (title, entries.as_slice()))
    }

    /// The numbers of resources by how they are changed.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for resource in &self.resources {
            totals.count(resource.impact);
        }
        totals
    }

    /// Plural names of what changes beside resources.
    pub fn rest(&self) -> Vec<&'static str> {
        let mut rest = Vec::new();
        for (title, _) in self.sections().filter(|(_, entries)| !entries.is_empty()) {
            let name = match title {
                "Template" => "parts of the template",
                "Stack tags" => "tags",
                "Parameters" | "Parameter values" => "parameters",
                "Conditions" => "conditions",
                "Mappings" => "mappings",
                "Rules" => "rules",
                "Metadata" => "metadata",
                _ => "outputs",
            };
            if !rest.contains(&name) {
                rest.push(name);
            }
        }
        rest
    }

    /// [`Diff::totals`] for people, and what else changes where no resource does.
    pub fn summary(&self) -> String {
        self.totals().or_rest(&self.rest())
    }

    /// The most severe of all impacts.
    pub fn worst(&self) -> Impact {
        let worst = self.resources.iter().map(|resource| resource.impact).max();
        worst.unwrap_or_default()
    }

    /// True if a deployed resource is, or may be, lost.
    pub fn is_destructive(&self) -> bool {
        self.worst().is_destructive()
    }

    /// The resource with this logical id.
    pub fn resource(&self, logical_id: &str) -> Option<&ResourceDiff> {
        self.resources.iter().find(|resource| resource.logical_id == logical_id)
    }
}

impl ResourceDiff {
    /// The reasons for the impact, each once: those of the resource, its condition, and those of the properties that have the impact.
    pub fn why(&self) -> Vec<String> {
        let mut why: Vec<String> = Vec::new();
        let of_properties = self.properties.iter().filter(|property| property.impact == self.impact);
        let condition = self.condition.iter().map(|name| format!("depends on condition `{name}`"));
        let of_properties = of_properties.filter_map(|property| property.because.clone());
        for reason in self.reasons.iter().cloned().chain(condition).chain(of_properties) {
            if !why.contains(&reason) {
                why.push(reason);
            }
        }
        why
    }

    /// The impact that the difference of the templates has whatever a change set says.
    pub fn certain_impact(&self) -> Impact {
        match self.impact {
            // Whether the resource is there at all is worked out during the deployment.
            Impact::Create | Impact::Destroy | Impact::Orphan if self.condition.is_some() => return Impact::NoChange,
            Impact::MayCreate | Impact::MayDestroy => return Impact::NoChange,
            Impact::Create | Impact::Destroy | Impact::Orphan | Impact::Import => return self.impact,
            _ if self.old_type_name.is_some() => return Impact::Replace,
            _ => {}
        }
        let attributes = (!self.attributes.is_empty()).then_some(Impact::Update);
        let properties = self.properties.iter().filter_map(|property| match property.basis {
            Basis::Static | Basis::ChangeSet => Some(property.impact),
            Basis::Unknown => Some(Impact::Update),
            Basis::Runtime => None,
        });
        properties.chain(attributes).max().unwrap_or_default()
    }
}
