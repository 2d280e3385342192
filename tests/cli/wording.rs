//! Help texts: the reference that everyone has at hand.

use insta::assert_snapshot;
use support::{Program, paths};

use crate::run;

#[test]
fn help() {
    assert_snapshot!(run(&["--help"]));
}

#[test]
fn help_of_each_command() {
    for command in commands(&Program::formwork().arg("--help").run().stdout, "Commands:") {
        assert_snapshot!(format!("help_of_{command}"), run(&[&command, "--help"]));
    }
}

/// The most lines of the help of `-h`, at its full width: those of a window on a desk, of which a shell keeps two. A terminal of 80×24
/// shows less.
const BRIEF: usize = 48;

#[test]
fn brief_help_is_brief() {
    let lines = |text: &str| text.lines().count();
    let help = Program::formwork().arg("--help").run().stdout;
    assert!(lines(&help) <= BRIEF, "{help}");
    for command in commands(&help, "Commands:") {
        let brief = Program::formwork().args([&*command, "-h"]).run().stdout;
        assert!(lines(&brief) <= BRIEF, "{brief}");
        assert!(!brief.contains("--color"), "{brief}");
    }
    assert_snapshot!(run(&["synth", "-h"]));
}

/// The text of `cargo xtask --help` has every command, in one order.
#[test]
fn xtask_has_every_command() {
    let own = commands(&Program::formwork().arg("--help").run().stdout, "Commands:");
    let xtask = Program::new(paths::xtask()).arg("--help").run();
    assert_eq!(commands(&xtask.stdout, "Stacks:"), own);
}

/// The first words of the lines below `title`.
fn commands(help: &str, title: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != title).skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<String> = lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(!commands.is_empty(), "there is nothing below {title:?} in:\n{help}");
    commands
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
