//! Ranges of ports: in order, and within what a protocol has.
//!
//! Sources: EC2 API Reference, `IpPermission` (for ICMP, `FromPort` is a type and `ToPort` a code; -1 is all of them; the
//! protocol -1 is all protocols and all ports) and `CreateNetworkAclEntry` (`PortRange` for TCP and UDP); other services that
//! take `FromPort` and `ToPort` mean the same.

use super::{At, Errors};
use crate::finding::rule;

const ICMP: &[&str] = &["1", "58", "icmp", "icmpv6"];
const ALL: &[&str] = &["-1", "all"];
const LAST: i64 = 65_535;

pub(super) fn check(at: &At<'_>, errors: &mut Errors) {
    if !at.mentions(|key| matches!(key, "FromPort" | "PortRange")) {
        return;
    }
    at.all(&mut |at| {
        range(at, at, "FromPort", "ToPort", errors);
        if let Some(inside) = at.get("PortRange") {
            range(at, &inside, "From", "To", errors);
        }
    });
}

/// `holder` says the protocol.
fn range(holder: &At<'_>, at: &At<'_>, first: &str, last: &str, errors: &mut Errors) {
    let (Some(first), Some(last)) = (at.get(first), at.get(last)) else { return };
    let protocol = holder.get("IpProtocol").or_else(|| holder.get("Protocol"));
    let protocol = match &protocol {
        None => None,
        Some(protocol) => match (protocol.text(), protocol.integer()) {
            (Some(text), _) => Some(text.to_ascii_lowercase()),
            (None, Some(number)) => Some(number.to_string()),
            (None, None) => return,
        },
    };
    let is = |of: &[&str]| protocol.as_deref().is_some_and(|protocol| of.contains(&protocol));
    if is(ALL) {
        return;
    }
    let most = if is(ICMP) { 255 } else { LAST };
    for port in [&first, &last] {
        if port.integer().is_some_and(|number| !(-1..=most).contains(&number)) {
            let what = if is(ICMP) { "not a type or code of ICMP" } else { "not a port" };
            errors
                .push(port.wrong(rule::PORTS, &format!("{{}} is {{value}}, {what}")).allowed(format!("-1 to {most}")));
            return;
        }
    }
    let Some((from, to)) = first.integer().zip(last.integer()) else { return };
    if !is(ICMP) && from > to && to != -1 {
        let message = format!("the range of ports begins at {from} and ends at {to}, before it begins");
        errors.push(first.wrong(rule::PORTS, &message).hint(format!("write {to} first and {from} last")));
    }
}
