//! The plan of a deploy: the thing that is shown and approved.

use std::collections::BTreeSet;

use formwork_assembly::StackId;
use formwork_diff::{AssetChange, Diff, FileChange, FileFate, Impact, Totals};
use formwork_model::status::StackStatus;
use formwork_template::{Function, Template, Value};

use crate::in_use::InUse;
use crate::left_behind::LeftBehind;
use crate::nested::NestedChange;
use crate::operation::Operation;
use crate::refused::Refused;
use crate::removal::{How, Leftover};
use crate::resources::StackResource;
use crate::status::Reported;
use crate::waiting::WaitingChangeSet;

/// Everything that is about to be done with the selected stacks, producers first.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One entry per stack, also for those with nothing to do.
    pub stacks: Vec<StackPlan>,
}

/// Everything that is about to be done with one stack.
#[derive(Clone, Debug)]
pub struct StackPlan {
    /// Its name and region.
    pub id: StackId,
    /// The operation; `None` if nothing has to be done.
    pub operation: Option<Operation>,
    /// The changes that it makes.
    pub diff: Diff,
    /// Resources that a failed creation left and that are deleted first: only a stack that is recreated has them.
    pub remains: Diff,
    /// True if the termination protection of what a failed creation left has to be switched off, so that it can be deleted.
    pub is_protected: bool,
    /// The source of [`StackPlan::diff`].
    pub source: Source,
    /// The state to which termination protection is switched, if it has to be.
    pub termination_protection: Option<bool>,
    /// The files that the stack ships and that change, or of which nothing is known.
    pub files: Vec<FileChange>,
    /// The contents that the stack ships and that change.
    pub assets: Vec<AssetChange>,
    /// Resources that would be replaced or deleted while other deployed stacks of the app use them.
    pub in_use: Vec<InUse>,
    /// Changes that CloudFormation refuses.
    pub refused: Vec<Refused>,
    /// Changes of the resources of nested stacks; empty where they are not known.
    pub nested: Vec<NestedChange>,
    /// Resources that get an `UpdateReplacePolicy` by an update of its own, which goes first: so that the deployed ones stay when the next
    /// update replaces them.
    pub policy_first: Vec<String>,
    /// Resources that are removed by a second update, when the stacks that use them have followed.
    pub kept: Vec<Kept>,
    /// Resources that are in no stack after the update, or before it, and are deleted when the stacks that use them have followed.
    pub removals: Vec<Removal>,
}

/// A resource that leaves the template while other stacks use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The resource's name in the deployed template.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// The deployed stacks that use it; they follow in the same run.
    pub users: Vec<StackId>,
}

/// A deployed resource whose place in the stack another one takes, or took in an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The name that it has, or had, in the template.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// Its physical id, if it is known yet.
    pub physical_id: Option<String>,
    /// False if only the deployment decides whether it is replaced at all.
    pub is_certain: bool,
    /// The deployed stacks that use it, or its successor.
    pub users: Vec<StackId>,
    /// The way in which it is deleted.
    pub how: How,
}

/// The source of a stack's preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The change set that will be executed, together with the templates; the templates alone if they leave no doubt that nothing changes.
    ChangeSet,
    /// The templates alone: the change set can be made only when something else is done.
    Template {
        /// The names of the stacks that must be deployed first; empty if the stack itself must be deleted first.
        after: Vec<String>,
    },
}

impl Plan {
    /// True if nothing has to be done.
    pub fn is_empty(&self) -> bool {
        self.stacks.iter().all(|stack| !stack.changes())
    }

    /// The numbers of resources by what is done to them.
    pub fn totals(&self) -> Totals {
        self.stacks.iter().map(StackPlan::totals).sum()
    }

    /// [`Plan::totals`] for people, and what else changes where no resource does.
    pub fn summary(&self) -> String {
        let rest: BTreeSet<&str> = self.stacks.iter().flat_map(StackPlan::rest).collect();
        self.totals().or_rest(&rest.into_iter().collect::<Vec<_>>())
    }
}

impl StackPlan {
    /// The plan of a stack with which nothing is done.
    pub fn new(id: StackId) -> Self {
        StackPlan {
            id,
            operation: None,
            diff: Diff::default(),
            remains: Diff::default(),
            is_protected: false,
            source: Source::ChangeSet,
            termination_protection: None,
            files: Vec::new(),
            assets: Vec::new(),
            in_use: Vec::new(),
            refused: Vec::new(),
            nested: Vec::new(),
            policy_first: Vec::new(),
            kept: Vec::new(),
            removals: Vec::new(),
        }
    }

    /// Counts of its resources by impact, those of its nested stacks included.
    pub fn totals(&self) -> Totals {
        let mut nested = Totals::default();
        self.nested.iter().for_each(|change| nested.count(change.resource.impact));
        [self.remains.totals(), self.diff.totals(), nested].into_iter().sum()
    }

    /// [`StackPlan::totals`] for people, and what else changes where no resource does.
    pub fn summary(&self) -> String {
        self.totals().or_rest(&self.rest())
    }

