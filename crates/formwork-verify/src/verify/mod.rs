//! `verify`: every check of a deployed site, all of them at once.

mod answers;
mod backends;
mod certificates;
mod names;
mod origin;
mod run;
mod viewers;

use futures_util::future::{join, join_all};

use crate::check::{Check, Outcome, Report};
use crate::dns::Dns;
use crate::error::SetupError;
use crate::settings::Settings;
use crate::site::{Site, SiteName};
use run::Run;

/// Checks whether a deployed site answers as it is meant to.
///
/// # Errors
///
/// When nothing can be asked at all. A server that does not answer is a check that failed.
pub async fn verify(site: &Site, settings: &Settings) -> Result<Report, SetupError> {
    let dns = Dns::of(settings).map_err(SetupError::Machine)?;
    let roots = settings.roots()?;
    let run = Run { site, settings, dns, roots };
    let of_names = join_all(site.names.iter().map(|name| of_name(&run, name)));
    let (of_names, of_origin) = join(of_names, origin::checks(&run)).await;
    // A name that sends its viewers to another one is fine; names that do so in a circle are not.
    let mut asked = of_names.iter().filter(|name| name.checks.iter().any(|check| check.id == "health")).peekable();
    let is_circle = asked.peek().is_some() && asked.all(|name| name.sent_to.is_some());
    let mut checks: Vec<Check> = of_names.into_iter().flat_map(|name| name.checks).collect();
    if is_circle {
        for check in checks.iter_mut().filter(|check| check.id == "health") {
            let hint =
                "one of them has to answer; look for functions of the distribution, and redirects of the backend's own";
            *check = check.clone().fail("every name of the site sends its viewers to another one", hint);
        }
    }
    checks.extend(of_origin);
    Ok(Report { checks })
}

/// The checks of one name.
struct OfName {
    checks: Vec<Check>,
    /// The other name of the site to which its viewers are sent.
    sent_to: Option<String>,
}

async fn of_name(run: &Run<'_>, name: &SiteName) -> OfName {
    if name.name.starts_with('*') {
        let why = "`*` stands for many names; give one of them to the distribution by itself to have it checked";
        return OfName { checks: vec![Check::not_checked("dns-a", &name.name, why)], sent_to: None };
    }
    let (mut checks, addresses) = names::checks(run, name).await;
    if addresses.is_empty() {
        let why = "there is no address to connect to";
        let rest = ["https", "plain-http", "health"];
        checks.extend(rest.map(|id| Check::not_checked(id, &name.name, why)));
        return OfName { checks, sent_to: None };
    }
    let (name, addresses) = (name.name.as_str(), addresses.as_slice());
    let (secured, (plain, (answers, sent_to))) = join(
        certificates::checks(run, name, addresses),
        join(viewers::plain_http(run, name, addresses), answers::checks(run, name, addresses)),
    )
    .await;
    let no_https = secured.iter().any(|check| check.id == "https" && matches!(check.outcome, Outcome::Fail { .. }));
    for check in secured.into_iter().chain([plain]).chain(answers) {
        let is_over_https = !["https", "plain-http"].contains(&check.id);
        let found =
            !matches!(check.outcome, Outcome::Pass | Outcome::NotApplicable { .. } | Outcome::NotChecked { .. });
        // One fault, said once.
        checks.push(match no_https && is_over_https && found {
            true => Check::not_checked(check.id, name, "there is no https to look at"),
            false => check,
        });
    }
    // Without https there is no answer that sends anybody anywhere.
    OfName { checks, sent_to: sent_to.filter(|_| !no_https) }
}
