//! Resources that deployed stacks of the app use are not taken from them unseen; and those that stay behind are named.

use formwork_assembly::{Assembly, Import, Owner, StackId};
use formwork_deploy::{Answer, Consent, DeployReport, Error, Operation, Outcome};

use crate::answers::*;
use crate::server::{Server, Step, on, refuse};
use crate::{Listener, deploy_with, destroy, destroy_with, site_and_front};

const FRONT_ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/front/1";
const FRONT: &str = r#"{"Parameters":{"SiteTopicTopicName":{"Type":"String"}},
    "Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":{"Ref":"SiteTopicTopicName"}}}}}"#;
const ALONE: &str = r#"{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}}}"#;

/// `site` with a topic of this name; `policies` stand beside its properties.
fn topic(name: &str, policies: &str) -> String {
    format!(
        r#"{{"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"TopicName":"{name}"}}{policies}}}}},
        "Outputs":{{"ExportTopicTopicName":{{"Value":{{"Fn::GetAtt":["Topic","TopicName"]}}}}}}}}"#
    )
}

const NO_TOPIC: &str = r#"{"Resources":{"Other":{"Type":"AWS::SNS::Topic"}}}"#;

fn app(site: &str, front: &str) -> Assembly {
    let mut assembly = site_and_front(site, front);
    assembly.stacks[1].imports = if front.contains("SiteTopicTopicName") {
        let (parameter, producer) = ("SiteTopicTopicName".to_owned(), StackId::new("site", "us-east-1"));
        vec![Import { parameter, producer, output: "ExportTopicTopicName".to_owned() }]
    } else {
        Vec::new()
    };
    assembly
}

const OUTPUT: &str =
    "<Outputs><member><OutputKey>ExportTopicTopicName</OutputKey><OutputValue>a</OutputValue></member></Outputs>";
const PARAMETER: &str = "<Parameters><member><ParameterKey>SiteTopicTopicName</ParameterKey><ParameterValue>a</ParameterValue>\
    </member></Parameters>";

fn site_deployed(template_body: &str) -> Vec<Step> {
    vec![
        stack("CREATE_COMPLETE", OUTPUT).with("StackName", "site"),
        template(template_body).with("StackName", STACK_ID),
    ]
}

fn front_deployed() -> Vec<Step> {
    vec![
        stack("CREATE_COMPLETE", PARAMETER).replacing(STACK_ID, FRONT_ID).with("StackName", "front"),
        template(FRONT).with("StackName", FRONT_ID),
    ]
}

/// The change set of `site`, which does this to the topic.
fn change_set_of_site(action: &str, more: &str) -> Vec<Step> {
    let topic = || change_set(&change(action, "Topic", more));
    vec![creating().with("StackName", "site"), topic(), topic()]
}

const REPLACED: &str = "<Replacement>True</Replacement><PhysicalResourceId>arn:old</PhysicalResourceId>";

/// After the answer.
fn looked_at_again() -> Vec<Step> {
    vec![stack("CREATE_COMPLETE", OUTPUT).with("StackName", STACK_ID), waiting()]
}

fn carried_out() -> Vec<Step> {
    vec![
        executed(),
        events(&[event(20, "site", "UPDATE_COMPLETE", ""), event(11, "Topic", "UPDATE_COMPLETE", "")]),
        stack("UPDATE_COMPLETE", OUTPUT).with("StackName", STACK_ID),
    ]
}

/// Deploys `site` alone, or both.
fn run(
    assembly: &Assembly,
    ids: &[&str],
    consent: Consent,
    steps: Vec<Vec<Step>>,
) -> (Result<DeployReport, Error>, String) {
    let server = Server::start(steps.into_iter().flatten().collect());
    let listener = Listener::new(Answer::Yes);
    let ids: Vec<StackId> = ids.iter().map(|name| StackId::new(*name, "us-east-1")).collect();
    let report = deploy_with(&server, assembly, &ids, consent, &[], &listener);
    server.finish();
    (report, listener.told())
}

fn refused(result: Result<DeployReport, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.fault(), formwork_aws::Fault::Input);
    format!("{error}\nhint: {}", error.hint().unwrap())
}

