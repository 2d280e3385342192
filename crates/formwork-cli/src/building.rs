//! The build of apps, and what is said about it beside cargo.

use std::path::{Path, PathBuf};

use formwork_template::backticked;
use formwork_workspace::{App, BuildOptions, Error, Workspace};

use crate::error::CliError;
use crate::printer::Printer;
use crate::typed::Typed;

/// Builds apps; the program of each.
///
/// # Errors
///
/// When one does not compile, or has no program.
pub(crate) fn build(
    printer: &Printer,
    typed: &Typed,
    workspace: &Workspace,
    apps: &[&App],
    release: bool,
) -> Result<Vec<PathBuf>, CliError> {
    let options = BuildOptions {
        release,
        // Cargo's progress is progress: shown where progress is.
        quiet: !printer.is_live() && !printer.is_verbose(),
        color: printer.color_flag(),
    };
    let slow = || {
        // Otherwise cargo says it itself.
        if options.quiet {
            let names = backticked(apps.iter().map(|app| &app.name));
            printer.note(format_args!("cargo is at work on {names}, or waits for another cargo in the same folder"));
        }
    };
    let programs = workspace.build(apps, options, &slow).map_err(|error| refused(error, &workspace.root))?;
    #[cfg(feature = "new")]
    if let Some(warning) = crate::dependency::warning_of_version(&workspace.root) {
        printer.important(typed.adapted(&warning));
    }
    #[cfg(not(feature = "new"))]
    let _ = typed;
    Ok(programs)
}

/// Says that the program of an app is awaited, which takes moments otherwise.
pub(crate) fn still_running(printer: &Printer, app: &App) {
    let (name, limit) = (&app.name, app.limit().as_secs());
    printer.note(format_args!("waiting for the program of the app `{name}`, which may take {limit} s"));
}

/// The error of a build, with what may be wrong about where formwork comes from.
fn refused(error: Error, root: &Path) -> CliError {
    let is_of_compiler = matches!(error, Error::Build { .. });
    let error = CliError::from(error);
    #[cfg(feature = "new")]
    if let Some(hint) = crate::dependency::hint_of_source(root).filter(|_| is_of_compiler) {
        return error.hint(hint);
    }
    #[cfg(not(feature = "new"))]
    let _ = (is_of_compiler, root);
    error
}
