//! `list` in workspaces of one's own, most of them wrong in some way. Their apps have no dependencies: an app is whatever
//! keeps to the contract of a stack program.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use support::{Program, tempdir};

/// A report with a problem at a line of the app's own source.
const REPORTS: &str = r##"//! An app with a problem.

fn main() -> std::process::ExitCode {
    let location = r#"{"file":"reports/src/main.rs","line":3}"#;
    println!("left over from debugging");
    println!(r#"{{"problems":[{{"severity":"error","message":"`1st` is not a stack name","location":{location},"hint":"begin with a letter"}}]}}"#);
    std::process::ExitCode::from(1)
}
"##;
const CRASHES: &str = "fn main() {\n    panic!(\"no zone\");\n}\n";
const PRINTS: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";
const BROKEN: &str = "fn main() {\n    formwrok::main()\n}\n";

/// A workspace with these packages, of which each is an app, and more lines in its manifest.
fn workspace(folder: &Path, packages: &[(&str, &str)], manifest: &str) {
    let names: Vec<&str> = packages.iter().map(|(name, _)| *name).collect();
    write(&folder.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = {names:?}\n{manifest}"));
    for (name, main) in packages {
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n");
        write(&folder.join(name).join("Cargo.toml"), &manifest);
        write(&folder.join(name).join("src/main.rs"), main);
    }
}

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn check(folder: &Path, arguments: &[&str]) -> String {
    let path = folder.canonicalize().unwrap();
    let program = Program::formwork().args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", path.join("target"));
    program.call(path.display(), "[WORKSPACE]").run().snapshot()
}

#[test]
fn a_manifest_that_cargo_cannot_read() {
    let folder = tempdir();
    write(&folder.path().join("Cargo.toml"), "[workspace]\nmembers = 3\n");
    assert_snapshot!(check(folder.path(), &["list"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: cargo cannot read the workspace of `[WORKSPACE]`
    Caused by: invalid type: integer `3`, expected a sequence
         --> Cargo.toml:2:11
          |
        2 | members = 3
          |           ^
    ");
}

#[test]
fn no_app() {
    let folder = tempdir();
    workspace(folder.path(), &[], "");
    assert_snapshot!(check(folder.path(), &["list"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the workspace `[WORKSPACE]` has no app
    hint: mark a package as an app by the table `[package.metadata.formwork]` in its `Cargo.toml`; `init` adds one
    ");
}

#[test]
fn an_app_without_a_program() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", PRINTS)], "");
    fs::rename(folder.path().join("site/src/main.rs"), folder.path().join("site/src/lib.rs")).unwrap();
    assert_snapshot!(check(folder.path(), &["list"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the app `site` has no binary `site`
    hint: add a `src/main.rs`: `fn main() -> ExitCode { formwork::main(site::app) }`
    ");
}

#[test]
fn an_app_that_does_not_compile() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", BROKEN)], "");
    assert_snapshot!(check(folder.path(), &["list"]), @r#"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error[E0433]: cannot find module or crate `formwrok` in this scope
     --> site/src/main.rs:2:5
      |
    2 |     formwrok::main()
      |     ^^^^^^^^ use of unresolved module or unlinked crate `formwrok`
      |
      = help: if you wanted to use a crate named `formwrok`, use `cargo add formwrok` to add it to your `Cargo.toml`

    For more information about this error, try `rustc --explain E0433`.
    error: could not compile `site` (bin "site") due to 1 previous error
    error: `site` did not compile
    "#);
}

#[test]
fn an_app_that_panics() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", CRASHES)], "");
    // The number of the thread varies.
    let snapshot = check(folder.path(), &["list"]);
    let (before, rest) = snapshot.split_once("thread 'main' (").unwrap();
    let (_, after) = rest.split_once(')').unwrap();
    assert_snapshot!(format!("{before}thread 'main' ([NUMBER]){after}"), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----

    thread 'main' ([NUMBER]) panicked at site/src/main.rs:2:5:
    no zone
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
    error: the app `site` crashed: it panicked (exit code 101)
    hint: a stack program should report problems, not panic: see what it wrote above
    ");
}

#[test]
fn an_app_that_does_not_end() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", "fn main() {\n    loop {\n        std::thread::park();\n    }\n}\n")], "");
    let manifest = folder.path().join("site/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap() + "time-limit = 1\n";
    fs::write(&manifest, text).unwrap();
    assert_snapshot!(check(folder.path(), &["list"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the app `site` did not end within [SECONDS]
    hint: a stack program asks nobody and ends within moments: look for a loop that does not end; `time-limit`, in seconds, in `[package.metadata.formwork]` gives it more time
    ");
}

#[test]
fn a_program_that_is_no_app() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", PRINTS)], "");
    assert_snapshot!(check(folder.path(), &["list"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the app `site` reported nothing
    Caused by: its last line is `Hello, world!`
    hint: its `main` has to be `formwork::main(site::app)`
    ");
}

/// Every app is heard, not only the first that has a problem.
#[test]
fn problems_in_several_apps() {
    let folder = tempdir();
    workspace(folder.path(), &[("reports", REPORTS), ("same", REPORTS)], "");
    assert_snapshot!(check(folder.path(), &["list", "--context", "a=b"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    left over from debugging
    error: `1st` is not a stack name
      --> reports/src/main.rs:3
       |
     3 | fn main() -> std::process::ExitCode {
       |
    hint: begin with a letter

    left over from debugging
    error: `1st` is not a stack name
      --> reports/src/main.rs:3
       |
     3 | fn main() -> std::process::ExitCode {
       |
    hint: begin with a letter

    error: 2 apps cannot be synthesized: `reports` (1 error), `same` (1 error)
    hint: every selected app gets the `--context` values; pick one app with `--app`
    ");
}

#[test]
fn which_of_several_apps() {
    let folder = tempdir();
    workspace(folder.path(), &[("reports", REPORTS), ("same", REPORTS)], "");
    assert_snapshot!(check(folder.path(), &["outputs"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: the workspace has 2 apps, and this command takes one
    hint: pick one with `--app`: `reports` and `same`; or set `default-app` in `[workspace.metadata.formwork]` of the workspace's `Cargo.toml`
    ");
}

#[test]
fn a_default_app_that_is_none() {
    let folder = tempdir();
    workspace(folder.path(), &[("reports", REPORTS)], "[workspace.metadata.formwork]\ndefault-app = \"report\"\n");
    assert_snapshot!(check(folder.path(), &["outputs"]), @r"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    error: `default-app` in `[WORKSPACE]/Cargo.toml` is `report`, which is not an app
    hint: did you mean `reports`?
    ");
}
