//! The rollback of nested stacks, with that of their parents.
//!
//! Source: User Guide, "Continue rolling back an update".

use serde_json::json;

use super::{child, children, nested, put};
use crate::tests::{Local, template, topic};

/// API Reference, `ContinueUpdateRollback`, `StackName`, `ResourcesToSkip`; User Guide, "Continue rolling back an update", "Continue
/// rolling back from failed nested stack updates".
#[test]
fn a_rollback_that_fails_in_a_nested_stack_is_continued_from_its_root() {
    let child = |text: &str| {
        let mut b = topic(json!(text));
        b["DependsOn"] = json!("A");
        template(json!({ "A": topic(json!(text)), "B": b }))
    };
    let at = |name: &str| json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": format!("http://any.host/t/{name}") } });
    let failed = || {
        let faults = json!({ "seed": 1, "resources": [
            { "logicalId": "B", "at": "update", "reason": "no" },
            { "logicalId": "A", "at": "rollback", "reason": "not back either" },
        ] });
        let mut local = Local::with_faults(faults);
        put(&local, "middle", &template(json!({ "Deep": at("child") })));
        put(&local, "child", &child("1"));
        local.create("site", &template(json!({ "N": at("middle") }))).unwrap();
        put(&local, "child", &child("2"));
        local.update("site", &template(json!({ "N": at("middle") }))).unwrap();
        local
    };
    let mut local = failed();
    let statuses = |local: &Local| -> Vec<String> {
        local.world.stacks.values().map(|stack| stack.status.as_str().to_owned()).collect()
    };
    assert_eq!(statuses(&local), ["UPDATE_ROLLBACK_FAILED"; 3]);
    let deep = local.world.stacks.values().find(|stack| stack.name.contains("-Deep-")).unwrap().name.clone();
    let go_on = |local: &mut Local, stack: &str, more: &[(&str, &str)]| {
        local.us("ContinueUpdateRollback", &[&[("StackName", stack)], more].concat()).map(|_| statuses(local).join(" "))
    };
    let skip = |local: &mut Local, skipped: &str| go_on(local, "site", &[("ResourcesToSkip.member.1", skipped)]);
    let refused = "ValidationError: RollbackUpdatedStack cannot be invoked on child stacks";
    assert_eq!(go_on(&mut local, &deep, &[]).unwrap_err(), refused);
    assert_eq!(go_on(&mut local, "site", &[]).unwrap(), ["UPDATE_ROLLBACK_FAILED"; 3].join(" "));
    for wrong in ["A", "N", "no-such-stack.A", &format!("{deep}.Nothing"), "site.N"] {
        assert!(skip(&mut local, wrong).unwrap_err().contains(&format!("[{wrong}] cannot be skipped")), "{wrong}");
    }
    let complete = ["UPDATE_ROLLBACK_COMPLETE"; 3].join(" ");
    assert_eq!(skip(&mut local, &format!("{deep}.A")).unwrap(), complete);
    let mut local = failed();
    assert_eq!(go_on(&mut local, "site", &[("ForceRollback", "true")]).unwrap(), complete);
}

/// An id of the root is not one of a nested stack, even if that has the same one.
#[test]
fn what_is_skipped_in_the_root_is_not_skipped_in_a_nested_stack() {
    let faults = json!({ "seed": 1, "resources": [
        { "logicalId": "B", "at": "update", "reason": "no" },
        { "logicalId": "A", "at": "rollback", "reason": "not back either" },
    ] });
    let mut local = Local::with_faults(faults);
    let child = |text: &str| {
        let mut b = topic(json!(text));
        b["DependsOn"] = json!("A");
        template(json!({ "A": topic(json!(text)), "B": b }))
    };
    let site = |text: &str| {
        let nested = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "http://any.host/t/child" }, "DependsOn": "A" });
        template(json!({ "A": topic(json!(text)), "N": nested }))
    };
    put(&local, "child", &child("1"));
    local.create("site", &site("1")).unwrap();
    put(&local, "child", &child("2"));
    local.update("site", &site("2")).unwrap();
    let (id, status) = children(&local).remove(0);
    assert_eq!((local.status("site").as_str(), status.as_str()), ("UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"));
    let name = local.world.stacks[&id].name.clone();
    let skip = |local: &mut Local, skipped: &str| {
        local.us("ContinueUpdateRollback", &[("StackName", "site"), ("ResourcesToSkip.member.1", skipped)])
    };
    let failed = |local: &Local| {
        crate::tests::events_of(&local.world.stacks[&id]).matches("A AWS::SNS::Topic UPDATE_FAILED").count()
    };
    assert_eq!(failed(&local), 1);
    skip(&mut local, "A").unwrap();
    assert_eq!((local.status("site").as_str(), failed(&local)), ("UPDATE_ROLLBACK_FAILED", 2));
    skip(&mut local, &format!("{name}.A")).unwrap();
    assert_eq!((local.status("site").as_str(), failed(&local)), ("UPDATE_ROLLBACK_COMPLETE", 2));
}

