//! nginx's configuration: one server, two upstreams, one of them active.
//!
//! Sources: nginx documentation, `ngx_http_upstream_module` and "WebSocket proxying" (why `Connection` comes from a map: a
//! fixed `upgrade` would be sent with every plain request too).

use crate::domain;

/// Which of the two backends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// The first one.
    #[default]
    Blue,
    /// The second one.
    Green,
}

/// A backend that nginx passes requests to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    address: String,
}

impl Color {
    /// The upstream's name in nginx's configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Color::Blue => "blue",
            Color::Green => "green",
        }
    }
}

impl Upstream {
    /// A backend by host and port, e.g. `backend.habitpay.internal:8080`. The host is a name, as docker's own network has
    /// them, or an IPv4 address.
    pub fn new(address: impl Into<String>) -> Self {
        Upstream { address: address.into() }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Why this is not a host and port. What passes can stand in nginx's configuration as it is.
    pub(super) fn check(&self) -> Result<(), String> {
        let (host, port) = self.address.rsplit_once(':').ok_or("it has no port")?;
        match port.parse::<u16>() {
            Ok(1..) if port.bytes().all(|byte| byte.is_ascii_digit()) => {}
            _ => return Err(format!("`{}` is not a port", port.escape_debug())),
        }
        if host.parse::<std::net::Ipv4Addr>().is_ok() {
            return Ok(());
        }
        // Within docker's network a name without a dot is the rule, so one is added for the check.
        match host.contains('.') {
            true => domain::check(host, domain::Use::Record),
            false => domain::check(&format!("{host}.internal"), domain::Use::Record),
        }
    }
}

/// `conf/nginx.conf`. Every value has been checked: it has no character that means something to nginx.
pub(super) fn file(server_name: &str, blue: &Upstream, green: &Upstream, active: Color) -> String {
    let (blue, green, active) = (&blue.address, &green.address, active.as_str());
    format!(
        r#"# Reverse proxy for {server_name}. CloudFront ends https and comes here over http.
# After a change: docker exec nginx nginx -t && docker exec nginx nginx -s reload

map $http_upgrade $connection_upgrade {{
    default upgrade;
    ''      close;
}}

upstream blue {{
    server {blue};
}}

upstream green {{
    server {green};
}}

server {{
    listen 80;
    server_name "{server_name}";

    location / {{
        proxy_pass http://{active};
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header Host $host;
        proxy_cache_bypass $http_upgrade;
    }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::Upstream;

    #[test]
    fn upstreams() {
        for good in ["backend.habitpay.internal:8080", "blue:8080", "10.0.0.7:1", "my_app:65535"] {
            assert_eq!(Upstream::new(good).check(), Ok(()), "{good}");
        }
        for bad in [
            "",
            "blue",
            "blue:",
            ":80",
            "blue:0",
            "blue:65536",
            "blue:+80",
            "blue:80;",
            "a b:80",
            "a;return 200:80",
            "a{}:80",
            "$host:80",
            "http://blue:80",
            "a\n:80",
            "a#:80",
            "[::1]:80",
        ] {
            assert!(Upstream::new(bad).check().is_err(), "{bad}");
        }
    }
}
