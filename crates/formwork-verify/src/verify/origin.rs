//! The origin refuses viewers that do not come through the distribution.

use std::net::IpAddr;

use futures_util::future::{join, join_all};

use super::run::Run;
use crate::check::Check;
use crate::http::{self, Answer, Question};
use crate::net::{NetError, within};
use crate::site::Origin;
use crate::tls;

/// Addresses of the origin that are asked.
const MAX_ADDRESSES: usize = 4;

/// A value that is not the secret of any site.
const WRONG_SECRET: &str = "formwork-verify-asks-with-a-wrong-secret";

pub(super) async fn checks(run: &Run<'_>) -> Vec<Check> {
    let Some(origin) = &run.site.origin else {
        let subject = run.site.distribution.as_deref().unwrap_or("the distribution");
        return vec![Check::not_applicable("origin-direct", subject, "the origin's name is not known")];
    };
    let subject = origin.domain_name.as_str();
    if origin.private {
        let why = "the origin is in a VPC, and has no address to be reached at";
        return vec![Check::not_applicable("origin-direct", subject, why)];
    }
    let Some(name) = run.site.names.iter().find(|name| !name.name.starts_with('*')) else {
        return vec![Check::not_applicable("origin-direct", subject, "no name of the site could be asked for")];
    };
    let path = run.path();
    let address = format!("{}://{subject}:{}{path}", if origin.https { "https" } else { "http" }, origin.port);
    let asked = format!("GET {address} with `Host: {}`", name.name);
    let addresses = match run.dns.addresses(subject).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let hint = "is the instance's address still the same? `doctor` looks";
            let what = format!("the origin `{subject}` has no address");
            return vec![Check::new("origin-direct", subject, asked).saw(error).fail(what, hint)];
        }
    };
    if addresses.is_empty() && run.settings.targets(subject, origin.port, &[]).is_empty() {
        let what = format!("the origin `{subject}` has no address");
        let hint = "its public name changes with its address: give the instance an Elastic IP";
        return vec![
            Check::new("origin-direct", subject, asked).saw("neither an A nor an AAAA record").fail(what, hint),
        ];
    }
    // The port may be open at one address and closed at another.
    let each: Vec<&[IpAddr]> = match addresses.is_empty() {
        true => vec![&[]],
        false => addresses.chunks(1).take(MAX_ADDRESSES).collect(),
    };
    let plain = join_all(each.iter().map(|at| ask(run, origin, at, Question::get(&name.name, path))));
    match &origin.secret_header {
        Some(header) => {
            let question = || Question { host: &name.name, path, headers: vec![(header.clone(), WRONG_SECRET)] };
            let wrong = join_all(each.iter().map(|at| ask(run, origin, at, question())));
            let (plain, wrong) = join(plain, wrong).await;
            let secret = secret(subject, &format!("{asked} and a wrong `{header}`"), header, &wrong);
            vec![direct(subject, &asked, origin, &plain), secret]
        }
        None => vec![direct(subject, &asked, origin, &plain.await)],
    }
}

async fn ask(run: &Run<'_>, origin: &Origin, addresses: &[IpAddr], question: Question<'_>) -> Result<Answer, NetError> {
    let limit = run.settings.timeout;
    let stream = run.connect(&origin.domain_name, origin.port, addresses).await?;
    match origin.https {
        true => {
            let secured = within(limit, tls::handshake(stream, question.host, &[b"http/1.1"])).await?;
            within(limit, http::ask(secured.stream, question)).await
        }
        false => within(limit, http::ask(stream, question)).await,
    }
}

/// True if the origin turned a request away. A server that takes no connection, or ends it, does too.
fn refused(answer: &Result<Answer, NetError>) -> bool {
    match answer {
        Ok(answer) => matches!(answer.status, 401 | 403 | 421),
        Err(_) => true,
    }
}

fn seen(answer: &Result<Answer, NetError>) -> String {
    match answer {
        Ok(answer) => answer.summary(),
        Err(error) => error.to_string(),
    }
}

fn direct(subject: &str, asked: &str, origin: &Origin, answers: &[Result<Answer, NetError>]) -> Check {
    let check = Check::new("origin-direct", subject, asked).saw_all(answers.iter().map(seen));
    if answers.iter().all(refused) {
        return check;
    }
    match origin.closed {
        true => check.fail(
            "the origin answers to everybody, and is meant to be closed",
            "its security group should admit CloudFront's prefix lists alone, and nginx refuse whoever has no secret",
        ),
        false => check.warn(
            "the origin is open: whoever finds it passes CloudFront by",
            "close it with a secret header and a security group for CloudFront's prefix lists",
        ),
    }
}

fn secret(subject: &str, asked: &str, header: &str, answers: &[Result<Answer, NetError>]) -> Check {
    let check = Check::new("origin-secret", subject, asked).saw_all(answers.iter().map(seen));
    if answers.iter().all(Result::is_err) {
        return check.skip("the origin takes no request from here");
    }
    match answers.iter().all(refused) {
        true => check,
        false => check.fail(
            format!("the origin takes a wrong `{header}`"),
            "nginx has to compare the header with the secret; bring its files to the instance",
        ),
    }
}
