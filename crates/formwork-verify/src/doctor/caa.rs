//! CAA records let Amazon issue certificates, where there are any.
//!
//! Sources: RFC 8659, §3 (the nearest name above that has such records counts) and §4 (properties); AWS Certificate Manager User Guide,
//! "(Optional) Configure a CAA record" (Amazon's four names).

use hickory_resolver::proto::rr::rdata::CAA;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::visit::Visit;
use crate::check::{Check, shortened};
use crate::dns::ASK_AGAIN;

/// The names by which CAA records mean Amazon's authority.
const AMAZON: &[&str] = &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/// Properties that every authority has to know, and those that bind none.
const UNDERSTOOD: &[&str] = &["issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"];

pub(super) async fn check<A>(run: &Visit<'_, A>, name: &str) -> Check {
    let (wildcard, base) = match name.strip_prefix("*.") {
        Some(base) => (true, base),
        None => (false, name),
    };
    let check = Check::new("caa", name, format!("CAA {base}, and the names above it"));
    let mut at = base;
    loop {
        let records: Vec<CAA> = match run.dns.ask(at, RecordType::CAA).await {
            Ok(answer) => answer
                .records
                .into_iter()
                .filter_map(|record| match record {
                    RData::CAA(record) => Some(record),
                    _ => None,
                })
                .collect(),
            // The server that is asked here is not the one that an authority asks.
            Err(error) if !error.is_told => {
                return check.saw(error).warn(format!("whether `{at}` has CAA records cannot be told"), ASK_AGAIN);
            }
            Err(error) => {
                let what = format!("whether `{at}` has CAA records cannot be told, and an authority refuses then");
                return check.saw(error).fail(what, "the zone's servers have to answer questions for CAA records");
            }
        };
        if !records.is_empty() {
            let check =
                check.saw_all(records.iter().map(|record| format!("{at}: {} \"{}\"", record.tag, value(record))));
            return match allows(&records, wildcard) {
                Ok(()) => check,
                Err(reason) => check.fail(
                    format!("the CAA records of `{at}` {reason}"),
                    format!("add the record `0 issue \"amazon.com\"` to `{at}`"),
                ),
            };
        }
        match at.split_once('.') {
            Some((_, above)) if above.contains('.') => at = above,
            _ => return check.saw("none: every authority may issue"),
        }
    }
}

fn value(record: &CAA) -> String {
    shortened(&String::from_utf8_lossy(&record.value))
}

/// Checks that these records let Amazon issue a certificate.
fn allows(records: &[CAA], wildcard: bool) -> Result<(), String> {
    let is = |record: &&CAA, tag: &str| record.tag.eq_ignore_ascii_case(tag);
    let known = |record: &&CAA| UNDERSTOOD.iter().any(|tag| is(record, tag));
    if let Some(unknown) = records.iter().find(|record| record.issuer_critical && !known(record)) {
        return Err(format!("have the critical property `{}`, which Amazon may not know", shortened(&unknown.tag)));
    }
    let of = |tag: &'static str| records.iter().filter(move |record| is(record, tag)).collect::<Vec<_>>();
    let wild = of("issuewild");
    let relevant = if wildcard && !wild.is_empty() { wild } else { of("issue") };
    // A property that only says where to report to restricts nobody.
    let names_amazon = |record: &&CAA| {
        let value = value(record);
        let issuer = value.split(';').next().unwrap_or_default().trim().trim_end_matches('.').to_ascii_lowercase();
        AMAZON.contains(&issuer.as_str())
    };
    match relevant.is_empty() || relevant.iter().any(names_amazon) {
        true => Ok(()),
        false => Err("do not let Amazon issue a certificate".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::rdata::CAA;

    use super::allows;

    /// The critical flag of a record, its property, its value.
    type Record = (bool, &'static str, &'static str);

    #[test]
    fn what_amazon_may_issue() {
        // Records; whether Amazon may issue a certificate for a name, and for a wildcard.
        let table: &[(&[Record], bool, bool)] = &[
            (&[(false, "issue", "amazon.com")], true, true),
            (&[(false, "ISSUE", " AmazonTrust.com. ; validationmethods=dns-01")], true, true),
            (&[(false, "issue", "letsencrypt.org")], false, false),
            (&[(false, "issue", "letsencrypt.org"), (false, "issue", "awstrust.com")], true, true),
            (&[(false, "issue", ";")], false, false),
            (&[(false, "issue", "")], false, false),
            (&[(false, "issue", "amazon.com.evil.example")], false, false),
            (&[(false, "iodef", "mailto:a@example.com")], true, true),
            (&[(false, "issuewild", "letsencrypt.org")], true, false),
            (&[(false, "issue", "letsencrypt.org"), (false, "issuewild", "amazonaws.com")], false, true),
            (&[(false, "issue", "amazon.com"), (false, "issuewild", ";")], true, false),
            (&[(true, "issue", "amazon.com")], true, true),
            (&[(true, "tbs", "x"), (false, "issue", "amazon.com")], false, false),
            (&[(false, "tbs", "x")], true, true),
        ];
        for (records, plain, wildcard) in table {
            let records: Vec<CAA> = records
                .iter()
                .map(|(critical, tag, value)| {
                    let mut record = CAA::new_issue(*critical, None, Vec::new());
                    (record.tag, record.value) = ((*tag).to_owned(), value.as_bytes().to_vec());
                    record
                })
                .collect();
            assert_eq!(allows(&records, false).is_ok(), *plain, "{records:?}");
            assert_eq!(allows(&records, true).is_ok(), *wildcard, "{records:?}");
        }
    }
}
