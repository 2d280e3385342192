//! `AWS::Route53::RecordSet`: the records of one name and type.

use std::net::{Ipv4Addr, Ipv6Addr};

use formwork_assembly::Problem;
use formwork_resources::route53 as cfn;
use formwork_resources::route53::record_set::{AliasTarget as CfnAliasTarget, AliasTargetRequired};
use formwork_template::{HasAttributes, Reference, Val, token};

use super::alias_target::AliasTarget;
use super::hosted_zone::HostedZone;
use crate::domain::{self, Use};
use crate::plain;
use crate::{Construct, Handle, Lowered, Scope};

/// Seconds that resolvers may keep an answer, at most.
///
/// Source: RFC 2181, section 8; Route 53 API Reference, `ResourceRecordSet`, which takes no more.
const MAX_TTL: u32 = 2_147_483_647;

/// All records of one name and type in a zone.
///
/// ```
/// use formwork::prelude::*;
///
/// let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
/// let mut stack = Stack::<UsEast1>::new("records");
/// stack.add("Spf", RecordSet::new(&zone, "example.com", Record::Txt(vec!["v=spf1 -all".into()])));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RecordSet {
    /// The zone in which the records are.
    pub zone: HostedZone,
    /// Their name, in full.
    pub name: String,
    /// Their type and data.
    pub record: Record,
    /// The time for which resolvers may keep the answer, in seconds; 300 unless said otherwise. Alias records have none.
    pub ttl: u32,
}

/// The data of a record set, by type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Record {
    /// IPv4 addresses.
    A(Vec<Ipv4Addr>),
    /// IPv6 addresses.
    Aaaa(Vec<Ipv6Addr>),
    /// Another name, which answers for this one. Not allowed for the name of the zone itself.
    Cname(String),
    /// Mail servers with their preference.
    Mx(Vec<(u16, String)>),
    /// Texts, unquoted.
    Txt(Vec<String>),
    /// An AWS resource, as an A record.
    AliasA(AliasTarget),
    /// An AWS resource, as an AAAA record.
    AliasAaaa(AliasTarget),
    /// An AWS resource, as an HTTPS record, by which browsers know of HTTP/3 before they connect.
    AliasHttps(AliasTarget),
    /// Any type, with data in Route 53's own format.
    Other {
        /// The type, e.g. `CAA`.
        record_type: String,
        /// One text a record.
        values: Vec<Val<String>>,
    },
}

impl RecordSet {
    /// Records of `name`.
    pub fn new(zone: &HostedZone, name: impl Into<String>, record: Record) -> Self {
        RecordSet { zone: zone.clone(), name: name.into(), record, ttl: 300 }
    }
}

impl Record {
    /// The type's word in a template.
    pub fn record_type(&self) -> &str {
        match self {
            Record::A(_) | Record::AliasA(_) => "A",
            Record::Aaaa(_) | Record::AliasAaaa(_) => "AAAA",
            Record::AliasHttps(_) => "HTTPS",
            Record::Cname(_) => "CNAME",
            Record::Mx(_) => "MX",
            Record::Txt(_) => "TXT",
            Record::Other { record_type, .. } => record_type,
        }
    }

    /// The data in Route 53's format; `None` for an alias.
    fn values(self, problems: &mut Vec<Problem>) -> Option<Vec<Val<String>>> {
        let mut host = |name: String| {
            // A target may have an underscore, as ACM's own do.
            if let Err(reason) = domain::check(&name, Use::Record) {
                problems.push(Problem::error(format!("{name:?} is not a domain name: {reason}")));
            }
            name
        };
        Some(match self {
            Record::AliasA(_) | Record::AliasAaaa(_) | Record::AliasHttps(_) => return None,
            Record::A(addresses) => addresses.into_iter().map(|address| address.to_string().into()).collect(),
            Record::Aaaa(addresses) => addresses.into_iter().map(|address| address.to_string().into()).collect(),
            Record::Cname(name) => vec![host(name).into()],
            Record::Mx(servers) => {
                servers.into_iter().map(|(preference, name)| format!("{preference} {}", host(name)).into()).collect()
            }
            Record::Txt(texts) => texts.iter().map(|text| quote(text).into()).collect(),
            Record::Other { values, .. } => values,
        })
    }
}

/// Source: Route 53 API Reference, `ResourceRecordSet`.
const TYPES: &[&str] = &[
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
];

/// Characters of a record (Route 53 API Reference, `ResourceRecord`).
const MAX_VALUE: usize = 4_000;

/// Problem of the data of a record, if it is known now.
fn value_fault(name: &str, record_type: &str, value: &Val<String>) -> Option<Problem> {
    let known = token::with_holes(value.literal()?, "x");
    let count = known.chars().count();
    let reason = match &*known {
        "" => "it is empty".to_owned(),
        text if text.chars().any(char::is_control) => "it has a control character".to_owned(),
        _ if count > MAX_VALUE => format!("it has {count} characters, {MAX_VALUE} are allowed"),
        _ => return None,
    };
    let value = plain::shortened(&known);
    Some(Problem::error(format!("{value} is not a record of type {record_type} of `{name}`: {reason}")))
}

