//! The comparison of a diff with another one that was approved.

use std::fmt;

use crate::broadening::Broadening;
use crate::diff::Diff;
use crate::impact::Impact;

/// Something in a diff that its approval does not cover.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Excess {
    /// A resource is changed more severely.
    Impact {
        /// The resource.
        logical_id: String,
        /// Its type.
        type_name: String,
        /// The approved impact.
        approved: Impact,
        /// The impact that there would be now.
        now: Impact,
    },
    /// More is permitted.
    Broadening(Broadening),
}

impl Diff {
    /// Everything that is more severe here than in `approved`.
    pub fn exceeds(&self, approved: &Diff) -> Vec<Excess> {
        let impacts = self.resources.iter().filter_map(|resource| {
            let agreed = approved.resource(&resource.logical_id);
            let agreed = agreed.map(|agreed| agreed.impact).unwrap_or_default();
            (!covers(agreed, resource.impact)).then(|| Excess::Impact {
                logical_id: resource.logical_id.clone(),
                type_name: resource.type_name.clone(),
                approved: agreed,
                now: resource.impact,
            })
        });
        let broadening = self.broadening.iter().filter(|found| {
            // The place of a statement in its list may move; what it permits may not.
            !approved.broadening.iter().any(|agreed| {
                agreed.logical_id == found.logical_id && agreed.kind == found.kind && agreed.value == found.value
            })
        });
        impacts.chain(broadening.cloned().map(Excess::Broadening)).collect()
    }
}

/// True if an approval of one impact covers another one: every milder one, and that something is created or updated after all. That
/// something is lost after all is asked about again.
fn covers(approved: Impact, now: Impact) -> bool {
    now <= approved
        || matches!((approved, now), (Impact::MayCreate, Impact::Create) | (Impact::MayUpdate, Impact::Update))
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Excess::Impact { logical_id, type_name, approved, now } => {
                write!(f, "`{logical_id}` ({type_name}): {now}, approved was {approved}")
            }
            Excess::Broadening(broadening) => write!(f, "{broadening}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;
    use crate::impact::Impact;

    #[test]
    fn an_approval_of_something_open_covers_what_it_becomes_unless_a_resource_is_lost() {
        for (approved, now, expected) in [
            (Impact::MayCreate, Impact::Create, true),
            (Impact::MayUpdate, Impact::Update, true),
            (Impact::MayUpdate, Impact::NoChange, true),
            (Impact::MayReplace, Impact::Update, true),
            (Impact::MayReplace, Impact::Replace, false),
            (Impact::MayDestroy, Impact::Destroy, false),
            (Impact::MayCreate, Impact::Update, false),
            (Impact::NoChange, Impact::MayUpdate, false),
            (Impact::Create, Impact::MayUpdate, false),
        ] {
            assert_eq!(covers(approved, now), expected, "{approved} approved, {now}");
        }
    }
}