    /// Plural names of what changes beside resources.
    fn rest(&self) -> Vec<&'static str> {
        let mut rest = if self.operation.is_some() { self.diff.rest() } else { Vec::new() };
        let is_known = |file: &FileChange| file.fate != FileFate::Unknown;
        rest.extend(self.termination_protection.map(|_| "settings of the stack"));
        rest.extend(self.files.iter().any(is_known).then_some("files"));
        rest.extend((!self.assets.is_empty()).then_some("assets"));
        rest.extend(self.deletes().then_some("left resources"));
        rest
    }

    /// True if anything is done.
    pub fn changes(&self) -> bool {
        self.operation.is_some() || self.termination_protection.is_some() || self.deletes()
    }

    /// The planned deletion of a resource that the update left behind.
    pub(crate) fn removal_of(&self, left: &LeftBehind) -> Option<Removal> {
        let planned = self.removals.iter().find(|removal| {
            removal.logical_id == left.logical_id
                && removal.physical_id.as_ref().is_none_or(|id| *id == left.physical_id)
        })?;
        Some(Removal { physical_id: Some(left.physical_id.clone()), ..planned.clone() })
    }

    /// Takes the physical ids from the diff, once a change set told them, and forgets what is not replaced after all. The diff does not say of
    /// what is deleted later that it stays.
    pub(crate) fn settle_removals(&mut self) {
        let StackPlan { removals, diff, .. } = self;
        removals.retain_mut(|removal| {
            let resource = diff.resources.iter_mut().find(|resource| resource.logical_id == removal.logical_id);
            let is_known = removal.physical_id.is_some();
            // A resource of an earlier run has the name of its successor.
            let Some(resource) = resource.filter(|one| !is_known || one.physical_id == removal.physical_id) else {
                return is_known;
            };
            resource.is_deleted_later = removal.how == How::Deleted;
            if is_known {
                return true;
            }
            removal.physical_id.clone_from(&resource.physical_id);
            removal.is_certain = resource.impact == Impact::Replace;
            matches!(resource.impact, Impact::Replace | Impact::MayReplace)
        });
    }

    /// True if resources are deleted that are in no stack.
    fn deletes(&self) -> bool {
        self.removals.iter().any(|removal| removal.how == How::Deleted)
    }
}

/// Plan of a deletion: stacks, consumers first.
#[derive(Clone, Debug)]
pub struct DestroyPlan {
    /// The deployed ones among the selected stacks.
    pub stacks: Vec<StackDestroyPlan>,
}

/// Plan of the deletion of one stack.
#[derive(Clone, Debug)]
pub struct StackDestroyPlan {
    /// Its name and region.
    pub id: StackId,
    /// Changes to its resources: some may stay by their deletion policy.
    pub diff: Diff,
    /// The same inside of its nested stacks, as far as those may be read.
    pub nested: Vec<NestedChange>,
    /// True if its termination protection has to be switched off first.
    pub is_protected: bool,
    /// Resources at which an earlier deletion failed.
    pub failed: Vec<StackResource>,
    /// Those of them that are left behind.
    pub retain: Vec<String>,
    /// Change sets that an empty stack holds, and that are deleted with it.
    pub change_sets: Vec<WaitingChangeSet>,
    /// Resources that earlier updates left in no stack, and that are deleted after the stack, as far as they can be.
    pub leftovers: Vec<(Leftover, How)>,
}

/// Plan of a recovery: stacks, consumers first.
#[derive(Clone, Debug)]
pub struct RecoveryPlan {
    /// Those of the selected stacks that can be recovered this way.
    pub stacks: Vec<StackRecoveryPlan>,
}

/// Plan of the recovery of one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct StackRecoveryPlan {
    /// Its name and region.
    pub id: StackId,
    /// Its status now.
    pub status: Reported<StackStatus>,
    /// Its resources in a status of failure; of a rollback that stopped, those at which it did.
    pub failed: Vec<StackResource>,
    /// Those that are skipped.
    pub skip: Vec<String>,
    /// The deletions of what the failed operation created.
    pub deletes: Diff,
    /// The same inside of the nested stacks that it deletes, as far as those may be read.
    pub nested: Vec<NestedChange>,
}

impl DestroyPlan {
    /// Number of resources by impact.
    pub fn totals(&self) -> Totals {
        let nested = self.stacks.iter().flat_map(|stack| &stack.nested);
        let mut inside = Totals::default();
        nested.for_each(|change| inside.count(change.resource.impact));
        self.stacks.iter().map(|stack| stack.diff.totals()).chain([inside]).sum()
    }
}

/// True if carrying out `diff` may give the output another value.
///
/// An update keeps a resource's `Ref`, since that is what it is identified by; its attributes may change with anything.
pub(crate) fn output_may_change(diff: &Diff, before: Option<&Template>, after: &Template, output: &str) -> bool {
    let old = before.and_then(|before| before.outputs.get(output)).map(|output| &output.value);
    let Some(new) = after.outputs.get(output).map(|output| &output.value) else {
        return true;
    };
    // Values behind conditions, mappings and parameters: told only by carrying it out.
    let elsewhere = [&diff.parameters, &diff.parameter_values, &diff.conditions, &diff.mappings];
    if old != Some(new) || elsewhere.into_iter().any(|entries| !entries.is_empty()) {
        return true;
    }
    depends_on_change(diff, after, new)
}

fn depends_on_change(diff: &Diff, template: &Template, value: &Value) -> bool {
    let impact = |logical_id: &str| diff.resource(logical_id).map_or(Impact::NoChange, |resource| resource.impact);
    let mut changes = false;
    value.visit_functions(&mut |function| {
        changes |= match function {
            Function::Ref(name) => {
                template.parameters.contains_key(name)
                    || !matches!(impact(name), Impact::NoChange | Impact::MayUpdate | Impact::Update)
            }
            Function::GetAtt { logical_id, attribute } => {
                attribute.as_str().is_none() || impact(logical_id) != Impact::NoChange
            }
            // Their names stand in a text, or they stand for anything.
            Function::Sub { .. }
            | Function::Reference(_)
            | Function::Transform { .. }
            | Function::ImportValue(_)
            | Function::GetStackOutput { .. } => true,
            _ => false,
        };
    });
    changes
}
