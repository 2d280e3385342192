//! The state machine: every transient status, as the user guide's "Stack status codes" orders them.

use serde_json::json;

use super::{Local, template, topic};

/// User Guide, "Update behaviors of stack resources": what is no longer named goes in the cleanup, after what is new was made.
#[test]
fn a_stack_is_created_updated_and_deleted() {
    let mut local = Local::new();
    let one = template(json!({ "A": topic(json!("a")), "B": topic(json!({ "Ref": "A" })) }));
    local.create("site", &one).unwrap();
    // `A` is updated in place, `B` goes, `C` is made.
    let two = template(json!({ "A": topic(json!("aa")), "C": topic(json!("c")) }));
    local.update("site", &two).unwrap();
    insta::assert_snapshot!(local.events("site"));
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "ValidationError: Stack with id site does not exist");
    assert_eq!(local.create("site", &one).map(|_| local.status("site")), Ok("CREATE_COMPLETE".to_owned()));
}

/// User Guide, "Update behaviors of stack resources", "Replacement": made first, references changed to it, the old one deleted last.
#[test]
fn a_replacement_is_made_before_the_old_one_goes() {
    let mut local = Local::new();
    let named =
        |name: &str| template(json!({ "T": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } } }));
    local.create("site", &named("one")).unwrap();
    local.update("site", &named("two")).unwrap();
    insta::assert_snapshot!(local.events("site"));
}

/// cloudformation.md, "Statuses": after a failed creation, `ROLLBACK_COMPLETE`, of which nothing but the deletion is possible.
#[test]
fn a_failed_create_rolls_back() {
    let mut local = Local::with_faults(
        json!({ "seed": 1, "resources": [{ "logicalId": "B", "at": "create", "reason": "no room" }] }),
    );
    local.create("site", &template(json!({ "A": topic(json!("a")), "B": topic(json!({ "Ref": "A" })) }))).unwrap();
    insta::assert_snapshot!(local.events("site"));
    let refused = local.update("site", &template(json!({ "A": topic(json!("b")) }))).unwrap_err();
    assert!(refused.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{refused}");
}

/// API Reference, `CreateStack`, `OnFailure`; `RollbackStack`.
#[test]
fn what_is_done_about_a_failed_create_can_be_chosen() {
    let faults =
        || json!({ "seed": 1, "resources": [{ "logicalId": "B", "at": "create", "reason": "no room", "times": 1 }] });
    let body = template(json!({ "A": topic(json!("a")), "B": topic(json!({ "Ref": "A" })) })).to_string();
    let mut local = Local::with_faults(faults());
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &body), ("OnFailure", "DO_NOTHING")]).unwrap();
    assert_eq!(local.status("site"), "CREATE_FAILED");
    local.us("RollbackStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    let mut local = Local::with_faults(faults());
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &body), ("OnFailure", "DELETE")]).unwrap();
    assert_eq!(local.status("site"), "ValidationError: Stack with id site does not exist");
}

/// User Guide, "Choose how to handle failures when provisioning resources": back to the last known stable state.
#[test]
fn a_failed_update_goes_back_and_leaves_what_was_before() {
    let mut local = Local::with_faults(
        json!({ "seed": 1, "resources": [{ "logicalId": "New", "at": "create", "reason": "no room" }] }),
    );
    let name = |name: &str| json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } });
    local
        .create("site", &template(json!({ "A": topic(json!("a")), "N": name("one"), "Gone": topic(json!("g")) })))
        .unwrap();
    let before = local.there("site");
    let after = json!({ "A": topic(json!("b")), "N": name("two"), "New": topic(json!({ "Fn::Join": ["", [{ "Ref": "A" }, { "Ref": "N" }]] })) });
    local.update("site", &template(after)).unwrap();
    assert_eq!(local.there("site"), before);
    insta::assert_snapshot!(local.events("site"));
}

/// User Guide, "Continue rolling back an update"; API Reference, `ContinueUpdateRollback`, `ResourcesToSkip`.
#[test]
fn a_rollback_that_fails_can_be_continued() {
    let mut local = Local::with_faults(json!({ "seed": 1, "resources": [
        { "logicalId": "B", "at": "update", "reason": "no" },
        { "logicalId": "A", "at": "rollback", "reason": "not back either" },
    ] }));
    let both = |text: &str| {
        template(
            json!({ "A": topic(json!(text)), "B": { "DependsOn": "A", "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": text } } }),
        )
    };
    local.create("site", &both("1")).unwrap();
    local.update("site", &both("2")).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
    local.us("ContinueUpdateRollback", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
    local.us("ContinueUpdateRollback", &[("StackName", "site"), ("ResourcesToSkip.member.1", "A")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
}

/// API Reference, `DeleteStack`, `DeletionMode`.
#[test]
fn a_stack_that_cannot_be_deleted_can_be_forced() {
    let mut local = Local::with_faults(
        json!({ "seed": 1, "resources": [{ "logicalId": "A", "at": "delete", "reason": "not empty" }] }),
    );
    local.create("site", &template(json!({ "A": topic(json!("a")) }))).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "DELETE_FAILED");
    local.us("DeleteStack", &[("StackName", "site"), ("DeletionMode", "FORCE_DELETE_STACK")]).unwrap();
    assert_eq!(local.status("site"), "ValidationError: Stack with id site does not exist");
}

/// Template Reference, "DeletionPolicy attribute", `Retain`.
#[test]
fn retained_resources_stay() {
    let mut local = Local::new();
    let mut kept = topic(json!("a"));
    kept["DeletionPolicy"] = json!("Retain");
    let created = local.create("site", &template(json!({ "A": kept }))).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    let id = created["StackId"].as_str().unwrap();
    assert!(local.events(id).contains("A DELETE_SKIPPED"));
    assert_eq!(local.world.stacks[id].left_behind.len(), 1);
}

/// User Guide, "Understand CloudFormation stack creation events"; the events as `sam deploy` shows them of a function.
#[test]
fn what_is_configured_is_told_before_it_is_stable() {
    let mut local = Local::new().slow();
    let function = json!({ "Type": "AWS::Lambda::Function", "DependsOn": "Topic", "Properties": { "Role": "arn:aws:iam::000000000000:role/r", "Code": { "ZipFile": "x" } } });
    let body = template(json!({ "Topic": topic(json!("a")), "Function": function }));
    local.create("site", &body).unwrap();
    let detailed = |local: &mut Local| {
        let stack = local.us("DescribeStacks", &[("StackName", "site")]).unwrap()["Stacks"][0].clone();
        format!("{} {}", stack["StackStatus"], stack["DetailedStatus"])
    };
    local.wait(4);
    assert_eq!(detailed(&mut local), r#""CREATE_IN_PROGRESS" "CONFIGURATION_COMPLETE""#);
    local.wait(4);
    assert_eq!(detailed(&mut local), r#""CREATE_COMPLETE" null"#);
    let answer = local.us("DescribeStackEvents", &[("StackName", "site")]).unwrap();
    let line = |event: &serde_json::Value| {
        let fields = ["LogicalResourceId", "ResourceStatus", "DetailedStatus", "ResourceStatusReason"];
        fields.map(|name| event[name].as_str().unwrap_or("-")).join(" ")
    };
    let lines: Vec<String> = answer["StackEvents"].as_array().unwrap().iter().rev().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
