//! The fate of resources when operations fail, are stopped, or end as they stand.
//!
//! Sources: User Guide, "Choose how to handle failures when provisioning resources", "Stack status codes", "Troubleshooting"; Template
//! Reference, "DeletionPolicy attribute", "UpdateReplacePolicy attribute"; others at the tests.

use serde_json::{Value as Json, json};

use super::{Local, distribution, template, topic};
use formwork_model::status::ResourceStatus;

fn named(name: &str) -> Json {
    json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } })
}

fn failing(logical_id: &str, at: &str) -> Json {
    json!({ "seed": 1, "resources": [{ "logicalId": logical_id, "at": at, "reason": "no", "times": 1 }] })
}

#[test]
fn others_under_way_are_cancelled() {
    // A distribution takes minutes, the topic that fails has to wait for another one.
    let mut local = Local::with_faults(failing("Fails", "create")).slow();
    let slow = distribution(json!({}));
    let mut fails = topic(json!("x"));
    fails["DependsOn"] = json!("First");
    local.create("site", &template(json!({ "Slow": slow, "First": topic(json!("y")), "Fails": fails }))).unwrap();
    local.wait(4);
    assert_eq!(local.status("site"), "ROLLBACK_IN_PROGRESS");
    local.wait(600);
    insta::assert_snapshot!(local.events("site"));
}

/// API Reference, `CancelUpdateStack`: only an update in progress can be stopped; it goes back.
#[test]
fn an_update_is_cancelled() {
    let mut local = Local::new().slow();
    local.create("site", &template(json!({ "A": topic(json!("1")), "B": topic(json!("1")) }))).unwrap();
    assert_eq!(
        local.us("CancelUpdateStack", &[("StackName", "site")]),
        Err("ValidationError: CancelUpdateStack cannot be called from current stack status".to_owned())
    );
    local.wait(4);
    let mut after = topic(json!("2"));
    after["DependsOn"] = json!("A");
    local.update("site", &template(json!({ "A": topic(json!("2")), "B": after }))).unwrap();
    local.us("CancelUpdateStack", &[("StackName", "site")]).unwrap();
    local.wait(4);
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    let events = local.events("site");
    insta::assert_snapshot!(events.split_once("site UPDATE_IN_PROGRESS").unwrap().1);
}

#[test]
fn a_creation_has_a_time_limit() {
    let mut local = Local::new().slow();
    let body = template(json!({ "W": { "Type": "AWS::CloudFormation::WaitConditionHandle" }, "C": { "Type": "AWS::CloudFormation::WaitCondition", "Properties": { "Handle": { "Ref": "W" }, "Timeout": "3600" } } })).to_string();
    let fields = [("StackName", "site"), ("TemplateBody", body.as_str()), ("TimeoutInMinutes", "2")];
    local.us("CreateStack", &fields).unwrap();
    local.wait(119);
    assert_eq!(local.status("site"), "CREATE_IN_PROGRESS");
    local.wait(1);
    local.wait(4);
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    assert!(local.events("site").contains("Stack creation time exceeded the specified timeout."));
    let refused = local.us("CreateStack", &[("StackName", "b"), ("TemplateBody", &body), ("TimeoutInMinutes", "0")]);
    assert!(refused.unwrap_err().contains("timeoutInMinutes"));
}

/// API Reference, `DeleteStack`; a creation is cut short.
#[test]
fn a_stack_is_deleted_while_it_is_created() {
    let mut local = Local::new().slow();
    let created = local.create("site", &template(json!({ "A": topic(json!("1")) }))).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    local.wait(4);
    assert_eq!(local.status(created["StackId"].as_str().unwrap()), "DELETE_COMPLETE");
    assert_eq!(local.world.identities().len(), 0);
}

/// aws-amplify/amplify-backend pull request 2366.
#[test]
fn a_stack_is_not_deleted_while_it_is_updated() {
    let mut local = Local::new().slow();
    local.create("site", &template(json!({ "A": topic(json!("1")) }))).unwrap();
    local.wait(4);
    local.update("site", &template(json!({ "A": topic(json!("2")) }))).unwrap();
    let refused = local.us("DeleteStack", &[("StackName", "site")]).unwrap_err();
    assert!(refused.ends_with("cannot be deleted while in status UPDATE_IN_PROGRESS"), "{refused}");
}

