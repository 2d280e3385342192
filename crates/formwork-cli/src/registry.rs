//! The resource types that are known: AWS's, and those of the registry schemas that apps have, or that `--schemas` names.

use std::fmt::Display;

use formwork_schema::own::{self, Schema};

use crate::error::CliError;

/// AWS's types and the apps' own.
///
/// # Errors
///
/// When schemas cannot be used, or two apps have different ones of the same type.
#[cfg(any(feature = "deploy", feature = "validate"))]
pub(crate) fn of_apps<'a>(
    apps: impl IntoIterator<Item = &'a formwork_workspace::App>,
) -> Result<formwork_schema::facts::Registry, CliError> {
    let mut registry = formwork_schema::facts::Registry::new();
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
#[cfg(any(feature = "diff", feature = "validate"))]
pub(crate) fn of_folder(folder: &std::path::Path) -> Result<formwork_schema::facts::Registry, CliError> {
    let mut registry = formwork_schema::facts::Registry::new();
    let read = own::schemas(folder).and_then(|schemas| add(&mut registry, schemas));
    read.map_err(|errors| unusable(CliError::input("the resource schemas cannot be used"), &errors, ""))?;
    Ok(registry)
}

/// The schemas of an app's own.
///
/// # Errors
///
/// When they cannot be read.
#[cfg(any(feature = "deploy", feature = "generate", feature = "validate"))]
pub(crate) fn schemas(app: &formwork_workspace::App) -> Result<Vec<Schema>, CliError> {
    own::schemas(&app.schemas).map_err(|errors| unusable_of(app, &errors))
}

/// Every schema of the app that cannot be used, with its file below the app's folder of schemas.
#[cfg(any(feature = "deploy", feature = "generate", feature = "validate"))]
pub(crate) fn unusable_of(app: &formwork_workspace::App, errors: &[impl Display]) -> CliError {
    let error = CliError::input(format!("the resource schemas of `{}` cannot be used", app.name));
    unusable(error, errors, &format!("{}{}", app.schemas.display(), std::path::MAIN_SEPARATOR))
}

fn unusable(error: CliError, errors: &[impl Display], folder: &str) -> CliError {
    errors.iter().fold(error, |error, cause| error.cause(cause.to_string().replace(folder, "")))
}

#[cfg(any(feature = "diff", feature = "validate"))]
fn add(
    registry: &mut formwork_schema::facts::Registry,
    schemas: Vec<Schema>,
) -> Result<(), Vec<formwork_schema::SchemaError>> {
    let errors: Vec<_> = schemas.into_iter().filter_map(|schema| registry.add(schema).err()).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
