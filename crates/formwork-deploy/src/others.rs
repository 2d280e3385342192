//! The deployed stacks of the app that are not part of a run: looked at only when a plan would lose something they may use.

use formwork_diff::Diff;
use formwork_model::service::CallError;
use formwork_model::status::StackStatus;
use futures_util::future::join_all;

use crate::deploy::Run;
use crate::error::Error;
use crate::in_use::{self, InUse, Live, Other};
use crate::regional::Regional;
use crate::stack::{self, Deployed};
use crate::status::{Reported, Standing};

impl<'a> Run<'a> {
    /// Resources that `diff` would take from the stack with this index while other stacks of the app use them.
    pub(crate) async fn in_use(&self, index: usize, diff: &Diff) -> Result<Vec<InUse>, Error> {
        let is_deployed = self.stacks[index].state.borrow().before_template.is_some();
        if !is_deployed || diff.losses().next().is_none() {
            return Ok(Vec::new());
        }
        let others = self.others.get_or_try_init(|| self.look_at_others()).await?;
        let states: Vec<_> = self.stacks.iter().map(|stack| stack.state.borrow()).collect();
        let live = |index: usize| {
            let state = &states[index];
            // No stack uses yet what a producer has become meanwhile.
            let deployed = state.before.as_ref().filter(|stack| uses_something(stack))?;
            Some(Live { artifact: self.stacks[index].artifact, deployed, template: state.before_template.as_ref() })
        };
        let Some(producer) = live(index) else { return Ok(Vec::new()) };
        let others = others.iter().map(|other| Live {
            artifact: other.artifact,
            deployed: &other.deployed,
            template: other.template.as_ref(),
        });
        let all: Vec<Live<'_>> = (0..states.len()).filter_map(live).chain(others).collect();
        Ok(in_use::in_use(self.assembly, producer, diff, &all))
    }

    async fn look_at_others(&self) -> Result<Vec<Other<'a>>, Error> {
        let others = self.assembly.stacks.iter().filter(|stack| self.order.position(&stack.id).is_none());
        let others = others.map(|artifact| async move {
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
                        &artifact.id,
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

/// Whether the stack has resources that can use something.
fn uses_something(stack: &Deployed) -> bool {
    stack.standing() != Standing::Absent && stack.status != Reported::Known(StackStatus::RollbackComplete)
}
