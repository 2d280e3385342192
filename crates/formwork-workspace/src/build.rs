//! Building apps: cargo does it, and says on the user's terminal what does not compile.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::metadata::cargo;
use crate::{App, Error, Workspace};

/// Options of building apps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// With optimizations. Synth is fast enough without, save for thousands of resources.
    pub release: bool,
    /// Say nothing but what does not compile.
    pub quiet: bool,
    /// True if cargo colours what it says; `None`: as cargo sees fit.
    pub color: Option<bool>,
}

impl Workspace {
    /// Builds `apps` in one go, and tells the executable of each.
    ///
    /// Cargo writes to this process's standard error: its progress, and why something does not compile. `slow` is called once if that takes long: a first
    /// build does, and so does waiting for another cargo.
    ///
    /// # Errors
    ///
    /// When an app has no binary of its own name, or does not compile.
    pub fn build(&self, apps: &[&App], options: BuildOptions, slow: &dyn Fn()) -> Result<Vec<PathBuf>, Error> {
        let mut arguments = Vec::new();
        for app in apps {
            if !app.binaries.contains(&app.name) {
                return Err(Error::NoBinary {
                    app: app.name.clone(),
                    manifest: app.manifest.clone(),
                    binaries: app.binaries.clone(),
                });
            }
            // By its id: a dependency may have the same name.
            let package = self.package_id(&app.name).unwrap_or(&app.name);
            arguments.extend(["--package", package, "--bin", &app.name]);
        }
        let Some(messages) = run_build(self, &arguments, options, slow)? else {
            return Err(Error::Build { apps: apps.iter().map(|app| app.name.clone()).collect() });
        };
        apps.iter()
            .map(|app| {
                executable(&messages, self.package_id(&app.name), &app.name)
                    .ok_or_else(|| Error::NoExecutable { app: app.name.clone() })
            })
            .collect()
    }
}

/// Runs `cargo build` with `arguments` in the workspace; its messages, or `None` when something did not compile.
///
/// `json-render-diagnostics` has cargo tell us the executables as JSON, and the user what is wrong as text.
pub(crate) fn run_build(
    workspace: &Workspace,
    arguments: &[&str],
    options: BuildOptions,
    slow: &dyn Fn(),
) -> Result<Option<String>, Error> {
    let cargo = cargo();
    let mut command = Command::new(&cargo);
    command.args(["build", "--message-format=json-render-diagnostics"]).args(arguments);
    if options.release {
        command.arg("--release");
    }
    if options.quiet {
        command.arg("--quiet");
    }
    match options.color {
        Some(true) => command.args(["--color", "always"]),
        Some(false) => command.args(["--color", "never"]),
        None => &mut command,
    };
    let failed = |source| Error::Run { program: cargo.clone().into(), source };
    let command = command.current_dir(&workspace.root).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::inherit()).spawn().map_err(failed)?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut messages = Vec::new();
        let read = stdout.map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut messages));
        let _ = sender.send(read.map(|_| messages));
    });
    let messages = receiver.recv_timeout(SLOW).or_else(|_| {
        slow();
        receiver.recv()
    });
    let status = child.wait().map_err(failed)?;
    let messages = messages.unwrap_or_else(|_| Ok(Vec::new())).map_err(failed)?;
    Ok(status.success().then(|| String::from_utf8_lossy(&messages).into_owned()))
}

/// The time after which somebody asks what is going on.
pub(crate) const SLOW: Duration = Duration::from_secs(5);

/// The executable of a binary, from cargo's messages, of which each is a line of JSON.
pub(crate) fn executable(messages: &str, package_id: Option<&str>, binary: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["package_id"].as_str() == package_id && message["target"]["name"] == binary)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::executable;

    #[test]
    fn executables_are_found_by_package_and_binary() {
        // The library and the binary of a package have the same name here; only the binary is executable.
        let messages = r#"
{"reason":"compiler-artifact","package_id":"path+file:///w/a#0.1.0","target":{"kind":["lib"],"name":"a"},"executable":null}
{"reason":"compiler-artifact","package_id":"path+file:///w/b#a@0.1.0","target":{"kind":["bin"],"name":"a"},"executable":"/w/target/debug/other"}
{"reason":"compiler-artifact","package_id":"path+file:///w/a#0.1.0","target":{"kind":["bin"],"name":"a"},"executable":"/w/target/debug/a"}
not JSON, from a build script
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(messages, Some("path+file:///w/a#0.1.0"), "a"), Some("/w/target/debug/a".into()));
        assert_eq!(executable(messages, Some("path+file:///w/a#0.1.0"), "b"), None);
    }
}
