//! Errors of clap about wrong arguments, in the form of our other errors.

use std::ffi::OsString;
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use formwork_template::backticked;

use crate::error::CliError;

const COMMAND_IS_WRONG: &[ErrorKind] =
    &[ErrorKind::InvalidSubcommand, ErrorKind::MissingSubcommand, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];

/// Options that there were, and what is typed in their place. Nothing offers them: a hidden argument would be in the completions.
const GONE: &[(&str, &str)] = &[(
    "--allow-replace",
    "`--allow LOGICAL_ID` permits the replacement or deletion of one resource, `--require-approval never` every change",
)];

/// Words for why a value is wrong, which are clap's but for numbers: those of Rust are about its types.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    match error.downcast_ref::<ParseIntError>().map(ParseIntError::kind) {
        Some(IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => "the number is too large".to_owned(),
        Some(_) => "it is not a whole number of 0 or more".to_owned(),
        None => error.to_string(),
    }
}

/// The error, with did-you-mean, the allowed values, and where to read more.
pub(crate) fn explain(
    error: &clap::Error,
    arguments: &[OsString],
    called_as: &str,
    command: &clap::Command,
) -> CliError {
    let get = |kind| error.get(kind).map(text).unwrap_or_default();
    let (argument, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    let message = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("`{}` is not a command", get(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing".into()
        }
        ErrorKind::UnknownArgument => format!("unexpected argument `{argument}`"),
        ErrorKind::InvalidValue if value.is_empty() => format!("`{argument}` needs a value"),
        ErrorKind::InvalidValue => format!("`{value}` is not a value of `{argument}`"),
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(|source| format!(": {}", reason(source)));
            let reason = reason.unwrap_or_default();
            format!("`{value}` is not a value of `{argument}`{reason}")
        }
        ErrorKind::MissingRequiredArgument => format!("missing: {}", list(error.get(ContextKind::InvalidArg))),
        ErrorKind::ArgumentConflict => {
            let other = list(error.get(ContextKind::PriorArg));
            if other == format!("`{argument}`") {
                format!("`{argument}` is given twice")
            } else {
                format!("`{argument}` and {other} exclude each other")
            }
        }
        ErrorKind::TooManyValues => format!("`{value}` is one value too many for `{argument}`"),
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".into(),
        // Kinds that our options do not give rise to: clap's own first line.
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    if error.kind() == ErrorKind::UnknownArgument
        && let Some((gone, instead)) = GONE.iter().find(|(gone, _)| *gone == argument)
    {
        return CliError::input(format!("`{gone}` is not an option any more")).hint(*instead);
    }
    let mut explained = CliError::input(message);
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
        if let Some(close) = error.get(kind).map(text).filter(|close| !close.is_empty()) {
            explained = explained.hint(format!("did you mean `{close}`?"));
        }
    }
    if explained.hints.is_empty() && !get(ContextKind::ValidValue).is_empty() {
        explained = explained.hint(format!("possible values: {}", list(error.get(ContextKind::ValidValue))));
    }
    if explained.hints.is_empty() && COMMAND_IS_WRONG.contains(&error.kind()) {
        let names = command.get_subcommands().map(clap::Command::get_name);
        explained = explained.hint(format!("the commands are {}", backticked(names)));
    }
    explained.hint(format!("`{} --help` says more", command_of(arguments, called_as, command)))
}

/// The command whose arguments are wrong: the first argument that is one.
fn command_of(arguments: &[OsString], called_as: &str, command: &clap::Command) -> String {
    let found = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .find_map(|argument| command.find_subcommand(argument));
    found.map_or(called_as.to_owned(), |command| format!("{called_as} {}", command.get_name()))
}

fn text(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => option_name(text),
        // Of several suggestions, clap puts the closest last.
        ContextValue::Strings(texts) => texts.last().cloned().unwrap_or_default(),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => texts.last().map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    }
}

fn list(value: Option<&ContextValue>) -> String {
    let texts: Vec<String> = match value {
        Some(ContextValue::Strings(texts)) => texts.iter().map(|text| option_name(text)).collect(),
        Some(value) => vec![text(value)],
        None => Vec::new(),
    };
    backticked(texts)
}

/// Clap names an option with its value, `--color <WHEN>`, and an argument in brackets, `[FILE]`; the name alone is what is meant.
fn option_name(text: &str) -> String {
    let in_brackets = |open, close| text.strip_prefix(open)?.split_once(close).map(|(name, _)| name);
    match text.split_once(" <") {
        Some((name, _)) if text.starts_with('-') => name.to_owned(),
        _ => in_brackets('[', ']').or_else(|| in_brackets('<', '>')).unwrap_or(text).to_owned(),
    }
}
