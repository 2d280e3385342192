//! Change sets that wait to be executed, or cannot be, as the service lists them.

use formwork_model::service::all_pages;
use formwork_model::status::ExecutionStatus;

use crate::error::Error;
use crate::regional::Regional;

/// Begin of the description of our change sets; the run's name follows.
pub(crate) const DESCRIPTION: &str = "formwork run ";

/// The run whose change set has this description; `None` if it is somebody else's.
pub(crate) fn run_of(description: &str) -> Option<&str> {
    description.strip_prefix(DESCRIPTION)
}

/// A change set that was not executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingChangeSet {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `CREATE_COMPLETE`, `FAILED`, …
    pub status: String,
    /// The status of its execution: `AVAILABLE`, `OBSOLETE`, …
    pub execution_status: String,
    /// When it was made, by the service's clock.
    pub created: Option<String>,
    /// The run that made it; `None` of a change set of somebody else.
    pub run: Option<String>,
}

/// The change sets of a stack that were not executed.
pub(crate) async fn change_sets(regional: Regional<'_>, stack_id: &str) -> Result<Vec<WaitingChangeSet>, Error> {
    let Regional { service, region } = regional;
    let mut listed = all_pages(async |token| service.change_sets(region, stack_id, token).await).await?;
    // The service lists those that were executed too, for some time.
    listed.retain(|one| !ExecutionStatus::read(&one.execution).is_some_and(ExecutionStatus::has_begun));
    let found = listed.into_iter().map(|summary| WaitingChangeSet {
        id: summary.id,
        name: summary.name,
        status: summary.status,
        execution_status: summary.execution,
        created: summary.created.map(|time| time.text),
        run: summary.description.as_deref().and_then(run_of).map(str::to_owned),
    });
    Ok(found.collect())
}
