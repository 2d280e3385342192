//! A page in the service's place, with status 200: of a proxy, or of a network that wants a login first. Nothing was done then, and
//! nothing is known.

use std::rc::Rc;

use formwork_aws::{Error, Sdk, cloudfront, ec2, iam, route_53, ssm, sts};
use formwork_model::service::{ChangeSetRequest, CloudFormation as _, Execution, FailuresOf};

use crate::scripted::{Reply, Server};
use crate::{login, runtime};

/// Pages: one that is XML too, one that is not, and answers to no call and to another one.
const PAGES: &[&str] =
    &["<html><body>Log in</body></html>", "<!doctype html><p>Log in<br>", "", "{}", "<DescribeOtherResponse/>"];

const REGION: &str = "eu-central-1";
const STACK: &str = "site";

#[track_caller]
fn is_not_the_service<T>(page: &str, call: &str, answer: Result<T, Error>) {
    let error = answer.err().unwrap_or_else(|| panic!("{call}: `{page}` is taken for an answer"));
    assert!(matches!(error, Error::NotTheService { .. }), "{call}: `{page}`: {error:?}");
    assert!(!error.is_refusal(), "{call}: it may have been carried out");
}

#[test]
fn a_page_is_not_an_answer_of_cloudformation() {
    for page in PAGES.iter().copied() {
        let server = Server::start(move |_| Reply::new(200, "content-type: text/html\r\n", page));
        runtime().block_on(async {
            let sdk = Sdk::new(Rc::new(login(&server.url).await));
            let request = ChangeSetRequest::default();
            let execution = Execution { change_set: "c".to_owned(), keeps_failures: false, token: "t".to_owned() };
            let skip = ["A".to_owned()];
            is_not_the_service(page, "ExecuteChangeSet", sdk.execute_change_set(REGION, &execution).await);
            is_not_the_service(page, "DeleteStack", sdk.delete_stack(REGION, STACK, &[], "t").await);
            is_not_the_service(page, "DeleteChangeSet", sdk.delete_change_set(REGION, None, "c").await);
            is_not_the_service(page, "RollbackStack", sdk.rollback(REGION, STACK, "t").await);
            is_not_the_service(page, "ContinueUpdateRollback", sdk.continue_rollback(REGION, STACK, &skip, "t").await);
            is_not_the_service(page, "UpdateTerminationProtection", sdk.protect(REGION, STACK, true).await);
            is_not_the_service(page, "CreateChangeSet", sdk.create_change_set(REGION, &request).await);
            is_not_the_service(page, "DescribeChangeSet", sdk.change_set(REGION, "c", true, None).await);
            is_not_the_service(page, "ListChangeSets", sdk.change_sets(REGION, STACK, None).await);
            is_not_the_service(page, "DescribeStacks", sdk.stack(REGION, STACK).await);
            is_not_the_service(page, "ListStacks", sdk.stacks(REGION, None).await);
            is_not_the_service(page, "GetTemplate", sdk.template(REGION, STACK).await);
            is_not_the_service(page, "ListStackResources", sdk.resources(REGION, STACK, None).await);
            is_not_the_service(page, "ListImports", sdk.imports(REGION, "e", None).await);
            is_not_the_service(page, "DescribeStackEvents", sdk.events(REGION, STACK, None).await);
            is_not_the_service(page, "DescribeEvents", sdk.findings(REGION, FailuresOf::Stack(STACK), None).await);
        });
    }
}

/// A name that is read in an answer that was cut may be a part of one.
#[test]
fn a_part_of_an_answer_is_not_an_answer() {
    let whole = "<CreateChangeSetResponse><CreateChangeSetResult><Id>arn:aws:cloudformation:c</Id>\
        <StackId>arn:aws:cloudformation:s</StackId></CreateChangeSetResult></CreateChangeSetResponse>";
    for length in 1..whole.len() {
        let part = &whole[..length];
        let server = Server::start(move |_| Reply::new(200, "", part));
        runtime().block_on(async {
            let sdk = Sdk::new(Rc::new(login(&server.url).await));
            let answer = sdk.create_change_set(REGION, &ChangeSetRequest::default()).await;
            is_not_the_service(part, "CreateChangeSet", answer);
        });
    }
    let server = Server::start(move |_| Reply::new(200, "", whole));
    runtime().block_on(async {
        let sdk = Sdk::new(Rc::new(login(&server.url).await));
        let answer = sdk.create_change_set(REGION, &ChangeSetRequest::default()).await.unwrap();
        assert_eq!(answer.stack_id, "arn:aws:cloudformation:s");
    });
}

#[test]
fn a_page_is_not_an_answer_of_other_services() {
    for page in PAGES.iter().copied().filter(|page| *page != "{}") {
        let server = Server::start(move |_| Reply::new(200, "content-type: text/html\r\n", page));
        runtime().block_on(async {
            let aws = login(&server.url).await;
            is_not_the_service(page, "GetCallerIdentity", sts::caller(&aws, REGION).await);
            is_not_the_service(page, "ListDistributions", cloudfront::distributions(&aws, REGION).await);
            is_not_the_service(page, "ListResourceRecordSets", route_53::records(&aws, REGION, "Z1", "a.link").await);
            is_not_the_service(page, "GetHostedZone", route_53::hosted_zone(&aws, REGION, "Z1").await);
            is_not_the_service(page, "GetParameter", ssm::parameter(&aws, REGION, "/a").await);
            is_not_the_service(page, "ListAccountAliases", iam::account_alias(&aws, REGION).await);
            is_not_the_service(page, "DescribeInstances", ec2::instance(&aws, REGION, "i-1").await);
        });
    }
}
