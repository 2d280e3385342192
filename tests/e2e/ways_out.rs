//! States that hold the next operation up, and the command that leads out of each: reached on the embedded engine by faults, left by
//! the advice of the deployer itself.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::{Program, Run, tempdir};

/// A command on habitpay, with the engine's state in `folder`.
fn run(folder: &Path, command: &str, more: &[&str]) -> Run {
    let program = Program::formwork().args([command, "--app", "habitpay", "--local", "--local-state"]).arg(folder);
    program.call(folder.display(), "[STATE]").args(more).run()
}

/// The same, where this goes wrong.
fn run_with(folder: &Path, faults: &[Value], command: &str, more: &[&str]) -> Run {
    let file = folder.with_extension("faults");
    std::fs::write(&file, json!({ "seed": 1, "resources": faults }).to_string()).unwrap();
    let faults = file.display().to_string();
    run(folder, command, &[more, &["--local-faults", &faults]].concat())
}

fn fault(logical_id: &str, at: &str, reason: &str) -> Value {
    json!({ "stack": "habitpay-site", "logicalId": logical_id, "at": at, "reason": reason, "times": 1 })
}

/// Another zone moves the aliases, by which an update can fail half-way.
const ANOTHER_ZONE: &str = "zone-id=Z2222222222222";

#[test]
fn a_rollback_that_failed_is_continued() {
    let faults = [fault("AliasAaaa", "create", "no room left"), fault("Distribution", "rollback", "it is locked")];
    let folder = tempdir();
    let state = &folder.path().join("state");
    run(state, "deploy", &["--yes"]).success();
    let update = ["--yes", "--allow-replace", "--context", ANOTHER_ZONE];
    let failed = run_with(state, &faults, "deploy", &update);
    assert_eq!(failed.code, Some(2));
    assert_snapshot!("0_events", run(state, "events", &["habitpay-site"]).snapshot());
    assert_eq!(run(state, "events", &["--follow"]).code, Some(1), "which of the two");
    run(state, "events", &["--follow", "habitpay-site"]).success();
    assert_snapshot!("1_status", run(state, "status", &[]).snapshot());
    let status = run(state, "status", &["--json", "habitpay-site"]).json();
    assert_eq!(status["stacks"][0]["deployed"]["status"], "UPDATE_ROLLBACK_FAILED");
    assert_snapshot!("2_misspelt", run(state, "continue", &["--skip", "Distributio"]).snapshot());
    assert_snapshot!("3_nobody_to_ask", run(state, "continue", &[]).snapshot());
    assert_snapshot!("4_continued", run(state, "continue", &["--yes", "--skip", "Distribution"]).snapshot());
    run(state, "deploy", &update).success();
    assert_snapshot!("5_status", run(state, "status", &[]).snapshot());
}

#[test]
fn a_deletion_that_failed_is_finished() {
    let faults = [fault("AliasA", "delete", "it is held")];
    let folder = tempdir();
    let state = &folder.path().join("state");
    run(state, "deploy", &["--yes"]).success();
    let failed = run_with(state, &faults, "destroy", &["--yes", "--json"]);
    assert_eq!(failed.code, Some(2));
    assert_snapshot!("6_failure", format!("{:#}", failed.json()["stacks"][0]["failure"]));
    assert_snapshot!("7_retained", run(state, "destroy", &["--yes", "--retain", "habitpay-site:AliasA"]).snapshot());
    assert_snapshot!("8_status", run(state, "status", &[]).snapshot());
}

/// The last line is compared with the operations: one that is done is named, and one that may be in progress is not denied.
#[test]
fn a_login_that_expires_takes_nothing_from_the_last_line() {
    for (call, said) in [
        (8, "`habitpay-edge` was created, `habitpay-site` was not changed"),
        (13, "`habitpay-edge` was created"),
        (14, "`habitpay-edge` and `habitpay-site` were created"),
    ] {
        let folder = tempdir();
        let file = folder.path().join("faults.json");
        std::fs::write(&file, json!({ "expireAtCall": call }).to_string()).unwrap();
        let faults = file.display().to_string();
        let state = folder.path().join("state");
        let failed = run(&state, "deploy", &["--yes", "--local-faults", &faults]);
        let last = failed.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default().to_owned();
        assert_eq!((failed.code, last.split_once("; ").map(|(_, end)| end)), (Some(2), Some(said)), "{call}: {last}");
        run(&state, "deploy", &["--yes"]).success();
    }
}