/// API Reference, `ContinueUpdateRollback`, `ResourcesToSkip`: not what failed, or was cancelled, before the rollback.
#[test]
fn only_what_failed_on_the_way_back_can_be_skipped() {
    let faults = json!({ "seed": 1, "resources": [
        { "logicalId": "C", "at": "update", "reason": "no" },
        { "logicalId": "A", "at": "rollback", "reason": "not back either" },
    ] });
    let mut local = Local::with_faults(faults);
    let site = |text: &str| {
        let after = |other: &str| {
            let mut after = topic(json!(text));
            after["DependsOn"] = json!(other);
            after
        };
        template(json!({ "A": topic(json!(text)), "B": after("A"), "C": after("B") }))
    };
    local.create("site", &site("1")).unwrap();
    local.update("site", &site("2")).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
    for (skipped, is_taken) in [("B", false), ("C", false), ("A", true)] {
        let fields = [("StackName", "site"), ("ResourcesToSkip.member.1", skipped)];
        assert_eq!(local.us("ContinueUpdateRollback", &fields).is_ok(), is_taken, "{skipped}");
    }
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
}

/// User Guide, "Continue rolling back an update": the nested stacks of a stack are rolled back with it, also those whose update was done
/// when that of their parent failed and was left as it stood.
#[test]
fn nested_stacks_are_rolled_back_with_a_parent_that_was_left_as_it_stood() {
    let faults =
        json!({ "seed": 1, "resources": [{ "logicalId": "After", "at": "update", "reason": "no", "times": 2 }] });
    let mut local = Local::with_faults(faults);
    let site = |value: &str| {
        let mut after = topic(json!(value));
        after["DependsOn"] = json!("N");
        template(json!({ "N": nested("middle", value), "After": after }))
    };
    let middle = |text: &str| {
        let inner =
            json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "http://any.host/t/inner" } });
        let mut body = child("c");
        body["Resources"]["Inner"] = inner;
        body["Resources"]["Text"] = topic(json!(text));
        // What replaces it has another id each time.
        let block = json!({ "Fn::Sub": "10.0.${P}.0/24" });
        body["Resources"]["S"] =
            json!({ "Type": "AWS::EC2::Subnet", "Properties": { "VpcId": "vpc-1", "CidrBlock": block } });
        body["Outputs"]["Subnet"] = json!({ "Value": { "Ref": "S" } });
        body
    };
    put(&local, "middle", &middle("1"));
    put(&local, "inner", &template(json!({ "I": topic(json!("1")) })));
    local.create("site", &site("1")).unwrap();
    let update = |local: &mut Local, value: &str| {
        put(local, "middle", &middle(value));
        put(local, "inner", &template(json!({ "I": topic(json!(value)) })));
        let body = site(value).to_string();
        let fields = [("StackName", "site"), ("TemplateBody", body.as_str()), ("DisableRollback", "true")];
        local.us("UpdateStack", &fields).unwrap();
        local.status("site")
    };
    let inside = |local: &Local| -> Vec<String> {
        let stacks = local.world.stacks.values().filter(|stack| stack.parent.is_some());
        let texts =
            stacks.flat_map(|stack| stack.content.resources.values()).filter(|one| one.type_name == "AWS::SNS::Topic");
        let mut texts: Vec<String> = texts.map(|one| format!("{} {}", one.logical_id, one.properties)).collect();
        texts.sort();
        texts
    };
    let before = inside(&local);
    // Twice: it is the first of them that is gone back before.
    assert_eq!(update(&mut local, "2"), "UPDATE_FAILED");
    assert_eq!(update(&mut local, "3"), "UPDATE_FAILED");
    assert!(children(&local).iter().all(|(_, status)| status == "UPDATE_COMPLETE"), "{:?}", children(&local));
    assert_ne!(inside(&local), before);
    local.us("RollbackStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(inside(&local), before);
    let site_stack = local.world.find("us-east-1", "site").unwrap();
    let subnet = &site_stack.content.resources["N"].attributes["Outputs.Subnet"];
    let mut there = local.world.stacks.values().flat_map(|stack| stack.content.resources.values());
    assert!(there.any(|one| one.is_there() && json!(one.physical_id) == *subnet), "{subnet}");
    // What went well since is not taken back by a rollback that comes later.
    assert_eq!(update(&mut local, "4"), "UPDATE_COMPLETE");
    assert!(local.world.stacks.values().all(|stack| stack.undo.is_none()));
}

/// If the nested stack cannot go back, neither can its parent, until it can.
#[test]
fn a_nested_stack_that_cannot_go_back_is_tried_again() {
    let faults =
        json!({ "seed": 1, "resources": [{ "logicalId": "After", "at": "update", "reason": "no", "times": 1 }] });
    let mut local = Local::with_faults(faults);
    put(&local, "child", &child("c"));
    let site = |value: &str| {
        let mut after = topic(json!(value));
        after["DependsOn"] = json!("N");
        template(json!({ "N": nested("child", value), "After": after }))
    };
    local.create("site", &site("1")).unwrap();
    let body = site("2").to_string();
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &body), ("DisableRollback", "true")]).unwrap();
    // Somebody has taken the name of what was replaced.
    local
        .create("thief", &template(json!({ "T": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": "c-1" } } })))
        .unwrap();
    local.us("RollbackStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
    local.us("DeleteStack", &[("StackName", "thief")]).unwrap();
    local.us("ContinueUpdateRollback", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(local.there(&children(&local)[0].0), [r#""T" "arn:aws:sns:us-east-1:000000000000:c-1""#]);
}
