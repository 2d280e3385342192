//! The system's packages, and the programs on its path.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::steps::run;

/// Installs packages of Debian or Ubuntu where that is possible without a question: for root. Otherwise they are named.
pub(super) fn packages(names: &[&str], what: &str) -> Result<()> {
    let shown = names.join(" ");
    let needed = format!("the tests need {what} (Debian and Ubuntu: `apt install {shown}`)");
    if !is_root() || run(Command::new("apt-get").arg("--version")).is_err() {
        bail!("{needed}");
    }
    eprintln!("installing {shown} by apt");
    let install = || {
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--no-install-recommends"]).args(names);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        install
    };
    // Lists of packages that are older than the packages themselves name versions that are gone.
    run(&mut install())
        .or_else(|_| run(Command::new("apt-get").arg("update")).and_then(|()| run(&mut install())))
        .with_context(|| needed)
}

/// A program by its name, on the path or in one of these folders beside it.
pub(super) fn program(name: &str, folders: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(PathBuf::from);
    std::env::split_paths(&path).chain(folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
