//! `cargo xtask tidy`: what must hold in this repository beside the tests.
//!
//! Every check returns its problems, so that one run tells all of them. [`source`] reads the files, [`questions`] their comments, [`packages`] what
//! cargo knows about the packages, [`published`] whether a registry takes them, [`trees`] what a build would compile, [`documents`] the code in the README,
//! [`compile`] runs the compiler and its companions.

mod circles;
mod compile;
mod documents;
mod doors;
mod licence;
mod packages;
mod problem;
mod published;
mod questions;
mod source;
mod trees;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use problem::Problem;

const HELP: &str = "\
Checks what must hold in this repository beside the tests, and prints everything that does not.

Usage: cargo xtask tidy [--quick]

Options:
      --quick  leave out what compiles: clippy, the documentation, the generated code
  -h, --help   print this
";

type Check = fn() -> Result<Vec<Problem>>;

/// Checks that take no more than a moment.
const QUICK: &[(&str, Check)] = &[
    ("source files", source::check),
    ("circles of files", circles::check),
    ("questions in comments", questions::check),
    ("doors", doors::check),
    ("documents", documents::check),
    ("packages", packages::check),
    ("published packages", published::check),
    ("dependency trees", trees::check),
    ("format", compile::format),
    ("lock file", source::lock_file),
    ("clone size", source::clone_size),
];

/// Checks that compile.
const COMPILING: &[(&str, Check)] =
    &[("generated code", compile::codegen), ("clippy", compile::clippy), ("documentation", compile::documentation)];

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let mut quick = false;
    for argument in arguments {
        match argument.to_string_lossy().as_ref() {
            "--quick" => quick = true,
            "-h" | "--help" => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => {
                eprint!("error: unexpected argument `{other}`\n\n{HELP}");
                return Ok(ExitCode::from(1));
            }
        }
    }
    let mut total = 0;
    let checks = QUICK.iter().chain(if quick { &[] } else { COMPILING });
    for (name, check) in checks {
        let mut problems = check()?;
        problems.sort();
        problems.dedup();
        eprintln!("{name}: {}", if problems.is_empty() { "ok".to_owned() } else { count(problems.len()) });
        for problem in &problems {
            println!("{problem}");
        }
        total += problems.len();
    }
    if total == 0 {
        eprintln!("tidy: no problems");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("tidy: {}", count(total));
    Ok(ExitCode::from(1))
}

fn count(problems: usize) -> String {
    format!("{problems} problem{}", if problems == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{Check, circles, documents, packages, published, questions, source, trees};

    #[track_caller]
    fn holds(check: Check) {
        let problems: Vec<String> = check().unwrap().iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn source_files_are_tidy() {
        holds(source::check);
    }

    #[test]
    fn files_are_in_no_new_circle() {
        holds(circles::check);
    }

    #[test]
    fn comments_begin_with_no_question() {
        holds(questions::check);
    }

    #[test]
    fn documents_quote_what_is_there() {
        holds(documents::check);
    }

    #[test]
    fn packages_depend_in_one_direction() {
        holds(packages::check);
    }

    #[test]
    fn packages_can_be_published() {
        holds(published::check);
    }

    #[test]
    fn light_builds_stay_light() {
        holds(trees::check);
    }
}
