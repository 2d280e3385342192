//! The resources of a deployed stack, as the service lists them.

use formwork_assembly::{Selector, StackId};
use formwork_model::status::ResourceStatus;

use crate::client::Regional;
use crate::error::Error;
use crate::status::Reported;

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

/// The stack's resources in a status of failure, in the service's order.
pub(crate) async fn failed(regional: &Regional, stack_id: &str) -> Result<Vec<StackResource>, Error> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let call = regional.api.list_stack_resources().stack_name(stack_id).set_next_token(token);
        let page = call.send().await.map_err(|error| Error::from_call("ListStackResources", &regional.place, error))?;
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        found.extend(page.stack_resource_summaries().iter().map(|resource| StackResource {
            logical_id: text(resource.logical_resource_id()).unwrap_or_default(),
            type_name: text(resource.resource_type()).unwrap_or_default(),
            physical_id: text(resource.physical_resource_id()),
            status: Reported::<ResourceStatus>::read(
                resource.resource_status().map(|status| status.as_str()).unwrap_or_default(),
            ),
            reason: text(resource.resource_status_reason()),
        }));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    found.retain(|resource| matches!(&resource.status, Reported::Known(status) if status.is_failed()));
    Ok(found)
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
