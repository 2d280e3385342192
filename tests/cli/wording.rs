//! Help texts: the reference that everyone has at hand.

use insta::assert_snapshot;
use support::Program;

use crate::run;

#[test]
fn help() {
    assert_snapshot!(run(&["--help"]));
}

#[test]
fn help_of_each_command() {
    for command in ["list", "synth", "diff", "deploy", "destroy", "outputs", "schema"] {
        assert_snapshot!(format!("help_of_{command}"), run(&[command, "--help"]));
    }
}

/// In this repository people type `cargo xtask`, and read it.
#[test]
fn help_names_what_was_typed() {
    let run = Program::formwork().env("FORMWORK_CALLED_AS", "cargo xtask").args(["list", "--help"]).run();
    assert_snapshot!(run.snapshot());
}

/// Cargo passes the subcommand's name as the first argument: `cargo-formwork formwork list`.
#[test]
fn as_a_subcommand_of_cargo() {
    let (direct, by_cargo) = (run(&["--help"]), run(&["formwork", "--help"]));
    assert_eq!(direct, by_cargo);
}

#[test]
fn version() {
    assert_snapshot!(run(&["--version"]));
}
