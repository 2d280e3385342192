//! The program `cargo-formwork`, which cargo runs for `cargo formwork`.

use std::process::ExitCode;

fn main() -> ExitCode {
    formwork_cli::main()
}
