//! Subnets lie in their VPC's blocks, and not across each other.
//!
//! Source: Amazon VPC User Guide, "Subnet CIDR blocks": a subset of the VPC's blocks, "the CIDR blocks of the subnets must not
//! overlap". Only blocks that are written out are compared, and a VPC of which a block is not known says nothing.

use std::collections::BTreeMap;

use formwork_template::Resource;
use ipnet::IpNet;
use serde_json::Value as Json;

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::instance::{Reader, refers};
use crate::rules::{choices, listed, macros, path};
use crate::scenario::Scenario;

const KEYS: [&str; 2] = ["CidrBlock", "Ipv6CidrBlock"];

/// A block of a subnet.
struct Subnet<'t> {
    id: &'t str,
    resource: &'t Resource,
    key: &'static str,
    block: IpNet,
}

/// The blocks of a VPC.
#[derive(Default)]
struct Vpc {
    blocks: Vec<IpNet>,
    /// True if there may be more, of version 4 and of version 6.
    is_open: [bool; 2],
}

pub(crate) fn check(check: &mut Check<'_, '_>, parts: &Parts) {
    let template = check.template;
    let mut vpcs: BTreeMap<String, Vpc> = BTreeMap::new();
    let mut subnets: BTreeMap<String, Vec<Subnet<'_>>> = BTreeMap::new();
    for (id, resource) in &template.resources {
        let kind = resource.type_name.strip_prefix("AWS::EC2::").unwrap_or_default();
        if !matches!(kind, "VPC" | "VPCCidrBlock" | "Subnet") || macros::rewrites(template, resource) {
            continue;
        }
        let Some(properties) = parts.properties.get(id) else { continue };
        let mut reader = Reader { setting: check.setting(), scenario: &Scenario::new(), schemas: check.schemas };
        let Some(instance) = reader.read(properties) else { continue };
        match kind {
            "VPC" => vpcs.entry(id.clone()).or_default().add(&instance),
            "VPCCidrBlock" => {
                if let Some((vpc, _)) = instance.get("VpcId").and_then(refers) {
                    vpcs.entry(vpc.to_owned()).or_default().add(&instance);
                }
            }
            _ => {
                let Some(vpc) = instance.get("VpcId").map(of_vpc) else { continue };
                for key in KEYS {
                    if let Some(block) = instance.get(key).and_then(Json::as_str).and_then(|text| text.parse().ok()) {
                        subnets.entry(vpc.clone()).or_default().push(Subnet { id, resource, key, block });
                    }
                }
            }
        }
    }
    for (vpc, subnets) in &subnets {
        // A VPC of somewhere else has blocks that are not known here.
        let own =
            vpcs.get(vpc).filter(|_| template.resources.get(vpc).is_some_and(|it| it.type_name == "AWS::EC2::VPC"));
        for (index, subnet) in subnets.iter().enumerate() {
            if let Some(own) = own {
                outside(check, subnet, vpc, own);
            }
            overlap(check, subnet, &subnets[..index]);
        }
    }
}

/// The VPC by its logical id, or by whatever says which it is.
fn of_vpc(value: &Json) -> String {
    match refers(value) {
        Some((id, None | Some("VpcId"))) => id.to_owned(),
        _ => value.to_string(),
    }
}

impl Vpc {
    fn add(&mut self, properties: &Json) {
        let Some(entries) = properties.as_object() else {
            self.is_open = [true, true];
            return;
        };
        for (key, value) in entries {
            match (key.as_str(), value.as_str().and_then(|text| text.parse().ok())) {
                ("CidrBlock" | "Ipv6CidrBlock", Some(block)) => self.blocks.push(block),
                ("CidrBlock", None) => self.is_open[0] = true,
                ("Ipv6CidrBlock", None) => self.is_open[1] = true,
                // IPAM and Amazon choose.
                ("Ipv4IpamPoolId" | "Ipv4NetmaskLength", _) => self.is_open[0] = true,
                ("AmazonProvidedIpv6CidrBlock" | "Ipv6IpamPoolId" | "Ipv6NetmaskLength", _) => self.is_open[1] = true,
                _ => {}
            }
        }
    }
}

fn outside(check: &mut Check<'_, '_>, subnet: &Subnet<'_>, name: &str, vpc: &Vpc) {
    let is_v6 = matches!(subnet.block, IpNet::V6(_));
    let of_version: Vec<&IpNet> = vpc.blocks.iter().filter(|block| matches!(block, IpNet::V6(_)) == is_v6).collect();
    if vpc.is_open[usize::from(is_v6)]
        || of_version.is_empty()
        || of_version.iter().any(|block| block.contains(&subnet.block))
    {
        return;
    }
    let blocks: Vec<String> = of_version.iter().map(ToString::to_string).collect();
    let message = format!("the subnet's `{}` is `{}`, which is not in the VPC `{name}`", subnet.key, subnet.block);
    let at = path(&["Resources", subnet.id, "Properties", subnet.key]);
    let finding = Finding::error(rule::SUBNET, &at, message).value(subnet.block.to_string());
    check.add(finding.allowed(format!("a block within {}", listed(blocks.iter().map(String::as_str)))));
}

fn overlap(check: &mut Check<'_, '_>, subnet: &Subnet<'_>, others: &[Subnet<'_>]) {
    let meets = |other: &&Subnet<'_>| {
        other.id != subnet.id && (other.block.contains(&subnet.block) || subnet.block.contains(&other.block))
    };
    for other in others.iter().filter(meets) {
        let message = format!(
            "the subnet's `{}` is `{}`, which overlaps `{}` of `{}`",
            subnet.key, subnet.block, other.block, other.id
        );
        let at = path(&["Resources", subnet.id, "Properties", subnet.key]);
        let finding = Finding::error(rule::SUBNET, &at, message).value(subnet.block.to_string());
        let conditions = [subnet.resource, other.resource].map(|resource| resource.condition.as_deref());
        choices::add_when(
            check,
            finding,
            conditions[0],
            &conditions.into_iter().flatten().map(|name| (name, true)).collect(),
        );
    }
}
