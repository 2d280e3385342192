//! The embedded engine, served as a user would serve it: `cargo formwork local --port 0 --state …`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Program, paths, tempdir};

/// A running engine with a state of its own; both end with the value.
#[derive(Debug)]
pub struct Engine {
    server: Child,
    url: String,
    folder: TempDir,
}

impl Engine {
    /// Starts an engine that does everything at once.
    #[track_caller]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts one on which things go wrong on purpose: the content of a file of faults.
    #[track_caller]
    pub fn with_faults(faults: &Value) -> Self {
        let file = tempdir();
        let path = file.path().join("faults.json");
        std::fs::write(&path, faults.to_string()).expect("a file can be made in a new folder");
        Self::with(&["--faults", &path.display().to_string()])
    }

    /// Starts one with more arguments.
    #[track_caller]
    pub fn with(arguments: &[&str]) -> Self {
        let folder = tempdir();
        let (server, url) = serve(Command::new(paths::cargo_formwork()), &folder.path().join("state"), arguments);
        Engine { server, url, folder }
    }

    /// Starts one that can write no file longer than so many blocks of 512 bytes.
    #[cfg(unix)]
    #[track_caller]
    pub fn with_files_up_to(blocks: u32) -> Self {
        let folder = tempdir();
        // Without the trap, the signal would end it.
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited]).arg(paths::cargo_formwork());
        let (server, url) = serve(command, &folder.path().join("state"), &[]);
        Engine { server, url, folder }
    }

    /// Ends it as if the machine had lost its power, and starts another one on its state.
    #[track_caller]
    pub fn kill_and_start_again(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        (self.server, self.url) = serve(Command::new(paths::cargo_formwork()), &self.state(), &[]);
    }

    /// The value for `--endpoint-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the address ends with a port")
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// The folder of its state.
    pub fn state(&self) -> std::path::PathBuf {
        self.folder.path().join("state")
    }

    /// A program that calls it in place of AWS.
    pub fn client(&self, program: Program) -> Program {
        // The AWS CLI reads the second name of the region, the CDK's the first.
        crate::python::with_credentials(program)
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
    }
}

#[track_caller]
fn serve(mut command: Command, state: &Path, arguments: &[&str]) -> (Child, String) {
    let mut server = command
        .args(["local", "--port", "0", "--state"])
        .arg(state)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo-formwork is a program");
    let mut line = String::new();
    let mut stdout = BufReader::new(server.stdout.take().expect("its output is piped"));
    stdout.read_line(&mut line).expect("its output can be read");
    let Some(url) = line.trim_end().strip_prefix("listening on ").map(str::to_owned) else {
        let mut said = String::new();
        let _ = server.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
        panic!("the engine does not start: {line}{said}");
    };
    (server, url)
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
