//! Backends: where nginx passes requests to.

use std::net::{Ipv4Addr, Ipv6Addr};

use formwork_template::token;

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

/// An upstream that has been checked: its parts can be written into nginx's configuration as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backend {
    /// In lower case, without a dot at its end: two spellings of one host are equal.
    pub(super) host: String,
    pub(super) port: u16,
    /// The host, where it is an address.
    pub(super) ip: Option<Ipv4Addr>,
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
    ///
    /// nginx asks the DNS for the name while it runs, so the backend may move, come later, and go; `/etc/hosts` is not asked.
    pub fn new(address: impl Into<String>) -> Self {
        Upstream { address: address.into() }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Its parts, or why this is not a host and port.
    pub(super) fn backend(&self) -> Result<Backend, String> {
        if token::is_in(&self.address) {
            return Err(token::NOT_YET_KNOWN.into());
        }
        let host = self.address.rsplit_once(':').map_or("", |(host, _)| host);
        if self.address.starts_with('[') || [host, &self.address].iter().any(|it| it.parse::<Ipv6Addr>().is_ok()) {
            return Err("it is an IPv6 address; a name or an IPv4 address is taken".into());
        }
        let (host, port) = self.address.rsplit_once(':').ok_or("it has no port")?;
        let port = match port.parse::<u16>() {
            Ok(number @ 1..) if port.bytes().all(|byte| byte.is_ascii_digit()) => number,
            _ => return Err(format!("`{}` is not a port", port.escape_debug())),
        };
        if let Ok(ip) = host.parse::<Ipv4Addr>() {
            check_ip(ip)?;
            return Ok(Backend { host: host.to_owned(), port, ip: Some(ip) });
        }
        if host.starts_with('*') {
            return Err("`*` stands for many hosts; name one".into());
        }
        // Within docker's network a name without a dot is the rule, so one is added for the check.
        match host.strip_suffix('.').unwrap_or(host).contains('.') {
            true => domain::check(host, domain::Use::Record)?,
            false if !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err("a number is not a host".into());
            }
            false => {
                domain::check(&format!("{}.internal", host.strip_suffix('.').unwrap_or(host)), domain::Use::Record)?
            }
        }
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        Ok(Backend { host, port, ip: None })
    }
}

/// Addresses at which no backend can be.
///
/// Source: IANA IPv4 Special-Purpose Address Registry: 0.0.0.0/8, "this network" (RFC 791), and 240.0.0.0/4, reserved (RFC 1112).
fn check_ip(ip: Ipv4Addr) -> Result<(), String> {
    if ip.octets()[0] == 0 || ip.octets()[0] >= 240 || ip.is_multicast() {
        return Err(format!("`{ip}` is not the address of one host"));
    }
    if ip.is_link_local() {
        return Err(format!("`{ip}` is link-local, where the instance's metadata are"));
    }
    Ok(())
}

impl Backend {
    /// True for a backend on the machine, or in the container, that nginx itself is in.
    pub(super) fn is_loopback(&self) -> bool {
        self.ip.is_some_and(|ip| ip.is_loopback())
            || matches!(&*self.host, "localhost" | "localhost.localdomain" | "ip6-localhost" | "ip6-loopback")
            || self.host.ends_with(".localhost")
    }

    /// Its name in nginx's configuration, beside `blue` and `green`.
    pub(super) fn name(&self) -> String {
        format!("{}_{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::Upstream;

    #[test]
    fn upstreams() {
        for good in ["backend.habitpay.internal:8080", "blue:8080", "10.0.0.7:1", "my_app:65535", "blue.:1", "a.b.:1"] {
            assert!(Upstream::new(good).backend().is_ok(), "{good}");
        }
        for bad in [
            "",
            "blue",
            "blue:",
            ":80",
            ".:80",
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
            "*:80",
            "*.example.com:80",
            "2130706433:80",
            "127.1:80",
            "0.0.0.0:80",
            "0.1.2.3:80",
            "240.0.0.1:80",
            "255.255.255.255:80",
            "224.0.0.1:80",
            "169.254.169.254:80",
            "unix:/run/app.sock:80",
            "blue;:80",
            "blue:80 backup",
            "bl\u{fc}e:80",
        ] {
            assert!(Upstream::new(bad).backend().is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_of_ipv6() {
        for address in ["[::1]:80", "::1:80", "::1", "2001:db8::1", "[2001:db8::1]"] {
            let reason = Upstream::new(address).backend().unwrap_err();
            assert_eq!(reason, "it is an IPv6 address; a name or an IPv4 address is taken", "{address}");
        }
    }

    #[test]
    fn one_host_has_many_spellings() {
        let backend = |address: &str| Upstream::new(address).backend();
        assert_eq!(backend("Blue:8080"), backend("blue.:08080"));
        assert_eq!(backend("A.Example.com:1"), backend("a.example.com.:1"));
        for address in [
            "127.0.0.1:80",
            "127.255.0.9:80",
            "LOCALHOST:80",
            "localhost.:80",
            "a.localhost:80",
            "localhost.localdomain:1",
        ] {
            assert!(backend(address).is_ok_and(|backend| backend.is_loopback()), "{address}");
        }
    }
}
