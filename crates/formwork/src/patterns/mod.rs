//! Patterns: several resources, several stacks, or the files that go with them, in one value.

mod nginx_site;
mod reverse_proxy;

pub use nginx_site::NginxSite;
pub use reverse_proxy::{
    Carrier, Color, Compose, Delivery, ProxyLocation, ReverseProxy, Runtime, Target, Upstream, Viewers,
};
pub(crate) use reverse_proxy::{Listener, check_listeners};