#[test]
fn without_rollback_what_was_done_stays_and_what_failed_is_as_before() {
    let mut local = Local::with_faults(failing("Fails", "update"));
    let body = |text: &str| {
        let mut fails = topic(json!(text));
        fails["DependsOn"] = json!("A");
        template(json!({ "A": topic(json!(text)), "Fails": fails })).to_string()
    };
    let fields = |body: &'static str| [("StackName", "site"), ("TemplateBody", body), ("DisableRollback", "true")];
    let (one, two) = (body("1").leak(), body("2").leak());
    local.us("CreateStack", &fields(one)).unwrap();
    local.us("UpdateStack", &fields(two)).unwrap();
    assert_eq!(local.status("site"), "UPDATE_FAILED");
    let stack = local.world.find("us-east-1", "site").unwrap();
    assert_eq!(stack.content.resources["A"].properties["DisplayName"], "2");
    assert_eq!(stack.content.resources["Fails"].properties["DisplayName"], "1");
    assert_eq!(stack.content.resources["Fails"].status, ResourceStatus::UpdateFailed);
    local.us("RollbackStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(local.world.find("us-east-1", "site").unwrap().content.resources["A"].properties["DisplayName"], "1");
    local.world.faults.resources = serde_json::from_value(failing("Fails", "update")["resources"].clone()).unwrap();
    local.us("UpdateStack", &fields(two)).unwrap();
    local.us("UpdateStack", &fields(two)).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
}

/// aws-cdk issue 30546: what is replaced could not come back.
#[test]
fn without_rollback_nothing_is_replaced() {
    let mut local = Local::new();
    local.create("site", &template(json!({ "A": named("one") }))).unwrap();
    let before = local.there("site");
    let body = template(json!({ "A": named("two") })).to_string();
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &body), ("DisableRollback", "true")]).unwrap();
    let events = local.events("site");
    let end = "site UPDATE_IN_PROGRESS User Initiated\n\
        A UPDATE_FAILED Replacement type updates not supported on stack with disable-rollback.\n\
        site UPDATE_FAILED The following resource(s) failed to update: [A].";
    assert!(events.ends_with(end), "{events}");
    assert_eq!(local.there("site"), before);
}

