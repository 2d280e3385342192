//! Origins: where a distribution gets its content from.

use std::collections::BTreeMap;
use std::time::Duration;

use formwork_assembly::{Location, Problem};
use formwork_resources::cloudfront::distribution as cfn;
use formwork_template::{Val, dynamic, token};

use crate::domain::{self, Use};
use crate::found::Instance;
use crate::plain;

/// Headers that CloudFront sets itself, or that are about one connection, in lower case.
///
/// Source: Amazon CloudFront Developer Guide, "Custom headers that CloudFront can't add to origin requests".
const KEPT_HEADERS: &[&str] = &[
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "request-range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];
const KEPT_PREFIXES: &[&str] = &["x-amz-", "x-edge-"];

/// Characters of an origin's path and of its id.
///
/// Source: CloudFront API Reference, `Origin` (`OriginPath`: 255; `Id`: 128).
const MAX_PATH: usize = 255;
const MAX_ID: usize = 128;

/// Characters of a custom header's name and value.
///
/// Source: Amazon CloudFront Developer Guide, "Quotas on headers".
const MAX_HEADER: (usize, usize) = (256, 1_783);

/// True for a header that has a secret by its name.
fn is_secret(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| matches!(word, "authorization" | "key" | "passwd" | "password" | "secret" | "token"))
        || name.contains("apikey")
}

/// True if a value of a header may have the character.
///
/// Source: RFC 9110, "Field values".
fn is_of_header(c: char) -> bool {
    matches!(c, ' '..='~')
}

/// The reason why requests cannot have this path in front of theirs.
fn check_path(path: &str) -> Result<(), String> {
    // A value that is known only when the stack is deployed may be the beginning, with its slash.
    let path = &*token::with_holes(path, if path.starts_with('/') { "x" } else { "/x" });
    if !path.starts_with('/') || path.ends_with('/') {
        return Err("it does not begin with `/`, or ends with one".into());
    }
    if path.len() > MAX_PATH {
        return Err(format!("it has {} characters, {MAX_PATH} are allowed", path.len()));
    }
    // RFC 3986, `pchar`; other characters of a path are written as `%` and two digits.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(c);
    if let Some(other) = path.chars().find(|c| !allowed(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    match path.split('/').skip(1).find(|part| matches!(*part, "" | "." | "..")) {
        Some(part) => Err(format!("`{part}` is not a name in it")),
        None => Ok(()),
    }
}

/// A server that a distribution gets its content from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The origin's name within the distribution; `origin` unless said otherwise. Two behaviours with one origin share it.
    pub id: String,
    /// The server's domain name; no URL, and no IP address.
    pub domain_name: Val<String>,
    /// How CloudFront connects to it.
    pub transport: Transport,
    /// What is put before every path, e.g. `/v1`.
    pub path: Option<String>,
    /// Time that CloudFront waits for a part of an answer: 30 seconds, unless said otherwise.
    pub read_timeout: Option<Duration>,
    /// Time that CloudFront keeps an idle connection to the server: 5 seconds, unless said otherwise. The server has to keep it longer.
    pub keepalive_timeout: Option<Duration>,
    /// Headers that CloudFront adds to every request to the origin.
    pub custom_headers: BTreeMap<String, Val<String>>,
    /// Where in the source the origin stands, for messages.
    pub location: Location,
}

/// How CloudFront connects to an origin.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// Plain http over the internet: whatever passes between CloudFront and the server can be read and changed on its
    /// way. Synth warns about it.
    PublicHttp {
        /// The server's port.
        port: u16,
    },
    /// https over the internet; the server has a certificate for its domain name (or for the viewer's, where the `Host`
    /// header is forwarded) that a public authority issued.
    PublicHttps {
        /// The server's port.
        port: u16,
    },
    /// Through a VPC origin to a private address, in AWS's network alone. Protocol and port are those of the VPC origin: http and that of
    /// [`VpcOrigin::port`](super::VpcOrigin::port) for one of this type.
    Vpc {
        /// The id of the VPC origin.
        vpc_origin_id: Val<String>,
    },
}

