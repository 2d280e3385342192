//! Rules that let traffic in or out: of security groups, in the group or as resources of their own, and of what else has a
//! list of ports and addresses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::address::Family;
use super::documents::item_at;
use super::found::{Broadening, BroadeningKind, Place};
use super::sides::{Resource, Sides, as_list};
use super::text::referred;
use super::traffic::{Extent, Peer, Traffic, ports, protocol, spelling};
use crate::path::Path;
use crate::value::canonical;

/// A rule, and the group or resource that it belongs to.
struct Rule {
    place: Place,
    kind: BroadeningKind,
    subject: String,
    traffic: Vec<Traffic>,
    value: Value,
}

/// Lists of rules in a resource: type, where, in which way.
const LISTS: [(&str, &[&str], BroadeningKind); 8] = [
    ("AWS::EC2::SecurityGroup", &["SecurityGroupIngress"], BroadeningKind::Ingress),
    ("AWS::EC2::SecurityGroup", &["SecurityGroupEgress"], BroadeningKind::Egress),
    ("AWS::EC2::PrefixList", &["Entries"], BroadeningKind::Addresses),
    ("AWS::GameLift::ContainerFleet", &["InstanceInboundPermissions"], BroadeningKind::Ingress),
    ("AWS::GameLift::Fleet", &["EC2InboundPermissions"], BroadeningKind::Ingress),
    ("AWS::Lightsail::Instance", &["Networking", "Ports"], BroadeningKind::Ingress),
    ("AWS::MediaLive::InputSecurityGroup", &["WhitelistRules"], BroadeningKind::Ingress),
    ("AWS::RDS::DBSecurityGroup", &["DBSecurityGroupIngress"], BroadeningKind::Ingress),
];

/// Rules that are resources: type, the properties that name the group, in which way.
const RESOURCES: [(&str, &[&str], BroadeningKind); 6] = [
    ("AWS::EC2::ClientVpnAuthorizationRule", &["ClientVpnEndpointId"], BroadeningKind::Ingress),
    ("AWS::EC2::SecurityGroupIngress", &["GroupId", "GroupName"], BroadeningKind::Ingress),
    ("AWS::EC2::SecurityGroupEgress", &["GroupId"], BroadeningKind::Egress),
    ("AWS::ElastiCache::SecurityGroupIngress", &["CacheSecurityGroupName"], BroadeningKind::Ingress),
    ("AWS::RDS::DBSecurityGroupIngress", &["DBSecurityGroupName"], BroadeningKind::Ingress),
    ("AWS::Redshift::ClusterSecurityGroupIngress", &["ClusterSecurityGroupName"], BroadeningKind::Ingress),
];

/// Adds the rules that let more through.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let mut new = Vec::new();
    for resource in sides.changed_new() {
        rules(resource, &mut new);
        // Without a rule of its own, a group lets everything out: said of one that had rules.
        if lets_all_out(resource) && sides.before(resource.id).is_some() {
            let value = json!({ "CidrIp": "0.0.0.0/0", "IpProtocol": "-1" });
            new.push(default_egress(resource, vec![Traffic::all(Family::V4)], value));
        }
    }
    if new.is_empty() {
        return;
    }
    let mut old = Vec::new();
    for resource in sides.changed_old().chain(sides.unchanged()) {
        rules(resource, &mut old);
    }
    let created = sides.changed_new().filter(|resource| sides.before(resource.id).is_none());
    // A new group could let everything out without saying so: what it says is not more.
    let defaults = sides
        .changed_old()
        .chain(sides.unchanged())
        .filter(|resource| lets_all_out(resource))
        .chain(created.filter(|resource| resource.type_name == "AWS::EC2::SecurityGroup"));
    for resource in defaults {
        old.push(default_egress(resource, vec![Traffic::all(Family::V4), Traffic::all(Family::V6)], Value::Null));
    }
    let mut let_through: BTreeMap<(&str, BroadeningKind), Vec<&Traffic>> = BTreeMap::new();
    for rule in &old {
        let_through.entry((rule.subject.as_str(), rule.kind)).or_default().extend(&rule.traffic);
    }
    // Most rules of a long list are as they were.
    let written: BTreeSet<(&str, BroadeningKind, String)> =
        old.iter().map(|rule| (rule.subject.as_str(), rule.kind, canonical(&rule.value))).collect();
    for rule in new {
        if written.contains(&(rule.subject.as_str(), rule.kind, canonical(&rule.value))) {
            continue;
        }
        let before = let_through.get(&(rule.subject.as_str(), rule.kind)).map(Vec::as_slice).unwrap_or_default();
        let is_opened = |traffic: &&Traffic| !traffic.is_covered(before, sides.work);
        let opened: Vec<&Traffic> = rule.traffic.iter().filter(is_opened).collect();
        if opened.is_empty() {
            continue;
        }
        // All addresses are more than those of a block that a function gives.
        let is_certain = opened.iter().all(|traffic| {
            before.is_empty()
                || (!traffic.has_unknown() && (traffic.is_everywhere() || !before.iter().any(|old| old.has_unknown())))
        });
        found.push(Broadening { is_certain, ..Broadening::new(&rule.place, rule.kind, rule.value) });
    }
}

