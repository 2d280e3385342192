//! Records of a name: A, AAAA and HTTPS lead viewers to the distribution.

use std::net::IpAddr;

use futures_util::future::{join, join_all};
use hickory_resolver::proto::rr::rdata::svcb::{SVCB, SvcParamValue};
use hickory_resolver::proto::rr::{RData, RecordType};

use super::run::Run;
use crate::check::Check;
use crate::dns::{ASK_AGAIN, Answer, NoAnswer};
use crate::http::Question;
use crate::net::NetError;
use crate::settings::normal;
use crate::site::SiteName;

/// Addresses of unknown owners that are asked for a proof.
const MAX_PROOFS: usize = 4;

/// The checks of the records, and the addresses at which the rest is asked for: those of the distribution, so that a record that leads
/// elsewhere is one fault and not ten.
pub(super) async fn checks(run: &Run<'_>, name: &SiteName) -> (Vec<Check>, Vec<IpAddr>) {
    let records = join(run.dns.ask(&name.name, RecordType::A), run.dns.ask(&name.name, RecordType::AAAA));
    let answers = join(records, join(own_addresses(run), run.dns.ask(&name.name, RecordType::HTTPS)));
    let ((a, aaaa), (own, https)) = answers.await;
    let found: Vec<IpAddr> = [&a, &aaaa].into_iter().flatten().flat_map(Answer::addresses).collect();
    let of_a = leads(run, &name.name, ("dns-a", "A"), &a, &own);
    let ((a, right), (aaaa, more)) = match run.site.ipv6 {
        true => join(of_a, leads(run, &name.name, ("dns-aaaa", "AAAA"), &aaaa, &own)).await,
        false => (of_a.await, (without_ipv6(&name.name, &aaaa), Vec::new())),
    };
    let https = of_https(run, name, https, &own).await;
    let right = [right, more].concat();
    let addresses = [right, own, found].into_iter().find(|addresses| !addresses.is_empty()).unwrap_or_default();
    (vec![a, aaaa, https], addresses)
}

/// The addresses of the distribution's own name; none where it is not known.
async fn own_addresses(run: &Run<'_>) -> Vec<IpAddr> {
    match &run.site.distribution {
        Some(name) => run.dns.addresses(name).await.unwrap_or_default(),
        None => Vec::new(),
    }
}

/// Checks that every address of a name is one of the distribution; with the addresses that are.
///
/// CloudFront names a few of its many addresses at a time, so the name's may be others than the distribution's of the same moment.
/// Such an address is asked for the site: only CloudFront says that it is CloudFront, and no two distributions share a name.
async fn leads(
    run: &Run<'_>,
    name: &str,
    (id, kind): (&'static str, &str),
    answer: &Result<Answer, NoAnswer>,
    own: &[IpAddr],
) -> (Check, Vec<IpAddr>) {
    let check = Check::new(id, name, format!("{kind} {name}"));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return (check.saw(error).fail("the DNS server gives no answer", ASK_AGAIN), Vec::new()),
    };
    let found = answer.addresses();
    if found.is_empty() {
        let what = format!("`{name}` has no {kind} record");
        let hint = "deploy the stack that has the records; `doctor` says whether the zone is delegated";
        return (check.saw(answer.none()).fail(what, hint), Vec::new());
    }
    let check = check.saw_all(found.iter().map(ToString::to_string));
    let distribution = run.site.distribution.as_deref();
    if let (Some(alias), Some(distribution)) = (&answer.alias, distribution)
        && *alias == normal(distribution)
    {
        return (check.saw(format!("by a CNAME record to `{alias}`")), found);
    }
    let (mut right, mut strays): (Vec<IpAddr>, Vec<IpAddr>) = found.iter().partition(|address| own.contains(address));
    if !strays.is_empty() && distribution.is_some() {
        let again = own_addresses(run).await;
        right.extend(strays.extract_if(.., |address| again.contains(address)));
    }
    if strays.is_empty() {
        return (check.saw(format!("all of `{}`", distribution.unwrap_or_default())), right);
    }
    let proofs = join_all(strays.iter().take(MAX_PROOFS).map(|address| proof(run, name, *address))).await;
    let check = check.saw_all(proofs.iter().map(|(line, _)| line));
    let of =
        |wanted: Proof| proofs.iter().zip(&strays).filter(move |((_, proof), _)| *proof == wanted).map(|(_, it)| *it);
    right.extend(of(Proof::CloudFront));
    let check = if let Some(address) = of(Proof::Foreign).next() {
        let whose = match distribution {
            Some(distribution) => format!("not the distribution `{distribution}`"),
            None => "not CloudFront".to_owned(),
        };
        let hint = format!("let the {kind} record be an alias of the distribution, as `AliasRecords` makes it");
        check.fail(format!("`{name}` leads to {address}, which is {whose}"), hint)
    } else if of(Proof::Unreachable).next().is_some() {
        let what = format!("whether the {kind} record leads to the distribution cannot be told from here");
        check.warn(what, "this machine does not reach the addresses; ask from one that has IPv6")
    } else {
        check
    };
    (check, right)
}

/// The proof that an address belongs to CloudFront.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    CloudFront,
    Foreign,
    /// An IPv6 address that cannot be reached from here: this machine may have no IPv6.
    Unreachable,
}

