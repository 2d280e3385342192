//! Stacks that an app deployed and has no more: it was renamed, moved to another region, or left out. They are found by the mark at the
//! end of their descriptions.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::{CallError, CloudFormation, ListedStack, visit_pages};
use formwork_model::status::StackStatus;
use formwork_template::memory::Owner;
use futures_util::future::join_all;

use crate::error::Error;
use crate::status::Reported;

/// A deployed stack that its app has no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphan {
    /// Its name and region.
    pub id: StackId,
    /// The word for its status.
    pub status: String,
}

/// The stacks of the assembly's app, in its regions and in `more`, that the assembly does not have. None if the app is not named, or the
/// login may not list stacks.
///
/// # Errors
///
/// When stacks cannot be listed.
pub async fn orphans(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    more: &BTreeSet<String>,
) -> Result<Vec<Orphan>, Error> {
    Ok(orphans_or_denied(service, assembly, more).await?.0)
}

/// The same, with the refusal if the login may not list stacks in one of the regions.
///
/// # Errors
///
/// When stacks cannot be listed for another reason.
pub async fn orphans_or_denied(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    more: &BTreeSet<String>,
) -> Result<(Vec<Orphan>, Option<CallError>), Error> {
    let Some(owner) = &assembly.owner else { return Ok((Vec::new(), None)) };
    let own = assembly.stacks.iter().map(|stack| stack.region());
    let regions: BTreeSet<&str> = own.chain(more.iter().map(String::as_str)).collect();
    let found = regions.into_iter().map(|region| of_region(service, region, owner));
    let found = join_all(found).await.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let (found, denied): (Vec<Vec<Orphan>>, Vec<Option<CallError>>) = found.into_iter().unzip();
    let mut orphans: Vec<Orphan> = found.into_iter().flatten().collect();
    orphans.retain(|orphan| assembly.stack(&orphan.id).is_none());
    orphans.sort();
    Ok((orphans, denied.into_iter().flatten().next()))
}

/// The stacks of an app in a region, without nested ones.
async fn of_region(
    service: &dyn CloudFormation,
    region: &str,
    owner: &Owner,
) -> Result<(Vec<Orphan>, Option<CallError>), Error> {
    let mut found = Vec::new();
    let visit = |stacks: Vec<ListedStack>| {
        let is_gone = |status: &str| {
            matches!(
                Reported::<StackStatus>::read(status),
                Reported::Known(StackStatus::DeleteComplete | StackStatus::ReviewInProgress)
            )
        };
        found.extend(
            stacks
                .into_iter()
                .filter(|stack| stack.parent.is_none() && !is_gone(&stack.status))
                .filter(|stack| stack.description.as_deref().and_then(Owner::of_description).as_ref() == Some(owner))
                .map(|stack| Orphan { id: StackId::new(stack.name, region), status: stack.status }),
        );
        ControlFlow::<Infallible>::Continue(())
    };
    match visit_pages(async |token| service.stacks(region, token).await, visit).await {
        Ok(_) => Ok((found, None)),
        Err(denied @ CallError::Forbidden { .. }) => Ok((found, Some(denied))),
        Err(error) => Err(error.into()),
    }
}
