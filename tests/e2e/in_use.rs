//! A certificate that is replaced while the distribution of another stack uses it.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use support::{Program, paths, tempdir};

/// A command on one of the apps, with the hosted zone `zone`: another zone replaces the certificate.
fn run(app: &str, state: &Path, command: &str, zone: &str, more: &[&str]) -> Program {
    Program::formwork()
        .args([command, "--app", app, "--context", &format!("zone-id={zone}"), "--local", "--local-state"])
        .arg(state)
        .args(more)
        .call(state.display(), "[STATE]")
}

#[test]
fn it_is_shown_and_refused_with_yes() {
    let folder = tempdir();
    let state = folder.path().join("state");
    run("habitpay", &state, "deploy", "ZFIRST", &["--yes"]).run().success();
    assert_snapshot!("replaced_in_use", run("habitpay", &state, "deploy", "ZSECOND", &["--yes"]).run().snapshot());
    // The stack that uses it need not be selected.
    let alone = run("habitpay", &state, "diff", "ZSECOND", &["habitpay-edge", "--quiet"]).run().success();
    assert!(alone.stdout.contains("while `habitpay-site` (ap-northeast-2) uses it"), "{}", alone.stdout);
    let document = run("habitpay", &state, "diff", "ZSECOND", &["--json", "--quiet"]).run().success().json();
    assert_eq!(document["stacks"][0]["inUse"][0]["usedBy"][0]["id"], "habitpay-site@ap-northeast-2");
    // Nothing was changed.
    run("habitpay", &state, "diff", "ZFIRST", &["--fail-on", "any-change"]).run().success();
}

/// A crate that is a workspace, whose app is the pattern's.
fn workspace(folder: &Path) {
    let pattern = paths::root().join("tests/habitpay-pattern");
    let formwork = paths::root().join("crates/formwork");
    let manifest = format!(
        "[package]\nname = \"pattern\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n\n[workspace]\n\n\
         [dependencies]\nformwork = {{ path = {formwork:?} }}\nhabitpay-pattern = {{ path = {pattern:?} }}\n"
    );
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(paths::root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let main = "fn main() -> std::process::ExitCode {\n    formwork::main(habitpay_pattern::app)\n}\n";
    fs::write(folder.join("src/main.rs"), main).unwrap();
}

#[test]
fn the_pattern_retains_it_and_the_deploy_names_what_is_left() {
    let folder = tempdir();
    let state = folder.path().join("state");
    workspace(folder.path());
    let run = |zone: &str, more: &[&str]| {
        let program = run("pattern", &state, "deploy", zone, &["--require-approval", "never", "--quiet"])
            .args(more)
            .current_dir(folder.path());
        let program = program.env("CARGO_TARGET_DIR", paths::target_directory().join("pattern"));
        program.env("CARGO_NET_OFFLINE", "true").run()
    };
    run("ZFIRST", &[]).success();
    let again = run("ZSECOND", &[]).success();
    assert_snapshot!(again.stderr.lines().last().map(support::program::normalise).unwrap_or_default(), @"`Certificate` (AWS::CertificateManager::Certificate) of `habitpay-edge` was retained and is in no stack any more: arn:aws:acm:us-east-1:[ACCOUNT]:certificate/[ID]");
    let left = run("ZTHIRD", &["--json"]).success().json();
    let left = left["stacks"][0]["leftBehind"][0]["physicalId"].as_str().unwrap_or_default().to_owned();
    assert!(left.starts_with("arn:aws:acm:us-east-1:"), "{left}");
    assert!(again.stderr.trim_end().ends_with(|last: char| last.is_ascii_hexdigit()) && !again.stderr.contains(&left));
}
