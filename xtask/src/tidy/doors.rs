//! Doors of the crate `formwork`: its constructs use what every user has. `tests/outside` compiles them from the same source files, and
//! so they cannot use private parts of formwork; this check holds that none of the files is left out.

use anyhow::Result;

use super::Problem;
use super::source::{files, read};

const INSIDE: &str = "crates/formwork/src/";
const OUTSIDE: &str = "tests/outside/src/lib.rs";

pub(super) fn check() -> Result<Vec<Problem>> {
    let compiled = read(OUTSIDE)?;
    let modules: Vec<String> = files()?.into_iter().filter(|path| is_service(path)).collect();
    let missing = modules.iter().filter(|path| !compiled.contains(&format!("/{path}\"]")));
    Ok(missing
        .map(|path| {
            let message = format!("`{path}` is not compiled outside of formwork");
            Problem::new(OUTSIDE.to_owned(), message, "add it with `#[path = …]`, as its neighbours are")
        })
        .collect())
}

/// True if a file is the root of a folder of constructs: a service, or the patterns.
fn is_service(path: &str) -> bool {
    let folder = path.strip_prefix(INSIDE).and_then(|inside| inside.strip_suffix("/mod.rs"));
    folder.is_some_and(|folder| !folder.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::{check, is_service};

    #[test]
    fn every_construct_is_compiled_outside() {
        assert!(is_service("crates/formwork/src/acm/mod.rs") && !is_service("crates/formwork/src/patterns/x/mod.rs"));
        assert!(check().is_ok_and(|problems| problems.is_empty()));
    }
}
