//! Settings of a proxy, and what follows from them alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use formwork_template::Val;

use super::delivery::Delivery;
use super::location::ProxyLocation;
use super::runtime::{Compose, Runtime};
use super::upstream::{Color, Upstream};
use crate::cloudfront::names::is_for;
use crate::patterns::OriginSecret;

/// nginx on an instance: takes requests for some names and passes them to the active one of two backends.
///
/// Added to a stack as `Nginx`, it writes `files/<stack>/Nginx/docker-compose.yml` and `files/<stack>/Nginx/conf/nginx.conf` in
/// the assembly, to be put on the instance as they are. Where another nginx runs there, [`Runtime::Existing`] writes what it has to
/// include; where something else answers, such as Caddy, no proxy is added.
///
/// nginx starts, reloads and stops whichever backends are there. A backend that gets another address is followed about a second after
/// [`resolve_every`](Self::resolve_every), so within five seconds. Requests for other names are answered with 421.
///
/// `diff` and `deploy` say when a file changes. With a [`Delivery`] the files get to the instance, and the changes are shown line by line.
///
/// Synth holds a distribution whose alias is one of the names against the proxy: nginx must keep idle connections longer than
/// CloudFront does, or requests are lost at every reload.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// site.add("Nginx", ReverseProxy { active: Color::Green, ..ReverseProxy::new("example.com") });
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReverseProxy {
    /// The names that viewers ask for; `*` may stand for the first label of one.
    pub server_names: Vec<String>,
    /// The first backend: `blue:8080`, a container of that name, unless said otherwise.
    pub blue: Upstream,
    /// The second backend: `green:8080`, unless said otherwise.
    pub green: Upstream,
    /// The backend that gets the requests: blue, unless said otherwise.
    pub active: Color,
    /// Paths of which something else is done with the requests.
    pub locations: Vec<ProxyLocation>,
    /// The port on which CloudFront comes: 80, unless said otherwise.
    pub port: u16,
    /// True if an nginx that is there already ([`Runtime::Existing`]) listens on IPv6, too: no, unless said otherwise, since it does not start
    /// on a machine without IPv6. [`NginxSite`] sets it where its `ingress` lets IPv6 in. docker passes connections of both on by itself.
    ///
    /// [`NginxSite`]: crate::patterns::NginxSite
    pub ipv6: bool,
    /// Protocols of viewers, which backends read in `X-Forwarded-Proto`: https alone, unless said otherwise.
    pub viewers: Viewers,
    /// Maximum size of a request's body, in MiB: 20, unless said otherwise.
    pub max_body_mib: u32,
    /// Time that a backend, or a WebSocket, may be silent: ten minutes, unless said otherwise, as CloudFront has it for WebSockets.
    pub read_timeout: Duration,
    /// Time that nginx keeps an idle connection of CloudFront at least, during a reload too: ten seconds, unless said otherwise. It has to
    /// be more than the origin's [`keepalive_timeout`](crate::cloudfront::Origin::keepalive_timeout).
    pub keep_alive: Duration,
    /// The path at which nginx itself answers with the active colour and the digest of the files: `blue 85dd2b1a1a0f9a1c`. It is
    /// `/_formwork/health` unless said otherwise.
    pub health_path: Option<String>,
    /// The DNS server that nginx asks for its backends: docker's own, or, for an nginx outside of docker, the one that AWS has in every
    /// VPC, unless said otherwise.
    pub resolver: Option<SocketAddr>,
    /// Time that nginx takes the address of a backend to be right: two seconds, unless said otherwise.
    pub resolve_every: Duration,
    /// The secret by which nginx knows its distribution: none, unless said otherwise, so that it answers to everybody who finds it. nginx
    /// takes the secret off before it passes a request on. The file `conf/origin-secrets`, without which nginx does not start, is
    /// written on the instance by the delivery, or, where there is none, by `origin-secrets.sh`.
    pub origin_secret: Option<OriginSecret>,
    /// The ARNs of the secrets that nginx takes, the newest first, by which a delivery reads them on the instance. [`NginxSite`] sets them.
    ///
    /// [`NginxSite`]: crate::patterns::NginxSite
    pub origin_secret_arns: Vec<Val<String>>,
    /// Runtime of nginx: docker compose, unless said otherwise.
    pub runtime: Runtime,
    /// Delivery of the files to the instance: none, unless said otherwise. Somebody brings them there, and the output `<id>Files` of the
    /// stack has their digests, by which a preview tells that they changed.
    pub delivery: Option<Delivery>,
}

/// Protocols by which viewers reach CloudFront.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Viewers {
    /// Over https alone: viewers on http are refused or sent to https. `X-Forwarded-Proto` is `https`.
    #[default]
    Https,
    /// Over both. `X-Forwarded-Proto` is what CloudFront says in `CloudFront-Forwarded-Proto`, which it sends if the origin request
    /// policy is [`AllViewerAndCloudFrontHeaders202206`](crate::cloudfront::OriginRequestPolicy).
    HttpAndHttps,
}

impl ReverseProxy {
    /// A proxy for `server_name` before two containers, `blue:8080` and `green:8080`.
    pub fn new(server_name: impl Into<String>) -> Self {
        ReverseProxy {
            server_names: vec![server_name.into()],
            blue: Upstream::new("blue:8080"),
            green: Upstream::new("green:8080"),
            active: Color::Blue,
            locations: Vec::new(),
            port: 80,
            ipv6: false,
            viewers: Viewers::Https,
            max_body_mib: 20,
            read_timeout: Duration::from_secs(600),
            keep_alive: Duration::from_secs(10),
            health_path: Some("/_formwork/health".to_owned()),
            resolver: None,
            resolve_every: Duration::from_secs(2),
            origin_secret: None,
            origin_secret_arns: Vec::new(),
            runtime: Runtime::Compose(Compose::default()),
            delivery: None,
        }
    }

    /// A name that nginx answers to.
    pub(super) fn host(&self) -> String {
        self.server_names.first().map(|it| name(it).replacen('*', "health", 1)).unwrap_or_default()
    }

    /// The address at which viewers read which files nginx has; `None` if the site has no name of its own, or no health path.
    pub(super) fn health_url(&self) -> Option<String> {
        let names = self.server_names.iter().find(|name| !name.starts_with('*'))?;
        Some(format!("https://{}{}", name(names), self.health_path.as_ref()?))
    }

    /// True if requests for this name are passed to the backends.
    pub(crate) fn answers(&self, domain_name: &str) -> bool {
        self.server_names.iter().any(|server_name| is_for(server_name, domain_name, true))
    }

    pub(super) fn resolver(&self) -> SocketAddr {
        self.resolver.unwrap_or(match self.runtime {
            Runtime::Compose(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11)), 53),
            Runtime::Existing => SocketAddr::new(IpAddr::V4(Ipv4Addr::new(169, 254, 169, 253)), 53),
        })
    }

    /// True if nginx refuses requests without the secret.
    pub(crate) fn is_closed(&self) -> bool {
        self.origin_secret.is_some_and(OriginSecret::is_required)
    }
}

/// A server's name as nginx compares it: in lower case, without a dot at its end.
pub(super) fn name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}
