//! The fate of change sets besides their execution.

use serde_json::{Value as Json, json};

use super::{Local, template, topic};

fn make(local: &mut Local, name: &str, kind: &str, body: &Json) -> String {
    let body = body.to_string();
    let fields = [("StackName", "site"), ("ChangeSetName", name), ("ChangeSetType", kind), ("TemplateBody", &body)];
    let made = local.us("CreateChangeSet", &fields).unwrap();
    made["Id"].as_str().unwrap().to_owned()
}

/// localstack/localstack, tests/aws/services/cloudformation/api/test_changesets: `test_create_while_in_review`, recorded from
/// AWS; the words of the refusal: aws/amazon-chime-sdk-js issue 1089.
#[test]
fn a_stack_in_review_can_be_created_without_its_change_set() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) }));
    let id = make(&mut local, "c", "CREATE", &body);
    let reviewed = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    let created = local.create("site", &body).unwrap();
    assert_eq!(created["StackId"], reviewed["Stacks"][0]["StackId"]);
    let stack = local.us("DescribeStacks", &[("StackName", "site")]).unwrap()["Stacks"][0].clone();
    assert_eq!((&stack["StackStatus"], &stack["ChangeSetId"]), (&json!("CREATE_COMPLETE"), &Json::Null));
    assert_eq!(stack["LastUpdatedTime"], Json::Null);
    let described = local.us("DescribeChangeSet", &[("ChangeSetName", &id)]).unwrap();
    assert_eq!((&described["ExecutionStatus"], &described["Status"]), (&json!("OBSOLETE"), &json!("CREATE_COMPLETE")));
    assert_eq!(
        local.us("ExecuteChangeSet", &[("ChangeSetName", &id)]),
        Err(format!(
            "InvalidChangeSetStatus: ChangeSet [{id}] cannot be executed in its current execution status of [OBSOLETE]"
        ))
    );
}

/// A refused creation leaves a stack in review with its change sets.
#[test]
fn a_refused_creation_leaves_the_review() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) }));
    let id = make(&mut local, "c", "CREATE", &body);
    let wrong = template(json!({ "A": { "Type": "AWS::SNS::Topic", "Properties": { "TopicArn": "given" } } }));
    assert!(local.create("site", &wrong).unwrap_err().contains("EarlyValidation"));
    assert_eq!(local.status("site"), "REVIEW_IN_PROGRESS");
    local.us("ExecuteChangeSet", &[("ChangeSetName", &id)]).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
}

/// API Reference, `ExecuteChangeSet` (all others are deleted) and `DescribeChangeSet`, `ExecutionStatus`.
#[test]
fn others_are_deleted_by_an_execution_and_obsolete_after_an_update() {
    let mut local = Local::new();
    local.create("site", &template(json!({ "A": topic(json!("1")) }))).unwrap();
    let next = template(json!({ "A": topic(json!("2")) }));
    let (one, other) = (make(&mut local, "one", "UPDATE", &next), make(&mut local, "other", "UPDATE", &next));
    local.us("ExecuteChangeSet", &[("ChangeSetName", &one)]).unwrap();
    assert_eq!(
        local.us("DescribeChangeSet", &[("ChangeSetName", &other)]),
        Err(format!("ChangeSetNotFound: ChangeSet [{other}] does not exist"))
    );
    let executed = local.us("DescribeChangeSet", &[("ChangeSetName", &one)]).unwrap();
    assert_eq!(executed["ExecutionStatus"], "EXECUTE_COMPLETE");
    let third = make(&mut local, "third", "UPDATE", &template(json!({ "A": topic(json!("3")) })));
    local.update("site", &template(json!({ "A": topic(json!("4")) }))).unwrap();
    let obsolete = local.us("DescribeChangeSet", &[("ChangeSetName", &third)]).unwrap();
    assert_eq!(obsolete["ExecutionStatus"], "OBSOLETE");
}

