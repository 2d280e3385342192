//! Entries of network ACLs: in the order of their numbers, the first one that matches decides.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::{Family, Range, uncovered};
use super::found::{Broadening, BroadeningKind};
use super::sides::{Resource, Sides};
use super::text::referred;
use super::traffic::{Peer, Traffic, ports, protocol, spelling};
use super::work::Work;
use crate::path::Path;
use crate::value::scalar_text;

const TYPE: &str = "AWS::EC2::NetworkAclEntry";

struct Entry<'a> {
    resource: &'a Resource<'a>,
    /// The ACL and the direction.
    subject: (String, bool),
    number: Option<i64>,
    allows: bool,
    traffic: Traffic,
}

fn entry<'a>(resource: &'a Resource<'a>) -> Entry<'a> {
    let field = |name: &str| resource.properties().get(name).filter(|value| !value.is_null());
    let acl = field("NetworkAclId").unwrap_or(&Value::Null);
    let acl = referred(acl).map_or_else(|| spelling(acl), |id| format!("@{id}"));
    let text = |name: &str| field(name).and_then(scalar_text);
    let protocol = protocol(field("Protocol"));
    let range = |name: &str, end: &str| field(name).and_then(|range| range.get(end));
    let ports = match field("Icmp") {
        Some(_) => ports(&protocol, range("Icmp", "Type"), range("Icmp", "Code")),
        None => ports(&protocol, range("PortRange", "From"), range("PortRange", "To")),
    };
    let peer = match (field("CidrBlock"), field("Ipv6CidrBlock")) {
        (Some(block), _) => Peer::block(block, Family::V4),
        (None, Some(block)) => Peer::block(block, Family::V6),
        (None, None) => Peer::Named(String::new()),
    };
    Entry {
        resource,
        subject: (acl, text("Egress").is_some_and(|text| text.eq_ignore_ascii_case("true"))),
        number: text("RuleNumber").and_then(|text| text.parse().ok()),
        allows: text("RuleAction").is_none_or(|text| !text.eq_ignore_ascii_case("deny")),
        traffic: Traffic::new(peer, protocol, ports),
    }
}

/// Adds the entries that let more through, and those that no longer keep something out.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let is_entry = |resource: &&Resource<'_>| resource.type_name == TYPE;
    let changed: BTreeSet<&str> =
        sides.changed_old().chain(sides.changed_new()).filter(is_entry).map(|resource| resource.id).collect();
    if changed.is_empty() {
        return;
    }
    let old: Vec<Entry<'_>> = sides.old.iter().filter(is_entry).map(entry).collect();
    let new: Vec<Entry<'_>> = sides.new.iter().filter(is_entry).map(entry).collect();
    let before = Passing::new(&old, sides.work);
    let after = Passing::new(&new, sides.work);
    let gone: Vec<&Entry<'_>> = old
        .iter()
        .filter(|old| !old.allows && changed.contains(old.resource.id))
        .filter(|old| {
            // With the ACL goes all that it kept out.
            let acl = old.subject.0.strip_prefix('@');
            acl.is_none_or(|id| sides.before(id).is_none() || sides.after(id).is_some())
        })
        .collect();
    find_elsewhere(sides, &gone, &new, found);
    for (entry, passed) in after.0 {
        let passed_before: Vec<&(&Entry<'_>, Vec<[Range; 3]>)> =
            before.0.iter().filter(|(old, _)| old.subject == entry.subject).collect();
        let opens = if entry.traffic.has_unknown() {
            !passed_before.iter().any(|(old, _)| old.traffic.is_same_or_wider(&entry.traffic, sides.work))
        } else {
            let holes: Vec<[Range; 3]> = passed_before
                .iter()
                .filter(|(old, _)| old.traffic.has_same_family(&entry.traffic) && !old.traffic.has_unknown())
                .flat_map(|(_, areas)| areas.iter().copied())
                .collect();
            passed.iter().any(|area| !uncovered(*area, &holes, sides.work).is_empty())
        };
        if !opens {
            continue;
        }
        let has_unknown = entry.traffic.has_unknown() || passed_before.iter().any(|(old, _)| old.traffic.has_unknown());
        let mut add = |resource: &Resource<'_>, kind| {
            let place = resource.place(Path::default());
            let value = resource.properties().clone();
            found.push(Broadening { is_certain: !has_unknown, ..Broadening::new(&place, kind, value) });
        };
        if changed.contains(entry.resource.id) {
            add(entry.resource, if entry.subject.1 { BroadeningKind::Egress } else { BroadeningKind::Ingress });
            continue;
        }
        // The entry itself is as it was: one before it has gone.
        for denial in gone.iter().filter(|denial| denial.subject == entry.subject) {
            add(denial.resource, BroadeningKind::DenyRemoved);
        }
    }
}

/// Adds the entries that no longer keep something out of an ACL whose other entries may be elsewhere: what it lets through
/// is not known.
fn find_elsewhere(sides: &Sides<'_>, gone: &[&Entry<'_>], new: &[Entry<'_>], found: &mut Vec<Broadening>) {
    for denial in gone {
        let acl = denial.subject.0.strip_prefix('@');
        let of_acl = || new.iter().filter(|new| new.subject == denial.subject);
        // Behind an entry that is not in the template, it may come too late.
        let is_in_time = |new: &&Entry<'_>| {
            of_acl().any(|other| other.allows)
                || !new.number.zip(denial.number).is_some_and(|(number, before)| number > before)
        };
        let denied: Vec<&Traffic> =
            of_acl().filter(|new| !new.allows).filter(is_in_time).map(|new| &new.traffic).collect();
        let is_certain = of_acl().all(|new| new.allows || is_in_time(&new));
        if acl.is_some_and(|id| sides.after(id).is_some()) || denial.traffic.is_covered(&denied, sides.work) {
            continue;
        }
        let place = denial.resource.place(Path::default());
        let value = denial.resource.properties().clone();
        found.push(Broadening { is_certain, ..Broadening::new(&place, BroadeningKind::DenyRemoved, value) });
    }
}

/// Traffic that each entry that allows lets through after those before it.
struct Passing<'a>(Vec<(&'a Entry<'a>, Vec<[Range; 3]>)>);

impl<'a> Passing<'a> {
    fn new(entries: &'a [Entry<'a>], work: &Work) -> Passing<'a> {
        let allowed = entries.iter().filter(|entry| entry.allows).map(|entry| {
            let earlier: Vec<&Traffic> = entries
                .iter()
                .filter(|other| !other.allows && other.subject == entry.subject)
                .filter(|other| other.number.zip(entry.number).is_some_and(|(other, own)| other < own))
                .map(|other| &other.traffic)
                .collect();
            (entry, entry.traffic.beyond(&earlier, work))
        });
        Passing(allowed.collect())
    }
}

impl Traffic {
    fn has_same_family(&self, other: &Traffic) -> bool {
        matches!((&self.peer, &other.peer), (Peer::Block(own, _), Peer::Block(other, _)) if own == other)
    }

    fn is_same_or_wider(&self, narrow: &Traffic, work: &Work) -> bool {
        narrow.is_covered(&[self], work)
    }
}
