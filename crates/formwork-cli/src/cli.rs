//! The whole of what can be typed: the options of every command, and the commands.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use crate::args::OutputOptions;
use crate::commands::Command;
use crate::error::CliError;
use crate::typed::{CALLED_AS_USUAL, Typed};
use crate::usage;

const ABOUT: &str = "CloudFormation in Rust: previews and deploys the stacks of a workspace";

const MORE: &str = "\
`cargo formwork COMMAND -h` shows a command's own options; `--help` all of them, and examples.

Exit codes: 0 done; 1 what was typed or written is wrong, or was refused; 2 credentials, the network, \
the service or this machine failed; 3 `--fail-on` or a check found something.";

/// The most columns of a help text; on a narrower terminal it has that one's.
const WIDEST: usize = 100;

#[derive(Debug, Parser)]
#[command(
    name = "cargo-formwork",
    about = ABOUT,
    version,
    disable_help_subcommand = true,
    after_help = MORE,
    max_term_width = WIDEST
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Request of the arguments: a command, or a text to print.
#[derive(Debug)]
pub(crate) enum Parsed {
    Cli(Box<Cli>, Typed),
    /// A help text or the version.
    Help(String),
}

/// Parses the arguments that follow the program's name.
///
/// # Errors
///
/// When they are not as the help says.
pub(crate) fn parse(arguments: &[OsString], called_as: &str) -> Result<Parsed, CliError> {
    let asked = help(arguments);
    let arguments = asked.as_deref().unwrap_or(arguments);
    let mut command = Cli::command().bin_name(called_as);
    if called_as != CALLED_AS_USUAL {
        command = rewrite(command, called_as).mut_subcommands(|command| rewrite(command, called_as));
    }
    if arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "-h") {
        command = command.mut_subcommands(|command| brief(command, called_as));
        // Options of the output are the program's, which hands them on to its commands.
        if arguments.first().is_some_and(|first| first != "-h") {
            command = command.mut_args(|argument| argument.hide(true));
        }
    }
    command = command.mut_subcommands(with_negative_numbers);
    let given = std::iter::once(OsString::from(called_as)).chain(arguments.iter().cloned());
    let matches = command.try_get_matches_from_mut(given);
    let parsed =
        matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, Typed::new(called_as, &matches, &command))));
    match parsed {
        Ok((cli, typed)) => Ok(Parsed::Cli(Box::new(cli), typed)),
        Err(error) if !error.use_stderr() => Ok(Parsed::Help(error.render().to_string())),
        Err(error) => Err(usage::explain(&error, arguments, called_as, &command)),
    }
}

/// `help` and `help COMMAND`, as people type them for other programs: the arguments that are meant.
fn help(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let (first, rest) = arguments.split_first()?;
    (first == "help").then(|| rest.iter().cloned().chain([OsString::from("--help")]).collect())
}

/// `--timeout -1` is a wrong number, and not an option `-1` that nobody has.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let takes_value = argument.get_action().takes_values() && !argument.is_positional();
        argument.allow_negative_numbers(takes_value)
    })
}

/// Headings of options that many commands share.
const SHARED: [&str; 5] = ["App", "Assets", "AWS", "Output", "Validation"];

/// A shorter help text: without examples and the options that many commands share.
fn brief(command: clap::Command, called_as: &str) -> clap::Command {
    let name = command.get_name().to_owned();
    let shared = |argument: &clap::Arg| argument.get_help_heading().is_some_and(|heading| SHARED.contains(&heading));
    let command = command.mut_args(|argument| if shared(&argument) { argument.hide(true) } else { argument });
    command.after_help(format!("`{called_as} {name} --help` has all options, and examples."))
}

/// The description of all that can be typed.
#[cfg(feature = "shell")]
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// The environment variable by which a program that runs this one tells what the user typed, e.g. `cargo xtask`.
pub(crate) const CALLED_AS: &str = "FORMWORK_CALLED_AS";

/// Examples are written for `cargo formwork`; who types `cargo xtask` reads that.
fn rewrite(command: clap::Command, called_as: &str) -> clap::Command {
    let adapt = |text: Option<&StyledStr>| text.map(|text| text.to_string().replace(CALLED_AS_USUAL, called_as));
    let (long_about, after_help) = (adapt(command.get_long_about()), adapt(command.get_after_help()));
    let command = match long_about {
        Some(text) => command.long_about(text),
        None => command,
    };
    match after_help {
        Some(text) => command.after_help(text),
        None => command,
    }
}

