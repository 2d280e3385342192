//! Express mode: an operation is over when the configuration is applied.
//!
//! Sources: User Guide, "Deploy AWS CloudFormation stacks faster with express mode"; aws-cdk-cli issues 1739, 1931, 1973.

use serde_json::{Value as Json, json};

use super::{Local, distribution, template, topic};

fn with_distribution(comment: &str) -> String {
    template(json!({ "D": distribution(json!({ "Comment": comment })) })).to_string()
}

const EXPRESS: (&str, &str) = ("DeploymentConfig.Mode", "EXPRESS");

#[test]
fn nothing_is_waited_for() {
    let mut local = Local::new().slow();
    let (one, two) = (with_distribution("one"), with_distribution("two"));
    local.us("CreateStack", &[("StackName", "slow"), ("TemplateBody", &one)]).unwrap();
    assert_eq!(local.status("slow"), "CREATE_IN_PROGRESS");
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &one), EXPRESS]).unwrap();
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    let stack = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    assert_eq!(stack["Stacks"][0]["DeploymentConfig"], json!({ "Mode": "EXPRESS" }));
    let events = local.us("DescribeStackEvents", &[("StackName", "site")]).unwrap();
    assert_eq!(events["StackEvents"][0]["DetailedStatus"], "CONFIGURATION_COMPLETE");
    let standard = [("StackName", "site"), ("TemplateBody", two.as_str())];
    local.us("UpdateStack", &[standard.as_slice(), &[EXPRESS]].concat()).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    let id = stack["Stacks"][0]["StackId"].as_str().unwrap();
    local.us("DeleteStack", &[("StackName", "site"), EXPRESS]).unwrap();
    assert_eq!(local.status(id), "DELETE_COMPLETE");
    // The words: aws-cdk-cli pull request 1689.
    insta::assert_snapshot!(local.events(id));
}

#[test]
fn a_failure_stays_as_it_stands_unless_rollback_is_asked_for() {
    let faults = json!({ "seed": 1, "resources": [{ "logicalId": "A", "at": "create", "reason": "no" }] });
    let body = template(json!({ "A": topic(json!("a")) })).to_string();
    let status = |more: &[(&str, &str)]| {
        let mut local = Local::with_faults(faults.clone());
        local.us("CreateStack", &[&[("StackName", "site"), ("TemplateBody", body.as_str())], more].concat()).unwrap();
        let direct = local.status("site");
        let mut local = Local::with_faults(faults.clone());
        let fields = [
            ("StackName", "site"),
            ("TemplateBody", body.as_str()),
            ("ChangeSetName", "c"),
            ("ChangeSetType", "CREATE"),
        ];
        local.us("CreateChangeSet", &[fields.as_slice(), more].concat()).unwrap();
        local.us("ExecuteChangeSet", &[("StackName", "site"), ("ChangeSetName", "c")]).unwrap();
        assert_eq!(local.status("site"), direct, "{more:?}");
        direct
    };
    assert_eq!(status(&[]), "ROLLBACK_COMPLETE");
    assert_eq!(status(&[("DeploymentConfig.DisableRollback", "true")]), "CREATE_FAILED");
    assert_eq!(status(&[EXPRESS]), "CREATE_FAILED");
    assert_eq!(status(&[EXPRESS, ("DeploymentConfig.DisableRollback", "false")]), "ROLLBACK_COMPLETE");
}

/// cdklabs/aws-cdk-notices pull request 1167: "Express mode can perform replacements; the prohibition is scoped to rollback being disabled."
#[test]
fn replacements_need_rollback() {
    let mut local = Local::new();
    let named = |name: &str| {
        let topic: Json = json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } });
        template(json!({ "A": topic })).to_string()
    };
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &named("one")), EXPRESS]).unwrap();
    let back = ("DeploymentConfig.DisableRollback", "false");
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &named("two")), EXPRESS, back]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &named("three")), EXPRESS]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_FAILED");
    let events = local.events("site");
    let end = "A UPDATE_FAILED Replacement type updates not supported on stack with disable-rollback.\n\
        site UPDATE_FAILED The following resource(s) failed to update: [A].";
    assert!(events.ends_with(end), "{events}");
}

/// aws-cdk-cli issue 1739: "until the stack reaches a *_COMPLETE state".
#[test]
fn what_failed_in_express_mode_goes_on_in_it() {
    let fault = json!({ "seed": 1, "resources": [{ "logicalId": "A", "at": "update", "reason": "no", "times": 1 }] });
    let mut local = Local::with_faults(fault);
    let body = |text: &str| template(json!({ "A": topic(json!(text)) })).to_string();
    let (one, two, three) = (body("1"), body("2"), body("3"));
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &one), EXPRESS]).unwrap();
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &two), EXPRESS]).unwrap();
    let refused = "ValidationError: This stack is in a UPDATE_FAILED state from a previous operation that used EXPRESS deployment mode with disable-rollback. Follow-up operations must use the same DeploymentConfig (mode=EXPRESS) until the stack reaches a *_COMPLETE state.";
    let plain = [("StackName", "site"), ("TemplateBody", two.as_str()), ("DisableRollback", "true")];
    assert_eq!(local.us("UpdateStack", &plain).unwrap_err(), refused);
    let set = [("StackName", "site"), ("ChangeSetName", "c"), ("TemplateBody", two.as_str())];
    assert_eq!(local.us("CreateChangeSet", &set).unwrap_err(), refused);
    let rollback = local.us("RollbackStack", &[("StackName", "site")]).unwrap_err();
    assert_eq!(
        rollback,
        "ValidationError: RollbackStack is not supported for stacks that were last updated using EXPRESS deployment mode and are in a failed state"
    );
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &two), EXPRESS]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    // From there on it may be anything.
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &three)]).unwrap();
    let described = local.us("DescribeStacks", &[("StackName", "site")]).unwrap();
    assert_eq!(described["Stacks"][0]["DeploymentConfig"], Json::Null);
}

/// "When you execute the change set, CloudFormation applies the express mode deployment configuration specified during change set
/// creation."
#[test]
fn a_change_set_tells_its_deployment_configuration() {
    let mut local = Local::new();
    let body = template(json!({ "A": topic(json!("a")) })).to_string();
    let fields = [("TemplateBody", body.as_str()), EXPRESS, ("DeploymentConfig.DisableRollback", "false")];
    let set = local.changes("site", "CREATE", &fields);
    assert_eq!(set["DeploymentConfig"], json!({ "Mode": "EXPRESS", "DisableRollback": false }));
}
