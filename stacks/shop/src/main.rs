//! Writes the cloud assembly of shop.
use std::process::ExitCode;

fn main() -> ExitCode {
    formwork::main(shop::app)
}
