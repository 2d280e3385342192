//! A stack with a nested one, on the embedded engine: what happens inside is shown before, and so is what fails there.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::python::with_credentials;
use support::{Engine, OwnApp, Program, Run, tempdir};

use crate::assets::told;

/// Keeps the template of the nested stack in a bucket, whose address it gives.
const KEEP: &str = "
s3 = boto3.client('s3', region_name='us-east-1', endpoint_url=os.environ['ENDPOINT'])
s3.create_bucket(Bucket='templates')
s3.put_object(Bucket='templates', Key='child', Body=arguments[0])
answer(os.environ['ENDPOINT'] + '/templates/child')
";

/// An app in a folder, whose stack `habitpay-edge` is a nested stack alone.
struct App<'a> {
    engine: &'a Engine,
    folder: &'a Path,
}

impl App<'_> {
    fn run(&self, command: &str, value: &str, more: &[&str]) -> Run {
        let topic = json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": { "Ref": "V" } } });
        let child = json!({ "Parameters": { "V": { "Type": "String" } }, "Resources": { "Topic": topic } });
        let address = self.engine.python(KEEP, &[&child.to_string()]);
        let file = self.folder.join("habitpay-edge.template.json");
        let inner = json!({ "TemplateURL": address, "Parameters": { "V": value } });
        let resources = json!({ "Inner": { "Type": "AWS::CloudFormation::Stack", "Properties": inner } });
        std::fs::write(file, json!({ "Resources": resources }).to_string()).unwrap();
        let folder = self.folder.display().to_string();
        with_credentials(Program::formwork())
            .args([
                command,
                "habitpay-edge",
                "--no-validate",
                "--assembly",
                &folder,
                "--endpoint-url",
                self.engine.url(),
            ])
            .args(more)
            .run()
    }
}

fn app<'a>(engine: &'a Engine, folder: &'a Path) -> App<'a> {
    Program::formwork().args(["synth", "--app", "habitpay", "--out"]).arg(folder).run().success();
    App { engine, folder }
}

