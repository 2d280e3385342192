//! Change sets: created, waited for, described, executed, deleted.
//!
//! Source of the oddities: cloud-side behaviour as told in `aws/aws-cdk-cli` (`stack-diagnoser.ts`,
//! `change-set-describer.ts`, issue 1780); API Reference, `CreateChangeSet`, `DescribeChangeSet`, `DescribeEvents`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetStatus, ChangeSetType, EventFilter, EventType, ExecutionStatus, OnStackFailure, Parameter,
    ResourceChange, Tag,
};
use formwork_aws::Error as AwsError;
use formwork_model::status::StackStatus;
use tokio::time::Instant;

use crate::client::Regional;
use crate::error::Error;
use crate::pace::{Outage, Pace};
use crate::parameters::Setting;
use crate::status::Reported;

/// For how long a change set that is still being made is tried to be deleted. Most are made within seconds, and somebody
/// waits for the end of the run.
const LONGEST_CREATION: Duration = Duration::from_secs(30);

/// What a change set is made of.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) stack: &'a str,
    /// Whether there is a stack to change.
    pub(crate) exists: bool,
    /// The template; `None` for the one that is deployed.
    pub(crate) body: Option<String>,
    pub(crate) parameters: BTreeMap<String, Setting>,
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) tags: &'a [(String, String)],
    /// The change set's name, new for each run.
    pub(crate) name: &'a str,
}

/// A change set that the service began to make.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    /// Its ARN.
    pub(crate) id: String,
    /// Its stack's ARN.
    pub(crate) stack_id: String,
}

/// A change set that could be executed.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// Its ARN.
    pub(crate) id: String,
    /// Its stack's ARN.
    pub(crate) stack_id: String,
    /// When it was created, by the service's clock: the events of its execution begin there.
    pub(crate) created: DateTime,
    /// What it does.
    pub(crate) changes: formwork_diff::ChangeSet,
}

/// Result of making a change set.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    /// It can be executed.
    Prepared(Box<Prepared>),
    /// The stack is already as it should be. The change set is good for nothing.
    NoChanges,
}

/// Asks for a change set.
pub(crate) async fn create(regional: &Regional, request: Request<'_>) -> Result<Created, Error> {
    const CALL: &str = "CreateChangeSet";
    let parameters = request.parameters.iter().map(|(key, setting)| {
        let parameter = Parameter::builder().parameter_key(key);
        match setting {
            Setting::Value(value) => parameter.parameter_value(value).build(),
            Setting::Previous => parameter.use_previous_value(true).build(),
        }
    });
    let tags = request.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let answer = regional
        .api
        .create_change_set()
        .stack_name(request.stack)
        .change_set_name(request.name)
        // Makes a second try of the same request harmless.
        .client_token(request.name)
        .change_set_type(if request.exists { ChangeSetType::Update } else { ChangeSetType::Create })
        .set_use_previous_template(request.body.is_none().then_some(true))
        .set_template_body(request.body)
        .set_parameters(Some(parameters.collect()))
        .set_capabilities(Some(request.capabilities))
        .set_tags(Some(tags.collect()))
        .set_on_stack_failure((!request.exists).then_some(OnStackFailure::Rollback))
        .send()
        .await
        .map_err(|error| Error::from_call(CALL, &regional.place, error))?;
    let incomplete = |field| AwsError::Incomplete { call: CALL, field };
    let id = answer.id().ok_or_else(|| incomplete("Id"))?.to_owned();
    let stack_id = answer.stack_id().ok_or_else(|| incomplete("StackId"))?.to_owned();
    Ok(Created { id, stack_id })
}

