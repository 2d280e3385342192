//! Patterns: several resources, several stacks, or the files that go with them, in one value.

mod connection;
mod ingress;
mod nginx_site;
mod origin_secret;
mod redirects;
mod reverse_proxy;

pub use ingress::OriginIngress;
pub use nginx_site::{NginxSite, NginxSiteStacks};
use origin_secret::OPEN;
pub use origin_secret::{ORIGIN_SECRET_HEADER, OriginSecret, OriginSecretHandle};
pub use redirects::Redirects;
pub use reverse_proxy::{
    Carrier, Color, Compose, Delivery, ProxyLocation, ReverseProxy, Runtime, Target, Upstream, Viewers,
};
