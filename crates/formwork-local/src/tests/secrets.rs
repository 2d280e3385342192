//! Values of `NoEcho` parameters: nothing that the engine answers, and no event that it keeps, has them.
//!
//! Source: User Guide, "CloudFormation template Parameters syntax", `NoEcho`.

use serde_json::{Value as Json, json};

use super::{Local, distribution, template, topic};

/// `A` has the secret, and `B` comes after it.
fn body(secret: &str) -> Json {
    let mut b = topic(json!({ "Fn::Sub": "b-${Open}" }));
    b["DependsOn"] = json!("A");
    json!({
        "Parameters": { "S": { "Type": "String", "NoEcho": true, "Default": secret }, "Open": { "Type": "String", "Default": format!("o{}", secret.len()) } },
        "Resources": { "A": topic(json!({ "Fn::Sub": "x-${S}" })), "B": b },
    })
}

/// Everything that can be asked about the stack, and what is kept of it but for the parameters.
fn all(local: &mut Local, stack: &str) -> String {
    let mut all = String::new();
    for action in [
        "DescribeStackEvents",
        "DescribeEvents",
        "DescribeStacks",
        "DescribeStackResources",
        "DescribeStackResourceDrifts",
        "ListStackResources",
        "ListChangeSets",
    ] {
        all += &local.us(action, &[("StackName", stack)]).map_or_else(|error| error, |answer| answer.to_string());
    }
    for stack in local.world.stacks.values() {
        all += &format!("{:?}", stack.events);
        stack.change_sets.values().for_each(|set| {
            all += &set.changes.iter().map(|change| crate::changes::json(change).to_string()).collect::<String>()
        });
    }
    all
}

#[track_caller]
fn hidden(local: &mut Local, stack: &str) {
    let all = all(local, stack);
    assert!(!all.contains("hunter"), "{all}");
}

fn drift(local: &mut Local) {
    local.us("DetectStackDrift", &[("StackName", "site")]).unwrap();
    local.us("DetectStackResourceDrift", &[("StackName", "site"), ("LogicalResourceId", "A")]).unwrap();
}

/// A stack whose rollback failed: `A` has the secret of the update, and the parameters are those from before.
fn failed() -> Local {
    let faults = json!({ "seed": 1, "resources": [
        { "stack": "site", "logicalId": "B", "at": "update", "reason": "no" },
        { "stack": "site", "logicalId": "A", "at": "rollback", "reason": "no", "times": 2 },
    ] });
    let mut local = Local::with_faults(faults);
    local.create("site", &body("hunter1")).unwrap();
    local.update("site", &body("hunter22")).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
    local
}

