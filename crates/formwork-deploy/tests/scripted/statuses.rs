//! A deploy and a deletion that meet a stack in each status: every row of `docs/statuses.md` is reached.

use formwork_deploy::{Answer, Error, Outcome, StackReport, StackStatus};

use crate::answers::*;
use crate::server::{Server, Step, gateway, on, refuse};
use crate::{Consent, Listener, ONE_TOPIC, StackId, block_on, deploy, destroy, service, site};

/// Answers for whatever is asked about a stack that is found in this status, and is deployed as the app has it once nothing goes on.
fn server(status: &str) -> Server {
    let found = |status: &str| match status {
        "DELETE_COMPLETE" => absent(),
        status => stack(status, ""),
    };
    let then =
        if status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" { "UPDATE_COMPLETE" } else { status };
    let mut steps: Vec<Step> = vec![found(status)];
    steps.extend((0..8).map(|_| found(then)));
    steps.extend((0..3).map(|_| template(ONE_TOPIC)));
    steps.extend((0..3).map(|_| resources(&[("Topic", "DELETE_FAILED")])));
    steps.push(no_change_sets());
    steps.push(creating());
    match then {
        "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS" => {
            steps.extend((0..3).map(|_| change_set(&change("Add", "Topic", ""))))
        }
        _ => steps.push(failed("The submitted information didn't contain changes.")),
    }
    steps.extend((0..2).map(|_| change_set_deleted()));
    steps.extend((0..2).map(|_| on("DeleteStack", "")));
    Server::start(steps)
}

fn told(listener: &Listener, result: Result<Vec<StackReport>, Error>) -> String {
    let result = match result {
        Ok(stacks) => stacks.into_iter().map(|stack| outcome(&stack.outcome)).collect::<Vec<_>>().join(", "),
        Err(error) => error.to_string(),
    };
    let told = listener.told().replace('\n', "; ");
    if told.is_empty() { result } else { format!("{told} => {result}") }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Stopped(error) => format!("stopped: {error}"),
        other => format!("{other:?}"),
    }
}

/// Nobody agrees, so that what is seen is what would be done.
#[test]
fn a_stack_is_met_in_each_status() {
    let names = StackStatus::ALL.iter().map(|status| status.as_str()).chain(["MOULD_BROKEN"]);
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let mut table = String::new();
    for name in names {
        let (deploying, destroying) = (Listener::new(Answer::No), Listener::new(Answer::No));
        let deployed = deploy(&server(name), &site(ONE_TOPIC), Consent::Ask, &deploying).map(|report| report.stacks);
        let destroyed =
            destroy(&server(name), &site(ONE_TOPIC), &["site@us-east-1"], &destroying).map(|report| report.stacks);
        table +=
            &format!("{name}\n  deploy: {}\n  destroy: {}\n", told(&deploying, deployed), told(&destroying, destroyed));
    }
    insta::assert_snapshot!(table);
}

/// The statuses are worth more than what else could be known.
#[test]
fn a_status_is_told_without_all_permissions() {
    let denied = refuse("ListChangeSets", 403, "AccessDenied", "User: me is not authorized");
    let server = Server::start(vec![stack("UPDATE_COMPLETE", ""), template(ONE_TOPIC), denied]);
    let ids = [StackId::new("site", "us-east-1")];
    let found = block_on(async {
        let service = service(&server).await;
        formwork_deploy::overview(&service, &site(ONE_TOPIC), &ids).await
    });
    server.finish();
    let deployed = found.unwrap().remove(0).deployed.unwrap();
    assert_eq!(deployed.status.to_string(), "UPDATE_COMPLETE");
    assert!(deployed.unread[0].contains("cloudformation:ListChangeSets"), "{:?}", deployed.unread);
}

/// Whatever keeps a part from being read, the rest is said.
#[test]
fn a_part_that_cannot_be_read_is_a_warning() {
    let server =
        Server::start(vec![stack("UPDATE_COMPLETE", ""), template(ONE_TOPIC), gateway("ListChangeSets")]).impatient();
    let ids = [StackId::new("site", "us-east-1")];
    let stacks = block_on(async {
        let service = service(&server).await;
        formwork_deploy::overview(&service, &site(ONE_TOPIC), &ids).await
    });
    server.finish();
    let deployed = stacks.unwrap()[0].deployed.clone().unwrap();
    assert_eq!((deployed.status.to_string().as_str(), deployed.unread.len()), ("UPDATE_COMPLETE", 1));
}