#[test]
fn changes_inside_are_shown_before_they_are_made() {
    let (engine, folder) = (Engine::start(), tempdir());
    let app = app(&engine, folder.path());
    let first = app.run("deploy", "one", &["--yes"]).success();
    assert!(
        first.stderr.contains("Inside of nested stacks\n  [+] create  Inner/Topic  AWS::SNS::Topic\n"),
        "{}",
        first.stderr
    );
    let changed = app.run("diff", "two", &["--fail-on", "destructive"]);
    assert_eq!(changed.code, Some(3), "{}", changed.stderr);
    let inside = "Inside of nested stacks\n  [±] replace  Inner/Topic  AWS::SNS::Topic\n      TopicName";
    assert!(changed.stdout.contains(inside), "{}", changed.stdout);
    let document = app.run("diff", "two", &["--json"]).success().json();
    let properties = json!([{ "path": "TopicName", "impact": "replace", "because": "parameter `V` changes" }]);
    let expected = json!([{ "path": ["Inner", "Topic"], "type": "AWS::SNS::Topic", "impact": "replace", "properties": properties }]);
    assert_eq!(document["stacks"][0]["nested"], expected);
    // Losses inside are approved as all losses are.
    let refused = app.run("deploy", "two", &["--yes"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    let loss = "Caused by: `Inner/Topic` (AWS::SNS::Topic) of habitpay-edge is replaced\n";
    assert!(refused.stderr.contains(loss), "{}", refused.stderr);
    app.run("deploy", "two", &["--yes", "--allow", "habitpay-edge/Topic"]).success();
    let same = app.run("diff", "two", &["--fail-on", "any-change"]).success();
    assert!(!same.stdout.contains("Inside"), "{}", same.stdout);
}

/// A role of a nested stack permits what one beside it would: it is shown and asked about, when it is new and when it changes, and so is the
/// data of one that goes.
#[test]
fn what_nested_stacks_permit_and_lose() {
    let app = OwnApp::new("outer", PERMITS);
    let run = |command: &str, more: &[&str]| app.local(&[&[command], more].concat()).run();
    let stops = ["--require-approval", "broadening"];
    assert_snapshot!("new_diff", told(&run("diff", &["--fail-on", "broadening"])));
    assert_snapshot!("new_deploy", told(&run("deploy", &stops)));
    run("deploy", &["--require-approval", "never"]).success();
    assert_snapshot!("more_diff", told(&run("diff", &["--fail-on", "broadening", "--context", "action=*"])));
    assert_eq!(run("deploy", &[&stops[..], &["--context", "action=*"]].concat()).code, Some(1));
    let document = run("diff", &["--json", "--context", "action=*"]).success().json();
    let broadening = &document["stacks"][0]["diff"]["broadening"];
    assert_eq!(broadening[0]["logicalId"], "Network/Role", "{document:#}");
    let same = run("diff", &["--fail-on", "any-change"]).success();
    assert!(same.stdout.contains("no changes"), "{}", same.stdout);
    // The nested stack goes, and its table with it.
    assert_snapshot!("gone_deploy", told(&run("deploy", &["--yes", "--context", "nested=no"])));
    assert_snapshot!("gone_destroy", told(&run("destroy", &["--yes"])));
    run("destroy", &["--yes", "--allow", "outer/Network/Table"]).success();
}

const PERMITS: &str = r#"
use formwork::prelude::*;

pub fn app(context: &Context) -> App {
    let anybody = formwork::json!({ "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }] });
    let mut inner = Stack::<EuCentral1>::new("inner");
    let action: Val<String> = inner.parameter("Action", Parameter::default());
    let reads = formwork::json!({ "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
    inner.add("Role", Untyped::new("AWS::IAM::Role", formwork::json!({
        "AssumeRolePolicyDocument": anybody, "Policies": [{ "PolicyName": "own", "PolicyDocument": reads }]
    })));
    inner.add("Table", Untyped::new("AWS::DynamoDB::Table", formwork::json!({
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }], "BillingMode": "PAY_PER_REQUEST"
    })));
    let mut outer = Stack::<EuCentral1>::new("outer");
    outer.add("Topic", Untyped::new("AWS::SNS::Topic", formwork::json!({})));
    if context.get("nested", "yes") == "yes" {
        outer.add("Network", NestedStack::new(inner).parameter("Action", context.get("action", "s3:GetObject")));
    }
    App::new().with(outer)
}
"#;

#[test]
fn the_failure_inside_is_told_with_its_hint() {
    let reason = "Resource handler returned message: no (RequestToken: 1, HandlerErrorCode: AlreadyExists)";
    let fault = json!({ "logicalId": "Topic", "at": "create", "reason": reason, "times": 1 });
    let (engine, folder) = (Engine::with_faults(&json!({ "seed": 1, "resources": [fault] })), tempdir());
    let failed = app(&engine, folder.path()).run("deploy", "one", &["--yes", "--json"]);
    assert_eq!(failed.code, Some(2), "{}", failed.stderr);
    let cause = format!(
        "Caused by: `Topic` (AWS::SNS::Topic) of the nested stack `Inner` failed: {reason}\nhint: the name is taken"
    );
    assert!(failed.stderr.contains(&cause), "{}", failed.stderr);
    let failure: &Value = &failed.json()["stacks"][0]["failure"];
    assert_eq!(failure["status"], "ROLLBACK_COMPLETE");
    assert_eq!(failure["reason"]["knownAs"], "name-taken");
    assert_eq!(failure["resource"]["inside"][0]["logicalId"], "Topic");
    let way_out = failure["hints"].as_array().unwrap().last().unwrap().as_str().unwrap();
    assert!(way_out.contains("is in ROLLBACK_COMPLETE now") && way_out.contains("deploy habitpay-edge"), "{way_out}");
}
