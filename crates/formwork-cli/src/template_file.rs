//! A template file of the user's, in JSON or YAML, and the region that it is for.

use std::fs;
use std::path::Path;

#[cfg(feature = "diff")]
use formwork_template::{ReadError, Template};
#[cfg(feature = "import")]
use formwork_template::{Reading, Remark};

use crate::error::CliError;

/// Maximum number of mistakes of a template that are shown.
#[cfg(feature = "diff")]
const SHOWN: usize = 20;

/// The bytes of the file.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |error| CliError::input(format!("cannot read the template `{}`", file.display())).cause(error);
    fs::read(file).map_err(failed)
}

/// The template that a text is. `from` is how it is called.
///
/// # Errors
///
/// With all that is wrong with it.
#[cfg(feature = "diff")]
pub(crate) fn parse(text: &str, from: &str) -> Result<Template, CliError> {
    Template::from_text(text).map_err(|_| refused(from, &Template::read(text).mistakes))
}

/// The same, with what may be meant otherwise than it is read.
///
/// # Errors
///
/// With all that is wrong with it.
#[cfg(feature = "import")]
pub(crate) fn parse_with_remarks(text: &str, from: &str) -> Result<(Template, Vec<Remark>), CliError> {
    let Reading { template, mistakes, remarks } = Template::read(text);
    match template.filter(|_| mistakes.is_empty()) {
        Some(template) => Ok((template, remarks)),
        None => Err(refused(from, &mistakes)),
    }
}

/// The failure that mistakes of a template are.
#[cfg(feature = "diff")]
pub(crate) fn refused(from: &str, mistakes: &[ReadError]) -> CliError {
    let mut error = CliError::input(format!("{from} is not a CloudFormation template"));
    for mistake in mistakes.iter().take(SHOWN) {
        error = match mistake {
            ReadError::Refused { hint, .. } => error.cause(format!("{mistake}; {hint}")),
            other => error.cause(other),
        };
    }
    match mistakes.len().saturating_sub(SHOWN) {
        0 => error,
        more => error.cause(format!("and {more} more mistakes; `validate --template` lists all")),
    }
}

/// Refuses a region that is not one of `regions`.
///
/// # Errors
///
/// When it is not one of them.
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
