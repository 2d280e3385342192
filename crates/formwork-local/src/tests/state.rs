//! The disk: nothing acknowledged is lost, and nothing is overwritten that could not be read.

use std::fs;
use std::path::Path;

use crate::engine::{Engine, Options, Reply};
use crate::error::LocalError;

const TOPIC: &str = "%7B%22Resources%22%3A%7B%22A%22%3A%7B%22Type%22%3A%22AWS%3A%3ASNS%3A%3ATopic%22%7D%7D%7D";
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/cloudformation/aws4_request";

fn open(state: &Path, speed: Option<f64>) -> Result<Engine, LocalError> {
    Engine::open(&Options { state: state.to_owned(), speed, ..Options::default() })
}

fn ask(engine: &Engine, body: &str) -> (u16, String) {
    match engine.query(body.as_bytes(), AUTHORIZATION, None) {
        Reply::Answer { status, body, .. } => (status, String::from_utf8(body).unwrap()),
        Reply::Cut => (0, String::new()),
    }
}

#[test]
fn stacks_outlive_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    assert_eq!(ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}")).0, 200);
    assert!(matches!(open(folder.path(), None), Err(LocalError::InUse { .. })));
    drop(engine);
    let engine = open(folder.path(), None).unwrap();
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("<StackStatus>CREATE_COMPLETE</StackStatus>"));
}

#[test]
fn an_operation_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    // A topic takes three seconds at AWS: at this speed, thirty.
    let engine = open(folder.path(), Some(0.1)).unwrap();
    ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}"));
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("CREATE_IN_PROGRESS"));
    drop(engine);
    let file = folder.path().join("stacks/1.json");
    // Time passes.
    let mut stack: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    stack["operation"]["steps"][0]["state"]["Running"]["until"] = 0.into();
    fs::write(&file, stack.to_string()).unwrap();
    let engine = open(folder.path(), None).unwrap();
    engine.tick();
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("CREATE_COMPLETE"));
}

#[test]
fn what_cannot_be_read_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), None).unwrap());
    fs::write(folder.path().join("VERSION"), "7\n").unwrap();
    assert!(matches!(open(folder.path(), None), Err(LocalError::Version { found: 7, .. })));
    fs::write(folder.path().join("VERSION"), "1\n").unwrap();
    fs::write(folder.path().join("stacks/1.json"), "{").unwrap();
    assert!(matches!(open(folder.path(), None), Err(LocalError::Unreadable { .. })));
    assert_eq!(fs::read_to_string(folder.path().join("stacks/1.json")).unwrap(), "{");
}

#[test]
fn reset_deletes_states_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(crate::reset(folder.path()), Err(LocalError::NoState { .. })));
    drop(open(folder.path(), None).unwrap());
    assert!(crate::reset(folder.path()).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn malformed_requests_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    for body in [
        "",
        "Action=%zz",
        "Action",
        "Action=CreateStack",
        "Action=CreateStack&StackName=a&TemplateBody=%7B",
        "Action=Nope",
    ] {
        let (status, text) = ask(&engine, body);
        assert_eq!(status, 400, "{body}");
        assert!(text.starts_with("<ErrorResponse"), "{body}: {text}");
    }
}
