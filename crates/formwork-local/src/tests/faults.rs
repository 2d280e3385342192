//! Faults that a request brings: those of the file of faults are what the tests of failures use.

use super::state::{TOPIC, ask_with, open};
use crate::engine::Engine;
use crate::faults::Faults;

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
fn a_header_that_is_not_understood_refuses_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    let create = format!("Action=CreateStack&StackName=one&TemplateBody={TOPIC}");
    for (header, reason) in [
        ("{", "EOF while parsing"),
        (r#"{ "seed": 2 }"#, "a seed holds from the engine"),
        (r#"{ "operations": [{ "action": "DescribeStack" }] }"#, "`DescribeStack` is no operation of this engine"),
        (r#"{ "operations": [{ "probability": 1.5 }] }"#, "the probability `1.5` is not between 0 and 1"),
        (r#"{ "operations": [{ "code": "Denied" }] }"#, "unknown variant `Denied`"),
    ] {
        let (status, body) = ask(&engine, &create, header);
        assert!(status == 400 && body.contains("InvalidFaults") && body.contains(reason), "{header}: {body}");
    }
    assert!(!ask_with(&engine, "Action=ListStacks", None).1.contains("one"));
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