/// Waits for a change set and describes it. It is left where it is, also when it is good for nothing. `warn` is called with what
/// is wrong without stopping anything.
pub(crate) async fn prepare(
    regional: &Regional,
    stack: &str,
    created: &Created,
    mut warn: impl FnMut(String),
) -> Result<Made, Error> {
    let Created { id, stack_id } = created;
    match wait(regional, id).await? {
        Waited::Ready(first) => {
            let created_at = *first
                .creation_time()
                .ok_or(AwsError::Incomplete { call: "DescribeChangeSet", field: "CreationTime" })?;
            let changes = describe(regional, id, *first).await?;
            Ok(Made::Prepared(Box::new(Prepared {
                id: id.clone(),
                stack_id: stack_id.clone(),
                created: created_at,
                changes: crate::plain::change_set(&changes),
            })))
        }
        Waited::Failed(reason) if is_no_changes(&reason) => Ok(Made::NoChanges),
        Waited::Failed(reason) => {
            let findings = if reason.contains("AWS::EarlyValidation") {
                match findings(regional, id).await {
                    Ok(findings) => findings,
                    Err(Error::Aws(AwsError::Forbidden { .. })) => {
                        warn(
                            "the reasons of early validation are not shown: `cloudformation:DescribeEvents` is not allowed"
                                .to_owned(),
                        );
                        Vec::new()
                    }
                    Err(error) => return Err(error),
                }
            } else {
                Vec::new()
            };
            Err(Error::ChangeSet { stack: stack.to_owned(), reason, findings })
        }
    }
}

enum Waited {
    /// Its first page, without property values.
    Ready(Box<DescribeChangeSetOutput>),
    /// The status reason.
    Failed(String),
}

async fn wait(regional: &Regional, id: &str) -> Result<Waited, Error> {
    let (mut pace, mut outage) = (Pace::change_set(), Outage::default());
    loop {
        let page = match regional.api.describe_change_set().change_set_name(id).send().await {
            Ok(page) => {
                outage = Outage::default();
                page
            }
            // A read that is older than the change set.
            Err(error)
                if error.as_service_error().and_then(|error| error.code()) == Some("ChangeSetNotFound")
                    && pace.is_young() =>
            {
                pace.rest().await;
                continue;
            }
            Err(error) => {
                let error = Error::from_call("DescribeChangeSet", &regional.place, error);
                outage.ride_out::<()>(Err(error))?;
                pace.rest().await;
                continue;
            }
        };
        match page.status() {
            Some(ChangeSetStatus::CreateComplete) => return Ok(Waited::Ready(Box::new(page))),
            Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress) => pace.rest().await,
            status => {
                let status = status.map(ChangeSetStatus::as_str).unwrap_or("in no status");
                return Ok(Waited::Failed(page.status_reason().unwrap_or(status).trim_end_matches('.').to_owned()));
            }
        }
    }
}

/// Whether this failure means that there is nothing to do. An empty list of changes does not mean that: a change of
/// outputs alone has one, and must be executed.
fn is_no_changes(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// All changes, described without property values and with them: either may leave something out.
async fn describe(regional: &Regional, id: &str, first: DescribeChangeSetOutput) -> Result<Vec<ResourceChange>, Error> {
    let without = pages(regional, id, false, Some(first)).await?;
    let with = pages(regional, id, true, None).await?;
    Ok(merge(with, without))
}

async fn pages(
    regional: &Regional,
    id: &str,
    values: bool,
    first: Option<DescribeChangeSetOutput>,
) -> Result<Vec<ResourceChange>, Error> {
    let mut changes = Vec::new();
    let mut page = first;
    let mut token: Option<String> = None;
    loop {
        let this = match page.take() {
            Some(page) => page,
            None => regional
                .api
                .describe_change_set()
                .change_set_name(id)
                .set_include_property_values(values.then_some(true))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| Error::from_call("DescribeChangeSet", &regional.place, error))?,
        };
        changes.extend(this.changes().iter().filter_map(|change| change.resource_change().cloned()));
        token = this.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(changes);
        }
    }
}

/// `with` property values, and what only `without` them is listed.
fn merge(with: Vec<ResourceChange>, without: Vec<ResourceChange>) -> Vec<ResourceChange> {
    let mut merged = with;
    for change in without {
        let known = merged.iter_mut().find(|known| known.logical_resource_id == change.logical_resource_id);
        match known {
            None => merged.push(change),
            Some(known) => {
                if known.details().is_empty() {
                    known.details = change.details;
                }
                if known.scope().is_empty() {
                    known.scope = change.scope;
                }
                known.replacement = known.replacement.take().or(change.replacement);
                known.policy_action = known.policy_action.take().or(change.policy_action);
            }
        }
    }
    merged
}

