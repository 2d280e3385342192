//! Taking away: what a run made and did not execute goes, whatever ended the run, and what others made stays.

use formwork_aws::Error as AwsError;
use formwork_deploy::{Answer, Consent, Error, Operation, Outcome};

use crate::answers::*;
use crate::server::{Server, Step, gateway, on, refuse};
use crate::{Listener, ONE_TOPIC, deploy, site, site_and_front};

#[test]
fn what_the_run_made_and_was_not_approved_is_taken_away() {
    let server = Server::start(vec![
        absent(),
        creating(),
        change_set(&change("Add", "Topic", "")),
        change_set_deleted(),
        stack("REVIEW_IN_PROGRESS", "").with("StackName", STACK_ID),
        no_change_sets(),
        on("DeleteStack", "").with("StackName", STACK_ID),
    ]);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::NobodyThere)).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::NobodyToAsk);
    server.finish();
}

/// Both began when there was no stack.
#[test]
fn a_stack_in_which_somebody_else_made_a_change_set_meanwhile_stays() {
    let theirs = "<Summaries><member><ChangeSetId>theirs</ChangeSetId><ChangeSetName>theirs</ChangeSetName></member></Summaries>";
    let server = Server::start(vec![
        absent(),
        creating(),
        change_set(&change("Add", "Topic", "")),
        change_set_deleted(),
        stack("REVIEW_IN_PROGRESS", "").with("StackName", STACK_ID),
        on("ListChangeSets", theirs),
    ]);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::No)).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Declined);
    server.finish();
}

#[test]
fn a_stack_in_review_counts_as_none_but_is_not_ours_to_delete() {
    let server = Server::start(vec![
        stack("REVIEW_IN_PROGRESS", ""),
        creating().with("ChangeSetType", "CREATE"),
        change_set(&change("Add", "Topic", "")),
        change_set_deleted(),
    ]);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::No)).unwrap();
    assert_eq!(report.stacks[0].outcome, Outcome::Declined);
    server.finish();
}

