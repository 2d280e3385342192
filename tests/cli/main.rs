//! The command line as people meet it: what it prints, to its last line.
//!
//! [`stacks`] lists and synthesizes the apps of this repository, [`mistakes`] are the user's, [`options`] what options do not
//! take, [`new`] a workspace of one's own, [`dist`] the archive that is installed, [`readme`] what README says, [`login`] whose credentials are used, [`environments`] those of
//! `formwork.toml`, [`lookups`] what apps look up, [`not_offered`] what AWS does not offer any more, [`workspaces`] what can be wrong
//! with a workspace, `guides` what the pages in `docs/` say, [`reviews`] comments and graphs, [`shipped`] what stacks ship, [`validation`] what is found in template files, [`wording`] holds the help texts. Commands that talk to a server
//! of CloudFormation are in `tests/e2e`.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod dist;
mod environments;
#[cfg(target_os = "linux")]
mod guides;
mod import_template;
mod login;
mod lookups;
mod mistakes;
mod new;
mod not_offered;
mod options;
mod own_schemas;
mod readme;
mod reviews;
mod shipped;
mod stacks;
mod validation;
mod wording;
mod workspaces;

use support::Program;

/// The whole of what a command does.
fn run(arguments: &[&str]) -> String {
    Program::formwork().args(arguments).run().snapshot()
}
