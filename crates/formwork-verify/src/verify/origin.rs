//! The origin refuses viewers that do not come through the distribution.

use std::net::IpAddr;

use futures_util::future::{join, join_all};

use super::run::Run;
use crate::check::Check;
use crate::dns::ASK_AGAIN;
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
        return vec![Check::not_checked("origin-direct", subject, "the origin's name is not known")];
    };
    let subject = origin.domain_name.as_str();
    if origin.private {
        let why = "the origin is in a VPC, and has no address to be reached at";
        return vec![Check::not_applicable("origin-direct", subject, why)];
    }
    let Some(name) = run.site.names.iter().find(|name| !name.name.starts_with('*')) else {
        return vec![Check::not_checked("origin-direct", subject, "no name of the site could be asked for")];
    };
    let path = run.path();
    let address = format!("{}://{subject}:{}{path}", if origin.https { "https" } else { "http" }, origin.port);
    let asked = format!("GET {address} with `Host: {}`", name.name);
    let addresses = match run.dns.addresses(subject).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let what = format!("whether the origin `{subject}` has an address cannot be told");
            return vec![Check::new("origin-direct", subject, asked).saw(error).warn(what, ASK_AGAIN)];
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
    // Something that everybody is given is not a refusal, whatever its status.
    let of_viewers = viewers_status(run, &name.name, path);
    match &origin.secret_header {
        Some(header) => {
            let question = || Question { host: &name.name, path, headers: vec![(header.clone(), WRONG_SECRET)] };
            let wrong = join_all(each.iter().map(|at| ask(run, origin, at, question())));
            let (viewers, (plain, wrong)) = join(of_viewers, join(plain, wrong)).await;
            let secret = secret(subject, &format!("{asked} and a wrong `{header}`"), header, origin, viewers, &wrong);
            vec![direct(subject, &asked, origin, viewers, &plain), secret]
        }
        None => {
            let (viewers, plain) = join(of_viewers, plain).await;
            vec![direct(subject, &asked, origin, viewers, &plain)]
        }
    }
}

/// The status that viewers get for the same question, if they get an answer.
async fn viewers_status(run: &Run<'_>, name: &str, path: &str) -> Option<u16> {
    let addresses = run.dns.addresses(name).await.ok()?;
    run.ask(&addresses, Question::get(name, path)).await.ok().map(|answer| answer.status)
}

async fn ask(run: &Run<'_>, origin: &Origin, addresses: &[IpAddr], question: Question<'_>) -> Result<Answer, NetError> {
    let limit = run.settings.timeout;
    let stream = run.connect(&origin.domain_name, origin.port, addresses).await?;
    let heard = stream.heard();
    let answer = async {
        match origin.https {
            true => {
                let secured = within(limit, tls::handshake(stream, question.host, &[b"http/1.1"])).await?;
                within(limit, http::ask(secured.stream, question)).await
            }
            false => within(limit, http::ask(stream, question)).await,
        }
    };
    answer.await.map_err(|error| match error {
        NetError::Answer(_) if !heard.anything() => NetError::Closed,
        other => other,
    })
}

/// The ways in which an origin meets a request that did not come through the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It turned it away: by an answer that viewers do not get, by the end of the connection, or it took no connection.
    Refused,
    /// It gave it an answer.
    Answered,
    /// It took the connection, and gave no answer that could be read, none in time, or one of which it is not known whether viewers get it
    /// too. A rule that lets CloudFront's addresses in alone does not take a connection.
    Taken,
}

/// Source: nginx documentation, `ngx_http_access_module` (403); RFC 9110, sections 15.5.2, 15.5.4 and 15.5.20.
fn way(origin: &Origin, viewers: Option<u16>, answer: &Result<Answer, NetError>) -> Way {
    match answer {
        Ok(answer) if matches!(answer.status, 401 | 403 | 421) => match viewers {
            Some(status) if status == answer.status => Way::Answered,
            Some(_) => Way::Refused,
            // By itself it may be the answer to everybody, unless it is that of formwork's nginx to those without the secret.
            None if answer.status == 403 && origin.secret_header.is_some() => Way::Refused,
            None => Way::Taken,
        },
        Ok(_) => Way::Answered,
        Err(NetError::Connect { .. } | NetError::Closed) => Way::Refused,
        Err(NetError::Deadline(_) | NetError::Answer(_)) => Way::Taken,
    }
}

/// The worst of the ways.
fn worst(origin: &Origin, viewers: Option<u16>, answers: &[Result<Answer, NetError>]) -> Way {
    let ways: Vec<Way> = answers.iter().map(|answer| way(origin, viewers, answer)).collect();
    let of = |way: Way| ways.contains(&way).then_some(way);
    of(Way::Answered).or(of(Way::Taken)).unwrap_or(Way::Refused)
}

/// Evidence that viewers get a refusal too.
fn seen_by_viewers(check: Check, viewers: Option<u16>, answers: &[Result<Answer, NetError>]) -> Check {
    let is_same =
        |answer: &Result<Answer, NetError>| answer.as_ref().is_ok_and(|answer| viewers == Some(answer.status));
    match viewers.filter(|status| matches!(status, 401 | 403 | 421) && answers.iter().any(is_same)) {
        Some(status) => check.saw(format!("viewers get {status} through the distribution, too")),
        None => check,
    }
}

fn seen(answer: &Result<Answer, NetError>) -> String {
    match answer {
        Ok(answer) => answer.summary(),
        Err(error) => error.to_string(),
    }
}

fn direct(
    subject: &str,
    asked: &str,
    origin: &Origin,
    viewers: Option<u16>,
    answers: &[Result<Answer, NetError>],
) -> Check {
    let check = Check::new("origin-direct", subject, asked).saw_all(answers.iter().map(seen));
    let check = seen_by_viewers(check, viewers, answers);
    let close =
        "its security group should admit CloudFront's prefix lists alone, and nginx refuse whoever has no secret";
    match (worst(origin, viewers, answers), origin.closed) {
        (Way::Refused, _) => check,
        (Way::Answered, true) => check.fail("the origin answers to everybody, and is meant to be closed", close),
        (Way::Taken, true) => check.fail(
            "the origin takes connections from everybody, and is meant to be closed; whether it would answer cannot be told",
            close,
        ),
        (Way::Answered | Way::Taken, false) => check.warn(
            "the origin is open: whoever finds it passes CloudFront by",
            "close it with a secret header and a security group for CloudFront's prefix lists",
        ),
    }
}

fn secret(
    subject: &str,
    asked: &str,
    header: &str,
    origin: &Origin,
    viewers: Option<u16>,
    answers: &[Result<Answer, NetError>],
) -> Check {
    let check = Check::new("origin-secret", subject, asked).saw_all(answers.iter().map(seen));
    if answers.iter().all(|answer| matches!(answer, Err(NetError::Connect { .. }))) {
        return check.unknown("the origin takes no request from here");
    }
    let check = seen_by_viewers(check, viewers, answers);
    match worst(origin, viewers, answers) {
        Way::Refused => check,
        Way::Answered => check.fail(
            format!("the origin takes a wrong `{header}`"),
            "nginx has to compare the header with the secret; bring its files to the instance",
        ),
        Way::Taken => check.warn(
            format!("whether the origin refuses a wrong `{header}` cannot be told"),
            "look at what answers there, and how long it takes",
        ),
    }
}
