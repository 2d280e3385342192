//! Reaching the service at all: each failure in one line, at once, and never taken for an absent stack.

use std::time::{Duration, Instant};

use formwork_assembly::StackId;
use formwork_aws::{Aws, Error as AwsError, Options};
use formwork_deploy::{Answer, Consent, Error, Limits};

use crate::answers::*;
use crate::server::{Server, refuse};
use crate::{Listener, ONE_TOPIC, at, block_on, deploy, site};

fn first_call_fails(status: u16, code: &str, message: &str) -> Error {
    let server = Server::start(vec![refuse("DescribeStacks", status, code, message)]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    error
}

#[test]
fn a_refusal_is_no_absence() {
    let error = first_call_fails(403, "AccessDenied", "User: me is not authorized");
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    us-east-1: not allowed to call `cloudformation:DescribeStacks`: User: me is not authorized
    hint: allow `cloudformation:DescribeStacks` in the policy of this user or role
    ");
}

#[test]
fn an_expired_session_says_so() {
    let error = first_call_fails(403, "ExpiredToken", "The security token included in the request is expired");
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @"
    us-east-1: AWS refused the credentials: The security token included in the request is expired (ExpiredToken)
    hint: the session is over: log in again (`aws sso login` or `aws login`)
    ");
}

#[test]
fn throttling_is_ridden_out() {
    let server = Server::start(vec![
        refuse("DescribeStacks", 400, "Throttling", "Rate exceeded"),
        refuse("DescribeStacks", 400, "Throttling", "Rate exceeded"),
        stack("UPDATE_ROLLBACK_FAILED", ""),
    ]);
    let error = deploy(&server, &site(ONE_TOPIC), Consent::Ask, &Listener::new(Answer::Yes)).unwrap_err();
    server.finish();
    assert!(matches!(error, Error::Standing { .. }), "{error}");
}

#[test]
fn a_dead_endpoint_is_told_at_once() {
    // A port that was free a moment ago, and on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let begun = Instant::now();
    let error = block_on(async {
        let service = at(&url, Limits::NEARBY).await;
        formwork_deploy::outputs(&service, &site(ONE_TOPIC), &[StackId::new("site", "us-east-1")]).await
    });
    let error = error.unwrap_err();
    assert!(matches!(&error, Error::Aws(AwsError::Unreachable { endpoint, .. }) if *endpoint == url), "{error}");
    // Retries would take several times as long.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn an_endpoint_that_is_not_a_url_is_refused() {
    let told = Options { endpoint_url: Some("localhost:4566".to_owned()), ..Options::default() };
    let error = block_on(Aws::load(&told, "us-east-1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`--endpoint-url`: `localhost:4566` is not a URL that starts with `http://` or `https://`"
    );
}

/// The proxy of the environment is one on which nobody listens. A process of its own, for its environment.
#[test]
fn a_proxy_does_not_stand_before_this_machine() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "reaching::a_refusal_is_no_absence"])
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && told.contains("1 passed"), "{told}");
}
