//! `man`: the manual pages, one of the program and one of each command.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man;
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
    fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    let mut command = (session.description)().bin_name(CALLED_AS_USUAL);
    command.build();
    let mut pages = Vec::new();
    write(&command, folder, &mut pages)?;
    pages.sort();
    if session.printer.is_json() {
        return session.printer.document(&Document { folder: folder.display().to_string(), pages });
    }
    let lines: String = pages.iter().map(|page| format!("{}\n", folder.join(page).display())).collect();
    session.printer.text(&lines)
}

/// Writes the page of a command, and those of the commands below it.
fn write(command: &clap::Command, folder: &Path, pages: &mut Vec<String>) -> Result<(), CliError> {
    let man = Man::new(command.clone());
    let page = man.get_filename();
    let path = folder.join(&page);
    let mut text = Vec::new();
    man.render(&mut text).and_then(|()| fs::write(&path, text)).map_err(|error| not_written(&path, &error))?;
    pages.push(page);
    command.get_subcommands().try_for_each(|below| write(below, folder, pages))
}

fn not_written(path: &Path, error: &std::io::Error) -> CliError {
    CliError::service(format!("cannot write `{}`", path.display())).cause(error.to_string())
}