/// The place in the source is not part of the value.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        let Origin { id, domain_name, transport, path, custom_headers, read_timeout, keepalive_timeout, location: _ } =
            self;
        (id, domain_name, transport) == (&other.id, &other.domain_name, &other.transport)
            && (path, custom_headers) == (&other.path, &other.custom_headers)
            && (read_timeout, keepalive_timeout) == (&other.read_timeout, &other.keepalive_timeout)
    }
}

impl Origin {
    /// A server on the internet, over plain http on port 80.
    #[track_caller]
    pub fn public_http(domain_name: impl Into<Val<String>>) -> Self {
        Self::new(domain_name.into(), Transport::PublicHttp { port: 80 }, std::panic::Location::caller().into())
    }

    /// A server on the internet, over https on port 443.
    #[track_caller]
    pub fn public_https(domain_name: impl Into<Val<String>>) -> Self {
        Self::new(domain_name.into(), Transport::PublicHttps { port: 443 }, std::panic::Location::caller().into())
    }

    /// An instance that was looked up, by its public DNS name, over plain http on port 80. That name changes when the instance is
    /// stopped and started again, unless it has an elastic address.
    #[track_caller]
    pub fn instance<R>(instance: &Instance<R>) -> Self {
        Self::public_http(instance.public_dns_name.clone().unwrap_or_default())
    }

    /// A server in a VPC, by its VPC origin.
    #[track_caller]
    pub fn vpc(vpc_origin_id: impl Into<Val<String>>, domain_name: impl Into<Val<String>>) -> Self {
        let transport = Transport::Vpc { vpc_origin_id: vpc_origin_id.into() };
        Self::new(domain_name.into(), transport, std::panic::Location::caller().into())
    }

    fn new(domain_name: Val<String>, transport: Transport, location: Location) -> Self {
        Origin {
            id: "origin".to_owned(),
            domain_name,
            transport,
            path: None,
            read_timeout: None,
            keepalive_timeout: None,
            custom_headers: BTreeMap::new(),
            location,
        }
    }

