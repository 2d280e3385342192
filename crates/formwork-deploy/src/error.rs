//! Errors of calls to CloudFormation, and of stacks that cannot be deployed.
//!
//! An error of the login, the network or a call is a [`CallError`]; the rest of the crate only adds the errors that it knows
//! itself. `Error::hint` is the advice, `Error::fault` says who has to act: both are in the module `hints`.

use formwork_assembly::{StackId, joined};
use formwork_model::service::CallError;
use formwork_model::status::StackStatus;
use formwork_template::backticked;
use formwork_template::template::MAX_INLINE_BYTES;

use crate::held::Held;
use crate::status::{Reported, Standing};

/// Kinds of errors of an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The login, the network, or CloudFormation itself.
    #[error(transparent)]
    Aws(#[from] CallError),
    /// No stack of the app has this name.
    #[error("no stack `{name}` in this app; it has {}", known.join(", "))]
    UnknownStack {
        /// The name that was asked for.
        name: String,
        /// The app's stacks.
        known: Vec<String>,
    },
    /// Stacks wait for each other.
    #[error("the stacks {} depend on each other", stacks.join(", "))]
    Cycle {
        /// The stacks in the cycle, and those behind it.
        stacks: Vec<String>,
    },
    /// A producer is neither deployed nor about to be.
    #[error("`{consumer}` takes `{output}` from `{producer}`, which is not deployed")]
    ProducerMissing {
        /// The stack that imports.
        consumer: String,
        /// The stack it imports from.
        producer: String,
        /// The output it needs.
        output: String,
    },
    /// A producer is deployed, but has no such output.
    #[error("`{consumer}` takes `{output}` from `{producer}`, which is deployed without that output")]
    OutputMissing {
        /// The stack that imports.
        consumer: String,
        /// The stack it imports from.
        producer: String,
        /// The output it needs.
        output: String,
    },
    /// A parameter has no value from anywhere.
    #[error("the parameter `{parameter}` of `{stack}` has no value: no default, none given, none deployed")]
    ParameterMissing {
        /// The stack.
        stack: String,
        /// The parameter.
        parameter: String,
    },
    /// A value was given for a parameter that is not there, or that another stack fills.
    #[error("`{stack}` takes no value for `{parameter}`: {reason}")]
    ParameterRefused {
        /// The stack.
        stack: String,
        /// The parameter.
        parameter: String,
        /// The reason.
        reason: String,
    },
    /// A value was given for a parameter of a stack that is not in the app.
    #[error("a value is given for `{parameter}` of `{stack}`, and no stack has that name; the stacks are {}", known.join(", "))]
    ParameterUnknownStack {
        /// The stack, as it was given.
        stack: String,
        /// The parameter.
        parameter: String,
        /// The app's stacks.
        known: Vec<String>,
    },
    /// A value was given for a parameter of a stack that is not selected.
    #[error(
        "a value is given for `{parameter}` of `{stack}`, which is not one of the selected stacks: {}",
        selected.join(", ")
    )]
    ParameterNotSelected {
        /// The stack, as it was given.
        stack: String,
        /// The parameter.
        parameter: String,
        /// The selected stacks.
        selected: Vec<String>,
    },
    /// The template cannot be read.
    #[error("the template of `{stack}`: {reason}")]
    Template {
        /// The stack.
        stack: String,
        /// The fault.
        reason: String,
    },
    /// The template does not fit into a call, or is longer than CloudFormation takes at all.
    #[error("the template of `{stack}` has {bytes} bytes, and {limit} are the most that {}", if *limit > MAX_INLINE_BYTES { "CloudFormation takes" } else { "an API call takes" })]
    TemplateTooLong {
        /// The stack.
        stack: String,
        /// Its shortest form.
        bytes: usize,
        /// The most that fits.
        limit: usize,
    },
    /// The template has more of something than CloudFormation takes.
    #[error("the template of `{stack}` has {count} {what}, and CloudFormation takes {limit}")]
    TemplateTooLarge {
        /// The stack.
        stack: String,
        /// The section, as a noun: `resources`.
        what: &'static str,
        /// Its entries.
        count: usize,
        /// The most that CloudFormation takes.
        limit: usize,
    },
    /// The app has a stack of the name that a bucket's stack has.
    #[error("the app has a stack `{stack}`, but its other stacks need the bucket of a stack with that name")]
    BucketStackTaken {
        /// The stack.
        stack: String,
    },
    /// The account, by which the owner of a bucket is known, is not.
    #[error("the account of the login is not known, and a call about the bucket `{bucket}` must name its owner")]
    AccountNotKnown {
        /// The bucket.
        bucket: String,
    },
    /// A bucket is to be deleted with objects that stacks use.
    #[error("the bucket `{bucket}` has contents that {} use", users.join(", "))]
    BucketInUse {
        /// The bucket.
        bucket: String,
        /// The stacks.
        users: Vec<String>,
    },
    /// Stacks of a region are being changed, so that what they use is about to change.
    #[error("contents in the bucket `{bucket}` stay while stacks are changed: {}", stacks.join(", "))]
    BucketBusy {
        /// The bucket.
        bucket: String,
        /// The stacks.
        stacks: Vec<String>,
    },
    /// A stack of the name that the stack of a bucket has is somebody else's.
    #[error(
        "the stack `{stack}` was not deployed by formwork, which needs that name for the stack with the asset bucket"
    )]
    BucketStackForeign {
        /// The stack.
        stack: String,
    },
    /// A content cannot be packed.
    #[error("{reason}")]
    Asset {
        /// The fault, which names the asset.
        reason: String,
        /// The way to mend it.
        hint: Option<String>,
        /// True for a fault in what the user gave, rather than in the machine.
        is_input: bool,
    },
    /// The bucket is in another region than the stack that ships to it.
    #[error("the bucket `{bucket}` is in {region}, and what a stack in {wanted} ships has to be in {wanted}")]
    BucketElsewhere {
        /// The bucket.
        bucket: String,
        /// Its region.
        region: String,
        /// The stack's region.
        wanted: String,
    },
    /// An object could not be read or written.
    #[error("the asset `{asset}`, in the bucket `{bucket}`: {cause}")]
    Upload {
        /// The asset's id, or `template`.
        asset: String,
        /// The bucket.
        bucket: String,
        /// The service's refusal.
        cause: Box<CallError>,
    },
    /// The stack's state does not allow the operation.
    #[error("`{stack}` is {status}: {meaning}")]
    Standing {
        /// The stack.
        stack: String,
        /// Its region.
        region: String,
        /// The stack's status.
        status: Reported<StackStatus>,
        /// The meaning of the status.
        meaning: &'static str,
        /// The operations that it allows.
        standing: Standing,
    },
    /// CloudFormation could not make the change set.
    #[error("CloudFormation refused the change set of `{stack}`: {reason}")]
    ChangeSet {
        /// The stack.
        stack: String,
        /// Its region.
        region: String,
        /// CloudFormation's words.
        reason: String,
        /// The findings of early validation, one per entry.
        findings: Vec<String>,
    },
    /// A change set was neither made nor refused.
    #[error("the change set of `{stack}` is in `{status}`, {}, and is not executed", if *is_known { "since somebody deleted it" } else { "which this version does not know" })]
    ChangeSetUnusable {
        /// The stack.
        stack: String,
        /// Its region.
        region: String,
        /// The change set's status.
        status: String,
        /// True for a status of a deletion, false for one that this version does not know.
        is_known: bool,
    },
    /// A stack that must not be deleted was to be deleted.
    #[error("`{stack}` is protected from deletion")]
    TerminationProtection {
        /// The stack.
        stack: String,
        /// Its region.
        region: String,
        /// True if it can be updated, and its source can switch the protection off.
        is_ready: bool,
    },
    /// An empty stack that was to be deleted holds change sets of somebody else.
    #[error("`{stack}` is empty, and holds {} that formwork did not make: {}", if change_sets.len() == 1 { "a change set" } else { "change sets" }, backticked(change_sets))]
    HoldsChangeSets {
        /// The stack.
        stack: String,
        /// Its region.
        region: String,
        /// The change sets' names.
        change_sets: Vec<String>,
    },
    /// A resource was to be skipped or retained that did not fail.
    #[error("`{logical_id}` is not a resource whose {at} failed")]
    NotSkippable {
        /// Its name, as it was given.
        logical_id: String,
        /// The step at which a resource has to have failed.
        at: Held,
        /// The resources that failed.
        known: Vec<String>,
    },
    /// CloudFormation refused to continue a rollback without the resources that were to be skipped.
    #[error("{cause}")]
    SkipRefused {
        /// The service's refusal.
        cause: CallError,
    },
    /// A stack was to be deleted while another one still uses it.
    #[error("`{producer}` is still in use by `{consumer}`")]
    StillUsed {
        /// The stack to delete.
        producer: String,
        /// The deployed stack that imports from it.
        consumer: String,
    },
    /// A stack was to be changed or deleted that another app deployed.
    #[error("`{stack}` was deployed by the app `{app}`, and not by `{own}`")]
    OfAnotherApp {
        /// The stack.
        stack: String,
        /// The app that deployed it, with its environment.
        app: String,
        /// The app of this run.
        own: String,
    },
    /// A stack was to be deleted while a deployed one that the app has no more still uses it.
    #[error("`{producer}` is still in use by `{}` ({}), which the app deployed and does not have any more", consumer.name, consumer.region)]
    UsedByOrphan {
        /// The stack to delete.
        producer: String,
        /// The deployed stack that uses it.
        consumer: StackId,
    },
    /// A stack was to be deleted while another one, which is not of the app, imports what it exports.
    #[error("`{consumer}`, which is not a stack of this app, imports `{export}` of `{producer}`")]
    StillImported {
        /// The stack to delete.
        producer: String,
        /// The stack that imports from it.
        consumer: String,
        /// The name of the export.
        export: String,
    },
    /// Somebody else changed what had been approved by then.
    #[error("somebody else changed what was approved, and the plan is not carried out: {}", changes.join("; "))]
    ChangedMeanwhile {
        /// Changes since the preview, one entry each.
        changes: Vec<String>,
    },
    /// Somebody else changed a stack after this run had looked at it, and before it did anything.
    #[error("somebody else changed `{stack}` since it was looked at: {}", changes.join("; "))]
    Overtaken {
        /// The stack.
        stack: String,
        /// Its changes, one entry each.
        changes: Vec<String>,
    },
    /// All change sets of a plan were executed before.
    #[error("the plan was executed already, and nothing was executed again: {} {} EXECUTE_COMPLETE", joined(change_sets), if change_sets.len() == 1 { "is" } else { "are" })]
    PlanExecuted {
        /// The change sets, by their stacks.
        change_sets: Vec<String>,
    },
    /// Something has changed since a plan was made.
    #[error("the plan does not hold any more, and nothing was executed: {}", changed.join("; "))]
    PlanOutdated {
        /// Changes since the plan, a clause each.
        changed: Vec<String>,
    },
    /// CloudFormation is certain to refuse a part of the plan when it comes to it.
    #[error("{}", changes.join("; "))]
    Refused {
        /// The changes that it refuses, one entry each.
        changes: Vec<String>,
        /// A hint on what to do about the first of them.
        hint: String,
    },
    /// Deployed stacks use what would be replaced or deleted, and nobody is asked.
    #[error("{}", uses.join("; "))]
    InUse {
        /// Uses that would be lost, one entry per resource.
        uses: Vec<String>,
        /// The stacks that must be deployed first, if that is the way out: the app's templates for them take nothing of it.
        let_go: Vec<String>,
    },
}

impl Error {
    /// The stack that it is about, where that is one of the service.
    pub fn stack(&self) -> Option<StackId> {
        match self {
            Error::Standing { stack, region, .. }
            | Error::ChangeSet { stack, region, .. }
            | Error::ChangeSetUnusable { stack, region, .. }
            | Error::TerminationProtection { stack, region, .. }
            | Error::HoldsChangeSets { stack, region, .. } => Some(StackId::new(stack.as_str(), region.as_str())),
            _ => None,
        }
    }

    /// The status of that stack, where it is the reason.
    pub fn status(&self) -> Option<&Reported<StackStatus>> {
        match self {
            Error::Standing { status, .. } => Some(status),
            _ => None,
        }
    }

    /// True if the same call may succeed later, though it was made again for some time.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Error::Aws(error) if error.may_pass())
    }

    /// True if the call was certainly not carried out: it was refused, or never sent. After any other error it may have been.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Error::SkipRefused { .. }) || matches!(self, Error::Aws(error) if error.is_refusal())
    }
}
