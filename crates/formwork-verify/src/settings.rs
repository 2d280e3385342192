//! The way to the servers: the DNS server, the deadline, other addresses than the real ones, trusted authorities, the time.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};

use crate::error::SetupError;

/// Settings of the questions. The defaults are those of a viewer.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The DNS server that is asked: those of this machine, unless said otherwise.
    pub resolver: Option<SocketAddr>,
    /// Time for one step, such as a DNS question or a request with its answer: five seconds, unless said otherwise.
    pub timeout: Duration,
    /// Connections that go elsewhere.
    pub connect_to: Vec<ConnectTo>,
    /// A file in PEM with the authorities that are trusted: those of this machine, unless said otherwise.
    pub authorities: Option<PathBuf>,
    /// The time by which certificates are judged: now, unless said otherwise.
    pub time: Option<SystemTime>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            resolver: None,
            timeout: Duration::from_secs(5),
            connect_to: Vec::new(),
            authorities: None,
            time: None,
        }
    }
}

/// Connections to a host and port go to an address instead. The host keeps its name in TLS and HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// The host: a name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Address to which the connection is made.
    pub to: SocketAddr,
}

impl ConnectTo {
    /// Reads `HOST:PORT:ADDRESS:PORT`; addresses of IPv6 are in brackets.
    ///
    /// # Errors
    ///
    /// When the text has another form.
    pub fn read(text: &str) -> Result<ConnectTo, String> {
        let form = || "the form is HOST:PORT:ADDRESS:PORT, with IPv6 addresses in brackets".to_owned();
        let (host, rest) = match text.strip_prefix('[') {
            Some(text) => text.split_once("]:"),
            None => text.split_once(':'),
        }
        .ok_or_else(form)?;
        let (port, to) = rest.split_once(':').ok_or_else(form)?;
        if host.is_empty() {
            return Err(form());
        }
        Ok(ConnectTo {
            host: normal(host),
            port: port.parse().map_err(|_| format!("`{port}` is not a port"))?,
            to: to.parse().map_err(|_| format!("`{to}` is not an address with a port"))?,
        })
    }
}

/// A host as it is compared: in lower case, without the dot at its end.
pub(crate) fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

impl Settings {
    /// The addresses to which a connection goes.
    pub(crate) fn targets(&self, host: &str, port: u16, addresses: &[IpAddr]) -> Vec<SocketAddr> {
        let instead = |host: &str| self.connect_to.iter().find(|it| it.port == port && it.host == host).map(|it| it.to);
        match instead(&normal(host)) {
            Some(to) => vec![to],
            None => addresses
                .iter()
                .map(|ip| instead(&ip.to_string()).unwrap_or_else(|| SocketAddr::new(*ip, port)))
                .collect(),
        }
    }

    /// The time by which certificates are judged.
    pub(crate) fn now(&self) -> UnixTime {
        let time = self.time.unwrap_or_else(SystemTime::now);
        UnixTime::since_unix_epoch(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }

    /// The authorities that are trusted.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub(crate) fn roots(&self) -> Result<RootCertStore, SetupError> {
        let mut roots = RootCertStore::empty();
        let Some(path) = &self.authorities else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return match roots.is_empty() {
                true => Err(SetupError::Machine("this machine has no certificates of authorities".to_owned())),
                false => Ok(roots),
            };
        };
        let wrong = |reason: String| SetupError::Authorities(format!("`{}` {reason}", path.display()));
        let text = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        roots.add_parsable_certificates(certificates.map_err(|error| wrong(format!("is not PEM: {error}")))?);
        if roots.is_empty() { Err(wrong("has no certificate in it".to_owned())) } else { Ok(roots) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses() {
        let read = |text: &str| ConnectTo::read(text).map(|it| (it.host, it.port, it.to.to_string()));
        let of = |host: &str, port, to: &str| Ok((host.to_owned(), port, to.to_owned()));
        assert_eq!(read("API.example.com.:443:127.0.0.1:8443"), of("api.example.com", 443, "127.0.0.1:8443"));
        assert_eq!(read("[2001:db8::1]:53:[::1]:5353"), of("2001:db8::1", 53, "[::1]:5353"));
        for wrong in
            ["", "a", "a:1", "a:1:2", ":443:127.0.0.1:1", "a:70000:127.0.0.1:1", "a:443:localhost:1", "[::1:53"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_before_addresses() {
        let settings = Settings {
            connect_to: ["api.example.com:443:127.0.0.1:1", "192.0.2.1:443:127.0.0.1:2"]
                .map(|text| ConnectTo::read(text).unwrap())
                .into(),
            ..Settings::default()
        };
        let targets = |host, port| {
            let addresses = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
            settings.targets(host, port, &addresses).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(targets("api.example.com", 443), ["127.0.0.1:1"]);
        assert_eq!(targets("www.example.com", 443), ["127.0.0.1:2", "192.0.2.2:443"]);
        assert_eq!(targets("api.example.com", 80), ["192.0.2.1:80", "192.0.2.2:80"]);
    }
}
