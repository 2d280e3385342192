//! Commands that other binaries of this workspace do: cargo builds the binary, and this process becomes it.
//!
//! `cargo-formwork` exists in two builds. Without its default features it knows `list` and `synth` and compiles in
//! seconds; with them it also compiles the AWS SDK. Cargo keeps both, so changing between them costs nothing.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::workspace::{cargo, root, show};

/// By this variable `cargo-formwork` learns what the user typed, for its usage lines and hints.
const CALLED_AS: &str = "FORMWORK_CALLED_AS";

/// The builds of `cargo-formwork`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Features {
    /// No SDK, no TLS, no async runtime.
    None,
    /// Everything that talks to AWS.
    Default,
    /// Features that an archive is built with.
    Dist,
}

/// A binary of this workspace.
struct Binary {
    package: &'static str,
    name: &'static str,
    features: Features,
    /// The message while it is being built.
    about: &'static str,
}

/// Runs a command for stacks.
pub(crate) fn to_formwork(features: Features, arguments: &[OsString]) -> Result<ExitCode> {
    become_binary(&formwork(features), arguments)
}

/// Builds `cargo-formwork` with everything that it can do.
pub(crate) fn build_formwork() -> Result<Built> {
    build(&formwork(Features::Default))
}

fn formwork(features: Features) -> Binary {
    let about = match features {
        Features::None => "building `cargo-formwork`",
        Features::Default | Features::Dist => {
            "building `cargo-formwork` with the AWS SDK; the first time takes a few minutes"
        }
    };
    Binary { package: "formwork-cli", name: "cargo-formwork", features, about }
}

/// Runs the generator, or its update of the schemas.
pub(crate) fn to_codegen(arguments: &[OsString]) -> Result<ExitCode> {
    let binary = Binary {
        package: "formwork-codegen",
        name: "formwork-codegen",
        features: Features::Default,
        about: "building `formwork-codegen`",
    };
    become_binary(&binary, arguments)
}

/// Runs what builds the archive.
pub(crate) fn to_dist(arguments: &[OsString]) -> Result<ExitCode> {
    let binary =
        Binary { package: "xtask", name: "xtask-dist", features: Features::Dist, about: "building `xtask-dist`" };
    become_binary(&binary, arguments)
}

fn become_binary(binary: &Binary, arguments: &[OsString]) -> Result<ExitCode> {
    match build(binary)? {
        Built::Executable(path) => execute(Command::new(path).args(arguments).env(CALLED_AS, "cargo xtask")),
        Built::Failed(code) => Ok(code),
    }
}

/// The result of a build.
pub(crate) enum Built {
    Executable(PathBuf),
    /// Cargo has said why.
    Failed(ExitCode),
}

/// Builds a binary. Says so when there is something to compile, and nothing otherwise.
fn build(binary: &Binary) -> Result<Built> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
    command.args(["--package", binary.package, "--bin", binary.name]);
    command.arg("--manifest-path").arg(root().join("Cargo.toml"));
    match binary.features {
        Features::None => drop(command.arg("--no-default-features")),
        Features::Default => {}
        Features::Dist => drop(command.args(["--features", "dist"])),
    }
    let shown = show(&command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run `{shown}`"))?;
    let mut executable = None;
    let mut announced = false;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.with_context(|| format!("cannot read what `{shown}` prints"))?;
            let Ok(message) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            if !announced && message["fresh"] == false {
                eprintln!("{}", binary.about);
                announced = true;
            }
            if let Some(path) = message["executable"].as_str() {
                executable = Some(PathBuf::from(path));
            }
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{shown}`"))?;
    if !status.success() {
        // Cargo's own code for a failed build is 101; that the project does not compile is the user's to mend.
        return Ok(Built::Failed(ExitCode::from(1)));
    }
    let executable = executable.with_context(|| format!("`{shown}` made no executable"))?;
    Ok(Built::Executable(executable))
}

/// Becomes the command: its exit code, its signals and its terminal are its own.
#[cfg(unix)]
fn execute(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(error).with_context(|| format!("cannot run `{}`", show(command)))
}

#[cfg(not(unix))]
fn execute(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| format!("cannot run `{}`", show(command)))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(2)))
}
