//! Ends of operations when somebody else interferes.

use formwork_deploy::{Answer, Consent, Failure, Operation, Outcome};

use crate::answers::*;
use crate::server::{Server, Step};
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
    // It is asked a few times whether the answer is only old.
    let (outcome, _) = created(std::iter::once(events).chain((0..5).map(|_| describe())).collect());
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.status.to_string(), "DELETE_IN_PROGRESS");
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
