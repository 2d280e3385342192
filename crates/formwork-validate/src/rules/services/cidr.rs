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
const OF_IPV4: &[&str] = &["cidrblock", "cidrip", "destinationcidrblock", "clientcidrblock"];
/// How the names of properties end that are blocks, or lists of them.
const ENDS: &[&str] = &["cidr", "cidrallowlist", "cidrblock", "cidrblocks", "cidrip", "cidripv6", "cidrlist", "cidrs"];
/// Services that refuse an address alone; some others take it for a block of one.
const STRICT: &[&str] = &["AWS::EC2::", "AWS::RDS::", "AWS::Redshift::", "AWS::WAFv2::"];
/// Types whose IPv4 block is of a size that EC2 bounds.
const SIZED: &[&str] = &["AWS::EC2::Subnet", "AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock"];

pub(super) fn check(type_name: &str, at: &At<'_>, errors: &mut Errors) {
    // What a third party calls so is its own business.
    let may_be = |key: &str| key.contains("idr") || key.contains("CIDR") || key == "Addresses";
    if !type_name.starts_with("AWS::") || !at.mentions(may_be) {
        return;
    }
    let in_ec2 = type_name.starts_with("AWS::EC2::");
    at.all(&mut |at| {
        let Some(name) = at.path.last().map(|name| name.to_ascii_lowercase()) else { return };
        let is_address_set = type_name == "AWS::WAFv2::IPSet" && name == "addresses";
        if !ENDS.iter().any(|end| name.ends_with(end)) && !is_address_set {
            return;
        }
        for block in at.one_or_many() {
            let Some(text) = block.text() else { continue };
            let (read, allowed) = match name.as_str() {
                _ if name.contains("ipv6") => {
                    (text.parse::<Ipv6Net>().ok().map(IpNet::V6), "a block such as `2001:db8::/56`")
                }
                _ if in_ec2 && OF_IPV4.contains(&name.as_str()) => {
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
