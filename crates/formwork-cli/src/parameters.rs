//! Values of parameters: from arguments, from files and variables of the environment, and typed at the terminal where nobody sees them.
//! An argument is in the list of processes and in the shell's history, which is not the place for the value of a `NoEcho` parameter.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use formwork_assembly::{Assembly, Selector};
use formwork_deploy::{GivenParameter, is_no_echo};
use formwork_template::Template;

use crate::error::CliError;
use crate::pairs::{Pair, pair};
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

fn given(pair: &Pair, value: String) -> GivenParameter {
    GivenParameter { stack: pair.stack.clone(), key: pair.key.clone(), value }
}

/// All values that are given. Asks for those that are to be typed.
///
/// # Errors
///
/// When a file cannot be read, a variable is not set, or there is no terminal to ask on.
pub(crate) fn all(typed: &[Pair], elsewhere: &Elsewhere, session: &Session) -> Result<Vec<GivenParameter>, CliError> {
    let mut all = Vec::new();
    for pair in typed {
        all.push(match &pair.value {
            Some(value) => given(pair, value.clone()),
            None => given(pair, ask(session, &pair.name())?),
        });
    }
    for pair in &elsewhere.parameter_file {
        let file = PathBuf::from(pair.value.as_deref().unwrap_or_default());
        let text = fs::read_to_string(&file).map_err(|error| {
            CliError::input(format!("the value of `{}` cannot be read from `{}`", pair.name(), file.display()))
                .cause(error)
        })?;
        let value = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        all.push(given(pair, value.to_owned()));
    }
    for pair in &elsewhere.parameter_env {
        let variable = pair.value.as_deref().unwrap_or_default();
        let value = match std::env::var(variable) {
            Ok(value) => value,
            Err(std::env::VarError::NotPresent) => {
                return Err(CliError::input(format!(
                    "the variable `{variable}` for the value of `{}` is not set",
                    pair.name()
                )));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(CliError::input(format!(
                    "the variable `{variable}` for the value of `{}` is not UTF-8",
                    pair.name()
                )));
            }
        };
        all.push(given(pair, value));
    }
    Ok(all)
}

/// Asks for a value that is not shown.
fn ask(session: &Session, name: &str) -> Result<String, CliError> {
    let Some(prompt) = session.printer.prompt() else {
        return Err(
            CliError::input(format!("`{name}` needs a value, but there is no terminal to ask on")).hint(instead(name))
        );
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
        "`--parameter-file {name}=FILE` and `--parameter-env {name}=VARIABLE` read it from a file or from a variable"
    )
}

/// True if the parameter of a stack of this name has `NoEcho`.
pub(crate) fn is_secret(assembly: &Assembly, stack: &Selector, key: &str) -> bool {
    let of_stack = assembly.stacks.iter().filter(|artifact| stack.names(&artifact.id));
    let mut templates = of_stack.filter_map(|artifact| Template::from_json(&artifact.template).ok());
    templates.any(|template| template.parameters.get(key).is_some_and(is_no_echo))
}

/// Keeps the values of secrets out of whatever is printed, such as the service's words about them.
pub(crate) fn hide(given: &[GivenParameter], assembly: &Assembly, session: &Session) {
    let secret = given.iter().filter(|one| is_secret(assembly, &one.stack, &one.key));
    secret.for_each(|one| session.printer.hide(&one.value));
}

/// Warns of secrets among the arguments. The values of the others stand in commands that messages print.
pub(crate) fn warn_of_arguments(typed: &[Pair], assembly: &Assembly, session: &Session) {
    let given = typed.iter().filter(|pair| pair.value.is_some());
    let (secret, open): (Vec<&Pair>, Vec<&Pair>) = given.partition(|pair| is_secret(assembly, &pair.stack, &pair.key));
    session.typed.set_open(open.into_iter().map(Pair::name).collect());
    for pair in secret {
        let name = pair.name();
        session.printer.important(format_args!(
            "warning: the value of `{name}` is secret, and an argument is in the list of processes and the shell's history\nhint: {}; \
             `--parameter {name}` asks for it\n",
            instead(&name)
        ));
    }
}
