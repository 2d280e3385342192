//! Writes the cloud assembly of my-app.
use std::process::ExitCode;

fn main() -> ExitCode {
    formwork::main(my_app::app)
}
