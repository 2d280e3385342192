//! Failures before there is an assembly.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use formwork_assembly::{Problem, ReadError, did_you_mean, joined_names};

/// A reason for which an app could not be found, built or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither the folder nor one above it has a `Cargo.toml`.
    #[error("`{}` is not in a cargo workspace", folder.display())]
    NoWorkspace {
        /// The folder in which the search began.
        folder: PathBuf,
    },
    /// `cargo metadata` refused, e.g. since a manifest is wrong.
    #[error("cargo cannot read the workspace of `{}`", folder.display())]
    Metadata {
        /// The folder in which the search began.
        folder: PathBuf,
        /// Cargo's output.
        source: CargoSays,
    },
    /// `cargo metadata` wrote something that is not its documented form.
    #[error("the output of `cargo metadata` is not of its documented form")]
    MetadataForm {
        /// The reason.
        source: serde_json::Error,
    },
    /// The workspace marks no package as an app.
    #[error("the workspace `{}` has no app", root.display())]
    NoApp {
        /// The workspace's folder.
        root: PathBuf,
    },
    /// There is no app with this name.
    #[error("the workspace has no app `{name}`")]
    UnknownApp {
        /// The name that was given.
        name: String,
        /// The apps that there are.
        known: Vec<String>,
        /// True if a package has the name, but is not marked as an app.
        is_package: bool,
    },
    /// `default-app` names no app.
    #[error("`default-app` in `{}` is `{name}`, which is not an app", manifest.display())]
    UnknownDefaultApp {
        /// The workspace's manifest.
        manifest: PathBuf,
        /// The name that it gives.
        name: String,
        /// The apps that there are.
        known: Vec<String>,
    },
    /// A command that takes one app was given none, and there are several.
    #[error("the workspace has {} apps, and this command takes one", known.len())]
    SeveralApps {
        /// The apps that there are.
        known: Vec<String>,
    },
    /// The app's package has no binary of its own name.
    #[error("the app `{app}` has no binary `{app}`")]
    NoBinary {
        /// The app.
        app: String,
        /// Its manifest.
        manifest: PathBuf,
        /// The binaries that it has.
        binaries: Vec<String>,
    },
    /// `cargo build` failed. Cargo has said why, on standard error.
    #[error("{} did not compile", names(apps))]
    Build {
        /// The packages that were to be built.
        apps: Vec<String>,
    },
    /// `cargo build` succeeded, and named no executable for the app.
    #[error("cargo built `{app}` and named no executable")]
    NoExecutable {
        /// The app.
        app: String,
    },
    /// The app's program ended without saying what is wrong: it panicked, or was killed.
    #[error("the app `{app}` crashed: {}", ended(*status))]
    Crashed {
        /// The app.
        app: String,
        /// The status with which it ended.
        status: ExitStatus,
        /// The end of what it printed, which nobody has shown yet.
        printed: String,
    },
    /// The app's program did not end.
    #[error("the app `{app}` did not end within {} s", limit.as_secs())]
    Endless {
        /// The app.
        app: String,
        /// The time that it had.
        limit: Duration,
        /// The end of what it printed, which nobody has shown yet.
        printed: String,
    },
    /// The app's program printed more than can be its output.
    #[error("the app `{app}` printed more than {} MiB", most >> 20)]
    Flood {
        /// The app.
        app: String,
        /// The most bytes that it may print.
        most: usize,
        /// The end of what it printed, which nobody has shown yet.
        printed: String,
    },
    /// The app's program ended well, and its report is missing.
    #[error("the app `{app}` reported nothing")]
    NoReport {
        /// The app.
        app: String,
        /// The last line that it printed, if any.
        last_line: Option<String>,
    },
    /// The app is right, and its assembly could not be written.
    #[error("the assembly of `{app}` could not be written")]
    NotWritten {
        /// The app.
        app: String,
        /// The folder.
        out: PathBuf,
        /// The problems that the program reported.
        problems: Vec<Problem>,
    },
    /// The assembly that the app wrote cannot be read.
    #[error("the assembly that `{app}` wrote cannot be read")]
    Read {
        /// The app.
        app: String,
        /// The fault in it.
        source: ReadError,
    },
    /// A program could not be started, or its output could not be read.
    #[error("cannot run `{}`", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The lock file cannot be read.
    #[error("cannot read `{}`", path.display())]
    LockNotRead {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The lock file cannot be written.
    #[error("cannot write `{}`", path.display())]
    LockNotWritten {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is not a lock file.
    #[error("`{}` is not a file of look-ups: {reason}", path.display())]
    LockForm {
        /// The file.
        path: PathBuf,
        /// The reason why it is wrong.
        reason: String,
    },
    /// A lock file that another version wrote.
    #[error("`{}` is of version {version}, and this program reads {known}", path.display())]
    LockVersion {
        /// The file.
        path: PathBuf,
        /// The version of its form.
        version: u64,
        /// The version that this program knows.
        known: u64,
    },
    /// A name that no environment can have.
    #[error("`--env {name}`: {reason}")]
    EnvironmentName {
        /// The name.
        name: String,
        /// The reason.
        reason: String,
    },
    /// The workspace has no file of environments.
    #[error("`{}` has no `formwork.toml`, and so no environment `{environment}`", root.display())]
    NoSettings {
        /// The workspace's folder.
        root: PathBuf,
        /// The environment that was asked for.
        environment: String,
    },
    /// The file of environments cannot be read.
    #[error("cannot read `{}`", path.display())]
    SettingsFile {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file of environments has mistakes.
    #[error("`{}` has {}", path.display(), counted(problems))]
    Settings {
        /// The file.
        path: PathBuf,
        /// Each mistake.
        problems: Vec<Problem>,
    },
    /// Tables of manifests that are formwork's have mistakes.
    #[error("the manifests of `{}` have {}", root.display(), counted(problems))]
    Manifests {
        /// The workspace's folder.
        root: PathBuf,
        /// Each mistake.
        problems: Vec<Problem>,
    },
    /// There is no environment of this name.
    #[error("`{}` has no environment `{name}`", path.display())]
    UnknownEnvironment {
        /// The name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The environments and patterns that there are.
        known: Vec<String>,
    },
    /// A name matches several patterns.
    #[error("`--env {name}` matches {}", formwork_assembly::joined(patterns))]
    SeveralEnvironments {
        /// The name.
        name: String,
        /// The patterns, each with its place.
        patterns: Vec<String>,
    },
    /// The current folder cannot be determined.
    #[error("cannot determine the current folder")]
    CurrentFolder {
        /// The system's reason.
        source: io::Error,
    },
}

/// Cargo's text on standard error, without its own `error:`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CargoSays(pub(crate) String);

impl Error {
    /// A hint on what to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoWorkspace { .. } => Some("go to the folder of your workspace; `cargo formwork new` makes one".into()),
            Error::Metadata { source: CargoSays(said), .. }
                if said.contains("for dependency `formwork") || said.contains("inheriting `formwork") =>
            {
                Some("`cargo formwork init --update` writes anew where the workspace's formwork is".into())
            }
            Error::NoApp { .. } => {
                Some("mark a package as an app by the table `[package.metadata.formwork]` in its `Cargo.toml`; `cargo formwork init` adds one".into())
            }
            Error::UnknownApp { name, is_package: true, .. } => Some(format!(
                "`{name}` is a package: mark it as an app by the table `[package.metadata.formwork]` in its `Cargo.toml`"
            )),
            Error::UnknownApp { name, known, .. } | Error::UnknownDefaultApp { name, known, .. } => {
                Some(match did_you_mean(name, known.iter().map(String::as_str)) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("it has {}", names(known)),
                })
            }
            Error::SeveralApps { known } => Some(format!(
                "pick one with `--app`: {}; or set `default-app` in `[workspace.metadata.formwork]` of the workspace's `Cargo.toml`",
                names(known)
            )),
            Error::NoBinary { app, binaries, .. } if binaries.is_empty() => Some(format!(
                "add a `src/main.rs`: `fn main() -> ExitCode {{ formwork::main({}::app) }}`",
                app.replace('-', "_")
            )),
            Error::NoBinary { app, binaries, .. } => {
                Some(format!("its binaries are {}: give one the package's name, `{app}`", names(binaries)))
            }
            Error::Crashed { status, .. } => Some(match status.code() {
                Some(101) => "a stack program should report problems, not panic: see what it wrote above".into(),
                Some(_) => "`formwork::main` ends a stack program with 0 to 3: look for a `std::process::exit` in it, or in \
                            what it calls"
                    .into(),
                None => "the system ended it: look for a recursion without an end, or for what takes all memory".into(),
            }),
            Error::Flood { .. } => Some(
                "a stack program prints its report, and what was left in it for debugging: look for a loop that prints".into(),
            ),
            Error::Endless { .. } => Some(
                "a stack program asks nobody and ends within moments: look for a loop that does not end; `time-limit`, in \
                 seconds, in `[package.metadata.formwork]` gives it more time"
                    .into(),
            ),
            Error::NoReport { app, .. } => Some(format!(
                "its `main` has to be `formwork::main({}::app)`, which prints the last line: look for a `std::process::exit` in \
                 the app, or in what it calls, which ends it before, and for what is printed afterwards",
                app.replace('-', "_")
            )),
            Error::EnvironmentName { .. } => Some("letters, digits and hyphens are allowed".into()),
            Error::NoSettings { environment, .. } => Some(format!(
                "write one: `[environment.{environment}]`, with `account`, `regions` and `context` below it"
            )),
            Error::UnknownEnvironment { name, known, .. } => {
                let names_alone = known.iter().map(String::as_str).filter(|known| !known.contains('*'));
                Some(match did_you_mean(name, names_alone) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("it has {}", names(known)),
                })
            }
            Error::SeveralEnvironments { name, .. } => {
                Some(format!("give `{name}` a table of its own, or make one of the patterns narrower"))
            }
            Error::LockForm { .. } => Some(
                "`cargo formwork lookup` writes it anew once it is deleted; after a merge, take either side and run that".into(),
            ),
            Error::LockVersion { .. } => Some(
                "a newer formwork wrote it: install that one, and keep the file, which has the answers that were committed"
                    .into(),
            ),
            Error::LockNotRead { .. } => {
                Some("it should be a file of look-ups: move it away, and `cargo formwork lookup` writes a new one".into())
            }
            Error::LockNotWritten { .. } => {
                Some("what is looked up is kept there: make the place writable, or move away what is there".into())
            }
            _ => None,
        }
    }

    /// Mistakes in files, each with its line.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Error::Manifests { problems, .. } | Error::Settings { problems, .. } => problems,
            _ => &[],
        }
    }

    /// The end of what the app's program printed before it came to a wrong end.
    pub fn printed(&self) -> &str {
        match self {
            Error::Crashed { printed, .. } | Error::Endless { printed, .. } | Error::Flood { printed, .. } => printed,
            _ => "",
        }
    }

    /// True if the fault lies with what the user wrote or gave, rather than with the machine.
    pub fn is_input(&self) -> bool {
        !matches!(
            self,
            Error::MetadataForm { .. }
                | Error::NoExecutable { .. }
                | Error::Read { .. }
                | Error::Run { .. }
                | Error::CurrentFolder { .. }
        )
    }
}

fn counted(problems: &[Problem]) -> String {
    match problems {
        [_] => "an error".to_owned(),
        several => format!("{} errors", several.len()),
    }
}

/// `` `a`, `b` and `c` ``
pub(crate) fn names(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { joined_names(names) }
}

fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    match status.code() {
        Some(101) => "it panicked (exit code 101)".into(),
        Some(code) => format!("exit code {code}"),
        None => "it was ended from outside".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn lists_of_names() {
        let list = |given: &[&str]| names(&given.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(list(&[]), "none");
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b"]), "`a` and `b`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
