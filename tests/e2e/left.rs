//! Things that are left: stacks that left the app, which take from each other what is deployed, and plans that nobody executed.

use std::path::Path;

use formwork::assembly::{Assembly, Owner, StackArtifact, StackId};
use serde_json::{Value, json};
use support::{Program, Run, tempdir};

/// A run on the app, which has these stacks.
fn run(folder: &Path, stacks: &[(&str, Value)], arguments: &[&str]) -> Run {
    let stacks = stacks.iter().map(|(id, template)| StackArtifact {
        id: StackId::read(id).unwrap(),
        partition: "aws".to_owned(),
        template: template.to_string(),
        ..StackArtifact::default()
    });
    let assembly = Assembly { stacks: stacks.collect(), owner: Some(Owner::app("shop")), ..Assembly::default() };
    assembly.write(&folder.join("assembly")).unwrap();
    let place = ["--assembly", "assembly", "--local", "--local-state", "state"];
    Program::formwork().args(arguments).args(place).current_dir(folder).run()
}

fn template(shown: &Value, outputs: &Value) -> Value {
    let topic = json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": shown } });
    json!({ "Description": "[formwork shop]", "Resources": { "Topic": topic }, "Outputs": outputs })
}

#[test]
fn orphans_are_deleted_after_those_that_take_something_from_them() {
    let folder = tempdir();
    let folder = folder.path();
    let out =
        json!({ "Out": { "Value": { "Ref": "Topic" }, "Export": { "Name": { "Fn::Sub": "${AWS::StackName}-x" } } } });
    let read = |stack: &str| json!({ "Fn::GetStackOutput": { "StackName": stack, "OutputName": "Out", "Region": "us-east-1" } });
    let all = [
        ("net@us-east-1", template(&json!("n"), &out)),
        ("aapp@us-east-1", template(&json!({ "Fn::ImportValue": "net-x" }), &out)),
        ("b2@us-east-1", template(&read("aapp"), &json!({}))),
        ("c3@eu-central-1", template(&read("net"), &json!({}))),
        ("stays@us-east-1", template(&json!("s"), &json!({}))),
    ];
    run(folder, &all, &["deploy", "--yes"]).success();
    let refused = run(folder, &[all[0].clone(), all[4].clone()], &["destroy", "net", "--yes"]);
    assert_eq!(refused.code, Some(1), "{}", refused.snapshot());
    assert!(refused.stderr.contains("`cargo formwork destroy aapp@us-east-1"), "{}", refused.snapshot());
    let named: Vec<&str> = all[..4].iter().map(|(id, _)| *id).collect();
    let arguments = [&["destroy", "--yes", "--concurrency", "1"], named.as_slice()].concat();
    let said = run(folder, &all[4..], &arguments).success().stderr;
    let place = |name: &str| said.find(&format!(" {name}  deleted: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(
        place(named[2]) < place(named[1]) && place(named[1]) < place(named[0]) && place(named[3]) < place(named[0]),
        "{said}"
    );
}

/// The change set of a plan is known to the machine that made it: nobody takes it away unasked.
#[test]
fn a_plan_is_not_taken_away_unasked() {
    let folder = tempdir();
    let folder = folder.path();
    let app = |shown: &str| [("edge@us-east-1", template(&json!(shown), &json!({})))];
    run(folder, &app("a"), &["deploy", "--yes"]).success();
    run(folder, &app("b"), &["deploy", "--plan", "my.plan"]).success();
    let status = run(folder, &app("b"), &["status"]).success().stdout;
    assert!(status.contains(", of a plan that was made on this machine, was not executed: AVAILABLE"), "{status}");
    assert!(status.contains("`cargo formwork gc edge --assembly assembly"), "{status}");
    let asked = run(folder, &app("b"), &["gc"]);
    assert_eq!(asked.code, Some(1), "{}", asked.snapshot());
    let named = "to be removed: the change set of `edge` of a plan that was made on this machine and not executed";
    assert!(asked.stderr.contains(named), "{}", asked.snapshot());
    let kept = run(folder, &app("b"), &["gc", "--yes"]).success();
    assert!(kept.stderr.contains("stays: ") && kept.stdout == "nothing was removed\n", "{}", kept.snapshot());
    run(folder, &app("b"), &["deploy", "--execute", "my.plan"]).success();
}
