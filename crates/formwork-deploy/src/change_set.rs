//! Change sets: created, waited for, described, executed, deleted.
//!
//! Source of the oddities: cloud-side behaviour as told in `aws/aws-cdk-cli` (`stack-diagnoser.ts`,
//! `change-set-describer.ts`, issue 1780); API Reference, `CreateChangeSet`, `DescribeChangeSet`, `DescribeEvents`.

use std::time::Duration;

use formwork_model::ResourceChange;
use formwork_model::service::{
    CallError, ChangeSetPage, ChangeSetRequest, CreatedChangeSet, Execution, FailuresOf, Page, Timestamp, all_pages,
};
use formwork_model::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use tokio::time::Instant;

use crate::error::Error;
use crate::nested::{self, NestedSets};
use crate::pace::Pace;
use crate::regional::Regional;
use crate::stack::Deployed;
use crate::status::Reported;
use crate::token::token;

/// For how long a change set that is still being made is tried to be deleted. Most are made within seconds, and somebody
/// waits for the end of the run.
const LONGEST_CREATION: Duration = Duration::from_secs(30);

/// A change set that could be executed.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// Its ARN.
    pub(crate) id: String,
    /// Its stack's ARN.
    pub(crate) stack_id: String,
    /// When it was created, by the service's clock: the events of its execution begin there.
    pub(crate) created: Timestamp,
    /// The changes that it makes.
    pub(crate) changes: formwork_diff::ChangeSet,
    /// The change sets of its nested stacks; `None` if it was made without.
    pub(crate) nested: Option<NestedSets>,
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
pub(crate) async fn create(regional: Regional<'_>, request: &ChangeSetRequest) -> Result<CreatedChangeSet, Error> {
    Ok(regional.service.create_change_set(regional.region, request).await?)
}

