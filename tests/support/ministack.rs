//! `ministack`, a CloudFormation server that nobody here wrote, with the services behind the stacks.
//!
//! Each test that deploys has a server of its own. It checks capabilities only with `AUTH=true`.

use std::process::Command;

use crate::foreign::Foreign;
use crate::paths;

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Ministack(Foreign);

impl Ministack {
    /// Starts a server and waits until it answers.
    #[track_caller]
    pub fn start() -> Self {
        let command = |port: u16| {
            let mut command = Command::new(paths::python_program("ministack"));
            command.env("AUTH", "true").env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
            command
        };
        Ministack(Foreign::start(command, "/_ministack/health"))
    }

    /// The value for `--endpoint-url`.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Forgets everything that was made.
    pub fn reset(&self) {
        let answer = self.0.request("POST", "/_ministack/reset").unwrap_or_default();
        assert!(answer.starts_with("HTTP/1.1 200"), "ministack cannot be reset: {answer}");
    }

    /// The output of the server.
    pub fn log(&self) -> String {
        self.0.log()
    }
}
