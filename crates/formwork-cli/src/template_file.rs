//! A template file of the user's, in JSON or YAML, and the region that it is for.

use std::fs;
use std::path::Path;

use crate::error::CliError;

/// The bytes of the file.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |error| CliError::input(format!("cannot read the template `{}`", file.display())).cause(error);
    fs::read(file).map_err(failed)
}

/// Refuses a region that is not one of `regions`.
///
/// # Errors
///
/// When it is none of them.
#[cfg(any(feature = "import", feature = "validate"))]
pub(crate) fn known_region<R: Iterator<Item = &'static str>>(
    region: &str,
    regions: impl Fn() -> R,
) -> Result<(), CliError> {
    if regions().any(|known| known == region) {
        return Ok(());
    }
    let error = CliError::input(format!("there is no region `{region}`"));
    Err(match formwork_assembly::did_you_mean(region, regions()) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None => error,
    })
}
