//! A run of `doctor`: what its checks share.

use crate::account::Unanswered;
use crate::check::Check;
use crate::dns::Dns;
use crate::settings::Settings;
use crate::site::Site;

/// State of the site's stacks: if they are deployed, its records and its distribution are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// They are deployed.
    Yes,
    /// They are not deployed.
    No,
    /// AWS could not be asked.
    Unknown,
}

/// Data that the checks of a run share.
pub(super) struct Visit<'a, A> {
    pub(super) site: &'a Site,
    pub(super) deployed: Deployed,
    pub(super) account: Option<&'a A>,
    pub(super) settings: &'a Settings,
    pub(super) dns: Dns,
}

/// The reason for a check that only AWS could answer.
pub(super) const NO_LOGIN: &str = "only AWS can say, and there is no login";

/// A check that AWS did not answer.
pub(super) fn unanswered(check: Check, error: &Unanswered) -> Check {
    check.saw(error.to_string()).unknown("AWS did not say")
}
