//! `rollback`: undo what a failed operation did, where it failed with its rollback switched off.

use clap::Args;
use formwork_deploy::Recovery;

use crate::approval::Approval;
use crate::args::Target;
use crate::error::CliError;
use crate::recovery;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork rollback habitpay-site

It is for stacks in UPDATE_FAILED and CREATE_FAILED; of one that was never complete, it deletes what was created.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    recovery::run(Recovery::Start, arguments.approval.of_deletion(session), &arguments.target, session)
}
