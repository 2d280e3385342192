//! Writes the cloud assembly of habitpay.
use std::process::ExitCode;

fn main() -> ExitCode {
    formwork::main(habitpay::app)
}
