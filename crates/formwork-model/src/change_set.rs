//! A change set as CloudFormation describes it, without the SDK: what `DescribeChangeSet` answers, as plain data.
//!
//! Source: AWS CloudFormation API Reference, "DescribeChangeSet", "ResourceChange", "ResourceChangeDetail",
//! "ResourceTargetDefinition".

/// The text in a change set for a value that only the deployment works out.
pub const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// A change set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// True if it can be executed. `false` is CloudFormation's "no changes", which it tells by the status and its reason,
    /// never by an empty list.
    pub has_changes: bool,
    /// The changes of resources.
    pub changes: Vec<ResourceChange>,
}

/// The change of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceChange {
    /// `LogicalResourceId`
    pub logical_id: String,
    /// `PhysicalResourceId`
    pub physical_id: Option<String>,
    /// `ResourceType`
    pub type_name: String,
    /// `Action`
    pub action: Action,
    /// `PolicyAction`
    pub policy_action: Option<PolicyAction>,
    /// `Replacement`
    pub replacement: Option<ChangeSetReplacement>,
    /// `Scope`: `Properties`, `Metadata`, `CreationPolicy`, `UpdatePolicy`, `DeletionPolicy`, `UpdateReplacePolicy`, `Tags`.
    pub scope: Vec<String>,
    /// `Details`
    pub details: Vec<ChangeDetail>,
    /// `BeforeContext`: the resource's JSON.
    pub before_context: Option<String>,
    /// `AfterContext`: the resource's JSON.
    pub after_context: Option<String>,
    /// `ChangeSetId`: of a nested stack, its own change set.
    pub change_set_id: Option<String>,
}

/// `Action`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// The resource is made.
    Add,
    /// It is changed.
    #[default]
    Modify,
    /// It leaves the stack.
    Remove,
    /// It comes into the stack.
    Import,
    /// The action is not known yet.
    Dynamic,
    /// Only CloudFormation's record of it is brought up to what is deployed.
    SyncWithActual,
    /// A word that this version does not know.
    Other(String),
}

/// `PolicyAction`: what becomes of the deployed resource that is removed or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyAction {
    /// It is deleted.
    Delete,
    /// It stays.
    Retain,
    /// It is deleted after a snapshot.
    Snapshot,
    /// It is replaced and deleted.
    ReplaceAndDelete,
    /// It is replaced and stays.
    ReplaceAndRetain,
    /// It is replaced and deleted after a snapshot.
    ReplaceAndSnapshot,
}

/// `Replacement`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeSetReplacement {
    /// The resource is replaced.
    True,
    /// It is updated in place.
    False,
    /// That depends on values that are not known yet.
    Conditional,
}

/// One entry of `Details`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeDetail {
    /// `Target.Attribute`, e.g. `Properties`.
    pub attribute: String,
    /// `Target.Name`: the top-level property.
    pub name: Option<String>,
    /// `Target.Path`, e.g. `/Properties/DistributionConfig/Aliases/0`.
    pub path: Option<String>,
    /// `Target.BeforeValue`
    pub before_value: Option<String>,
    /// `Target.AfterValue`
    pub after_value: Option<String>,
    /// `Target.RequiresRecreation`
    pub requires_recreation: Option<RequiresRecreation>,
    /// True if `Evaluation` is `Dynamic`: the value is worked out by the deployment.
    pub is_dynamic: bool,
    /// `ChangeSource`, e.g. `DirectModification`, `ResourceReference`, `ParameterReference`.
    pub change_source: Option<String>,
    /// `CausingEntity`, e.g. `Certificate.Arn`.
    pub causing_entity: Option<String>,
}

/// `RequiresRecreation`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiresRecreation {
    /// In place.
    Never,
    /// Depends on the values.
    Conditionally,
    /// A replacement.
    Always,
}

impl PolicyAction {
    /// True if it is one of the `ReplaceAnd…`, which tell a replacement even where `Replacement` does not.
    pub fn replaces(self) -> bool {
        matches!(
            self,
            PolicyAction::ReplaceAndDelete | PolicyAction::ReplaceAndRetain | PolicyAction::ReplaceAndSnapshot
        )
    }

    /// The policy behind it, when it is not deletion.
    pub fn policy(self) -> Option<&'static str> {
        match self {
            PolicyAction::Delete | PolicyAction::ReplaceAndDelete => None,
            PolicyAction::Retain | PolicyAction::ReplaceAndRetain => Some("Retain"),
            PolicyAction::Snapshot | PolicyAction::ReplaceAndSnapshot => Some("Snapshot"),
        }
    }
}

/// The words of the API for the members of an enumeration.
macro_rules! words {
    ($name:ident { $($variant:ident = $text:literal,)* }) => {
        impl $name {
            /// The word of the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }

            /// The member that a word of the API means; `None` for a word that this version does not know.
            pub fn read(word: &str) -> Option<$name> {
                match word {
                    $($text => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    PolicyAction {
        Delete = "Delete",
        Retain = "Retain",
        Snapshot = "Snapshot",
        ReplaceAndDelete = "ReplaceAndDelete",
        ReplaceAndRetain = "ReplaceAndRetain",
        ReplaceAndSnapshot = "ReplaceAndSnapshot",
    }
}

words! {
    ChangeSetReplacement {
        True = "True",
        False = "False",
        Conditional = "Conditional",
    }
}

words! {
    RequiresRecreation {
        Never = "Never",
        Conditionally = "Conditionally",
        Always = "Always",
    }
}

impl Action {
    /// The word of the API.
    pub fn as_str(&self) -> &str {
        match self {
            Action::Add => "Add",
            Action::Modify => "Modify",
            Action::Remove => "Remove",
            Action::Import => "Import",
            Action::Dynamic => "Dynamic",
            Action::SyncWithActual => "SyncWithActual",
            Action::Other(word) => word,
        }
    }

    /// The action that a word of the API means.
    pub fn read(word: &str) -> Action {
        match word {
            "Add" => Action::Add,
            "Modify" => Action::Modify,
            "Remove" => Action::Remove,
            "Import" => Action::Import,
            "Dynamic" => Action::Dynamic,
            "SyncWithActual" => Action::SyncWithActual,
            other => Action::Other(other.to_owned()),
        }
    }
}