#[cfg(test)]
#[cfg(feature = "local")]
mod tests {
    use formwork_deploy::WayOut;

    use clap::CommandFactory as _;

    use super::{Cli, Parsed, WIDEST, parse};
    use crate::typed::Typed;

    fn help(arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
        match parse(&arguments, "cargo formwork") {
            Ok(Parsed::Help(text)) => text,
            other => panic!("a help text is meant: {other:?}"),
        }
    }

    #[test]
    fn help_is_a_word_too() {
        assert_eq!(help(&["help"]), help(&["--help"]));
        assert_eq!(help(&["help", "deploy"]), help(&["deploy", "--help"]));
        let wrong = parse(&["help".into(), "deplyo".into()], "cargo formwork").unwrap_err();
        assert_eq!(wrong.message, "`deplyo` is not a command");
    }

    /// The completions of clap offer what is hidden, too.
    #[test]
    fn nothing_is_hidden() {
        for command in Cli::command().get_subcommands() {
            let hidden = command.get_arguments().find(|argument| argument.is_hide_set());
            assert_eq!(hidden.map(clap::Arg::get_id), None, "{}", command.get_name());
        }
    }

    #[test]
    fn help_texts_have_a_width_and_break_no_example() {
        for command in Cli::command().get_subcommands() {
            let long = help(&[command.get_name(), "--help"]);
            for line in long.lines().chain(help(&[command.get_name(), "-h"]).lines()) {
                assert!(line.chars().count() <= WIDEST, "{}: {line}", command.get_name());
            }
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for example in examples.lines().filter(|line| line.starts_with("  ")) {
                assert!(long.lines().any(|line| line == example.trim_end()), "{}: {example}", command.get_name());
            }
        }
    }

    fn typed(called_as: &str, arguments: &[&str]) -> Typed {
        let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
        match parse(&arguments, called_as).unwrap() {
            Parsed::Cli(_, typed) => typed,
            Parsed::Help(_) => panic!("a command is meant"),
        }
    }

