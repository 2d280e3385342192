//! The login, and where requests go, out of the options every command has.
//!
//! The login is found once: in the profile that `--profile` names, and nowhere else; without it by the SDK's usual chain
//! (environment, profile, Identity Center, helper program, container and instance roles). A stack's region is the stack's own
//! and never comes from there.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_types::service_config::ServiceConfigKey;
use tokio::sync::Mutex;

use crate::error::{Error, LoginError};
use crate::place::Place;
use crate::profile::{self, Login};
use crate::retry::ATTEMPTS;
use crate::service::{CLOUDFORMATION, Endpoint, Service};

/// Long enough for a distant region, short enough to notice a server that does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Limit of one try of one call, its answer included.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Credentials are renewed this long before they expire: a call may be on its way for as long.
const RENEWED_BEFORE: Duration = Duration::from_secs(120);

/// Options of the connection to AWS; a `None` is taken from the environment and the profile.
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
    /// The secret key, which must not be shown.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// A login with its connections: what calls AWS, in any region.
#[derive(Debug)]
pub struct Aws {
    config: SdkConfig,
    login: Login,
    endpoint_url: Option<String>,
    takes_any_login: bool,
    credentials: Mutex<Option<Credentials>>,
    /// The connectors that were needed so far.
    connectors: [OnceLock<Connector>; 3],
}

/// True if the environment has an access key and its secret.
fn is_in_environment() -> bool {
    let is_set = |name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY")
}

/// Ways of a request to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By the environment's proxy, if it names one.
    ByProxy,
    /// To the server itself.
    Directly,
    /// The same without TLS: the certificates of the machine, which are many files, need not be read.
    Plainly,
}

impl Aws {
    /// Finds the login. `region` is where logins that need a service of their own (assumed roles) go for it: that of the
    /// first stack is as good as any.
    ///
    /// # Errors
    ///
    /// When the endpoint's URL is not a URL, or the profile cannot be used. A missing login shows at the first call only.
    pub async fn load(options: &Options, region: &str) -> Result<Aws, LoginError> {
        if let Some(url) = &options.endpoint_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(LoginError::Option {
                option: "--endpoint-url",
                reason: format!("`{url}` is not a URL that starts with `http://` or `https://`"),
            });
        }
        let login = match options.keys {
            Some(_) => Login::default(),
            None => profile::login(options.profile.as_deref()).await?,
        };
        let http_client = http(Way::ByProxy);
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
        if login.profile.is_none() && is_in_environment() {
            // The first of the usual chain; the others of it need not be made ready, which takes longer than a call.
            loader = loader.credentials_provider(EnvironmentVariableCredentialsProvider::new());
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
        let mut config = loader.load().await;
        // The environment and the profile may name an endpoint too.
        let way = config.endpoint_url().map_or(Way::ByProxy, |url| way(options.keys.is_some(), url));
        if way != Way::ByProxy {
            config = config.into_builder().http_client(http(way)).build();
        }
        Ok(Aws {
            config,
            login,
            endpoint_url: options.endpoint_url.clone(),
            takes_any_login: options.keys.is_some(),
            credentials: Mutex::default(),
            connectors: Default::default(),
        })
    }

    /// Login, connections and timeouts, as the crates of the SDK take them.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// True if CloudFormation is a server of this machine, or one that takes any login.
    pub fn is_nearby(&self) -> bool {
        let endpoint = self.endpoint(&CLOUDFORMATION, "us-east-1");
        way(self.takes_any_login, &endpoint.url) != Way::ByProxy
    }

    /// The words for an error of a call to the service in the region.
    pub fn place(&self, service: &'static Service, region: &str) -> Place {
        Place {
            service,
            region: region.to_owned(),
            endpoint: self.endpoint_url.clone().unwrap_or_else(|| format!("{} in {region}", service.name)),
            login: self.login.command.clone(),
        }
    }

    /// The credentials as they are now.
    pub(crate) async fn credentials(&self, place: &Place) -> Result<Credentials, Error> {
        let mut known = self.credentials.lock().await;
        let lasts = |credentials: &Credentials| {
            credentials.expiry().is_none_or(|expiry| SystemTime::now() + RENEWED_BEFORE < expiry)
        };
        if let Some(credentials) = known.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let Some(provider) = self.config.credentials_provider() else {
            return Err(Error::NoCredentials { reason: "nothing provides any".to_owned(), login: None });
        };
        let found = provider.provide_credentials().await.map_err(|error| place.no_credentials(&error))?;
        *known = Some(found.clone());
        Ok(found)
    }

    /// The server of a service: the one that was given for all or for this one, else AWS's.
    pub(crate) fn endpoint(&self, service: &Service, region: &str) -> Endpoint {
        let own = service.endpoint(region, self.config.use_fips().unwrap_or_default());
        let key = ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let configured = || self.config.service_config()?.load_config(key.build().ok()?);
        let given = match &self.endpoint_url {
            Some(url) => Some(url.clone()),
            None => configured().or_else(|| self.config.endpoint_url().map(str::to_owned)),
        };
        match given {
            Some(url) => Endpoint { url: url.trim_end_matches('/').to_owned(), ..own },
            None => own,
        }
    }

    /// The connector for requests to the server.
    pub(crate) fn connector(&self, url: &str) -> &Connector {
        let way = way(self.takes_any_login, url);
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        self.connectors[way as usize].get_or_init(|| connector(way, Connector::builder().connector_settings(settings)))
    }
}

fn connector(way: Way, builder: ConnectorBuilder) -> Connector {
    let builder = builder.proxy_config(match way {
        Way::ByProxy => ProxyConfig::from_env(),
        Way::Directly | Way::Plainly => ProxyConfig::disabled(),
    });
    match way {
        Way::Plainly => builder.build_http(),
        _ => builder.tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build(),
    }
}

fn http(way: Way) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        connector(way, builder)
    })
}

/// The way to `endpoint_url`. For a proxy, `localhost` is another machine than for us, and a server that takes any login is close by;
/// many environments set a proxy without an exception for either.
fn way(takes_any_login: bool, endpoint_url: &str) -> Way {
    match takes_any_login || is_this_machine(endpoint_url) {
        true if endpoint_url.starts_with("http://") => Way::Plainly,
        true => Way::Directly,
        false => Way::ByProxy,
    }
}

/// True if the URL's host is `localhost` or a loopback address.
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
            assert_ne!(way(false, url), Way::ByProxy, "{url}");
        }
        for url in [
            "https://cloudformation.us-east-1.amazonaws.com",
            "http://10.0.0.1:4566",
            "http://localhost.example.com",
            "http://localhost:80@example.com",
            "http://example.com/localhost",
            "http://[2001:db8::1]",
        ] {
            assert_eq!(way(false, url), Way::ByProxy, "{url}");
        }
    }

    #[test]
    fn a_server_that_takes_any_login_is_reached_without_a_proxy() {
        assert_eq!(way(true, "http://stack.internal:4566"), Way::Plainly);
        assert_eq!(way(true, "https://stack.internal:4566"), Way::Directly);
    }
}