/// aws-cli issue 6368, ansible-collections/amazon.aws issue 1655.
#[test]
fn a_failed_creation_that_was_kept_is_completed_by_an_update() {
    let mut local = Local::with_faults(failing("B", "create"));
    let body = template(json!({ "A": topic(json!("1")), "B": named("b") })).to_string();
    let fields = [("StackName", "site"), ("TemplateBody", body.as_str()), ("DisableRollback", "true")];
    local.us("CreateStack", &fields).unwrap();
    assert_eq!(local.status("site"), "CREATE_FAILED");
    // There is nothing that a rollback could go back to.
    let refused = "ValidationError: This stack is currently in a non-terminal [CREATE_FAILED] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API";
    assert_eq!(local.us("UpdateStack", &fields[..2]).unwrap_err(), refused);
    let set = local.changes("site", "UPDATE", &[("TemplateBody", &body)])["ChangeSetId"].as_str().unwrap().to_owned();
    assert_eq!(local.us("ExecuteChangeSet", &[("ChangeSetName", &set)]).unwrap_err(), refused);
    local.us("ExecuteChangeSet", &[("ChangeSetName", &set), ("DisableRollback", "true")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
}

/// Two resources that are not the same may have the same physical id: `Ref` of a stage is its name, which two APIs can have.
#[test]
fn the_same_physical_id_is_not_the_same_resource() {
    let mut local = Local::new();
    let stage = |api: &str| {
        template(
            json!({ "S": { "Type": "AWS::ApiGatewayV2::Stage", "Properties": { "ApiId": api, "StageName": "prod" } } }),
        )
    };
    local.create("site", &stage("one")).unwrap();
    local.update("site", &stage("two")).unwrap();
    assert!(local.events("site").contains("S DELETE_COMPLETE"));
    assert_eq!(local.world.identities().keys().collect::<Vec<_>>(), ["us-east-1 AWS::ApiGatewayV2::Stage two|prod"]);
}

#[test]
fn policies_say_what_is_left_behind() {
    let with = |policy: &str, value: &str, name: &str| {
        let mut resource = named(name);
        resource[policy] = json!(value);
        resource
    };
    let left = |local: &Local| -> Vec<String> {
        let stacks = local.world.stacks.values();
        stacks.flat_map(|stack| &stack.left_behind).map(|one| one.logical_id.clone()).collect()
    };
    // Deletion.
    let mut local = Local::new();
    let body = json!({ "Kept": with("DeletionPolicy", "Retain", "a"), "Too": with("DeletionPolicy", "RetainExceptOnCreate", "b"), "Gone": named("c") });
    local.create("site", &template(body)).unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(left(&local), ["Kept", "Too"]);
    // What was left behind still has its name.
    let again = local.create("again", &template(json!({ "Kept": named("a") }))).unwrap_err();
    assert!(again.contains("ResourceExistenceCheck"), "{again}");
    // The creation is rolled back.
    let body = json!({ "Kept": with("DeletionPolicy", "Retain", "a"), "Gone": with("DeletionPolicy", "RetainExceptOnCreate", "b"), "Fails": { "Type": "AWS::SNS::Topic", "DependsOn": ["Kept", "Gone"] } });
    let mut local = Local::with_faults(failing("Fails", "create"));
    local.create("site", &template(body.clone())).unwrap();
    assert_eq!(left(&local), ["Kept"]);
    let mut local = Local::with_faults(failing("Fails", "create"));
    let body = template(body).to_string();
    let fields = [("StackName", "site"), ("TemplateBody", body.as_str()), ("RetainExceptOnCreate", "true")];
    local.us("CreateStack", &fields).unwrap();
    assert_eq!((local.status("site").as_str(), left(&local).len()), ("ROLLBACK_COMPLETE", 0));
    // Replacement, and removal from the template.
    let mut local = Local::new();
    let body = |name: &str| json!({ "R": with("UpdateReplacePolicy", "Retain", name), "S": topic(json!("s")) });
    local.create("site", &template(body("a"))).unwrap();
    local.update("site", &template(body("b"))).unwrap();
    assert_eq!(left(&local), ["R"]);
    local.update("site", &template(json!({ "S": topic(json!("s")) }))).unwrap();
    assert_eq!(left(&local), ["R"]);
    assert!(local.events("site").contains("R DELETE_SKIPPED"));
}

/// cloudformation-coverage-roadmap issue 744: the update holds, and the resource is nobody's.
#[test]
fn what_a_cleanup_cannot_delete_is_left_alone() {
    let mut local = Local::with_faults(failing("Gone", "delete"));
    local.create("site", &template(json!({ "A": topic(json!("1")), "Gone": topic(json!("2")) }))).unwrap();
    local.update("site", &template(json!({ "A": topic(json!("1")) }))).unwrap();
    let events = local.events("site");
    let end = "site UPDATE_COMPLETE Update successful. One or more resources could not be deleted.";
    assert!(events.ends_with(end), "{events}");
    assert_eq!(local.there("site").len(), 1);
    assert_eq!(local.world.find("us-east-1", "site").unwrap().left_behind.len(), 1);
}

#[test]
fn what_others_still_need_is_not_deleted_before_them() {
    let mut local = Local::with_faults(failing("User", "delete"));
    local
        .create("site", &template(json!({ "Used": topic(json!("1")), "User": topic(json!({ "Ref": "Used" })) })))
        .unwrap();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "DELETE_FAILED");
    assert!(!local.events("site").contains("Used DELETE_IN_PROGRESS"));
    let wrong = [("StackName", "site"), ("RetainResources.member.1", "Used")];
    assert!(local.us("DeleteStack", &wrong).unwrap_err().contains("[Used] is not in DELETE_FAILED state"));
    let retained = [("StackName", "site"), ("RetainResources.member.1", "User")];
    local.us("DeleteStack", &retained).unwrap();
    let events = {
        let id = local.world.stacks.keys().next().unwrap().clone();
        local.events(&id)
    };
    assert!(events.contains("User DELETE_SKIPPED") && events.contains("Used DELETE_COMPLETE"), "{events}");
}

#[test]
fn a_logical_id_keeps_its_type() {
    let mut local = Local::new();
    local.create("site", &template(json!({ "A": topic(json!("1")) }))).unwrap();
    let refused = local.update("site", &template(json!({ "A": { "Type": "AWS::SQS::Queue" } }))).unwrap_err();
    assert!(refused.contains("Update of resource type is not permitted"), "{refused}");
}

/// API Reference, `ContinueUpdateRollback`, `ResourcesToSkip`: the resource counts as updated, and no longer is what the template says.
#[test]
fn a_skipped_resource_drifts() {
    let mut local = Local::with_faults(json!({ "seed": 1, "resources": [
        { "logicalId": "B", "at": "update", "reason": "no" },
        { "logicalId": "A", "at": "rollback", "reason": "not back either" },
    ] }));
    let body = |text: &str| {
        let mut b = topic(json!(text));
        b["DependsOn"] = json!("A");
        template(json!({ "A": topic(json!(text)), "B": b }))
    };
    local.create("site", &body("1")).unwrap();
    local.update("site", &body("2")).unwrap();
    let fields = [("StackName", "site"), ("ResourcesToSkip.member.1", "A")];
    local.us("ContinueUpdateRollback", &fields).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    local.us("DetectStackDrift", &[("StackName", "site")]).unwrap();
    let drifts = local.us("DescribeStackResourceDrifts", &[("StackName", "site")]).unwrap();
    let of_a = &drifts["StackResourceDrifts"][0];
    assert_eq!((&of_a["LogicalResourceId"], &of_a["StackResourceDriftStatus"]), (&json!("A"), &json!("MODIFIED")));
    assert_eq!(of_a["PropertyDifferences"][0]["ActualValue"], "2");
}

/// Some types are deleted before they are replaced (`replacementStrategy` of their schema): going back makes them again.
#[test]
fn what_was_deleted_to_be_replaced_comes_back() {
    let mut local = Local::with_faults(failing("R", "delete")).slow();
    let route = |value: &str| {
        template(json!({ "R": { "Type": "AWS::EC2::TransitGatewayRoute", "Properties": { "TransitGatewayRouteTableId": "t", "DestinationCidrBlock": "10.0.0.0/8", "Anything": value } } })).to_string()
    };
    let fields = |body: &'static str| [("StackName", "site"), ("TemplateBody", body), ("DisableValidation", "true")];
    local.us("CreateStack", &fields(route("1").leak())).unwrap();
    local.wait(4);
    let before = local.there("site");
    local.us("UpdateStack", &fields(route("2").leak())).unwrap();
    local.us("CancelUpdateStack", &[("StackName", "site")]).unwrap();
    local.wait(4);
    local.wait(4);
    assert_eq!((local.status("site").as_str(), local.there("site")), ("UPDATE_ROLLBACK_COMPLETE", before));
    assert_eq!(local.world.find("us-east-1", "site").unwrap().left_behind.len(), 0);
}

/// widdix/aws-s3-virusscan issue 39: the operation begins, and goes back before any resource; a change set fails instead. The words of an
/// update: OctopusDeploy/Issues issue 7630.
#[test]
fn an_export_that_is_nowhere_ends_the_operation_before_it_does_anything() {
    let mut local = Local::new();
    let body = |value: Json| template(json!({ "A": topic(value), "B": topic(json!("b")) }));
    let import = json!({ "Fn::Sub": ["${V}", { "V": { "Fn::ImportValue": "net" } }] });
    local.create("site", &body(import.clone())).unwrap();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    local.create("other", &body(json!("a"))).unwrap();
    local.update("other", &body(import.clone())).unwrap();
    assert_eq!(local.status("other"), "UPDATE_ROLLBACK_COMPLETE");
    let events = local.events("other");
    let of_update = events.split_once("other UPDATE_IN_PROGRESS").unwrap().1;
    insta::assert_snapshot!(format!("{}\n\nother UPDATE_IN_PROGRESS{of_update}", local.events("site")));
    let change_set = local.changes("third", "CREATE", &[("TemplateBody", &body(import).to_string())]);
    assert_eq!(
        (&change_set["Status"], &change_set["StatusReason"]),
        (&json!("FAILED"), &json!("No export named net found"))
    );
    // What a condition leaves out is not asked for.
    let mut left_out = body(json!({ "Fn::If": ["No", { "Fn::ImportValue": "net" }, "a"] }));
    left_out["Conditions"] = json!({ "No": { "Fn::Equals": ["a", "b"] } });
    local.create("fourth", &left_out).unwrap();
    assert_eq!(local.status("fourth"), "CREATE_COMPLETE");
}

/// Recorded from AWS in localstack's `test_resources.snapshot.json`: `test_describe_failed_resource`, `test_describe_non_existent_resource` and
/// `test_describe_deleted_resource_on_update`.
#[test]
fn a_resource_that_was_never_made_is_not_described() {
    let mut local = Local::with_faults(failing("Fails", "create"));
    let id = local.create("site", &template(json!({ "Fails": named("f") }))).unwrap()["StackId"].clone();
    assert_eq!(local.status("site"), "ROLLBACK_COMPLETE");
    let mut describe = |stack: &str, resource: &str| {
        local.us("DescribeStackResource", &[("StackName", stack), ("LogicalResourceId", resource)]).unwrap_err()
    };
    assert_eq!(describe("site", "Fails"), "ValidationError: Resource Fails does not exist for stack site");
    let id = id.as_str().unwrap();
    assert_eq!(describe(id, "Other"), format!("ValidationError: Resource Other does not exist for stack {id}"));
    let mut local = Local::new();
    local.create("site", &template(json!({ "One": named("1") }))).unwrap();
    local.update("site", &template(json!({ "Two": named("2") }))).unwrap();
    let mut describe =
        |resource: &str| local.us("DescribeStackResource", &[("StackName", "site"), ("LogicalResourceId", resource)]);
    assert_eq!(describe("One").unwrap_err(), "ValidationError: Resource One does not exist for stack site");
    assert_eq!(describe("Two").unwrap()["StackResourceDetail"]["Metadata"], "{}");
}

/// Recorded from AWS in localstack's `test_stacks.snapshot.json`, `test_blocked_stack_deletion`: a resource that was made, failed, and cannot be
/// deleted either.
#[test]
fn a_rollback_can_fail_too() {
    let faults = json!({ "seed": 1, "resources": [{ "logicalId": "Broken", "at": "delete", "reason": "no" }] });
    let mut local = Local::with_faults(faults).slow();
    let body = template(json!({
        "Handle": { "Type": "AWS::CloudFormation::WaitConditionHandle" },
        "Broken": { "Type": "AWS::CloudFormation::WaitCondition", "Properties": { "Handle": { "Ref": "Handle" }, "Timeout": "1" } },
    }));
    let id = local.create("site", &body).unwrap()["StackId"].as_str().unwrap().to_owned();
    (0..3).for_each(|_| local.wait(4));
    let told = |local: &mut Local| {
        let answer = local.us("DescribeStacks", &[("StackName", &id)]).unwrap();
        let stack = &answer["Stacks"][0];
        let fields = ["StackStatus", "StackStatusReason", "EnableTerminationProtection"];
        assert!(stack["DeletionTime"].is_string());
        fields.map(|name| stack[name].clone())
    };
    let reason = "The following resource(s) failed to delete: [Broken]. ";
    assert_eq!(told(&mut local), [json!("ROLLBACK_FAILED"), json!(reason), json!(false)]);
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    local.wait(4);
    assert_eq!(told(&mut local), [json!("DELETE_FAILED"), json!(reason), json!(false)]);
    local.us("DeleteStack", &[("StackName", "site"), ("RetainResources.member.1", "Broken")]).unwrap();
    local.wait(4);
    assert_eq!(told(&mut local), [json!("DELETE_COMPLETE"), json!(null), json!(null)]);
    let events = local.events(&id);
    let own: Vec<&str> = events.lines().filter(|line| !line.starts_with("Handle")).collect();
    insta::assert_snapshot!(own.join("\n"));
}

/// User Guide, "View stack events by operation": the example of a rollback after an update that failed.
#[test]
fn a_rollback_is_an_operation_of_its_own() {
    let mut local = Local::with_faults(failing("A", "update"));
    local.create("site", &template(json!({ "A": topic(json!("1")) }))).unwrap();
    let updated = local.update("site", &template(json!({ "A": topic(json!("2")) }))).unwrap();
    let described = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    let last = &described["Stacks"][0]["LastOperations"];
    let kinds = (&last[0]["OperationType"], &last[1]["OperationType"]);
    assert_eq!(kinds, (&json!("ROLLBACK"), &json!("UPDATE_STACK")));
    assert_eq!(last[1]["OperationId"], updated["OperationId"]);
    let mut lines = Vec::new();
    for operation in [&last[1], &last[0]] {
        let id = operation["OperationId"].as_str().unwrap();
        let told = local.us("DescribeEvents", &[("OperationId", id)]).unwrap();
        for event in told["OperationEvents"].as_array().unwrap().iter().rev() {
            let fields = ["OperationType", "OperationStatus", "LogicalResourceId", "ResourceStatus"];
            lines.push(fields.map(|name| event[name].as_str().unwrap()).join(" "));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}