/// The first error is why the run ended; it must not be lost to what fails after it.
#[test]
fn what_could_not_be_taken_away_is_a_warning_beside_the_error() {
    let server = Server::start(vec![
        absent().with("StackName", "site"),
        absent().with("StackName", "front"),
        creating().with("StackName", "site"),
        change_set(&change("Add", "Topic", "")).with("ChangeSetName", CHANGE_SET_ID),
        creating().with("StackName", "front").replacing(CHANGE_SET_ID, "front-1").replacing(STACK_ID, "front-stack"),
        failed("Topic: no such property").with("ChangeSetName", "front-1"),
        refuse("DeleteChangeSet", 403, "AccessDenied", "not authorized").with("ChangeSetName", "front-1"),
        refuse("DeleteChangeSet", 403, "AccessDenied", "not authorized").with("ChangeSetName", CHANGE_SET_ID),
    ]);
    let mut assembly = site_and_front(ONE_TOPIC, ONE_TOPIC);
    assembly.stacks[1].depends_on.clear();
    assembly.stacks[1].imports.clear();
    let listener = Listener::new(Answer::Yes);
    let error = deploy(&server, &assembly, Consent::Ask, &listener).unwrap_err();
    server.finish();
    assert_eq!(error.to_string(), "CloudFormation refused the change set of `front`: Topic: no such property");
    let mut warnings: Vec<String> =
        listener.told().lines().filter(|line| line.contains("left")).map(str::to_owned).collect();
    warnings.sort();
    insta::assert_snapshot!(warnings.join("\n"), @"
    front: change set left (empty stack: true): us-east-1: not allowed to call `cloudformation:DeleteChangeSet`: not authorized
    site: change set left (empty stack: true): us-east-1: not allowed to call `cloudformation:DeleteChangeSet`: not authorized
    ");
}

/// Somebody else's change sets are in it.
#[test]
fn a_stack_in_review_stays_when_its_change_set_fails() {
    let server =
        Server::start(vec![stack("REVIEW_IN_PROGRESS", ""), creating(), failed("no such type"), change_set_deleted()]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert!(matches!(error, Error::ChangeSet { .. }), "{error}");
}

#[test]
fn the_shell_goes_with_the_change_set_that_failed() {
    let server = Server::start(vec![
        absent(),
        creating(),
        failed("no such type"),
        change_set_deleted(),
        stack("REVIEW_IN_PROGRESS", "").with("StackName", STACK_ID),
        no_change_sets(),
        on("DeleteStack", "").with("StackName", STACK_ID),
    ]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert!(matches!(error, Error::ChangeSet { .. }), "{error}");
}

/// It is neither made nor refused, and nobody says that it was.
#[test]
fn a_change_set_in_another_status_is_not_called_refused() {
    let words = ["FROBNICATE_COMPLETE", "DELETE_COMPLETE"].map(|status| {
        let server = Server::start(vec![
            absent(),
            creating(),
            failed("").replacing("FAILED", status),
            change_set_deleted(),
            stack("REVIEW_IN_PROGRESS", "").with("StackName", STACK_ID),
            no_change_sets(),
            on("DeleteStack", "").with("StackName", STACK_ID),
        ]);
        let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
        server.finish();
        format!("{error}\nhint: {:?}", error.hint())
    });
    insta::assert_snapshot!(words.join("\n"), @r#"
    the change set of `site` is in `FROBNICATE_COMPLETE`, which this version does not know, and is not executed
    hint: None
    the change set of `site` is in `DELETE_COMPLETE`, since somebody deleted it, and is not executed
    hint: Some("run it again")
    "#);
}

#[test]
fn a_change_set_that_could_not_be_described_is_taken_away() {
    let server = Server::start(vec![
        absent(),
        creating(),
        refuse("DescribeChangeSet", 403, "AccessDenied", "not authorized"),
        change_set_deleted(),
        stack("REVIEW_IN_PROGRESS", "").with("StackName", STACK_ID),
        no_change_sets(),
        on("DeleteStack", "").with("StackName", STACK_ID),
    ]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert!(matches!(error, Error::Aws(AwsError::Forbidden { call: "DescribeChangeSet", .. })), "{error}");
}

#[test]
fn a_change_set_that_may_have_been_made_is_looked_for() {
    let server = Server::start(vec![
        absent(),
        gateway("CreateChangeSet"),
        on("DeleteChangeSet", "").with("StackName", "site"),
        stack("REVIEW_IN_PROGRESS", "").with("StackName", "site"),
        no_change_sets(),
        on("DeleteStack", "").with("StackName", STACK_ID),
    ])
    .impatient();
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert!(matches!(error, Error::Aws(AwsError::NotTheService { .. })), "{error}");
}

#[test]
fn a_change_set_that_was_refused_is_not_looked_for() {
    let server =
        Server::start(vec![absent(), refuse("CreateChangeSet", 403, "AccessDenied", "User: me is not authorized")]);
    let listener = Listener::new(Answer::Yes);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap_err();
    server.finish();
    assert!(matches!(error, Error::Aws(AwsError::Forbidden { call: "CreateChangeSet", .. })), "{error}");
    assert_eq!(listener.told(), "site: preparing");
}

/// The answer to the request for a change set is lost; what its deletion then says.
fn lost(deletions: Vec<Step>) -> String {
    let mut steps = vec![stack("CREATE_COMPLETE", ""), template(r#"{"Resources":{}}"#), gateway("CreateChangeSet")];
    steps.extend(deletions.into_iter().map(|step| step.with("StackName", "site")));
    let server = Server::start(steps).impatient();
    let listener = Listener::new(Answer::Yes);
    deploy(&server, &site(ONE_TOPIC), Consent::Ask, &listener).unwrap_err();
    server.finish();
    listener.told()
}

#[test]
fn only_what_does_not_exist_counts_as_not_made() {
    let quiet = "site: preparing";
    let refusal = |code, message| vec![refuse("DeleteChangeSet", 400, code, message)];
    assert_eq!(lost(refusal("ChangeSetNotFound", "ChangeSet [x] was not found")), quiet);
    assert_eq!(lost(refusal("ValidationError", "Stack [site] does not exist")), quiet);
    insta::assert_snapshot!(lost(refusal("ValidationError", "the name is too long")), @"
    site: preparing
    site: change set left (empty stack: false): us-east-1: `DeleteChangeSet` failed: the name is too long (ValidationError)
    ");
}

#[test]
fn a_change_set_that_is_still_being_made_is_deleted_once_it_is() {
    let busy = || refuse("DeleteChangeSet", 400, "InvalidChangeSetStatus", "CREATE_IN_PROGRESS");
    assert_eq!(lost(vec![busy(), busy(), on("DeleteChangeSet", "")]), "site: preparing");
}

/// A new stack is approved, and then this is the answer to the execution of its change set.
fn executing(answer: Step, more: Vec<Step>) -> (Outcome, String) {
    let mut steps = vec![absent(), creating(), change_set(&change("Add", "Topic", "")), answer];
    steps.extend(more);
    let server = Server::start(steps).impatient();
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(ONE_TOPIC), Consent::Given, &listener).unwrap();
    server.finish();
    (report.stacks[0].outcome.clone(), listener.told())
}

#[test]
fn a_change_set_whose_execution_is_refused_is_taken_away() {
    let (outcome, told) = executing(
        refuse("ExecuteChangeSet", 403, "AccessDenied", "User: me is not authorized"),
        vec![
            change_set_deleted(),
            stack("REVIEW_IN_PROGRESS", "").with("StackName", STACK_ID),
            no_change_sets(),
            on("DeleteStack", "").with("StackName", STACK_ID),
        ],
    );
    assert!(
        matches!(outcome, Outcome::Stopped(Error::Aws(AwsError::Forbidden { call: "ExecuteChangeSet", .. }))),
        "{outcome:?}"
    );
    insta::assert_snapshot!(told, @"
    site: preparing
    plan: 1 to create, 0 to update, 0 to replace, 0 to destroy
    ");
}

#[test]
fn an_execution_that_may_have_begun_is_left_alone() {
    let (outcome, told) = executing(gateway("ExecuteChangeSet"), vec![gateway("DescribeChangeSet")]);
    assert!(matches!(outcome, Outcome::Stopped(Error::Aws(AwsError::NotTheService { .. }))), "{outcome:?}");
    insta::assert_snapshot!(told, @"
    site: preparing
    plan: 1 to create, 0 to update, 0 to replace, 0 to destroy
    site: creating
    ");
}

/// The change set, with how far its execution is.
fn execution(status: &str) -> Step {
    change_set("").replacing("</Status>", &format!("</Status><ExecutionStatus>{status}</ExecutionStatus>"))
}

#[test]
fn an_execution_whose_answer_was_lost_is_followed() {
    let (outcome, _) = executing(
        gateway("ExecuteChangeSet"),
        vec![
            execution("AVAILABLE"),
            execution("EXECUTE_IN_PROGRESS"),
            events(&[event(20, "site", "CREATE_COMPLETE", "")]),
            stack("CREATE_COMPLETE", ""),
        ],
    );
    assert_eq!(outcome, Outcome::Done(Operation::Create));
}

#[test]
fn an_execution_that_did_not_begin_is_not_said_to_go_on() {
    let mut more: Vec<Step> = (0..5).map(|_| execution("AVAILABLE")).collect();
    more.extend([change_set_deleted(), stack("REVIEW_IN_PROGRESS", ""), no_change_sets(), on("DeleteStack", "")]);
    let (outcome, told) = executing(gateway("ExecuteChangeSet"), more);
    assert!(matches!(outcome, Outcome::Stopped(Error::Aws(AwsError::NotTheService { .. }))), "{outcome:?}");
    assert!(!told.contains("creating"), "{told}");
}

/// Of two runs at once, one comes first, and makes the change sets of the other good for nothing.
#[test]
fn the_change_set_of_the_slower_run_is_obsolete_and_was_not_executed() {
    let lost = "ChangeSet [x] cannot be executed in its current execution status of [OBSOLETE]";
    let obsolete = || page("", "<ExecutionStatus>OBSOLETE</ExecutionStatus>");
    let gone = refuse("ExecuteChangeSet", 404, "ChangeSetNotFound", "ChangeSet [x] does not exist");
    for (answer, look, expected) in [
        (
            refuse("ExecuteChangeSet", 400, "InvalidChangeSetStatus", lost),
            Some(obsolete()),
            "its change set is OBSOLETE",
        ),
        (gone, None, "its change set is deleted"),
    ] {
        let mut steps = vec![
            stack("CREATE_COMPLETE", ""),
            template(r#"{"Resources":{}}"#),
            creating(),
            change_set(&change("Add", "Topic", "")),
            change_set(&change("Add", "Topic", "")),
            answer,
            change_set_deleted(),
        ];
        steps.extend(look);
        let server = Server::start(steps);
        let listener = Listener::new(Answer::Yes);
        let report = deploy(&server, &site(ONE_TOPIC), Consent::Given, &listener).unwrap();
        server.finish();
        assert!(!report.stacks[0].may_go_on && report.stacks[0].done.is_empty(), "{report:?}");
        let Outcome::Stopped(error @ Error::ChangedMeanwhile { .. }) = &report.stacks[0].outcome else {
            panic!("{report:?}")
        };
        let message =
            format!("somebody else changed what was approved, and the plan is not carried out: `site`: {expected}");
        assert_eq!(error.to_string(), message);
        assert!(!listener.told().contains("site: updating"), "{}", listener.told());
    }
}