#[test]
fn a_way_back_that_failed_shows_neither_secret() {
    let mut local = failed();
    drift(&mut local);
    hidden(&mut local, "site");
    local.us("ContinueUpdateRollback", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_FAILED");
    hidden(&mut local, "site");
    local.us("ContinueUpdateRollback", &[("StackName", "site")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    hidden(&mut local, "site");
}

#[test]
fn what_was_skipped_and_what_is_deleted_shows_neither_secret() {
    let mut local = failed();
    local.us("ContinueUpdateRollback", &[("StackName", "site"), ("ResourcesToSkip.member.1", "A")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    drift(&mut local);
    hidden(&mut local, "site");
    let mut local = failed();
    local.us("DeleteStack", &[("StackName", "site")]).unwrap();
    hidden(&mut local, "site");
}

#[test]
fn a_change_set_after_an_update_that_was_left_as_it_stood_shows_neither_secret() {
    let faults = json!({ "seed": 1, "resources": [{ "logicalId": "A", "at": "update", "reason": "no", "times": 1 }] });
    let mut local = Local::with_faults(faults);
    local.create("site", &body("hunter1")).unwrap();
    let next = body("hunter22").to_string();
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &next), ("DisableRollback", "true")]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_FAILED");
    let next = body("hunter333").to_string();
    let changes = local.changes("site", "UPDATE", &[("TemplateBody", &next)]).to_string();
    assert!(!changes.contains("hunter") && changes.contains("****"), "{changes}");
    hidden(&mut local, "site");
}

/// Template Reference, "Parameters", `NoEcho`: masked in calls that describe stacks, events and change sets; not in outputs.
#[test]
fn a_secret_stays_one_when_it_is_no_longer_so() {
    let mut local = Local::new();
    let body = json!({ "Parameters": { "S": { "Type": "String", "NoEcho": true } }, "Resources": { "A": topic(json!({ "Fn::Sub": "x-${S}" })) } }).to_string();
    let fields = |secret: &'static str| {
        vec![
            ("StackName", "site"),
            ("Parameters.member.1.ParameterKey", "S"),
            ("Parameters.member.1.ParameterValue", secret),
        ]
    };
    local.us("CreateStack", &[fields("hunter1"), vec![("TemplateBody", body.as_str())]].concat()).unwrap();
    local.us("UpdateStack", &[fields("hunter2"), vec![("UsePreviousTemplate", "true")]].concat()).unwrap();
    let previous = [
        ("StackName", "site"),
        ("Parameters.member.1.ParameterKey", "S"),
        ("Parameters.member.1.UsePreviousValue", "true"),
        ("UsePreviousTemplate", "true"),
    ];
    assert_eq!(local.us("UpdateStack", &previous), Err("ValidationError: No updates are to be performed.".to_owned()));
    // Not even what is wrong with it is told.
    let mut wrong: Json = serde_json::from_str(&body).unwrap();
    wrong["Resources"]["D"] = distribution(json!({ "HttpVersion": { "Ref": "S" } }));
    wrong["Resources"]["T"] = json!({ "Type": "AWS::SNS::Topic", "Properties": { "DisplayNam": { "Ref": "S" } } });
    let wrong = wrong.to_string();
    let fields = [fields("hunter3"), vec![("TemplateBody", wrong.as_str()), ("ChangeSetName", "c")]].concat();
    local.us("CreateChangeSet", &fields).unwrap();
    drift(&mut local);
    hidden(&mut local, "site");
}

/// A text in JSON is spelled otherwise than the text itself.
#[test]
fn a_secret_with_quotes_and_the_items_of_a_list_are_hidden() {
    let mut local = Local::new();
    let of = |secret: &str| {
        json!({
            "Parameters": { "S": { "Type": "String", "NoEcho": true, "Default": secret }, "L": { "Type": "CommaDelimitedList", "NoEcho": true, "Default": "hunter,hunter2" } },
            "Resources": {
                "A": topic(json!({ "Ref": "S" })),
                "U": { "Type": "AWS::IAM::Group", "Properties": { "ManagedPolicyArns": { "Ref": "L" } } },
            },
        })
    };
    let fields = |body: &str| {
        [
            ("StackName", "site".to_owned()),
            ("Capabilities.member.1", "CAPABILITY_IAM".to_owned()),
            ("TemplateBody", body.to_owned()),
            ("DisableValidation", "true".to_owned()),
        ]
    };
    let call = |local: &mut Local, action: &str, secret: &str| {
        let fields = fields(&of(secret).to_string());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        local.us(action, &fields).unwrap();
    };
    call(&mut local, "CreateStack", "a\"hunter\\\n");
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    let next = of("b\"hunter\\\n").to_string();
    let fields =
        [("TemplateBody", next.as_str()), ("Capabilities.member.1", "CAPABILITY_IAM"), ("DisableValidation", "true")];
    let changes = local.changes("site", "UPDATE", &fields);
    assert_eq!(changes["Changes"][0]["ResourceChange"]["AfterContext"], r#"{"Properties":{"DisplayName":"****"}}"#);
    hidden(&mut local, "site");
}

/// Secrets are masked in what is told, not in what is worked with.
#[test]
fn a_secret_that_is_handed_down_is_known_to_the_change_sets_of_nested_stacks() {
    let mut local = Local::new();
    let inside = json!({
        "Parameters": { "P": { "Type": "String", "NoEcho": true } },
        "Resources": { "T": topic(json!({ "Ref": "P" })) },
    });
    local.put("child", &inside.to_string());
    let nested = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "http://any.host/t/child", "Parameters": { "P": { "Ref": "S" } } } });
    let parent = |secret: &str| {
        let mut body = template(json!({ "N": nested }));
        body["Parameters"] = json!({ "S": { "Type": "String", "NoEcho": true, "Default": secret } });
        body.to_string()
    };
    let fields = |body: &'static str| [("TemplateBody", body), ("IncludeNestedStacks", "true")];
    let first: &'static str = parent("hunter1").leak();
    let told = local.changes("site", "CREATE", &fields(first));
    let set = told["Changes"][0]["ResourceChange"]["ChangeSetId"].as_str().unwrap();
    let described = [("ChangeSetName", set), ("IncludePropertyValues", "true")];
    assert_eq!(
        local.us("DescribeChangeSet", &described).unwrap()["Changes"][0]["ResourceChange"]["LogicalResourceId"],
        "T"
    );
    local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    hidden(&mut local, "site");
    let same = local.changes("site", "UPDATE", &fields(first));
    assert_eq!((&same["Status"], &same["Changes"]), (&json!("FAILED"), &json!([])));
    hidden(&mut local, "site");
}
