//! `moto`, a store of objects that nobody here wrote.

use std::process::Command;

use crate::foreign::Foreign;
use crate::paths;

/// A running server; it ends with the value.
#[derive(Debug)]
pub struct Moto(Foreign);

impl Moto {
    /// The account of everything in it.
    pub const ACCOUNT: &'static str = "123456789012";

    /// Starts a server and waits until it answers.
    #[track_caller]
    pub fn start() -> Self {
        let command = |port: u16| {
            let mut command = Command::new(paths::python_program("moto_server"));
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
            command
        };
        Moto(Foreign::start(command, "/moto-api/"))
    }

    /// The value for `--endpoint-url`.
    pub fn url(&self) -> String {
        self.0.url()
    }
}
