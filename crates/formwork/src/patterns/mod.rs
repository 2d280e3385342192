//! Patterns: several resources, several stacks, or the files that go with them, in one value.

mod nginx_site;
mod redirects;
mod reverse_proxy;

pub use nginx_site::{NginxSite, NginxSiteStacks};
pub use redirects::Redirects;
pub use reverse_proxy::{
    Carrier, Color, Compose, Delivery, ProxyLocation, ReverseProxy, Runtime, Target, Upstream, Viewers,
};
