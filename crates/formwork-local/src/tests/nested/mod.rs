//! Nested stacks.
//!
//! Source: User Guide, "Split a template into reusable pieces using nested stacks", "Update behaviors of stack resources".

mod rollback;

use serde_json::{Value as Json, json};

use super::{Local, template, topic};

fn put(local: &Local, name: &str, template: &Json) {
    local.put(name, &template.to_string());
}

fn nested(name: &str, value: &str) -> Json {
    json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": format!("http://any.host/t/{name}"), "Parameters": { "P": value } } })
}

fn child(name: &str) -> Json {
    json!({
        "Parameters": { "P": { "Type": "String" } },
        "Resources": { "T": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": { "Fn::Sub": format!("{name}-${{P}}") } } } },
        "Outputs": { "Arn": { "Value": { "Ref": "T" } } }
    })
}

fn children(local: &Local) -> Vec<(String, String)> {
    let nested = local.world.stacks.values().filter(|stack| stack.parent.is_some());
    nested.map(|stack| (stack.id.clone(), stack.status.as_str().to_owned())).collect()
}

#[test]
fn outputs_reach_the_parent_and_deletion_the_child() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    put(&local, "child", &child("c"));
    let mut parent =
        template(json!({ "N": nested("child", "1"), "After": topic(json!({ "Fn::GetAtt": ["N", "Outputs.Arn"] })) }));
    parent["Outputs"] = json!({ "State": { "Value": { "Fn::GetAtt": ["N", "StackStatus"] } } });
    local.create("site", &parent).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    assert_eq!(
        local.world.find("us-east-1", "site").unwrap().content.outputs[0].value,
        "CREATE_COMPLETE",
        "what the nested stack is, beside its outputs"
    );
    let after = local.world.find("us-east-1", "site").unwrap().content.resources["After"].properties.clone();
    assert_eq!(after["DisplayName"], "arn:aws:sns:us-east-1:000000000000:c-1");
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(children(&local)[0].1, "DELETE_COMPLETE");
    assert_eq!(local.world.identities().len(), 0);
}

#[test]
fn a_nested_update_is_held_until_its_parent_is_done_and_goes_back_with_it() {
    let faults =
        json!({ "seed": 1, "resources": [{ "logicalId": "After", "at": "update", "reason": "no", "times": 1 }] });
    let local = Local::with_faults(faults);
    let mut local = local.slow();
    put(&local, "child", &child("c"));
    let parent = |value: &str| {
        let mut after = topic(json!(value));
        after["DependsOn"] = json!("N");
        template(json!({ "N": nested("child", value), "After": after }))
    };
    local.create("site", &parent("1")).unwrap();
    (0..4).for_each(|_| local.wait(4));
    let id = children(&local)[0].0.clone();
    let before = (local.there("site"), local.there(&id));
    local.update("site", &parent("2")).unwrap();
    local.wait(4);
    // The parent failed after the nested stack was done: both go back, to the very topic that there was.
    (0..4).for_each(|_| local.wait(4));
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!((local.there("site"), local.there(&id)), before);
    insta::assert_snapshot!(local.events(&id));
    // Without the fault, what was replaced in the nested stack goes once the parent is done.
    local.update("site", &parent("3")).unwrap();
    (0..6).for_each(|_| local.wait(4));
    assert_eq!((local.status("site"), local.status(&id)), ("UPDATE_COMPLETE".into(), "UPDATE_COMPLETE".into()));
    assert!(local.world.identities().contains_key("us-east-1 AWS::SNS::Topic c-3"));
    assert_eq!(local.world.identities().len(), 1);
}

#[test]
fn the_failure_of_a_nested_stack_is_told_by_its_parent() {
    let faults = json!({ "seed": 1, "resources": [{ "logicalId": "T", "at": "create", "reason": "no room" }] });
    let mut local = Local::with_faults(faults);
    put(&local, "child", &child("c"));
    local.create("site", &template(json!({ "N": nested("child", "1") }))).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    let events = local.events("site");
    assert!(
        events.contains("was not successfully created: The following resource(s) failed to create: [T]."),
        "{events}"
    );
    assert_eq!(children(&local)[0].1, "DELETE_COMPLETE");
    // Its own words, and that the parent deletes it: amplify-js issue 5811.
    let id = children(&local)[0].0.clone();
    let own = local.events(&id);
    assert!(own.contains(" CREATE_FAILED The following resource(s) failed to create: [T].\n"), "{own}");
}

