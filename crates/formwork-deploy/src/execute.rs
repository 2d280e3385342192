//! Operations on one stack, followed from their beginning to their end.

use formwork_assembly::StackId;
use formwork_model::status::{ResourceStatus, StackStatus};

use crate::change_set::Prepared;
use crate::course::Going;
use crate::error::Error;
use crate::events::{self, Follower, Found, ResourceEvent, Since};
use crate::hooks;
use crate::nested;
use crate::operation::Operation;
use crate::pace::Pace;
use crate::progress::{Observer, Progress};
use crate::regional::Regional;
use crate::report::Failure;
use crate::resources::{self, NESTED_STACK};
use crate::stack::{self, Deployed};
use crate::status::{self, Ending, EventStatus, Reported, Standing};
pub(crate) use crate::token::token;

/// End of an operation on a stack.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The stack's status at its end.
    pub(crate) status: Reported<StackStatus>,
    /// Everything that happened, oldest first.
    pub(crate) events: Vec<ResourceEvent>,
    /// The failure, if there was one.
    pub(crate) result: Result<(), Failure>,
}

/// The stack once nothing goes on with it any more.
pub(crate) async fn settled(
    regional: Regional<'_>,
    stack: &StackId,
    observer: &dyn Observer,
) -> Result<Option<Deployed>, Error> {
    let mut pace = Pace::stack();
    let mut is_reported = false;
    loop {
        match stack::describe(regional, &stack.name).await? {
            Some(found) if found.standing() == Standing::Busy => {
                if !is_reported {
                    let (stack, meaning) = (stack.clone(), status::standing(&found.status).1);
                    observer.progress(Progress::Waiting { stack, status: found.status, meaning });
                }
                is_reported = true;
            }
            other => {
                if is_reported {
                    observer.progress(Progress::Settled { stack: stack.clone() });
                }
                return Ok(other);
            }
        }
        pace.rest().await;
    }
}

/// Follows the execution of a change set to its end. Gives the stack as it is afterwards too, or the reason why that is not known: the
/// changes are made all the same.
pub(crate) async fn follow_change_set(
    regional: Regional<'_>,
    stack: &StackId,
    prepared: &Prepared,
    operation: Operation,
    observer: &dyn Observer,
) -> Result<(Result<Option<Deployed>, Error>, Ended), Error> {
    let follower = Follower::new(regional, &prepared.stack_id, operation, Since::Time(prepared.created.clone()));
    let mut ended = follow(follower, stack, operation, observer).await?;
    Ok((after(regional, &prepared.stack_id, operation, &mut ended).await, ended))
}

/// The stack after an operation that leaves it there; of one that somebody deleted meanwhile, the operation has failed.
pub(crate) async fn after(
    regional: Regional<'_>,
    stack_id: &str,
    operation: Operation,
    ended: &mut Ended,
) -> Result<Option<Deployed>, Error> {
    // The answer may be older than the stack's last event.
    let mut pace = Pace::stack();
    let mut deployed = stack::describe(regional, stack_id).await;
    let is_older = |stack: &Deployed| stack.status != ended.status && !stack.status.is_deletion();
    while pace.is_young() && matches!(&deployed, Ok(Some(stack)) if is_older(stack)) {
        pace.rest().await;
        deployed = stack::describe(regional, stack_id).await;
    }
    // Outputs of a stack that is deleted again are good for nobody: its consumers must not be started.
    let gone = Reported::Known(StackStatus::DeleteComplete);
    let status = deployed.as_ref().ok().map(|stack| stack.as_ref().map_or(&gone, |stack| &stack.status));
    let deleted = status.filter(|status| status.is_deletion());
    if let (Ok(()), Some(status)) = (&ended.result, deleted) {
        ended.result = Err(Failure::new(operation, status.clone()));
    }
    deployed
}

/// True if an operation has begun whose call had no answer; `None` if that cannot be found out. Asks for some time, since a request that got no
/// answer may still be on its way. `before` is the stack as it was, `newest` its last event then, where that is known.
async fn has_begun(regional: Regional<'_>, before: &Deployed, newest: Option<&str>) -> Option<bool> {
    let mut pace = Pace::change_set();
    loop {
        let now = stack::describe(regional, &before.id).await.ok()?;
        if now.is_none_or(|now| now.status != before.status) {
            return Some(true);
        }
        // It may have ended as the one before did.
        if newest.is_some() && events::newest(regional, &before.id).await.ok()?.as_deref() != newest {
            return Some(true);
        }
        if !pace.is_young() {
            return Some(false);
        }
        pace.rest().await;
    }
}

/// The answer to a call that begins an operation: it was answered, or the stack shows that it was carried out all the same; an error if nobody
/// knows. `goes_on` is told how far the operation is, for who is interrupted or stopped meanwhile.
///
/// # Errors
///
/// When it was not begun.
pub(crate) async fn begun(
    regional: Regional<'_>,
    before: &Deployed,
    newest: Option<&str>,
    answer: Result<(), Error>,
    goes_on: &dyn Fn(Going),
) -> Result<Result<(), Error>, Error> {
    let has_begun = match &answer {
        Ok(()) => Some(true),
        Err(error) if error.is_refusal() => Some(false),
        Err(_) => has_begun(regional, before, newest).await,
    };
    match (has_begun, answer) {
        (Some(true), _) => {
            goes_on(Going::Begun);
            Ok(Ok(()))
        }
        (Some(false), Err(error)) => {
            goes_on(Going::Over);
            Err(error)
        }
        (_, answer) => Ok(answer),
    }
}

