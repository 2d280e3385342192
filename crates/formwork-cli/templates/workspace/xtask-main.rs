//! `cargo xtask COMMAND` runs the installed `cargo formwork COMMAND`. Commands of your own go before it.
use std::ffi::OsString;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // if arguments.first().is_some_and(|first| first == "build-site") {
    //     return build_site();
    // }
    formwork(&arguments)
}

fn formwork(arguments: &[OsString]) -> ExitCode {
    // By the variable, help texts and hints name what was typed.
    let status = Command::new("cargo")
        .arg("formwork")
        .args(arguments)
        .env("FORMWORK_CALLED_AS", "cargo xtask")
        .status();
    match status {
        Ok(status) => ExitCode::from(
            status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(2),
        ),
        Err(error) => {
            eprintln!("error: cannot run `cargo formwork`: {error}");
            ExitCode::from(2)
        }
    }
}
