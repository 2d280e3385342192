//! Requests to the service and its answers, as plain data.
//!
//! Source: AWS CloudFormation API Reference, the data types of the calls that [`super::CloudFormation`] lists.

use std::fmt;

use crate::change_set::ResourceChange;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the service's order.
    pub items: Vec<T>,
    /// The token of the next page.
    pub next: Option<String>,
}

/// A time by the service's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Nanoseconds since the year 1970.
    pub order: i128,
    /// The same as the API writes it: `2026-03-01T12:00:00Z`.
    pub text: String,
}

/// A stack as `DescribeStacks` describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadStack {
    /// The stack's ARN, which names this stack and no later one of the same name.
    pub id: String,
    /// The word for its status.
    pub status: String,
    /// When it was last updated, as the API writes it; `None` if it never was.
    pub updated: Option<String>,
    /// Its outputs.
    pub outputs: Vec<StackOutput>,
    /// Key and value; the value is masked where the parameter says `NoEcho`.
    pub parameters: Vec<(String, String)>,
    /// Key and value.
    pub tags: Vec<(String, String)>,
    /// The topics that are told of its events.
    pub notification_arns: Vec<String>,
    /// True if it is protected from deletion.
    pub termination_protection: bool,
}

/// A value that a stack gives out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOutput {
    /// Its name in the template.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Its description in the template.
    pub description: Option<String>,
    /// The name under which other stacks can import it.
    pub export: Option<String>,
}

/// A stack as `ListStacks` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedStack {
    /// The stack's ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The word for its status.
    pub status: String,
    /// The `Description` of its template.
    pub description: Option<String>,
    /// The ARN of the stack that it is nested in.
    pub parent: Option<String>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
}

/// A resource that a request of the Cloud Control API deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedResource {
    /// Its type.
    pub type_name: String,
    /// Its identifier.
    pub identifier: String,
    /// When it was deleted, of the same order as CloudFormation's times; `None` if the service does not say.
    pub time: Option<Timestamp>,
}

/// A resource as `ListStackResources` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedResource {
    /// The name in the template.
    pub logical_id: String,
    /// The physical id, once there is one.
    pub physical_id: Option<String>,
    /// The type.
    pub type_name: String,
    /// The word for its status.
    pub status: String,
    /// Reason for the status, if the service gives one.
    pub reason: Option<String>,
}

/// An event of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackEvent {
    /// Its own id.
    pub id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's name in the template; the stack's name for the stack itself.
    pub logical_id: String,
    /// The physical id, once there is one.
    pub physical_id: Option<String>,
    /// The type.
    pub type_name: String,
    /// The word for the new status.
    pub status: String,
    /// Reason for the status, if the service gives one.
    pub reason: Option<String>,
    /// When.
    pub time: Option<Timestamp>,
    /// The id of the operation that it is part of.
    pub operation: Option<String>,
}

/// The subject of failed events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailuresOf<'a> {
    /// A change set, by its ARN.
    ChangeSet(&'a str),
    /// An operation on a stack, by its id.
    Operation(&'a str),
    /// A stack, by its ARN: of all its operations, or of the last one alone, which may be the rollback of the one that failed.
    Stack(&'a str),
}

/// Something that was found wrong with a change set, or that failed in an operation on a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The place in the template, or the resource.
    pub place: Option<String>,
    /// The service's words.
    pub reason: Option<String>,
    /// The name of the check or of the hook, or else the kind of the event.
    pub check: String,
    /// When.
    pub time: Option<Timestamp>,
}

/// The setting of one parameter of a change set.
#[derive(Clone, PartialEq, Eq)]
pub enum ParameterSetting {
    /// This value, which may be secret.
    Value(String),
    /// The deployed value.
    Previous,
}

impl fmt::Debug for ParameterSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParameterSetting::Value(_) => "Value(…)",
            ParameterSetting::Previous => "Previous",
        })
    }
}

/// A change set to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetRequest {
    /// The stack's name.
    pub stack: String,
    /// The change set's name. The same name makes a second try of the same request harmless.
    pub name: String,
    /// True if there is a stack to change.
    pub exists: bool,
    /// The template.
    pub template: TemplateGiven,
    /// The parameters that need a setting.
    pub parameters: Vec<(String, ParameterSetting)>,
    /// The capabilities that are acknowledged.
    pub capabilities: Vec<String>,
    /// Key and value.
    pub tags: Vec<(String, String)>,
    /// Text about the change set.
    pub description: Option<String>,
    /// True if the nested stacks have change sets of their own, which belong to this one.
    pub is_nested: bool,
}

/// Ways to give a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TemplateGiven {
    /// In the call, of at most 51,200 bytes.
    Text(String),
    /// An object of S3, by its URL: `https://BUCKET.s3.REGION.amazonaws.com/KEY`.
    Url(String),
    /// The one that is deployed.
    #[default]
    Deployed,
}

impl TemplateGiven {
    /// The text, if it is given in the call.
    pub fn text(&self) -> Option<&str> {
        match self {
            TemplateGiven::Text(text) => Some(text),
            TemplateGiven::Url(_) | TemplateGiven::Deployed => None,
        }
    }

    /// The URL, if it is given by one.
    pub fn url(&self) -> Option<&str> {
        match self {
            TemplateGiven::Url(url) => Some(url),
            TemplateGiven::Text(_) | TemplateGiven::Deployed => None,
        }
    }
}

/// A change set that the service began to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedChangeSet {
    /// Its ARN.
    pub id: String,
    /// Its stack's ARN.
    pub stack_id: String,
}

/// A page of a change set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetPage {
    /// The word for its status: `CREATE_COMPLETE`, `FAILED`, …
    pub status: Option<String>,
    /// Reason for the status, if the service gives one.
    pub reason: Option<String>,
    /// The word for how far its execution is: `AVAILABLE`, `EXECUTE_COMPLETE`, …
    pub execution: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Values of the parameters, by name; masked where the parameter says `NoEcho`.
    pub parameters: Vec<(String, String)>,
    /// Changes of resources: those of this page.
    pub changes: Vec<ResourceChange>,
    /// The token of the next page.
    pub next: Option<String>,
}

/// A change set as `ListChangeSets` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetSummary {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Text about it.
    pub description: Option<String>,
    /// The word for its status.
    pub status: String,
    /// The word for how far its execution is.
    pub execution: String,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// The execution of a change set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// The change set's ARN.
    pub change_set: String,
    /// True if what fails is not to be rolled back.
    pub keeps_failures: bool,
    /// The same token makes a second try of the same request harmless.
    pub token: String,
}

/// State of a request to delete a resource that is in no stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It goes on; the token names the request.
    InProgress {
        /// The request's token.
        token: String,
    },
    /// The resource is gone.
    Done,
    /// It was not deleted.
    Failed {
        /// The handler's error code, such as `ResourceConflict`.
        code: String,
        /// The reason.
        message: String,
    },
}

/// The identity of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The account's number.
    pub account: String,
    /// The ARN of the user or role.
    pub arn: String,
}
