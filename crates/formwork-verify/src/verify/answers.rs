//! nginx's own answer over https, its headers, and the offer of HTTP/3.

use std::net::IpAddr;

use futures_util::future::join;

use super::backends;
use super::run::Run;
use crate::check::Check;
use crate::http::{Answer, Question, https_host};
use crate::site::Health;

/// The checks of one name, and the other name of the site to which its viewers are sent.
pub(super) async fn checks(run: &Run<'_>, name: &str, addresses: &[IpAddr]) -> (Vec<Check>, Option<String>) {
    let path = run.path();
    let (answer, backends) =
        join(run.ask(addresses, Question::get(name, path)), backends::Answers::of(run, name, addresses)).await;
    let asked = format!("GET https://{name}{path}");
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let what = format!("`{name}` gives no answer over https");
            let failed = Check::new("health", name, asked).saw(error.to_string()).fail(what, "see the check `https`");
            let rest = ["digest", "http3", "headers", "backend"];
            let rest = rest.map(|id| Check::not_checked(id, name, "there is no answer to look at"));
            let websocket = backends.websocket(run, name, true);
            return ([failed].into_iter().chain(rest).chain([websocket]).collect(), None);
        }
    };
    if let Some(to) = redirected(run, name, &answer) {
        let why = format!("viewers are sent to `{to}`");
        let health = Check::new("health", name, asked).saw(answer.summary()).saw(why.clone());
        let [digest, headers, backend, websocket] =
            ["digest", "headers", "backend", "websocket"].map(|id| Check::not_applicable(id, name, &*why));
        let http3 = http3(run, name, &health.asked, &answer);
        return (vec![health, digest, http3, headers, backend, websocket], Some(to));
    }
    let [health, digest] = match &run.site.health {
        Some(health) => health_and_digest(name, &asked, health, &answer),
        None => {
            let why = "the app has no nginx of formwork that would say which files it runs with";
            ["health", "digest"].map(|id| Check::not_applicable(id, name, why))
        }
    };
    let is_nginx = own_answer(&answer).is_some();
    let of_backends = [backends.backend(run, name, is_nginx), backends.websocket(run, name, !is_nginx)];
    let of_answer = [health, digest, http3(run, name, &asked, &answer), headers(run, name, &asked, &answer)];
    (of_answer.into_iter().chain(of_backends).collect(), None)
}

/// The other name of the site to which viewers of this one are sent.
fn redirected(run: &Run<'_>, name: &str, answer: &Answer) -> Option<String> {
    let host = https_host(&answer.header("location")?)?;
    ((300..400).contains(&answer.status) && host != name && run.is_its_own(&host)).then_some(host)
}

/// The colour and the digest of nginx's own answer, such as `blue 85dd2b1a1a0f9a1c`.
fn own_answer(answer: &Answer) -> Option<(&str, &str)> {
    let text = answer.body.strip_suffix('\n').unwrap_or(&answer.body);
    let (color, digest) = text.split_once(' ')?;
    let is_digest = digest.len() == 16 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (answer.status == 200 && matches!(color, "blue" | "green") && is_digest).then_some((color, digest))
}

fn health_and_digest(name: &str, asked: &str, health: &Health, answer: &Answer) -> [Check; 2] {
    let check = Check::new("health", name, asked).saw(answer.summary());
    let digest = Check::new("digest", name, asked);
    if let Some((color, seen)) = own_answer(answer) {
        let check = check.saw(format!("{color} is active"));
        let check = match answer.header("x-cache").filter(|cache| cache.to_ascii_lowercase().starts_with("hit")) {
            Some(cache) => check.saw(format!("X-Cache: {cache}")).warn(
                "the answer comes from CloudFront's cache, so it may be an earlier one",
                "let the cache policy keep nothing for this path, as `CachingDisabled` does",
            ),
            None => check,
        };
        let check = match &health.color {
            Some(expected) if expected != color => check.fail(
                format!("{color} gets the requests, but {expected} is meant to"),
                "bring the files of the source to the instance, or `switch`, which compares; another nginx may answer for the name",
            ),
            _ => check,
        };
        let digest = digest.saw(format!("files {seen}"));
        return match &health.digest {
            Some(expected) if expected != seen => {
                let what = format!("nginx runs with files of the digest `{seen}`, but the source has `{expected}`");
                [check, digest.fail(what, "bring the files to the instance and reload nginx; `synth` writes them")]
            }
            Some(_) => [check, digest],
            None => [check, digest.skip("the files of the source have no digest")],
        };
    }
    let (what, hint) = match answer.status {
        421 => (
            format!("nginx does not know `{name}`: it got another `Host`"),
            "let the policy pass `Host` on, as `AllViewer` does, and add the name to the proxy's `server_names`",
        ),
        403 => (
            "the answer is 403, which nginx gives to those without the secret header".to_owned(),
            "the distribution and nginx may have different secrets; a web ACL answers 403 too",
        ),
        300..=399 => (
            format!("viewers of `{name}` are sent elsewhere"),
            "look for a redirect of the backend's own, or for a function of the distribution",
        ),
        502..=504 => (
            "CloudFront does not get an answer from the origin".to_owned(),
            "is the instance up, nginx started, its port open to CloudFront, and its address still the same? `doctor` looks",
        ),
        _ => (
            format!("it is not nginx with formwork's files that answers at `{}`", health.path),
            "bring the files to the instance, and look where the distribution's origin leads",
        ),
    };
    [check.fail(what, hint), digest.unknown("nginx's own answer is missing")]
}

