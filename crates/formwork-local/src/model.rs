//! The engine's memory: stacks with their resources, events, change sets and operations. Plain data that goes to disk
//! as it is; what happens to it is in [`crate::machine`].

use formwork_model::ResourceChange;
use formwork_model::status::{ResourceStatus, StackStatus};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

use crate::secrets::{ParameterValue, Secrets};
use crate::status::{self, EventStatus};
use crate::time::Millis;

/// The place of a stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Place {
    pub(crate) fn partition(&self) -> &'static str {
        formwork_template::region::partition_of(&self.region).code
    }

    pub(crate) fn url_suffix(&self) -> &'static str {
        formwork_template::region::partition_of(&self.region).url_suffix
    }
}

/// One stack, deleted ones included.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stack {
    /// The ARN.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) created: Millis,
    pub(crate) updated: Option<Millis>,
    pub(crate) deleted: Option<Millis>,
    #[serde(with = "status::stack")]
    pub(crate) status: StackStatus,
    pub(crate) reason: Option<String>,
    pub(crate) termination_protection: bool,
    pub(crate) disable_rollback: bool,
    /// The deployed content.
    pub(crate) content: Content,
    /// The content that was deployed when the stack was last whole, while it is not: the target of a rollback.
    pub(crate) last_whole: Option<Content>,
    /// Of a nested stack: what it was before updates of its parent that failed and were left as they stood. A rollback of the parent
    /// goes back there.
    #[serde(default)]
    pub(crate) undo: Option<Content>,
    /// Resources whose successors have taken over, and which are still to be deleted.
    pub(crate) leftovers: Vec<StackResource>,
    /// On disk, events stand by themselves: they only ever become more.
    #[serde(skip)]
    pub(crate) events: Vec<Event>,
    pub(crate) change_sets: IndexMap<String, ChangeSet>,
    /// The operation that is going on.
    pub(crate) operation: Option<Operation>,
    /// Earlier operations, the latest first.
    pub(crate) operations: Vec<OperationSummary>,
    /// Resources that are no longer the stack's and still there: retained on purpose, or impossible to delete.
    pub(crate) left_behind: Vec<StackResource>,
    /// Requests to delete what was left behind.
    #[serde(default)]
    pub(crate) removals: Vec<Removal>,
    /// The signals that were sent to the handles of the stack's wait conditions.
    pub(crate) signals: BTreeMap<String, Vec<Json>>,
    /// The stack of which this one is a resource.
    pub(crate) parent: Option<String>,
    pub(crate) root: Option<String>,
    pub(crate) express: bool,
    pub(crate) drift: Option<StackDrift>,
    /// Of operations that failed, as long as something of them may be left.
    #[serde(default)]
    pub(crate) left_secrets: Secrets,
}

impl Stack {
    /// The secrets that anything of the stack may have: as it is, as it was, as it is to become, or as it failed to.
    pub(crate) fn secrets(&self) -> Secrets {
        let mut secrets = self.left_secrets.clone();
        let operation = self.operation.iter().flat_map(|operation| [&operation.target, &operation.before]);
        for content in [&self.content].into_iter().chain(&self.last_whole).chain(&self.undo).chain(operation) {
            secrets.add(&content.parameters);
        }
        secrets
    }
}

/// A thing that no stack made.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// The region's code; of types that have no region, any of the partition.
    pub region: String,
    /// Its type, e.g. `AWS::EC2::Instance`.
    pub type_name: String,
    /// Its primary identifier; the values of several parts are joined by `|`.
    pub identifier: String,
    /// All its properties, those that the service sets too.
    pub properties: Json,
}

/// A template with everything given beside it, and what it became.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The template's text.
    pub(crate) template: Option<String>,
    pub(crate) description: Option<String>,
    /// Given and default values, as text.
    pub(crate) parameters: IndexMap<String, ParameterValue>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) notification_arns: Vec<String>,
    /// Alarms that roll an operation back, as they were given. A file of faults can set one off.
    #[serde(default)]
    pub(crate) rollback_configuration: Option<Json>,
    pub(crate) resources: IndexMap<String, StackResource>,
    pub(crate) outputs: Vec<OutputValue>,
    /// Exports of other stacks that this one uses.
    #[serde(default)]
    pub(crate) imports: BTreeSet<String>,
}

/// One deployed resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StackResource {
    pub(crate) logical_id: String,
    pub(crate) type_name: String,
    /// Empty until there is one.
    pub(crate) physical_id: String,
    /// Tells this very thing from its predecessors and successors, which may have the same physical id.
    pub(crate) birth: u64,
    #[serde(with = "status::resource")]
    pub(crate) status: ResourceStatus,
    pub(crate) reason: Option<String>,
    pub(crate) updated: Millis,
    /// As they were last deployed, all functions worked out.
    pub(crate) properties: Json,
    /// The values that `Fn::GetAtt` gives.
    pub(crate) attributes: BTreeMap<String, Json>,
    /// The other resources that must be there: for the order of deletion.
    pub(crate) depends_on: Vec<String>,
    pub(crate) deletion_policy: Option<String>,
    pub(crate) update_replace_policy: Option<String>,
    /// `CreationPolicy` and `UpdatePolicy`, worked out.
    pub(crate) creation_policy: Option<Json>,
    pub(crate) update_policy: Option<Json>,
    pub(crate) metadata: Option<String>,
    /// Changes behind CloudFormation's back: the properties as they are.
    #[serde(default)]
    pub(crate) actual: Option<Json>,
    /// Its rollback failed: it can be skipped when that is continued.
    #[serde(default)]
    pub(crate) is_stuck: bool,
    /// Earlier values of a parameter or secret, the oldest first.
    #[serde(default)]
    pub(crate) history: Vec<String>,
}

