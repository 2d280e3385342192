//! Ways out of a failed operation: the calls, and the end.

use formwork_deploy::{
    Answer, ByName, Error, Loss, NamedResource, Operation, Outcome, Preview, RecoverOptions, Recovery, RecoveryReport,
    recover,
};

use crate::answers::*;
use crate::server::{Server, Step, gateway, on, refuse};
use crate::{Consent, Listener, ONE_TOPIC, StackId, block_on, service, site};

fn resources(status: &str) -> Step {
    on(
        "ListStackResources",
        &format!(
            "<StackResourceSummaries><member><LogicalResourceId>Topic</LogicalResourceId><PhysicalResourceId>topic-1\
             </PhysicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType><LastUpdatedTimestamp>2026-03-01T12:00:00Z\
             </LastUpdatedTimestamp><ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>it is held\
             </ResourceStatusReason></member><member><LogicalResourceId>Other</LogicalResourceId><ResourceType>AWS::SNS::Topic\
             </ResourceType><LastUpdatedTimestamp>2026-03-01T12:00:00Z</LastUpdatedTimestamp><ResourceStatus>UPDATE_COMPLETE\
             </ResourceStatus></member></StackResourceSummaries>"
        ),
    )
}

/// The events of an update that created nothing.
fn updated() -> Step {
    events(&[event(4, "site", "UPDATE_IN_PROGRESS", "")])
}

fn run(server: &Server, recovery: Recovery, listener: &Listener) -> Result<RecoveryReport, Error> {
    let ids = [StackId::new("site", "us-east-1")];
    block_on(async {
        let service = service(server).await;
        let assembly = site(ONE_TOPIC);
        let never = std::future::pending();
        let options = RecoverOptions { recovery, consent: Consent::Ask, by_name: ByName::default() };
        recover::recover(&service, &assembly, &ids, &options, listener, never).await
    })
}

fn skipping(logical_id: &str) -> Recovery {
    Recovery::Continue { skip: vec![NamedResource { stack: None, logical_id: logical_id.to_owned() }] }
}