/// aws-samples/aws-saas-factory-bootcamp issue 26 (creation), amplify-js issue 6367 (update).
#[test]
fn an_import_of_nothing_in_a_nested_stack() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    put(&local, "child", &template(json!({ "T": topic(json!({ "Fn::ImportValue": "x" })) })));
    put(&local, "good", &template(json!({ "T": topic(json!("t")) })));
    let parent = |name: &str| {
        let url = format!("http://any.host/t/{name}");
        template(json!({ "N": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } } }))
    };
    local.create("site", &parent("child")).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    let events = local.events("site");
    assert!(events.contains("was not successfully created: No export named x found\n"), "{events}");
    local.create("other", &parent("good")).unwrap();
    local.update("other", &parent("child")).unwrap();
    assert_eq!(local.status("other"), "UPDATE_ROLLBACK_COMPLETE");
    let events = local.events("other");
    let told =
        "was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: No export named x found\n";
    assert!(events.contains(told), "{events}");
}

/// As slow as at AWS: the parent goes back while the nested stack still does.
#[test]
fn a_parent_gives_up_as_soon_as_a_nested_stack_goes_back() {
    let faults = json!({ "seed": 1, "resources": [{ "logicalId": "B", "at": "update", "reason": "no", "times": 1 }] });
    let local = Local::with_faults(faults);
    let mut local = local.slow();
    let child = |text: &str| {
        let mut b = topic(json!(text));
        b["DependsOn"] = json!("A");
        template(json!({ "A": topic(json!(text)), "B": b }))
    };
    put(&local, "child", &child("1"));
    let url = "http://any.host/t/child";
    let parent =
        template(json!({ "N": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } } }));
    local.create("site", &parent).unwrap();
    (0..3).for_each(|_| local.wait(4));
    let id = children(&local)[0].0.clone();
    let before = local.there(&id);
    put(&local, "child", &child("2"));
    local.update("site", &parent).unwrap();
    local.wait(4);
    let both = (local.status("site"), local.status(&id));
    assert_eq!(both, ("UPDATE_ROLLBACK_IN_PROGRESS".into(), "UPDATE_ROLLBACK_IN_PROGRESS".into()));
    (0..3).for_each(|_| local.wait(4));
    let both = (local.status("site"), local.status(&id));
    assert_eq!(both, ("UPDATE_ROLLBACK_COMPLETE".into(), "UPDATE_ROLLBACK_COMPLETE".into()));
    assert_eq!(local.there(&id), before);
}

#[test]
fn a_nested_stack_whose_export_is_used_cannot_go() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    let mut body = child("c");
    body["Outputs"]["Arn"]["Export"] = json!({ "Name": "e" });
    put(&local, "child", &body);
    local.create("site", &template(json!({ "N": nested("child", "1") }))).unwrap();
    local.create("user", &template(json!({ "A": topic(json!({ "Fn::ImportValue": "e" })) }))).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "DELETE_FAILED");
    assert!(local.events("site").contains("Export e cannot be deleted as it is in use by user"));
    local.us("DeleteStack", &[("StackName", "user")]).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(children(&local)[0].1, "DELETE_COMPLETE");
}

#[test]
fn a_template_that_is_not_there_is_a_failure_of_the_resource() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    local.create("site", &template(json!({ "N": nested("nowhere", "1") }))).unwrap();
    assert!(local.events("site").contains("The specified key does not exist: nowhere"));
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
}

