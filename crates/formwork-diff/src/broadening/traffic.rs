//! Traffic that one rule lets through: addresses, protocols, ports, as areas, so that rules may be merged, split and reordered.

use serde_json::Value;

use super::address::{Family, Range, cidr, uncovered};
use super::text::{parts, referred, spelled};
use super::work::Work;
use crate::value::scalar_text;

/// The traffic of one rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Traffic {
    pub(super) peer: Peer,
    pub(super) protocol: Extent,
    pub(super) ports: Extent,
}

/// From whom, or to whom.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Peer {
    /// A block of addresses.
    Block(Family, Range),
    /// A block that a function gives.
    Unknown(Family, String),
    /// A group, a prefix list.
    Named(String),
}

/// A range of protocols or ports, or what a function gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Extent {
    Known(Range),
    Unknown(String),
}

/// All protocols by number.
pub(super) const PROTOCOLS: Range = Range { from: 0, to: 255 };
/// All ports; of ICMP, a type in the upper and a code in the lower byte.
pub(super) const PORTS: Range = Range { from: 0, to: 65_535 };

impl Traffic {
    pub(super) fn new(peer: Peer, protocol: Extent, ports: Extent) -> Traffic {
        // Only some protocols have ports.
        let number = match &protocol {
            Extent::Known(range) if range.from == range.to => Some(range.from),
            Extent::Known(_) => None,
            Extent::Unknown(_) => return Traffic { peer, protocol, ports },
        };
        let has_ports = matches!(number, Some(1 | 6 | 17 | 58));
        Traffic { peer, protocol, ports: if has_ports { ports } else { Extent::Known(PORTS) } }
    }

    /// All traffic with some addresses.
    pub(super) fn all(family: Family) -> Traffic {
        let (protocol, ports) = (Extent::Known(PROTOCOLS), Extent::Known(PORTS));
        Traffic { peer: Peer::Block(family, family.all()), protocol, ports }
    }

    /// True if a part of it is not known.
    pub(super) fn has_unknown(&self) -> bool {
        let is_unknown = |extent: &Extent| matches!(extent, Extent::Unknown(_));
        matches!(self.peer, Peer::Unknown(..)) || is_unknown(&self.protocol) || is_unknown(&self.ports)
    }

    /// True for traffic with all addresses of a family.
    pub(super) fn is_everywhere(&self) -> bool {
        matches!(self.peer, Peer::Block(family, range) if range == family.all())
    }

    /// True if others together let all of it through.
    pub(super) fn is_covered(&self, others: &[&Traffic], work: &Work) -> bool {
        self.beyond(others, work).is_empty()
    }

    /// Parts of it that the others do not let through, by protocols, ports and addresses.
    pub(super) fn beyond(&self, others: &[&Traffic], work: &Work) -> Vec<[Range; 3]> {
        let area = [self.protocol.range(), self.ports.range(), self.peer.range()];
        if !work.take(others.len()) {
            return vec![area];
        }
        let holes: Vec<[Range; 3]> = others
            .iter()
            .filter_map(|other| {
                Some([
                    other.protocol.as_seen_from(&self.protocol, PROTOCOLS)?,
                    other.ports.as_seen_from(&self.ports, PORTS)?,
                    other.peer.as_seen_from(&self.peer)?,
                ])
            })
            .collect();
        uncovered(area, &holes, work)
    }
}

/// The place of what is not known: it is compared for equality, and has no extent.
const POINT: Range = Range { from: 0, to: 0 };

impl Extent {
    fn range(&self) -> Range {
        match self {
            Extent::Known(range) => *range,
            Extent::Unknown(_) => POINT,
        }
    }

    /// The range that this one takes of another one's; what is not known is within all there is, and within itself.
    fn as_seen_from(&self, other: &Extent, all: Range) -> Option<Range> {
        match (other, self) {
            (Extent::Known(_), Extent::Known(range)) => Some(*range),
            (Extent::Known(_), Extent::Unknown(_)) => None,
            (Extent::Unknown(_), Extent::Known(range)) => (*range == all).then_some(POINT),
            (Extent::Unknown(name), Extent::Unknown(own)) => (name == own).then_some(POINT),
        }
    }
}

impl Peer {
    fn range(&self) -> Range {
        match self {
            Peer::Block(_, range) => *range,
            Peer::Unknown(..) | Peer::Named(_) => POINT,
        }
    }

    fn as_seen_from(&self, other: &Peer) -> Option<Range> {
        match (other, self) {
            (Peer::Block(family, _), Peer::Block(own, range)) => (family == own).then_some(*range),
            (Peer::Unknown(family, _), Peer::Block(own, range)) => {
                (family == own && *range == family.all()).then_some(POINT)
            }
            (other, own) => (other == own).then_some(POINT),
        }
    }

    /// The peer that a block of addresses is.
    pub(super) fn block(value: &Value, family: Family) -> Peer {
        let text = spelling(value);
        match cidr(&text) {
            Some((family, range)) => Peer::Block(family, range),
            None => Peer::Unknown(family, text),
        }
    }

    /// A group or a prefix list: by its resource, when it is one of the template.
    pub(super) fn named(kind: &str, value: &Value) -> Peer {
        let name = referred(value).map_or_else(|| spelling(value), |id| format!("@{id}"));
        Peer::Named(format!("{kind} {name}"))
    }
}

/// One text for equal values.
pub(super) fn spelling(value: &Value) -> String {
    parts(value).map_or_else(|| crate::value::canonical(value), |parts| spelled(&parts))
}

/// A protocol by its name or number; `-1` is all of them.
pub(super) fn protocol(value: Option<&Value>) -> Extent {
    let Some(value) = value else { return Extent::Known(PROTOCOLS) };
    let Some(text) = scalar_text(value) else { return Extent::Unknown(spelling(value)) };
    let number = match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => return Extent::Known(PROTOCOLS),
        "tcp" => Some(6),
        "udp" => Some(17),
        "icmp" => Some(1),
        "icmpv6" => Some(58),
        other => other.parse::<u128>().ok(),
    };
    number.map_or(Extent::Unknown(text), |number| Extent::Known(Range::new(number, number)))
}

/// A range of ports; of ICMP, a type and a code, `-1` for all.
pub(super) fn ports(protocol: &Extent, from: Option<&Value>, to: Option<&Value>) -> Extent {
    let texts = [from, to].map(|value| value.map(scalar_text));
    let numbers = match &texts {
        [Some(Some(from)), Some(Some(to))] => from.trim().parse::<i64>().ok().zip(to.trim().parse::<i64>().ok()),
        [Some(Some(only)), None] | [None, Some(Some(only))] => only.trim().parse::<i64>().ok().map(|port| (port, port)),
        [None, None] => Some((-1, -1)),
        _ => None,
    };
    let Some((from_number, to_number)) = numbers else {
        let spell = |value: Option<&Value>| value.map(spelling).unwrap_or_default();
        return Extent::Unknown(format!("{}-{}", spell(from), spell(to)));
    };
    let is_icmp = matches!(protocol, Extent::Known(range) if range.from == range.to && matches!(range.from, 1 | 58));
    let range = match (u128::try_from(from_number), u128::try_from(to_number)) {
        (Err(_), _) => PORTS,
        (Ok(kind), Err(_)) if is_icmp => Range::new(kind << 8, (kind << 8) + 255),
        (Ok(kind), Ok(code)) if is_icmp => Range::new((kind << 8) + code, (kind << 8) + code),
        (Ok(_), Err(_)) => PORTS,
        (Ok(from), Ok(to)) => Range::new(from, to),
    };
    Extent::Known(range)
}
