//! The list of commands: what each is for, and which binary does it.

use std::fmt::Write as _;

use crate::forward::Features;

/// What does the work of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// The binary `cargo-formwork`.
    Formwork(Features),
    /// The binary `formwork-codegen`.
    Codegen,
    /// [`crate::test`]
    Test,
    /// [`crate::tidy`]
    Tidy,
    /// [`crate::bench`]
    Bench,
}

/// A command of `cargo xtask`.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    about: &'static str,
    pub(crate) runner: Runner,
}

const fn command(name: &'static str, about: &'static str, runner: Runner) -> Command {
    Command { name, about, runner }
}

/// The commands for stacks, which people also have as `cargo formwork …`.
const STACKS: &[Command] = &[
    command("list", "apps, stacks, regions, dependencies", Runner::Formwork(Features::None)),
    command("synth", "write the CloudFormation templates", Runner::Formwork(Features::None)),
    command("schema", "the JSON Schema of what goes in and comes out", Runner::Formwork(Features::Default)),
    command("diff", "what would change, property by property", Runner::Formwork(Features::Default)),
    command("deploy", "preview, approve, change stacks, follow progress", Runner::Formwork(Features::Default)),
    command("destroy", "delete stacks, consumers first", Runner::Formwork(Features::Default)),
    command("outputs", "the outputs of deployed stacks", Runner::Formwork(Features::Default)),
];

/// The commands for people who work on formwork.
const PROJECT: &[Command] = &[
    command("test", "install what the tests need, build, run them all", Runner::Test),
    command("tidy", "everything else that must hold in this repository", Runner::Tidy),
    command("bench", "measure what the project promises to reach", Runner::Bench),
    command("codegen", "generate the Rust of the resource types (--check: compare)", Runner::Codegen),
    command("schemas", "update the snapshot of the registry schemas", Runner::Codegen),
];

fn all() -> impl Iterator<Item = &'static Command> {
    STACKS.iter().chain(PROJECT)
}

pub(crate) fn find(name: &str) -> Option<&'static Command> {
    all().find(|command| command.name == name)
}

pub(crate) fn help() -> String {
    let mut text = String::from("Usage: cargo xtask <command> [arguments]\n");
    for (title, commands) in [("Stacks", STACKS), ("This project", PROJECT)] {
        let _ = write!(text, "\n{title}:\n");
        for command in commands {
            let _ = writeln!(text, "  {:<9} {}", command.name, command.about);
        }
    }
    text.push_str("\n`cargo xtask <command> --help` says more about a command.\n");
    text
}

/// What to say about a command that does not exist.
pub(crate) fn unknown(name: &str) -> String {
    let what = if name.starts_with('-') { "option" } else { "command" };
    let mut text = format!("error: there is no {what} `{name}`\n");
    let near = all().map(|command| (distance(name, command.name), command.name)).min();
    match near {
        _ if name.starts_with('-') => text.push_str("hint: the command comes first, its options after it\n"),
        Some((distance, near)) if distance <= 2 => {
            let _ = writeln!(text, "hint: did you mean `{near}`?");
        }
        _ => {}
    }
    text.push('\n');
    text + &help()
}

/// How many letters must be put in, taken out or exchanged to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, find, unknown};

    #[test]
    fn a_misspelt_command_is_recognised() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("sytnh", "synth"), 2);
        assert_eq!(distance("deplo", "deploy"), 1);
        assert_eq!(distance("deploy", "deploy"), 0);
        assert!(
            unknown("sytnh").starts_with("error: there is no command `sytnh`\nhint: did you mean `synth`?\n\nUsage")
        );
        assert!(unknown("teleport").starts_with("error: there is no command `teleport`\n\nUsage"));
        assert!(unknown("--app").starts_with("error: there is no option `--app`\nhint: the command comes first"));
        assert!(find("synth").is_some());
    }
}
