//! A session token is a login by itself, for whoever reads it on its way. Over plain HTTP it is sent to this machine alone, unless the
//! user consents. The connectors hold every request against that, so that nothing passes by it: those of the SDK's crates and our own.

use std::net::IpAddr;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Headers with a token. An access key's secret is in none: it only signs.
///
/// Sources: IAM User Guide, "AWS Signature Version 4 for API requests"; IAM Identity Center Portal API Reference, `GetRoleCredentials`.
const TOKENS: [&str; 2] = ["x-amz-security-token", "x-amz-sso_bearer_token"];

/// A request that was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session token is not sent in the clear to `{server}`")]
pub(crate) struct InTheClear {
    /// The server, without the path.
    pub(crate) server: String,
}

/// A connector that sends no token in the clear.
#[derive(Clone, Debug)]
pub(crate) struct Guarded<C> {
    pub(crate) inner: C,
    /// True if the user consents.
    pub(crate) is_allowed: bool,
}

impl<C: HttpConnector> HttpConnector for Guarded<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match refused(&request).filter(|_| !self.is_allowed) {
            Some(error) => HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(error)))),
            None => self.inner.call(request),
        }
    }
}

/// The same for the client from which the SDK's crates get their connectors.
#[derive(Debug)]
pub(crate) struct GuardedClient {
    pub(crate) inner: SharedHttpClient,
    pub(crate) is_allowed: bool,
}

impl HttpClient for GuardedClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Guarded { inner, is_allowed: self.is_allowed })
    }
}

fn refused(request: &HttpRequest) -> Option<InTheClear> {
    let has_token = TOKENS.iter().any(|name| request.headers().contains_key(*name));
    let (scheme, rest) = request.uri().split_once("://")?;
    if !has_token || !scheme.eq_ignore_ascii_case("http") || is_this_machine(request.uri()) {
        return None;
    }
    Some(InTheClear { server: format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default()) })
}

/// True if the URL's host is `localhost` or a loopback address.
pub(crate) fn is_this_machine(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn told(uri: &str, header: &'static str) -> Option<String> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(uri).unwrap();
        request.headers_mut().insert(header, "secret");
        refused(&request).map(|error| error.to_string())
    }

    #[test]
    fn a_token_stays_on_this_machine_or_is_encrypted() {
        let refused = Some("a session token is not sent in the clear to `http://10.0.0.1:4566`".to_owned());
        assert_eq!(told("http://10.0.0.1:4566/x?y", "x-amz-security-token"), refused);
        assert_eq!(told("http://10.0.0.1:4566", "x-amz-sso_bearer_token"), refused);
        for uri in ["https://10.0.0.1/", "http://127.0.0.1:4566/", "http://localhost/", "http://[::1]:1/"] {
            assert_eq!(told(uri, "x-amz-security-token"), None, "{uri}");
        }
        // Keys that only sign.
        assert_eq!(told("http://10.0.0.1:4566/", "authorization"), None);
        for uri in ["http://localhost.example.com/", "HTTP://example.com/", "http://localhost:80@example.com/"] {
            assert!(told(uri, "x-amz-security-token").is_some(), "{uri}");
        }
    }
}