fn http3(run: &Run<'_>, name: &str, asked: &str, answer: &Answer) -> Check {
    if !run.site.http3 {
        return Check::not_applicable("http3", name, "the distribution does not speak HTTP/3");
    }
    let check = Check::new("http3", name, asked);
    let offered = answer.header("alt-svc");
    let check = check.saw(offered.as_ref().map_or("no Alt-Svc".to_owned(), |value| format!("Alt-Svc: {value}")));
    let offers = |value: &String| value.split(',').any(|service| service.trim_start().starts_with("h3="));
    match offered.as_ref().is_some_and(offers) {
        true => check,
        false => check.fail(
            "HTTP/3 is not offered by `Alt-Svc`",
            "deploy the distribution with `http2and3`; a proxy on the way may take the header out",
        ),
    }
}

/// Headers that keep browsers from harm; all of them are in CloudFront's managed `SecurityHeadersPolicy`.
const HEADERS: &[&str] = &["strict-transport-security", "x-content-type-options", "x-frame-options", "referrer-policy"];

/// True if the value of one of these headers does its work.
fn protects(header: &str, value: &str, answer: &Answer) -> bool {
    let value = value.trim().to_ascii_lowercase();
    match header {
        // An age of 0 has browsers forget it (RFC 6797, §6.1.1).
        "strict-transport-security" => value.split(';').any(|part| {
            let age = part.trim().strip_prefix("max-age=").map(|age| age.trim_matches('"'));
            age.and_then(|age| age.parse::<u64>().ok()).is_some_and(|age| age > 0)
        }),
        "x-content-type-options" => value == "nosniff",
        "x-frame-options" => {
            let policy = answer.header("content-security-policy").unwrap_or_default();
            matches!(&*value, "deny" | "sameorigin") || policy.to_ascii_lowercase().contains("frame-ancestors")
        }
        _ => !value.is_empty() && value != "unsafe-url",
    }
}

fn headers(run: &Run<'_>, name: &str, asked: &str, answer: &Answer) -> Check {
    let mut check = Check::new("headers", name, asked);
    let mut missing = Vec::new();
    for header in HEADERS {
        let value = answer.header(header).unwrap_or_default();
        if !value.is_empty() {
            check = check.saw(format!("{header}: {value}"));
        }
        if !protects(header, &value, answer) {
            missing.push(*header);
        }
    }
    if !missing.is_empty() {
        let what = format!("browsers are not told `{}`", missing.join("`, `"));
        return match run.site.security_headers {
            true => check.fail(what, "deploy the distribution; its response headers policy sets them"),
            false => check.warn(what, "set `response_headers_policy` of the distribution to `SecurityHeaders`"),
        };
    }
    let says_version =
        |header: &&str| answer.header(header).is_some_and(|value| value.bytes().any(|it| it.is_ascii_digit()));
    match ["server", "x-powered-by"].iter().find(|header| says_version(header)) {
        Some(header) => check.saw(format!("{header}: {}", answer.header(header).unwrap_or_default())).warn(
            format!("the header `{header}` tells everybody which version answers"),
            "nginx leaves it out with `server_tokens off`, as formwork's files do",
        ),
        None => check,
    }
}
