//! A person at a terminal: only what is typed after the question answers it.
#![cfg(unix)]

use std::path::Path;

use support::terminal::{CTRL_C, Turn};
use support::{Ministack, Program, tempdir};

use crate::{habitpay, zone};

const QUESTION: &str = "[y/N] ";

/// Deploys habitpay to an engine of its own; what the terminal shows at the end.
fn deploy(state: &Path, before: &str, turns: &[Turn<'_>]) -> String {
    let command = ["deploy", "--quiet", "--app", "habitpay", "--local", "--local-state"];
    let run = Program::formwork().args(command).arg(state).on_terminal(before, turns);
    let shown = run.shown();
    let from = shown.find("Deploy this?").unwrap_or_else(|| panic!("it did not ask:\n{shown}"));
    shown[from..].to_owned()
}

#[test]
fn an_answer_typed_before_the_question_does_not_count() {
    let folder = tempdir();
    for (index, before) in ["y\n", "yes\n", "y\ny\ny\n", "y"].iter().enumerate() {
        let state = folder.path().join(index.to_string());
        let shown = deploy(&state, before, &[Turn { after: QUESTION, typed: "\n" }]);
        assert!(shown.contains("error: not approved; nothing was changed\n"), "{before:?}: {shown}");
    }
    // While the preview is being made, and not only before the program began.
    let while_it_works = Turn { after: "warning:", typed: "y\n" };
    let shown = deploy(&folder.path().join("while"), "", &[while_it_works, Turn { after: QUESTION, typed: "n\n" }]);
    assert!(shown.contains("error: not approved; nothing was changed\n"), "{shown}");
}

#[test]
fn an_answer_typed_at_the_question_counts() {
    let folder = tempdir();
    let shown = deploy(&folder.path().join("state"), "n\nn\n", &[Turn { after: QUESTION, typed: "y\n" }]);
    assert!(shown.contains("habitpay-site.Url = https://api.habitpay.link\n"), "{shown}");
}

/// Nothing was changed until then, whatever the command.
#[test]
fn ctrl_c_at_a_question_ends_the_command() {
    let folder = tempdir();
    let state = folder.path().join("state");
    let interrupt = [Turn { after: QUESTION, typed: CTRL_C }];
    let said = |command: &str, more: &[&str]| {
        let program = Program::formwork().args([command, "--app", "habitpay", "--local", "--local-state"]);
        let run = program.arg(&state).args(more).on_terminal("", &interrupt);
        let shown = run.shown();
        (run.code, shown.lines().any(|line| line.starts_with("error: interrupted")))
    };
    assert_eq!(said("deploy", &[]), (Some(1), true), "deploy");
    deploy(&state, "", &[Turn { after: QUESTION, typed: "y\n" }]);
    assert_eq!(said("destroy", &[]), (Some(1), true), "destroy");
    // The rollback of an update stops.
    let fault = |id: &str, at: &str| serde_json::json!({ "logicalId": id, "at": at, "reason": "no", "times": 1 });
    let faults = [fault("AliasAaaa", "create"), fault("Distribution", "rollback")];
    let file = folder.path().join("faults.json");
    std::fs::write(&file, serde_json::json!({ "seed": 1, "resources": faults }).to_string()).unwrap();
    let update = ["--require-approval", "never", "--context", "zone-id=Z2222222222222", "--local-faults"];
    let program = Program::formwork().args(["deploy", "--app", "habitpay", "--local", "--local-state"]).arg(&state);
    assert_eq!(program.args(update).arg(&file).run().code, Some(2));
    assert_eq!(said("continue", &[]), (Some(1), true), "continue");
}

#[test]
fn the_engines_state_is_not_deleted_by_what_was_typed_before() {
    let folder = tempdir();
    let state = folder.path().join("state");
    deploy(&state, "", &[Turn { after: QUESTION, typed: "y\n" }]);
    let reset = |before: &str, typed: &str| {
        let command = Program::formwork().args(["local", "reset", "--state"]).arg(&state);
        command.on_terminal(before, &[Turn { after: QUESTION, typed }]).code
    };
    assert_eq!((reset("y\n", "\n"), state.exists()), (Some(1), true));
    assert_eq!((reset("n\n", "y\n"), state.exists()), (Some(0), false));
}

/// The certificate is replaced; then the server finds that the distribution may be replaced too, which is more than what was
/// approved.
#[test]
fn what_was_done_before_a_no_is_said() {
    let server = Ministack::start();
    let (first, second) = (zone(&server, "habitpay.link"), zone(&server, "habitpay.link"));
    habitpay(&server, "deploy", &first).arg("--yes").run().success();
    let turns = [Turn { after: QUESTION, typed: "y\n" }, Turn { after: QUESTION, typed: "n\n" }];
    let shown = habitpay(&server, "deploy", &second).arg("--quiet").on_terminal("", &turns).shown();
    let last = shown.lines().rev().find(|line| line.starts_with("error:"));
    assert_eq!(
        last,
        Some("error: not approved; `habitpay-edge` was updated, `habitpay-site` was not changed"),
        "{shown}"
    );
}
