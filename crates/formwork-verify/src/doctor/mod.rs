//! `doctor`: before the first deploy, everything that would let it hang or fail for reasons that no template shows.

mod caa;
mod free;
mod instance;
mod secrets;
mod visit;
mod zone;

use futures_util::future::{join, join_all};

use crate::account::Account;
use crate::check::Report;
use crate::dns::Dns;
use crate::error::SetupError;
use crate::settings::Settings;
use crate::site::Site;
pub use visit::Deployed;
use visit::Visit;

/// Checks whether a site can be deployed. Without an account, what only AWS knows is not checked.
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
