//! Questions to DNS servers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::time;

use crate::settings::{Settings, normal};

/// Records of an answer that are looked at. An answer over TCP has room for thousands.
const MAX_RECORDS: usize = 64;

/// A DNS server, or those of this machine.
pub(crate) struct Dns {
    resolver: TokioResolver,
    limit: Duration,
}

/// The reason why a question has no answer: it says nothing about the name, and no check may take it for the answer that there is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoAnswer {
    reason: String,
    /// True if the server could be asked, and said that it cannot find out: so it may be for everybody who asks.
    pub(crate) is_told: bool,
}

/// A way out of a question without an answer.
pub(crate) const ASK_AGAIN: &str = "ask again, or another DNS server with `--resolver`";

impl NoAnswer {
    fn new(reason: impl Into<String>) -> NoAnswer {
        NoAnswer { reason: reason.into(), is_told: false }
    }
}

impl AsRef<str> for NoAnswer {
    fn as_ref(&self) -> &str {
        &self.reason
    }
}

/// The answer to a question.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Records of the type that was asked for.
    pub(crate) records: Vec<RData>,
    /// The name at the end of the CNAME records, where there are any.
    pub(crate) alias: Option<String>,
    /// Names of servers that know more, where the one that was asked only refers to them.
    pub(crate) referral: Vec<String>,
    /// The zone of which the server says that it has no such record.
    pub(crate) zone: Option<String>,
    /// True if the name does not exist at all.
    pub(crate) no_such_name: bool,
}

impl Dns {
    /// The server that viewers ask: the one of the settings, or those of this machine.
    ///
    /// # Errors
    ///
    /// When this machine's cannot be found out.
    pub(crate) fn of(settings: &Settings) -> Result<Dns, String> {
        match settings.resolver {
            Some(address) => Dns::build(config(&[address]), true, settings.timeout),
            None => {
                let (config, _) = hickory_resolver::system_conf::read_system_conf()
                    .map_err(|error| format!("the DNS servers of this machine are not known: {error}"))?;
                Dns::build(
                    ResolverConfig::from_parts(None, Vec::new(), config.name_servers().to_vec()),
                    true,
                    settings.timeout,
                )
            }
        }
    }

    /// The servers at these addresses themselves: they are asked only for their own records.
    ///
    /// # Errors
    ///
    /// When there is no address.
    pub(crate) fn at(addresses: &[SocketAddr], settings: &Settings) -> Result<Dns, String> {
        Dns::build(config(addresses), false, settings.timeout)
    }

    fn build(config: ResolverConfig, recursion: bool, limit: Duration) -> Result<Dns, String> {
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        // Every question is asked: an earlier answer could hide a change.
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.recursion_desired = recursion;
        options.timeout = limit / 2;
        options.attempts = 1;
        let resolver = builder.build().map_err(|error| error.to_string())?;
        Ok(Dns { resolver, limit })
    }

    /// The records of a name.
    ///
    /// # Errors
    ///
    /// When there is no answer. An answer without such records is one.
    pub(crate) async fn ask(&self, name: &str, kind: RecordType) -> Result<Answer, NoAnswer> {
        let full = Name::from_ascii(format!("{}.", normal(name)))
            .map_err(|error| NoAnswer::new(format!("`{name}` is not a name for a DNS server: {error}")))?;
        let answer = time::timeout(self.limit, self.resolver.lookup(full.clone(), kind)).await;
        let silence = || NoAnswer::new(format!("no answer within {:?}", self.limit));
        match answer.map_err(|_| silence())? {
            Ok(found) => {
                Ok(Answer { referral: name_servers(found.authorities()), ..read(found.answers(), &full, kind) })
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => Ok(Answer {
                zone: none.soa.as_ref().map(|soa| normal(&soa.name.to_ascii())),
                referral: name_servers(none.authorities.as_deref().unwrap_or_default()),
                no_such_name: none.response_code == ResponseCode::NXDomain,
                ..Answer::default()
            }),
            Err(NetError::Dns(DnsError::ResponseCode(code))) => {
                Err(NoAnswer { reason: format!("the DNS server answers `{code}`"), is_told: true })
            }
            Err(NetError::Timeout) => Err(silence()),
            Err(error) => Err(NoAnswer::new(error.to_string())),
        }
    }

    /// The addresses of a name, those of IPv4 first.
    ///
    /// # Errors
    ///
    /// When a question has no answer, and the other one no address.
    pub(crate) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        let (v4, v6) =
            futures_util::future::join(self.ask(name, RecordType::A), self.ask(name, RecordType::AAAA)).await;
        let found: Vec<IpAddr> = [&v4, &v6].into_iter().flatten().flat_map(Answer::addresses).collect();
        match v4.err().or(v6.err()) {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }
}

impl Answer {
    /// The addresses among the records, in an order of their own: servers turn it from answer to answer.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        let mut addresses: Vec<IpAddr> = self
            .records
            .iter()
            .filter_map(|record| match record {
                RData::A(address) => Some(IpAddr::V4(address.0)),
                RData::AAAA(address) => Some(IpAddr::V6(address.0)),
                _ => None,
            })
            .collect();
        addresses.sort_unstable();
        addresses
    }

    /// The names of servers among the records, or, where there are none, those that the answer refers to.
    pub(crate) fn name_servers(&self) -> Vec<String> {
        let own: Vec<String> = self.records.iter().filter_map(as_name_server).collect();
        if own.is_empty() { self.referral.clone() } else { own }
    }

    /// The answer in few words, where it has no record.
    pub(crate) fn none(&self) -> &'static str {
        if self.no_such_name { "there is no such name" } else { "the name has no record of this type" }
    }
}

fn config(addresses: &[SocketAddr]) -> ResolverConfig {
    let server = |address: &SocketAddr| {
        let at = |mut connection: ConnectionConfig| {
            connection.port = address.port();
            connection
        };
        NameServerConfig::new(address.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
    };
    ResolverConfig::from_parts(None, Vec::new(), addresses.iter().map(server).collect())
}

fn read(records: &[Record], name: &Name, kind: RecordType) -> Answer {
    let mut alias = name.clone();
    for record in records.iter().take(MAX_RECORDS) {
        if let RData::CNAME(target) = &record.data
            && record.name == alias
        {
            alias = target.0.clone();
        }
    }
    let of_kind = records.iter().filter(|record| record.record_type() == kind);
    Answer {
        records: of_kind.take(MAX_RECORDS).map(|record| record.data.clone()).collect(),
        alias: (alias != *name).then(|| normal(&alias.to_ascii())),
        ..Answer::default()
    }
}

/// The names of the servers in a part of an answer.
fn name_servers(records: &[Record]) -> Vec<String> {
    records.iter().take(MAX_RECORDS).filter_map(|record| as_name_server(&record.data)).collect()
}

fn as_name_server(record: &RData) -> Option<String> {
    match record {
        RData::NS(name) => Some(normal(&name.0.to_ascii())),
        _ => None,
    }
}
