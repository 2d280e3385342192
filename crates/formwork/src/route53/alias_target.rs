//! The targets of alias records.

use formwork_template::{Val, cloudfront};

use crate::Handle;
use crate::cloudfront::Distribution;
use crate::region::{Aws, In};

/// The target of an alias record.
#[derive(Clone, Debug, PartialEq)]
pub struct AliasTarget {
    /// The target's domain name.
    pub dns_name: Val<String>,
    /// The zone in which AWS keeps the target's name; not the zone of the record.
    pub hosted_zone_id: Val<String>,
    /// True if Route 53 leaves the record out while the target is unhealthy. CloudFront does not have such a state.
    pub evaluate_target_health: bool,
}

/// A resource that an alias record can point to.
pub trait ToAliasTarget {
    /// The target of such a record.
    fn alias_target(&self) -> AliasTarget;
}

impl<R: In<Aws>> ToAliasTarget for Handle<Distribution, R> {
    fn alias_target(&self) -> AliasTarget {
        AliasTarget {
            dns_name: self.domain_name(),
            hosted_zone_id: cloudfront::ZONE.0.into(),
            evaluate_target_health: false,
        }
    }
}

impl ToAliasTarget for AliasTarget {
    fn alias_target(&self) -> AliasTarget {
        self.clone()
    }
}
