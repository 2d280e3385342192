//! Things that there can be only once, such as a name, a route of a table or a rule of a group: the ones that a resource is or has.
//!
//! Sources: AWS CloudFormation Template Reference, "CloudFormation resource custom naming"; the types' schemas (primary identifiers);
//! the API references of the services, each at the operation that makes the thing: Amazon EC2, `CreateRoute` (`RouteAlreadyExists`),
//! `AuthorizeSecurityGroupIngress` (`InvalidPermission.Duplicate`), `CreateNetworkAclEntry` (`NetworkAclEntryAlreadyExists`),
//! `AssociateTransitGatewayRouteTable` ("You can associate only one route table with an attachment"); Elastic Load Balancing,
//! `CreateListener` (`DuplicateListener`: "A listener with the specified port already exists"), `CreateRule` ("A listener can't have
//! multiple rules with the same priority"); AWS Lambda, `CreateEventSourceMapping` (`ResourceConflictException`); Route 53,
//! `ChangeResourceRecordSets`.

use std::collections::BTreeSet;

use formwork_model::Term;
use formwork_model::term::Hole;
use formwork_schema::facts::Registry;
use ipnet::IpNet;

use crate::side::Resource;

/// A thing, as a text that no other thing has, and the resources that it refers to.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) key: String,
    pub(crate) refers_to: BTreeSet<String>,
}

/// Types whose resources are known by several properties together, the first of which is always given. Those whose primary identifier
/// a template gives whole are known by that: they are not listed.
const KEYED: [(&str, &[&str]); 20] = [
    ("AWS::ApiGateway::BasePathMapping", &["DomainName", "BasePath"]),
    ("AWS::ApiGateway::Resource", &["RestApiId", "ParentId", "PathPart"]),
    ("AWS::ApiGatewayV2::ApiMapping", &["DomainName", "ApiMappingKey"]),
    ("AWS::ApiGatewayV2::Route", &["ApiId", "RouteKey"]),
    ("AWS::EC2::ClientVpnAuthorizationRule", &["ClientVpnEndpointId", "TargetNetworkCidr", "AccessGroupId"]),
    ("AWS::EC2::ClientVpnRoute", &["ClientVpnEndpointId", "DestinationCidrBlock", "TargetVpcSubnetId"]),
    ("AWS::EC2::NetworkAclEntry", &["NetworkAclId", "Egress", "RuleNumber"]),
    (
        "AWS::EC2::Route",
        &["RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"],
    ),
    ("AWS::EC2::SubnetNetworkAclAssociation", &["SubnetId"]),
    ("AWS::EC2::SubnetRouteTableAssociation", &["SubnetId"]),
    ("AWS::EC2::TransitGatewayRouteTableAssociation", &["TransitGatewayAttachmentId"]),
    ("AWS::EC2::VPCGatewayAttachment", &["VpcId", "InternetGatewayId", "VpnGatewayId"]),
    ("AWS::ElasticLoadBalancingV2::Listener", &["LoadBalancerArn", "Port"]),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", &["ListenerArn", "Priority"]),
    ("AWS::Lambda::EventSourceMapping", &["EventSourceArn", "FunctionName", "Topics", "Queues"]),
    ("AWS::Lambda::Url", &["TargetFunctionArn", "Qualifier"]),
    ("AWS::SNS::Subscription", &["TopicArn", "Protocol", "Endpoint"]),
    ("AWS::SecretsManager::ResourcePolicy", &["SecretId"]),
    ("AWS::SecretsManager::RotationSchedule", &["SecretId"]),
    ("AWS::WAFv2::WebACLAssociation", &["ResourceArn"]),
];

const RECORD_SET: &str = "AWS::Route53::RecordSet";
const RECORD_SET_PARTS: [&str; 5] = ["HostedZoneId", "HostedZoneName", "Name", "Type", "SetIdentifier"];
const RECORD_SET_GROUP: &str = "AWS::Route53::RecordSetGroup";

/// Rules of a security group: the type of a rule of its own, and the list in the group.
const RULES: [(&str, &str); 2] = [
    ("AWS::EC2::SecurityGroupIngress", "SecurityGroupIngress"),
    ("AWS::EC2::SecurityGroupEgress", "SecurityGroupEgress"),
];
const GROUP: &str = "AWS::EC2::SecurityGroup";
const RULE_PARTS: [&str; 9] = [
    "CidrIp",
    "CidrIpv6",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
    "FromPort",
    "ToPort",
];

/// The kind of the things of a type: types of one kind may have the same thing.
pub(crate) fn kind(type_name: &str) -> &str {
    match type_name {
        RECORD_SET_GROUP => RECORD_SET,
        name if RULES.iter().any(|(rule, _)| *rule == name) => GROUP,
        other => other,
    }
}

/// The things that a resource is or has.
pub(crate) fn of(registry: &Registry, id: &str, resource: &Resource) -> Vec<Thing> {
    let type_name = resource.type_name.as_str();
    let name = named(registry, resource);
    match type_name {
        RECORD_SET => record(None, &resource.properties).into_iter().collect(),
        RECORD_SET_GROUP => {
            items(resource, "RecordSets").iter().filter_map(|item| record(Some(&resource.properties), item)).collect()
        }
        GROUP => {
            let group = Term::text(format!("@{id}"));
            let of = |(rule, list): &(&'static str, &str)| {
                items(resource, list).iter().filter_map(|item| rule_of(rule, &group, item)).collect::<Vec<_>>()
            };
            name.into_iter().chain(RULES.iter().flat_map(of)).collect()
        }
        _ if let Some((rule, _)) = RULES.iter().find(|(rule, _)| *rule == type_name) => {
            let group = resource.property("GroupId").map(group_of);
            group.and_then(|group| rule_of(rule, &group, &resource.properties)).into_iter().collect()
        }
        _ => match KEYED.iter().find(|(name, _)| *name == type_name) {
            Some((_, parts)) => {
                let is_known = parts.first().is_some_and(|first| resource.property(first).is_some());
                let parts = parts.iter().map(|part| spelled(part, resource.property(part)?));
                is_known.then(|| thing(type_name, parts)).into_iter().collect()
            }
            None => name.into_iter().collect(),
        },
    }
}

