//! The state of deployed stacks, read and not changed: for `status`.

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::CloudFormation;
use formwork_model::status::StackStatus;
use futures_util::future::join_all;

use crate::error::Error;
use crate::order::Order;
use crate::regional::Regional;
use crate::resources::{self, StackResource};
use crate::stack;
use crate::status::{self, Reported, Standing};

/// The state of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackOverview {
    /// Its name and region.
    pub id: StackId,
    /// As it is deployed; `None` if it is not.
    pub deployed: Option<DeployedOverview>,
}

/// The state of a deployed stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedOverview {
    /// The stack's ARN.
    pub stack_id: String,
    /// Its status.
    pub status: Reported<StackStatus>,
    /// Meaning of the status.
    pub meaning: &'static str,
    /// Operations that the status allows.
    pub standing: Standing,
    /// True if the stack is protected from deletion.
    pub is_protected: bool,
    /// Its resources in a status of failure; of a stack whose last operation failed.
    pub failed: Vec<StackResource>,
    /// Change sets that wait to be executed, or cannot be.
    pub change_sets: Vec<WaitingChangeSet>,
}

/// A change set that was not executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingChangeSet {
    /// Its name.
    pub name: String,
    /// `CREATE_COMPLETE`, `FAILED`, …
    pub status: String,
    /// The status of its execution: `AVAILABLE`, `OBSOLETE`, …
    pub execution_status: String,
    /// When it was made, by the service's clock.
    pub created: Option<String>,
}

/// The states of the stacks with these ids, producers before consumers.
///
/// # Errors
///
/// When a stack cannot be looked at.
pub async fn overview(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
) -> Result<Vec<StackOverview>, Error> {
    let order = Order::new(assembly, ids)?;
    let stacks = order.stacks.iter().map(|ordered| async {
        let id = ordered.artifact.id.clone();
        let regional = Regional::new(service, ordered.artifact.region());
        let Some(found) = stack::describe(regional, &id.name).await? else {
            return Ok(StackOverview { id, deployed: None });
        };
        let (standing, meaning) = status::standing(&found.status);
        let is_failed = matches!(standing, Standing::ContinueRollback | Standing::FinishDeletion)
            || status::is_kept(&found.status)
            || found.status == Reported::Known(StackStatus::RollbackFailed);
        let failed = if is_failed { resources::failed(regional, &found.id).await? } else { Vec::new() };
        let deployed = DeployedOverview {
            change_sets: change_sets(regional, &found.id).await?,
            is_protected: found.termination_protection,
            stack_id: found.id,
            status: found.status,
            meaning,
            standing,
            failed,
        };
        Ok(StackOverview { id, deployed: Some(deployed) })
    });
    join_all(stacks).await.into_iter().collect()
}

async fn change_sets(regional: Regional<'_>, stack_id: &str) -> Result<Vec<WaitingChangeSet>, Error> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = regional.service.change_sets(regional.region, stack_id, token.as_deref()).await?;
        found.extend(page.items.into_iter().map(|summary| WaitingChangeSet {
            name: summary.name,
            status: summary.status,
            execution_status: summary.execution,
            created: summary.created.map(|time| time.text),
        }));
        token = page.next;
        if token.is_none() {
            // The service lists those that were executed too, for some time.
            found.retain(|one| !one.execution_status.starts_with("EXECUTE_"));
            return Ok(found);
        }
    }
}
