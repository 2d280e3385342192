//! Refusals in the middle of an update are known before the first stack is touched: exports that are imported, and
//! names that there can be only once.

use std::path::Path;

use formwork::assembly::{Assembly, StackArtifact, StackId};
use insta::assert_snapshot;
use serde_json::{Value, json};
use support::{Program, Run, tempdir};

/// A run on stacks of one region, each with its template; the first comes first.
fn run(folder: &Path, stacks: &[(&str, Value)], command: &str, more: &[&str]) -> Run {
    let assembly = folder.join("assembly");
    let stacks = stacks.iter().enumerate().map(|(place, (name, template))| StackArtifact {
        id: StackId::new(*name, "us-east-1"),
        partition: "aws".to_owned(),
        template: template.to_string(),
        depends_on: stacks[..place].iter().map(|(name, _)| StackId::new(*name, "us-east-1")).collect(),
        ..StackArtifact::default()
    });
    Assembly { stacks: stacks.collect(), ..Assembly::default() }.write(&assembly).unwrap();
    let program = Program::formwork().args([command, "--assembly"]).arg(&assembly);
    let program = program.args(["--local", "--local-state"]).arg(folder.join("state")).args(more);
    program.current_dir(folder).call(folder.display(), "[FOLDER]").run()
}

fn topic(shown: &str) -> Value {
    json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": shown } })
}

/// A stack that changes whenever `shown` does.
fn first(shown: &str) -> (&'static str, Value) {
    ("first", json!({ "Resources": { "Topic": topic(shown) } }))
}

/// The statuses of the stacks in the account.
fn statuses(folder: &Path, stacks: &[(&str, Value)]) -> String {
    let stacks = run(folder, stacks, "status", &["--json"]).json();
    let status = |stack: &Value| {
        let status = stack["deployed"]["status"].as_str().unwrap_or("-");
        format!("{} {status}", stack["name"].as_str().unwrap_or_default())
    };
    stacks["stacks"].as_array().unwrap().iter().map(status).collect::<Vec<_>>().join(", ")
}

fn role(path: &str, name: &str) -> (&'static str, Value) {
    let properties = json!({
        "RoleName": name,
        "Path": path,
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" } },
        ] },
    });
    ("access", json!({ "Resources": { "Role": { "Type": "AWS::IAM::Role", "Properties": properties } } }))
}

const YES: [&str; 2] = ["--require-approval", "never"];

#[test]
fn a_replacement_under_its_name_is_refused_before_anything_is_touched() {
    let folder = tempdir();
    let folder = folder.path();
    run(folder, &[first("a"), role("/a/", "reader")], "deploy", &YES).success();
    let next = [first("b"), role("/b/", "reader")];
    assert_snapshot!("kept_name_1_diff", run(folder, &next, "diff", &[]).snapshot());
    assert_snapshot!("kept_name_2_refused", run(folder, &next, "deploy", &YES).snapshot());
    assert_eq!(statuses(folder, &next), "first CREATE_COMPLETE, access CREATE_COMPLETE");
    // As the hint says.
    run(folder, &[first("b"), role("/b/", "reader-2")], "deploy", &YES).success();
    run(folder, &[first("b"), role("/b/", "reader")], "deploy", &YES).success();
    assert_eq!(statuses(folder, &next), "first UPDATE_COMPLETE, access UPDATE_COMPLETE");
}

#[test]
fn what_is_deleted_before_its_successor_is_made_can_keep_its_name() {
    let folder = tempdir();
    let words = |language: &str| {
        let properties = json!({ "VocabularyName": "words", "LanguageCode": language, "Phrases": ["one"] });
        let words = json!({ "Type": "AWS::Transcribe::Vocabulary", "Properties": properties });
        [("words", json!({ "Resources": { "Words": words } }))]
    };
    run(folder.path(), &words("en-US"), "deploy", &YES).success();
    run(folder.path(), &words("de-DE"), "deploy", &YES).success();
    assert_eq!(statuses(folder.path(), &words("de-DE")), "words UPDATE_COMPLETE");
}

fn shared(value: &str, export: Option<&str>) -> (&'static str, Value) {
    let mut output = json!({ "Value": value });
    if let Some(export) = export {
        output["Export"] = json!({ "Name": { "Fn::Sub": format!("${{AWS::StackName}}-{export}") } });
    }
    ("shared", json!({ "Resources": { "Topic": topic("x") }, "Outputs": { "Name": output } }))
}

fn user(value: Value) -> (&'static str, Value) {
    let topic = json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": value } });
    ("user", json!({ "Resources": { "Topic": topic } }))
}

fn import() -> Value {
    json!({ "Fn::ImportValue": "shared-name" })
}

#[test]
fn an_export_that_is_imported_neither_changes_nor_goes() {
    let folder = tempdir();
    let folder = folder.path();
    run(folder, &[first("a"), shared("one", Some("name")), user(import())], "deploy", &YES).success();
    let changed = [first("b"), shared("two", Some("name")), user(import())];
    assert_snapshot!("export_1_diff", run(folder, &changed, "diff", &[]).snapshot());
    assert_snapshot!("export_2_changed", run(folder, &changed, "deploy", &YES).snapshot());
    let document = run(folder, &changed, "diff", &["--json"]).success().json();
    assert_snapshot!(document["stacks"][1]["refused"], @r#"[{"change":"the export `shared-name` gets another value while `user` imports it, which CloudFormation refuses","isCertain":true}]"#);
    let renamed = [first("b"), shared("one", Some("other")), user(import())];
    assert_snapshot!("export_3_renamed", run(folder, &renamed, "deploy", &["--yes"]).snapshot());
    // The stack that imports it stops doing so in the same app: it goes first, as the hint says.
    let let_go = [first("b"), shared("one", None), user(json!("x"))];
    assert_snapshot!("export_4_let_go", run(folder, &let_go, "deploy", &YES).snapshot());
    assert_eq!(statuses(folder, &let_go), "first CREATE_COMPLETE, shared CREATE_COMPLETE, user CREATE_COMPLETE");
    run(folder, &let_go, "deploy", &["user", YES[0], YES[1]]).success();
    run(folder, &let_go, "deploy", &YES).success();
    assert_eq!(statuses(folder, &let_go), "first UPDATE_COMPLETE, shared UPDATE_COMPLETE, user UPDATE_COMPLETE");
}

#[test]
fn a_stack_whose_export_is_imported_is_not_destroyed() {
    let folder = tempdir();
    let folder = folder.path();
    let all = [first("a"), shared("one", Some("name")), user(import())];
    run(folder, &all, "deploy", &YES).success();
    assert_snapshot!("export_5_destroyed", run(folder, &all, "destroy", &["shared", "--yes"]).snapshot());
    assert_snapshot!("export_6_of_others", run(folder, &all[..2], "destroy", &["shared", "--yes"]).snapshot());
    assert_eq!(statuses(folder, &all), "first CREATE_COMPLETE, shared CREATE_COMPLETE, user CREATE_COMPLETE");
    run(folder, &all, "destroy", &["--yes"]).success();
}
