//! `doctor`: before the first deploy, everything that would let it hang or fail for reasons that no template shows.

mod caa;
mod free;
mod instance;
mod zone;

use futures_util::future::{join, join_all};

use crate::account::Account;
use crate::check::{Check, Report};
use crate::dns::Dns;
use crate::settings::Settings;
use crate::site::Site;
use crate::verify::SetupError;

/// Whether the site's stacks are deployed already: then its records and its distribution are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// They are.
    Yes,
    /// They are not.
    No,
    /// Nobody could be asked.
    Unknown,
}

/// Checks whether a site can be deployed. Without an account, what only AWS knows is not applicable.
///
/// # Errors
///
/// When nothing can be asked at all.
pub async fn doctor<A: Account>(
    site: &Site,
    deployed: Deployed,
    account: Option<&A>,
    settings: &Settings,
) -> Result<Report, SetupError> {
    let run = Visit { site, deployed, account, settings, dns: Dns::of(settings).map_err(SetupError::Machine)? };
    let of_zones = zone::checks(&run);
    let of_names = join_all(site.names.iter().map(async |name| {
        let (caa, free) = join(caa::check(&run, &name.name), free::checks(&run, name)).await;
        [vec![caa], free].concat()
    }));
    let (of_zones, (of_names, of_instance)) = join(of_zones, join(of_names, instance::checks(&run))).await;
    Ok(Report { checks: of_zones.into_iter().chain(of_names.into_iter().flatten()).chain(of_instance).collect() })
}

/// What the checks of a run share.
struct Visit<'a, A> {
    site: &'a Site,
    deployed: Deployed,
    account: Option<&'a A>,
    settings: &'a Settings,
    dns: Dns,
}

/// The reason for a check that only AWS could answer.
const NO_LOGIN: &str = "only AWS can say, and there is no login";

/// A check that AWS did not answer.
fn unanswered(check: Check, error: &crate::account::Unanswered) -> Check {
    check.saw(error.to_string()).skip("AWS did not say")
}
