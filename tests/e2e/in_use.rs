//! A certificate that is replaced while the distribution of another stack uses it.

use std::path::Path;

use insta::assert_snapshot;
use support::{Program, tempdir};

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

#[test]
fn the_pattern_retains_it_and_the_deploy_names_what_is_left() {
    let folder = tempdir();
    let state = folder.path().join("state");
    run("habitpay-pattern", &state, "deploy", "ZFIRST", &["--yes"]).run().success();
    let again = run("habitpay-pattern", &state, "deploy", "ZSECOND", &["--yes"]).run();
    assert_snapshot!("replaced_and_retained", again.snapshot());
    let left =
        run("habitpay-pattern", &state, "deploy", "ZTHIRD", &["--yes", "--json", "--quiet"]).run().success().json();
    let left = left["stacks"][0]["leftBehind"][0]["physicalId"].as_str().unwrap_or_default().to_owned();
    assert!(left.starts_with("arn:aws:acm:us-east-1:"), "{left}");
}