/// `IncludeNestedStacks`: what changes inside is told, and a nested stack in which nothing changes is no change.
#[test]
fn change_sets_look_into_nested_stacks() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    put(&local, "child", &child("c"));
    put(&local, "other", &child("d"));
    let parent = |value: &str| template(json!({ "N": nested("child", value), "Same": nested("other", "1") }));
    local.create("site", &parent("1")).unwrap();
    let body = parent("2").to_string();
    let told = local.changes("site", "UPDATE", &[("TemplateBody", &body), ("IncludeNestedStacks", "true")]);
    let changes = told["Changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{told:#}");
    let set = changes[0]["ResourceChange"]["ChangeSetId"].as_str().unwrap().to_owned();
    let describe = [("ChangeSetName", set.as_str()), ("IncludePropertyValues", "true")];
    let inside = local.us("DescribeChangeSet", &describe).unwrap();
    let change = &inside["Changes"][0]["ResourceChange"];
    assert_eq!((&change["LogicalResourceId"], &change["Replacement"]), (&json!("T"), &json!("True")));
    assert_eq!(change["Details"][0]["Target"]["AfterValue"], "c-2");
    assert_eq!(inside["ParentChangeSetId"], told["ChangeSetId"]);
    assert_eq!(inside["ExecutionStatus"], "UNAVAILABLE");
    assert_eq!(inside["StatusReason"], "Executable from root change set");
    for (action, what) in [("ExecuteChangeSet", "executed"), ("DeleteChangeSet", "deleted")] {
        let refused = local.us(action, &[("ChangeSetName", set.as_str())]).unwrap_err();
        assert!(refused.contains(&format!("only be {what} with that of its root")), "{refused}");
    }
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    assert_eq!(local.us("DescribeChangeSet", &describe).unwrap()["ExecutionStatus"], "EXECUTE_COMPLETE");
    // The same again: without looking inside it would be a change, looking inside there is none.
    let none = local.changes("site", "UPDATE", &[("TemplateBody", &body), ("IncludeNestedStacks", "true")]);
    assert_eq!((&none["Status"], &none["Changes"]), (&json!("FAILED"), &json!([])));
}

/// User Guide, "Deploy AWS CloudFormation stacks faster with express mode", "Express mode and nested stacks".
#[test]
fn express_mode_is_that_of_the_whole_tree() {
    let local = Local::with_faults(json!({ "seed": 1 }));
    let mut local = local.slow();
    put(&local, "child", &child("c"));
    let parent = template(json!({ "N": nested("child", "1") })).to_string();
    let fields = [("StackName", "site"), ("TemplateBody", parent.as_str()), ("DeploymentConfig.Mode", "EXPRESS")];
    local.us("CreateStack", &fields).unwrap();
    assert_eq!(children(&local)[0].1, "CREATE_COMPLETE");
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    local.us("DeleteStack", &[("StackName", "site"), ("DeploymentConfig.Mode", "EXPRESS")]).unwrap();
    assert_eq!(children(&local)[0].1, "DELETE_COMPLETE");
}

/// User Guide, "Change sets for nested stacks": "Nested stacks in the REVIEW_IN_PROGRESS status will also be deleted if they were created during
/// the create-change-set action."
#[test]
fn a_nested_stack_that_is_added_has_a_change_set_too() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    put(&local, "inner", &child("i"));
    let outer = json!({ "T": topic(json!("t")), "Inner": nested("inner", "1") });
    put(&local, "outer", &template(outer));
    let url = "http://any.host/t/outer";
    let body = template(json!({ "N": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } } }));
    let body = body.to_string();
    let fields = [("TemplateBody", body.as_str()), ("IncludeNestedStacks", "true")];
    let ask = |local: &mut Local| {
        let told = local.changes("site", "CREATE", &fields);
        let of = |local: &mut Local, change: &Json| {
            let id = change["ResourceChange"]["ChangeSetId"].as_str().unwrap();
            local.us("DescribeChangeSet", &[("ChangeSetName", id)]).unwrap()
        };
        let outer = of(local, &told["Changes"][0]);
        let inner = of(local, &outer["Changes"][1]);
        (told, outer, inner)
    };
    let (told, outer, inner) = ask(&mut local);
    assert_eq!(inner["Changes"][0]["ResourceChange"]["LogicalResourceId"], "T");
    assert_eq!((&inner["ParentChangeSetId"], &inner["RootChangeSetId"]), (&outer["ChangeSetId"], &told["ChangeSetId"]));
    let statuses = |local: &Local| -> Vec<String> { children(local).into_iter().map(|(_, status)| status).collect() };
    assert_eq!(statuses(&local), ["REVIEW_IN_PROGRESS", "REVIEW_IN_PROGRESS"]);
    local.us("DeleteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(statuses(&local), ["DELETE_COMPLETE", "DELETE_COMPLETE"]);
    // Executed, the stacks under review are those that are made.
    let (_, outer, inner) = ask(&mut local);
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    for set in [outer, inner] {
        assert_eq!(local.status(set["StackId"].as_str().unwrap()), "CREATE_COMPLETE");
        let set = local.us("DescribeChangeSet", &[("ChangeSetName", set["ChangeSetId"].as_str().unwrap())]).unwrap();
        assert_eq!(set["ExecutionStatus"], "EXECUTE_COMPLETE");
    }
    assert_eq!(children(&local).len(), 4);
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert!(statuses(&local).iter().all(|status| status == "DELETE_COMPLETE"));
}

