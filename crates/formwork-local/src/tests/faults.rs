//! Faults that a request brings: those of the file of faults are what the tests of failures use.

use std::sync::Arc;

use super::state::{TOPIC, ask_with, open, open_at};
use crate::engine::Engine;
use crate::faults::Faults;
use crate::time::Hand;

fn ask(engine: &Engine, body: &str, faults: &str) -> (u16, String) {
    ask_with(engine, body, Some(faults))
}

#[test]
fn a_header_brings_faults_that_hold_from_its_call_on() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    let list = "Action=ListStacks";
    let (status, body) = ask(&engine, list, r#"{ "operations": [{ "times": 1 }] }"#);
    assert!(status == 400 && body.contains("<Code>Throttling</Code>"), "{body}");
    assert_eq!(ask_with(&engine, list, None).0, 200);
    assert_eq!(ask(&engine, list, r#"{ "operations": [{ "code": "InternalFailure", "times": 1 }] }"#).0, 500);

    let create = |name: &str| format!("Action=CreateStack&StackName={name}&TemplateBody={TOPIC}");
    let described = |name: &str| ask_with(&engine, &format!("Action=DescribeStacks&StackName={name}"), None).1;
    let fails =
        r#"{ "resources": [{ "stack": "one", "logicalId": "A", "at": "create", "reason": "no", "times": 1 }] }"#;
    assert_eq!(ask(&engine, &create("one"), fails).0, 200);
    assert!(described("one").contains("ROLLBACK_COMPLETE"));
    assert_eq!(ask_with(&engine, &create("two"), None).0, 200);
    assert!(described("two").contains("<StackStatus>CREATE_COMPLETE"));

    // The call is carried out, though nobody hears of it.
    assert_eq!(ask(&engine, &create("three"), r#"{ "cutAtCall": 1 }"#).0, 0);
    assert!(described("three").contains("<StackStatus>CREATE_COMPLETE"));
    assert_eq!(ask(&engine, list, r#"{ "expireAtCall": 2 }"#).0, 200);
    assert!(ask_with(&engine, list, None).1.contains("<Code>ExpiredToken</Code>"));
}

#[test]
fn calls_above_a_rate_are_refused_until_time_has_passed() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hand::new()));
    let engine = open_at(folder.path(), None, clock.clone()).unwrap();
    let calls = |count: usize, faults: Option<&str>| {
        let answers = (0..count).map(|_| ask_with(&engine, "Action=ListStacks", faults));
        answers.filter(|(_, body)| !body.contains("<Code>Throttling</Code>")).count()
    };
    let rate = Some(r#"{ "callsASecond": 10 }"#);
    assert_eq!(calls(30, rate), 10);
    clock.pass(500);
    assert_eq!(calls(30, None), 5);
    clock.pass(5_000);
    assert_eq!(calls(30, None), 10);
}

#[test]
fn a_header_that_is_not_understood_refuses_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    let create = format!("Action=CreateStack&StackName=one&TemplateBody={TOPIC}");
    for (header, reason) in [
        ("{", "EOF while parsing"),
        ("[]", "it is not an object"),
        ("null", "it is not an object"),
        (r#"{ "resources": [["one", "A", "create", "no", 1]] }"#, "has a fault that is not one"),
        (r#"{ "seed": 2 }"#, "a seed holds from the engine"),
        (r#"{ "operations": [{ "action": "DescribeStack" }] }"#, "`DescribeStack` is not an operation of this engine"),
        (r#"{ "operations": [{ "probability": 1.5 }] }"#, "the probability `1.5` is not between 0 and 1"),
        (r#"{ "callsASecond": 0 }"#, "`0` calls a second are less than 1"),
        (r#"{ "operations": [{ "code": "Denied" }] }"#, "unknown variant `Denied`"),
        (
            r#"{ "stale": [{ "action": "CreateStack", "times": 1 }] }"#,
            "`CreateStack` cannot be stale: only an operation that changes nothing can",
        ),
    ] {
        let (status, body) = ask(&engine, &create, header);
        assert!(status == 400 && body.contains("InvalidFaults") && body.contains(reason), "{header}: {body}");
    }
    assert!(!ask_with(&engine, "Action=ListStacks", None).1.contains("one"));
}

/// cloudformation.md, "Events": a read may be older than the last change.
#[test]
fn what_is_stale_is_what_was_before_the_last_change() {
    const STALE: &str = r#"{ "stale": [{ "action": "DescribeStacks", "times": 1 }] }"#;
    const EVENTS: &str = r#"{ "stale": [{ "action": "DescribeStackEvents", "times": 1 }] }"#;
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    let create = |name: &str| format!("Action=CreateStack&StackName={name}&TemplateBody={TOPIC}");
    let read = "Action=DescribeStacks&StackName=one";
    assert_eq!(ask_with(&engine, &create("one"), None).0, 200);
    // The fault comes with the read itself, and stays a fault of one read.
    assert!(ask(&engine, read, STALE).1.contains("does not exist"));
    assert!(ask_with(&engine, read, None).1.contains("CREATE_COMPLETE"));
    assert_eq!(ask_with(&engine, "Action=DeleteStack&StackName=one", None).0, 200);
    assert!(ask(&engine, read, STALE).1.contains("CREATE_COMPLETE"));
    assert!(ask_with(&engine, read, None).1.contains("does not exist"));
    // What is refused changes nothing.
    assert_eq!(ask_with(&engine, &create("two"), None).0, 200);
    assert_eq!(ask_with(&engine, &create("two"), None).0, 400);
    assert!(ask(&engine, &read.replace("one", "two"), STALE).1.contains("does not exist"));
    // What nobody hears of is carried out.
    assert_eq!(ask(&engine, &create("three"), r#"{ "cutAtCall": 1 }"#).0, 0);
    assert!(ask(&engine, &read.replace("one", "three"), STALE).1.contains("does not exist"));
    assert!(ask(&engine, &read.replace("one", "two"), STALE).1.contains("CREATE_COMPLETE"));
    // Events are those of that time.
    let events = |faults| {
        let events = ask_with(&engine, "Action=DescribeStackEvents&StackName=two", faults).1;
        events.matches("<member>").count()
    };
    assert_eq!((events(Some(EVENTS)), events(None)), (5, 5));
    let update = format!("Action=UpdateStack&StackName=two&TemplateBody={}", TOPIC.replace("%22A%22", "%22B%22"));
    assert_eq!(ask_with(&engine, &update, None).0, 200);
    let (stale, now) = (events(Some(EVENTS)), events(None));
    assert!(stale == 5 && now > 5, "{stale}, {now}");

    // After a restart, nothing changed yet.
    drop(engine);
    let engine = open(folder.path(), None).unwrap();
    assert!(ask(&engine, &read.replace("one", "two"), STALE).1.contains("UPDATE_COMPLETE"));
}

#[test]
fn the_example_of_the_documentation_is_one() {
    let documentation = include_str!("../faults.rs");
    let lines = documentation.lines().skip_while(|line| *line != "//! ```json").skip(1);
    let example: Vec<&str> =
        lines.take_while(|line| *line != "//! ```").map(|line| line.trim_start_matches("//!")).collect();
    let faults = Faults::read(example.join("\n").as_bytes()).unwrap();
    assert_eq!((faults.resources.len(), faults.drift.len()), (1, 1));
}
