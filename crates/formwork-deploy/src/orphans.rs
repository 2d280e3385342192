//! Stacks that an app deployed and has no more: it was renamed, moved to another region, or left out. They are found by the mark at the
//! end of their descriptions.

use std::collections::BTreeSet;

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::{CallError, CloudFormation};
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
    let Some(owner) = &assembly.owner else { return Ok(Vec::new()) };
    let own = assembly.stacks.iter().map(|stack| stack.region());
    let regions: BTreeSet<&str> = own.chain(more.iter().map(String::as_str)).collect();
    let found = regions.into_iter().map(|region| of_region(service, region, owner));
    let found = join_all(found).await.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let mut orphans: Vec<Orphan> = found.into_iter().flatten().collect();
    orphans.retain(|orphan| assembly.stack(&orphan.id).is_none());
    orphans.sort();
    Ok(orphans)
}

/// The stacks of an app in a region, without nested ones.
async fn of_region(service: &dyn CloudFormation, region: &str, owner: &Owner) -> Result<Vec<Orphan>, Error> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = match service.stacks(region, token.as_deref()).await {
            Ok(page) => page,
            Err(CallError::Forbidden { .. }) => return Ok(found),
            Err(error) => return Err(error.into()),
        };
        let is_gone = |status: &str| {
            matches!(
                Reported::<StackStatus>::read(status),
                Reported::Known(StackStatus::DeleteComplete | StackStatus::ReviewInProgress)
            )
        };
        found.extend(
            page.items
                .into_iter()
                .filter(|stack| stack.parent.is_none() && !is_gone(&stack.status))
                .filter(|stack| stack.description.as_deref().and_then(Owner::of_description).as_ref() == Some(owner))
                .map(|stack| Orphan { id: StackId::new(stack.name, region), status: stack.status }),
        );
        token = page.next;
        if token.is_none() {
            return Ok(found);
        }
    }
}
