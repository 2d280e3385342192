//! The resources of a deployed stack, as the service lists them.

use std::collections::BTreeSet;
use std::fmt;

use formwork_assembly::{Selector, StackId};
use formwork_diff::Diff;
pub(crate) use formwork_diff::NESTED_STACK;
use formwork_model::service::{CallError, all_pages};
use formwork_model::status::{ResourceStatus, StackStatus};
use formwork_template::memory::{Memory, Owner};
use formwork_template::{DeletionPolicy, Map, Resource, Template};

use crate::error::Error;
use crate::events::{self, ResourceEvent};
use crate::held::Held;
use crate::regional::Regional;
use crate::stack::{self, Deployed};
use crate::status::{self, EventStatus, Reported, Standing};

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

/// The stack's resources in a status of failure, in the service's order. Where they may not be listed, the stack's events have them.
pub(crate) async fn failed(regional: Regional<'_>, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let mut found = match all(regional, stack_id).await {
        Err(denied @ Error::Aws(CallError::Forbidden { .. })) => {
            let failed = events::failed_in_last(regional, stack_id).await.map_err(|_| denied)?;
            return Ok(failed.into_iter().filter_map(of_event).collect());
        }
        found => found?,
    };
    found.retain(StackResource::is_failed);
    Ok(found)
}

/// The resource of an event.
fn of_event(event: ResourceEvent) -> Option<StackResource> {
    let ResourceEvent { logical_id, type_name, physical_id, reason, status, .. } = event;
    let EventStatus::Resource(status) = status else { return None };
    Some(StackResource { logical_id, type_name, physical_id, status, reason })
}

impl From<StackResource> for ResourceEvent {
    fn from(resource: StackResource) -> ResourceEvent {
        let StackResource { logical_id, type_name, physical_id, status, reason } = resource;
        let (time, status) = (String::new(), EventStatus::Resource(status));
        ResourceEvent { time, logical_id, physical_id, type_name, status, reason, operation: None }
    }
}

/// The resources at which the rollback of a failed update stopped, in the service's order: those alone can be skipped. Those of a nested
/// stack have its name before theirs, `site-Network-1AB2.Subnet`; the nested stack itself is not skipped while its own rollback has stopped.
///
/// Source: API Reference, `ContinueUpdateRollback`, `ResourcesToSkip`.
pub(crate) async fn failed_in_rollback(regional: Regional<'_>, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let (mut found, mut opened) = (Vec::new(), BTreeSet::from([stack_id.to_owned()]));
    let mut open = vec![(None::<String>, stack_id.to_owned())];
    while let Some((name, id)) = open.pop() {
        for mut resource in stopped_rollback(regional, &id).await? {
            if let Some((inner, id)) = nested_rollback(regional, &resource).await? {
                // A stack that were its own child must not be followed for ever.
                if opened.insert(id.clone()) {
                    open.push((Some(inner), id));
                }
                continue;
            }
            if let Some(name) = &name {
                resource.logical_id = format!("{name}.{}", resource.logical_id);
            }
            found.push(resource);
        }
    }
    Ok(found)
}

/// The name and the id of the nested stack that this resource is, if its own rollback has stopped.
async fn nested_rollback(regional: Regional<'_>, resource: &StackResource) -> Result<Option<(String, String)>, Error> {
    let (NESTED_STACK, Some(id)) = (resource.type_name.as_str(), &resource.physical_id) else { return Ok(None) };
    let found = stack::describe(regional, id).await?;
    let found = found.filter(|stack| stack.status == Reported::Known(StackStatus::UpdateRollbackFailed));
    Ok(found.and_then(|stack| Some((stack.name()?.to_owned(), stack.id))))
}

/// The resources of one stack at which its rollback stopped. One whose update failed before is in the same status, and only the events tell
/// them apart: "in the `UPDATE_FAILED` state because a rollback failed".
async fn stopped_rollback(regional: Regional<'_>, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let mut found = failed(regional, stack_id).await?;
    found.retain(|resource| resource.status == Reported::Known(ResourceStatus::UpdateFailed));
    // A rollback that stopped has stopped at one at least.
    if found.len() > 1
        && let Some(failed) = events::failed_in_rollback(regional, stack_id).await?
    {
        found.retain(|resource| failed.contains(&resource.logical_id));
    }
    Ok(found)
}

/// The stack's resources in the service's order, those that are deleted too.
async fn all(regional: Regional<'_>, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let Regional { service, region } = regional;
    let listed = all_pages(async |token| service.resources(region, stack_id, token).await).await?;
    let found = listed.into_iter().map(|resource| StackResource {
        logical_id: resource.logical_id,
        type_name: resource.type_name,
        physical_id: resource.physical_id,
        status: Reported::<ResourceStatus>::read(&resource.status),
        reason: resource.reason,
    });
    Ok(found.collect())
}

/// The resources of this type that belong to the stack: logical and physical ids.
pub(crate) async fn of_type(
    regional: Regional<'_>,
    stack_id: &str,
    type_name: &str,
) -> Result<Vec<(String, String)>, Error> {
    let mut found = all(regional, stack_id).await?;
    found.retain(|resource| resource.type_name == type_name && resource.is_there());
    Ok(found.into_iter().filter_map(|resource| Some((resource.logical_id, resource.physical_id?))).collect())
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
    /// The app that deployed it.
    pub(crate) app: Option<Owner>,
}