/// What early validation found wrong, each finding in one line.
async fn findings(regional: &Regional, id: &str) -> Result<Vec<String>, Error> {
    let mut findings = Vec::new();
    let mut token = None;
    loop {
        let page = regional
            .api
            .describe_events()
            .change_set_name(id)
            .filters(EventFilter::builder().failed_events(true).build())
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| Error::from_call("DescribeEvents", &regional.place, error))?;
        for event in page.operation_events() {
            let reason = event
                .validation_status_reason()
                .or(event.resource_status_reason())
                .or(event.hook_status_reason())
                .unwrap_or("no reason given")
                .trim_end_matches('.');
            let place = match (event.validation_path(), event.logical_resource_id()) {
                (Some(path), _) if !path.is_empty() => path,
                (_, Some(logical_id)) if !logical_id.is_empty() => logical_id,
                _ => "the stack",
            };
            let name = event.validation_name().or(event.event_type().map(EventType::as_str)).unwrap_or_default();
            findings.push(format!("{place}: {reason} ({name})"));
        }
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(findings);
        }
    }
}

/// Starts what the change set describes. What fails is undone, unless the stack is one that was [kept](crate::status::is_kept).
pub(crate) async fn execute(regional: &Regional, prepared: &Prepared, token: &str, is_kept: bool) -> Result<(), Error> {
    regional
        .api
        .execute_change_set()
        .change_set_name(&prepared.id)
        .set_disable_rollback(is_kept.then_some(true))
        .client_request_token(token)
        .send()
        .await
        .map_err(|error| Error::from_call("ExecuteChangeSet", &regional.place, error))?;
    Ok(())
}

/// True if the execution of a change set has begun; `None` if that cannot be found out. Asks for some time, since a request that
/// got no answer may still be on its way.
pub(crate) async fn has_begun(regional: &Regional, id: &str) -> Option<bool> {
    let mut pace = Pace::change_set();
    loop {
        let answer = regional.api.describe_change_set().change_set_name(id).send().await.ok()?;
        match answer.execution_status()? {
            ExecutionStatus::Available | ExecutionStatus::Unavailable if !pace.is_young() => return Some(false),
            ExecutionStatus::Available | ExecutionStatus::Unavailable => pace.rest().await,
            ExecutionStatus::ExecuteInProgress | ExecutionStatus::ExecuteComplete | ExecutionStatus::ExecuteFailed => {
                return Some(true);
            }
            _ => return None,
        }
    }
}

/// Deletes a change set by its ARN.
pub(crate) async fn delete(regional: &Regional, id: &str) -> Result<(), Error> {
    delete_named(regional, None, id).await
}

/// Deletes a change set that may or may not have been created.
pub(crate) async fn delete_by_name(regional: &Regional, stack: &str, name: &str) -> Result<(), Error> {
    delete_named(regional, Some(stack), name).await
}

async fn delete_named(regional: &Regional, stack: Option<&str>, change_set: &str) -> Result<(), Error> {
    let begun = Instant::now();
    let mut pace = Pace::change_set();
    loop {
        let call =
            regional.api.delete_change_set().set_stack_name(stack.map(str::to_owned)).change_set_name(change_set);
        match call.send().await.map_err(|error| Error::from_call("DeleteChangeSet", &regional.place, error)) {
            Ok(_) => return Ok(()),
            // No such stack, no such change set: it was not made, or somebody else deleted it.
            Err(Error::Aws(AwsError::Service { code, message, .. }))
                if code == "ChangeSetNotFound" || message.contains("does not exist") =>
            {
                return Ok(());
            }
            // It is still being made: API Reference, `DeleteChangeSet`, `InvalidChangeSetStatus`.
            Err(Error::Aws(AwsError::Service { code, .. }))
                if code == "InvalidChangeSetStatus" && begun.elapsed() < LONGEST_CREATION => {}
            Err(error) => return Err(error),
        }
        pace.rest().await;
    }
}

/// Deletes the empty stack that a change set for a new stack leaves behind.
pub(crate) async fn delete_shell(regional: &Regional, stack_id: &str) -> Result<(), Error> {
    // Only ever a stack without resources: whatever else it may have become meanwhile stays.
    let shell = crate::stack::describe(regional, stack_id).await?;
    if shell.is_some_and(|stack| stack.status == Reported::Known(StackStatus::ReviewInProgress)) {
        regional
            .api
            .delete_stack()
            .stack_name(stack_id)
            .send()
            .await
            .map_err(|error| Error::from_call("DeleteStack", &regional.place, error))?;
    }
    Ok(())
}
