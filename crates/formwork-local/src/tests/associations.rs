//! Associations that a program outside carries out: waited for, failed by it, and done again by a rollback.
//!
//! Source: the handler of `AWS::SSM::Association`, which waits for `WaitForSuccessTimeoutSeconds` on create and on update, and fails on
//! any status but success; CloudFormation User Guide, "Stack failure options" (a rollback is an update with what was before).

use serde_json::{Value as Json, json};

use super::Local;
use crate::machine;

fn template(value: &str, timeout: Option<u64>) -> Json {
    let mut association = json!({ "Name": { "Ref": "Document" }, "Parameters": { "Value": [value] } });
    if let Some(timeout) = timeout {
        association["WaitForSuccessTimeoutSeconds"] = timeout.into();
    }
    json!({ "Resources": {
        "Document": { "Type": "AWS::SSM::Document", "Properties": { "DocumentType": "Command", "Content": {
            "schemaVersion": "2.2",
            "parameters": {
                "Value": { "type": "String", "allowedPattern": "^[a-z]*$" },
                "More": { "type": "String", "default": "none" },
            },
            "mainSteps": [{ "action": "aws:runShellScript", "name": "run", "inputs": {
                "runCommand": ["set -u", "echo '{{ Value }}' '{{More}}'"],
            } }],
        } } },
        "Association": { "Type": "AWS::SSM::Association", "Properties": association },
    } })
}

fn local() -> Local {
    let mut local = Local::new();
    local.world.runs.is_on = true;
    local
}

/// The only script that waits to be run, which then ends so.
#[track_caller]
fn run(local: &mut Local, result: Result<(), &str>) -> String {
    let mut wanted = local.world.runs.take();
    assert_eq!(wanted.len(), 1, "{wanted:?}");
    let wanted = wanted.remove(0);
    local.world.runs.ended(&wanted.key, result.map_err(str::to_owned));
    local.world.wake(&wanted.stack);
    machine::tick(&mut local.world);
    wanted.script
}

#[test]
fn the_stack_is_complete_when_the_script_is() {
    let mut local = local();
    local.create("site", &template("blue", Some(60))).unwrap();
    assert_eq!(local.status("site"), "CREATE_IN_PROGRESS");
    assert_eq!(run(&mut local, Ok(())), "set -u\necho 'blue' 'none'\n");
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    // An unchanged association does not run again.
    local.update("site", &template("blue", Some(60))).unwrap_err();
    assert_eq!(local.world.runs.take(), []);
}

#[test]
fn a_failure_rolls_back_with_what_was_before() {
    let mut local = local();
    local.create("site", &template("blue", Some(60))).unwrap();
    run(&mut local, Ok(()));
    local.update("site", &template("green", Some(60))).unwrap();
    assert_eq!(run(&mut local, Err("green does not answer")), "set -u\necho 'green' 'none'\n");
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_IN_PROGRESS");
    assert_eq!(run(&mut local, Ok(())), "set -u\necho 'blue' 'none'\n");
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(
        local.events("site").contains("Association UPDATE_FAILED green does not answer"),
        "{}",
        local.events("site")
    );
    // A rollback that fails too is reported as failed.
    local.update("site", &template("green", Some(60))).unwrap();
    run(&mut local, Err("no"));
    run(&mut local, Err("neither"));
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
}

#[test]
fn a_first_failure_leaves_no_stack_and_runs_nothing_again() {
    let mut local = local();
    local.create("site", &template("blue", Some(60))).unwrap();
    run(&mut local, Err("no disk"));
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    assert_eq!(local.world.runs.take(), []);
}

#[test]
fn nobody_waits_longer_than_was_asked_for() {
    let mut local = local();
    local.create("site", &template("blue", Some(60))).unwrap();
    local.wait(59);
    assert_eq!(local.status("site"), "CREATE_IN_PROGRESS");
    local.wait(2);
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    assert!(local.events("site").contains("has not succeeded within 60 seconds"));
}

#[test]
fn without_a_time_nobody_waits() {
    let mut local = local();
    local.create("site", &template("blue", None)).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    assert_eq!(local.world.runs.take().len(), 1);
}

#[test]
fn what_the_document_does_not_take_is_refused() {
    let mut local = local();
    local.create("site", &template("blue'; id; '", Some(60))).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    assert!(local.events("site").contains("the value of the parameter Value does not match its pattern"));
    assert_eq!(local.world.runs.take(), []);
}
