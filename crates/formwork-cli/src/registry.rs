//! Which resource types there are: AWS's, and those of the registry schemas that apps have, or that `--schemas` names.

use std::fmt::Display;
use std::path::Path;

use formwork_schema::facts::Registry;
use formwork_schema::own::{self, Schema};
use formwork_workspace::App;

use crate::error::CliError;

/// AWS's types and the apps' own.
///
/// # Errors
///
/// When schemas cannot be used, or two apps have different ones of the same type.
pub(crate) fn of_apps<'a>(apps: impl IntoIterator<Item = &'a App>) -> Result<Registry, CliError> {
    let mut registry = Registry::new();
    for app in apps.into_iter().filter(|app| app.schemas.is_dir()) {
        add(&mut registry, schemas(app)?).map_err(|errors| unusable_of(app, &errors))?;
    }
    Ok(registry)
}

/// AWS's types, and those of a folder of schemas.
///
/// # Errors
///
/// When the folder cannot be read, or schemas in it cannot be used.
pub(crate) fn of_folder(folder: &Path) -> Result<Registry, CliError> {
    let mut registry = Registry::new();
    let read = own::schemas(folder).and_then(|schemas| add(&mut registry, schemas));
    read.map_err(|errors| unusable(CliError::input("the resource schemas cannot be used"), &errors, ""))?;
    Ok(registry)
}

/// The schemas of an app's own.
///
/// # Errors
///
/// When they cannot be read.
pub(crate) fn schemas(app: &App) -> Result<Vec<Schema>, CliError> {
    own::schemas(&app.schemas).map_err(|errors| unusable_of(app, &errors))
}

/// Every schema of the app that cannot be used, with its file below the app's folder of schemas.
pub(crate) fn unusable_of(app: &App, errors: &[impl Display]) -> CliError {
    let error = CliError::input(format!("the resource schemas of `{}` cannot be used", app.name));
    unusable(error, errors, &format!("{}{}", app.schemas.display(), std::path::MAIN_SEPARATOR))
}

fn unusable(error: CliError, errors: &[impl Display], folder: &str) -> CliError {
    errors.iter().fold(error, |error, cause| error.cause(cause.to_string().replace(folder, "")))
}

fn add(registry: &mut Registry, schemas: Vec<Schema>) -> Result<(), Vec<formwork_schema::SchemaError>> {
    let errors: Vec<_> = schemas.into_iter().filter_map(|schema| registry.add(schema).err()).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
