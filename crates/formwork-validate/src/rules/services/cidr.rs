//! Blocks of addresses in CIDR notation, in every property that takes them.
//!
//! Sources: RFC 4632 and RFC 4291 (the notation); EC2 API Reference, `CreateVpc` and `CreateSubnet` ("We modify the specified CIDR
//! block to its canonical form", which is why bits of hosts are a warning); Amazon VPC User Guide, "VPC CIDR blocks" (a VPC and
//! a subnet have /16 to /28).

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{At, Errors};
use crate::finding::rule;

/// Properties of EC2 that take IPv4 alone; those of IPv6 have it in their names.
const OF_IPV4: &[&str] = &["CidrBlock", "CidrIp", "DestinationCidrBlock", "ClientCidrBlock"];
/// The properties of AWS's types that are blocks, or lists of them. Names that end alike can be anybody's, such as variables.
const NAMES: &[&str] = &[
    "AdditionalPeerNetworkCidrs",
    "BackupSubnetCidr",
    "CIDRIP",
    "Cidr",
    "CidrAllowList",
    "CidrBlock",
    "CidrIp",
    "CidrIpv6",
    "CidrList",
    "Cidrs",
    "ClientCidrBlock",
    "ClientSubnetCidr",
    "DestinationCidr",
    "DestinationCidrBlock",
    "DestinationIpv6CidrBlock",
    "EgressCidrBlocks",
    "InsideCidrBlocks",
    "Ipv4CidrBlock",
    "Ipv4CidrBlocks",
    "Ipv6CidrBlock",
    "Ipv6CidrBlocks",
    "Ipv6Cidrs",
    "LocalIpv4NetworkCidr",
    "LocalIpv6NetworkCidr",
    "ManagedServicesIpv4Cidrs",
    "PeerNetworkCidrs",
    "PublicAccessCidrs",
    "RemoteIpv4NetworkCidr",
    "RemoteIpv6NetworkCidr",
    "ServiceIpv4Cidr",
    "ServiceIpv6Cidr",
    "SourceCidr",
    "SourceCidrBlock",
    "StaticCidr",
    "TargetNetworkCidr",
    "TransitGatewayCidrBlocks",
    "TunnelInsideCidr",
    "TunnelInsideIpv6Cidr",
    "WhitelistCidr",
];
/// Services that refuse an address alone; some others take it for a block of one.
const STRICT: &[&str] = &["AWS::EC2::", "AWS::RDS::", "AWS::Redshift::", "AWS::WAFv2::"];
/// Types whose IPv4 block is of a size that EC2 bounds.
const SIZED: &[&str] = &["AWS::EC2::Subnet", "AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock"];

pub(super) fn check(type_name: &str, at: &At<'_>, errors: &mut Errors) {
    // A third party's property of such a name is its own business.
    if !type_name.starts_with("AWS::") || !at.mentions(|key| NAMES.contains(&key) || key == "Addresses") {
        return;
    }
    let in_ec2 = type_name.starts_with("AWS::EC2::");
    at.all(&mut |at| {
        let Some(name) = at.path.last().map(String::as_str) else { return };
        let is_address_set = type_name == "AWS::WAFv2::IPSet" && name == "Addresses";
        if !NAMES.contains(&name) && !is_address_set {
            return;
        }
        for block in at.one_or_many() {
            let Some(text) = block.text() else { continue };
            let (read, allowed) = match name {
                _ if name.contains("Ipv6") => {
                    (text.parse::<Ipv6Net>().ok().map(IpNet::V6), "a block such as `2001:db8::/56`")
                }
                _ if in_ec2 && OF_IPV4.contains(&name) => {
                    (text.parse::<Ipv4Net>().ok().map(IpNet::V4), "a block such as `10.0.0.0/16`")
                }
                _ => (text.parse::<IpNet>().ok(), "a block such as `10.0.0.0/16` or `2001:db8::/56`"),
            };
            let is_strict = STRICT.iter().any(|service| type_name.starts_with(service));
            if !is_strict && text.parse::<IpAddr>().is_ok() {
                continue;
            }
            let Some(read) = read else {
                errors.push(block.wrong(rule::CIDR, "{} is {value}, which is not a CIDR block").allowed(allowed));
                continue;
            };
            let is_v4 = matches!(read, IpNet::V4(_));
            if SIZED.contains(&type_name) && is_v4 && !(16..=28).contains(&read.prefix_len()) {
                let wrong = block.wrong(rule::CIDR, "{} is {value}, a size that EC2 does not take here");
                errors.push(wrong.allowed("/16 to /28").warning());
            } else if in_ec2 && read.trunc() != read {
                let wrong = block.wrong(rule::CIDR, "{} is {value}, which has bits beyond its prefix");
                errors.push(wrong.hint(format!("EC2 makes `{}` of it", read.trunc())).warning());
            }
        }
    });
}
