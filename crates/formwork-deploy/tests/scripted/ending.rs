//! Ends of operations when somebody else interferes.

use formwork_deploy::{Answer, Consent, Failure, Operation, Outcome};

use crate::answers::*;
use crate::server::{Server, Step, on, refuse};
use crate::{Listener, ONE_TOPIC, deploy, site};

/// Creates `site`, whose events and whose description afterwards are these.
fn created(last: Vec<Step>) -> (Outcome, String) {
    let mut steps = vec![absent(), creating(), change_set(&change("Add", "Topic", "")), executed()];
    steps.extend(last);
    let server = Server::start(steps);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Given, &listener).unwrap();
    server.finish();
    let told = listener.told();
    (report.stacks[0].outcome.clone(), told.lines().last().unwrap_or_default().to_owned())
}

#[track_caller]
fn check(last: Vec<Step>, status: &str, line: &str) {
    let (outcome, told) = created(last);
    let Outcome::Failed(Failure { operation, status: found, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((operation, found.to_string().as_str()), (Operation::Create, status));
    assert_eq!(told, line);
}

#[test]
fn a_stack_that_is_deleted_while_it_is_created_is_not_created() {
    let deleted = events(&[
        event(20, "site", "DELETE_COMPLETE", ""),
        event(15, "site", "DELETE_IN_PROGRESS", "User Initiated"),
        event(11, "site", "CREATE_IN_PROGRESS", ""),
    ]);
    check(
        vec![deleted, stack("DELETE_COMPLETE", "").with("StackName", STACK_ID)],
        "DELETE_COMPLETE",
        "site: DELETE_COMPLETE, done: false",
    );
}

/// The events say that it was created; what consumers would read is a stack that is going.
#[test]
fn a_stack_that_is_deleted_right_after_its_creation_is_not_created() {
    let events =
        events(&[event(15, "site", "DELETE_IN_PROGRESS", "User Initiated"), event(12, "site", "CREATE_COMPLETE", "")]);
    let describe = || stack("DELETE_IN_PROGRESS", "").with("StackName", STACK_ID);
    // No answer is so old.
    let (outcome, _) = created(vec![events, describe()]);
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.status.to_string(), "DELETE_IN_PROGRESS");
}

/// The stack says of itself what the word in its events means.
#[test]
fn a_status_in_the_events_that_is_not_known_ends_nothing() {
    let unknown =
        || events(&[event(12, "site", "FROBNICATE_COMPLETE", ""), event(11, "site", "CREATE_IN_PROGRESS", "")]);
    let describe = |status: &str| stack(status, "").with("StackName", STACK_ID);
    let done = vec![unknown(), describe("CREATE_COMPLETE"), describe("CREATE_COMPLETE")];
    assert_eq!(created(done).0, Outcome::Done(Operation::Create));
    let both = vec![unknown(), describe("FROBNICATE_COMPLETE"), describe("FROBNICATE_COMPLETE")];
    check(both, "FROBNICATE_COMPLETE", "site: FROBNICATE_COMPLETE, done: false");
}

/// Its creation is over, and it is somebody else's update that goes on.
#[test]
fn a_stack_that_is_updated_right_after_its_creation_is_created() {
    let events =
        events(&[event(15, "site", "UPDATE_IN_PROGRESS", "User Initiated"), event(12, "site", "CREATE_COMPLETE", "")]);
    let describe = || stack("UPDATE_IN_PROGRESS", "").with("StackName", STACK_ID);
    let (outcome, told) = created(std::iter::once(events).chain((0..5).map(|_| describe())).collect());
    assert_eq!(outcome, Outcome::Done(Operation::Create));
    assert_eq!(told, "site: CREATE_COMPLETE, done: true");
}

const NESTED: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/site-Child-1/9";

/// An event of the parent about its nested stack.
fn of_child(second: u32, status: &str, reason: &str) -> String {
    let event = event(second, "Child", status, reason);
    event.replace("topic-Child", NESTED).replace("AWS::SNS::Topic", "AWS::CloudFormation::Stack")
}

/// The parent only repeats which resource failed; the reason stands in the events of the nested stack, which is deleted by then.
#[test]
fn the_cause_inside_of_a_nested_stack_is_found() {
    let embedded = "Embedded stack was not successfully created: The following resource(s) failed to create: [Bad].";
    let of_parent = events(&[
        event(20, "site", "ROLLBACK_COMPLETE", ""),
        of_child(16, "DELETE_COMPLETE", ""),
        event(15, "site", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Child]."),
        of_child(14, "CREATE_FAILED", embedded),
        of_child(12, "CREATE_IN_PROGRESS", ""),
        event(11, "site", "CREATE_IN_PROGRESS", ""),
    ]);
    let inner = [
        event(16, "site", "DELETE_COMPLETE", ""),
        event(15, "site", "DELETE_IN_PROGRESS", ""),
        event(14, "site", "CREATE_FAILED", "The following resource(s) failed to create: [Bad]."),
        event(13, "Other", "CREATE_FAILED", "Resource creation cancelled"),
        event(13, "Bad", "CREATE_FAILED", "Topic already exists"),
        event(12, "site", "CREATE_IN_PROGRESS", ""),
        event(9, "Old", "CREATE_FAILED", "of another attempt"),
    ];
    let inner = inner.map(|event| event.replace(STACK_ID, NESTED));
    let of_nested = || events(&inner).with("StackName", NESTED);
    let of_parent = of_parent.with("StackName", STACK_ID);
    // Once more for what is left behind in it.
    let (outcome, _) = created(vec![of_parent, of_nested(), stack("ROLLBACK_COMPLETE", ""), of_nested()]);
    let Outcome::Failed(Failure { cause, inside, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(cause.map(|cause| cause.logical_id).as_deref(), Some("Child"));
    let inside: Vec<_> = inside.iter().map(|event| (event.logical_id.as_str(), event.reason.as_deref())).collect();
    assert_eq!(inside, [("Bad", Some("Topic already exists"))]);
}

/// If the events of the nested stack cannot be read, the parent's words are told.
#[test]
fn a_nested_stack_that_cannot_be_read_hides_nothing_else() {
    let of_parent = events(&[
        event(20, "site", "ROLLBACK_COMPLETE", ""),
        of_child(14, "CREATE_FAILED", "Embedded stack was not successfully created"),
        event(11, "site", "CREATE_IN_PROGRESS", ""),
    ]);
    let denied =
        || refuse("DescribeStackEvents", 403, "AccessDenied", "User: me is not authorized").with("StackName", NESTED);
    let of_parent = of_parent.with("StackName", STACK_ID);
    let (outcome, _) = created(vec![of_parent, denied(), stack("ROLLBACK_COMPLETE", ""), denied()]);
    let Outcome::Failed(Failure { cause, inside, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!((cause.map(|cause| cause.logical_id).as_deref(), inside.len()), (Some("Child"), 0));
}

/// The stack's events name the hook alone.
#[test]
fn the_reason_of_a_hook_is_found() {
    let refused = "The following hook(s) failed: [Example::Guard::Hook]";
    let of_stack = || {
        events(&[
            event(20, "site", "ROLLBACK_COMPLETE", ""),
            event(14, "Topic", "CREATE_FAILED", refused),
            event(11, "site", "CREATE_IN_PROGRESS", ""),
        ])
    };
    let failed = |second: u32, reason: &str| {
        format!(
            "<member><EventType>HOOK_INVOCATION_ERROR</EventType><LogicalResourceId>Topic</LogicalResourceId>\
             <HookType>Example::Guard::Hook</HookType><HookStatusReason>{reason}</HookStatusReason>\
             <Timestamp>2026-03-01T12:00:{second:02}.5Z</Timestamp></member>"
        )
    };
    let told = [failed(14, "Topics have to be encrypted."), failed(3, "of an older operation")].concat();
    let described = || on("DescribeEvents", &format!("<OperationEvents>{told}</OperationEvents>"));
    // Of the stack, the service may know the rollback alone, of which nothing failed: the operation is asked for, where it has an id.
    let with_id = of_stack().replacing("<EventId>Topic-", "<OperationId>create-1</OperationId><EventId>Topic-");
    for (of_stack, described) in [
        (of_stack(), described().with("StackName", STACK_ID)),
        (with_id, described().with("OperationId", "create-1").with("StackName", "")),
    ] {
        let (outcome, _) =
            created(vec![of_stack.with("StackName", STACK_ID), described, stack("ROLLBACK_COMPLETE", "")]);
        let Outcome::Failed(Failure { hooks, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(hooks, ["Topic: Topics have to be encrypted (Example::Guard::Hook)"]);
    }
}

/// Between the look at the stack and the request for its change set.
#[test]
fn a_stack_that_others_make_or_delete_meanwhile_is_not_mistaken() {
    let error = |before: Vec<Step>, words: &str, after: Step| {
        let refused = refuse("CreateChangeSet", 400, "ValidationError", words);
        let server = Server::start(before.into_iter().chain([refused, after]).collect());
        let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
        server.finish();
        format!("{error}; {}", error.hint().unwrap_or_default()).trim().to_owned()
    };
    let old = r#"{"Resources":{"Old":{"Type":"AWS::SNS::Topic"}}}"#;
    let exists = "Stack [site] already exists and cannot be created again with the changeSet [formwork-1].";
    let there = vec![stack("CREATE_COMPLETE", ""), template(old)];
    let told = [
        error(vec![absent()], exists, stack("CREATE_COMPLETE", "")),
        error(there, "Stack [site] does not exist", stack("DELETE_COMPLETE", "")),
        error(vec![absent()], "Template format error", absent()),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    somebody else changed `site` since it was looked at: it is there, in CREATE_COMPLETE; run it again: its plan is made of what is there now
    somebody else changed `site` since it was looked at: it is deleted; run it again: its plan is made of what is there now
    us-east-1: `CreateChangeSet` failed: Template format error (ValidationError);
    ");
}
