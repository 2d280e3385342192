//! Words that several commands print.

use std::fs;
use std::path::{Path, PathBuf};

/// The title above changes of resources in nested stacks.
#[cfg(feature = "diff")]
pub(crate) const NESTED: &str = "Inside of nested stacks";

/// `1 template`, `2 templates`
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A path relative to where the user is, if it is below.
pub(crate) fn shown(path: &Path) -> String {
    let here: PathBuf = std::env::current_dir().unwrap_or_default();
    // A folder may be reached by a link, and named by cargo without it.
    let canonical = fs::canonicalize(&here).unwrap_or_default();
    let shown = path.strip_prefix(&here).or_else(|_| path.strip_prefix(&canonical)).unwrap_or(path);
    if shown.as_os_str().is_empty() { ".".to_owned() } else { shown.display().to_string() }
}