/// Deletes a stack, but for the resources to retain, which only a stack whose deletion failed takes. `goes_on` is told how far the
/// deletion is, for who is interrupted or stopped meanwhile.
pub(crate) async fn delete(
    regional: Regional<'_>,
    stack: &StackId,
    found: &Deployed,
    retain: &[String],
    observer: &dyn Observer,
    goes_on: &dyn Fn(Going),
) -> Result<Ended, Error> {
    let stack_id = found.id.as_str();
    // A deletion that failed has events that read like those of this one.
    let since = match found.status.is_deletion() {
        true => Since::Event(events::newest(regional, stack_id).await?),
        false => Since::Deletion,
    };
    goes_on(Going::Asked);
    let newest = match &since {
        Since::Event(newest) => newest.clone(),
        _ => None,
    };
    let answer = regional.service.delete_stack(regional.region, stack_id, retain, &token()).await;
    let begun = begun(regional, found, newest.as_deref(), answer.map_err(Error::from), goes_on).await?;
    observer.progress(Progress::Started {
        stack: stack.clone(),
        stack_id: stack_id.to_owned(),
        operation: Operation::Delete,
    });
    begun?;
    let follower = Follower::new(regional, stack_id, Operation::Delete, since);
    let ended = follow(follower, stack, Operation::Delete, observer).await?;
    goes_on(Going::Over);
    Ok(ended)
}

/// Follows an operation to its end.
pub(crate) async fn follow(
    mut follower: Follower<'_>,
    stack: &StackId,
    operation: Operation,
    observer: &dyn Observer,
) -> Result<Ended, Error> {
    let (ending, status) = follower.follow(|found| tell(observer, stack, found)).await?;
    let is_gone = operation == Operation::Rollback && status.is_deletion();
    observer.progress(Progress::Ended {
        stack: stack.clone(),
        operation,
        status: status.clone(),
        done: ending == Ending::Done,
    });
    if ending == Ending::Done {
        return Ok(Ended { status, events: follower.events, result: Ok(()) });
    }
    if is_gone {
        // Of its events none is a cause: somebody deleted it.
        let failure = Failure::new(operation, status.clone());
        return Ok(Ended { status, events: follower.events, result: Err(failure) });
    }
    let mut cause = events::root_cause(&follower.events).cloned();
    if cause.is_none() && operation == Operation::Delete {
        cause = events::reversal(follower.regional, follower.stack_id, &status).await;
    }
    let mut held_by = events::held_by(&follower.events);
    // Without its events, the resources say themselves what failed.
    if follower.events.is_empty()
        && let Ok(failed) = resources::failed(follower.regional, follower.stack_id).await
    {
        let mut failed: Vec<ResourceEvent> = failed.into_iter().map(ResourceEvent::from).collect();
        failed.retain(ResourceEvent::is_cause);
        held_by = failed.iter().map(|event| event.logical_id.clone()).collect();
        cause = cause.or(failed.into_iter().next());
    }
    let inside = match &cause {
        Some(cause) => nested::inside(follower.regional, cause).await,
        None => Vec::new(),
    };
    let mut hooks = Vec::new();
    if let Some(cause) = &cause {
        match hooks::reasons(follower.regional, follower.stack_id, cause, &follower.events).await {
            Ok(reasons) => hooks = reasons,
            Err(error) => {
                let message = format!("the reasons of the hooks are not known: {error}");
                observer.progress(Progress::Warning { stack: stack.clone(), message });
            }
        }
    }
    let others = follower
        .events
        .iter()
        .filter(|event| !event.is_stack() && event.is_cause() && Some(*event) != cause.as_ref())
        .cloned()
        .collect();
    let is_nested = |event: &ResourceEvent| event.type_name == NESTED_STACK && held_by.contains(&event.logical_id);
    if status == Reported::Known(StackStatus::UpdateRollbackFailed)
        && follower.events.iter().any(is_nested)
        && let Ok(failed) = resources::failed_in_rollback(follower.regional, follower.stack_id).await
    {
        held_by = failed.into_iter().map(|resource| resource.logical_id).collect();
    }
    let is_deleted = EventStatus::Resource(Reported::Known(ResourceStatus::DeleteComplete));
    let is_partly_done =
        operation == Operation::Delete && follower.events.iter().any(|event| event.status == is_deleted);
    let failure = Failure { operation, status: status.clone(), cause, inside, hooks, others, held_by, is_partly_done };
    Ok(Ended { status, events: follower.events, result: Err(failure) })
}

fn tell(observer: &dyn Observer, stack: &StackId, found: Found<'_>) {
    let event = match found {
        Found::Event(event) => event,
        Found::NoEvents(error) => {
            let message = format!("its events cannot be read, and its status is followed alone: {error}");
            observer.progress(Progress::Warning { stack: stack.clone(), message });
            return;
        }
    };
    observer.progress(Progress::Event { stack: stack.clone(), event: event.clone() });
    if let Some(record) = event.validation_record() {
        observer.progress(Progress::CertificateWaits {
            stack: stack.clone(),
            logical_id: event.logical_id.clone(),
            record,
        });
    }
}

/// Switches termination protection.
pub(crate) async fn protect(regional: Regional<'_>, stack: &str, on: bool) -> Result<(), Error> {
    Ok(regional.service.protect(regional.region, stack, on).await?)
}
