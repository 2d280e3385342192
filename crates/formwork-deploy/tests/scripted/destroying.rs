//! Destroying: what stands in the way, and what is left.

use formwork_deploy::{Answer, Consent, Operation, Outcome};

use crate::answers::*;
use crate::server::{Server, Step, gateway, on, refuse};
use crate::{Listener, ONE_TOPIC, destroy, destroy_with, site, site_and_front};

const PROTECTED: &str = "<EnableTerminationProtection>true</EnableTerminationProtection>";

#[test]
fn a_protected_stack_stops_everything_before_anything_is_deleted() {
    let server = Server::start(vec![stack("CREATE_COMPLETE", PROTECTED)]);
    let (assembly, listener) = (site(ONE_TOPIC), Listener::new(Answer::Yes));
    let error = destroy_with(&server, &assembly, &["site@us-east-1"], Consent::Given, &listener).unwrap_err();
    server.finish();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
`site` is protected from deletion
hint: run it without `--yes` and `--require-approval`: the answer to its question switches the protection off; or switch it off in the source, and deploy `site` first
");
}

#[test]
fn the_answer_switches_the_protection_off() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", PROTECTED),
        template(ONE_TOPIC),
        stack("CREATE_COMPLETE", PROTECTED),
        on("UpdateTerminationProtection", "").with("EnableTerminationProtection", "false"),
        on("DeleteStack", ""),
        events(&[event(9, "site", "DELETE_COMPLETE", "")]),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &listener).unwrap();
    server.finish();
    assert!(report.plan.stacks[0].is_protected);
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Delete));
}

/// It is empty, and the service keeps it all the same.
#[test]
fn the_protection_of_an_empty_stack_is_switched_off_too() {
    let shell = || stack("REVIEW_IN_PROGRESS", PROTECTED);
    let server = Server::start(vec![shell()]);
    let (assembly, listener) = (site(ONE_TOPIC), Listener::new(Answer::Yes));
    let error = destroy_with(&server, &assembly, &["site@us-east-1"], Consent::Given, &listener).unwrap_err();
    server.finish();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    `site` is protected from deletion
    hint: run it without `--yes` and `--require-approval`: the answer to its question switches the protection off; or `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name site --region us-east-1`
    ");
    let server = Server::start(vec![
        shell(),
        no_change_sets(),
        // After the answer, and before the deletion.
        shell(),
        no_change_sets(),
        shell(),
        on("UpdateTerminationProtection", "").with("EnableTerminationProtection", "false"),
        on("DeleteStack", ""),
    ]);
    let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Delete));
}

/// An empty stack holds what somebody may have meant to execute.
#[test]
fn a_change_set_of_somebody_else_is_named_before_it_is_deleted() {
    let held = |name: &str, description: &str| {
        format!(
            "<member><ChangeSetId>{CHANGE_SET_ID}-{name}</ChangeSetId><ChangeSetName>{name}</ChangeSetName>\
             <Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>\
             <Description>{description}</Description></member>"
        )
    };
    let listed = |held: &str| on("ListChangeSets", &format!("<Summaries>{held}</Summaries>"));
    let (ours, theirs) = (held("formwork-1", "formwork run formwork-1"), held("theirs", "for the review"));
    let shell = || stack("REVIEW_IN_PROGRESS", "");
    let assembly = site(ONE_TOPIC);
    let destroy_given = |steps: Vec<Step>| {
        let server = Server::start(steps);
        let listener = Listener::new(Answer::Yes);
        let report = destroy_with(&server, &assembly, &["site@us-east-1"], Consent::Given, &listener);
        server.finish();
        report
    };
    let refused = destroy_given(vec![shell(), listed(&(ours.clone() + &theirs))]).unwrap_err();
    insta::assert_snapshot!(format!("{refused}\nhint: {}", refused.hint().unwrap()), @"
    `site` is empty, and holds a change set that formwork did not make: `theirs`
    hint: run it without `--yes` and `--require-approval`: the answer to its question deletes them too; or have them executed or deleted first
    ");
    // A run's own is deleted with its stack.
    let report = destroy_given(vec![shell(), listed(&ours), shell(), on("DeleteStack", "")]).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Delete));
    // Somebody makes another one while the question is open: it is asked again.
    let server = Server::start(vec![
        shell(),
        listed(&theirs),
        shell(),
        listed(&(ours.clone() + &theirs)),
        shell(),
        listed(&(ours.clone() + &theirs)),
        shell(),
        listed(&(ours + &theirs)),
        shell(),
        on("DeleteStack", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = destroy(&server, &assembly, &["site@us-east-1"], &listener).unwrap();
    server.finish();
    let names: Vec<&str> = report.plan.stacks[0].change_sets.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names, &report.stacks[0].outcome), (vec!["formwork-1", "theirs"], &Outcome::Done(Operation::Delete)));
    insta::assert_snapshot!(listener.told(), @"
    plan: 0 to create, 0 to update, 0 to replace, 0 to destroy
    asked
    site: warning: somebody else changed it since this was shown: it holds a change set `formwork-1`
    plan: 0 to create, 0 to update, 0 to replace, 0 to destroy
    asked
    ");
}

#[test]
fn a_producer_is_not_deleted_under_a_consumer_that_stays() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", "").with("StackName", "site"),
        stack("CREATE_COMPLETE", "").with("StackName", "front"),
    ]);
    let assembly = site_and_front(ONE_TOPIC, ONE_TOPIC);
    let error = destroy(&server, &assembly, &["site@us-east-1"], &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert_eq!(error.to_string(), "`site` is still in use by `front`");
}

