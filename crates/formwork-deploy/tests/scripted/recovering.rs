//! Ways out of a failed operation: the calls, and the end.

use formwork_deploy::{Answer, Error, NamedResource, Operation, Outcome, Recovery, RecoveryReport, recover};

use crate::answers::*;
use crate::server::{Server, Step, on, refuse};
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

fn run(server: &Server, recovery: &Recovery, listener: &Listener) -> Result<RecoveryReport, Error> {
    let ids = [StackId::new("site", "us-east-1")];
    block_on(async {
        let service = service(server).await;
        let assembly = site(ONE_TOPIC);
        let never = std::future::pending();
        recover::recover(&service, &assembly, &ids, recovery, Consent::Ask, listener, never).await
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
        events(&[event(5, "site", "UPDATE_ROLLBACK_FAILED", "")]),
        on("ContinueUpdateRollback", "").with("ResourcesToSkip.member.1", "Topic"),
        events(&[
            event(9, "site", "UPDATE_ROLLBACK_COMPLETE", ""),
            event(8, "Topic", "UPDATE_COMPLETE", ""),
            event(7, "site", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            event(5, "site", "UPDATE_ROLLBACK_FAILED", ""),
        ]),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = run(&server, &skipping("Topic"), &listener).unwrap();
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
        events(&[event(5, "site", "CREATE_FAILED", "")]),
        on("RollbackStack", ""),
        events(&[event(9, "site", "DELETE_COMPLETE", ""), event(5, "site", "CREATE_FAILED", "")]),
    ]);
    let report = run(&server, &Recovery::Start, &Listener::new(Answer::Yes)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Rollback));
}

#[test]
fn nothing_is_begun_that_the_status_does_not_need_or_nobody_approved() {
    for status in ["UPDATE_COMPLETE", "UPDATE_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"] {
        let server = Server::start(vec![stack(status, "")]);
        let listener = Listener::new(Answer::Yes);
        let report = run(&server, &Recovery::Continue { skip: Vec::new() }, &listener).unwrap();
        server.finish();
        assert_eq!((&report.stacks[0].outcome, listener.told().as_str()), (&Outcome::Unchanged, ""), "{status}");
    }
    let server = Server::start(vec![stack("UPDATE_FAILED", ""), resources("UPDATE_FAILED")]);
    let report = run(&server, &Recovery::Start, &Listener::new(Answer::No)).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Declined);
}

#[test]
fn only_what_failed_is_skipped() {
    let server = Server::start(vec![stack("UPDATE_ROLLBACK_FAILED", ""), resources("UPDATE_FAILED")]);
    let error = run(&server, &skipping("Topik"), &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
`Topik` is not a resource that failed
hint: did you mean `Topic`?
");
}

#[test]
fn events_that_are_not_allowed_leave_the_status_to_follow() {
    let denied = || refuse("DescribeStackEvents", 403, "AccessDenied", "User: me is not authorized");
    let server = Server::start(vec![
        stack("UPDATE_ROLLBACK_FAILED", ""),
        resources("UPDATE_FAILED"),
        denied(),
        on("ContinueUpdateRollback", ""),
        denied(),
        stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
        stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ]);
    let listener = Listener::new(Answer::Yes);
    let report = run(&server, &Recovery::Continue { skip: Vec::new() }, &listener).unwrap();
    server.finish();
    assert_eq!(report.stacks[0].outcome, Outcome::Done(Operation::Rollback));
    insta::assert_snapshot!(listener.told(), @"
plan: 1 to roll back
asked
site: rolling back
site: warning: its events cannot be read, and its status is followed alone: us-east-1: not allowed to call `cloudformation:DescribeStackEvents`: User: me is not authorized
site: UPDATE_ROLLBACK_COMPLETE, done: true
");
}
