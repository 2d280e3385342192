//! `continue`: continue the rollback of an update that failed.

use clap::Args;
use formwork_deploy::{NamedResource, Recovery};

use crate::approval::Approval;
use crate::args::{Target, named_resource};
use crate::error::CliError;
use crate::recovery;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork continue habitpay-site
  cargo formwork continue habitpay-site --skip AliasA

It is for stacks in UPDATE_ROLLBACK_FAILED. A skipped resource counts as rolled back, whatever it is: before \
the next update, make it what the template says.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A resource that is not rolled back; can be given several times
    #[arg(long, value_name = "[STACK/]LOGICAL_ID", value_parser = named_resource)]
    skip: Vec<NamedResource>,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let recovery = Recovery::Continue { skip: arguments.skip.clone() };
    recovery::run(recovery, arguments.approval.of_deletion(session), &arguments.target, session)
}
