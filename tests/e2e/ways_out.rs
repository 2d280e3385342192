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
    let update = ["--require-approval", "never", "--context", ANOTHER_ZONE];
    let failed = run_with(state, &faults, "deploy", &update);
    assert_eq!(failed.code, Some(2));
    assert_snapshot!("0_events", run(state, "events", &["habitpay-site"]).snapshot());
    assert_eq!(run(state, "events", &["--follow"]).code, Some(1), "which of the two");
    run(state, "events", &["--follow", "habitpay-site"]).success();
    assert_snapshot!("1_status", run(state, "status", &[]).snapshot());
    let status = run(state, "status", &["--json", "habitpay-site"]).json();
    assert_eq!(status["stacks"][0]["deployed"]["status"], "UPDATE_ROLLBACK_FAILED");
    assert_snapshot!("2_misspelt", run(state, "continue", &["--skip", "Distributio"]).snapshot());
    // It is no way out of this status.
    let other = run(state, "rollback", &["--yes", "--json", "habitpay-site"]);
    assert_eq!(other.code, Some(1));
    let said = other.stderr.lines().filter(|line| line.starts_with("error:")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(said, @"error: `habitpay-site` is in UPDATE_ROLLBACK_FAILED, where no failed operation was left as it was, to be rolled back");
    let stack = &other.json()["stacks"][0];
    assert_eq!((&stack["outcome"], &stack["found"]), (&json!("unchanged"), &json!("UPDATE_ROLLBACK_FAILED")));
    assert!(stack["failure"]["hints"][0].as_str().unwrap().contains("formwork continue habitpay-site"), "{stack}");
    // Nor is a deploy, whose refusal says which stack is meant.
    let refused = run(state, "deploy", &["--yes", "--json", "habitpay-site"]);
    let error = &refused.json()["error"];
    assert_eq!(
        (&error["stack"]["id"], &error["status"]),
        (&json!("habitpay-site@ap-northeast-2"), &json!("UPDATE_ROLLBACK_FAILED"))
    );
    assert!(error["hints"][0].as_str().unwrap().contains("formwork continue habitpay-site"), "{error}");
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
    let failure = format!("{:#}", failed.json()["stacks"][0]["failure"]);
    assert_snapshot!("6_failure", failure.replace(&state.display().to_string(), "[STATE]"));
    assert_snapshot!("7_retained", run(state, "destroy", &["--yes", "--retain", "habitpay-site/AliasA"]).snapshot());
    assert_snapshot!("8_status", run(state, "status", &[]).snapshot());
}

/// The login of a run expires at each of its calls: its last words are compared with the stacks that the engine then has.
#[test]
fn a_login_that_expires_takes_nothing_from_the_last_line() {
    let folder = tempdir();
    let whole = folder.path().join("whole");
    run(&whole, "deploy", &["--yes"]).success();
    for (command, before) in [("deploy", None), ("destroy", Some(&whole))] {
        let mut count = 0;
        while expire_at(count + 1, folder.path(), command, before.map(|path| path.as_path())) {
            count += 1;
        }
        assert!(count >= 8, "`{command}` makes more than {count} calls");
    }
}

/// False once the run makes fewer calls than that.
fn expire_at(call: u32, folder: &Path, command: &str, before: Option<&Path>) -> bool {
    let state = &folder.join(format!("{command}-{call}"));
    if let Some(before) = before {
        std::fs::create_dir(state).unwrap();
        for file in std::fs::read_dir(before).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), state.join(file.file_name())).unwrap();
        }
    }
    let found = statuses(state);
    let file = state.with_extension("faults");
    std::fs::write(&file, json!({ "expireAtCall": call }).to_string()).unwrap();
    let faults = file.display().to_string();
    let ended = run(state, command, &["--yes", "--local-faults", &faults]);
    if ended.code == Some(0) {
        return false;
    }
    let said = &ended.stderr;
    assert_eq!(ended.code, Some(2), "{command} {call}: {said}");
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    let end = errors.last().and_then(|last| last.split_once("; ")).map(|(_, end)| end).unwrap_or_default();
    for ((stack, before), (_, now)) in found.iter().zip(&statuses(state)) {
        let claim = end.split(", ").find(|clause| clause.contains(stack.as_str()) || *clause == "nothing was changed");
        let claim = claim.unwrap_or_default();
        let is_same = before == now || before.is_empty() && now == "REVIEW_IN_PROGRESS";
        let holds = match claim {
            _ if claim.contains("not changed") || claim == "nothing was changed" => is_same,
            "" => said.contains("goes on with it") || said.contains("may go on"),
            _ if claim.contains("created") => now == "CREATE_COMPLETE",
            _ if claim.contains("deleted") => now.is_empty(),
            _ => false,
        };
        assert!(holds, "{command}, call {call}: `{stack}` was {before:?}, is {now:?}: {said}");
        let is_left = now == "REVIEW_IN_PROGRESS";
        assert!(!is_left || said.contains("removes the empty stack"), "{command}, call {call}: {said}");
    }
    // Going on, and the rollback.
    run(state, command, &["--yes"]).success();
    run(state, "destroy", &["--yes"]).success();
    assert!(statuses(state).iter().all(|(_, status)| status.is_empty()));
    true
}

/// Every stack, with its status; an empty one for a stack that is not deployed.
fn statuses(state: &Path) -> Vec<(String, String)> {
    let document = run(state, "status", &["--json"]).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let stacks = document["stacks"].as_array().unwrap();
    stacks.iter().map(|stack| (text(&stack["name"]), text(&stack["deployed"]["status"]))).collect()
}