/// Waits for a change set and describes it. It is left where it is, also when it is good for nothing. `warn` is called with what
/// is wrong without stopping anything.
pub(crate) async fn prepare(
    regional: Regional<'_>,
    request: &ChangeSetRequest,
    created: &CreatedChangeSet,
    mut warn: impl FnMut(String),
) -> Result<Made, Error> {
    let CreatedChangeSet { id, stack_id } = created;
    let (call, field) = ("DescribeChangeSet", "CreationTime");
    match wait(regional, id).await? {
        Waited::Ready(mut first) => {
            let created = first.created.take().ok_or(CallError::Incomplete { call, field })?;
            let changes = describe(regional, id, *first, request.exists).await?;
            let nested = if request.is_nested { Some(nested::sets(regional, &changes).await?) } else { None };
            let changes = formwork_diff::ChangeSet { has_changes: true, changes };
            let (id, stack_id) = (id.clone(), stack_id.clone());
            Ok(Made::Prepared(Box::new(Prepared { id, stack_id, created, changes, nested })))
        }
        Waited::Failed(reason) if is_no_changes(&reason) => Ok(Made::NoChanges),
        Waited::Failed(reason) => {
            let findings = if reason.contains("AWS::EarlyValidation") {
                match findings(regional, id).await {
                    Ok(findings) => findings,
                    Err(Error::Aws(CallError::Forbidden { .. })) => {
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
            let (stack, region) = (request.stack.clone(), regional.region.to_owned());
            Err(Error::ChangeSet { stack, region, reason, findings })
        }
        Waited::Unusable { status, is_known } => {
            let (stack, region) = (request.stack.clone(), regional.region.to_owned());
            Err(Error::ChangeSetUnusable { stack, region, status, is_known })
        }
    }
}

enum Waited {
    /// Its first page, without property values.
    Ready(Box<ChangeSetPage>),
    /// The status reason.
    Failed(String),
    /// It is neither made nor refused: somebody deleted it, or this version does not know its status.
    Unusable { status: String, is_known: bool },
}

async fn wait(regional: Regional<'_>, id: &str) -> Result<Waited, Error> {
    let mut pace = Pace::change_set();
    loop {
        let page = match regional.service.change_set(regional.region, id, false, None).await {
            Ok(page) => page,
            // A read that is older than the change set.
            Err(error) if error.is_missing() && pace.is_young() => {
                pace.rest().await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match page.status.as_deref().and_then(ChangeSetStatus::read) {
            Some(ChangeSetStatus::CreateComplete) => return Ok(Waited::Ready(Box::new(page))),
            Some(status) if status.is_being_made() => pace.rest().await,
            Some(ChangeSetStatus::Failed) => {
                let reason = page.reason.as_deref().unwrap_or("no reason given");
                return Ok(Waited::Failed(reason.trim_end_matches('.').to_owned()));
            }
            known => {
                let (call, field) = ("DescribeChangeSet", "Status");
                let status = page.status.ok_or(CallError::Incomplete { call, field })?;
                return Ok(Waited::Unusable { status, is_known: known.is_some() });
            }
        }
    }
}

/// True if this failure means that there is nothing to do. An empty list of changes does not mean that: a change of
/// outputs alone has one, and must be executed.
fn is_no_changes(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// All changes, described without property values and with them: either may leave something out. A stack that is created has no other
/// values than its template's.
async fn describe(
    regional: Regional<'_>,
    id: &str,
    first: ChangeSetPage,
    exists: bool,
) -> Result<Vec<ResourceChange>, Error> {
    let without = pages(regional, id, false, Some(first)).await?;
    if !exists {
        return Ok(without);
    }
    let with = pages(regional, id, true, None).await?;
    Ok(merge(with, without))
}

async fn pages(
    regional: Regional<'_>,
    id: &str,
    values: bool,
    first: Option<ChangeSetPage>,
) -> Result<Vec<ResourceChange>, Error> {
    let mut first = first;
    let ask = async |token: Option<&str>| {
        let page = match first.take() {
            Some(page) => page,
            None => regional.service.change_set(regional.region, id, values, token).await?,
        };
        Ok(Page { items: page.changes, next: page.next })
    };
    Ok(all_pages(ask).await?)
}

/// `with` property values, and what only `without` them is listed.
fn merge(with: Vec<ResourceChange>, without: Vec<ResourceChange>) -> Vec<ResourceChange> {
    let mut merged = with;
    for change in without {
        let known = merged.iter_mut().find(|known| known.logical_id == change.logical_id);
        match known {
            None => merged.push(change),
            Some(known) => {
                if known.details.is_empty() {
                    known.details = change.details;
                }
                if known.scope.is_empty() {
                    known.scope = change.scope;
                }
                known.replacement = known.replacement.take().or(change.replacement);
                known.policy_action = known.policy_action.take().or(change.policy_action);
            }
        }
    }
    merged
}

/// The findings of early validation, each in one line.
async fn findings(regional: Regional<'_>, id: &str) -> Result<Vec<String>, Error> {
    let Regional { service, region } = regional;
    let ask = async |token: Option<&str>| service.findings(region, FailuresOf::ChangeSet(id), token).await;
    let findings = all_pages(ask).await?.into_iter().map(|finding| {
        let reason = finding.reason.as_deref().unwrap_or("no reason given").trim_end_matches('.');
        format!("{}: {reason} ({})", finding.place.as_deref().unwrap_or("the stack"), finding.check)
    });
    Ok(findings.collect())
}

/// Starts what the change set describes. What fails is undone, unless the stack is one that was [kept](crate::status::is_kept).
pub(crate) async fn execute(
    regional: Regional<'_>,
    prepared: &Prepared,
    token: &str,
    is_kept: bool,
) -> Result<(), Error> {
    let (change_set, token) = (prepared.id.clone(), token.to_owned());
    let execution = Execution { change_set, keeps_failures: is_kept, token };
    Ok(regional.service.execute_change_set(regional.region, &execution).await?)
}

/// States of an execution whose call was not answered with success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It has begun.
    Yes,
    /// It has not, and may later.
    No,
    /// It never will: another operation changed the stack first.
    Obsolete,
}

/// True if the execution of a change set has begun; `None` if that cannot be found out. Asks for some time, since a request that
/// got no answer may still be on its way.
pub(crate) async fn has_begun(regional: Regional<'_>, id: &str) -> Option<Begun> {
    let mut pace = Pace::change_set();
    loop {
        let answer = regional.service.change_set(regional.region, id, false, None).await.ok()?;
        match ExecutionStatus::read(answer.execution.as_deref()?)? {
            ExecutionStatus::Available | ExecutionStatus::Unavailable if !pace.is_young() => return Some(Begun::No),
            ExecutionStatus::Available | ExecutionStatus::Unavailable => pace.rest().await,
            ExecutionStatus::Obsolete => return Some(Begun::Obsolete),
            status => return status.has_begun().then_some(Begun::Yes),
        }
    }
}

/// Deletes a change set by its ARN.
pub(crate) async fn delete(regional: Regional<'_>, id: &str) -> Result<(), Error> {
    delete_named(regional, None, id).await
}

/// Deletes a change set that may or may not have been created.
pub(crate) async fn delete_by_name(regional: Regional<'_>, stack: &str, name: &str) -> Result<(), Error> {
    delete_named(regional, Some(stack), name).await
}

async fn delete_named(regional: Regional<'_>, stack: Option<&str>, change_set: &str) -> Result<(), Error> {
    let begun = Instant::now();
    let mut pace = Pace::change_set();
    loop {
        match regional.service.delete_change_set(regional.region, stack, change_set).await {
            Ok(()) => return Ok(()),
            // No such stack, no such change set: it was not made, or somebody else deleted it.
            Err(error) if error.is_missing() => return Ok(()),
            // It is still being made.
            Err(error) if error.is_wrong_status() && begun.elapsed() < LONGEST_CREATION => {}
            Err(error) => return Err(error.into()),
        }
        pace.rest().await;
    }
}

/// Deletes the empty stack that a change set for a new stack leaves behind, and switches its protection off first if that was seen. Whatever
/// else it may have become meanwhile stays, and is given back.
pub(crate) async fn delete_shell(regional: Regional<'_>, shell: &Deployed) -> Result<Option<Deployed>, Error> {
    let stack_id = shell.id.as_str();
    let found = crate::stack::describe(regional, stack_id).await?;
    let Some(found) = found.filter(|stack| stack.status != Reported::Known(StackStatus::DeleteComplete)) else {
        return Ok(None);
    };
    if found.status != Reported::Known(StackStatus::ReviewInProgress) {
        return Ok(Some(found));
    }
    if shell.termination_protection {
        regional.service.protect(regional.region, stack_id, false).await?;
    }
    match regional.service.delete_stack(regional.region, stack_id, &[], &token()).await {
        // Only the answer may have been lost.
        Err(error) if !error.is_refusal() => {
            let now = crate::stack::describe(regional, stack_id).await.ok().map(|now| now.map(|now| now.status));
            let is_gone = matches!(now, Some(None | Some(Reported::Known(StackStatus::DeleteComplete))));
            if is_gone { Ok(None) } else { Err(error.into()) }
        }
        answer => Ok(answer.map(|()| None)?),
    }
}

/// Deletes a stack that was made for a change set and has nothing else, not even another one.
pub(crate) async fn delete_empty(regional: Regional<'_>, name: &str) -> Result<(), Error> {
    let Some(shell) = crate::stack::describe(regional, name).await? else { return Ok(()) };
    if shell.status != Reported::Known(StackStatus::ReviewInProgress) {
        return Ok(());
    }
    let page = regional.service.change_sets(regional.region, &shell.id, None).await?;
    if page.items.is_empty() && page.next.is_none() {
        regional.service.delete_stack(regional.region, &shell.id, &[], &token()).await?;
    }
    Ok(())
}
