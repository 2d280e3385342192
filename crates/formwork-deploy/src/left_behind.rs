//! Resources that an operation leaves at AWS in no stack: retained by a policy, or not deleted when the operation cleaned up.
//!
//! Source: AWS CloudFormation User Guide, "Stack status codes" (`DELETE_SKIPPED`, and `UPDATE_COMPLETE` after a cleanup that could
//! not delete everything).

use formwork_diff::{Diff, Impact};
use formwork_model::status::{ResourceStatus, StackStatus};

use crate::events::ResourceEvent;
use crate::nested;
use crate::regional::Regional;
use crate::removal::Leftover;
use crate::status::{EventStatus, Reported};

/// A resource that is deployed and belongs to no stack any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    /// The name that it had in the template; of a nested stack's resource, after the nested stack's name and a point.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// Its physical id.
    pub physical_id: String,
    /// The reason for which it could not be deleted; `None` if it was to be retained.
    pub failure: Option<String>,
    /// The way in which it is deleted after all.
    pub next: Next,
}

/// Ways in which a resource that is left behind is deleted after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// None, or one that the reason names.
    Said,
    /// `gc` deletes it.
    Gc,
    /// `gc` deletes it, given its name.
    GcByName,
    /// It may be deleted by now, since the run was interrupted meanwhile; if it is not, `gc` deletes it.
    MayBeDone,
}

impl LeftBehind {
    /// A resource that an interrupted run was to delete.
    pub(crate) fn interrupted(left: Leftover) -> LeftBehind {
        let Leftover { logical_id, type_name, physical_id } = left;
        let failure = Some("the run was interrupted before it was seen to be deleted".to_owned());
        LeftBehind { logical_id, type_name, physical_id, failure, next: Next::MayBeDone }
    }
}

/// Resources that an operation with these events, ended in `status`, leaves behind, inside of nested stacks too.
pub(crate) async fn of_operation(
    regional: Regional<'_>,
    status: &Reported<StackStatus>,
    events: &[ResourceEvent],
) -> Vec<LeftBehind> {
    let mut left = of_events(status, events);
    for (path, events) in nested::events(regional, events).await {
        left.extend(of_events(status, &events).into_iter().map(|one| {
            let logical_id = format!("{path}.{}", one.logical_id);
            LeftBehind { logical_id, ..one }
        }));
    }
    left
}

fn of_events(status: &Reported<StackStatus>, events: &[ResourceEvent]) -> Vec<LeftBehind> {
    let mut left: Vec<LeftBehind> = Vec::new();
    // After any other ending, what was not deleted is still in the stack.
    if !status.is_complete() {
        return left;
    }
    for event in events.iter().filter(|event| !event.is_stack()) {
        let Some(physical_id) = event.physical_id.clone().filter(|id| !id.is_empty()) else { continue };
        let EventStatus::Resource(Reported::Known(status)) = event.status else { continue };
        let (mut next, failure) = (
            Next::Said,
            match status {
                ResourceStatus::DeleteSkipped => None,
                ResourceStatus::DeleteFailed => {
                    Some(event.reason.clone().unwrap_or_else(|| "CloudFormation gives no reason".to_owned()))
                }
                ResourceStatus::DeleteComplete => {
                    left.retain(|known| known.physical_id != physical_id);
                    continue;
                }
                _ => continue,
            },
        );
        if failure.is_some() {
            next = Next::GcByName;
        }
        left.retain(|known| known.logical_id != event.logical_id || known.physical_id != physical_id);
        let (logical_id, type_name) = (event.logical_id.clone(), event.type_name.clone());
        left.push(LeftBehind { logical_id, type_name, physical_id, failure, next });
    }
    left
}

/// Resources that an update that is done leaves behind by their policies, where no event says so.
pub(crate) fn of_update(diff: &Diff, events: &[ResourceEvent]) -> Vec<LeftBehind> {
    let left = diff.resources.iter().filter_map(|resource| {
        let physical_id = resource.physical_id.clone()?;
        let mut ids = events
            .iter()
            .filter(|event| event.logical_id == resource.logical_id && !event.is_stack())
            .filter_map(|event| event.physical_id.as_deref())
            .filter(|id| !id.is_empty())
            .peekable();
        let is_left = match resource.impact {
            Impact::Orphan => true,
            Impact::Replace if resource.is_retained() => ids.peek().is_none() || ids.any(|id| id != physical_id),
            Impact::MayReplace if resource.is_retained() => ids.any(|id| id != physical_id),
            _ => false,
        };
        let (logical_id, type_name) = (resource.logical_id.clone(), resource.type_name.clone());
        is_left.then_some(LeftBehind { logical_id, type_name, physical_id, failure: None, next: Next::Said })
    });
    left.collect()
}