#[test]
fn what_could_not_be_deleted_is_named_with_its_reason() {
    let before = event(5, "site", "CREATE_COMPLETE", "");
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(ONE_TOPIC),
        stack("CREATE_COMPLETE", ""),
        on("DeleteStack", ""),
        // The failure that is older than this operation is not its cause.
        events(&[
            event(9, "site", "DELETE_FAILED", "The following resource(s) failed to delete: [Topic]."),
            event(8, "Topic", "DELETE_FAILED", "it has subscribers"),
            before,
            event(4, "Old", "CREATE_FAILED", "an older story"),
        ]),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &listener).unwrap();
    server.finish();
    let Outcome::Failed(failure) = &report.stacks[0].outcome else { panic!("{report:?}") };
    let cause = failure.cause.as_ref().unwrap();
    assert_eq!((cause.logical_id.as_str(), cause.reason.as_deref()), ("Topic", Some("it has subscribers")));
    assert_eq!((failure.status.to_string().as_str(), failure.operation), ("DELETE_FAILED", Operation::Delete));
}

#[test]
fn what_is_not_deployed_needs_no_question() {
    let server = Server::start(vec![absent()]);
    let listener = Listener::new(Answer::No);
    let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Unchanged);
    assert_eq!(listener.told(), "plan: 0 to create, 0 to update, 0 to replace, 0 to destroy");
}

/// After an operation that stopped half-way, the template has resources that the stack does not have.
#[test]
fn only_what_is_there_is_planned() {
    let two = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"},"Gone":{"Type":"AWS::SNS::Topic"},"Never":{"Type":"AWS::SNS::Topic"}}}"#;
    for status in ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED", "UPDATE_FAILED"] {
        let server = Server::start(vec![
            stack(status, ""),
            template(two),
            resources(&[("Topic", "DELETE_FAILED"), ("Gone", "DELETE_COMPLETE")]),
        ]);
        let listener = Listener::new(Answer::No);
        let report = destroy(&server, &site(two), &["site@us-east-1"], &listener).unwrap();
        server.finish();
        let planned = &report.plan.stacks[0];
        let ids: Vec<&str> = planned.diff.resources.iter().map(|resource| resource.logical_id.as_str()).collect();
        assert_eq!((ids, planned.failed.len()), (vec!["Topic"], usize::from(status == "DELETE_FAILED")), "{status}");
    }
}

/// The login expires while the deletion is followed: it may be in progress, and must not be denied.
#[test]
fn a_deletion_that_is_not_followed_to_its_end_may_be_in_progress() {
    let expired =
        || refuse("DescribeStackEvents", 403, "ExpiredToken", "The security token included in the request is expired");
    let refused = || refuse("DeleteStack", 403, "AccessDenied", "not authorized");
    for (steps, may_go_on) in [(vec![on("DeleteStack", ""), expired()], true), (vec![refused()], false)] {
        let before = vec![stack("CREATE_COMPLETE", ""), template(ONE_TOPIC), stack("CREATE_COMPLETE", "")];
        let server = Server::start(before.into_iter().chain(steps).collect());
        let listener = Listener::new(Answer::Yes);
        let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &listener).unwrap();
        server.finish();
        assert!(matches!(report.stacks[0].outcome, Outcome::Stopped(_)), "{report:?}");
        assert_eq!(report.stacks[0].may_go_on, may_go_on, "{report:?}");
    }
}

