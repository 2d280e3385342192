//! `rollback`: undo what a failed operation did, where it failed with its rollback switched off.

use clap::Args;
use formwork_deploy::Recovery;

use crate::args::Target;
use crate::error::CliError;
use crate::recovery;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork rollback habitpay-site

It is for stacks in UPDATE_FAILED and CREATE_FAILED; one that was never complete is deleted.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Roll them back without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    recovery::run(&Recovery::Start, arguments.yes, &arguments.target, session)
}
