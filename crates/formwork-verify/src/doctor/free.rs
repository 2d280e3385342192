//! Neither a record nor a distribution has the name yet: CloudFormation creates both, and fails where they are there.

use futures_util::future::{join, join3};
use hickory_resolver::proto::rr::RecordType;

use super::visit::{Deployed, NO_LOGIN, Visit, unanswered};
use crate::account::Account;
use crate::check::Check;
use crate::dns::ASK_AGAIN;
use crate::settings::normal;
use crate::site::SiteName;

/// The records that the stacks make, and the one that excludes them.
const KINDS: &[&str] = &["A", "AAAA", "HTTPS", "CNAME"];

pub(super) async fn checks<A: Account>(run: &Visit<'_, A>, name: &SiteName) -> Vec<Check> {
    if run.deployed == Deployed::Yes {
        let why = "the stacks are deployed, and have the name";
        return ["record-free", "distribution-free"].map(|id| Check::not_applicable(id, &name.name, why)).into();
    }
    let (record, distribution) = join(record(run, name), distribution(run, &name.name)).await;
    vec![record, distribution]
}

async fn record<A: Account>(run: &Visit<'_, A>, name: &SiteName) -> Check {
    let zone = name.zone.as_ref().and_then(|zone| zone.id.as_deref());
    let name = name.name.as_str();
    if let (Some(account), Some(zone)) = (run.account, zone) {
        let check = Check::new("record-free", name, format!("Route 53, records of {name} in zone {zone}"));
        match account.records(zone, name).await {
            Ok(records) => {
                let mut in_the_way = records.iter().filter(|record| KINDS.contains(&record.kind.as_str()));
                let check = check.saw_all(records.iter().map(|it| format!("{} {}", it.kind, it.values.join(", "))));
                return match in_the_way.next() {
                    Some(record) => taken(check, name, &record.kind),
                    None => check,
                };
            }
            // The DNS says a part of it.
            Err(error) => return of_dns(run, name).await.saw(error.to_string()),
        }
    }
    of_dns(run, name).await
}

fn taken(check: Check, name: &str, kind: &str) -> Check {
    check.fail(
        format!("`{name}` has a record of the type {kind} already"),
        "delete it right before the first deploy, or bring it into the stack by an import; if it is of a site made by hand, that one answers until then",
    )
}

async fn of_dns<A>(run: &Visit<'_, A>, name: &str) -> Check {
    let check = Check::new("record-free", name, format!("A, AAAA and CNAME {name}"));
    if name.starts_with('*') {
        return check.unknown("the DNS does not say whether a wildcard has a record");
    }
    // A wildcard of the zone answers for every name, and does not exclude a record.
    let beside = match name.split_once('.') {
        Some((_, rest)) => format!("formwork-asks-for-a-name-that-nobody-has.{rest}"),
        None => name.to_owned(),
    };
    let asked =
        join3(run.dns.ask(name, RecordType::A), run.dns.ask(name, RecordType::AAAA), run.dns.addresses(&beside));
    let (v4, v6, beside) = asked.await;
    let mut answers = Vec::new();
    for (kind, answer) in [("A", v4), ("AAAA", v6)] {
        match answer {
            Ok(answer) => answers.push((kind, answer)),
            Err(error) => {
                let what = format!("whether `{name}` has a record cannot be told");
                return check.saw(error).warn(what, ASK_AGAIN);
            }
        }
    }
    let found: Vec<_> =
        answers.iter().flat_map(|(kind, answer)| answer.addresses().into_iter().map(move |it| (*kind, it))).collect();
    let alias = answers.iter().find_map(|(_, answer)| answer.alias.clone());
    let check = check.saw_all(alias.iter().map(|alias| format!("CNAME {alias}")));
    let check = check.saw_all(found.iter().map(|(kind, address)| format!("{kind} {address}")));
    if alias.is_none() && found.is_empty() {
        return check.saw("none");
    }
    let beside = match beside {
        Ok(beside) => beside,
        Err(error) => {
            let what = format!("whether `{name}` has a record, or every name of its zone an answer, cannot be told");
            return check.saw(error).warn(what, ASK_AGAIN);
        }
    };
    match (alias, found.first()) {
        (None, None) => check.saw("none"),
        _ if !beside.is_empty() && found.iter().all(|(_, address)| beside.contains(address)) => check.warn(
            format!("`{name}` has an answer, as every name of its zone has"),
            "a wildcard record answers; the site's own records come before it",
        ),
        (Some(_), _) => taken(check, name, "CNAME"),
        (None, Some((kind, _))) => taken(check, name, kind),
    }
}

async fn distribution<A: Account>(run: &Visit<'_, A>, name: &str) -> Check {
    let check = Check::new("distribution-free", name, "CloudFront, distributions of the account");
    let Some(account) = run.account else { return check.unknown(NO_LOGIN) };
    let distributions = match account.distributions().await {
        Ok(distributions) => distributions,
        Err(error) => return unanswered(check, &error),
    };
    let taken = distributions.iter().find(|it| it.aliases.iter().any(|alias| normal(alias) == name));
    let check = check.saw(format!("{} in this account; others are not to be seen", distributions.len()));
    match taken {
        None => check,
        Some(taken) => check.saw(format!("{} {}", taken.id, taken.domain_name)).fail(
            format!("the distribution `{}` has the alias `{name}` already", taken.id),
            "CloudFront gives a name to one distribution: take the alias away there right before the first deploy, as its console does under `Alternate domain names`; the site is away until the new one is deployed",
        ),
    }
}