async fn proof(run: &Run<'_>, name: &str, address: IpAddr) -> (String, Proof) {
    match run.ask(&[address], Question::get(name, run.path())).await {
        Ok(answer) if answer.is_from_cloudfront() => (format!("{address} is CloudFront"), Proof::CloudFront),
        Ok(answer) => (format!("{address} answers {}, without `Via` of CloudFront", answer.summary()), Proof::Foreign),
        Err(error @ NetError::Connect { .. }) if address.is_ipv6() => (error.to_string(), Proof::Unreachable),
        Err(error) => (format!("{address}: {error}"), Proof::Foreign),
    }
}

fn without_ipv6(name: &str, answer: &Result<Answer, NoAnswer>) -> Check {
    let check = Check::new("dns-aaaa", name, format!("AAAA {name}"));
    match answer {
        Ok(answer) if !answer.addresses().is_empty() => {
            let what = format!("`{name}` has an AAAA record, but the distribution takes no IPv6");
            check
                .saw_all(answer.addresses().iter().map(ToString::to_string))
                .fail(what, "delete the record, or set `ipv6` of the distribution")
        }
        Ok(_) => check.skip("the distribution takes no IPv6"),
        Err(error) => check.saw(error).fail("the DNS server gives no answer", ASK_AGAIN),
    }
}

async fn of_https(run: &Run<'_>, name: &SiteName, answer: Result<Answer, NoAnswer>, own: &[IpAddr]) -> Check {
    let (site, name, expected) = (run.site, name.name.as_str(), name.https_record);
    if !site.http3 && !expected {
        return Check::not_applicable("dns-https", name, "the distribution does not speak HTTP/3");
    }
    let check = Check::new("dns-https", name, format!("HTTPS {name}"));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return check.saw(error).fail("the DNS server gives no answer", ASK_AGAIN),
    };
    let records: Vec<&SVCB> = answer
        .records
        .iter()
        .filter_map(|record| match record {
            RData::HTTPS(https) => Some(&https.0),
            _ => None,
        })
        .collect();
    if records.is_empty() {
        let (check, what) = (check.saw(answer.none()), format!("`{name}` has no HTTPS record"));
        return match expected {
            true => check.fail(what, "deploy the stack that has the record"),
            false => check.warn(what, "with `https` of `AliasRecords`, browsers begin with HTTP/3 at once"),
        };
    }
    let check = check.saw_all(records.iter().map(|record| shown(record)));
    let alias = "let it be an alias of the distribution, as `AliasRecords` makes it with `https`";
    let distribution = site.distribution.as_deref().map(normal);
    let target = |record: &SVCB| match normal(&record.target_name.to_ascii()) {
        own if own.is_empty() => name.to_owned(),
        target => target,
    };
    if let Some(record) = records
        .iter()
        .find(|record| target(record) != name && distribution.as_ref().is_some_and(|it| *it != target(record)))
    {
        let what = format!("the HTTPS record leads to `{}`, which is not the distribution", target(record));
        return check.fail(what, alias);
    }
    if let Some(port) = records.iter().find_map(|record| port(record)).filter(|port| *port != 443) {
        return check.fail(format!("the HTTPS record leads to port {port}, where CloudFront does not answer"), alias);
    }
    // Browsers connect to the addresses that the record hints at, before they have asked for others.
    let strays: Vec<IpAddr> = records.iter().flat_map(|record| hints(record)).filter(|it| !own.contains(it)).collect();
    let proofs = join_all(strays.iter().take(MAX_PROOFS).map(|address| proof(run, name, *address))).await;
    let check = check.saw_all(proofs.iter().map(|(line, _)| line));
    if let Some((_, address)) = proofs.iter().zip(&strays).find(|((_, proof), _)| *proof == Proof::Foreign) {
        return check.fail(format!("the HTTPS record hints at {address}, which is not the distribution"), alias);
    }
    // A record of priority 0 only names another one to ask.
    if site.http3 && records.iter().all(|record| record.svc_priority != 0 && !protocols(record).any(|it| it == "h3")) {
        return check.fail(
            "the HTTPS record does not offer `h3`",
            "its `alpn` has to list `h3`, since the distribution speaks HTTP/3",
        );
    }
    check
}

fn protocols(record: &SVCB) -> impl Iterator<Item = &str> {
    record.svc_params.iter().flat_map(|(_, value)| match value {
        SvcParamValue::Alpn(alpn) => alpn.0.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    })
}

fn port(record: &SVCB) -> Option<u16> {
    record.svc_params.iter().find_map(|(_, value)| match value {
        SvcParamValue::Port(port) => Some(*port),
        _ => None,
    })
}

fn hints(record: &SVCB) -> Vec<IpAddr> {
    let of = |value: &SvcParamValue| -> Vec<IpAddr> {
        match value {
            SvcParamValue::Ipv4Hint(hint) => hint.0.iter().map(|address| IpAddr::V4(address.0)).collect(),
            SvcParamValue::Ipv6Hint(hint) => hint.0.iter().map(|address| IpAddr::V6(address.0)).collect(),
            _ => Vec::new(),
        }
    };
    record.svc_params.iter().flat_map(|(_, value)| of(value)).collect()
}

fn shown(record: &SVCB) -> String {
    let protocols: Vec<&str> = protocols(record).collect();
    let (priority, target) = (record.svc_priority, record.target_name.to_ascii());
    match protocols.is_empty() {
        true => format!("{priority} {target}"),
        false => format!("{priority} {target} alpn={}", protocols.join(",")),
    }
}
