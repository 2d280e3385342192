//! Writes the cloud assembly of habitpay, made by the pattern.
use std::process::ExitCode;

fn main() -> ExitCode {
    formwork::main(habitpay_pattern::app)
}
