//! Ranges of IP addresses, and areas made of ranges: whether some areas together cover another one.

use std::net::IpAddr;

use ipnet::IpNet;

use super::work::Work;

/// A range of numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: u128,
    pub(super) to: u128,
}

impl Range {
    pub(super) fn new(from: u128, to: u128) -> Range {
        Range { from, to }
    }

    fn meets(self, other: Range) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    fn contains(self, other: Range) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

/// The two families of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// All addresses.
    pub(super) fn all(self) -> Range {
        match self {
            Family::V4 => Range::new(0, u128::from(u32::MAX)),
            Family::V6 => Range::new(0, u128::MAX),
        }
    }
}

/// The addresses of a CIDR block, or one address.
pub(super) fn cidr(text: &str) -> Option<(Family, Range)> {
    let text = text.trim();
    let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(match net {
        IpNet::V4(net) => {
            let number = |address| u128::from(u32::from(address));
            (Family::V4, Range::new(number(net.network()), number(net.broadcast())))
        }
        IpNet::V6(net) => (Family::V6, Range::new(u128::from(net.network()), u128::from(net.broadcast()))),
    })
}

/// Ranges of addresses together, each family's in their order and apart from one another.
pub(super) struct Blocks(Vec<(Family, Range)>);

impl Blocks {
    pub(super) fn new(blocks: impl IntoIterator<Item = (Family, Range)>) -> Blocks {
        let mut blocks: Vec<(Family, Range)> = blocks.into_iter().collect();
        blocks.sort_by_key(|(family, range)| (*family, range.from));
        blocks.dedup_by(|(family, next), (own, last)| {
            let joins = family == own && next.from <= last.to.saturating_add(1);
            if joins {
                last.to = last.to.max(next.to);
            }
            joins
        });
        Blocks(blocks)
    }

    /// True if all addresses of a range are among them.
    pub(super) fn contain(&self, family: Family, range: Range) -> bool {
        let after = self.0.partition_point(|(own, block)| (*own, block.from) <= (family, range.from));
        let block = after.checked_sub(1).and_then(|place| self.0.get(place));
        block.is_some_and(|(own, block)| *own == family && block.contains(range))
    }
}

/// Area of one range in each dimension.
pub(super) type Area<const N: usize> = [Range; N];

/// Parts of an area outside of another one.
fn without<const N: usize>(area: Area<N>, hole: &Area<N>) -> Vec<Area<N>> {
    if !area.iter().zip(hole).all(|(own, hole)| own.meets(*hole)) {
        return vec![area];
    }
    let mut rest = area;
    let mut left = Vec::new();
    for dimension in 0..N {
        let (own, hole) = (rest[dimension], hole[dimension]);
        if own.from < hole.from {
            let mut below = rest;
            below[dimension].to = hole.from - 1;
            left.push(below);
            rest[dimension].from = hole.from;
        }
        if own.to > hole.to {
            let mut above = rest;
            above[dimension].from = hole.to + 1;
            left.push(above);
            rest[dimension].to = hole.to;
        }
    }
    left
}

/// The pieces of an area become many when holes cross; from here on it counts as not covered.
const PIECES: usize = 4096;

/// Parts of an area outside of some others.
pub(super) fn uncovered<const N: usize>(area: Area<N>, holes: &[Area<N>], work: &Work) -> Vec<Area<N>> {
    if !work.take(holes.len()) {
        return vec![area];
    }
    if holes.iter().any(|hole| hole.iter().zip(&area).all(|(hole, own)| hole.contains(*own))) {
        return Vec::new();
    }
    let mut left = vec![area];
    for hole in holes {
        if left.len() > PIECES || !work.take(left.len()) {
            break;
        }
        left = left.into_iter().flat_map(|piece| without(piece, hole)).collect();
    }
    left
}