/// True for a security group without egress rules.
fn lets_all_out(resource: &Resource<'_>) -> bool {
    let egress = resource.properties().get("SecurityGroupEgress");
    resource.type_name == "AWS::EC2::SecurityGroup" && egress.map(as_list).unwrap_or_default().is_empty()
}

fn default_egress(resource: &Resource<'_>, traffic: Vec<Traffic>, value: Value) -> Rule {
    let place = resource.place(Path::default().name("SecurityGroupEgress"));
    Rule { place, kind: BroadeningKind::Egress, subject: format!("@{}", resource.id), traffic, value }
}

fn rules(resource: &Resource<'_>, found: &mut Vec<Rule>) {
    for (_, steps, kind) in LISTS.iter().filter(|(name, ..)| *name == resource.type_name) {
        let list = steps.iter().try_fold(resource.properties(), |value, step| value.get(step));
        let path = steps.iter().fold(Path::default(), |path, step| path.name(step));
        for (index, rule) in list.into_iter().flat_map(|list| match list {
            Value::Array(items) => items.iter().enumerate().collect(),
            one => vec![(0, one)],
        }) {
            if !rule.is_null() {
                let place = resource.place(path.with(item_at(index)));
                let subject = format!("@{}", resource.id);
                found.push(Rule { place, kind: *kind, subject, traffic: traffic(rule), value: rule.clone() });
            }
        }
    }
    for (_, groups, kind) in RESOURCES.iter().filter(|(name, ..)| *name == resource.type_name) {
        let properties = resource.properties();
        let group = groups.iter().find_map(|name| properties.get(name)).unwrap_or(&Value::Null);
        let subject = referred(group).map_or_else(|| spelling(group), |id| format!("@{id}"));
        let place = resource.place(Path::default());
        found.push(Rule { place, kind: *kind, subject, traffic: traffic(properties), value: properties.clone() });
    }
    if resource.type_name == "AWS::EKS::Cluster" {
        cluster_endpoint(resource, found);
    }
}

/// The endpoint of a cluster: open to its blocks of addresses, by default to all of them, unless it is private.
fn cluster_endpoint(resource: &Resource<'_>, found: &mut Vec<Rule>) {
    let config = resource.properties().get("ResourcesVpcConfig").unwrap_or(&Value::Null);
    let is_private = config.get("EndpointPublicAccess").and_then(crate::value::scalar_text);
    if is_private.is_some_and(|text| text.eq_ignore_ascii_case("false")) {
        return;
    }
    let everywhere = json!("0.0.0.0/0");
    let blocks = config.get("PublicAccessCidrs").map(as_list).filter(|blocks| !blocks.is_empty());
    let path = Path::default().name("ResourcesVpcConfig");
    for block in blocks.unwrap_or_else(|| vec![&everywhere]) {
        let value = json!({ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": block });
        let place = resource.place(path.name("PublicAccessCidrs"));
        let subject = format!("@{}", resource.id);
        found.push(Rule { place, kind: BroadeningKind::Ingress, subject, traffic: traffic(&value), value });
    }
}

/// The properties of a rule that name its peer.
const BLOCKS: [(&str, Family); 9] = [
    ("CidrIp", Family::V4),
    ("CidrIpv6", Family::V6),
    ("CIDRIP", Family::V4),
    ("Cidr", Family::V4),
    ("Cidrs", Family::V4),
    ("Ipv6Cidrs", Family::V6),
    ("IpRange", Family::V4),
    ("CidrListAliases", Family::V4),
    ("TargetNetworkCidr", Family::V4),
];
const NAMES: [(&str, &str); 8] = [
    ("SourceSecurityGroupId", "group"),
    ("DestinationSecurityGroupId", "group"),
    ("SourceSecurityGroupName", "group named"),
    ("SourcePrefixListId", "prefix list"),
    ("DestinationPrefixListId", "prefix list"),
    ("EC2SecurityGroupId", "group"),
    ("EC2SecurityGroupName", "group named"),
    ("CacheSecurityGroupName", "group named"),
];

fn traffic(rule: &Value) -> Vec<Traffic> {
    let field = |name: &str| rule.get(name).filter(|value| !value.is_null());
    if crate::value::is_function(rule) {
        let unknown = || Extent::Unknown(spelling(rule));
        return vec![Traffic::new(Peer::Unknown(Family::V4, spelling(rule)), unknown(), unknown())];
    }
    let protocol = protocol(field("IpProtocol").or_else(|| field("Protocol")));
    let ports = ports(&protocol, field("FromPort"), field("ToPort"));
    let mut peers = Vec::new();
    for (name, family) in BLOCKS {
        peers.extend(field(name).map(as_list).unwrap_or_default().into_iter().map(|block| Peer::block(block, family)));
    }
    for (name, kind) in NAMES {
        peers.extend(field(name).map(|value| Peer::named(kind, value)));
    }
    if peers.is_empty() {
        // Ports of Lightsail without addresses are open to all.
        peers.extend([Family::V4, Family::V6].map(|family| Peer::Block(family, family.all())));
    }
    // Ports without a protocol are ports all the same.
    let is_given = field("IpProtocol").or_else(|| field("Protocol")).is_some();
    let one = |peer| match is_given {
        true => Traffic::new(peer, protocol.clone(), ports.clone()),
        false => Traffic { peer, protocol: protocol.clone(), ports: ports.clone() },
    };
    peers.into_iter().map(one).collect()
}
