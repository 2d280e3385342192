//! Viewers on plain http get what the policy says.
//!
//! Source: Amazon CloudFront Developer Guide, "Require HTTPS for communication between viewers and CloudFront" (403 with `https-only`,
//! 301 with `redirect-to-https`).

use std::net::IpAddr;

use super::run::Run;
use crate::check::{Check, shortened};
use crate::http::{self, Answer, Question, https_host};
use crate::net::{NetError, within};
use crate::site::PlainHttp;

pub(super) async fn plain_http(run: &Run<'_>, name: &str, addresses: &[IpAddr]) -> Check {
    let (path, policy) = (run.path(), run.site.plain_http);
    let check = Check::new("plain-http", name, format!("GET http://{name}{path}"));
    let answer = match ask(run, name, path, addresses).await {
        Ok(answer) => answer,
        Err(error) => {
            let check = check.saw(error.to_string());
            return match (policy, error) {
                // No viewer gets anything, which the policy says; CloudFront is not seen to be the reason.
                (PlainHttp::Refused, NetError::Connect { .. }) => check.warn(
                    "nothing takes connections for plain http, where CloudFront answers 403",
                    "a firewall on the way may not let port 80 through; from elsewhere it may be otherwise",
                ),
                (PlainHttp::Refused, _) => check.fail(
                    "something takes connections for plain http, and its answer is not CloudFront's 403",
                    "look where the records lead, and for a proxy on the way",
                ),
                (PlainHttp::Redirected | PlainHttp::Served, _) => check.fail(
                    "nothing answers over plain http",
                    "CloudFront answers on port 80: a firewall on the way may not let it through",
                ),
            };
        }
    };
    let location = answer.header("location").map(|location| shortened(&location));
    let check = check.saw(answer.summary()).saw_all(location.iter().map(|location| format!("Location: {location}")));
    let redirected = (300..400).contains(&answer.status);
    let is_named = "viewer protocol policy";
    match policy {
        PlainHttp::Refused if answer.status == 403 => check,
        PlainHttp::Refused => {
            let what = if redirected { "plain http is redirected" } else { "plain http is served" };
            check.fail(
                format!("{what}, but the policy says that it is refused"),
                format!("the {is_named} `https-only` answers 403; deploy it"),
            )
        }
        PlainHttp::Redirected => match location.as_deref() {
            Some(location) if redirected && https_host(location).is_some_and(|host| run.is_its_own(&host)) => check,
            Some(location) if redirected => check.fail(
                format!("plain http is redirected to `{location}`, which is not https for a name of the site"),
                "look for a redirect of the backend's own, or for records that lead elsewhere",
            ),
            _ => check.fail(
                "plain http is not redirected, but the policy says that it is",
                format!("the {is_named} `redirect-to-https` answers 301; deploy it"),
            ),
        },
        PlainHttp::Served if (200..300).contains(&answer.status) => check.warn(
            "plain http is served, as the policy says",
            format!("the {is_named} `redirect-to-https` keeps viewers from being listened to"),
        ),
        PlainHttp::Served => check.fail(
            "plain http is not served, but the policy says that it is",
            format!("the {is_named} `allow-all` passes requests on; deploy it"),
        ),
    }
}

async fn ask(run: &Run<'_>, name: &str, path: &str, addresses: &[IpAddr]) -> Result<Answer, NetError> {
    let stream = run.connect(name, 80, addresses).await?;
    within(run.settings.timeout, http::ask(stream, Question::get(name, path))).await
}