/// The same where nothing comes of it.
#[test]
fn nested_stacks_under_review_do_not_stay_behind() {
    let faults =
        json!({ "seed": 1, "resources": [{ "logicalId": "First", "at": "create", "reason": "no", "times": 1 }] });
    let mut local = Local::with_faults(faults);
    put(&local, "child", &child("c"));
    let mut nested = nested("child", "1");
    nested["DependsOn"] = json!("First");
    let body = template(json!({ "First": topic(json!("f")), "N": nested })).to_string();
    let fields = [("TemplateBody", body.as_str()), ("IncludeNestedStacks", "true")];
    // The execution fails before the nested stack is made.
    let told = local.changes("site", "CREATE", &fields);
    let set = told["Changes"][1]["ResourceChange"]["ChangeSetId"].as_str().unwrap();
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    assert_eq!(children(&local)[0].1, "DELETE_COMPLETE");
    assert_eq!(local.us("DescribeChangeSet", &[("ChangeSetName", set)]).unwrap()["ExecutionStatus"], "EXECUTE_FAILED");
    // The stack is made by other means, or deleted.
    local.changes("other", "CREATE", &fields);
    local.create("other", &template(json!({ "First": topic(json!("f")) }))).unwrap();
    local.changes("third", "CREATE", &fields);
    local.us("DeleteStack", &[("StackName", "third")]).unwrap();
    assert!(children(&local).iter().all(|(_, status)| status == "DELETE_COMPLETE"), "{:?}", children(&local));
    // A template that is not there: nothing is known of the nested stack, and nothing is made.
    let gone = template(json!({ "N": self::nested("nowhere", "1") })).to_string();
    let told = local.changes("fourth", "CREATE", &[("TemplateBody", &gone), ("IncludeNestedStacks", "true")]);
    assert_eq!(told["Changes"][0]["ResourceChange"]["ChangeSetId"], Json::Null);
    assert_eq!(children(&local).len(), 3);
}

/// Resources that a failed creation made inside a nested stack are not in the way of the next attempt.
#[test]
fn a_failed_creation_that_was_kept_is_completed_with_its_nested_stack() {
    let fault =
        json!({ "seed": 1, "resources": [{ "logicalId": "Fails", "at": "create", "reason": "no", "times": 1 }] });
    let mut local = Local::with_faults(fault);
    let mut inside = child("c");
    inside["Resources"]["Fails"] = json!({ "Type": "AWS::SNS::Topic", "DependsOn": "T" });
    put(&local, "child", &inside);
    let body = template(json!({ "N": nested("child", "1") })).to_string();
    let fields = [("StackName", "site"), ("TemplateBody", body.as_str()), ("DisableRollback", "true")];
    local.us("CreateStack", &fields).unwrap();
    assert_eq!(local.status("site"), "CREATE_FAILED");
    local.us("UpdateStack", &fields).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    let statuses: Vec<String> = children(&local).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses.iter().filter(|status| *status == "CREATE_COMPLETE").count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| *status == "DELETE_COMPLETE").count(), 1, "{statuses:?}");
}

