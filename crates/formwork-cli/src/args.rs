//! The options that commands share. A command's own are in its file, the whole of what can be typed is in [`crate::cli`].

use clap::{Args, ValueEnum};
#[cfg(feature = "deploy")]
use formwork_assembly::Selector;
#[cfg(feature = "deploy")]
use formwork_deploy::NamedResource;

#[cfg(feature = "deploy")]
use crate::error::{CliError, Peculiarity};
#[cfg(feature = "deploy")]
use crate::typed::Typed;

/// Options of the output; for every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Print the answer as one JSON document; `schema` describes it
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colour; `auto` looks at NO_COLOR too
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

/// The app, and how it is built and run; for commands that synthesize.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "App")]
pub(crate) struct AppOptions {
    /// The crate that defines the stacks
    #[arg(long, value_name = "CRATE")]
    pub(crate) app: Option<String>,
    /// The environment of `formwork.toml`: context values, account, regions
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// A value that the app asks for, before the environment's; can be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) context: Vec<(String, String)>,
    /// Build the app with optimizations
    #[arg(long)]
    pub(crate) release: bool,
}

/// The stacks of an app, and where they are deployed; for commands that compare or change them.
#[cfg(feature = "deploy")]
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Target {
    /// Only these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one
    // Without the heading of what is flattened before it.
    #[arg(value_name = "STACK", help_heading = None)]
    pub(crate) stacks: Vec<String>,
    #[command(flatten)]
    pub(crate) app: AppOptions,
    /// The folder of a finished assembly, as `synth` writes one; no app is built and run
    #[arg(long, value_name = "DIR", help_heading = "App", conflicts_with_all = ["app", "context", "release"])]
    pub(crate) assembly: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) aws: AwsOptions,
}

#[cfg(feature = "deploy")]
impl Target {
    /// True if stacks or an app were named.
    pub(crate) fn is_named(&self) -> bool {
        !self.stacks.is_empty()
            || self.app.app.is_some()
            || self.app.env.is_some()
            || !self.app.context.is_empty()
            || self.assembly.is_some()
    }
}

/// Options of the connection to AWS; for commands that call it.
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
    /// Send a session token over plain HTTP to another machine than this one; without it, that is refused
    #[arg(long)]
    pub(crate) allow_plain_http: bool,
    /// Use the embedded engine: no account, no network, and nothing is created at AWS
    #[cfg(feature = "local")]
    #[arg(long, conflicts_with_all = ["endpoint_url", "profile"])]
    pub(crate) local: bool,
    /// The folder of the embedded engine's state; without it, `target/formwork/local` of the workspace, which `cargo clean` deletes
    #[cfg(feature = "local")]
    #[arg(long, value_name = "DIR", requires = "local")]
    pub(crate) local_state: Option<std::path::PathBuf>,
    /// Speed of the embedded engine, as a multiple of AWS's; without it, everything is done at once
    #[cfg(feature = "local")]
    #[arg(long, value_name = "FACTOR", requires = "local", value_parser = speed)]
    pub(crate) local_speed: Option<f64>,
    /// Faults that the embedded engine makes on purpose, as a JSON file: `local --help` has one
    #[cfg(feature = "local")]
    #[arg(long, value_name = "FILE", requires = "local")]
    pub(crate) local_faults: Option<std::path::PathBuf>,
}

#[cfg(feature = "deploy")]
impl AwsOptions {
    /// True if the embedded engine is meant, which ends with the command.
    pub(crate) fn is_local(&self) -> bool {
        #[cfg(feature = "local")]
        return self.local;
        #[cfg(not(feature = "local"))]
        false
    }

    /// The error with what is different about the embedded engine: a command of the AWS CLI, as hints name them, would go to AWS.
    pub(crate) fn reached(&self, error: CliError, typed: &Typed) -> CliError {
        if !self.is_local() {
            return error;
        }
        match error.peculiarity {
            #[cfg(feature = "local")]
            Some(Peculiarity::UnknownTypes) => error.hint(
                "the embedded engine knows the types of AWS, and those whose registry schemas are among the app's (`generate --help`)",
            ),
            #[cfg(feature = "local")]
            Some(Peculiarity::Macros) => error.hint(
                "the embedded engine carries out no macros but AWS::LanguageExtensions: this template is deployed to AWS only",
            ),
            Some(Peculiarity::AwsCommand) => error.hint(typed.adapted(
                "before it, `cargo formwork local --port 4566` and `export AWS_ENDPOINT_URL=http://127.0.0.1:4566`",
            )),
            None => error,
        }
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("the key is empty".into()),
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err("it has no `=`; the form is KEY=VALUE".into()),
    }
}

/// A resource of a stack: `STACK/LOGICAL_ID`, `STACK@REGION/LOGICAL_ID`, `STACK/NESTED/LOGICAL_ID`, or the logical id alone. A colon is
/// taken as well, as between a stack and its parameter.
#[cfg(feature = "deploy")]
pub(crate) fn named_resource(text: &str) -> Result<NamedResource, String> {
    let (stack, logical_id) = match text.split_once(['/', ':']) {
        Some((stack, logical_id)) => (Some(Selector::read(stack)), logical_id),
        None => (None, text),
    };
    if logical_id.is_empty() || stack.as_ref().is_some_and(|stack| stack.name.is_empty()) {
        return Err("the form is LOGICAL_ID, or STACK/LOGICAL_ID".to_owned());
    }
    Ok(NamedResource { stack, logical_id: logical_id.to_owned() })
}

/// A factor by which the embedded engine is faster than AWS: a number above zero.
#[cfg(feature = "local")]
pub(crate) fn speed(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed: &f64| speed.is_finite() && *speed > 0.0)
        .ok_or_else(|| "it is not a number above zero".to_owned())
}
