//! What can be typed: the options that commands share, and the list of commands. A command's own options stand in its file.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};

use crate::commands::Command;
use crate::error::CliError;
use crate::usage;

const ABOUT: &str = "CloudFormation in Rust: previews and deploys the stacks of a workspace";

const MORE: &str = "\
`cargo formwork COMMAND --help` shows the options of a command, and examples.

Exit codes: 0 done; 1 what was typed or written is wrong, or was refused; 2 credentials, the network,
the service or this machine failed; 3 `--fail-on` found what it looks for.";

#[derive(Debug, Parser)]
#[command(name = "cargo-formwork", about = ABOUT, version, disable_help_subcommand = true, after_help = MORE)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How things are printed; for every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Print the answer as one JSON document; `schema` describes it
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colour: `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: ColorChoice,
    /// Print the answer, warnings and errors, and nothing else
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more about what is going on
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// Which app, and how it is built and run; for commands that synthesize.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "App")]
pub(crate) struct AppOptions {
    /// The crate that defines the stacks
    #[arg(long, value_name = "CRATE")]
    pub(crate) app: Option<String>,
    /// A value that the app asks for; can be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) context: Vec<(String, String)>,
    /// Build the app with optimizations
    #[arg(long)]
    pub(crate) release: bool,
}

/// Which stacks of which app, and where they are deployed; for commands that compare or change them.
#[cfg(feature = "deploy")]
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Target {
    /// Only these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one
    // Without the heading of what is flattened before it.
    #[arg(value_name = "STACK", help_heading = None)]
    pub(crate) stacks: Vec<String>,
    #[command(flatten)]
    pub(crate) app: AppOptions,
    #[command(flatten)]
    pub(crate) aws: AwsOptions,
}

#[cfg(feature = "deploy")]
impl Target {
    /// Whether stacks or an app were named.
    pub(crate) fn is_named(&self) -> bool {
        !self.stacks.is_empty() || self.app.app.is_some() || !self.app.context.is_empty()
    }
}

/// How AWS is reached; for commands that call it.
#[cfg(feature = "deploy")]
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsOptions {
    /// The profile of the AWS configuration that has the credentials
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The region of a stack whose region is not known from the source
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The server to call in place of AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Use the embedded engine: no account, no network, and nothing is created at AWS
    #[cfg(feature = "local")]
    #[arg(long, conflicts_with_all = ["endpoint_url", "profile"])]
    pub(crate) local: bool,
    /// The folder of the embedded engine's state; without it, `target/formwork/local` of the workspace
    #[cfg(feature = "local")]
    #[arg(long, value_name = "DIR", requires = "local")]
    pub(crate) local_state: Option<std::path::PathBuf>,
    /// How much faster than AWS the embedded engine goes; without it, everything is done at once
    #[cfg(feature = "local")]
    #[arg(long, value_name = "FACTOR", requires = "local", value_parser = crate::local::speed)]
    pub(crate) local_speed: Option<f64>,
    /// What goes wrong in the embedded engine on purpose, as a JSON file: `local --help` has one
    #[cfg(feature = "local")]
    #[arg(long, value_name = "FILE", requires = "local")]
    pub(crate) local_faults: Option<std::path::PathBuf>,
}

#[cfg(feature = "deploy")]
impl AwsOptions {
    /// Whether the embedded engine is meant, which ends with the command.
    pub(crate) fn is_local(&self) -> bool {
        #[cfg(feature = "local")]
        return self.local;
        #[cfg(not(feature = "local"))]
        false
    }

    /// The error with what is different about the embedded engine: a command of the AWS CLI, as hints name them, would go to AWS.
    pub(crate) fn reached(&self, error: CliError) -> CliError {
        if !self.is_local() {
            return error;
        }
        #[cfg(feature = "local")]
        if error.message.contains(formwork_local::UNRECOGNIZED_TYPES) {
            return error.hint(
                "the embedded engine knows the types of AWS, and those whose registry schemas are among the app's (`generate --help`)",
            );
        }
        if error.hints.iter().any(|hint| hint.contains("`aws cloudformation")) {
            return error.hint(
                "before it, `cargo formwork local --port 4566` and `export AWS_ENDPOINT_URL=http://127.0.0.1:4566`",
            );
        }
        error
    }
}

/// What the arguments ask for.
#[derive(Debug)]
pub(crate) enum Parsed {
    Cli(Box<Cli>),
    /// A help text or the version.
    Help(String),
}

/// Parses the arguments that follow the program's name.
///
/// # Errors
///
/// When they are not as the help says.
pub(crate) fn parse(arguments: &[OsString], called_as: &str) -> Result<Parsed, CliError> {
    let mut command = Cli::command().bin_name(called_as);
    if called_as != CALLED_AS_USUAL {
        command = rewrite(command, called_as).mut_subcommands(|command| rewrite(command, called_as));
    }
    let given = std::iter::once(OsString::from(called_as)).chain(arguments.iter().cloned());
    match command.try_get_matches_from_mut(given).and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Ok(Parsed::Cli(Box::new(cli))),
        Err(error) if !error.use_stderr() => Ok(Parsed::Help(error.render().to_string())),
        Err(error) => Err(usage::explain(&error, arguments, called_as, &command)),
    }
}

/// The environment variable by which a program that runs this one tells what the user typed, e.g. `cargo xtask`.
pub(crate) const CALLED_AS: &str = "FORMWORK_CALLED_AS";

/// How help texts and examples call the program.
pub(crate) const CALLED_AS_USUAL: &str = "cargo formwork";

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

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("the key is empty".into()),
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err("it has no `=`; the form is KEY=VALUE".into()),
    }
}
