//! Values of parameters: from arguments, from files and variables of the environment, and typed at the terminal where nobody sees them.
//! An argument is in the list of processes and in the shell's history, which is not the place for the value of a `NoEcho` parameter.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use formwork_assembly::{Assembly, Selector};
use formwork_deploy::{GivenParameter, is_no_echo};
use formwork_template::Template;

use crate::error::CliError;
use crate::session::Session;

/// Values that are not arguments.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Elsewhere {
    /// A file with the value of a parameter, without the line's end; can be given several times
    #[arg(long, value_name = "STACK:KEY=FILE", value_parser = pair)]
    parameter_file: Vec<Pair>,
    /// A variable of the environment with the value of a parameter; can be given several times
    #[arg(long, value_name = "STACK:KEY=VARIABLE", value_parser = pair)]
    parameter_env: Vec<Pair>,
}

/// A parameter of a stack, and what was typed behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    stack: Selector,
    key: String,
    /// `None` if nothing was.
    value: Option<String>,
}

/// `STACK:KEY=VALUE`
///
/// # Errors
///
/// When it is not of this form.
pub(crate) fn pair(text: &str) -> Result<Pair, String> {
    let pair = pair_or_key(text)?;
    if pair.value.is_none() { Err("it has no `=`; the form is STACK:KEY=VALUE".to_owned()) } else { Ok(pair) }
}

/// `STACK:KEY=VALUE`, or `STACK:KEY` for a value that is asked for.
///
/// # Errors
///
/// When it is neither.
pub(crate) fn pair_or_key(text: &str) -> Result<Pair, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    match name.split_once(':').filter(|(stack, key)| !stack.is_empty() && !key.is_empty()) {
        Some((stack, key)) => Ok(Pair { stack: Selector::read(stack), key: key.to_owned(), value }),
        None => Err("the form is STACK:KEY=VALUE".to_owned()),
    }
}

impl Pair {
    fn given(&self, value: String) -> GivenParameter {
        GivenParameter { stack: self.stack.clone(), key: self.key.clone(), value }
    }

    fn name(&self) -> String {
        format!("{}:{}", self.stack, self.key)
    }
}

/// All values that are given. Asks for those that are to be typed.
///
/// # Errors
///
/// When a file cannot be read, a variable is not set, or there is no terminal to ask on.
pub(crate) fn all(typed: &[Pair], elsewhere: &Elsewhere, session: &Session) -> Result<Vec<GivenParameter>, CliError> {
    let mut given = Vec::new();
    for pair in typed {
        given.push(match &pair.value {
            Some(value) => pair.given(value.clone()),
            None => pair.given(ask(session, &pair.name())?),
        });
    }
    for pair in &elsewhere.parameter_file {
        let file = PathBuf::from(pair.value.as_deref().unwrap_or_default());
        let text = fs::read_to_string(&file).map_err(|error| {
            CliError::input(format!("the value of `{}` cannot be read from `{}`", pair.name(), file.display()))
                .cause(error)
        })?;
        let value = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        given.push(pair.given(value.to_owned()));
    }
    for pair in &elsewhere.parameter_env {
        let variable = pair.value.as_deref().unwrap_or_default();
        let value = match std::env::var(variable) {
            Ok(value) => value,
            Err(std::env::VarError::NotPresent) => {
                return Err(CliError::input(format!(
                    "the variable `{variable}`, which is to have the value of `{}`, is not set",
                    pair.name()
                )));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(CliError::input(format!(
                    "the variable `{variable}`, which is to have the value of `{}`, is not UTF-8",
                    pair.name()
                )));
            }
        };
        given.push(pair.given(value));
    }
    Ok(given)
}

/// Asks for a value that is not shown.
fn ask(session: &Session, name: &str) -> Result<String, CliError> {
    let Some(prompt) = session.printer.prompt() else {
        return Err(CliError::input(format!(
            "the value of `{name}` is to be typed, and there is no terminal to ask on"
        ))
        .hint(instead(name)));
    };
    prompt
        .secret(&question(name))
        .ok_or_else(|| CliError::input(format!("no value was typed for `{name}`; nothing was changed")))
}

/// The question for a value.
pub(crate) fn question(name: &str) -> String {
    format!("Value of {name}, which is not shown:")
}

/// Ways to give a secret value without a terminal.
pub(crate) fn instead(name: &str) -> String {
    format!(
        "`--parameter-file {name}=FILE` and `--parameter-env {name}=VARIABLE` take it from elsewhere than the arguments"
    )
}

/// True if the parameter of a stack of this name has `NoEcho`.
pub(crate) fn is_secret(assembly: &Assembly, stack: &Selector, key: &str) -> bool {
    let of_stack = assembly.stacks.iter().filter(|artifact| stack.names(&artifact.id));
    let mut templates = of_stack.filter_map(|artifact| Template::from_json(&artifact.template).ok());
    templates.any(|template| template.parameters.get(key).is_some_and(is_no_echo))
}

/// Warns of secrets among the arguments.
pub(crate) fn warn_of_arguments(typed: &[Pair], assembly: &Assembly, session: &Session) {
    for pair in typed.iter().filter(|pair| pair.value.is_some() && is_secret(assembly, &pair.stack, &pair.key)) {
        let name = pair.name();
        session.printer.important(format_args!(
            "warning: the value of `{name}` is secret, and an argument is in the list of processes and the shell's history\nhint: {}; \
             `--parameter {name}` asks for it\n",
            instead(&name)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::{pair, pair_or_key};

    #[test]
    fn forms() {
        let one = pair("orders@eu-west-1:Key=a:b=c").unwrap();
        assert_eq!((one.name().as_str(), one.value.as_deref()), ("orders@eu-west-1:Key", Some("a:b=c")));
        assert_eq!(pair_or_key("orders:Key").unwrap().value, None);
        assert_eq!(pair("orders:Key").unwrap_err(), "it has no `=`; the form is STACK:KEY=VALUE");
        for text in ["", "orders", ":Key=a", "orders:=a", "Key=a", "orders=a:b"] {
            assert_eq!(pair_or_key(text).unwrap_err(), "the form is STACK:KEY=VALUE", "{text}");
        }
    }
}