/// A request of Cloud Control to delete a resource that a stack left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) token: String,
    pub(crate) type_name: String,
    pub(crate) identifier: String,
    /// The region of the request.
    pub(crate) region: String,
    /// The end of the deletion.
    pub(crate) until: Millis,
    /// The reason for which the service refuses.
    pub(crate) failure: Option<String>,
}

/// A value that a stack gives out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OutputValue {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
    pub(crate) export_name: Option<String>,
}

impl StackResource {
    /// True if there is such a thing, as far as the stack knows.
    pub(crate) fn is_there(&self) -> bool {
        !self.physical_id.is_empty()
            && !matches!(self.status, ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped)
    }
}

/// An entry of a stack's event stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) time: Millis,
    pub(crate) operation: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) kind: EventKind,
    pub(crate) logical_id: String,
    pub(crate) physical_id: String,
    pub(crate) type_name: String,
    pub(crate) status: Option<EventStatus>,
    pub(crate) reason: Option<String>,
    pub(crate) properties: Option<String>,
    /// The change set whose validation found something.
    #[serde(default)]
    pub(crate) validation: Option<Validation>,
    /// Express: `CONFIGURATION_COMPLETE`.
    #[serde(default)]
    pub(crate) detailed_status: Option<String>,
}

/// The subject of an event. `DescribeStackEvents` knows the first kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EventKind {
    Stack,
    Validation,
}

/// A finding of early validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Validation {
    pub(crate) change_set: Option<String>,
    pub(crate) name: String,
    pub(crate) reason: String,
    pub(crate) path: String,
    pub(crate) mode: ValidationMode,
}

/// `ValidationFailureMode`: whether a finding ends the making of its change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ValidationMode {
    Fail,
}

impl ValidationMode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ValidationMode::Fail => "FAIL",
        }
    }
}

/// The findings of a look for drift.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StackDrift {
    /// The last look at the stack, rather than at one resource.
    pub(crate) detection: Option<String>,
    /// When that was.
    pub(crate) time: Millis,
    /// The number of resources that had drifted then.
    #[serde(default)]
    pub(crate) count: usize,
    /// The findings about the resources that were looked at.
    #[serde(default)]
    pub(crate) resources: BTreeMap<String, ResourceDrift>,
}

/// The findings of the last look at a resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResourceDrift {
    pub(crate) time: Millis,
    pub(crate) is_drifted: bool,
    /// As `DescribeStackResourceDrifts` tells it: what is different now is another question.
    pub(crate) told: Json,
}

impl StackDrift {
    pub(crate) fn is_drifted(&self) -> bool {
        self.resources.values().any(|resource| resource.is_drifted)
    }

    /// When any of it was last looked at.
    pub(crate) fn last(&self) -> Millis {
        self.resources.values().map(|resource| resource.time).max().unwrap_or(self.time)
    }
}

/// A change set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// The client's name for the request.
    #[serde(default)]
    pub(crate) token: Option<String>,
    pub(crate) kind: ChangeSetKind,
    pub(crate) created: Millis,
    pub(crate) status: ChangeSetStatus,
    pub(crate) reason: Option<String>,
    pub(crate) execution: ExecutionStatus,
    /// The content that would be deployed.
    pub(crate) target: Content,
    #[serde(with = "crate::changes")]
    pub(crate) changes: Vec<ResourceChange>,
    pub(crate) on_stack_failure: Option<String>,
    /// The change set of the parent, and of its root, for one of a nested stack.
    #[serde(default)]
    pub(crate) parent: Option<String>,
    #[serde(default)]
    pub(crate) root: Option<String>,
    pub(crate) nested: bool,
    pub(crate) express: bool,
    pub(crate) disable_rollback: Option<bool>,
    #[serde(default)]
    pub(crate) imports_existing: bool,
    /// When its making has ended; what came of it is known at once, and told from then on.
    #[serde(default)]
    pub(crate) ready: Millis,
}

impl ChangeSet {
    /// The statuses that are told of it at a time.
    pub(crate) fn told(&self, now: Millis) -> (ChangeSetStatus, ExecutionStatus) {
        if now >= self.ready {
            return (self.status, self.execution);
        }
        // The first part of the time it waits for its turn.
        let is_pending = now < self.created + (self.ready - self.created) / 4;
        let status = if is_pending { ChangeSetStatus::CreatePending } else { ChangeSetStatus::CreateInProgress };
        (status, ExecutionStatus::Unavailable)
    }
}

