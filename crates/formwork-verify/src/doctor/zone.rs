//! The zone is public, and the world knows which servers have it. Where it is not so, a certificate waits for its validation for hours.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::{join, join_all};
use hickory_resolver::proto::rr::RecordType;

use super::visit::{NO_LOGIN, Visit, unanswered};
use crate::account::{Account, HostedZone};
use crate::check::Check;
use crate::dns::{ASK_AGAIN, Dns, NoAnswer};
use crate::settings::normal;
use crate::site::ZoneRef;

/// Servers of a parent that are asked.
const MAX_SERVERS: usize = 3;
/// Names of servers whose addresses are asked for.
const MAX_NAMES: usize = 8;

pub(super) async fn checks<A: Account>(run: &Visit<'_, A>) -> Vec<Check> {
    let mut zones: Vec<(&ZoneRef, Vec<&str>)> = Vec::new();
    for name in &run.site.names {
        let Some(zone) = &name.zone else { continue };
        match zones.iter_mut().find(|(other, _)| *other == zone) {
            Some((_, names)) => names.push(&name.name),
            None => zones.push((zone, vec![&name.name])),
        }
    }
    if zones.is_empty() {
        let subject = run.site.names.first().map_or("the site", |name| &name.name);
        return vec![Check::not_checked("zone-public", subject, "the stacks make no record, so its zone is not known")];
    }
    join_all(zones.iter().map(|(zone, names)| of_zone(run, zone, names))).await.concat()
}

async fn of_zone<A: Account>(run: &Visit<'_, A>, zone: &ZoneRef, names: &[&str]) -> Vec<Check> {
    let subject = zone.name.as_deref().or(zone.id.as_deref()).unwrap_or("the zone");
    let (public, found) = public(run, zone, names, subject).await;
    let first = names.first().copied().unwrap_or_default();
    let (name, by_dns) =
        match found.as_ref().map(|found| normal(&found.name)).or_else(|| zone.name.as_deref().map(normal)) {
            Some(name) => (Ok(Some(name)), false),
            None => (enclosing(run, first).await, true),
        };
    let delegated = match name {
        Err(error) => {
            let check = Check::new("zone-delegated", first, format!("SOA {first}")).saw(error);
            check.fail(format!("the DNS server does not say in which zone `{first}` lies"), ASK_AGAIN)
        }
        // The zone of a top-level domain is nobody's own.
        Ok(Some(name)) if by_dns && !name.contains('.') => {
            let check = Check::new("zone-delegated", first, format!("SOA {first}"))
                .saw(format!("it lies in the zone `{name}`"));
            check.fail(format!("the DNS knows no zone between `{name}` and `{first}`"), RIGHT_ZONE)
        }
        Ok(Some(name)) if found.as_ref().is_some_and(|zone| zone.private) => {
            Check::not_applicable("zone-delegated", &name, "the zone is private")
        }
        Ok(Some(name)) => delegated(run, &name, found.as_ref()).await,
        Ok(None) => Check::not_checked("zone-delegated", subject, "the zone's name is not known"),
    };
    vec![public, delegated]
}

async fn public<A: Account>(
    run: &Visit<'_, A>,
    zone: &ZoneRef,
    names: &[&str],
    subject: &str,
) -> (Check, Option<HostedZone>) {
    let Some(id) = &zone.id else {
        let why = "the records name their zone by its name, for which CloudFormation looks for one";
        return (Check::not_checked("zone-public", subject, why), None);
    };
    let check = Check::new("zone-public", subject, format!("Route 53, zone {id}"));
    let Some(account) = run.account else { return (check.unknown(NO_LOGIN), None) };
    let found = match account.hosted_zone(id).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let what = format!("the account has no zone `{id}`");
            return (check.fail(what, "give the id of a zone of this account, or take another login"), None);
        }
        Err(error) => return (unanswered(check, &error), None),
    };
    let check = check.saw(format!("`{}`, {}", normal(&found.name), if found.private { "private" } else { "public" }));
    let zone_name = normal(&found.name);
    let outside = names.iter().find(|name| **name != zone_name && !name.ends_with(&format!(".{zone_name}")));
    let check = if found.private {
        check.fail(
            format!("the zone `{zone_name}` is private: nobody outside of its VPCs finds its names"),
            "take the public zone of the same name, or make one",
        )
    } else if let Some(name) = outside {
        check
            .fail(format!("`{name}` does not lie in the zone `{zone_name}`"), "give the id of the zone that it lies in")
    } else {
        check
    };
    (check, Some(found))
}

/// The name of the zone in which a name lies, as the DNS has it.
async fn enclosing<A>(run: &Visit<'_, A>, name: &str) -> Result<Option<String>, NoAnswer> {
    let answer = run.dns.ask(name.trim_start_matches("*."), RecordType::SOA).await?;
    Ok(if answer.records.is_empty() { answer.zone } else { Some(normal(name)) })
}

