//! The options of `cargo xtask dist`.

use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
Builds the archive that people install: the program, the crates, completions, manual pages, checksums.

Usage: cargo xtask dist [OPTIONS]

Options:
      --binary <FILE>  A built `cargo-formwork`; without it, one is built with optimizations
      --out <DIR>      The folder to write to [default: target/dist]
";

/// The command line.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) binary: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
}

impl Arguments {
    /// `None` when help was asked for.
    pub(crate) fn read(given: &[OsString]) -> Result<Option<Arguments>, String> {
        let mut arguments = Arguments::default();
        let mut rest = given.iter();
        while let Some(option) = rest.next() {
            let place = match option.to_str() {
                Some("--help" | "-h") => return Ok(None),
                Some("--binary") => &mut arguments.binary,
                Some("--out") => &mut arguments.out,
                _ => return Err(format!("unexpected argument `{}`", option.to_string_lossy())),
            };
            let value = rest.next().ok_or_else(|| format!("`{}` needs a value", option.to_string_lossy()))?;
            *place = Some(value.into());
        }
        Ok(Some(arguments))
    }
}
