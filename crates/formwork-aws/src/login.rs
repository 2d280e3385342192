//! The login, and where requests go, out of the options every command has.
//!
//! The login is found once: in the profile that `--profile` names, and nowhere else; without it by the SDK's usual chain
//! (environment, profile, Identity Center, helper program, container and instance roles). A stack's region is the stack's own
//! and never comes from there.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_types::service_config::ServiceConfigKey;

use crate::error::{Error, LoginError};
use crate::in_the_clear::{Guarded, GuardedClient, is_this_machine};
use crate::kept::Kept;
use crate::place::Place;
use crate::profile::{self, Login};
use crate::retry::ATTEMPTS;
use crate::service::{CLOUDFORMATION, Endpoint, Service};

/// Long enough for a distant region, short enough to notice a server that does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Limit of one try of one call, its answer included.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Options of the connection to AWS; a `None` is taken from the environment and the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--profile`, or what stands in its place.
    pub profile: Option<String>,
    /// The option, variable or file that named the profile, as a message begins; `--profile` unless it is another.
    pub profile_by: Option<String>,
    /// `--endpoint-url`: another server than AWS's, for all regions.
    pub endpoint_url: Option<String>,
    /// `--allow-plain-http`: a session token may be sent in the clear to another machine.
    pub plain_http: bool,
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

/// A login with its connections: what calls AWS, in any region. Clones share both.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    login: Login,
    endpoint_url: Option<String>,
    takes_any_login: bool,
    /// The connectors that were needed so far.
    connectors: Arc<[OnceLock<Guarded<Connector>>; 3]>,
    is_plain_http_allowed: bool,
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
            None => profile::login(options.profile.as_deref()).await.map_err(|error| {
                match (error, &options.profile_by) {
                    (LoginError::UnknownProfile { profile, known, .. }, Some(by)) => {
                        LoginError::UnknownProfile { profile, by: by.clone(), known }
                    }
                    (error, _) => error,
                }
            })?,
        };
        let http_client = http(Way::ByProxy, options.plain_http);
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
        if let Some(provider) = config.credentials_provider() {
            let kept = SharedCredentialsProvider::new(Kept::new(provider));
            config = config.into_builder().credentials_provider(kept).build();
        }
        // The environment and the profile may name an endpoint too.
        let way = config.endpoint_url().map_or(Way::ByProxy, |url| way(options.keys.is_some(), url));
        if way != Way::ByProxy {
            config = config.into_builder().http_client(http(way, options.plain_http)).build();
        }
        Ok(Aws {
            config,
            login,
            endpoint_url: options.endpoint_url.clone(),
            takes_any_login: options.keys.is_some(),
            connectors: Default::default(),
            is_plain_http_allowed: options.plain_http,
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
            endpoint: self.given_server(service).unwrap_or_else(|| format!("{} in {region}", service.name)),
            login: self.login.command.clone(),
        }
    }

    /// The credentials as they are now.
    pub(crate) async fn credentials(&self, place: &Place) -> Result<Credentials, Error> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err(Error::NoCredentials { reason: "nothing provides any".to_owned(), login: None });
        };
        provider.provide_credentials().await.map_err(|error| place.no_credentials(&error))
    }

    /// The server of a service: the one that was given for all or for this one, else AWS's.
    pub(crate) fn endpoint(&self, service: &Service, region: &str) -> Endpoint {
        let own = service.endpoint(region, self.config.use_fips().unwrap_or_default());
        match self.given_server(service) {
            Some(url) => Endpoint { url: url.trim_end_matches('/').to_owned(), ..own },
            None => own,
        }
    }

    /// The server that stands in for AWS's: by `--endpoint-url`, the environment or the profile.
    pub fn given_server(&self, service: &Service) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let configured = || self.config.service_config()?.load_config(key.build().ok()?);
        match &self.endpoint_url {
            Some(url) => Some(url.clone()),
            None => configured().or_else(|| self.config.endpoint_url().map(str::to_owned)),
        }
    }

    /// The connector for requests to the server.
    pub(crate) fn connector(&self, url: &str) -> &Guarded<Connector> {
        let way = way(self.takes_any_login, url);
        self.connectors[way as usize].get_or_init(|| {
            let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
            let inner = connector(way, Connector::builder().connector_settings(settings));
            Guarded { inner, is_allowed: self.is_plain_http_allowed }
        })
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

fn http(way: Way, is_allowed: bool) -> SharedHttpClient {
    let inner = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        connector(way, builder)
    });
    SharedHttpClient::new(GuardedClient { inner, is_allowed })
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
