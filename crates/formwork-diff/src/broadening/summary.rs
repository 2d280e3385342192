//! Summary of wider permissions, in a few plain words.

use std::fmt;

use serde_json::Value;

use super::found::{Broadening, BroadeningKind};
use crate::path::Step;
use crate::value::is_function;

impl BroadeningKind {
    /// Verb for what happened, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            BroadeningKind::Allow | BroadeningKind::Permission => "permits",
            BroadeningKind::DenyRemoved => "no longer denies",
            BroadeningKind::ManagedPolicy => "attaches",
            BroadeningKind::Boundary => "changes the boundary to",
            BroadeningKind::Ingress => "opens",
            BroadeningKind::Egress => "opens outbound",
            BroadeningKind::Addresses => "takes in",
            BroadeningKind::Reach => "now reaches",
            BroadeningKind::Release => "no longer restrains",
            BroadeningKind::NewMember => "adds a member:",
            BroadeningKind::Member => "joins",
            BroadeningKind::Role => "takes the role",
            BroadeningKind::Assignment => "assigns",
            BroadeningKind::Open => "lets",
        }
    }
}

/// In one line: who, what, whom.
impl fmt::Display for Broadening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} {}", self.logical_id, self.kind.as_str(), self.summary())
    }
}

impl Broadening {
    /// The value in a few words.
    pub fn summary(&self) -> String {
        let field = |name: &str| self.value.get(name).map(words);
        let text = match self.kind {
            BroadeningKind::DenyRemoved if self.value.get("RuleAction").is_some() => rule(&self.value),
            BroadeningKind::Allow | BroadeningKind::Permission | BroadeningKind::DenyRemoved => statement(&self.value),
            BroadeningKind::Ingress | BroadeningKind::Egress => rule(&self.value),
            BroadeningKind::ManagedPolicy => {
                field("PolicyArn").or_else(|| field("Name")).unwrap_or_else(|| words(&self.value))
            }
            BroadeningKind::Addresses => field("Cidr").unwrap_or_else(|| words(&self.value)),
            BroadeningKind::Assignment => format!(
                "{} to {} on {}",
                field("PermissionSetArn").unwrap_or_default(),
                field("PrincipalId").unwrap_or_default(),
                field("TargetId").unwrap_or_default()
            ),
            BroadeningKind::Open => {
                let says = self.says.unwrap_or("more through");
                let name = self.path.steps.iter().rev().find_map(|step| match step {
                    Step::Name(name) => Some(name.as_str()),
                    Step::Item { .. } | Step::Tag(_) => None,
                });
                match (name, &self.value) {
                    (None, _) => says.to_owned(),
                    (Some(name), Value::Null) => format!("{says} (no {name})"),
                    (Some(name), value) => {
                        let value = value.get("Name").unwrap_or(value);
                        format!("{says} ({name}: {})", words(value))
                    }
                }
            }
            _ => words(&self.value),
        };
        if self.is_certain { text } else { format!("{text} (perhaps: not all of it can be compared)") }
    }
}

fn statement(statement: &Value) -> String {
    if is_function(statement) {
        return words(statement);
    }
    let field = |name: &str| statement.get(name).map(words);
    let either = |name: &str, not: &str| field(name).or_else(|| field(not).map(|words| format!("all but {words}")));
    let mut text = either("Action", "NotAction").unwrap_or_else(|| "everything".to_owned());
    if let Some(resource) = either("Resource", "NotResource") {
        let resource = if resource == "*" { "every resource".to_owned() } else { resource };
        text.push_str(&format!(" on {resource}"));
    }
    if let Some(principal) = either("Principal", "NotPrincipal") {
        let principal = if matches!(principal.as_str(), "*" | "AWS *") { "everyone".to_owned() } else { principal };
        text.push_str(&format!(" to {principal}"));
    }
    if let Some(condition) = field("Condition") {
        text.push_str(&format!(" if {condition}"));
    }
    text
}

/// `port 22 (tcp) to 0.0.0.0/0`
fn rule(rule: &Value) -> String {
    const PEERS: [&str; 18] = [
        "CidrIp",
        "CidrIpv6",
        "CidrBlock",
        "Ipv6CidrBlock",
        "SourcePrefixListId",
        "DestinationPrefixListId",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
        "SourceSecurityGroupName",
        "Cidrs",
        "Ipv6Cidrs",
        "Cidr",
        "CIDRIP",
        "IpRange",
        "TargetNetworkCidr",
        "EC2SecurityGroupId",
        "EC2SecurityGroupName",
        "GroupName",
    ];
    if is_function(rule) {
        return words(rule);
    }
    let peer = PEERS.iter().find_map(|name| rule.get(*name)).map_or_else(|| "everyone".to_owned(), words);
    let range = rule.get("PortRange").unwrap_or(rule);
    let port = |names: [&str; 2]| names.iter().find_map(|name| range.get(*name)).map(words);
    let protocol = rule.get("IpProtocol").or_else(|| rule.get("Protocol")).map(words);
    let protocol = protocol.as_deref().map(|protocol| match protocol {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    });
    let ports = match (port(["FromPort", "From"]), port(["ToPort", "To"])) {
        (Some(from), Some(to)) if from == to && from != "-1" => Some(format!("port {from}")),
        (Some(from), Some(to)) if from != "-1" => Some(format!("ports {from}-{to}")),
        (Some(only), None) | (None, Some(only)) if only != "-1" => Some(format!("port {only}")),
        _ => None,
    };
    let traffic = match (protocol, ports) {
        (None, Some(ports)) => ports,
        (Some("-1") | None, _) => "all traffic".to_owned(),
        (Some(protocol), Some(ports)) if matches!(protocol, "tcp" | "udp") => format!("{ports} ({protocol})"),
        (Some(protocol), _) => format!("all {protocol} traffic"),
    };
    format!("{traffic} to {peer}")
}

/// A field that takes one or several, as people list them.
fn words(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(map) if !is_function(value) => {
            let entry = |(name, item): (&String, &Value)| match item {
                Value::Object(inner) if inner.is_empty() => name.clone(),
                item => format!("{name} {}", words(item)),
            };
            map.iter().map(entry).collect::<Vec<_>>().join(", ")
        }
        Value::Null => "none".to_owned(),
        item => crate::render::short(item),
    }
}