    #[test]
    fn a_command_reaches_what_the_run_reached() {
        let follow = |typed: &Typed| typed.command(&["events", "site@us-east-1", "--follow"]);
        let plain = typed("cargo formwork", &["deploy", "--yes", "--json"]);
        let local =
            typed("cargo xtask", &["destroy", "--app", "my app", "--local", "--local-state", "/tmp/s", "--yes"]);
        let server = typed(
            "cargo formwork",
            &[
                "deploy",
                "--context",
                "a=1",
                "--context",
                "b=$x",
                "--profile",
                "it's; rm -rf",
                "--endpoint-url",
                "http://127.0.0.1:4566",
            ],
        );
        insta::assert_snapshot!([&plain, &local, &server].map(follow).join("\n"), @r#"
`cargo formwork events site@us-east-1 --follow`
`cargo xtask events site@us-east-1 --follow --app 'my app' --local --local-state /tmp/s`
`cargo formwork events site@us-east-1 --follow --context 'a=1' --context 'b=$x' --endpoint-url http://127.0.0.1:4566 --profile 'it'\''s; rm -rf'`
"#);
        // Texts with commands in them, each with the options that it takes.
        let text = "`cargo formwork deploy --plan FILE`, `cargo formwork files --out DIR`, `cargo formwork diff --local`; `CREATE_FAILED`: cargo formwork";
        insta::assert_snapshot!([&local, &server].map(|typed| typed.adapted(text)).join("\n"), @r#"
`cargo xtask deploy --plan FILE --app 'my app' --local --local-state /tmp/s`, `cargo xtask files --out DIR --app 'my app'`, `cargo xtask diff --local --app 'my app' --local-state /tmp/s`; `CREATE_FAILED`: cargo xtask
`cargo formwork deploy --plan FILE --context 'a=1' --context 'b=$x' --endpoint-url http://127.0.0.1:4566 --profile 'it'\''s; rm -rf'`, `cargo formwork files --out DIR --context 'a=1' --context 'b=$x'`, `cargo formwork diff --local --context 'a=1' --context 'b=$x'`; `CREATE_FAILED`: cargo formwork
"#);
        let ways = [
            WayOut::DeployOrRollback,
            WayOut::Recreate,
            WayOut::ContinueRollback,
            WayOut::DeleteOnly,
            WayOut::FinishDeletion,
            WayOut::Empty,
            WayOut::Wait,
            WayOut::WaitForDeletion,
            WayOut::NewerVersion,
        ];
        let ways = ways.map(|way| local.way_out("site", way, &["A", "B"]));
        insta::assert_snapshot!(ways.join("\n"), @"
correct the cause and deploy again with `cargo xtask deploy site --app 'my app' --local --local-state /tmp/s`, or undo it with `cargo xtask rollback site --app 'my app' --local --local-state /tmp/s`
correct the cause, then `cargo xtask deploy site --app 'my app' --local --local-state /tmp/s` deletes it and creates it again
repair what stopped it, then `cargo xtask continue site --app 'my app' --local --local-state /tmp/s`; `cargo xtask continue site --skip A --skip B --app 'my app' --local --local-state /tmp/s` leaves out what cannot be rolled back
CloudFormation continues no rollback of an import: AWS Support may; `cargo xtask destroy site --app 'my app' --local --local-state /tmp/s` deletes the stack and what it has
remove what holds the resources, then `cargo xtask destroy site --app 'my app' --local --local-state /tmp/s`; `cargo xtask destroy site --retain A --retain B --app 'my app' --local --local-state /tmp/s` leaves them behind
it has no resources: `cargo xtask deploy site --app 'my app' --local --local-state /tmp/s` creates them, `cargo xtask destroy site --app 'my app' --local --local-state /tmp/s` removes the empty stack
the embedded engine stands still between commands: `cargo xtask deploy site --app 'my app' --local --local-state /tmp/s` goes on with it
the embedded engine stands still between commands: `cargo xtask destroy site --app 'my app' --local --local-state /tmp/s` goes on with it
a newer version of formwork may know it
");
        for way in [WayOut::Wait, WayOut::WaitForDeletion] {
            assert_eq!(plain.way_out("site", way, &[]), "wait until the operation that is in progress has ended");
        }
        // The resources are not known.
        let ways = [WayOut::ContinueRollback, WayOut::FinishDeletion].map(|way| plain.way_out("site", way, &[]));
        insta::assert_snapshot!(ways.join("\n"), @"
        repair what stopped it, then `cargo formwork continue site`; `cargo formwork status site` names the resources that `--skip` leaves out, where `cloudformation:ListStackResources` is allowed
        remove what holds the resources, then `cargo formwork destroy site`; `cargo formwork status site` names the resources that `--retain` leaves out, where `cloudformation:ListStackResources` is allowed
        ");
        let executed = typed("cargo formwork", &["deploy", "--execute", "my.plan", "--local"]);
        assert_eq!(
            executed.adapted("`cargo formwork deploy --plan FILE`"),
            "`cargo formwork deploy --plan my.plan --local`"
        );
    }

    /// A command that is pasted deploys the same values; secrets are asked for again.
    #[test]
    fn printed_commands_have_the_parameters() {
        let given =
            ["--parameter", "jobs:Size=s 2", "--parameter", "jobs:Key=hunter2", "--parameter-env", "site:Key=KEY"];
        let arguments = [&["deploy", "--asset-bucket", "bucket", "--no-validate"], &given[..]].concat();
        let typed = typed("cargo formwork", &arguments);
        typed.set_open(vec!["jobs:Size".to_owned()]);
        let commands = [&["deploy"][..], &["deploy", "jobs@us-east-1"], &["deploy", "site"], &["destroy", "jobs"]];
        insta::assert_snapshot!(commands.map(|words| typed.command(words)).join("\n"), @"
        `cargo formwork deploy --no-validate --asset-bucket bucket --parameter 'jobs:Size=s 2' --parameter jobs:Key --parameter-env 'site:Key=KEY'`
        `cargo formwork deploy jobs@us-east-1 --no-validate --asset-bucket bucket --parameter 'jobs:Size=s 2' --parameter jobs:Key`
        `cargo formwork deploy site --no-validate --asset-bucket bucket --parameter-env 'site:Key=KEY'`
        `cargo formwork destroy jobs`
        ");
    }
}