/// The name that a resource gives itself, within what it is the only one of that name.
fn named(registry: &Registry, resource: &Resource) -> Option<Thing> {
    let facts = registry.of(&resource.type_name)?;
    let property = facts.name_property()?;
    let name = spelled(property, resource.property(property)?);
    let scope = facts.name_scope().map(|part| spelled(part, resource.property(part)?));
    Some(thing(&format!("{} by name", resource.type_name), std::iter::once(name).chain(scope)))
}

fn record(group: Option<&Term>, record: &Term) -> Option<Thing> {
    let own = |part: &str| entry(record, part).or_else(|| entry(group?, part));
    own("Name")?;
    Some(thing(RECORD_SET, RECORD_SET_PARTS.map(|part| own(part).map(domain_name))))
}

fn rule_of(rule: &str, group: &Term, value: &Term) -> Option<Thing> {
    let protocol = entry(value, "IpProtocol")?;
    let protocol = protocol.known_text().map_or_else(|| protocol.clone(), |text| Term::text(protocol_name(&text)));
    // Rules for other protocols are for all ports, whichever are given.
    let has_ports = protocol.known_text().is_none_or(|name| PROTOCOLS.iter().any(|(_, other)| *other == name));
    let parts = RULE_PARTS.iter().filter(|part| has_ports || !part.ends_with("Port"));
    let parts = parts.map(|part| match entry(value, part)? {
        peer if part.ends_with("GroupId") => Some(group_of(peer)),
        other => spelled(part, other),
    });
    Some(thing(rule, [Some(group.clone()), Some(protocol.clone())].into_iter().chain(parts)))
}

/// Protocols that have ports, or types and codes, by their numbers.
const PROTOCOLS: [(&str, &str); 4] = [("1", "icmp"), ("6", "tcp"), ("17", "udp"), ("58", "icmpv6")];

fn protocol_name(text: &str) -> String {
    let named = PROTOCOLS.iter().find(|(number, _)| *number == text);
    named.map_or_else(|| text.to_ascii_lowercase(), |(_, name)| (*name).to_owned())
}

/// One spelling for all that mean the same; `None` for what holds where nothing is given.
///
/// Sources: Amazon EC2 API Reference, `CreateRoute` and `IpRange`: blocks get their canonical form, so that `100.68.0.18/18` is
/// `100.68.0.0/18`; AWS CloudFormation Template Reference, `AWS::EC2::NetworkAclEntry`: "By default, AWS CloudFormation specifies
/// false"; `AWS::ApiGateway::BasePathMapping`: an empty path is the same as none.
fn spelled(part: &str, term: &Term) -> Option<Term> {
    let Some(text) = term.known_text() else { return Some(term.clone()) };
    match part {
        "Egress" if text == "false" => None,
        "BasePath" | "ApiMappingKey" if matches!(text.as_str(), "" | "(none)") => None,
        _ => {
            let block = text.parse::<IpNet>().ok().filter(|_| part.contains("Cidr"));
            Some(block.map_or_else(|| term.clone(), |block| Term::text(block.trunc().to_string())))
        }
    }
}

/// A group by its resource, when it is one of the template.
fn group_of(term: &Term) -> Term {
    match term {
        Term::Hole(Hole::Attribute(id, attribute)) if attribute == "GroupId" => Term::text(format!("@{id}")),
        Term::Hole(Hole::Reference(id)) => Term::text(format!("@{id}")),
        other => other.clone(),
    }
}

fn thing(kind: &str, parts: impl IntoIterator<Item = Option<Term>>) -> Thing {
    let mut key = kind.to_owned();
    let mut refers_to = BTreeSet::new();
    for part in parts {
        key.push('\n');
        let Some(part) = part else { continue };
        match part.known_text() {
            Some(text) => {
                refers_to.extend(text.strip_prefix('@').map(str::to_owned));
                key += &text;
            }
            None => key += &part.to_template().to_string(),
        }
        part.visit_holes(&mut |hole| {
            if let Hole::Reference(id) | Hole::Attribute(id, _) = hole {
                refers_to.insert(id.clone());
            }
        });
    }
    Thing { key, refers_to }
}

/// Names of records are the same in every case, with or without the dot at their end, and with `*` as a code or not.
fn domain_name(term: &Term) -> Term {
    match term {
        Term::Text(text) => {
            let text = text.replace("\\052", "*");
            Term::Text(text.strip_suffix('.').unwrap_or(&text).to_ascii_lowercase())
        }
        other => other.clone(),
    }
}

fn entry<'t>(term: &'t Term, name: &str) -> Option<&'t Term> {
    match term {
        Term::Map(map) => map.get(name),
        _ => None,
    }
}

fn items<'t>(resource: &'t Resource, name: &str) -> &'t [Term] {
    match resource.property(name) {
        Some(Term::List(items)) => items,
        _ => &[],
    }
}
