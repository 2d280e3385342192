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
    // What was deployed so goes on so, whether with a change set or without.
    let standard = [("StackName", "site"), ("TemplateBody", two.as_str())];
    let refusal =
        "ValidationError: Stack was last deployed in EXPRESS mode; follow-up operations must use EXPRESS mode too.";
    assert_eq!(local.us("UpdateStack", &standard), Err(refusal.to_owned()));
    let change_set = [standard.as_slice(), &[("ChangeSetName", "c")]].concat();
    assert_eq!(local.us("CreateChangeSet", &change_set), Err(refusal.to_owned()));
    local.us("UpdateStack", &[standard.as_slice(), &[EXPRESS]].concat()).unwrap();
    assert_eq!(local.status("site"), "UPDATE_COMPLETE");
    let id = stack["Stacks"][0]["StackId"].as_str().unwrap();
    local.us("DeleteStack", &[("StackName", "site"), EXPRESS]).unwrap();
    assert_eq!(local.status(id), "DELETE_COMPLETE");
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

#[test]
fn replacements_are_refused_and_there_is_no_way_back() {
    let mut local = Local::new();
    let named = |name: &str| {
        let topic: Json = json!({ "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } });
        template(json!({ "A": topic })).to_string()
    };
    local.us("CreateStack", &[("StackName", "site"), ("TemplateBody", &named("one")), EXPRESS]).unwrap();
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &named("two")), EXPRESS]).unwrap();
    assert_eq!(local.status("site"), "UPDATE_FAILED");
    insta::assert_snapshot!(local.events("site"));
    assert!(local.us("RollbackStack", &[("StackName", "site")]).unwrap_err().contains("EXPRESS mode"));
}
