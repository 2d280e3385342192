//! SDK clients, one a region, out of the options every command has.
//!
//! The login is found once: in the profile that `--profile` names, and nowhere else; without it by the SDK's usual chain
//! (environment, profile, Identity Center, helper program, container and instance roles). A stack's region is the stack's own
//! and never comes from there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::SharedHttpClient;
use aws_sdk_cloudformation::config::interceptors::InterceptorContext;
use aws_sdk_cloudformation::config::retry::{ClassifyRetry, RetryAction, RetryConfig};
use aws_sdk_cloudformation::config::timeout::TimeoutConfig;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};

use crate::error::Error;
use crate::place::Place;
use crate::profile::{self, Login};

/// Long enough for a distant region, short enough to notice that nobody is there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// For one try of one call, answer included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// CloudFormation throttles by account: 5 tries with growing pauses ride out what other tools cause.
const ATTEMPTS: u32 = 5;

/// How to reach AWS; what is `None` comes from the environment and the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--profile`
    pub profile: Option<String>,
    /// `--endpoint-url`: another server than AWS's, for all regions.
    pub endpoint_url: Option<String>,
    /// A login that is given instead of found: for servers that are not AWS and take any.
    pub keys: Option<Keys>,
}

/// An access key and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The key's id.
    pub access_key_id: String,
    /// What must not be shown.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// The clients of all regions, sharing a login and its connections.
#[derive(Debug)]
pub struct Clients {
    base: SdkConfig,
    login: Login,
    endpoint_url: Option<String>,
    by_region: RefCell<BTreeMap<String, Regional>>,
}

/// The client of one region, with the words to speak of it.
#[derive(Clone, Debug)]
pub(crate) struct Regional {
    pub(crate) api: Client,
    pub(crate) place: Place,
}

impl Clients {
    /// Finds the login. `region` is where logins that need a service of their own (assumed roles) go for it: that of the
    /// first stack is as good as any.
    ///
    /// # Errors
    ///
    /// When the endpoint's URL is not a URL, or the profile cannot be used. A missing login shows at the first call only.
    pub async fn load(options: &Options, region: &str) -> Result<Clients, Error> {
        if let Some(url) = &options.endpoint_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(Error::Option {
                option: "--endpoint-url",
                reason: format!("`{url}` is not a URL that starts with `http://` or `https://`"),
            });
        }
        let login = match options.keys {
            Some(_) => Login::default(),
            None => profile::login(options.profile.as_deref()).await?,
        };
        let http_client = http(ProxyConfig::from_env());
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http_client.clone())
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            );
        if let Ok(name) = AppName::new(concat!("formwork-", env!("CARGO_PKG_VERSION"))) {
            loader = loader.app_name(name);
        }
        if let Some(profile) = &login.profile {
            let config = ProviderConfig::without_region()
                .with_http_client(http_client)
                .with_region(Some(Region::new(region.to_owned())));
            let credentials =
                ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
            loader = loader.profile_name(profile).credentials_provider(credentials);
        }
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(keys) = &options.keys {
            loader = loader.credentials_provider(Credentials::new(
                keys.access_key_id.clone(),
                keys.secret_access_key.clone(),
                None,
                None,
                "formwork",
            ));
        }
        let mut base = loader.load().await;
        // The environment and the profile may name an endpoint too.
        if goes_directly(options, base.endpoint_url()) {
            base = base.into_builder().http_client(http(ProxyConfig::disabled())).build();
        }
        Ok(Clients { base, login, endpoint_url: options.endpoint_url.clone(), by_region: RefCell::default() })
    }

    pub(crate) fn in_region(&self, region: &str) -> Regional {
        self.by_region
            .borrow_mut()
            .entry(region.to_owned())
            .or_insert_with(|| {
                let config = aws_sdk_cloudformation::config::Builder::from(&self.base)
                    .region(Region::new(region.to_owned()))
                    .retry_classifier(NobodyThere)
                    .build();
                Regional {
                    api: Client::from_conf(config),
                    place: Place {
                        region: region.to_owned(),
                        endpoint: self.endpoint_url.clone().unwrap_or_else(|| format!("CloudFormation in {region}")),
                        login: self.login.command.clone(),
                    },
                }
            })
            .clone()
    }
}

fn http(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        if let Some(settings) = settings {
            connector = connector.connector_settings(settings.clone());
        }
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build()
    })
}

/// Whether no proxy is to stand between us and `endpoint_url`. To a proxy this machine is another one than to us, and a
/// server that takes any login is one that is close by; many environments name a proxy without excepting either.
fn goes_directly(options: &Options, endpoint_url: Option<&str>) -> bool {
    options.keys.is_some() || endpoint_url.is_some_and(is_this_machine)
}

/// Whether the URL's host is `localhost` or a loopback address.
fn is_this_machine(url: &str) -> bool {
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

/// Forbids to try again when no connection came about: who waits for a wrong endpoint or a missing network wants to hear of
/// it at once. (While a stack is being followed, outages are ridden out by [`crate::events`].)
#[derive(Debug)]
struct NobodyThere;

impl ClassifyRetry for NobodyThere {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        match error.as_connector_error() {
            Some(error) if is_no_connection(error) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "formwork: nobody there"
    }
}

/// A connection that broke is an I/O error too, and worth another try; one that never came about is told by its cause.
fn is_no_connection(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind as Kind;
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            let broken = [Kind::ConnectionReset, Kind::ConnectionAborted, Kind::BrokenPipe, Kind::UnexpectedEof];
            return !broken.contains(&error.kind());
        }
        // The connector's own type for this is private.
        if error.to_string().starts_with("HTTP connect timeout") {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        for url in [
            "http://localhost",
            "http://LocalHost:4566/",
            "http://127.0.0.1:4566",
            "https://127.8.0.1?x",
            "http://[::1]:4566/path",
            "http://[::ffff:127.0.0.1]",
            "http://me:secret@localhost:4566",
        ] {
            assert!(goes_directly(&Options::default(), Some(url)), "{url}");
        }
        for url in [
            "https://cloudformation.us-east-1.amazonaws.com",
            "http://10.0.0.1:4566",
            "http://localhost.example.com",
            "http://localhost:80@example.com",
            "http://example.com/localhost",
            "http://[2001:db8::1]",
        ] {
            assert!(!goes_directly(&Options::default(), Some(url)), "{url}");
        }
        assert!(!goes_directly(&Options::default(), None));
    }

    #[test]
    fn a_server_that_takes_any_login_is_reached_without_a_proxy() {
        let keys = Keys { access_key_id: "local".to_owned(), secret_access_key: "local".to_owned() };
        let options = Options { keys: Some(keys), ..Options::default() };
        assert!(goes_directly(&options, Some("http://stack.internal:4566")));
    }
}
