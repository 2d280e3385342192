//! Route 53: zones and their records.
//!
//! Source: Route 53 API Reference, `GetHostedZone`, `ListResourceRecordSets`.

use crate::client::{Answer, Request, escaped};
use crate::error::Error;
use crate::login::Aws;
use crate::service::ROUTE_53;
use crate::xml::{self, Element};

/// A hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedZone {
    /// Its name, with the dot at its end.
    pub name: String,
    /// True if it answers within networks alone.
    pub is_private: bool,
    /// The servers that have it; a private zone has none.
    pub name_servers: Vec<String>,
}

/// A record set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name, as DNS writes it, with the dot at its end.
    pub name: String,
    /// Its type, such as `A`.
    pub kind: String,
    /// Its values; none for an alias.
    pub values: Vec<String>,
    /// The name that it is an alias of.
    pub alias_of: Option<String>,
}

/// The zone with this id; `None` if there is not one. `region` says the partition.
///
/// # Errors
///
/// When the call fails for any other reason than that.
pub async fn hosted_zone(aws: &Aws, region: &str, id: &str) -> Result<Option<HostedZone>, Error> {
    const CALL: &str = "GetHostedZone";
    let path = format!("/2013-04-01/hostedzone/{}", escaped(id));
    let answer = match get(aws, region, CALL, &path, &[]).await {
        Ok(answer) => answer,
        Err(Error::Service { code, .. }) if code == "NoSuchHostedZone" => return Ok(None),
        Err(error) => return Err(error),
    };
    let zone = answer.find("HostedZone").ok_or(Error::Incomplete { call: CALL, field: "HostedZone" })?;
    let servers = answer.find("NameServers").map(|servers| servers.elements.as_slice()).unwrap_or_default();
    Ok(Some(HostedZone {
        name: zone.text_of("Name").unwrap_or_default().to_owned(),
        is_private: zone.text_of("PrivateZone") == Some("true"),
        name_servers: servers.iter().map(|server| server.text.clone()).collect(),
    }))
}

/// The record sets of a zone that have this name, of every type. `region` says the partition.
///
/// # Errors
///
/// When the call fails.
pub async fn records(aws: &Aws, region: &str, zone_id: &str, name: &str) -> Result<Vec<Record>, Error> {
    const CALL: &str = "ListResourceRecordSets";
    let name = format!("{}.", name.trim_end_matches('.').to_ascii_lowercase());
    let path = format!("/2013-04-01/hostedzone/{}/rrset", escaped(zone_id));
    // Sorted by name; no name has more than its dozen types, unless by routing policies.
    let answer = get(aws, region, CALL, &path, &[("name", &name), ("maxitems", "100")]).await?;
    let sets =
        answer.find("ResourceRecordSets").ok_or(Error::Incomplete { call: CALL, field: "ResourceRecordSets" })?;
    let all = sets.elements.iter().map(record);
    Ok(all.filter(|record| record.name == name).collect())
}

fn record(set: &Element) -> Record {
    let text = |name: &str| set.text_of(name).map(str::to_owned);
    let values = set.find("ResourceRecords").map(|records| records.elements.as_slice()).unwrap_or_default();
    Record {
        // Its only escape in names that a site has: `\052` is `*`.
        name: text("Name").unwrap_or_default().replace(r"\052", "*"),
        kind: text("Type").unwrap_or_default(),
        values: values.iter().filter_map(|record| record.text_of("Value").map(str::to_owned)).collect(),
        alias_of: set.find("AliasTarget").and_then(|target| target.text_of("DNSName")).map(str::to_owned),
    }
}

async fn get(
    aws: &Aws,
    region: &str,
    call: &'static str,
    path: &str,
    parameters: &[(&str, &str)],
) -> Result<Element, Error> {
    let request = Request::Get { path, parameters, root: &xml::root_of(call) };
    match aws.call(&ROUTE_53, region, call, request).await? {
        Answer::Xml(answer) => Ok(answer),
        Answer::Json(_) => Err(Error::Incomplete { call, field: "document" }),
    }
}
