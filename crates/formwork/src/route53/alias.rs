//! Alias records: names that stand for an AWS resource, at no charge a query, and allowed for a zone's own name.

use super::alias_target::{AliasTarget, ToAliasTarget};
use super::hosted_zone::HostedZone;
use super::record_set::{Record, RecordSet};
use crate::{Construct, Handle, Scope};

/// An A and an AAAA record for one name: what a distribution with IPv6 needs. Their logical ids end in `A` and `Aaaa`. One without IPv6 has
/// no AAAA record.
///
/// ```
/// # use formwork::prelude::*;
/// # let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
/// # let mut edge = Stack::<UsEast1>::new("edge");
/// # let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
/// # let origin = Origin::public_https("origin.example.com");
/// # let distribution = edge.add("Distribution", Distribution::new(origin, &certificate));
/// edge.add("Alias", AliasRecords::new(&zone, "example.com", &distribution)); // AliasA and AliasAaaa
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AliasRecords {
    /// The zone in which the records are.
    pub zone: HostedZone,
    /// Their name, in full.
    pub name: String,
    /// The target that they point to.
    pub target: AliasTarget,
    /// True if there is an AAAA record; it is, unless said otherwise.
    pub ipv6: bool,
    /// True if there is an HTTPS record too, with a logical id that ends in `Https`, which is not the default.
    pub https: bool,
}

/// The handles to the records.
#[derive(Debug)]
pub struct AliasRecordsHandle<R> {
    /// The A record.
    pub a: Handle<RecordSet, R>,
    /// The AAAA record, if there is one.
    pub aaaa: Option<Handle<RecordSet, R>>,
    /// The HTTPS record, if there is one.
    pub https: Option<Handle<RecordSet, R>>,
}

impl AliasRecords {
    /// Both records for `name`, pointing to `target`.
    pub fn new(zone: &HostedZone, name: impl Into<String>, target: &impl ToAliasTarget) -> Self {
        AliasRecords { zone: zone.clone(), name: name.into(), target: target.alias_target(), ipv6: true, https: false }
    }
}

impl<R> Construct<R> for AliasRecords {
    type Handle = AliasRecordsHandle<R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let AliasRecords { zone, name, target, ipv6, https } = self;
        let record = |record| RecordSet::new(&zone, &name, record);
        AliasRecordsHandle {
            a: scope.add("A", record(Record::AliasA(target.clone()))),
            aaaa: ipv6.then(|| scope.add("Aaaa", record(Record::AliasAaaa(target.clone())))),
            https: https.then(|| scope.add("Https", record(Record::AliasHttps(target.clone())))),
        }
    }
}
