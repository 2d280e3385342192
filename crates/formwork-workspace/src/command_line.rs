//! Building and running `cargo-formwork`, for an xtask: `cargo xtask synth` is `cargo formwork synth`, built from source.
//!
//! The commands that only synthesize are run by a build without default features, which compiles no AWS SDK, no async
//! runtime and no TLS. Cargo keeps the results of both builds side by side, since the features are part of what names
//! them; only the link `target/debug/cargo-formwork` moves from one to the other, which costs nothing. It is copied
//! away at once, so that the next build does not take it from under a running command.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::{fs, io};

use crate::build::{executable, run_build};
use crate::{BuildOptions, Error, Workspace};

/// The package of the program, and the program.
const PACKAGE: &str = "formwork-cli";
const PROGRAM: &str = "cargo-formwork";

/// The commands that the build without default features has.
pub const LIGHT: &[&str] = &["list", "synth"];

/// The environment variable by which a program that runs `cargo-formwork` tells what the user typed, e.g. `cargo xtask`.
pub const CALLED_AS: &str = "FORMWORK_CALLED_AS";

/// The features with which `cargo-formwork` is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Features {
    /// None: enough for [`LIGHT`].
    Light,
    /// The default ones.
    Full,
}

impl Features {
    /// Those that `command` needs.
    pub fn of(command: &str) -> Features {
        if LIGHT.contains(&command) { Features::Light } else { Features::Full }
    }
}

/// Builds `cargo-formwork` from the workspace's sources, and tells where it is.
///
/// # Errors
///
/// When it does not compile, or cannot be put in its place.
pub fn build(workspace: &Workspace, features: Features, options: BuildOptions) -> Result<PathBuf, Error> {
    let mut arguments = vec!["--package", PACKAGE, "--bin", PROGRAM];
    let folder = match features {
        Features::Light => {
            arguments.push("--no-default-features");
            "light"
        }
        Features::Full => "full",
    };
    let Some(messages) = run_build(workspace, &arguments, options)? else {
        return Err(Error::Build { apps: vec![PACKAGE.into()] });
    };
    let built = executable(&messages, workspace.package_id(PACKAGE), PROGRAM)
        .ok_or_else(|| Error::NoExecutable { app: PACKAGE.into() })?;
    let folder = workspace.target.join("formwork").join(".bin").join(folder);
    let place = folder.join(built.file_name().unwrap_or(PROGRAM.as_ref()));
    put(&built, &folder, &place).map_err(|source| Error::Run { program: place.clone(), source })?;
    Ok(place)
}

/// Links `built` to `place`, in one step, so that two commands at once do not disturb each other.
fn put(built: &Path, folder: &Path, place: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let fresh = folder.join(format!("new-{}", std::process::id()));
    fs::hard_link(built, &fresh).or_else(|_| fs::copy(built, &fresh).map(|_| ()))?;
    fs::rename(&fresh, place).inspect_err(|_| {
        let _ = fs::remove_file(&fresh);
    })?;
    // Renaming a link onto another link of the same file does nothing and leaves both.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Builds `cargo-formwork` as `arguments` need it, and becomes it: returns only if that fails.
///
/// `called_as` is what the user typed to get here, e.g. `cargo xtask`; usage lines and hints use it.
///
/// # Errors
///
/// See [`build`]; and when the program cannot be started.
pub fn run(
    workspace: &Workspace,
    arguments: &[OsString],
    called_as: &str,
    options: BuildOptions,
) -> Result<ExitStatus, Error> {
    let name = arguments.first().and_then(|name| name.to_str()).unwrap_or_default();
    let program = build(workspace, Features::of(name), options)?;
    let mut command = Command::new(&program);
    command.args(arguments).env(CALLED_AS, called_as);
    become_it(command).map_err(|source| Error::Run { program, source })
}

/// Signals, such as Ctrl-C's, then reach the program itself, and its exit code is ours.
#[cfg(unix)]
fn become_it(mut command: Command) -> io::Result<ExitStatus> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> io::Result<ExitStatus> {
    command.status()
}