/// The stacks under review are those that the execution makes, whatever becomes of other change sets meanwhile.
#[test]
fn another_change_set_that_is_deleted_takes_nothing_from_an_execution() {
    let local = Local::with_faults(json!({ "seed": 1 }));
    let mut local = local.slow();
    put(&local, "child", &child("c"));
    let mut n = nested("child", "1");
    n["DependsOn"] = json!("First");
    let body = template(json!({ "First": topic(json!("f")), "N": n })).to_string();
    let fields = |name: &'static str| {
        [
            ("StackName", "site"),
            ("ChangeSetName", name),
            ("ChangeSetType", "CREATE"),
            ("TemplateBody", body.as_str()),
            ("IncludeNestedStacks", "true"),
        ]
    };
    local.us("CreateChangeSet", &fields("x")).unwrap();
    local.us("CreateChangeSet", &fields("y")).unwrap();
    local.wait(4);
    let told = local.us("DescribeChangeSet", &[("StackName", "site"), ("ChangeSetName", "x")]).unwrap();
    let set = told["Changes"][1]["ResourceChange"]["ChangeSetId"].as_str().unwrap().to_owned();
    let nested =
        local.us("DescribeChangeSet", &[("ChangeSetName", &set)]).unwrap()["StackId"].as_str().unwrap().to_owned();
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "x")]).unwrap();
    local.us("DeleteChangeSet", &[("StackName", "site"), ("ChangeSetName", "y")]).unwrap();
    (0..6).for_each(|_| local.wait(4));
    assert_eq!((local.status("site"), local.status(&nested)), ("CREATE_COMPLETE".into(), "CREATE_COMPLETE".into()));
}

/// A stack that has itself within it is refused, whether it is made or only looked at, and whatever it hands down.
#[test]
fn a_stack_within_itself_comes_to_an_end() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    let itself =
        json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "http://any.host/t/x" } });
    put(&local, "x", &template(json!({ "N": itself })));
    local.create("site", &template(json!({ "N": itself }))).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    assert!(local.events("site").contains("have it within them"), "{}", local.events("site"));
    let mut growing = template(json!({ "N": itself }));
    growing["Parameters"] = json!({ "P": { "Type": "String", "Default": "p" } });
    growing["Resources"]["N"]["Properties"]["Parameters"] = json!({ "P": { "Fn::Sub": "${P}p" } });
    put(&local, "x", &growing);
    local.create("other", &growing).unwrap();
    assert_eq!(local.status("other"), "ROLLBACK_COMPLETE");
    let text = growing.to_string();
    let told = local.changes("third", "CREATE", &[("TemplateBody", &text), ("IncludeNestedStacks", "true")]);
    assert_eq!(told["Status"], "CREATE_COMPLETE");
    local.us("DeleteStack", &[("StackName", "third")]).unwrap();
    assert!(local.world.stacks.values().all(|stack| stack.operation.is_none()));
}

/// An update that a request began is not that of the parent, and waits for nothing.
#[test]
fn a_nested_stack_that_is_updated_by_itself_does_not_wait_for_its_parent() {
    let local = Local::with_faults(json!({ "seed": 1 }));
    let mut local = local.slow();
    let inside = |text: &str| {
        json!({
            "Parameters": { "P": { "Type": "String" } },
            "Resources": { "D": super::distribution(json!({ "Comment": text })) },
            "Outputs": { "Arn": { "Value": "x" } },
        })
    };
    put(&local, "child", &inside("1"));
    let hour = |local: &mut Local| (0..4).for_each(|_| local.wait(900));
    local.create("site", &template(json!({ "N": nested("child", "1") }))).unwrap();
    hour(&mut local);
    let id = children(&local)[0].0.clone();
    let text = inside("2").to_string();
    let fields = [
        ("StackName", id.as_str()),
        ("TemplateBody", text.as_str()),
        ("Parameters.member.1.ParameterKey", "P"),
        ("Parameters.member.1.UsePreviousValue", "true"),
    ];
    local.us("UpdateStack", &fields).unwrap();
    assert_eq!(local.status(&id), "UPDATE_IN_PROGRESS");
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    hour(&mut local);
    hour(&mut local);
    assert_eq!(children(&local)[0].1, "DELETE_COMPLETE");
    assert!(local.world.stacks.values().all(|stack| stack.operation.is_none()));
}

