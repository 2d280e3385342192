//! The deployed stacks of the app that are not part of a run: looked at only when a plan would lose something they may use.

use std::borrow::Cow;

use formwork_assembly::StackArtifact;
use formwork_diff::Diff;
use formwork_model::service::CallError;
use formwork_model::status::StackStatus;
use futures_util::future::join_all;

use crate::deploy::Run;
use crate::error::Error;
use crate::in_use::{self, InUse, Live, Other, Users};
use crate::orphans::orphans;
use crate::plan::Kept;
use crate::regional::Regional;
use crate::stack::{self, Deployed};
use crate::stage::Stack;
use crate::status::{Reported, Standing};

impl<'a> Run<'a> {
    /// Resources that `diff` would take from the stack with this index while other stacks of the app use them, without those that stay
    /// until these have followed.
    pub(crate) async fn in_use(&self, index: usize, diff: &Diff, kept: &[Kept]) -> Result<Vec<InUse>, Error> {
        if diff.losses().next().is_none() {
            return Ok(Vec::new());
        }
        let mut in_use = in_use::in_use(diff, self.users(index).await?);
        in_use.retain(|used| !kept.iter().any(|kept| kept.logical_id == used.logical_id));
        Ok(in_use)
    }

    /// The resources of the stack with this index that other deployed stacks of the app use.
    pub(crate) async fn users(&self, index: usize) -> Result<Users, Error> {
        if self.stacks[index].found().template().is_none() {
            return Ok(Users::new());
        }
        let others = self.others.get_or_try_init(|| self.look_at_others(index)).await?;
        let found: Vec<_> = self.stacks.iter().map(Stack::found).collect();
        let live = |index: usize| {
            let (artifact, found) = (self.stacks[index].artifact, &found[index]);
            // No stack uses yet what a producer has become meanwhile.
            let deployed = found.stack().filter(|stack| uses_something(stack))?;
            Some(Live { artifact, deployed, template: found.template() })
        };
        let Some(producer) = live(index) else { return Ok(Users::new()) };
        let others = others.iter().map(|other| Live {
            artifact: &other.artifact,
            deployed: &other.deployed,
            template: other.template.as_ref(),
        });
        let all: Vec<Live<'_>> = (0..found.len()).filter_map(live).chain(others).collect();
        Ok(in_use::users(self.assembly, producer, &all))
    }

    /// `index` is the place of the stack from which something is lost.
    async fn look_at_others(&self, index: usize) -> Result<Vec<Other<'a>>, Error> {
        let others = self.assembly.stacks.iter().filter(|stack| self.order.position(&stack.id).is_none());
        let mut others: Vec<Cow<'a, StackArtifact>> = others.map(Cow::Borrowed).collect();
        // Stacks that the app has no more use things all the same.
        let orphans = orphans(self.service, self.assembly, &self.options.regions).await;
        if let Some(reason) = orphans.not_looked_for() {
            self.warn(
                index,
                format!("whether stacks that left the app use what is replaced or deleted is not known: {reason}"),
            );
        }
        for orphan in orphans.found {
            others.push(Cow::Owned(StackArtifact { id: orphan.id, ..StackArtifact::default() }));
        }
        let others = others.into_iter().map(|artifact| async move {
            let id = artifact.id.clone();
            let look = async {
                let regional = Regional::new(self.service, artifact.region());
                let found = stack::describe(regional, artifact.name()).await?;
                let Some(deployed) = found.filter(uses_something) else { return Ok(None) };
                let template = stack::template(regional, &deployed.id).await?;
                Ok(Some(Other { artifact, deployed, template }))
            };
            match look.await {
                // A login for some stacks alone can still deploy them.
                Err(Error::Aws(CallError::Forbidden { call, .. })) => {
                    self.warn_of(
                        &id,
                        format!(
                            "whether it uses what is replaced or deleted is not known: `cloudformation:{call}` is not \
                             allowed"
                        ),
                    );
                    Ok(None)
                }
                other => other,
            }
        });
        let found: Result<Vec<_>, Error> = join_all(others).await.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }
}

/// True if the stack has resources that can use something.
fn uses_something(stack: &Deployed) -> bool {
    stack.standing() != Standing::Absent && stack.status != Reported::Known(StackStatus::RollbackComplete)
}
