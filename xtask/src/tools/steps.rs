//! The steps of an installation: what is there already, and commands that are run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace::show;

/// The stamp is written last, so that an installation that was cut off is done again.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("installed.txt")
}

pub(super) fn is_installed(folder: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp(folder)).is_ok_and(|there| there == wanted)
}

pub(super) fn mark_installed(folder: &Path, wanted: &str) -> Result<()> {
    let stamp = stamp(folder);
    fs::write(&stamp, wanted).with_context(|| format!("cannot write `{}`", stamp.display()))
}

pub(super) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Networks fail for a moment; a second try tells that from a package that is not there.
pub(super) fn twice(command: impl Fn() -> Command) -> Result<()> {
    match run(&mut command()) {
        Ok(()) => Ok(()),
        Err(error) => {
            eprintln!("{error:#}\ntrying once more");
            run(&mut command())
        }
    }
}

pub(super) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{shown}`"))?;
    if output.status.success() {
        return Ok(());
    }
    // Both: pip tells its errors on standard error, npm some of them on standard output.
    let text = [output.stdout, output.stderr].concat();
    bail!("`{shown}` failed with {}\n{}", output.status, String::from_utf8_lossy(&text).trim())
}
