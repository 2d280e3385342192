//! `--local`, as somebody tries it first: every command, what it prints to the last line, and what becomes of the state.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use support::{Program, Run, tempdir};

/// A command on habitpay, with the engine's state in `folder`.
fn formwork(folder: &Path, command: &str) -> Program {
    let run = Program::formwork().args([command, "--app", "habitpay", "--local", "--local-state"]).arg(folder);
    run.call(folder.display(), "[STATE]")
}

fn run(folder: &Path, command: &str, more: &[&str]) -> Run {
    formwork(folder, command).args(more).run()
}

fn reset(state: &Path) -> Run {
    Program::formwork().args(["local", "reset", "--state"]).arg(state).call(state.display(), "[STATE]").run()
}

/// README, the first command; then what people do next.
#[test]
fn the_first_minutes() {
    let folder = tempdir();
    let state = folder.path().join("state");
    assert_snapshot!("1_no_terminal_to_ask_on", run(&state, "deploy", &[]).snapshot());
    assert_snapshot!("2_deploy", run(&state, "deploy", &["--yes"]).snapshot());
    assert_snapshot!("3_deploy_again", run(&state, "deploy", &["--yes"]).snapshot());
    assert_snapshot!("4_diff", run(&state, "diff", &[]).snapshot());
    assert_snapshot!("5_outputs", run(&state, "outputs", &[]).snapshot());
    let documents = ["deploy", "diff", "outputs"].map(|command| {
        let yes: &[&str] = if command == "deploy" { &["--json", "--yes"] } else { &["--json"] };
        let run = run(&state, command, yes).success();
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        document.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    });
    assert_snapshot!("6_documents", documents.join("\n"));
    assert_snapshot!("7_destroy", run(&state, "destroy", &["--yes"]).snapshot());
    assert_snapshot!("8_diff_of_nothing", run(&state, "diff", &["--quiet"]).snapshot());
    assert_snapshot!("9_reset", format!("{}\n{}", reset(&state).snapshot(), reset(&state).snapshot()));
    assert!(!state.exists());
}

/// Ctrl-C while a distribution takes its minutes: nothing is lost, and the next command goes on with it.
#[test]
fn an_interrupted_deployment_goes_on() {
    let folder = tempdir();
    let state = folder.path().join("state");
    // The certificate takes seconds at this speed; it is waited for when the signal comes.
    let slow = formwork(&state, "deploy").args(["--yes", "--local-speed", "30"]);
    let interrupted = slow.start("Certificate waits until DNS answers").interrupt();
    assert_snapshot!("interrupted", interrupted.snapshot());
    // Whether it is still waited for, or was over when the engine started again, is a matter of the machine's speed.
    let next = run(&state, "deploy", &["--yes"]).success();
    assert!(next.stderr.contains("habitpay-edge (us-east-1): no changes"), "{}", next.snapshot());
    assert!(next.stderr.contains("habitpay-site  created: CREATE_COMPLETE"), "{}", next.snapshot());
    assert!(run(&state, "diff", &[]).stdout.contains("habitpay-site (ap-northeast-2): no changes"));
}

/// A second command on a state that one has, and states that cannot be read: told, and left as they are.
#[test]
fn states_that_cannot_be_used() {
    let folder = tempdir();
    let state = folder.path().join("state");
    let holder = Program::formwork().args(["local", "--state"]).arg(&state).start("listening on ");
    assert_snapshot!("in_use", run(&state, "deploy", &["--yes"]).snapshot());
    assert_snapshot!("reset_while_in_use", reset(&state).snapshot());
    drop(holder);
    fs::write(state.join("VERSION"), "99\n").unwrap();
    assert_snapshot!("newer", run(&state, "outputs", &[]).snapshot());
    assert_eq!(fs::read_to_string(state.join("VERSION")).unwrap(), "99\n");
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("diary.txt"), "dear diary").unwrap();
    assert_snapshot!("somebody_elses", run(&other, "outputs", &[]).snapshot());
    assert_eq!(reset(&other).code, Some(1));
    let left: Vec<_> = fs::read_dir(&other).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["diary.txt"]);
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    assert_snapshot!("a_file", run(&file, "outputs", &[]).snapshot());
}