#[test]
fn a_replacement_under_a_stack_that_is_not_selected_is_refused_with_yes() {
    let assembly = app(&topic("b", ""), FRONT);
    let (result, told) = run(
        &assembly,
        &["site"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            front_deployed(),
            change_set_of_site("Modify", REPLACED),
            vec![change_set_deleted()],
        ],
    );
    insta::assert_snapshot!(refused(result), @"
    in `site`, `Topic` (AWS::SNS::Topic) is replaced while `front` (us-east-1) uses it
    hint: retain it: `UpdateReplacePolicy: Retain` for what is replaced, `DeletionPolicy: Retain`, deployed before, for what is removed; or approve it at the prompt, or by its name with `--allow`
    ");
    insta::assert_snapshot!(told, @"
    site: preparing
    plan: 0 to create, 0 to update, 1 to replace, 0 to destroy
    in use: `Topic` (AWS::SNS::Topic) is replaced while `front` (us-east-1) uses it
    ");
}

#[test]
fn a_removal_under_a_stack_that_is_not_selected_is_refused_with_yes() {
    let (result, _) = run(
        &app(NO_TOPIC, FRONT),
        &["site"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            front_deployed(),
            change_set_of_site("Remove", ""),
            vec![change_set_deleted()],
        ],
    );
    insta::assert_snapshot!(refused(result), @"
    in `site`, `Topic` (AWS::SNS::Topic) is deleted while `front` (us-east-1) uses it
    hint: retain it: `UpdateReplacePolicy: Retain` for what is replaced, `DeletionPolicy: Retain`, deployed before, for what is removed; or approve it at the prompt, or by its name with `--allow`
    ");
}

/// The producer's operation ends before the consumer's begins.
#[test]
fn a_selected_consumer_uses_it_too() {
    let (result, _) = run(
        &app(&topic("b", ""), FRONT),
        &["site", "front"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            front_deployed(),
            change_set_of_site("Modify", REPLACED),
            vec![change_set_deleted()],
        ],
    );
    insta::assert_snapshot!(refused(result), @"
    in `site`, `Topic` (AWS::SNS::Topic) is replaced while `front` (us-east-1) uses it
    hint: retain it: `UpdateReplacePolicy: Retain` for what is replaced, `DeletionPolicy: Retain`, deployed before, for what is removed; or approve it at the prompt, or by its name with `--allow`
    ");
}

/// The source has forgotten the reference, what is deployed has not: it is removed by a second update, after the consumer.
#[test]
fn both_give_it_up_in_one_change() {
    let steps = [
        site_deployed(&topic("a", "")),
        front_deployed(),
        vec![
            creating().with("StackName", "site"),
            change_set(&change("Add", "Other", "")),
            change_set(&change("Add", "Other", "")),
            creating().with("StackName", "front"),
            change_set(&change("Modify", "Queue", "")),
            change_set(&change("Modify", "Queue", "")),
            change_set_deleted(),
            change_set_deleted(),
        ],
    ];
    let server = Server::start(steps.into_iter().flatten().collect());
    let listener = Listener::new(Answer::No);
    let ids = ["site", "front"].map(|name| StackId::new(name, "us-east-1"));
    let report = deploy_with(&server, &app(NO_TOPIC, ALONE), &ids, Consent::Ask, &[], &listener).unwrap();
    server.finish();
    let site = &report.plan.stacks[0];
    assert!(site.in_use.is_empty());
    assert_eq!(site.kept[0].logical_id, "Topic");
    assert_eq!(site.kept[0].users, [StackId::new("front", "us-east-1")]);
    assert_eq!(site.diff.resource("Topic").unwrap().impact, formwork_diff::Impact::Destroy);
}

#[test]
fn it_is_asked_about_with_the_use_in_the_preview() {
    let (result, told) = run(
        &app(&topic("b", ""), FRONT),
        &["site"],
        Consent::Ask,
        vec![
            site_deployed(&topic("a", "")),
            front_deployed(),
            change_set_of_site("Modify", REPLACED),
            looked_at_again(),
            carried_out(),
        ],
    );
    assert_eq!(result.unwrap().stacks[0].outcome, Outcome::Done(Operation::Update));
    assert!(
        told.contains("in use: `Topic` (AWS::SNS::Topic) is replaced while `front` (us-east-1) uses it\nasked"),
        "{told}"
    );
}

#[test]
fn all_losses_are_approved() {
    let (result, _) = run(
        &app(&topic("b", ""), FRONT),
        &["site"],
        Consent::GivenForLosses,
        vec![site_deployed(&topic("a", "")), front_deployed(), change_set_of_site("Modify", REPLACED), carried_out()],
    );
    assert_eq!(result.unwrap().stacks[0].outcome, Outcome::Done(Operation::Update));
}

/// No other stack has to be looked at then.
#[test]
fn what_is_retained_may_be_replaced_and_is_named_at_the_end() {
    let retained = r#","UpdateReplacePolicy":"Retain""#;
    let (result, _) = run(
        &app(&topic("b", retained), FRONT),
        &["site"],
        Consent::Given,
        vec![site_deployed(&topic("a", retained)), change_set_of_site("Modify", REPLACED), carried_out()],
    );
    insta::assert_debug_snapshot!(result.unwrap().stacks[0].left_behind, @r#"
    [
        LeftBehind {
            logical_id: "Topic",
            type_name: "AWS::SNS::Topic",
            physical_id: "arn:old",
            failure: None,
            next: Said,
        },
    ]
    "#);
}

#[test]
fn what_is_retained_may_be_removed_and_is_named_at_the_end() {
    for policy in ["Retain", "RetainExceptOnCreate"] {
        let retained = format!(r#","DeletionPolicy":"{policy}""#);
        let gone = events(&[
            event(20, "site", "UPDATE_COMPLETE", ""),
            event(15, "Topic", "DELETE_SKIPPED", ""),
            event(14, "site", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ]);
        let (result, _) = run(
            &app(NO_TOPIC, FRONT),
            &["site"],
            Consent::Given,
            vec![
                site_deployed(&topic("a", &retained)),
                change_set_of_site(
                    "Remove",
                    "<PhysicalResourceId>topic-Topic</PhysicalResourceId><PolicyAction>Retain</PolicyAction>",
                ),
                vec![executed(), gone, stack("UPDATE_COMPLETE", "").with("StackName", STACK_ID)],
            ],
        );
        let left = &result.unwrap().stacks[0].left_behind;
        let left: Vec<_> = left.iter().map(|left| (left.logical_id.as_str(), left.physical_id.as_str())).collect();
        assert_eq!(left, [("Topic", "topic-Topic")], "{policy}");
    }
}

/// CloudFormation says so once, among hundreds of events, and then that the update is complete.
#[test]
fn what_a_cleanup_could_not_delete_is_named_at_the_end() {
    let cleaned = events(&[
        event(20, "site", "UPDATE_COMPLETE", ""),
        event(16, "Topic", "DELETE_FAILED", "Certificate arn:old is in use"),
        event(14, "site", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
    ]);
    let (result, _) = run(
        &app(&topic("b", ""), ALONE),
        &["site"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            vec![absent().with("StackName", "front")],
            change_set_of_site("Modify", REPLACED),
            looked_at_again(),
            vec![executed(), cleaned, stack("UPDATE_COMPLETE", OUTPUT).with("StackName", STACK_ID)],
        ],
    );
    insta::assert_debug_snapshot!(result.unwrap().stacks[0].left_behind, @r#"
    [
        LeftBehind {
            logical_id: "Topic",
            type_name: "AWS::SNS::Topic",
            physical_id: "topic-Topic",
            failure: Some(
                "Certificate arn:old is in use",
            ),
            next: GcByName,
        },
    ]
    "#);
}

#[test]
fn a_login_for_one_stack_can_deploy_it() {
    let (result, told) = run(
        &app(&topic("b", ""), FRONT),
        &["site"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            vec![refuse("DescribeStacks", 403, "AccessDenied", "not yours").with("StackName", "front")],
            change_set_of_site("Modify", REPLACED),
            looked_at_again(),
            carried_out(),
        ],
    );
    assert_eq!(result.unwrap().stacks[0].outcome, Outcome::Done(Operation::Update));
    assert!(told.contains("front: warning: whether it uses what is replaced or deleted is not known"), "{told}");
}

/// A stack that left the app may use what is lost, and nobody may look for it: that is said before anything is done.
#[test]
fn stacks_that_cannot_be_listed_are_warned_of_before_anything_is_lost() {
    let mut assembly = app(&topic("b", ""), FRONT);
    assembly.stacks.truncate(1);
    assembly.owner = Some(Owner::app("shop"));
    let denied = || refuse("ListStacks", 403, "AccessDenied", "not yours");
    let (result, told) = run(
        &assembly,
        &["site"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            vec![denied()],
            change_set_of_site("Modify", REPLACED),
            looked_at_again(),
            carried_out(),
        ],
    );
    assert_eq!(result.unwrap().stacks[0].outcome, Outcome::Done(Operation::Update));
    insta::assert_snapshot!(told, @"
    site: preparing
    site: warning: whether stacks that left the app use what is replaced or deleted is not known: us-east-1: not allowed to call `cloudformation:ListStacks`: not yours
    plan: 0 to create, 0 to update, 1 to replace, 0 to destroy
    asked
    site: updating
    site: Topic UPDATE_COMPLETE
    site: site UPDATE_COMPLETE
    site: UPDATE_COMPLETE, done: true
    ");
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", OUTPUT).with("StackName", "site"),
        denied(),
        template(&topic("a", "")),
        on("DeleteStack", ""),
        events(&[event(9, "site", "DELETE_COMPLETE", "")]),
    ]);
    let listener = Listener::new(Answer::No);
    destroy_with(&server, &assembly, &["site@us-east-1"], Consent::Given, &listener).unwrap();
    server.finish();
    insta::assert_snapshot!(listener.told(), @"
    site: warning: whether stacks that left the app use what is deleted is not known: us-east-1: not allowed to call `cloudformation:ListStacks`: not yours
    plan: 0 to create, 0 to update, 0 to replace, 1 to destroy
    site: deleting
    site: site DELETE_COMPLETE
    site: DELETE_COMPLETE, done: true
    ");
}

/// A stack of the same name in another region fills the parameter: the values tell which of them it is.
#[test]
fn a_parameter_of_another_producer_of_that_name_is_no_use() {
    let mut assembly = app(&topic("b", ""), FRONT);
    let mut twin = assembly.stacks[0].clone();
    twin.id.region = "eu-west-1".into();
    assembly.stacks.push(twin);
    let other_value = PARAMETER.replace(">a<", ">of the twin<");
    let (result, told) = run(
        &assembly,
        &["site"],
        Consent::Given,
        vec![
            site_deployed(&topic("a", "")),
            vec![
                stack("CREATE_COMPLETE", &other_value).replacing(STACK_ID, FRONT_ID).with("StackName", "front"),
                template(FRONT).with("StackName", FRONT_ID),
                absent().with("StackName", "site"),
            ],
            change_set_of_site("Modify", REPLACED),
            looked_at_again(),
            carried_out(),
        ],
    );
    assert_eq!(result.unwrap().stacks[0].outcome, Outcome::Done(Operation::Update), "{told}");
}

/// The source has forgotten the reference, what is deployed has not: `front` would be left with a topic that is gone.
#[test]
fn a_producer_is_not_destroyed_under_what_is_deployed() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", OUTPUT).with("StackName", "site"),
        stack("CREATE_COMPLETE", PARAMETER).replacing(STACK_ID, FRONT_ID).with("StackName", "front"),
        template(FRONT).with("StackName", FRONT_ID),
        template(&topic("a", "")),
    ]);
    let error = destroy(&server, &app(NO_TOPIC, ALONE), &["site@us-east-1"], &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert_eq!(error.to_string(), "`site` is still in use by `front`");
}

#[test]
fn what_a_deletion_retains_is_named_at_the_end() {
    let retained = topic("a", r#","DeletionPolicy":"Retain""#);
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", "").with("StackName", "site"),
        stack("CREATE_COMPLETE", "").with("StackName", STACK_ID),
        absent().with("StackName", "front"),
        template(&retained),
        events(&[event(5, "site", "CREATE_COMPLETE", "")]),
        on("DeleteStack", ""),
        events(&[
            event(9, "site", "DELETE_COMPLETE", ""),
            event(8, "Topic", "DELETE_SKIPPED", ""),
            event(5, "site", "CREATE_COMPLETE", ""),
        ]),
    ]);
    let assembly = app(&retained, ALONE);
    let report = destroy(&server, &assembly, &["site@us-east-1"], &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].left_behind[0].physical_id, "topic-Topic");
}
