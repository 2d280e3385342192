//! The stack of a region's bucket, which several runs may want to make at once: one of them makes it, the others wait and take it.

use std::rc::Rc;

use formwork_template::{Style, Template};

use super::bucket::OUTPUT;
use crate::deploy::Run;
use crate::error::Error;
use crate::execute;
use crate::report::Outcome;
use crate::stack;
use crate::stage::Stack;
use crate::status::Standing;

impl Run<'_> {
    /// Plans a stack; that of a bucket anew where another run has begun to make it since it was looked at.
    pub(crate) async fn plan_one(&self, index: usize) -> Result<(), Error> {
        let Err(error) = self.preview(index).await else { return Ok(()) };
        if !self.is_bucket(index) || !self.is_missing(index) {
            return Err(error);
        }
        self.inspect_one(index).await?;
        if self.is_missing(index) {
            return Err(error);
        }
        self.check_bucket(index)?;
        self.preview(index).await
    }

    /// Makes or updates the stack of a bucket, or takes what another run made of it.
    pub(super) async fn make_bucket(&self, index: usize) {
        let outcome = match self.carried_out(index).await {
            Ok(outcome) => outcome,
            Err(error) => match self.is_made_by_another(index).await {
                Ok(true) => Outcome::Unchanged,
                Ok(false) | Err(_) => Outcome::Stopped(error),
            },
        };
        self.stacks[index].end(outcome);
    }

    /// True if the stack was not there.
    fn is_missing(&self, index: usize) -> bool {
        self.stacks[index].found().stack().is_none()
    }

    /// Waits for what goes on with the stack of a bucket; true if it is as this run would have made it, or, where it was not there, has a bucket.
    async fn is_made_by_another(&self, index: usize) -> Result<bool, Error> {
        let Stack { artifact, template, regional, ledger, .. } = &self.stacks[index];
        let Some(found) = execute::settled(*regional, &artifact.id, self.observer).await? else { return Ok(false) };
        if found.standing() != Standing::Ready || found.output(OUTPUT).is_none() {
            return Ok(false);
        }
        let text = |template: &Template| template.to_json(Style::Compact).0;
        let deployed = stack::template(*regional, &found.id).await?;
        let is_same = deployed.is_some_and(|deployed| text(&deployed) == text(template));
        let is_made = is_same || self.is_missing(index);
        if is_made {
            ledger.borrow_mut().after = Some(Rc::new(found));
        }
        Ok(is_made)
    }
}