/// A text in Route 53's format: in quotes, in pieces of at most 255 bytes, everything but printable ASCII as `\ooo`.
///
/// Source: Route 53 Developer Guide, "TXT record type".
fn quote(text: &str) -> String {
    if let Ok(parts) = token::parts(text)
        && token::is_in(text)
    {
        let quoted = parts.iter().map(|part| match part {
            // Without the quotes around it.
            token::Part::Text(text) => quote(text).trim_matches('"').to_owned(),
            token::Part::Function(function) => token::of(function),
        });
        return format!("\"{}\"", quoted.collect::<String>());
    }
    let pieces: Vec<String> = match text.as_bytes() {
        [] => vec!["\"\"".to_owned()],
        bytes => bytes.chunks(255).map(quote_piece).collect(),
    };
    pieces.join(" ")
}

fn quote_piece(bytes: &[u8]) -> String {
    let mut quoted = String::from('"');
    for byte in bytes {
        match byte {
            // A quote could stand there as `\"` too, which not every checker of templates understands.
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => quoted.push(char::from(*byte)),
            _ => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('"');
    quoted
}

/// The attributes of a record set.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordSetAttributes(Reference);

impl RecordSetAttributes {
    /// The records' name.
    pub fn name(&self) -> Val<String> {
        self.0.get_ref("Name")
    }
}

impl From<Reference> for RecordSetAttributes {
    fn from(reference: Reference) -> Self {
        RecordSetAttributes(reference)
    }
}

impl HasAttributes for RecordSet {
    type Attributes = RecordSetAttributes;
}

impl Lowered for RecordSet {
    type L1 = cfn::RecordSet;
}

impl RecordSet {
    /// The generated type with everything filled in.
    fn lower(self, problems: &mut Vec<Problem>) -> cfn::RecordSet {
        self.zone.check_record(&self.name, problems);
        let is_apex = domain::is_in(&self.zone.name, &self.name);
        if is_apex && matches!(self.record, Record::Cname(_)) {
            let message = format!("`{}` is the zone's own name, which cannot have a CNAME record", self.name);
            problems.push(Problem::error(message).hint("use alias records: `AliasRecords`"));
        }
        let record_type = self.record.record_type().to_owned();
        problems.extend(plain::word("a type of records", &record_type, TYPES));
        let alias_target = match &self.record {
            Record::AliasA(target) | Record::AliasAaaa(target) | Record::AliasHttps(target) => {
                Some(Val::Literal(target.to_l1()))
            }
            _ => None,
        };
        // Those are looked at as names.
        let has_names = matches!(self.record, Record::Cname(_) | Record::Mx(_));
        let values = self.record.values(problems);
        if !has_names {
            problems.extend(values.iter().flatten().filter_map(|value| value_fault(&self.name, &record_type, value)));
        }
        if values.as_ref().is_some_and(Vec::is_empty) {
            problems
                .push(Problem::error(format!("the record set `{}` of type {record_type} has no records", self.name)));
        }
        if values.is_some() && self.ttl > MAX_TTL {
            let message =
                format!("the record set `{}` has a `ttl` of `{}` s, {MAX_TTL} are allowed", self.name, self.ttl);
            problems.push(Problem::error(message));
        }
        // Route 53 refuses them: "Duplicate Resource Record".
        let literals: Vec<&String> = values.iter().flatten().filter_map(Val::literal).collect();
        for (index, value) in literals.iter().enumerate() {
            if literals[..index].contains(value) {
                let value = plain::shortened(value);
                let message =
                    format!("the record set `{}` of type {record_type} has the record {value} twice", self.name);
                problems.push(Problem::error(message));
            }
        }
        cfn::RecordSet {
            hosted_zone_id: Some(self.zone.id),
            ttl: values.is_some().then(|| self.ttl.to_string().into()),
            resource_records: values.map(Val::Literal),
            alias_target,
            ..cfn::RecordSet::new(cfn::RecordSetRequired { name: self.name.into(), type_: record_type.into() })
        }
    }
}

impl AliasTarget {
    fn to_l1(&self) -> CfnAliasTarget {
        CfnAliasTarget {
            evaluate_target_health: Some(self.evaluate_target_health.into()),
            ..CfnAliasTarget::new(AliasTargetRequired {
                dns_name: self.dns_name.clone(),
                hosted_zone_id: self.hosted_zone_id.clone(),
            })
        }
    }
}

impl<R> Construct<R> for RecordSet {
    type Handle = Handle<RecordSet, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let mut problems = Vec::new();
        let l1 = self.lower(&mut problems);
        scope.problems(problems);
        scope.resource(l1)
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quote("v=spf1 -all"), r#""v=spf1 -all""#);
        assert_eq!(quote(r#"a "b" \c"#), r#""a \042b\042 \134c""#);
        assert_eq!(quote("a\nb\0é"), r#""a\012b\000\303\251""#);
        assert_eq!(quote(""), r#""""#);
        assert_eq!(quote(&"x".repeat(256)), format!("\"{}\" \"x\"", "x".repeat(255)));
    }
}