/// Nor does it go back with one that fails.
#[test]
fn a_nested_stack_that_is_updated_by_itself_does_not_go_back_with_its_parent() {
    let local = Local::with_faults(json!({ "seed": 1 }));
    let mut local = local.slow();
    put(&local, "child", &child("c"));
    let hours = |local: &mut Local| (0..8).for_each(|_| local.wait(900));
    let site = |text: &str| {
        template(json!({ "N": nested("child", "1"), "D": super::distribution(json!({ "Comment": text })) })).to_string()
    };
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &site("1"))]).unwrap();
    hours(&mut local);
    let id = children(&local)[0].0.clone();
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &site("2"))]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_IN_PROGRESS");
    let fields = [
        ("StackName", id.as_str()),
        ("UsePreviousTemplate", "true"),
        ("Parameters.member.1.ParameterKey", "P"),
        ("Parameters.member.1.ParameterValue", "2"),
    ];
    local.us("UpdateStack", &fields).unwrap();
    local.wait(30);
    assert_eq!(local.status("site"), "UPDATE_IN_PROGRESS");
    local.us("CancelUpdateStack", &[("StackName", "site")]).unwrap();
    hours(&mut local);
    assert_eq!(
        (local.status("site").as_str(), local.status(&id).as_str()),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE")
    );
    assert_eq!(local.there(&id), [r#""T" "arn:aws:sns:us-east-1:000000000000:c-2""#]);
}

/// Template Reference, "AWS::CloudFormation::Stack": capabilities are those of the root; its tags reach nested stacks.
#[test]
fn a_nested_stack_takes_capabilities_and_tags_of_its_parent() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    let role = json!({ "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": {} } });
    put(&local, "child", &template(json!({ "R": role })));
    let tagged = |value: &str| {
        let tags = json!([{ "Key": "own", "Value": value }]);
        template(
            json!({ "N": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "http://any.host/t/child", "Tags": tags } } }),
        )
    };
    local.create("site", &tagged("1")).unwrap();
    assert!(local.events("site").contains("Requires capabilities : [CAPABILITY_IAM]"), "{}", local.events("site"));
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    let call = |local: &mut Local, action: &str, value: &str| {
        let body = tagged(value).to_string();
        let fields = [
            ("StackName", "site"),
            ("TemplateBody", body.as_str()),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "a"),
        ];
        local.us(action, &fields)
    };
    call(&mut local, "CreateStack", "1").unwrap();
    let tags = |local: &Local| {
        let child =
            local.world.stacks.values().find(|stack| stack.parent.is_some() && stack.status.is_stable()).unwrap();
        child.content.tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tags(&local), "own=1 team=a");
    call(&mut local, "UpdateStack", "2").unwrap();
    assert_eq!((local.status("site").as_str(), tags(&local).as_str()), ("UPDATE_COMPLETE", "own=2 team=a"));
}

/// Settings beside the template and the parameters of a nested stack are deployed once, and then are no change.
#[test]
fn a_nested_stack_in_which_nothing_changes_is_still_what_its_parent_says() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    put(&local, "child", &child("c"));
    put(&local, "same", &child("c"));
    local.create("site", &template(json!({ "N": nested("child", "1") }))).unwrap();
    let body = template(json!({ "N": nested("same", "1") })).to_string();
    let fields = [("StackName", "site"), ("TemplateBody", body.as_str())];
    local.us("UpdateStack", &fields).unwrap();
    assert!(local.events("site").contains("N UPDATE_COMPLETE"), "{}", local.events("site"));
    let told = local.changes("site", "UPDATE", &[("TemplateBody", &body), ("IncludeNestedStacks", "true")]);
    assert_eq!((&told["Status"], &told["Changes"]), (&json!("FAILED"), &json!([])));
}

/// Nested templates are not previewed: what a condition takes away there is found when it is come to.
#[test]
fn what_a_condition_takes_away_in_a_nested_stack_is_not_there() {
    let mut local = Local::with_faults(json!({ "seed": 1 }));
    let mut a = topic(json!("a"));
    a["Condition"] = json!("IsOn");
    let inside = json!({
        "Parameters": { "P": { "Type": "String" } },
        "Conditions": { "IsOn": { "Fn::Equals": [{ "Ref": "P" }, "on"] } },
        "Resources": { "A": a, "B": topic(json!({ "Ref": "A" })) },
    });
    put(&local, "child", &inside);
    local.create("site", &template(json!({ "N": nested("child", "on") }))).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    local.update("site", &template(json!({ "N": nested("child", "off") }))).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    let inside = children(&local)[0].0.clone();
    let refused = "Unresolved resource dependencies [A] in the Resources block";
    assert!(local.events(&inside).contains(refused), "{}", local.events(&inside));
}