/// `ChangeSetType`: what a change set is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ChangeSetKind {
    /// A stack that does not exist yet.
    Create,
    /// One that does.
    Update,
}

/// The progress of making a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ChangeSetStatus {
    CreatePending,
    CreateInProgress,
    CreateComplete,
    Failed,
}

/// The progress of executing a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ExecutionStatus {
    Unavailable,
    Available,
    ExecuteInProgress,
    ExecuteComplete,
    ExecuteFailed,
    /// The stack was changed otherwise.
    Obsolete,
}

impl ChangeSetStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ChangeSetStatus::CreatePending => "CREATE_PENDING",
            ChangeSetStatus::CreateInProgress => "CREATE_IN_PROGRESS",
            ChangeSetStatus::CreateComplete => "CREATE_COMPLETE",
            ChangeSetStatus::Failed => "FAILED",
        }
    }
}

impl ExecutionStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ExecutionStatus::Unavailable => "UNAVAILABLE",
            ExecutionStatus::Available => "AVAILABLE",
            ExecutionStatus::ExecuteInProgress => "EXECUTE_IN_PROGRESS",
            ExecutionStatus::ExecuteComplete => "EXECUTE_COMPLETE",
            ExecutionStatus::ExecuteFailed => "EXECUTE_FAILED",
            ExecutionStatus::Obsolete => "OBSOLETE",
        }
    }
}

/// The action when an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OnFailure {
    Rollback,
    Delete,
    DoNothing,
}

/// The kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OperationKind {
    Create,
    Update,
    Delete,
    Rollback,
    ContinueRollback,
}

impl OperationKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            OperationKind::Create => "CREATE_STACK",
            OperationKind::Update => "UPDATE_STACK",
            OperationKind::Delete => "DELETE_STACK",
            OperationKind::Rollback => "ROLLBACK",
            OperationKind::ContinueRollback => "CONTINUE_ROLLBACK",
        }
    }
}

/// For `LastOperations`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OperationSummary {
    pub(crate) id: String,
    /// The client's name for the request.
    #[serde(default)]
    pub(crate) token: Option<String>,
    pub(crate) kind: OperationKind,
    pub(crate) started: Millis,
    pub(crate) ended: Option<Millis>,
}

/// Something that is going on with a stack. All there is to know about it is here, so that it can go on after a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) kind: OperationKind,
    pub(crate) token: Option<String>,
    pub(crate) change_set: Option<String>,
    /// The content that the stack is to have.
    pub(crate) target: Content,
    /// The content that it had.
    pub(crate) before: Content,
    /// The stack's status before.
    #[serde(with = "status::stack")]
    pub(crate) previous: StackStatus,
    /// Begun by the stack of which this one is a resource, rather than by a request.
    #[serde(default)]
    pub(crate) is_of_parent: bool,
    pub(crate) phase: Phase,
    pub(crate) steps: Vec<Step>,
    pub(crate) on_failure: OnFailure,
    pub(crate) retain: Vec<String>,
    /// A rollback also deletes new resources that are marked `Retain`.
    pub(crate) retain_except_on_create: bool,
    pub(crate) force: bool,
    pub(crate) skip: Vec<String>,
    /// Something failed: what waits never starts.
    pub(crate) failed: bool,
    /// Somebody, or the clock, stopped it: why.
    pub(crate) stopped: Option<String>,
    /// When a creation must be done: `TimeoutInMinutes`.
    pub(crate) deadline: Option<Millis>,
    /// It was told that all resources of a new stack are configured.
    #[serde(default)]
    pub(crate) configured: bool,
    /// Until when its alarms are watched, once its resources are done.
    #[serde(default)]
    pub(crate) watched_until: Option<Millis>,
    pub(crate) express: bool,
}

/// The phase of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Resources are created, updated, replaced.
    Forward,
    /// A nested stack is updated, and waits for its parent to be.
    Held,
    /// Resources that the update does without are deleted.
    Cleanup,
    /// Updated resources go back to what they were.
    Back,
    /// Resources that the failed operation had created are deleted.
    BackCleanup,
    /// All resources are deleted.
    Delete,
}

/// A step, which is about one resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) logical_id: String,
    pub(crate) action: Action,
    /// Indexes of the steps that must be done first.
    pub(crate) after: Vec<usize>,
    pub(crate) state: StepState,
}

/// The action of a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Action {
    /// Whatever it takes to make the resource what the target says: create, update, replace, or nothing.
    Apply,
    /// Back to this.
    Restore(Box<StackResource>),
    /// Away with this.
    Delete(Box<StackResource>),
}

/// The progress of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum StepState {
    Waiting,
    Running { since: Millis, until: Millis, fails: Option<String>, doing: Doing },
    Done,
    Failed,
    Cancelled,
}

/// The work of a running step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Doing {
    Create,
    Update,
    Replace,
    Delete,
}
