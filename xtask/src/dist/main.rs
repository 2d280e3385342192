//! `cargo xtask dist`: the archive that people install.
//!
//! ```text
//! formwork-VERSION-TARGET/
//!   bin/cargo-formwork
//!   share/formwork/          Cargo.toml, Cargo.lock and crates/: what the workspaces depend on that `new` makes
//!   share/man/man1/          the manual pages
//!   share/bash-completion/…  completions, where each shell looks for them
//!   share/doc/formwork/      README, the book and all other documents, licences, SHA256SUMS of all files
//! ```
//!
//! The same files give the same archive, byte for byte. Beside it lies its checksum.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod arguments;
mod crates;
mod files;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::arguments::{Arguments, HELP};
use crate::files::Files;

/// Completions: the shell, and where it looks for them.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/cargo-formwork"),
    ("fish", "share/fish/vendor_completions.d/cargo-formwork.fish"),
    ("zsh", "share/zsh/site-functions/_cargo-formwork"),
];

/// Documents of an archive, and the sources that they lead to: files, and folders with all that is in them.
const DOCUMENTS: [&str; 10] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "docs",
    "stacks/habitpay/src",
    "stacks/shop/src",
];

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().skip(1).collect();
    let arguments = match Arguments::read(&given) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("error: {message}\nhint: `cargo xtask dist --help` says more");
            return ExitCode::from(1);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask/ is in the repository")?;
    let known = crates::known(root)?;
    let program = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => build(root, &known.target)?,
    };
    let folder = arguments.out.clone().unwrap_or_else(|| known.target.join("dist"));
    let name = format!("formwork-{}-{}", known.version, host()?);

    let mut files = Files::default();
    let suffix = std::env::consts::EXE_SUFFIX;
    files.add_program(format!("bin/cargo-formwork{suffix}"), read(&program)?);
    crates::add(root, &known, &mut files)?;
    for (shell, path) in COMPLETIONS {
        files.add(path, output(Command::new(&program).args(["completions", shell]))?);
    }
    let pages = folder.join("man1");
    output(Command::new(&program).arg("man").arg(&pages))?;
    for page in fs::read_dir(&pages).with_context(|| format!("cannot read `{}`", pages.display()))? {
        let page = page.with_context(|| format!("cannot read `{}`", pages.display()))?;
        files.add(format!("share/man/man1/{}", page.file_name().to_string_lossy()), read(&page.path())?);
    }
    fs::remove_dir_all(&pages).with_context(|| format!("cannot remove `{}`", pages.display()))?;
    for document in DOCUMENTS {
        add_document(root, document, &mut files)?;
    }
    files.add("share/doc/formwork/SHA256SUMS", files.checksums().into_bytes());

    let archive = folder.join(format!("{name}.tar.gz"));
    let count = files.len();
    let written = files.archive(&name)?;
    fs::write(&archive, &written).with_context(|| format!("cannot write `{}`", archive.display()))?;
    let sum = archive.with_file_name(format!("{name}.tar.gz.sha256"));
    fs::write(&sum, format!("{}  {name}.tar.gz\n", files::checksum(&written)))
        .with_context(|| format!("cannot write `{}`", sum.display()))?;
    println!("{}", archive.display());
    eprintln!(
        "{count} files, {:.1} MB; this installs them:\n  mkdir -p ~/.local && tar -xzf '{}' -C ~/.local --strip-components=1",
        written.len() as f64 / 1e6,
        archive.display()
    );
    Ok(())
}

/// Adds a document, or a folder of them, by its path from the root.
fn add_document(root: &Path, document: &str, files: &mut Files) -> Result<()> {
    let path = root.join(document);
    if !path.is_dir() {
        files.add(format!("share/doc/formwork/{document}"), read(&path)?);
        return Ok(());
    }
    for entry in fs::read_dir(&path).with_context(|| format!("cannot read `{}`", path.display()))? {
        let entry = entry.with_context(|| format!("cannot read `{}`", path.display()))?;
        add_document(root, &format!("{document}/{}", entry.file_name().to_string_lossy()), files)?;
    }
    Ok(())
}

/// Builds the program as people get it.
fn build(root: &Path, target: &Path) -> Result<PathBuf> {
    let mut command = cargo(root);
    command.args(["build", "--release", "--locked", "--package", "formwork-cli", "--bin", "cargo-formwork"]);
    let status = command.stdin(Stdio::null()).status().context("cannot run cargo")?;
    if !status.success() {
        bail!("`cargo-formwork` did not compile");
    }
    Ok(target.join("release").join(format!("cargo-formwork{}", std::env::consts::EXE_SUFFIX)))
}

/// The target that the compiler builds for here, such as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String> {
    let text = output(Command::new("rustc").arg("-vV"))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` does not name its host")?.to_owned())
}

/// Cargo, in a folder.
fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// The output of a command; an error with its words when it fails.
fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(output.stdout)
}
