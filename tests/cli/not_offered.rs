//! Values that AWS does not offer any more: refused when new or changed, and a warning where they stay as they are deployed.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use support::{Program, paths, tempdir};

const APP: &str = r#"//! A function of an old runtime.
use formwork::prelude::*;

/// The stack.
pub fn app(_: &Context) -> App {
    let mut stack = Stack::<EuWest1>::new("old");
    let properties = json!({
        "Code": { "S3Bucket": "bucket", "S3Key": "key" },
        "Description": "DESCRIPTION",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/role",
        "Runtime": "RUNTIME",
    });
    stack.add("Function", Untyped::new("AWS::Lambda::Function", properties));
    App::new().with(stack)
}
"#;

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// A crate that is a workspace, with an app of one function.
fn workspace(folder: &Path, description: &str, runtime: &str) {
    let formwork = paths::root().join("crates/formwork");
    let manifest = format!(
        "[package]\nname = \"old\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[workspace]\n\n\
         [dependencies]\nformwork = {{ path = {formwork:?} }}\n"
    );
    write(&folder.join("Cargo.toml"), &manifest);
    fs::copy(paths::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    write(&folder.join("src/main.rs"), "fn main() -> std::process::ExitCode {\n    formwork::main(old::app)\n}\n");
    let app = APP.replace("DESCRIPTION", description).replace("RUNTIME", runtime);
    write(&folder.join("src/lib.rs"), &app);
}

fn check(folder: &Path, arguments: &[&str]) -> String {
    let path = folder.canonicalize().unwrap();
    let program = Program::formwork().args(arguments).current_dir(&path).env("CARGO_TARGET_DIR", path.join("target"));
    program.env("CARGO_NET_OFFLINE", "true").call(path.display(), "[WORKSPACE]").run().snapshot()
}

#[test]
fn what_stays_as_it_is_deployed_is_a_warning() {
    let folder = tempdir();
    let folder = folder.path();
    workspace(folder, "first", "python3.7");
    assert_snapshot!("new", check(folder, &["diff", "--local", "--quiet"]));
    let deployed = check(folder, &["deploy", "--local", "--yes", "--no-validate", "--quiet"]);
    assert!(deployed.starts_with("exit code: 0"), "{deployed}");
    workspace(folder, "second", "python3.7");
    assert_snapshot!("stays", check(folder, &["diff", "--local", "--quiet"]));
    workspace(folder, "second", "nodejs14.x");
    assert_snapshot!("changes", check(folder, &["diff", "--local", "--quiet"]));
}
