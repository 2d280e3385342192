//! `verify`: every check of a deployed site, all of them at once.

mod answers;
mod certificates;
mod names;
mod origin;
mod viewers;

use std::net::IpAddr;

use futures_util::future::{join, join_all};
use rustls::RootCertStore;

use crate::check::{Check, Outcome, Report};
use crate::dns::Dns;
use crate::http::{self, Answer, Question};
use crate::net::{self, Connection, NetError, within};
use crate::settings::Settings;
use crate::site::{Site, SiteName};
use crate::tls::{self, Secured};

/// A run could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The given authorities cannot be read, or are none.
    #[error("{0}")]
    Authorities(String),
    /// This machine has no DNS server, or trusts nobody.
    #[error("{0}")]
    Machine(String),
}

/// Checks whether a deployed site answers as it is meant to.
///
/// # Errors
///
/// When nothing can be asked at all. That nobody answers is a check that failed.
pub async fn verify(site: &Site, settings: &Settings) -> Result<Report, SetupError> {
    let dns = Dns::of(settings).map_err(SetupError::Machine)?;
    let roots = settings.roots()?;
    let run = Run { site, settings, dns, roots };
    let of_names = join_all(site.names.iter().map(|name| run.name(name)));
    let (of_names, of_origin) = join(of_names, origin::checks(&run)).await;
    Ok(Report { checks: of_names.into_iter().flatten().chain(of_origin).collect() })
}

/// What the checks of a run share.
pub(crate) struct Run<'a> {
    pub(crate) site: &'a Site,
    pub(crate) settings: &'a Settings,
    pub(crate) dns: Dns,
    roots: RootCertStore,
}

impl Run<'_> {
    async fn name(&self, name: &SiteName) -> Vec<Check> {
        if name.name.starts_with('*') {
            let why = "`*` stands for many names; give one of them to the distribution by itself to have it checked";
            return vec![Check::not_applicable("dns-a", &name.name, why)];
        }
        let (mut checks, addresses) = names::checks(self, name).await;
        if addresses.is_empty() {
            let why = "there is no address to connect to";
            let rest = ["https", "plain-http", "health"];
            checks.extend(rest.map(|id| Check::not_applicable(id, &name.name, why)));
            return checks;
        }
        let (name, addresses) = (name.name.as_str(), addresses.as_slice());
        let (secured, (plain, answers)) = join(
            certificates::checks(self, name, addresses),
            join(viewers::plain_http(self, name, addresses), answers::checks(self, name, addresses)),
        )
        .await;
        let no_https = secured.iter().any(|check| check.id == "https" && matches!(check.outcome, Outcome::Fail { .. }));
        for check in secured.into_iter().chain([plain]).chain(answers) {
            let is_over_https = !["https", "plain-http"].contains(&check.id);
            let found = !matches!(check.outcome, Outcome::Pass | Outcome::NotApplicable { .. });
            // One fault, said once.
            checks.push(match no_https && is_over_https && found {
                true => Check::not_applicable(check.id, name, "there is no https to look at"),
                false => check,
            });
        }
        checks
    }

    /// The path at which a site is asked for something: nginx's own, where there is one.
    pub(crate) fn path(&self) -> &str {
        self.site.health.as_ref().map_or("/", |health| &health.path)
    }

    pub(crate) async fn connect(&self, host: &str, port: u16, addresses: &[IpAddr]) -> Result<Connection, NetError> {
        net::connect(self.settings, host, port, addresses).await
    }

    /// A TLS connection for `name`, offering these protocols.
    pub(crate) async fn secured(&self, name: &str, addresses: &[IpAddr], alpn: &[&[u8]]) -> Result<Secured, NetError> {
        let stream = self.connect(name, 443, addresses).await?;
        within(self.settings.timeout, tls::handshake(stream, name, alpn)).await
    }

    /// The answer over https, by HTTP/1.1.
    pub(crate) async fn ask(&self, addresses: &[IpAddr], question: Question<'_>) -> Result<Answer, NetError> {
        let secured = self.secured(question.host, addresses, &[b"http/1.1"]).await?;
        within(self.settings.timeout, http::ask(secured.stream, question)).await
    }
}
