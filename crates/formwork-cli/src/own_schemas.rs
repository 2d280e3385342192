//! What is wrong with the resource schemas of an app's own, for the commands that read them.

use std::fmt::Display;

use formwork_workspace::App;

use crate::error::CliError;

/// Every schema of the app that cannot be used, with its file below the app's folder of schemas.
pub(crate) fn own_schemas(app: &App, errors: &[impl Display]) -> CliError {
    let error = CliError::input(format!("the resource schemas of `{}` cannot be used", app.name));
    let place = format!("{}{}", app.schemas.display(), std::path::MAIN_SEPARATOR);
    errors.iter().fold(error, |error, cause| error.cause(cause.to_string().replace(&place, "")))
}
