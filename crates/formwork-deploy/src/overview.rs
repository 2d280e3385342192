//! The state of deployed stacks, read and not changed: for `status`.

use formwork_assembly::{Assembly, StackId};
use formwork_model::service::CloudFormation;
use formwork_model::status::StackStatus;
use formwork_template::memory::Memory;
use futures_util::future::join_all;

use crate::error::Error;
use crate::order::Order;
use crate::regional::Regional;
use crate::removal::{self, Leftover};
use crate::resources::{self, StackResource};
use crate::stack;
use crate::status::{self, Reported, Standing};
use crate::waiting::{WaitingChangeSet, change_sets};

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
    /// Its resources in a status of failure, of a stack whose last operation failed; of a rollback that stopped, those at which it did.
    pub failed: Vec<StackResource>,
    /// Change sets that wait to be executed, or cannot be.
    pub change_sets: Vec<WaitingChangeSet>,
    /// Resources that updates kept for others, and that are in no stack any more.
    pub left: Vec<Leftover>,
    /// The reasons for which a part of this could not be read, and is empty.
    pub unread: Vec<String>,
}

/// An answer, or nothing of what could not be read: the rest is said all the same.
fn read<T: Default>(answer: Result<T, Error>, unread: &mut Vec<String>) -> T {
    answer.unwrap_or_else(|error| {
        unread.push(error.to_string());
        T::default()
    })
}

/// Resources that updates of the stack kept for others, and that are in no stack any more.
async fn left(regional: Regional<'_>, stack_id: &str, unread: &mut Vec<String>) -> Result<Vec<Leftover>, Error> {
    let Some(template) = stack::template(regional, stack_id).await? else { return Ok(Vec::new()) };
    match Memory::read(&template).keeps.as_slice() {
        [] => Ok(Vec::new()),
        keeps => removal::leftovers(regional, stack_id, keeps, |reason| unread.push(reason)).await,
    }
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
        let failed = match &found.status {
            Reported::Known(StackStatus::UpdateRollbackFailed) => {
                resources::failed_in_rollback(regional, &found.id).await
            }
            Reported::Known(
                StackStatus::ImportRollbackFailed | StackStatus::RollbackFailed | StackStatus::DeleteFailed,
            ) => resources::failed(regional, &found.id).await,
            status if status::is_kept(status) => resources::failed(regional, &found.id).await,
            _ => Ok(Vec::new()),
        };
        let mut unread = Vec::new();
        let left = match found.status.is_complete() {
            true => {
                let found = left(regional, &found.id, &mut unread).await;
                read(found, &mut unread)
            }
            false => Vec::new(),
        };
        let deployed = DeployedOverview {
            failed: read(failed, &mut unread),
            change_sets: read(change_sets(regional, &found.id).await, &mut unread),
            left,
            unread,
            is_protected: found.termination_protection,
            stack_id: found.id,
            status: found.status,
            meaning,
            standing,
        };
        Ok(StackOverview { id, deployed: Some(deployed) })
    });
    join_all(stacks).await.into_iter().collect()
}
