//! `cargo xtask …`: everything that is done in this repository.
//!
//! This program stays small, because each first run compiles it. What is heavy lives in other binaries, which [`forward`]
//! builds and becomes: the commands for stacks are `cargo-formwork`, the generator is `formwork-codegen`. Its own are
//! [`mod@test`], [`tidy`] and [`mod@bench`]; [`commands`] is the list of all.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod bench;
mod commands;
mod forward;
mod tidy;
mod workspace;

mod test;
mod tools;

use std::process::ExitCode;

use anyhow::Result;

use crate::commands::Runner;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[std::ffi::OsString]) -> Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        eprint!("{}", commands::help());
        return Ok(ExitCode::from(1));
    };
    let name = name.to_string_lossy();
    if matches!(name.as_ref(), "-h" | "--help" | "help") {
        print!("{}", commands::help());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(command) = commands::find(&name) else {
        eprint!("{}", commands::unknown(&name));
        return Ok(ExitCode::from(1));
    };
    match command.runner {
        Runner::Formwork(features) => forward::to_formwork(commands::features(features, rest), arguments),
        Runner::Dist => forward::to_dist(rest),
        Runner::Codegen => forward::to_codegen(arguments),
        Runner::Test => test::run(rest),
        Runner::Tidy => tidy::run(rest),
        Runner::Bench => bench::run(rest),
    }
}
