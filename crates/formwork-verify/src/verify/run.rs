//! A run of `verify`: what its checks share.

use std::net::IpAddr;

use rustls::RootCertStore;

use crate::dns::Dns;
use crate::http::{self, Answer, Question};
use crate::net::{self, Connection, NetError, within};
use crate::settings::Settings;
use crate::site::Site;
use crate::tls::{self, Secured};

/// Data that the checks of a run share.
pub(crate) struct Run<'a> {
    pub(crate) site: &'a Site,
    pub(crate) settings: &'a Settings,
    pub(crate) dns: Dns,
    pub(crate) roots: RootCertStore,
}

impl Run<'_> {
    /// True if a host is one of the site's names.
    pub(crate) fn is_its_own(&self, host: &str) -> bool {
        self.site.names.iter().any(|name| name.name == host)
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
