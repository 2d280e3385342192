//! AWS's SDK for Python, and its model of the API, as judges.

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::Engine;

/// The findings of a script, a line per value where that is short.
fn shown(found: &Value) -> String {
    let uuid = support::program::normalise;
    uuid(&serde_json::to_string_pretty(found).unwrap())
}

/// Ids that are the same in every run; resources that break, and one that gets stuck.
fn faults() -> Value {
    let fault =
        |logical_id: &str, at: &str, reason: &str| json!({ "logicalId": logical_id, "at": at, "reason": reason });
    json!({
        "seed": 1,
        "resources": [
            fault("Broken", "create", "it broke"),
            fault("Stuck", "rollback", "it is stuck"),
            fault("Stuck", "delete", "it is stuck"),
        ],
    })
}

#[test]
fn every_operation_is_answered_as_the_model_says() {
    let engine = Engine::with_faults(&faults());
    assert_snapshot!(shown(&engine.python(include_str!("operations.py"), &[])));
}

#[test]
fn pages_are_whole() {
    let engine = Engine::start();
    assert_snapshot!(shown(&engine.python(include_str!("pages.py"), &[])));
}

#[test]
fn waiters_wait_and_give_up() {
    // What takes three seconds at AWS takes a third of one.
    let faults = support::tempdir();
    let path = faults.path().join("faults.json");
    std::fs::write(&path, self::faults().to_string()).unwrap();
    let engine = Engine::with(&["--speed", "10", "--faults", path.to_str().unwrap()]);
    assert_snapshot!(shown(&engine.python(include_str!("waiters.py"), &[])));
}

#[test]
fn refusals_have_their_class_and_words() {
    let engine = Engine::with_faults(&faults());
    assert_snapshot!(shown(&engine.python(include_str!("refusals.py"), &[])));
}

#[test]
fn what_stacks_made_is_read_by_cloud_control() {
    let engine = Engine::start();
    assert_snapshot!(shown(&engine.python(include_str!("cloud_control.py"), &[])));
}
