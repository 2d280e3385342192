//! The calls of AWS that a deployment needs, as a trait: [`CloudFormation`]. The SDK implements it, and so does the embedded engine, in
//! process. Types are plain data of ours; errors are one enumeration, [`CallError`].
//!
//! Everything around a call (pauses, repeated calls, counts, faults on purpose) is a [`Layer`], written once for all calls.

mod answers;
mod counts;
mod error;
mod pages;

use std::future::Future;
use std::pin::Pin;

pub use answers::{
    Caller, ChangeSetPage, ChangeSetRequest, ChangeSetSummary, CreatedChangeSet, DeletedResource, Deletion, Execution,
    FailuresOf, Finding, ListedResource, ListedStack, Page, ParameterSetting, ReadStack, StackEvent, StackOutput,
    TemplateGiven, Timestamp,
};
pub use counts::Counts;
pub use error::{CallError, Fault, Refusal};
pub use pages::{all_pages, visit_pages};

/// The answer to a call, once it is there.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, CallError>> + 'a>>;

/// Writes the trait, the list of its calls, and what hands calls on.
macro_rules! calls {
    ($($(#[$doc:meta])* $call:ident $kind:ident $method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        /// The calls, each in the region that is named first.
        pub trait CloudFormation {
            $($(#[$doc])* fn $method<'a>(&'a self, region: &'a str, $($argument: $type),*) -> Answer<'a, $answer>;)*
        }

        /// The names of the calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Call {
            $($(#[$doc])* $call,)*
        }

        impl Call {
            /// The name of the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Call::$call => stringify!($call),)*
                }
            }

            /// True if it changes something.
            pub fn is_write(self) -> bool {
                match self {
                    $(Call::$call => is_write!($kind),)*
                }
            }
        }

        impl<C: CloudFormation + ?Sized> CloudFormation for Box<C> {
            $(fn $method<'a>(&'a self, region: &'a str, $($argument: $type),*) -> Answer<'a, $answer> {
                (**self).$method(region, $($argument),*)
            })*
        }

        impl<C: CloudFormation, L: Layer> CloudFormation for Layered<C, L> {
            $(fn $method<'a>(&'a self, region: &'a str, $($argument: $type),*) -> Answer<'a, $answer> {
                let attempt = move || self.inner.$method(region, $($argument),*);
                Box::pin(self.layer.around(Call::$call, region, attempt))
            })*
        }
    };
}

macro_rules! is_write {
    (reads) => {
        false
    };
    (writes) => {
        true
    };
}

calls! {
    /// The stack with this name or ARN; `None` if there is not one.
    DescribeStacks reads stack(name: &'a str) -> Option<ReadStack>;
    /// Stacks of the region, those that were deleted a while ago too.
    ListStacks reads stacks(token: Option<&'a str>) -> Page<ListedStack>;
    /// The template of a stack as it was given to CloudFormation, in JSON or YAML.
    GetTemplate reads template(stack: &'a str) -> Option<String>;
    /// The resources of a stack.
    ListStackResources reads resources(stack: &'a str, token: Option<&'a str>) -> Page<ListedResource>;
    /// The names of the stacks of the region that import what is exported under this name.
    ListImports reads imports(export: &'a str, token: Option<&'a str>) -> Page<String>;
    /// The events of a stack, newest first.
    DescribeStackEvents reads events(stack: &'a str, token: Option<&'a str>) -> Page<StackEvent>;
    /// Findings about a change set, or failures of operations on a stack: reasons that `DescribeStackEvents` does not have.
    DescribeEvents reads findings(of: FailuresOf<'a>, token: Option<&'a str>) -> Page<Finding>;
    /// A change set is begun to be made. The same request once more makes no second one.
    CreateChangeSet writes create_change_set(request: &'a ChangeSetRequest) -> CreatedChangeSet;
    /// A page of a change set, with or without the values of properties.
    DescribeChangeSet reads change_set(id: &'a str, has_values: bool, token: Option<&'a str>) -> ChangeSetPage;
    /// The change sets of a stack.
    ListChangeSets reads change_sets(stack: &'a str, token: Option<&'a str>) -> Page<ChangeSetSummary>;
    /// A change set is executed.
    ExecuteChangeSet writes execute_change_set(execution: &'a Execution) -> ();
    /// A change set is deleted, by its ARN, or by the names of its stack and of its own.
    DeleteChangeSet writes delete_change_set(stack: Option<&'a str>, change_set: &'a str) -> ();
    /// A stack is deleted, but for the resources to retain.
    DeleteStack writes delete_stack(stack: &'a str, retain: &'a [String], token: &'a str) -> ();
    /// Termination protection is switched.
    UpdateTerminationProtection writes protect(stack: &'a str, is_on: bool) -> ();
    /// The changes of a failed operation are rolled back.
    RollbackStack writes rollback(stack: &'a str, token: &'a str) -> ();
    /// A rollback that failed is continued, without the resources to skip.
    ContinueUpdateRollback writes continue_rollback(stack: &'a str, skip: &'a [String], token: &'a str) -> ();
    /// True if there is a resource of this type with this identifier.
    GetResource reads has_resource(type_name: &'a str, identifier: &'a str) -> bool;
    /// A resource that is in no stack is begun to be deleted. The same token once more makes no second request.
    DeleteResource writes delete_resource(type_name: &'a str, identifier: &'a str, token: &'a str) -> Deletion;
    /// Resources that such requests deleted in the last seven days.
    ListResourceRequests reads deleted_resources(token: Option<&'a str>) -> Page<DeletedResource>;
    /// The state of such a request.
    GetResourceRequestStatus reads deletion(request: &'a str) -> Deletion;
    /// The login's account.
    GetCallerIdentity reads caller() -> Caller;
}

/// Something done around every call.
pub trait Layer {
    /// The answer to a call, which `attempt` makes: once, more than once, or not at all.
    fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        region: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> impl Future<Output = Result<T, CallError>> + 'a;
}

/// A service with a layer around it.
#[derive(Clone, Debug)]
pub struct Layered<C, L> {
    /// The service.
    pub inner: C,
    /// The layer.
    pub layer: L,
}