const ONE_TABLE: &str = r#"{"Resources":{"Table":{"Type":"AWS::DynamoDB::Table"}}}"#;

fn listed(id: &str, physical_id: &str, type_name: &str) -> Step {
    resources(&[(id, "CREATE_COMPLETE")])
        .replacing("AWS::SNS::Topic", type_name)
        .replacing(&format!("{id}-1"), physical_id)
}

/// The service lists what the template does not tell, and data is asked for by its name.
#[test]
fn a_template_that_cannot_be_read_hides_no_data() {
    for body in ["", "[", r#"{"Resources":{"Table":{"Type":"AWS::Dyn"#] {
        let server = Server::start(vec![
            stack("CREATE_COMPLETE", ""),
            template(body),
            listed("Table", "orders", "AWS::DynamoDB::Table"),
        ]);
        let listener = Listener::new(Answer::No);
        let report = destroy_with(&server, &site(ONE_TABLE), &["site@us-east-1"], Consent::Given, &listener).unwrap();
        server.finish();
        assert_eq!(report.stacks[0].outcome, Outcome::Declined);
        insta::allow_duplicates! {
            insta::assert_snapshot!(listener.told(), @"
            plan: 0 to create, 0 to update, 0 to replace, 1 to destroy
            note: its deployed template is neither JSON nor YAML: these are the resources that CloudFormation lists, and those with a policy to be retained stay
            asked
            ");
        }
    }
}

/// The data of a nested stack is named, whoever made the stack, and at every level.
#[test]
fn data_inside_of_nested_stacks_is_named() {
    const INNER: &str = "arn:aws:cloudformation:us-east-1:0:stack/site-In-1/1";
    const DEEPER: &str = "arn:aws:cloudformation:us-east-1:0:stack/site-In-1-Deep-1/1";
    let of = |id: &str| {
        format!(
            r#"{{"Resources":{{"{id}":{{"Type":"AWS::CloudFormation::Stack","Properties":{{"TemplateURL":"u"}}}}}}}}"#
        )
    };
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(&of("In")),
        listed("In", INNER, "AWS::CloudFormation::Stack").with("StackName", STACK_ID),
        template(&of("Deep")).with("StackName", INNER),
        listed("Deep", DEEPER, "AWS::CloudFormation::Stack").with("StackName", INNER),
        template(ONE_TABLE).with("StackName", DEEPER),
    ]);
    let listener = Listener::new(Answer::No);
    let report = destroy_with(&server, &site(ONE_TOPIC), &["site@us-east-1"], Consent::Given, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Declined);
    insta::assert_snapshot!(listener.told(), @"
    plan: 0 to create, 0 to update, 0 to replace, 3 to destroy
    inside: `In/Deep` (AWS::CloudFormation::Stack): destroy
    inside: `In/Deep/Table` (AWS::DynamoDB::Table): destroy
    asked
    ");
    let open = formwork_deploy::ByName::default();
    let open = open.open(formwork_deploy::Preview::Destroy(&report.plan));
    let names: Vec<String> = open.iter().filter(|loss| loss.holds_data()).map(formwork_deploy::Loss::name).collect();
    assert_eq!(names, ["In/Deep/Table"]);
}

/// Only the answer was lost: the stack says so, and is followed.
#[test]
fn a_deletion_whose_call_was_not_answered_is_looked_for() {
    let server = Server::start(vec![
        stack("CREATE_COMPLETE", ""),
        template(ONE_TOPIC),
        stack("CREATE_COMPLETE", ""),
        gateway("DeleteStack"),
        stack("DELETE_IN_PROGRESS", ""),
        events(&[event(9, "site", "DELETE_COMPLETE", "")]),
    ])
    .impatient();
    let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Delete));
    // An empty one has no operation to follow.
    let shell = || [stack("REVIEW_IN_PROGRESS", ""), no_change_sets()];
    let deletion = [stack("REVIEW_IN_PROGRESS", ""), gateway("DeleteStack"), stack("DELETE_COMPLETE", "")];
    let server = Server::start(shell().into_iter().chain(shell()).chain(deletion).collect()).impatient();
    let report = destroy(&server, &site(ONE_TOPIC), &["site@us-east-1"], &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Delete));
}