    pub(super) fn lower(&self, problems: &mut Vec<Problem>) -> cfn::Origin {
        self.check(problems);
        let seconds = |timeout: Option<Duration>| {
            timeout.map(|timeout| i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX).into())
        };
        let custom = |protocol: &str| cfn::CustomOriginConfig {
            origin_read_timeout: seconds(self.read_timeout),
            origin_keepalive_timeout: seconds(self.keepalive_timeout),
            ..cfn::CustomOriginConfig::new(protocol)
        };
        let (custom_origin_config, vpc_origin_config) = match &self.transport {
            Transport::PublicHttp { port } => {
                let config =
                    cfn::CustomOriginConfig { http_port: Some(i64::from(*port).into()), ..custom("http-only") };
                (Some(config), None)
            }
            Transport::PublicHttps { port } => {
                let config = cfn::CustomOriginConfig {
                    https_port: Some(i64::from(*port).into()),
                    origin_ssl_protocols: Some(["TLSv1.2"].into()),
                    ..custom("https-only")
                };
                (Some(config), None)
            }
            Transport::Vpc { vpc_origin_id } => {
                let config = cfn::VpcOriginConfig {
                    origin_read_timeout: seconds(self.read_timeout),
                    origin_keepalive_timeout: seconds(self.keepalive_timeout),
                    ..cfn::VpcOriginConfig::new(vpc_origin_id.clone())
                };
                (None, Some(config))
            }
        };
        let headers = self.custom_headers.iter().map(|(name, value)| {
            cfn::OriginCustomHeader::new(cfn::OriginCustomHeaderRequired {
                header_name: name.into(),
                header_value: value.clone(),
            })
        });
        let headers: Vec<_> = headers.collect();
        cfn::Origin {
            origin_path: self.path.as_ref().map(Val::from),
            origin_custom_headers: (!headers.is_empty()).then(|| headers.into()),
            custom_origin_config: custom_origin_config.map(Val::Literal),
            vpc_origin_config: vpc_origin_config.map(Val::Literal),
            ..cfn::Origin::new(cfn::OriginRequired {
                domain_name: self.domain_name.clone(),
                id: self.id.as_str().into(),
            })
        }
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        let mut report = |problem: Problem| problems.push(problem.at(self.location.clone()));
        if self.domain_name.literal().is_some_and(String::is_empty) {
            let hint = "an instance without a public address has no public DNS name, and is reached with `Origin::vpc`";
            report(Problem::error("the origin has no domain name").hint(hint));
        } else if let Some(name) = self.domain_name.literal()
            && let Err(reason) = domain::check(name, Use::Host)
        {
            report(Problem::error(format!("{name:?} is not an origin: {reason}")));
        }
        if let Some(path) = self.path.as_deref()
            && let Err(reason) = check_path(path)
        {
            let hint = "it begins with `/` and does not end with one, e.g. `/v1`";
            report(Problem::error(format!("{path:?} is not an origin path: {reason}")).hint(hint));
        }
        if let Some(problem) = plain::text("an id of an origin", &self.id, MAX_ID) {
            report(problem.hint("1 to 128 printable characters, e.g. `origin`"));
        }
        if let Transport::Vpc { vpc_origin_id } = &self.transport
            && let Some(problem) = plain::value("the id of a VPC origin", vpc_origin_id, MAX_ID)
        {
            report(problem.hint("`vo_` and letters and digits, e.g. `vo_0123456789abcdef0`"));
        }
        for (what, timeout) in [("read", self.read_timeout), ("keep-alive", self.keepalive_timeout)] {
            if let Some(timeout) = timeout.filter(|timeout| timeout.is_zero() || timeout.subsec_nanos() != 0) {
                let seconds = timeout.as_secs_f64();
                let message = format!("the origin's {what} timeout of `{seconds}` s is not whole seconds, one or more");
                report(Problem::error(message));
            }
        }
        for (name, value) in &self.custom_headers {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(token) {
                report(Problem::error(format!("{name:?} is not a name of a header")));
            }
            let lower = name.to_ascii_lowercase();
            if KEPT_HEADERS.contains(&lower.as_str()) || KEPT_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
                let hint = "name a header of your own, such as `X-Origin-Secret`";
                report(
                    Problem::error(format!("CloudFront does not let an origin be given the header `{name}`"))
                        .hint(hint),
                );
            }
            let (longest_name, longest_value) = MAX_HEADER;
            if name.len() > longest_name
                || value.literal().is_some_and(|value| token::with_holes(value, "").len() > longest_value)
            {
                let message = format!(
                    "the header `{name}` is too long: {longest_name} characters of name, {longest_value} of value"
                );
                report(Problem::error(message));
            }
            if is_secret(&lower) && value.literal().is_some_and(|value| !dynamic::is_in(value)) {
                let message = format!(
                    "the header `{name}` has a secret in plain text, which everybody reads who sees the template"
                );
                let hint = "`OriginSecret` makes one, and `dynamic::secret` names one that Secrets Manager has";
                report(Problem::error(message).hint(hint));
            }
            if value.literal().is_some_and(|value| !token::with_holes(value, "x").chars().all(is_of_header)) {
                let message = format!("the value of the header `{name}` has a character that a header cannot have");
                report(Problem::error(message).hint("printable ASCII"));
            }
        }
        if let Transport::PublicHttp { .. } = self.transport {
            let message = "CloudFront reaches the origin over plain http: what passes there can be read and changed";
            let hint = "`Origin::public_https` needs a certificate on the server, `Origin::vpc` a private address";
            report(Problem::warning(message).hint(hint));
        }
    }
}
