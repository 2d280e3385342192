//! Change sets that look into nested stacks.

use formwork_deploy::{Answer, Consent, Operation, Outcome};

use crate::answers::*;
use crate::server::{Server, Step, on};
use crate::{Listener, deploy, site};

const WITH_NESTED: &str = r#"{"Resources":{"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"https://b.s3.amazonaws.com/n"}}}}"#;

/// The change set of a nested stack.
fn of_nested(id: &'static str, changes: &str) -> Step {
    let answer = on(
        "DescribeChangeSet",
        &format!(
            "<ChangeSetId>{id}</ChangeSetId><Status>CREATE_COMPLETE</Status><CreationTime>2026-03-01T12:00:10Z</CreationTime>\
             <Changes>{changes}</Changes>"
        ),
    );
    answer.with("ChangeSetName", id)
}

fn nested(action: &str, logical_id: &str, more: &str) -> String {
    change(action, logical_id, more).replace("AWS::SNS::Topic", "AWS::CloudFormation::Stack")
}

#[test]
fn what_happens_inside_of_nested_stacks_is_in_the_plan() {
    let (inner, innermost) =
        ("arn:aws:cloudformation:us-east-1:0:changeSet/n/1", "arn:aws:cloudformation:us-east-1:0:changeSet/n/2");
    let root = nested("Modify", "N", &format!("<ChangeSetId>{inner}</ChangeSetId>"));
    let inside = [
        change("Modify", "Kept", "<Replacement>False</Replacement>"),
        change("Modify", "Topic", "<Replacement>True</Replacement>"),
        change("Remove", "Gone", "<PolicyAction>Delete</PolicyAction>"),
        nested("Add", "Deeper", &format!("<ChangeSetId>{innermost}</ChangeSetId>")),
    ];
    let server = Server::start(vec![
        stack("UPDATE_COMPLETE", ""),
        template(WITH_NESTED),
        creating().with("IncludeNestedStacks", "true"),
        change_set(&root).with("ChangeSetName", CHANGE_SET_ID),
        change_set(&root).with("ChangeSetName", CHANGE_SET_ID),
        of_nested(inner, &inside.concat()),
        of_nested(innermost, &change("Add", "New", "")),
        change_set_deleted(),
    ]);
    let listener = Listener::new(Answer::No);
    let report = deploy(&server, &site(WITH_NESTED), Consent::Ask, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Declined);
    insta::assert_snapshot!(listener.told(), @"
site: preparing
plan: 2 to create, 2 to update, 1 to replace, 1 to destroy
inside: `N/Kept` (AWS::SNS::Topic): update
inside: `N/Topic` (AWS::SNS::Topic): replace
inside: `N/Gone` (AWS::SNS::Topic): destroy
inside: `N/Deeper` (AWS::CloudFormation::Stack): create
inside: `N/Deeper/New` (AWS::SNS::Topic): create
asked
");
}

/// A change set with those of nested stacks may fail where one without them does not; then it is said that they are not known.
#[test]
fn nested_changes_that_cannot_be_told_stop_nothing() {
    let root = nested("Modify", "N", "");
    let server = Server::start(vec![
        stack("UPDATE_COMPLETE", ""),
        template(WITH_NESTED),
        creating().with("IncludeNestedStacks", "true"),
        failed("Nested change set was not successfully created: Export with name x is already exported by stack y.")
            .with("ChangeSetName", CHANGE_SET_ID),
        change_set_deleted(),
        creating(),
        change_set(&root),
        change_set(&root),
        stack("UPDATE_COMPLETE", ""),
        waiting(),
        executed(),
        events(&[event(12, "site", "UPDATE_COMPLETE", ""), event(11, "site", "UPDATE_IN_PROGRESS", "")]),
        stack("UPDATE_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(WITH_NESTED), Consent::Ask, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Update));
    insta::assert_snapshot!(listener.told(), @"
site: preparing
site: warning: changes inside of its nested stacks are not known: Nested change set was not successfully created: Export with name x is already exported by stack y
plan: 0 to create, 1 to update, 0 to replace, 0 to destroy
asked
site: updating
site: site UPDATE_IN_PROGRESS
site: site UPDATE_COMPLETE
site: UPDATE_COMPLETE, done: true
");
}