/// A deployed stack's template. Of one that is neither JSON nor YAML, what the service lists, and a note that says so: nothing is deleted that
/// was not shown.
async fn known(regional: Regional<'_>, stack_id: &str) -> Result<(Template, Option<String>), Error> {
    if let Some(template) = stack::template(regional, stack_id).await? {
        return Ok((template, None));
    }
    let mut template = Template::default();
    for resource in all(regional, stack_id).await?.into_iter().filter(StackResource::is_there) {
        let untyped = Resource::untyped(resource.type_name, Box::new(Map::new()));
        template.resources.insert(resource.logical_id, untyped);
    }
    let note = "its deployed template is neither JSON nor YAML: these are the resources that CloudFormation lists, and those with a policy to be retained stay";
    Ok((template, Some(note.to_owned())))
}

/// The changes of the deletion of a deployed stack, and the resources at which an earlier deletion failed. After an operation that stopped
/// half-way the stack does not have all that its template has: only what the service lists is deleted.
pub(crate) async fn deletion(regional: Regional<'_>, stack: &Deployed) -> Result<Deletion, Error> {
    let standing = stack.standing();
    // An empty stack that only ever had a change set has no template either.
    if standing == Standing::Absent {
        return Ok(Deletion::default());
    }
    let (template, note) = known(regional, &stack.id).await?;
    let mut diff = Diff::deletion(&template);
    diff.notes.extend(note);
    let Memory { keeps, app, .. } = Memory::read(&template);
    let is_partial = matches!(standing, Standing::Recreate | Standing::FinishDeletion | Standing::ContinueRollback)
        || status::is_kept(&stack.status);
    let mut listed = if is_partial {
        all(regional, &stack.id).await?
    } else {
        return Ok(Deletion { diff, keeps, app, ..Deletion::default() });
    };
    diff = only_there(diff, &listed);
    let is_held = |resource: &StackResource| resource.status == Reported::Known(ResourceStatus::DeleteFailed);
    listed.retain(|resource| standing == Standing::FinishDeletion && is_held(resource));
    Ok(Deletion { diff, failed: listed, keeps, app })
}

/// The deletions of the rollback of what a failed operation did: of a creation all that there is, of an update what that created.
/// `RetainExceptOnCreate` retains nothing there. `None` where this login may not read the events of an update.
///
/// Source: User Guide, "DeletionPolicy attribute".
pub(crate) async fn undone(regional: Regional<'_>, stack: &Deployed) -> Result<Option<Diff>, Error> {
    let created = match stack.status {
        Reported::Known(StackStatus::CreateFailed) => None,
        _ => match events::created_by_last_update(regional, &stack.id).await? {
            None => return Ok(None),
            Some(created) if created.is_empty() => return Ok(Some(Diff::default())),
            created => created,
        },
    };
    let (mut template, note) = known(regional, &stack.id).await?;
    if let Some(created) = created {
        template.resources.retain(|id, _| created.contains_key(id));
        for (id, type_name) in created {
            // The template may be that of before already.
            let known_by_type = || Resource::untyped(type_name, Box::new(Map::new()));
            template.resources.entry(id).or_insert_with(known_by_type);
        }
    }
    for resource in template.resources.values_mut() {
        resource.deletion_policy.take_if(|policy| *policy == DeletionPolicy::RetainExceptOnCreate);
    }
    let listed = all(regional, &stack.id).await?;
    let mut diff = only_there(Diff::deletion(&template), &listed);
    diff.notes.extend(note);
    Ok(Some(diff))
}

/// The changes of resources that the service lists as deployed.
fn only_there(mut diff: Diff, listed: &[StackResource]) -> Diff {
    let is_there = |id: &str| listed.iter().any(|listed| listed.logical_id == id && listed.is_there());
    diff.resources.retain(|resource| is_there(&resource.logical_id));
    diff
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
    /// True if it is this resource of this stack.
    pub fn names(&self, stack: &StackId, logical_id: &str) -> bool {
        self.logical_id == logical_id && self.is_of(stack)
    }

    pub(crate) fn is_of(&self, stack: &StackId) -> bool {
        self.stack.as_ref().is_none_or(|selector| selector.names(stack))
    }
}

impl fmt::Display for NamedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stack {
            Some(stack) => write!(f, "{stack}/{}", self.logical_id),
            None => f.write_str(&self.logical_id),
        }
    }
}

/// The names that are meant for this stack.
pub(crate) fn of_stack(named: &[NamedResource], stack: &StackId) -> Vec<String> {
    named.iter().filter(|one| one.is_of(stack)).map(|one| one.logical_id.clone()).collect()
}

/// Refuses a name that is not one of a resource that failed so, before anything is begun.
pub(crate) fn check_failed<'a>(
    named: &[NamedResource],
    at: Held,
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
        return Err(Error::NotSkippable { logical_id: one.logical_id.clone(), at, known });
    }
    Ok(())
}
