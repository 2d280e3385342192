//! `new`: a workspace of one's own, with stacks that can be deployed at once.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use formwork_aws::shell::quoted;
use serde::Serialize;

use crate::around;
use crate::dependency::Crates;
use crate::error::CliError;
use crate::scaffold::{self, File, Template};
use crate::session::Session;
use crate::wording::{count, shown};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork new shop
  cargo formwork new shop --template network
  cargo formwork new \"My projects/Shop\" --name shop";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder of the workspace, which is made
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The stacks to begin with
    #[arg(long, value_enum, value_name = "NAME", default_value = "site")]
    template: Template,
    /// The name of the app; without it, the folder's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Output of `new --json` and of `init --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The name of the app, if one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app: Option<String>,
    /// The folder of the workspace.
    pub(crate) folder: String,
    /// The template of its stacks, if they were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<String>,
    /// The dependency on formwork, as in a `Cargo.toml`.
    pub(crate) dependency: String,
    /// Files that were made.
    pub(crate) added: Vec<String>,
    /// Files that were there, and to which something was added.
    pub(crate) changed: Vec<String>,
    /// Files that were there, and were left as they are.
    pub(crate) kept: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let here = std::env::current_dir().map_err(|source| formwork_workspace::Error::CurrentFolder { source })?;
    let folder = plain(&here.join(&arguments.folder));
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    scaffold::check_name(&name)?;
    check(&folder)?;
    let around = around::workspaces(&folder);
    if let Some((root, _)) = around.iter().find(|(_, takes_it)| *takes_it) {
        return Err(CliError::input(format!(
            "`{}` would be a member of the workspace `{}`, and cannot be a workspace of its own",
            shown(&folder),
            shown(root)
        ))
        .hint(format!("`cargo formwork init --name {name}`, in that workspace, adds stacks to it"))
        .hint("or choose a folder that the workspace's `members` do not match, or add it to its `exclude`"));
    }
    let crates = Crates::of_this_program();
    let mut files: Vec<File> = scaffold::workspace(&name, &crates);
    files.extend(scaffold::beside(&crates));
    files.push(scaffold::alias());
    files.extend(scaffold::stack(arguments.template, &name));
    files.extend(scaffold::xtask());
    // A repository has its own README and .gitignore, say. What builds is refused by `check`.
    let (kept, files): (Vec<File>, Vec<File>) = files.into_iter().partition(|(path, _)| folder.join(path).exists());
    let mut kept: Vec<String> = kept.into_iter().map(|(path, _)| path).collect();
    kept.sort();
    scaffold::write(&folder, &files)?;
    scaffold::format(&folder, &files);
    let is_ignored_now = kept.iter().any(|file| file == ".gitignore") && scaffold::ignore_target(&folder)?;
    let changed: Vec<String> = kept.extract_if(.., |file| is_ignored_now && file == ".gitignore").collect();
    let mut added: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
    if let Some(lock) = crates.lock() {
        let own = folder.join("Cargo.lock");
        fs::copy(lock, &own).map_err(|error| CliError::not_written(&own, error))?;
        trim_lock(&folder);
        added.push("Cargo.lock".into());
    }
    added.sort();
    if session.printer.is_json() {
        return session.printer.document(&Document {
            app: Some(name),
            folder: shown(&folder),
            template: Some(arguments.template.name().into()),
            dependency: format!("formwork = {{ {} }}", crates.text()),
            added,
            changed,
            kept,
        });
    }
    let place = shown(&folder);
    session.printer.text(&format!("{place}: a workspace with the app `{name}`, {}\n", count(added.len(), "file")))?;
    for file in &added {
        session.printer.detail(format_args!("  {file}"));
    }
    for file in &changed {
        session.printer.note(format_args!("`{file}` was there, and `/target` is added to it"));
    }
    for file in &kept {
        session.printer.note(format_args!("`{file}` was there, and is left as it is"));
    }
    if let Some((around, _)) = around.first() {
        session.printer.important(session.typed.adapted(&format!(
            "warning: `{}` is a workspace already, and this is one of its own inside of it\n\
             hint: `cargo formwork init --name NAME` adds stacks to a workspace that exists",
            shown(around)
        )));
    }
    let enter = if place == "." { String::new() } else { format!("  cd {}\n", quoted(&place)) };
    session.printer.note(session.typed.adapted(&format!(
        "next:\n{enter}  cargo formwork synth              # the CloudFormation templates\n  \
         cargo formwork deploy --local     # the whole way without an account"
    )));
    Ok(())
}

/// Files and folders that `new` makes and never finds: a folder with one of these is of another kind already.
const OURS: [&str; 5] = ["Cargo.toml", "Cargo.lock", ".cargo", "stacks", "xtask"];

/// Refuses a folder that has anything in it of what a workspace is built from. A fresh repository, with its README and licence, has not.
fn check(folder: &Path) -> Result<(), CliError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(CliError::input(format!("`{}` is not a folder that can be used", shown(folder)))
                .cause(error.to_string()));
        }
    };
    let names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    let Some(found) = OURS.iter().find(|ours| names.iter().any(|name| name == *ours)) else { return Ok(()) };
    let error = CliError::input(format!("`{}` has a `{found}` already", shown(folder)));
    Err(match *found {
        "Cargo.toml" => {
            error.hint("`cargo formwork init`, in that folder, adds stacks to what is there; or choose another folder")
        }
        _ => error.hint("choose another folder"),
    })
}

/// A path without `..`, so that no folder is made on the way to another one. Those that are there are followed where they are links.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain = fs::canonicalize(&plain).unwrap_or(plain);
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The lock has the versions of all that formwork is built from; cargo leaves out what the workspace does not need. Where it cannot,
/// the first build does.
fn trim_lock(folder: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let _ = Command::new(cargo)
        .args(["update", "--workspace", "--offline", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}
