//! A hosted zone that exists already.

use formwork_assembly::{Location, Problem};
use formwork_template::Val;

use crate::domain::{self, Use};
use crate::existing;

/// A public hosted zone: where the records of a domain are.
#[derive(Clone, Debug)]
pub struct HostedZone {
    /// The zone's id, e.g. `Z0123456789ABCDEFGHIJ`.
    pub id: Val<String>,
    /// The zone's domain, e.g. `habitpay.link`.
    pub name: String,
    /// The place in the source where the zone was named, for messages.
    pub location: Location,
}

/// The place in the source is not part of the value.
impl PartialEq for HostedZone {
    fn eq(&self, other: &Self) -> bool {
        let HostedZone { id, name, location: _ } = self;
        (id, name) == (&other.id, &other.name)
    }
}

impl HostedZone {
    /// The zone with this id, which is for the domain `name`.
    #[track_caller]
    pub fn from_id(id: impl Into<Val<String>>, name: impl Into<String>) -> Self {
        HostedZone { id: id.into(), name: name.into(), location: std::panic::Location::caller().into() }
    }

    /// Reports what is wrong with the zone, at the place where it was named.
    pub(crate) fn check(&self, problems: &mut Vec<Problem>) {
        if let Err(reason) = domain::check(&self.name, Use::Host) {
            let problem = Problem::error(format!("{:?} is not a domain name: {reason}", self.name));
            problems.push(problem.at(self.location.clone()));
        }
        if let Some(id) = self.id.literal().filter(|id| existing::id_fault("AWS::Route53::HostedZone", id).is_some()) {
            let problem = Problem::error(format!("{id:?} is not an id of a hosted zone")).at(self.location.clone());
            problems.push(match id.strip_prefix("/hostedzone/") {
                Some(rest) => problem.hint(format!("leave the path out: `{rest}`")),
                None => {
                    problem.hint("it is a `Z` followed by upper-case letters and digits, e.g. `Z0123456789ABCDEFGHIJ`")
                }
            });
        }
    }

    /// Reports a record's name that is not a name or does not lie in the zone.
    pub(crate) fn check_record(&self, name: &str, problems: &mut Vec<Problem>) {
        self.check(problems);
        if let Err(reason) = domain::check(name, Use::Record) {
            problems.push(Problem::error(format!("{name:?} is not a domain name: {reason}")));
        } else if domain::check(&self.name, Use::Host).is_ok() && !domain::is_in(name, &self.name) {
            let hint = format!("its name ends in `.{}`, or is `{}`", self.name, self.name);
            problems.push(Problem::error(format!("`{name}` does not lie in the zone `{}`", self.name)).hint(hint));
        }
    }
}