#[test]
fn a_rollback_is_continued_without_what_is_skipped() {
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        updated(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        events(&[event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
        on("ContinueUpdateRollback", "").with("ResourcesToSkip.member.1", "Topic"),
        events(&[
            event(9, "site", "UPDATE_ROLLBACK_COMPLETE", ""),
            event(8, "Topic", "UPDATE_COMPLETE", ""),
            event(7, "site", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            event(5, "site", "UPDATE_ROLLBACK_FAILED", ""),
        ]),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = run(&server, skipping("Topic"), &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Rollback));
    let failed: Vec<&str> = report.plan.stacks[0].failed.iter().map(|one| one.logical_id.as_str()).collect();
    assert_eq!(failed, ["Topic"]);
    insta::assert_snapshot!(listener.told(), @"
plan: 1 to roll back
asked
site: rolling back
site: site UPDATE_ROLLBACK_IN_PROGRESS
site: Topic UPDATE_COMPLETE
site: site UPDATE_ROLLBACK_COMPLETE
site: UPDATE_ROLLBACK_COMPLETE, done: true
");
}

#[test]
fn a_stack_that_was_never_complete_is_deleted_by_its_rollback() {
    let server = Server::start(vec![
        stack("CREATE_FAILED", ""),
        resources("CREATE_FAILED"),
        template(ONE_TOPIC),
        resources("CREATE_FAILED"),
        stack("CREATE_FAILED", ""),
        events(&[event(5, "site", "CREATE_FAILED", "")]),
        on("RollbackStack", ""),
        events(&[event(9, "site", "DELETE_COMPLETE", ""), event(5, "site", "CREATE_FAILED", "")]),
    ]);
    let report = run(&server, Recovery::Start, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Rollback));
}

#[test]
fn nothing_is_begun_that_the_status_does_not_need_or_nobody_approved() {
    for status in ["UPDATE_COMPLETE", "UPDATE_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"] {
        let server = Server::start(vec![stack(status, "")]);
        let listener = Listener::new(Answer::Yes);
        let report = run(&server, Recovery::Continue { skip: Vec::new() }, &listener).unwrap();
        server.finish();
        assert_eq!((&report.stacks[0].outcome, listener.told().as_str()), (&Outcome::Unchanged, ""), "{status}");
    }
    let server = Server::start(vec![stack("UPDATE_FAILED", ""), resources("UPDATE_FAILED"), updated()]);
    let report = run(&server, Recovery::Start, &Listener::new(Answer::No)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Declined);
}

/// The stack is not the one that was approved: the question is asked again about it.
#[test]
fn a_stack_that_others_changed_while_the_question_was_open_is_asked_about_again() {
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        updated(),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Unchanged);
    insta::assert_snapshot!(listener.told(), @"
    plan: 1 to roll back
    asked
    site: warning: somebody else changed it since this was shown: it is in UPDATE_ROLLBACK_COMPLETE, and was in UPDATE_ROLLBACK_FAILED
    ");
}

#[test]
fn only_what_failed_is_skipped() {
    let server = Server::start(vec![stack("UPDATE_ROLLBACK_FAILED", ""), resources("UPDATE_FAILED"), updated()]);
    let error = run(&server, skipping("Topik"), &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
`Topik` is not a resource whose rollback failed
hint: did you mean `Topic`?
");
}

/// Both are in `UPDATE_FAILED`, and CloudFormation skips the one alone whose rollback failed.
#[test]
fn what_failed_before_the_rollback_is_not_skipped() {
    let before = || {
        vec![
            stack("UPDATE_ROLLBACK_FAILED", ""),
            crate::answers::resources(&[
                ("Topic", "UPDATE_FAILED"),
                ("Other", "UPDATE_FAILED"),
                ("New", "CREATE_FAILED"),
            ]),
            events(&[
                event(18, "site", "UPDATE_ROLLBACK_FAILED", ""),
                // Its rollback was continued once, and failed again.
                event(17, "Topic", "UPDATE_FAILED", "it is locked"),
                event(16, "site", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
                event(15, "site", "UPDATE_ROLLBACK_FAILED", ""),
                event(14, "Topic", "UPDATE_FAILED", "it is locked"),
                event(13, "site", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
                event(12, "Other", "UPDATE_FAILED", "no quota"),
                event(11, "site", "UPDATE_IN_PROGRESS", ""),
                event(10, "New", "UPDATE_FAILED", "of an older update"),
                event(9, "site", "UPDATE_ROLLBACK_IN_PROGRESS", "of an older update"),
            ]),
            updated(),
        ]
    };
    let server = Server::start(before());
    let error = run(&server, skipping("Other"), &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    `Other` is not a resource whose rollback failed
    hint: these are: Topic
    ");
    let server = Server::start(before());
    let report = run(&server, skipping("Topic"), &Listener::new(Answer::No)).unwrap();
    server.finish();
    let failed: Vec<&str> = report.plan.stacks[0].failed.iter().map(|one| one.logical_id.as_str()).collect();
    assert_eq!(failed, ["Topic"]);
}

/// API Reference, `ContinueUpdateRollback`, `ResourcesToSkip`: a nested stack whose rollback stopped is not skipped, its resources are.
#[test]
fn the_resources_of_a_nested_stack_are_named_by_that_stack() {
    const INNER: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/site-Inner-1/2";
    let inner = || stack("UPDATE_ROLLBACK_FAILED", "").replacing(STACK_ID, INNER);
    let nested = || {
        let listed = crate::answers::resources(&[("Inner", "UPDATE_FAILED")]);
        let listed = listed
            .replacing("AWS::SNS::Topic", "AWS::CloudFormation::Stack")
            .replacing("Inner-1<", &format!("{INNER}<"));
        [listed, inner().with("StackName", INNER), resources("UPDATE_FAILED").with("StackName", INNER)]
    };
    let begin = [stack("UPDATE_ROLLBACK_FAILED", "")].into_iter().chain(nested());
    let rest = [
        updated(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        events(&[event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
        on("ContinueUpdateRollback", "").with("ResourcesToSkip.member.1", "site-Inner-1.Topic"),
        events(&[
            event(9, "site", "UPDATE_ROLLBACK_FAILED", ""),
            event(8, "Inner", "UPDATE_FAILED", "its own").replace("AWS::SNS::Topic", "AWS::CloudFormation::Stack"),
            event(7, "site", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            event(5, "site", "UPDATE_ROLLBACK_FAILED", ""),
        ]),
        // Its own events are not to be had, for the cause and for what it leaves behind.
        refuse("DescribeStackEvents", 403, "AccessDenied", "no"),
        refuse("DescribeStackEvents", 403, "AccessDenied", "no"),
    ];
    let server = Server::start(begin.chain(rest).chain(nested()).collect());
    let report = run(&server, skipping("site-Inner-1.Topic"), &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    let failed: Vec<&str> = report.plan.stacks[0].failed.iter().map(|one| one.logical_id.as_str()).collect();
    assert_eq!(failed, ["site-Inner-1.Topic"]);
    let Outcome::Failed(failure) = &report.stacks[0].outcome else { panic!("{report:?}") };
    assert_eq!(failure.held_by, ["site-Inner-1.Topic"]);
}

/// The rollback of an update deletes what that created, and the data in it.
#[test]
fn data_that_a_failed_update_created_is_a_loss() {
    let table = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"},"Other":{"Type":"AWS::DynamoDB::Table"}}}"#;
    let server = Server::start(vec![
        stack("UPDATE_FAILED", ""),
        resources("UPDATE_FAILED"),
        events(&[
            event(9, "site", "UPDATE_FAILED", ""),
            event(8, "Topic", "UPDATE_FAILED", "it is held"),
            event(7, "Other", "CREATE_COMPLETE", ""),
            event(6, "Other", "CREATE_IN_PROGRESS", ""),
            event(5, "site", "UPDATE_IN_PROGRESS", ""),
            event(4, "Topic", "CREATE_COMPLETE", ""),
        ]),
        template(table),
        crate::answers::resources(&[("Topic", "UPDATE_FAILED"), ("Other", "CREATE_COMPLETE")]),
    ]);
    let report = run(&server, Recovery::Start, &Listener::new(Answer::No)).unwrap();
    server.finish();
    let deleted: Vec<&str> = report.plan.stacks[0].deletes.losses().map(|one| one.logical_id.as_str()).collect();
    assert_eq!(deleted, ["Other"]);
    let open = ByName::default().open(Preview::Recovery(&report.plan)).iter().all(Loss::holds_data);
    assert!(open && Consent::Given.asks_about_recovery(&ByName::default(), &report.plan));
}

/// A nested stack's resources are known to that stack alone: the service refuses them.
#[test]
fn a_refusal_to_skip_has_a_hint() {
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        updated(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        events(&[event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
        refuse("ContinueUpdateRollback", 400, "ValidationError", "[Child.Topic] cannot be skipped"),
        stack("UPDATE_ROLLBACK_FAILED", ""),
    ]);
    let report = run(&server, skipping("Child.Topic"), &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    let Outcome::Stopped(error) = &report.stacks[0].outcome else { panic!("{report:?}") };
    assert!(!report.stacks[0].may_go_on);
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    us-east-1: `ContinueUpdateRollback` failed: [Child.Topic] cannot be skipped (ValidationError)
    hint: a resource is skipped only if it is in UPDATE_FAILED because its rollback failed, one of a nested stack by `NESTED_STACK.LOGICAL_ID`
    ");
}

#[test]
fn events_that_are_not_allowed_leave_the_status_to_follow() {
    let denied = || refuse("DescribeStackEvents", 403, "AccessDenied", "User: me is not authorized");
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        denied(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        denied(),
        on("ContinueUpdateRollback", ""),
        denied(),
        stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Rollback));
    insta::assert_snapshot!(listener.told(), @"
site: warning: its events cannot be read: the rollback deletes what the failed update created, which is not shown
plan: 1 to roll back
asked
site: rolling back
site: warning: its events cannot be read, and its status is followed alone: us-east-1: not allowed to call `cloudformation:DescribeStackEvents`: User: me is not authorized
site: UPDATE_ROLLBACK_COMPLETE, done: true
");
}

/// Everything up to the call that continues a rollback.
fn until_continued() -> Vec<Step> {
    vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        updated(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        events(&[event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
    ]
}

/// Only the answer was lost: the stack says so, and is followed.
#[test]
fn a_rollback_whose_call_was_not_answered_is_looked_for() {
    let gone_on = vec![
        gateway("ContinueUpdateRollback"),
        stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
        events(&[event(9, "site", "UPDATE_ROLLBACK_COMPLETE", ""), event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let server = Server::start(until_continued().into_iter().chain(gone_on).collect()).impatient();
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Rollback));
    // It ended as the one before did: its events are newer.
    let failed_again = vec![
        gateway("ContinueUpdateRollback"),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        events(&[event(9, "site", "UPDATE_ROLLBACK_FAILED", "")]),
        events(&[event(9, "site", "UPDATE_ROLLBACK_FAILED", ""), event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
    ];
    let server = Server::start(until_continued().into_iter().chain(failed_again).collect()).impatient();
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert!(matches!(report.stacks[0].outcome, Outcome::Failed(_)), "{report:?}");
}

#[test]
fn a_rollback_that_has_not_begun_is_not_said_to_go_on() {
    let as_before = || [stack("UPDATE_ROLLBACK_FAILED", ""), events(&[event(5, "site", "UPDATE_ROLLBACK_FAILED", "")])];
    let looks = (0..5).flat_map(|_| as_before());
    let steps = until_continued().into_iter().chain([gateway("ContinueUpdateRollback")]).chain(looks);
    let server = Server::start(steps.collect()).impatient();
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert!(matches!(report.stacks[0].outcome, Outcome::Stopped(_)) && !report.stacks[0].may_go_on, "{report:?}");
}

/// By whoever: nothing was rolled back, and a rollback of an update never ends so.
#[test]
fn a_stack_that_is_deleted_meanwhile_was_not_rolled_back() {
    let deleted = || stack("DELETE_COMPLETE", "");
    let ended = |status| events(&[event(9, "site", status, ""), event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]);
    for rest in [vec![ended("UPDATE_ROLLBACK_COMPLETE"), deleted()], vec![ended("DELETE_COMPLETE")]] {
        let steps = until_continued().into_iter().chain([on("ContinueUpdateRollback", "")]).chain(rest);
        let server = Server::start(steps.collect());
        let report = run(&server, Recovery::Continue { skip: Vec::new() }, &Listener::new(Answer::Yes)).unwrap();
        server.finish();
        let Outcome::Failed(failure) = &report.stacks[0].outcome else { panic!("{report:?}") };
        assert_eq!((failure.status.to_string().as_str(), &failure.cause), ("DELETE_COMPLETE", &None));
    }
    // Before the call.
    let refusal = refuse("ContinueUpdateRollback", 400, "ValidationError", "Stack [site] does not exist");
    let steps = until_continued().into_iter().chain([refusal, deleted()]);
    let server = Server::start(steps.collect());
    let report = run(&server, skipping("Topic"), &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    let Outcome::Stopped(error) = &report.stacks[0].outcome else { panic!("{report:?}") };
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    somebody else changed what was approved, and the plan is not carried out: `site`: it is deleted
    hint: run it again: its plan is made of what is there now
    ");
}

/// Without events, the resources have their states and the reasons for them; without a list of resources, the events have them.
#[test]
fn what_holds_a_rollback_is_read_where_it_may_be_read() {
    let no_events = || refuse("DescribeStackEvents", 403, "AccessDenied", "no");
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        no_events(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        no_events(),
        on("ContinueUpdateRollback", ""),
        no_events(),
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
    ]);
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    let Outcome::Failed(failure) = &report.stacks[0].outcome else { panic!("{report:?}") };
    let cause = failure.cause.as_ref().unwrap();
    assert_eq!((failure.held_by.as_slice(), cause.reason.as_deref()), (&["Topic".to_owned()][..], Some("it is held")));
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        refuse("ListStackResources", 403, "AccessDenied", "no"),
        events(&[
            event(9, "site", "UPDATE_ROLLBACK_FAILED", ""),
            event(8, "Topic", "UPDATE_FAILED", "it is held"),
            event(7, "site", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            event(6, "Other", "UPDATE_FAILED", "the cause of all"),
            event(5, "site", "UPDATE_IN_PROGRESS", ""),
        ]),
        events(&[event(5, "site", "UPDATE_IN_PROGRESS", "")]),
    ]);
    let report = run(&server, Recovery::Continue { skip: Vec::new() }, &Listener::new(Answer::No)).unwrap();
    server.finish();
    let failed: Vec<&str> = report.plan.stacks[0].failed.iter().map(|one| one.logical_id.as_str()).collect();
    assert_eq!(failed, ["Topic"]);
}

/// The data of a nested stack that the failed creation made is named before its rollback deletes it.
#[test]
fn a_rollback_opens_the_nested_stacks_that_it_deletes() {
    const INNER: &str = "arn:aws:cloudformation:us-east-1:0:stack/site-In-1/1";
    let of_nested = r#"{"Resources":{"In":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":"u"}}}}"#;
    let listed = || {
        crate::answers::resources(&[("In", "CREATE_COMPLETE")])
            .replacing("AWS::SNS::Topic", "AWS::CloudFormation::Stack")
            .replacing("In-1", INNER)
    };
    let server = Server::start(vec![
        stack("CREATE_FAILED", ""),
        listed(),
        template(of_nested),
        listed(),
        listed(),
        template(r#"{"Resources":{"Table":{"Type":"AWS::DynamoDB::Table"}}}"#).with("StackName", INNER),
    ]);
    let report = run(&server, Recovery::Start, &Listener::new(Answer::No)).unwrap();
    server.finish();
    let open = ByName::default().open(Preview::Recovery(&report.plan)).into_iter();
    let names: Vec<String> = open.filter(Loss::holds_data).map(|loss| loss.name()).collect();
    assert_eq!(names, ["In/Table"]);
}
