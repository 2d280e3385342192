//! Routes to the internet: a subnet whose table gets a route to an internet gateway can be reached from there.
//!
//! Source: Amazon VPC User Guide, "Enable internet access for a VPC using an internet gateway": "If a subnet is associated with a
//! route table that has a route to an internet gateway, it's known as a public subnet".
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::{Blocks, cidr};
use super::found::{Broadening, BroadeningKind};
use super::sides::{Resource, Sides};
use super::text::referred;
use super::traffic::spelling;
use crate::path::Path;

const ROUTE: &str = "AWS::EC2::Route";
const ASSOCIATION: &str = "AWS::EC2::SubnetRouteTableAssociation";
const GATEWAY: &str = "AWS::EC2::InternetGateway";
const DESTINATIONS: [&str; 3] = ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];
const SAYS: &str = "the internet reach subnets of its table";

/// Adds the routes to internet gateways that tables and subnets did not have.
pub(super) fn find(sides: &Sides<'_>, found: &mut Vec<Broadening>) {
    let is_one = |resource: &&Resource<'_>| matches!(resource.type_name, ROUTE | ASSOCIATION);
    if !sides.changed_new().any(|resource| is_one(&resource)) {
        return;
    }
    let old: BTreeSet<(String, String)> = sides.old.iter().filter_map(|one| open(one, &sides.old)).collect();
    let new: BTreeSet<(String, String)> = sides.new.iter().filter_map(|one| open(one, &sides.new)).collect();
    let is_new = |key: &str| key.strip_prefix('@').is_some_and(|id| sides.before(id).is_none());
    for resource in sides.changed_new() {
        if let Some(route) = open(resource, &sides.new) {
            // With a new table, the subnets that get it count.
            if !is_new(&route.0) && !is_covered(&route.1, &destinations(&old, std::slice::from_ref(&route.0))) {
                add(resource, "GatewayId", found);
            }
        } else if resource.type_name == ASSOCIATION
            && let (Some(subnet), Some(table)) = (key(resource, "SubnetId"), key(resource, "RouteTableId"))
            && !is_new(&subnet)
        {
            let tables: Vec<String> = sides
                .old
                .iter()
                .filter(|one| one.type_name == ASSOCIATION && key(one, "SubnetId").as_ref() == Some(&subnet))
                .filter_map(|one| key(one, "RouteTableId"))
                .collect();
            let before = destinations(&old, &tables);
            if destinations(&new, &[table]).iter().any(|destination| !is_covered(destination, &before)) {
                add(resource, "RouteTableId", found);
            }
        }
    }
}

/// The destinations of the routes of these tables.
fn destinations<'r>(routes: &'r BTreeSet<(String, String)>, tables: &[String]) -> Vec<&'r str> {
    routes.iter().filter(|(table, _)| tables.contains(table)).map(|(_, destination)| destination.as_str()).collect()
}

/// True if there were routes for all addresses of a destination.
fn is_covered(destination: &str, before: &[&str]) -> bool {
    before.contains(&destination)
        || cidr(destination).is_some_and(|(family, range)| {
            Blocks::new(before.iter().filter_map(|block| cidr(block))).contain(family, range)
        })
}

fn add(resource: &Resource<'_>, property: &str, found: &mut Vec<Broadening>) {
    let place = resource.place(Path::default().name(property));
    let value = resource.properties().get(property).cloned().unwrap_or(Value::Null);
    found.push(Broadening { says: Some(SAYS), ..Broadening::new(&place, BroadeningKind::Open, value) });
}

/// The table and the destination of a route to an internet gateway.
fn open(resource: &Resource<'_>, all: &[Resource<'_>]) -> Option<(String, String)> {
    if resource.type_name != ROUTE {
        return None;
    }
    let gateway = resource.properties().get("GatewayId")?;
    let is_internet = match referred(gateway) {
        Some(id) => all.iter().any(|one| one.id == id && one.type_name == GATEWAY),
        None => spelling(gateway).starts_with("igw-"),
    };
    let destination = DESTINATIONS.iter().find_map(|name| key(resource, name))?;
    is_internet.then_some((key(resource, "RouteTableId")?, destination))
}

/// A resource of the template as `@` and its logical id, or another value.
fn key(resource: &Resource<'_>, property: &str) -> Option<String> {
    let value = resource.properties().get(property).filter(|value| !value.is_null())?;
    Some(referred(value).map_or_else(|| spelling(value), |id| format!("@{id}")))
}
