//! The command that a failure prints is run as it stands, with nothing added but the approval: it leads out.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use formwork::assembly::{Assembly, StackArtifact, StackId};
use serde_json::{Value, json};
use support::python::with_credentials;
use support::{Program, Run, tempdir};

use crate::engine::Engine;

/// Two topics of one stack, with these names for people.
fn write(folder: &Path, shown: &str) {
    let topic = |shown: &str| json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": shown } });
    let mut second = topic(shown);
    second["DependsOn"] = json!("First");
    let stack = StackArtifact {
        id: StackId::new("news", "us-east-1"),
        partition: "aws".to_owned(),
        template: json!({ "Resources": { "First": topic(shown), "Second": second } }).to_string(),
        ..StackArtifact::default()
    };
    Assembly { stacks: vec![stack], ..Assembly::default() }.write(&folder.join("assembly")).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    with_credentials(Program::formwork()).args(arguments).current_dir(folder).run()
}

/// A command on the app, at this server.
fn at(engine: &Engine, folder: &Path, command: &str, more: &[&str]) -> Run {
    let place = ["--assembly", "assembly", "--endpoint-url", &engine.url];
    run(folder, &[&[command], more, &place].concat())
}

/// Runs the last command of this name that the run printed, and approves it.
#[track_caller]
fn printed(folder: &Path, said: &Run, command: &str, with: &str) -> Run {
    let text = format!("{}{}", said.stderr, said.stdout);
    let begin = format!("cargo formwork {command}");
    let commands = text.split('`').filter(|word| word.starts_with(&begin) && word.contains(with));
    let last = commands.last().unwrap_or_else(|| panic!("no `{begin}` with `{with}`:\n{text}"));
    let words: Vec<&str> = last.split(' ').skip(2).chain(["--yes"]).collect();
    run(folder, &words)
}

fn fault(logical_id: &str, at: &str, times: u32) -> Value {
    json!({ "stack": "news", "logicalId": logical_id, "at": at, "reason": "it is locked", "times": times })
}

fn engine(folder: &Path, resources: &[Value]) -> Engine {
    Engine::start(folder, &json!({ "resources": resources }))
}

/// The status of the stack; empty if it is not there.
fn status(engine: &Engine, folder: &Path) -> String {
    let document = at(engine, folder, "status", &["--json"]).json();
    document["stacks"][0]["deployed"]["status"].as_str().unwrap_or_default().to_owned()
}

const YES: [&str; 1] = ["--yes"];

#[test]
fn continue_leads_out_of_a_rollback_that_failed() {
    for (times, with) in [(1, ""), (2, "--skip")] {
        let folder = tempdir();
        let folder = folder.path();
        let engine = engine(folder, &[fault("Second", "update", 1), fault("First", "rollback", times)]);
        write(folder, "a");
        at(&engine, folder, "deploy", &YES).success();
        write(folder, "b");
        let failed = at(&engine, folder, "deploy", &YES);
        assert_eq!((failed.code, status(&engine, folder).as_str()), (Some(2), "UPDATE_ROLLBACK_FAILED"));
        if times == 2 {
            let again = printed(folder, &failed, "continue", "news");
            assert_eq!(again.code, if again.stderr.contains("--skip First") { Some(2) } else { Some(0) });
        }
        let way_out = if with.is_empty() { at(&engine, folder, "status", &[]) } else { failed };
        if status(&engine, folder) == "UPDATE_ROLLBACK_FAILED" {
            printed(folder, &way_out, "continue", with).success();
        }
        assert_eq!(status(&engine, folder), "UPDATE_ROLLBACK_COMPLETE");
        at(&engine, folder, "deploy", &YES).success();
        assert_eq!(status(&engine, folder), "UPDATE_COMPLETE");
    }
}

#[test]
fn destroy_leads_out_of_a_deletion_that_failed() {
    let folder = tempdir();
    let folder = folder.path();
    let engine = engine(folder, &[fault("First", "delete", 1)]);
    write(folder, "a");
    at(&engine, folder, "deploy", &YES).success();
    let failed = at(&engine, folder, "destroy", &YES);
    assert_eq!((failed.code, status(&engine, folder).as_str()), (Some(2), "DELETE_FAILED"));
    printed(folder, &failed, "destroy", "--retain").success();
    assert_eq!(status(&engine, folder), "");
    at(&engine, folder, "deploy", &YES).success();
}

/// Somebody else creates the stack and has what fails stay.
fn create_and_keep(engine: &Engine, folder: &Path) {
    let template = std::fs::read_to_string(folder.join("assembly/news.template.json")).unwrap();
    let encoded: String = template.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("Action=CreateStack&Version=2010-05-15&StackName=news&DisableRollback=true&TemplateBody={encoded}");
    let address = engine.url.trim_start_matches("http://");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn rollback_leads_out_of_what_was_kept() {
    let folder = tempdir();
    let folder = folder.path();
    let engine = engine(folder, &[fault("Second", "create", 2)]);
    write(folder, "a");
    create_and_keep(&engine, folder);
    for _ in 0..200 {
        if status(&engine, folder) == "CREATE_FAILED" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let failed = at(&engine, folder, "deploy", &YES);
    assert_eq!(failed.code, Some(2), "{}", failed.stderr);
    printed(folder, &failed, "rollback", "news").success();
    at(&engine, folder, "deploy", &YES).success();
    assert_eq!(status(&engine, folder), "CREATE_COMPLETE");
}

/// Whatever call it is at which the login of a first deploy expires: the command that is printed for what was left removes it, and that one
/// which is printed for what goes on follows it to its end.
#[test]
fn gc_leads_out_of_what_a_run_left() {
    let mut left = 0;
    for call in 1..12 {
        let folder = tempdir();
        let folder = folder.path();
        write(folder, "a");
        let failed = at(&Engine::start(folder, &json!({ "expireAtCall": call })), folder, "deploy", &YES);
        let engine = engine(folder, &[]);
        if failed.code == Some(0) {
            break;
        }
        let before = status(&engine, folder);
        if before == "REVIEW_IN_PROGRESS" {
            left += 1;
            printed(folder, &failed, "gc", "").success();
            assert_eq!(status(&engine, folder), "", "call {call}");
        }
        at(&engine, folder, "deploy", &YES).success();
        assert_eq!(status(&engine, folder), "CREATE_COMPLETE", "call {call}");
    }
    assert!(left > 0, "no run left anything");
}
