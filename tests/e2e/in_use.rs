//! A certificate that is replaced while the distribution of another stack uses it.

use std::path::Path;

use insta::assert_snapshot;
use support::{Program, tempdir};

/// A command on habitpay, with the hosted zone `zone`: another zone replaces the certificate.
fn run(state: &Path, command: &str, zone: &str, more: &[&str]) -> Program {
    Program::formwork()
        .args([command, "--app", "habitpay", "--context", &format!("zone-id={zone}"), "--local", "--local-state"])
        .arg(state)
        .args(more)
        .call(state.display(), "[STATE]")
}

#[test]
fn the_old_one_is_deleted_when_the_distribution_has_the_new_one() {
    let folder = tempdir();
    let state = folder.path().join("state");
    run(&state, "deploy", "ZFIRST", &["--yes"]).run().success();
    assert_snapshot!(
        "replaced_in_use",
        run(&state, "deploy", "ZSECOND", &["--require-approval", "never"]).run().snapshot()
    );
    run(&state, "diff", "ZSECOND", &["--fail-on", "any-change"]).run().success();
    // The stack that uses it need not be selected: the old one stays, and nobody removes it before that stack has followed.
    let alone =
        run(&state, "deploy", "ZTHIRD", &["habitpay-edge", "--require-approval", "never", "--quiet"]).run().success();
    assert_snapshot!(alone.stderr.lines().last().map(support::program::normalise).unwrap_or_default(), @"`Certificate` (AWS::CertificateManager::Certificate) of `habitpay-edge` was not deleted (it stays until `habitpay-site` has followed) and is in no stack any more: arn:aws:acm:us-east-1:[ACCOUNT]:certificate/[ID]");
    let garbage = run(&state, "gc", "ZTHIRD", &["--yes", "--quiet"]).run().success();
    assert_snapshot!(garbage.snapshot());
    let status = run(&state, "status", "ZTHIRD", &[]).run().success().stdout;
    assert!(
        status.contains("  the old `Certificate` (AWS::CertificateManager::Certificate) is in no stack any more: arn:"),
        "{status}"
    );
    // Its user follows alone: the run has nothing of the other stack to delete, and says where that is done.
    let user =
        run(&state, "deploy", "ZTHIRD", &["habitpay-site", "--require-approval", "never"]).run().success().stderr;
    let freed = "it takes other values of `habitpay-edge` now: if an update of that kept what it took before, `cargo formwork gc habitpay-edge --app";
    assert!(user.contains(freed), "{user}");
    let rest = run(&state, "deploy", "ZTHIRD", &["--require-approval", "never", "--json"]).run().success().json();
    assert_eq!(rest["stacks"][0]["removed"][0]["logicalId"], "Certificate");
    assert_snapshot!(run(&state, "gc", "ZTHIRD", &["--quiet"]).run().success().snapshot());
}