/// localstack/localstack, tests/aws/services/cloudformation: `test_change_sets` (`test_direct_update`), recorded from AWS.
#[test]
fn what_a_stack_shows_of_its_change_set() {
    let mut local = Local::new();
    let id = make(&mut local, "c", "CREATE", &template(json!({ "A": topic(json!("a")) })));
    let mut seen = Vec::new();
    let mut look = |local: &mut Local, id: &str| {
        let stack = local.us("DescribeStacks", &[("StackName", id)]).unwrap()["Stacks"][0].clone();
        let present: Vec<&str> = [
            "ChangeSetId",
            "LastUpdatedTime",
            "DeletionTime",
            "Capabilities",
            "EnableTerminationProtection",
            "StackStatusReason",
        ]
        .into_iter()
        .filter(|field| !stack[*field].is_null())
        .collect();
        seen.push(format!("{} {}", stack["StackStatus"].as_str().unwrap(), present.join(" ")));
        stack["StackId"].as_str().unwrap().to_owned()
    };
    let stack = look(&mut local, "site");
    local.us("ExecuteChangeSet", &[("ChangeSetName", &id)]).unwrap();
    look(&mut local, &stack);
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    look(&mut local, &stack);
    assert_eq!(
        seen,
        [
            "REVIEW_IN_PROGRESS EnableTerminationProtection StackStatusReason",
            "CREATE_COMPLETE ChangeSetId LastUpdatedTime EnableTerminationProtection",
            "DELETE_COMPLETE LastUpdatedTime DeletionTime",
        ]
    );
}

/// API Reference, `DescribeChangeSet`, `Status` and `ExecutionStatus`.
#[test]
fn a_change_set_takes_time_to_be_made() {
    let mut local = Local::new().slow();
    let id = make(&mut local, "c", "CREATE", &template(json!({ "A": topic(json!("a")) })));
    let told = |local: &mut Local| {
        let set = local.us("DescribeChangeSet", &[("ChangeSetName", &id)]).unwrap();
        let listed = local.us("ListChangeSets", &[("StackName", "site")]).unwrap()["Summaries"][0].clone();
        assert_eq!((&set["Status"], &set["ExecutionStatus"]), (&listed["Status"], &listed["ExecutionStatus"]));
        format!("{} {} {}", set["Status"], set["ExecutionStatus"], set["Changes"].as_array().unwrap().len())
    };
    assert_eq!(told(&mut local), r#""CREATE_PENDING" "UNAVAILABLE" 0"#);
    local.wait(1);
    assert_eq!(told(&mut local), r#""CREATE_IN_PROGRESS" "UNAVAILABLE" 0"#);
    for (action, what) in [("ExecuteChangeSet", "executed"), ("DeleteChangeSet", "deleted")] {
        let refused = local.us(action, &[("ChangeSetName", &id)]).unwrap_err();
        let end = format!("cannot be {what} in its current status of [CREATE_IN_PROGRESS]");
        assert!(refused.ends_with(&end), "{refused}");
    }
    local.wait(1);
    assert_eq!(told(&mut local), r#""CREATE_COMPLETE" "AVAILABLE" 1"#);
    local.us("ExecuteChangeSet", &[("ChangeSetName", &id)]).unwrap();
    local.wait(10);
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
}

/// Recorded from AWS in localstack's `test_changesets.snapshot.json`, `test_create_changeset_with_stack_id`.
#[test]
fn a_deleted_stack_does_not_come_back() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) }));
    let id = local.create("site", &body).unwrap()["StackId"].as_str().unwrap().to_owned();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    let text = body.to_string();
    let fields = [
        ("StackName", id.as_str()),
        ("ChangeSetName", "revived"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", text.as_str()),
    ];
    assert_eq!(
        local.us("CreateChangeSet", &fields).unwrap_err(),
        format!(
            "ValidationError: Stack [{id}] already exists and cannot be created again with the changeSet [revived]."
        )
    );
}

/// A request that is refused for its form has changed nothing.
#[test]
fn a_flag_that_is_none_is_found_before_anything_is_done() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) })).to_string();
    let create =
        [("StackName", "site"), ("ChangeSetName", "c"), ("ChangeSetType", "CREATE"), ("TemplateBody", body.as_str())];
    for flag in ["IncludeNestedStacks", "DisableValidation", "ImportExistingResources"] {
        let refused = local.us("CreateChangeSet", &[&create[..], &[(flag, "1")]].concat()).unwrap_err();
        assert!(refused.starts_with("MalformedInput"), "{refused}");
        assert!(local.world.stacks.is_empty(), "{flag}");
    }
    local.us("CreateChangeSet", &create).unwrap();
    for flag in ["DisableRollback", "RetainExceptOnCreate"] {
        local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c"), (flag, "maybe")]).unwrap_err();
        let told = local.us("DescribeChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
        assert_eq!(told["ExecutionStatus"], "AVAILABLE", "{flag}");
    }
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
}
