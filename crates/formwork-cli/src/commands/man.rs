//! `man`: the manual pages, one of the program and one of each command.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;
use formwork_workspace::whole_files;
use serde::Serialize;

use crate::error::CliError;
use crate::session::Session;
use crate::typed::CALLED_AS_USUAL;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork man ~/.local/share/man/man1
  man cargo-formwork-deploy";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder to write to; pages that are there are overwritten
    #[arg(value_name = "DIR", default_value = "man1")]
    folder: PathBuf,
}

/// Output of `man --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The folder.
    folder: String,
    /// The files in it.
    pages: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let folder = &arguments.folder;
    let mut command = (session.description)().bin_name(CALLED_AS_USUAL);
    command.build();
    let mut texts = BTreeMap::new();
    render(&command, &mut texts).map_err(|error| CliError::not_written(folder, error))?;
    let files: Vec<_> = texts.iter().collect();
    whole_files::write(folder, &files).map_err(|(path, error)| CliError::not_written(&path, error))?;
    let pages: Vec<String> = texts.into_keys().collect();
    if session.printer.is_json() {
        return session.printer.document(&Document { folder: folder.display().to_string(), pages });
    }
    let lines: String = pages.iter().map(|page| format!("{}\n", folder.join(page).display())).collect();
    session.printer.text(&lines)
}

/// The page of a command, and those of the commands below it, by their names.
fn render(command: &clap::Command, pages: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    // The usage of clap's help: its manual pages leave out that options take values, and that there may be several stacks.
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage:").unwrap_or(&usage).trim().to_owned();
    let man = Man::new(command.clone().override_usage(usage));
    let mut text = Vec::new();
    man.render(&mut text)?;
    pages.insert(man.get_filename(), text);
    command.get_subcommands().try_for_each(|below| render(below, pages))
}