async fn delegated<A>(run: &Visit<'_, A>, zone: &str, known: Option<&HostedZone>) -> Check {
    let check = Check::new("zone-delegated", zone, format!("NS {zone}, at the servers of the zone above it"));
    let connected = "is this machine connected? `--resolver` asks another DNS server";
    let (parent, servers) = match parent(run, zone).await {
        Ok(Some(found)) => found,
        Ok(None) => return check.fail("no zone above it has an answer", connected),
        Err(error) => return check.saw(error).fail("the DNS server does not say which zone is above it", connected),
    };
    let asked = join_all(servers.iter().take(MAX_SERVERS).map(async |server| {
        let found = run.dns.addresses(server).await;
        let known = found.as_deref().unwrap_or_default();
        let at: Vec<SocketAddr> = run.settings.targets(server, 53, known).into_iter().take(MAX_SERVERS).collect();
        (at, found.err())
    }));
    let (above, unknown): (Vec<Vec<SocketAddr>>, Vec<Option<NoAnswer>>) = asked.await.into_iter().unzip();
    let above = above.concat();
    if let Some(error) = unknown.into_iter().flatten().next().filter(|_| above.is_empty()) {
        let check = check.saw(format!("`{parent}` is served by {}", servers.join(", "))).saw(error);
        return check.warn(format!("the addresses of the servers of `{parent}` cannot be told"), ASK_AGAIN);
    }
    let answer = match Dns::at(&above, run.settings) {
        Ok(dns) => dns.ask(zone, RecordType::NS).await.map_err(|error| error.as_ref().to_owned()),
        Err(error) => Err(error),
    };
    let there: BTreeSet<String> = match answer {
        Ok(answer) => answer.name_servers().into_iter().collect(),
        Err(error) => {
            let check = check.saw(format!("`{parent}` is served by {}", servers.join(", "))).saw(error);
            return check.warn(
                format!("the servers of `{parent}` do not say who has `{zone}`"),
                "a firewall may keep port 53 from being asked",
            );
        }
    };
    let check = check.saw(format!("`{parent}` says {}", list(&there)));
    if there.is_empty() {
        let hint = match known {
            Some(known) => format!("enter these name servers where the domain is registered: {}", known.name_servers.join(", ")),
            None => "enter the name servers of the zone where the domain is registered; Route 53 shows them in its NS record".to_owned(),
        };
        return check.fail(format!("`{parent}` does not know the zone `{zone}`"), hint);
    }
    let here: BTreeSet<String> = match known {
        Some(known) => known.name_servers.iter().map(|name| normal(name)).collect(),
        None => match run.dns.ask(zone, RecordType::NS).await {
            Ok(answer) => answer.name_servers().into_iter().collect(),
            Err(error) if !error.is_told => {
                return check.saw(error).warn(format!("which servers `{zone}` itself names cannot be told"), ASK_AGAIN);
            }
            Err(error) => return check.saw(error).fail(format!("the servers of `{zone}` give no answer"), RIGHT_ZONE),
        },
    };
    let check = check.saw(format!("the zone itself says {}", list(&here)));
    if here == there {
        return check;
    }
    let (of_here, of_there) = join(addresses(run, &here), addresses(run, &there)).await;
    match !of_here.is_empty() && of_here == of_there {
        true => check.saw("they are the same servers by other names"),
        false => check.fail(format!("`{parent}` names other servers than the zone `{zone}` has"), RIGHT_ZONE),
    }
}

/// The addresses of servers: one may have several names.
async fn addresses<A>(run: &Visit<'_, A>, servers: &BTreeSet<String>) -> BTreeSet<IpAddr> {
    let found = join_all(servers.iter().take(MAX_NAMES).map(|server| run.dns.addresses(server))).await;
    found.into_iter().flatten().flatten().collect()
}

const RIGHT_ZONE: &str = "enter the name servers of this zone where the domain is registered, or take the zone that has those that are entered there";

/// The nearest zone above, and its servers; if there is none, the first question that had no answer.
async fn parent<A>(run: &Visit<'_, A>, zone: &str) -> Result<Option<(String, Vec<String>)>, NoAnswer> {
    let (mut name, mut unanswered) = (zone, None);
    while let Some((_, rest)) = name.split_once('.') {
        name = rest;
        match run.dns.ask(name, RecordType::NS).await {
            Ok(answer) if !answer.name_servers().is_empty() && !answer.records.is_empty() => {
                return Ok(Some((name.to_owned(), answer.name_servers())));
            }
            Ok(_) => {}
            Err(error) => unanswered = unanswered.or(Some(error)),
        }
    }
    unanswered.map_or(Ok(None), Err)
}

fn list(servers: &BTreeSet<String>) -> String {
    match servers.is_empty() {
        true => "nothing".to_owned(),
        false => servers.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    }
}
