//! Operations on one stack, followed from their beginning to their end.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use formwork_assembly::StackId;
use formwork_model::status::{ResourceStatus, StackStatus};

use crate::change_set::Prepared;
use crate::client::Regional;
use crate::error::Error;
use crate::events::{self, Follower, Found, ResourceEvent, Since};
use crate::operation::Operation;
use crate::pace::{Outage, Pace};
use crate::progress::{Observer, Progress};
use crate::report::Failure;
use crate::stack::{self, Deployed};
use crate::status::{self, Ending, EventStatus, Reported, Standing};

/// A name that no other run uses, for change sets and for requests that may be sent twice.
pub(crate) fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("formwork-{:x}-{:x}", now.as_micros(), std::process::id())
}

/// End of an operation on a stack.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The stack's status at its end.
    pub(crate) status: Reported<StackStatus>,
    /// Everything that happened, oldest first.
    pub(crate) events: Vec<ResourceEvent>,
    /// Why it failed, if it did.
    pub(crate) result: Result<(), Failure>,
}

/// The stack once nothing goes on with it any more.
pub(crate) async fn settled(
    regional: &Regional,
    stack: &StackId,
    observer: &dyn Observer,
) -> Result<Option<Deployed>, Error> {
    let (mut pace, mut outage) = (Pace::stack(), Outage::default());
    let mut is_reported = false;
    loop {
        let answer = stack::describe(regional, &stack.name).await;
        // Before the first answer there is nothing to wait for.
        let found = if is_reported { outage.ride_out(answer)? } else { Some(answer?) };
        match found {
            Some(Some(found)) if found.standing() == Standing::Busy => {
                if !is_reported {
                    let (stack, meaning) = (stack.clone(), status::standing(&found.status).1);
                    observer.progress(Progress::Waiting { stack, status: found.status, meaning });
                }
                is_reported = true;
            }
            Some(other) => return Ok(other),
            None => {}
        }
        pace.rest().await;
    }
}

/// Follows the execution of a change set to its end. Gives the stack as it is afterwards too, or the reason why that is not known: the
/// changes are made all the same.
pub(crate) async fn follow_change_set(
    regional: &Regional,
    stack: &StackId,
    prepared: &Prepared,
    operation: Operation,
    observer: &dyn Observer,
) -> Result<(Result<Option<Deployed>, Error>, Ended), Error> {
    let follower = Follower::new(regional, &prepared.stack_id, operation, Since::Time(prepared.created));
    let mut ended = follow(follower, stack, operation, observer).await?;
    // The answer may be older than the stack's last event.
    let mut pace = Pace::stack();
    let mut deployed = stack::describe_patiently(regional, &prepared.stack_id).await;
    while pace.is_young() && matches!(&deployed, Ok(Some(stack)) if stack.status != ended.status) {
        pace.rest().await;
        deployed = stack::describe_patiently(regional, &prepared.stack_id).await;
    }
    // Outputs of a stack that is deleted again are good for nobody: its consumers must not be started.
    let status = deployed.as_ref().ok().and_then(Option::as_ref).map(|stack| &stack.status);
    let deleted = status.filter(|status| status.is_deletion());
    if let (Ok(()), Some(status)) = (&ended.result, deleted) {
        ended.result = Err(Failure {
            operation,
            status: status.clone(),
            cause: None,
            others: Vec::new(),
            held_by: Vec::new(),
            is_partly_done: false,
        });
    }
    Ok((deployed, ended))
}

/// Deletes a stack, but for the resources to retain, which only a stack whose deletion failed takes. `going_on` has the stack's ARN as long
/// as the deletion may be in progress, for who is interrupted or stopped meanwhile.
pub(crate) async fn delete(
    regional: &Regional,
    stack: &StackId,
    stack_id: &str,
    retain: &[String],
    observer: &dyn Observer,
    going_on: &RefCell<Option<String>>,
) -> Result<Ended, Error> {
    let newest = events::newest(regional, stack_id).await?;
    let call = regional.api.delete_stack().stack_name(stack_id).client_request_token(token());
    let call = retain.iter().fold(call, |call, id| call.retain_resources(id));
    *going_on.borrow_mut() = Some(stack_id.to_owned());
    let begun = call.send().await.map_err(|error| Error::from_call("DeleteStack", &regional.place, error));
    if let Err(error) = begun.as_ref()
        && error.is_refusal()
    {
        *going_on.borrow_mut() = None;
        return Err(error.clone());
    }
    observer.progress(Progress::Started {
        stack: stack.clone(),
        stack_id: stack_id.to_owned(),
        operation: Operation::Delete,
    });
    begun?;
    let follower = Follower::new(regional, stack_id, Operation::Delete, Since::Event(newest));
    let ended = follow(follower, stack, Operation::Delete, observer).await?;
    *going_on.borrow_mut() = None;
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
    observer.progress(Progress::Ended {
        stack: stack.clone(),
        operation,
        status: status.clone(),
        done: ending == Ending::Done,
    });
    if ending == Ending::Done {
        return Ok(Ended { status, events: follower.events, result: Ok(()) });
    }
    let cause = events::root_cause(&follower.events).cloned();
    let others = follower
        .events
        .iter()
        .filter(|event| !event.is_stack() && event.is_cause() && Some(*event) != cause.as_ref())
        .cloned()
        .collect();
    let held_by = events::held_by(&follower.events);
    let is_deleted = EventStatus::Resource(Reported::Known(ResourceStatus::DeleteComplete));
    let is_partly_done =
        operation == Operation::Delete && follower.events.iter().any(|event| event.status == is_deleted);
    let failure = Failure { operation, status: status.clone(), cause, others, held_by, is_partly_done };
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
pub(crate) async fn protect(regional: &Regional, stack: &str, on: bool) -> Result<(), Error> {
    regional
        .api
        .update_termination_protection()
        .stack_name(stack)
        .enable_termination_protection(on)
        .send()
        .await
        .map_err(|error| Error::from_call("UpdateTerminationProtection", &regional.place, error))?;
    Ok(())
}
