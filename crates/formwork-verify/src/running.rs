//! One question to a site, asked until the answer is the wanted one: which backend answers, with which files.
//!
//! CloudFormation's word that an association succeeded has been early before (terraform-provider-aws issue 31175), so a deployer looks
//! for itself. A viewer's certainty is asked for: the certificate has to be for the site's name, from an authority that is trusted.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::Scheme;
use tokio::net::lookup_host;
use tokio::time::sleep;

use crate::error::SetupError;
use crate::http::{self, Answer, Question};
use crate::net::{self, NetError, within};
use crate::settings::{Settings, normal};
use crate::tls::{self, Secured};

/// Longest answer that is taken: two words are expected.
const LONGEST: usize = 1_024;

/// Questions that are asked at most, and the time between two.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(500);

/// A server: its protocol, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    is_https: bool,
    host: String,
    port: u16,
}

impl Server {
    /// Reads `SCHEME://HOST` or `SCHEME://HOST:PORT`, where the scheme is `http` or `https`.
    ///
    /// # Errors
    ///
    /// When the text has another form.
    pub fn read(text: &str) -> Result<Server, String> {
        let form = || "the form is SCHEME://HOST or SCHEME://HOST:PORT, with `http` or `https`".to_owned();
        let uri: Uri = text.parse().map_err(|_| form())?;
        if uri.path_and_query().is_some_and(|path| path.as_str() != "/") {
            return Err("it has a path; the path is the site's own".to_owned());
        }
        Server::of(&uri).ok_or_else(form)
    }

    fn of(uri: &Uri) -> Option<Server> {
        let is_https = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTPS => true,
            scheme if *scheme == Scheme::HTTP => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = normal(authority.host().trim_start_matches('[').trim_end_matches(']'));
        // A user's name before the host is not taken.
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" if is_https => 443,
            "" => 80,
            port => port.strip_prefix(':')?.parse().ok().filter(|port| *port > 0)?,
        };
        (!host.is_empty()).then_some(Server { is_https, host, port })
    }

    async fn addresses(&self) -> Result<Vec<IpAddr>, NetError> {
        let unknown =
            |error: std::io::Error| NetError::Answer(format!("the address of `{}` cannot be told: {error}", self.host));
        let found = lookup_host((self.host.as_str(), self.port)).await.map_err(unknown)?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// The answer of a site at `url`, the address that viewers have: `https://example.com/_formwork/health`. It is asked for again for a
/// while as long as it is not the one that `is_right` takes, since the right one may be on its way still. The inner error is the reason
/// why there is no answer; `server` is asked in the site's place.
///
/// # Errors
///
/// When nothing can be asked at all.
pub async fn running(
    url: &str,
    server: Option<&Server>,
    settings: &Settings,
    is_right: impl Fn(&str) -> bool,
) -> Result<Result<String, String>, SetupError> {
    let parts = url.parse::<Uri>().ok().and_then(|uri| Some((Server::of(&uri)?, uri.path().to_owned())));
    let Some((site, path)) = parts else { return Ok(Err(format!("`{url}` is not an address"))) };
    let server = server.unwrap_or(&site);
    let question = || Question::get(&site.host, &path);
    if server.is_https {
        let roots = settings.roots()?;
        let ask = || async {
            let secured = tls::handshake(connect(server, settings).await?, &site.host, &[b"http/1.1"]);
            let secured = within(settings.timeout, secured).await?;
            trusted(&secured, &site.host, &roots, settings)?;
            within(settings.timeout, http::ask(secured.stream, question())).await
        };
        return Ok(until(ask, is_right).await);
    }
    let ask = || async { within(settings.timeout, http::ask(connect(server, settings).await?, question())).await };
    Ok(until(ask, is_right).await)
}

async fn connect(server: &Server, settings: &Settings) -> Result<net::Connection, NetError> {
    let addresses = within(settings.timeout, server.addresses()).await?;
    net::connect(settings, &server.host, server.port, &addresses).await
}

/// Asks until the answer is right, but not for ever.
async fn until<F: Future<Output = Result<Answer, NetError>>>(
    ask: impl Fn() -> F,
    is_right: impl Fn(&str) -> bool,
) -> Result<String, String> {
    let mut answer = text(ask().await);
    for _ in 1..TRIES {
        if answer.as_deref().is_ok_and(&is_right) {
            break;
        }
        sleep(PAUSE).await;
        answer = text(ask().await);
    }
    answer
}

fn text(answer: Result<Answer, NetError>) -> Result<String, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("the answer has the status {}", answer.status));
    }
    let is_text = answer.body.len() <= LONGEST && !answer.body.contains(char::REPLACEMENT_CHARACTER);
    match is_text {
        true => Ok(answer.body.trim_end().to_owned()),
        false => Err("the answer is not a backend and a digest".to_owned()),
    }
}

/// Refuses a certificate that a viewer would refuse.
fn trusted(secured: &Secured, name: &str, roots: &rustls::RootCertStore, settings: &Settings) -> Result<(), NetError> {
    let now = settings.now();
    let judged = tls::judge(&secured.chain, name, roots, now).map_err(NetError::Answer)?;
    let wrong = if judged.other_names.is_some() {
        format!("the certificate is not for `{name}`")
    } else if let Some(reason) = judged.untrusted {
        format!("the certificate is not trusted: {reason}")
    } else if !(judged.not_before..=judged.not_after).contains(&now.as_secs()) {
        "the certificate is not valid now".to_owned()
    } else {
        return Ok(());
    };
    Err(NetError::Answer(wrong))
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn servers() {
        let read = |text: &str| Server::read(text).map(|it| (it.is_https, it.host, it.port));
        let table = [
            ("http://203.0.113.7", (false, "203.0.113.7", 80)),
            ("https://API.example.com./", (true, "api.example.com", 443)),
            ("http://[2001:db8::1]:8080", (false, "2001:db8::1", 8080)),
            ("https://[::1]", (true, "::1", 443)),
        ];
        for (text, (is_https, host, port)) in table {
            assert_eq!(read(text), Ok((is_https, host.to_owned(), port)), "{text}");
        }
        for wrong in [
            "",
            "203.0.113.7",
            "api.example.com:80",
            "ftp://api.example.com",
            "http://",
            "http:///x",
            "http://a:0",
            "http://a:70000",
            "http://a:b",
            "http://me@a",
            "https://a/path",
            "https://a?x",
            "https://a b",
        ] {
            assert!(read(wrong).is_err(), "{wrong}: {:?}", read(wrong));
        }
    }
}
