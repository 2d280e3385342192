//! The events of a stack's last operation, for `events`: read once, or followed until nothing is in progress.

use std::future::Future;
use std::ops::ControlFlow;

use formwork_assembly::StackId;
use formwork_model::service::{CloudFormation, StackEvent, visit_pages};
use formwork_model::status::StackStatus;

use crate::error::Error;
use crate::events::{Follower, ResourceEvent, Since};
use crate::operation::Operation;
use crate::pace::Pace;
use crate::regional::Regional;
use crate::stack;
use crate::status::{EventStatus, Reported, Standing};

/// Gives `tell` the events of the stack's last operation, oldest first; with `is_followed` also those that come, until no operation
/// is in progress or `interrupt` ends. The stack's status at the end; `None` if there is no such stack.
///
/// # Errors
///
/// When the stack or its events cannot be read.
pub async fn history(
    service: &dyn CloudFormation,
    id: &StackId,
    is_followed: bool,
    mut tell: impl FnMut(&ResourceEvent),
    interrupt: impl Future<Output = ()>,
) -> Result<Option<Reported<StackStatus>>, Error> {
    let regional = Regional::new(service, &id.region);
    let Some(found) = stack::describe(regional, &id.name).await? else { return Ok(None) };
    let since = Since::Event(before_last_operation(regional, &found.id).await?);
    // Which operation it is decides only when the deployer's own following ends.
    let mut follower = Follower::new(regional, &found.id, Operation::Update, since);
    let follow = async {
        let mut pace = Pace::stack();
        loop {
            // The status first: events that come with it are read after it.
            let status = stack::describe(regional, &found.id).await?;
            let before = follower.events.len();
            follower.poll().await?;
            follower.events[before..].iter().for_each(&mut tell);
            match status {
                None => return Ok(Some(Reported::Known(StackStatus::DeleteComplete))),
                Some(stack) if !is_followed || stack.standing() != Standing::Busy => {
                    return Ok(Some(stack.status));
                }
                _ => pace.rest().await,
            }
        }
    };
    tokio::select! {
        ended = follow => ended,
        () = interrupt => Ok(Some(found.status.clone())),
    }
}

/// The newest event that is older than the last operation; `None` if the operation is the stack's first.
async fn before_last_operation(regional: Regional<'_>, stack_id: &str) -> Result<Option<String>, Error> {
    let mut has_begun = false;
    let visit = |events: Vec<StackEvent>| {
        for event in events {
            let (id, event) = (event.id.clone(), ResourceEvent::from(event));
            if has_begun {
                return ControlFlow::Break(id);
            }
            has_begun = begins_operation(&event);
        }
        ControlFlow::Continue(())
    };
    Ok(visit_pages(async |token| regional.service.events(regional.region, stack_id, token).await, visit).await?)
}

/// True for the first event of an operation that somebody began, as opposed to what CloudFormation does about its failure.
fn begins_operation(event: &ResourceEvent) -> bool {
    use StackStatus as S;
    let EventStatus::Stack(Reported::Known(status)) = &event.status else { return false };
    matches!(status, S::CreateInProgress | S::UpdateInProgress | S::DeleteInProgress | S::ImportInProgress)
        // A rollback by request.
        || event.status.begins_rollback() && event.reason.as_deref() == Some("User Initiated")
}
