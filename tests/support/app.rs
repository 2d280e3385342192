//! A workspace of one app whose source a test writes: for what habitpay does not have.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Program, paths, tempdir};

/// A workspace of one app, in a folder that goes away with it.
#[derive(Debug)]
pub struct OwnApp {
    folder: TempDir,
    name: String,
}

impl OwnApp {
    /// An app of this name, with this `src/lib.rs`.
    #[track_caller]
    pub fn new(name: &str, source: &str) -> OwnApp {
        let app = OwnApp { folder: tempdir(), name: name.to_owned() };
        let formwork = paths::root().join("crates/formwork");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[workspace]\n\n\
             [dependencies]\nformwork = {{ path = {formwork:?} }}\n"
        );
        app.write("Cargo.toml", &manifest);
        fs::copy(paths::root().join("Cargo.lock"), app.path().join("Cargo.lock")).expect("a file can be copied");
        let library = name.replace('-', "_");
        let main = format!("fn main() -> std::process::ExitCode {{\n    formwork::main({library}::app)\n}}\n");
        app.write("src/main.rs", &main);
        app.write("src/lib.rs", source);
        app
    }

    /// The folder of the workspace.
    pub fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("a folder that was made is there")
    }

    /// Writes a file of it.
    #[track_caller]
    pub fn write(&self, file: &str, text: &str) {
        let file = self.path().join(file);
        fs::create_dir_all(file.parent().unwrap_or(Path::new("/"))).expect("a folder can be made");
        fs::write(file, text).expect("a file can be written");
    }

    /// A command in it. What it is built from is kept for the next test; what it does is below its own folder.
    pub fn formwork(&self, arguments: &[&str]) -> Program {
        let target = paths::target_directory().join("tests").join(format!("app-{}", self.name));
        let program = Program::formwork().args(arguments).current_dir(&self.path());
        let program = program.env("CARGO_TARGET_DIR", &target).env("CARGO_NET_OFFLINE", "true");
        program.call(self.path().display(), "[WORKSPACE]")
    }

    /// A command on the embedded engine, whose state is below its own folder.
    pub fn local(&self, arguments: &[&str]) -> Program {
        let state = self.path().join("state");
        self.formwork(arguments).args(["--local", "--local-state"]).arg(state)
    }
}
