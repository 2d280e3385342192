//! The validation that goes before the commands that call AWS.

use clap::Args;
use formwork_assembly::StackId;
use formwork_schema::facts::Registry;
use formwork_validate::Validator;

use crate::error::CliError;
use crate::findings::{self, Ignored};
use crate::session::{Session, Synthesized};

/// Whether, and by which rules, stacks are validated first; for commands that go on to AWS.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Validation")]
pub(crate) struct Validation {
    /// Go on without validation; CloudFormation refuses what is wrong when it comes to it, one thing at a time
    #[arg(long, conflicts_with = "ignore")]
    no_validate: bool,
    #[command(flatten)]
    ignored: Ignored,
}

impl Validation {
    /// Validates the stacks with these ids, before they are compared with what is deployed: prints what there is.
    ///
    /// # Errors
    ///
    /// When CloudFormation would refuse one of them.
    pub(crate) fn before(
        &self,
        session: &Session,
        synthesized: &Synthesized,
        registry: &Registry,
        ids: &[StackId],
    ) -> Result<(), CliError> {
        if self.no_validate {
            return Ok(());
        }
        let mut validator = Validator::with(registry.clone());
        let stacks = synthesized.assembly.stacks.iter().filter(|stack| ids.contains(&stack.id));
        let (findings, _) =
            self.ignored.apply(stacks.flat_map(|stack| findings::of_stack(&mut validator, stack)).collect());
        findings::say(session, &findings);
        findings::conclude(&findings)
            .map_err(|error| error.hint("where a finding is wrong, `--ignore RULE` goes on without that rule"))
    }
}
