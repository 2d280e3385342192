//! Values of parameters on the command line, for templates that are files: `KEY=VALUE`.

use crate::error::CliError;

/// The key and the value.
pub(crate) fn key_and_value(text: &str) -> Result<(String, String), CliError> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(CliError::input(format!("`--parameter {text}` is not of the form `KEY=VALUE`"))),
    }
}

/// Refuses a value that its parameter does not take, by the rule of validation.
#[cfg(all(feature = "diff", feature = "validate"))]
pub(crate) fn check(key: &str, parameter: &formwork_template::Parameter, value: &str) -> Result<(), CliError> {
    use formwork_validate::parameter::{given, is_no_echo};

    let is_secret = is_no_echo(parameter);
    let allowed: Vec<String> = given(parameter, value, None).iter().map(|refusal| refusal.allowed(is_secret)).collect();
    if allowed.is_empty() {
        return Ok(());
    }
    let shown = if is_secret { "…" } else { value };
    let error = CliError::input(format!(
        "`--parameter {key}={shown}` is not a value that the parameter takes (`{}`); allowed: {}",
        parameter.parameter_type.as_str(),
        allowed.join("; ")
    ));
    Err(match &parameter.constraint_description {
        Some(description) => error.cause(description),
        None => error,
    })
}
