//! The places of things, and cargo itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use formwork_workspace::Workspace;
use serde_json::Value;

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable when it runs this program; the constant is for a program that was started by hand.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = PathBuf::from(here);
    here.parent().map_or(here.clone(), Path::to_path_buf)
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo tells this program about itself would be read as settings by the next cargo.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// The cargo that runs this program, in the folder of the repository.
pub(crate) fn cargo_here() -> Command {
    let mut command = cargo();
    command.current_dir(root());
    command
}

/// `cargo metadata` of this workspace.
pub(crate) fn metadata(arguments: &[&str]) -> Result<Value> {
    let text = output(cargo_here().args(["metadata", "--format-version=1"]).args(arguments))?;
    serde_json::from_str(&text).context("`cargo metadata` printed something that is not JSON")
}

/// The folder that cargo builds into.
pub(crate) fn target_directory() -> Result<PathBuf> {
    Ok(Workspace::find(&root())?.target)
}

/// The output of a command; an error that shows its standard error when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{shown}`"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed with {}\n{}", output.status, text.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed something that is not UTF-8"))
}

/// A command as a person would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    words.join(" ")
}
