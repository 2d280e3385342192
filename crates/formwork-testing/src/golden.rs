//! Golden files: what a template was when somebody looked at it.

use std::path::Path;
use std::{env, fs};

/// The variable that renews golden files.
const RENEW: &str = "FORMWORK_UPDATE";

/// Holds `text` against the file; with [`RENEW`] set, writes it there. What is different, if anything is.
pub(crate) fn compare(path: &Path, text: &str) -> Result<(), String> {
    if env::var_os(RENEW).is_some() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("`{}` cannot be made: {error}", folder.display()))?;
        }
        return fs::write(path, text).map_err(|error| format!("`{}` cannot be written: {error}", path.display()));
    }
    let hint = format!("hint: set {RENEW}=1 and run the test again to write it, then read the difference");
    let golden = fs::read_to_string(path)
        .map_err(|error| format!("the golden template `{}` cannot be read: {error}\n{hint}", path.display()))?;
    // A checkout may have made two bytes of each end of a line.
    let golden = golden.replace("\r\n", "\n");
    if golden == text {
        return Ok(());
    }
    let line = golden.lines().zip(text.lines()).take_while(|(golden, text)| golden == text).count();
    let at =
        |text: &str| text.lines().nth(line).map_or_else(|| "the end".to_owned(), |line| format!("`{}`", line.trim()));
    Err(format!(
        "the template is not the golden one\n  --> {}:{}\n   expected: {}\n   found:    {}\n{hint}",
        path.display(),
        line + 1,
        at(&golden),
        at(text)
    ))
}
