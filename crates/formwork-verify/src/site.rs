//! A site, as its template means it to be.

use std::fmt;

use formwork_template::StackId;

/// A distribution with its names, its records and its origin. What is `None` is not known, and is not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The names under which viewers come.
    pub names: Vec<SiteName>,
    /// The name that CloudFront gave the distribution, such as `d111111abcdef8.cloudfront.net`.
    pub distribution: Option<String>,
    /// True if viewers may come over IPv6, so that the names need AAAA records.
    pub ipv6: bool,
    /// True if viewers may speak HTTP/2.
    pub http2: bool,
    /// True if viewers may speak HTTP/3.
    pub http3: bool,
    /// The answer to viewers on plain http.
    pub plain_http: PlainHttp,
    /// The oldest TLS that viewers may speak.
    pub tls_floor: TlsVersion,
    /// True if the distribution adds the headers that keep browsers from harm.
    pub security_headers: bool,
    /// Facts about WebSockets, to see whether they are let through.
    pub websocket: WebSocket,
    /// nginx's own answer.
    pub health: Option<Health>,
    /// The server behind the distribution.
    pub origin: Option<Origin>,
    /// The instance, by its id, such as `i-0123456789abcdef0`.
    pub instance: Option<String>,
    /// The secrets of the origin that the instance reads for nginx.
    pub secrets: Vec<Secret>,
}

/// A name of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteName {
    /// The name itself, in lower case, without a dot at its end; `*` may be its first label.
    pub name: String,
    /// True if the stacks make an HTTPS record for it.
    pub https_record: bool,
    /// The zone in which its records are.
    pub zone: Option<ZoneRef>,
}

/// A zone, as a template refers to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneRef {
    /// Its id, such as `Z0123456789ABCDEFGHIJ`.
    pub id: Option<String>,
    /// Its name, without a dot at its end.
    pub name: Option<String>,
}

/// A secret of Secrets Manager, as a template refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// It is there, with this ARN.
    Existing(String),
    /// A stack makes it.
    Made {
        /// The stack.
        stack: StackId,
        /// The secret's name in its template.
        logical_id: String,
        /// The name that it is given there, if it is given one.
        name: Option<String>,
    },
}

/// The answer to viewers on plain http; CloudFront calls it viewer protocol policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// `https-only`: 403.
    Refused,
    /// `redirect-to-https`: 301 to the same place with https.
    Redirected,
    /// `allow-all`: the same as over https.
    Served,
}

/// Knowledge of a site's WebSockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WebSocket {
    /// Neither a path nor what is on the way to the backends is known.
    #[default]
    Unknown,
    /// nginx passes them on, and whether a backend takes one is for it to say: at `/` it is asked.
    Passed,
    /// A backend takes one at this path.
    At(String),
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.0, RFC 2246.
    Tls10,
    /// TLS 1.1, RFC 4346.
    Tls11,
    /// TLS 1.2, RFC 5246.
    Tls12,
    /// TLS 1.3, RFC 8446.
    Tls13,
}

impl TlsVersion {
    /// Oldest first.
    pub const ALL: [TlsVersion; 4] = [TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13];

    /// The floor that a distribution's `MinimumProtocolVersion` means, such as `TLSv1.2_2021`.
    pub fn of_policy(policy: &str) -> Option<TlsVersion> {
        let version = policy.split('_').next()?;
        Some(match version {
            "SSLv3" | "TLSv1" => TlsVersion::Tls10,
            "TLSv1.1" => TlsVersion::Tls11,
            "TLSv1.2" => TlsVersion::Tls12,
            "TLSv1.3" => TlsVersion::Tls13,
            _ => return None,
        })
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsVersion::Tls10 => "TLS 1.0",
            TlsVersion::Tls11 => "TLS 1.1",
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
        })
    }
}

/// The path at which nginx itself answers with the active colour and the digest of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The path, such as `/_formwork/health`.
    pub path: String,
    /// The backend that is to be active, `blue` or `green`; `None` where any will do.
    pub color: Option<String>,
    /// The digest of the files of the source; `None` where any will do.
    pub digest: Option<String>,
}

/// The server behind a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its domain name.
    pub domain_name: String,
    /// Its port.
    pub port: u16,
    /// True if it speaks https.
    pub https: bool,
    /// True if it is in a VPC, without a way to it from outside.
    pub private: bool,
    /// True if it is meant to refuse everybody but the distribution.
    pub closed: bool,
    /// The header whose value only the distribution knows.
    pub secret_header: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::TlsVersion;

    #[test]
    fn floors() {
        let table = [
            ("SSLv3", Some(TlsVersion::Tls10)),
            ("TLSv1", Some(TlsVersion::Tls10)),
            ("TLSv1_2016", Some(TlsVersion::Tls10)),
            ("TLSv1.1_2016", Some(TlsVersion::Tls11)),
            ("TLSv1.2_2021", Some(TlsVersion::Tls12)),
            ("TLSv1.2_2025", Some(TlsVersion::Tls12)),
            ("TLSv1.3_2025", Some(TlsVersion::Tls13)),
            ("", None),
            ("TLSv2", None),
        ];
        for (policy, floor) in table {
            assert_eq!(TlsVersion::of_policy(policy), floor, "{policy}");
        }
    }
}
