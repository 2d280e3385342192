//! `files`: the files of nginx that the stacks have, for machines to which no stack delivers them.

use std::path::PathBuf;

use clap::Args;
use formwork_assembly::{FileArtifact, StackId};
use formwork_workspace::whole_files;
use serde::Serialize;

use crate::args::AppOptions;
use crate::error::CliError;
use crate::session::{self, Session};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork files --out files
  ssh HOST sudo sh -s < files/habitpay-site/Nginx/deliver.sh

A proxy with `delivery: Some(Delivery::shell())` has the script `deliver.sh`, which brings its \
files to nginx as a delivery by Systems Manager does: all of them, or none.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only of these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one
    #[arg(value_name = "STACK", help_heading = None)]
    stacks: Vec<String>,
    /// The folder to write to; files that are there are overwritten, others stay
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    app: AppOptions,
}

/// Output of `files --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The folder.
    folder: String,
    /// The files in it.
    files: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let synthesized = session.look_at_all(&arguments.app)?;
    let ids = session::selected(&synthesized, &arguments.stacks)?;
    let files: Vec<&FileArtifact> = synthesized
        .iter()
        .flat_map(|one| &one.assembly.files)
        .filter(|file| ids.iter().any(|id| belongs(&file.path, id)))
        .collect();
    if files.is_empty() {
        let error = CliError::input("the stacks have no files for nginx");
        return Err(
            error.hint("these are the files of a proxy; `deploy` uploads the files and folders that stacks ship")
        );
    }
    let contents: Vec<(&str, &str)> = files.iter().map(|file| (file.path.as_str(), file.content.as_str())).collect();
    whole_files::write(&arguments.out, &contents)
        .map_err(|(path, error)| CliError::not_written(&path, error).hint("nothing was written"))?;
    let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    if session.printer.is_json() {
        let folder = arguments.out.display().to_string();
        return session.printer.document(&Document { folder, files: paths });
    }
    let lines: String = paths.iter().map(|path| format!("{}\n", arguments.out.join(path).display())).collect();
    session.printer.text(&lines)
}

fn belongs(path: &str, stack: &StackId) -> bool {
    path.split_once('/').is_some_and(|(folder, _)| folder == &*stack.name)
}
