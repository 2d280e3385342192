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
const PRINTS_AND_CRASHES: &str = "fn main() {\n    println!(\"looking at\\nthe zone\");\n    panic!(\"no zone\");\n}\n";
const EXITS: &str = "fn main() {\n    println!(\"leaving\");\n    std::process::exit(7);\n}\n";
const FLOODS: &str = "fn main() {\n    loop {\n        println!(\"again and again\");\n    }\n}\n";
const LOOKS_AROUND: &str = r#"fn main() {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        println!("{name}");
    }
    std::process::exit(7);
}
"#;
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
    hint: mark a package as an app by the table `[package.metadata.formwork]` in its `Cargo.toml`; `cargo formwork init` adds one
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

/// Its last lines may say where it was.
#[test]
fn an_app_that_prints_and_panics() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", PRINTS_AND_CRASHES)], "");
    let snapshot = check(folder.path(), &["list", "--quiet"]);
    assert!(snapshot.contains("\nlooking at\nthe zone\nerror: the app `site` crashed: it panicked"), "{snapshot}");
}

#[test]
fn an_app_that_ends_by_itself() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", EXITS)], "");
    assert_snapshot!(check(folder.path(), &["list"]), @"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    leaving
    error: the app `site` crashed: exit code 7
    hint: `formwork::main` ends a stack program with 0 to 3: look for a `std::process::exit` in it, or in what it calls
    ");
}

/// The end of what it printed is shown, and no more of it is kept than a report may be long.
#[test]
fn an_app_that_prints_without_end() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", FLOODS)], "");
    let snapshot = check(folder.path(), &["list"]);
    assert_eq!(snapshot.matches("again and again\n").count(), 20, "{snapshot}");
    let (_, end) = snapshot.rsplit_once("again\n").unwrap();
    assert_snapshot!(end, @"
    error: the app `site` printed more than 16 MiB
    hint: a stack program prints its report, and what was left in it for debugging: look for a loop that prints
    ");
}

/// It asks nobody, and so needs no login.
#[test]
fn an_app_knows_of_no_login() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", LOOKS_AROUND)], "");
    let path = folder.path().canonicalize().unwrap();
    let program = Program::formwork().args(["list"]).current_dir(&path).env("CARGO_TARGET_DIR", path.join("target"));
    let program = program.env("AWS_PROFILE", "production").env("AWS_SECRET_ACCESS_KEY", "secret");
    assert_snapshot!(program.run().shown(), @"
    error: the app `site` crashed: exit code 7
    hint: `formwork::main` ends a stack program with 0 to 3: look for a `std::process::exit` in it, or in what it calls
    [exit code 1]
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
    hint: its `main` has to be `formwork::main(site::app)`, which prints the last line: look for a `std::process::exit` in the app, or in what it calls, which ends it before, and for what is printed afterwards
    ");
}

/// A build that takes long is told if cargo's progress is not shown, unless quiet was asked for.
#[test]
fn a_build_that_takes_long() {
    let folder = tempdir();
    workspace(folder.path(), &[("site", PRINTS)], "");
    let sleeps = "fn main() {\n    std::thread::sleep(std::time::Duration::from_secs(7));\n    println!(\"cargo::rerun-if-changed=none\");\n}\n";
    write(&folder.path().join("site/build.rs"), sleeps);
    let line = "cargo is at work on `site`, or waits for another cargo in the same folder\n";
    let list = |more: &[&str]| Program::formwork().arg("list").args(more).current_dir(folder.path()).run().stderr;
    assert!(!list(&["--quiet"]).contains(line));
    assert_eq!(list(&[]).matches(line).count(), 1);
}

/// A workspace that an older program made, or that says where an older formwork is.
#[test]
fn a_formwork_of_another_version() {
    let folder = tempdir();
    workspace(folder.path(), &[("reports", REPORTS)], "");
    let own = folder.path().join("reports/Cargo.toml");
    let depends = |text: &str| {
        let manifest =
            "[package]\nname = \"reports\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[dependencies]\n";
        write(&own, &format!("{manifest}{text}\n"));
    };
    depends("formwork = { path = \"../formwork\" }");
    let library = folder.path().join("formwork");
    write(&library.join("Cargo.toml"), "[package]\nname = \"formwork\"\nversion = \"0.0.9\"\nedition = \"2024\"\n");
    write(&library.join("src/lib.rs"), "");
    let version = env!("CARGO_PKG_VERSION");
    let older = check(folder.path(), &["list"]);
    let warning = format!(
        "warning: the stacks are built with formwork 0.0.9, and this command is {version}\nhint: `cargo formwork init --update` has"
    );
    assert!(older.contains(&warning), "{older}");
    write(&library.join("Cargo.toml"), "[package]\nname = \"formwork\"\nversion = \"99.0.1\"\nedition = \"2024\"\n");
    let newer = check(folder.path(), &["list"]);
    assert!(newer.contains("hint: install the command of version 99.0.1"), "{newer}");

    // Nothing of that version is there.
    depends("formwork.workspace = true");
    write(
        &folder.path().join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"reports\"]\n\n[workspace.dependencies]\nformwork = \"0.0.9\"\n",
    );
    let missing = Program::formwork().args(["list"]).current_dir(folder.path()).env("CARGO_NET_OFFLINE", "true");
    let missing = missing.run().shown();
    assert!(
        missing
            .contains("error: `reports` did not compile\nhint: the workspace takes formwork 0.0.9 from the registry"),
        "{missing}"
    );
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

#[test]
fn every_misspelt_key_of_a_manifest_with_its_line() {
    let folder = tempdir();
    workspace(folder.path(), &[("reports", REPORTS)], "[workspace.metadata.formwork]\ndefault_app = \"reports\"\n");
    let mut manifest = fs::read_to_string(folder.path().join("reports/Cargo.toml")).unwrap();
    manifest += "time_limit = 90\ntime-limit = \"90\"\nschema = \"own\"\nowner = \"me\"\n";
    write(&folder.path().join("reports/Cargo.toml"), &manifest);
    assert_snapshot!("misspelt_keys", check(folder.path(), &["list"]));
}
