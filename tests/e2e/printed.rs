//! The command that a failure prints is run as it stands, with nothing added but the approval: it leads out.

use std::collections::BTreeSet;
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

/// Runs the last command of this name that the run printed, with this option or without options of its own, and approves it.
#[track_caller]
fn printed(folder: &Path, said: &Run, command: &str, option: Option<&str>) -> Run {
    let text = format!("{}{}", said.stderr, said.stdout);
    let begin = format!("cargo formwork {command}");
    let is_meant = |words: &&str| match option {
        Some(option) => words.contains(option),
        None => !words.contains("--skip") && !words.contains("--retain"),
    };
    let commands = text.split('`').filter(|words| words.starts_with(&begin)).filter(is_meant);
    let last = commands.collect::<Vec<_>>().pop().unwrap_or_else(|| panic!("no `{begin}` with {option:?}:\n{text}"));
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
    for (times, option) in [(1, None), (2, Some("--skip First"))] {
        let folder = tempdir();
        let folder = folder.path();
        let engine = engine(folder, &[fault("Second", "update", 1), fault("First", "rollback", times)]);
        write(folder, "a");
        at(&engine, folder, "deploy", &YES).success();
        write(folder, "b");
        let failed = at(&engine, folder, "deploy", &YES);
        assert_eq!((failed.code, status(&engine, folder).as_str()), (Some(2), "UPDATE_ROLLBACK_FAILED"));
        printed(folder, &failed, "continue", option).success();
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
    printed(folder, &failed, "destroy", Some("--retain First")).success();
    assert_eq!(status(&engine, folder), "");
    at(&engine, folder, "deploy", &YES).success();
}

/// Somebody else creates the stack and has what fails stay.
fn create_and_keep(engine: &Engine, folder: &Path) {
    let template = std::fs::read_to_string(folder.join("assembly/news.template.json")).unwrap();
    let encoded: String = template.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body =
        format!("Action=CreateStack&Version=2010-05-15&StackName=news&DisableRollback=true&TemplateBody={encoded}");
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

/// The stack once it is in this status.
fn wait_for(wanted: &str, engine: &Engine, folder: &Path) {
    for _ in 0..200 {
        if status(engine, folder) == wanted {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn rollback_leads_out_of_what_was_kept() {
    let folder = tempdir();
    let folder = folder.path();
    let engine = engine(folder, &[fault("Second", "create", 2)]);
    write(folder, "a");
    create_and_keep(&engine, folder);
    wait_for("CREATE_FAILED", &engine, folder);
    let failed = at(&engine, folder, "deploy", &YES);
    assert_eq!(failed.code, Some(2), "{}", failed.stderr);
    printed(folder, &failed, "rollback", None).success();
    at(&engine, folder, "deploy", &YES).success();
    assert_eq!(status(&engine, folder), "CREATE_COMPLETE");
}

/// The rollback of a creation deletes all of it: data is named, as in any other deletion.
#[test]
fn data_that_a_rollback_deletes_is_named() {
    let folder = tempdir();
    let folder = folder.path();
    let engine = engine(folder, &[fault("Second", "create", 1)]);
    write(folder, "a");
    let file = folder.join("assembly/news.template.json");
    let mut template: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    template["Resources"]["First"] = json!({ "Type": "AWS::S3::Bucket" });
    std::fs::write(&file, template.to_string()).unwrap();
    create_and_keep(&engine, folder);
    wait_for("CREATE_FAILED", &engine, folder);
    let refused = at(&engine, folder, "rollback", &YES);
    assert_eq!((refused.code, status(&engine, folder).as_str()), (Some(1), "CREATE_FAILED"));
    insta::assert_snapshot!(refused.snapshot(), @"
    exit code: 1
    ----- stdout -----

    ----- stderr -----
    Account     000000000000
    Region      us-east-1
    Login       arn:aws:iam::[ACCOUNT]:user/[ID]
    Server      http://127.0.0.1:[PORT]

    news (us-east-1): roll back the failed creation, which deletes what it created
    Resources
      [-] destroy  First  AWS::S3::Bucket
          holds data

    Resources that failed
      Second (AWS::SNS::Topic) CREATE_FAILED: it is locked

    error: approval is needed, and there is no terminal to ask on
    Caused by: `First` (AWS::S3::Bucket) of news holds data and is deleted
    hint: look at the preview above, then run the same command with `--allow news/First`; `--require-approval never` permits every change
    ");
    at(&engine, folder, "rollback", &["--yes", "--allow", "news/First"]).success();
    assert_eq!(status(&engine, folder), "ROLLBACK_COMPLETE");
}

/// A command on the app, at the embedded engine.
fn local(folder: &Path, command: &str, more: &[&str]) -> Run {
    let place = ["--assembly", "assembly", "--local", "--local-state", "state"];
    run(folder, &[&[command], more, &place].concat())
}

/// Change sets that nobody executed.
fn is_left(folder: &Path) -> bool {
    local(folder, "status", &["--json"]).json()["stacks"][0]["deployed"]["changeSets"].is_array()
}

/// Whatever call it is at which the login of a run expires: the command that is printed for what it left removes that.
#[test]
fn gc_and_destroy_lead_out_of_what_a_run_left() {
    let mut ways = BTreeSet::new();
    for is_first in [true, false] {
        for call in 1..12 {
            let folder = tempdir();
            let folder = folder.path();
            write(folder, "a");
            if !is_first {
                local(folder, "deploy", &YES).success();
                write(folder, "b");
            }
            std::fs::write(folder.join("faults.json"), json!({ "expireAtCall": call }).to_string()).unwrap();
            let failed = local(folder, "deploy", &["--yes", "--local-faults", "faults.json"]);
            if failed.code == Some(0) {
                break;
            }
            let status = || local(folder, "status", &["--json"]).json()["stacks"][0]["deployed"]["status"].clone();
            let said = format!("{is_first} {call}: {}", failed.stderr);
            if status() == "REVIEW_IN_PROGRESS" {
                printed(folder, &failed, "destroy", None).success();
                assert_eq!(status(), Value::Null, "{said}");
                ways.insert("destroy");
            } else if is_left(folder) {
                printed(folder, &local(folder, "status", &[]), "gc", None).success();
                assert!(!is_left(folder), "{said}");
                ways.insert("gc");
            }
            local(folder, "deploy", &YES).success();
            let ended = if is_first { ["CREATE_COMPLETE"; 2] } else { ["UPDATE_COMPLETE", "CREATE_COMPLETE"] };
            assert!(ended.iter().any(|ended| status() == *ended), "{said}");
        }
    }
    assert_eq!(ways.into_iter().collect::<Vec<_>>(), ["destroy", "gc"]);
}
