//! The resources of a deployed stack, as the service lists them.

use std::collections::BTreeSet;

use formwork_assembly::{Selector, StackId};
use formwork_diff::Diff;
use formwork_model::status::ResourceStatus;
use formwork_template::memory::Memory;

use crate::error::Error;
use crate::regional::Regional;
use crate::stack::{self, Deployed};
use crate::status::{self, Reported, Standing};

/// A resource of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackResource {
    /// The name in the template.
    pub logical_id: String,
    /// The type.
    pub type_name: String,
    /// The physical id, once there is one.
    pub physical_id: Option<String>,
    /// The last status.
    pub status: Reported<ResourceStatus>,
    /// Reason for the status, if the service gives one.
    pub reason: Option<String>,
}

impl StackResource {
    /// True for a status of failure.
    pub(crate) fn is_failed(&self) -> bool {
        matches!(&self.status, Reported::Known(status) if status.is_failed())
    }

    /// True for a resource that is deployed and belongs to the stack. One that was never made has no physical id.
    fn is_there(&self) -> bool {
        let has_left =
            matches!(self.status, Reported::Known(ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped));
        !has_left && self.physical_id.is_some()
    }
}

/// The stack's resources in a status of failure, in the service's order.
pub(crate) async fn failed(regional: Regional<'_>, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let mut found = all(regional, stack_id).await?;
    found.retain(StackResource::is_failed);
    Ok(found)
}

/// The stack's resources in the service's order, those that are deleted too.
async fn all(regional: Regional<'_>, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = regional.service.resources(regional.region, stack_id, token.as_deref()).await?;
        found.extend(page.items.into_iter().map(|resource| StackResource {
            logical_id: resource.logical_id,
            type_name: resource.type_name,
            physical_id: resource.physical_id,
            status: Reported::<ResourceStatus>::read(&resource.status),
            reason: resource.reason,
        }));
        token = page.next;
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// The physical ids of what belongs to the stack.
pub(crate) async fn physical_ids(regional: Regional<'_>, stack_id: &str) -> Result<BTreeSet<String>, Error> {
    let all = all(regional, stack_id).await?;
    Ok(all.into_iter().filter(StackResource::is_there).filter_map(|resource| resource.physical_id).collect())
}

/// The deletion of a deployed stack.
#[derive(Debug, Default)]
pub(crate) struct Deletion {
    /// Its changes.
    pub(crate) diff: Diff,
    /// Resources at which an earlier deletion failed.
    pub(crate) failed: Vec<StackResource>,
    /// Resources of which updates kept the old ones until others had followed.
    pub(crate) keeps: Vec<String>,
}

/// The changes of the deletion of a deployed stack, and the resources at which an earlier deletion failed. After an operation that stopped
/// half-way the stack does not have all that its template has: only what the service lists is deleted.
pub(crate) async fn deletion(regional: Regional<'_>, stack: &Deployed) -> Result<Deletion, Error> {
    let standing = stack.standing();
    // An empty stack that only ever had a change set has no template either.
    if standing == Standing::Absent {
        return Ok(Deletion::default());
    }
    let template = stack::template(regional, &stack.id).await?;
    let mut diff = template.as_ref().map(Diff::deletion).unwrap_or_default();
    let keeps = template.as_ref().map(|template| Memory::read(template).keeps).unwrap_or_default();
    let is_partial = matches!(standing, Standing::Recreate | Standing::FinishDeletion | Standing::ContinueRollback)
        || status::is_kept(&stack.status);
    let mut listed = if is_partial {
        all(regional, &stack.id).await?
    } else {
        return Ok(Deletion { diff, keeps, ..Deletion::default() });
    };
    diff.resources
        .retain(|resource| listed.iter().any(|listed| listed.logical_id == resource.logical_id && listed.is_there()));
    listed.retain(|resource| standing == Standing::FinishDeletion && resource.is_failed());
    Ok(Deletion { diff, failed: listed, keeps })
}

/// A resource as a user names it: of one stack, or of every stack of the run that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedResource {
    /// The stacks that are meant; all of the run if `None`.
    pub stack: Option<Selector>,
    /// The resource's name in the template; of a nested stack's resource, after the nested stack's name and a point.
    pub logical_id: String,
}

impl NamedResource {
    fn is_of(&self, stack: &StackId) -> bool {
        self.stack.as_ref().is_none_or(|selector| selector.names(stack))
    }
}

/// The names that are meant for this stack.
pub(crate) fn of_stack(named: &[NamedResource], stack: &StackId) -> Vec<String> {
    named.iter().filter(|one| one.is_of(stack)).map(|one| one.logical_id.clone()).collect()
}

/// Refuses a name that is not one of a resource that failed, before anything is begun.
pub(crate) fn check_failed<'a>(
    named: &[NamedResource],
    failed: impl Iterator<Item = (&'a StackId, &'a [StackResource])> + Clone,
) -> Result<(), Error> {
    for one in named {
        let mut of_stack = failed.clone().filter(|(stack, _)| one.is_of(stack)).flat_map(|(_, failed)| failed);
        // A nested stack's resources are known to that stack alone.
        if one.logical_id.contains('.') || of_stack.any(|resource| resource.logical_id == one.logical_id) {
            continue;
        }
        let mut known: Vec<String> =
            failed.flat_map(|(_, failed)| failed).map(|resource| resource.logical_id.clone()).collect();
        known.sort_unstable();
        known.dedup();
        return Err(Error::NotSkippable { logical_id: one.logical_id.clone(), known });
    }
    Ok(())
}
