//! The list of commands: what each is for, and which binary does it.

use std::ffi::OsString;
use std::fmt::Write as _;

use formwork_workspace::did_you_mean;

use crate::forward::Features;

/// The program that does the work of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// The binary `cargo-formwork`.
    Formwork(Features),
    /// The binary `formwork-codegen`.
    Codegen,
    /// The binary `xtask-dist`.
    Dist,
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
    command("new", "make a workspace of one's own", Runner::Formwork(Features::Default)),
    command("init", "add stacks to a workspace that exists", Runner::Formwork(Features::Default)),
    command("list", "apps, stacks, regions, dependencies", Runner::Formwork(Features::None)),
    command("synth", "write the CloudFormation templates", Runner::Formwork(Features::None)),
    command("validate", "find what CloudFormation would refuse", Runner::Formwork(Features::Default)),
    command("graph", "what needs what, as Mermaid or DOT", Runner::Formwork(Features::Default)),
    command("diff", "what would change, property by property", Runner::Formwork(Features::Default)),
    command("deploy", "preview, approve, change stacks, follow progress", Runner::Formwork(Features::Default)),
    command("lookup", "ask AWS for what the apps look up", Runner::Formwork(Features::Default)),
    command("outputs", "the outputs of deployed stacks", Runner::Formwork(Features::Default)),
    command("switch", "pass a site's requests to its other backend", Runner::Formwork(Features::Default)),
    command("files", "write the files that stacks ship", Runner::Formwork(Features::None)),
    command("status", "the state of deployed stacks, and what to do about it", Runner::Formwork(Features::Default)),
    command("events", "what the last operation of a stack did, and what it does", Runner::Formwork(Features::Default)),
    command("rollback", "undo what a failed operation did that was not undone", Runner::Formwork(Features::Default)),
    command("continue", "continue the rollback of a failed update", Runner::Formwork(Features::Default)),
    command("destroy", "delete stacks, consumers first", Runner::Formwork(Features::Default)),
    command("gc", "remove what runs left at AWS", Runner::Formwork(Features::Default)),
    command("verify", "does a deployed site answer as it is meant to", Runner::Formwork(Features::Default)),
    command("doctor", "what stands in the way of a deploy", Runner::Formwork(Features::Default)),
    command("cost", "the site beside the load balancer, in USD a month", Runner::Formwork(Features::None)),
    command("generate", "Rust types of a crate's own resource schemas", Runner::Formwork(Features::Default)),
    command("import-template", "a template or deployed stack as Rust", Runner::Formwork(Features::Default)),
    command("local", "serve the embedded engine to any client", Runner::Formwork(Features::Default)),
    command("schema", "the JSON Schema of what goes in and comes out", Runner::Formwork(Features::Default)),
    command("completions", "the completions of a shell", Runner::Formwork(Features::Default)),
    command("man", "write the manual pages", Runner::Formwork(Features::Default)),
];

/// The commands for people who work on formwork.
const PROJECT: &[Command] = &[
    command("test", "install what the tests need, build, run them all", Runner::Test),
    command("tidy", "everything else that must hold in this repository", Runner::Tidy),
    command("bench", "measure what the project promises to reach", Runner::Bench),
    command("dist", "build the archive that people install", Runner::Dist),
    command("codegen", "generate the Rust of the resource types (--check: compare)", Runner::Codegen),
    command("schemas", "update the snapshot of the registry schemas", Runner::Codegen),
];

fn all() -> impl Iterator<Item = &'static Command> {
    STACKS.iter().chain(PROJECT)
}

pub(crate) fn find(name: &str) -> Option<&'static Command> {
    all().find(|command| command.name == name)
}

/// The build of `cargo-formwork` for a command with these arguments: what is shipped is read by the whole one.
pub(crate) fn features(usual: Features, arguments: &[OsString]) -> Features {
    let ships = |argument: &OsString| argument.to_str().is_some_and(|text| text.starts_with("--with-assets"));
    if arguments.iter().any(ships) { Features::Default } else { usual }
}

pub(crate) fn help() -> String {
    let width = all().map(|command| command.name.len()).max().unwrap_or_default();
    let mut text = String::from("Usage: cargo xtask <command> [arguments]\n");
    for (title, commands) in [("Stacks", STACKS), ("This project", PROJECT)] {
        let _ = write!(text, "\n{title}:\n");
        for command in commands {
            let _ = writeln!(text, "  {:<width$}  {}", command.name, command.about);
        }
    }
    text.push_str("\n`cargo xtask <command> --help` says more about a command.\n");
    text
}

/// The message about a command that does not exist.
pub(crate) fn unknown(name: &str) -> String {
    let what = if name.starts_with('-') { "option" } else { "command" };
    let mut text = format!("error: there is no {what} `{name}`\n");
    if name.starts_with('-') {
        text.push_str("hint: the command comes first, its options after it\n");
    } else if let Some(near) = did_you_mean(name, all().map(|command| command.name)) {
        let _ = writeln!(text, "hint: did you mean `{near}`?");
    }
    text.push('\n');
    text + &help()
}

#[cfg(test)]
mod tests {
    use super::{find, unknown};

    #[test]
    fn a_misspelt_command_is_recognised() {
        assert!(
            unknown("sytnh").starts_with("error: there is no command `sytnh`\nhint: did you mean `synth`?\n\nUsage")
        );
        assert!(unknown("teleport").starts_with("error: there is no command `teleport`\n\nUsage"));
        assert!(unknown("--app").starts_with("error: there is no option `--app`\nhint: the command comes first"));
        assert!(find("synth").is_some());
    }
}
