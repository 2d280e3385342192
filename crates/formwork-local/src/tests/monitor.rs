//! Rollback triggers and the time in which they are watched.
//!
//! Source: API Reference, `RollbackConfiguration`.

use serde_json::{Value as Json, json};

use super::{Local, template, topic};
use crate::faults::Faults;

const ALARM: &str = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors";

fn with_alarm() -> Local {
    let mut local = Local::new().slow();
    let alarm = json!({ "Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": "errors", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1 } });
    local.create("alarms", &template(json!({ "A": alarm }))).unwrap();
    local.wait(600);
    assert_eq!(local.status("alarms"), "CREATE_COMPLETE");
    local
}

fn site(name: &str) -> Json {
    template(json!({ "T": { "Type": "AWS::SNS::Topic", "Properties": { "TopicName": name } } }))
}

fn fields<'a>(body: &'a str, minutes: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("StackName", "site"),
        ("TemplateBody", body),
        ("RollbackConfiguration.MonitoringTimeInMinutes", minutes),
        ("RollbackConfiguration.RollbackTriggers.member.1.Arn", ALARM),
        ("RollbackConfiguration.RollbackTriggers.member.1.Type", "AWS::CloudWatch::Alarm"),
    ]
}

#[test]
fn a_stack_is_watched_after_its_resources_are_done() {
    let mut local = with_alarm();
    let (one, two) = (site("one").to_string(), site("two").to_string());
    local.us("CreateStack", &fields(&one, "10")).unwrap();
    local.wait(60);
    assert_eq!(local.status("site"), "CREATE_IN_PROGRESS");
    assert!(local.events("site").ends_with("T CREATE_COMPLETE"));
    local.wait(600);
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    // What was given holds for updates; old resources are kept as long as the stack is watched.
    local.us("UpdateStack", &[("StackName", "site"), ("TemplateBody", &two)]).unwrap();
    local.wait(60);
    assert_eq!(local.status("site"), "UPDATE_IN_PROGRESS");
    assert_eq!(local.world.find("us-east-1", "site").unwrap().leftovers.len(), 1);
    local.world.bring_faults(br#"{ "alarms": ["errors"] }"#, 1).unwrap();
    (0..3).for_each(|_| local.wait(60));
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    let events = local.events("site");
    insta::assert_snapshot!(events.split_once("site CREATE_COMPLETE\n").unwrap().1);
}

#[test]
fn an_alarm_that_is_missing_or_rings_rolls_back_what_is_under_way() {
    let mut local = with_alarm();
    local.us("DeleteStack", &[("StackName", "alarms")]).unwrap();
    local.wait(600);
    let body = site("one").to_string();
    local.us("CreateStack", &fields(&body, "0")).unwrap();
    local.wait(60);
    let mut rings = with_alarm();
    rings.world.faults = Faults { alarms: vec![ALARM.to_owned()], ..Faults::default() };
    rings.us("CreateStack", &fields(&body, "0")).unwrap();
    rings.wait(60);
    insta::assert_snapshot!(format!("{}\n\n{}", local.events("site"), rings.events("site")));
}

#[test]
fn an_update_is_cancelled_while_it_is_watched() {
    let mut local = with_alarm();
    let (one, two) = (
        template(json!({ "T": topic(json!("1")) })).to_string(),
        template(json!({ "T": topic(json!("2")) })).to_string(),
    );
    local.us("CreateStack", &fields(&one, "0")).unwrap();
    local.wait(60);
    assert_eq!(local.status("site"), "CREATE_COMPLETE");
    local.us("UpdateStack", &fields(&two, "180")).unwrap();
    local.wait(60);
    local.us("CancelUpdateStack", &[("StackName", "site")]).unwrap();
    local.wait(60);
    assert_eq!(local.status("site"), "UPDATE_ROLLBACK_COMPLETE");
    let mut wrong = fields(&one, "10");
    wrong[4].1 = "AWS::SNS::Topic";
    assert!(
        local.us("UpdateStack", &wrong).unwrap_err().contains("Rollback trigger type AWS::SNS::Topic is not one of")
    );
    assert!(local.us("UpdateStack", &fields(&one, "181")).unwrap_err().contains("Member must be between 0 and 180"));
}

/// "By default, CloudFormation saves the rollback triggers specified for a stack", "To remove all currently specified triggers, specify an empty
/// list".
#[test]
fn what_is_not_given_stays() {
    let mut local = with_alarm();
    local.world.speed = None;
    let body = site("one").to_string();
    local.us("CreateStack", &fields(&body, "10")).unwrap();
    let mut change = |more: &[(&str, &str)]| {
        let set = [("StackName", "site"), ("ChangeSetName", "c"), ("TemplateBody", body.as_str())];
        let tag = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
        local.us("CreateChangeSet", &[set.as_slice(), &tag, more].concat()).unwrap();
        let told = local.us("DescribeChangeSet", &set[..2]).unwrap()["RollbackConfiguration"].clone();
        local.us("DeleteChangeSet", &set[..2]).unwrap();
        told
    };
    let triggers = json!([{ "Arn": ALARM, "Type": "AWS::CloudWatch::Alarm" }]);
    let both =
        |triggers: &Json, minutes: u64| json!({ "RollbackTriggers": triggers, "MonitoringTimeInMinutes": minutes });
    assert_eq!(change(&[]), both(&triggers, 10));
    assert_eq!(change(&[("RollbackConfiguration.MonitoringTimeInMinutes", "20")]), both(&triggers, 20));
    assert_eq!(change(&[("RollbackConfiguration.RollbackTriggers", "")]), both(&json!([]), 10));
}
