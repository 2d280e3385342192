//! Amazon Route 53: hosted zones and their records.

mod alias;
mod alias_target;
mod hosted_zone;
mod record_set;

pub use alias::{AliasRecords, AliasRecordsHandle};
pub use alias_target::{AliasTarget, ToAliasTarget};
pub use hosted_zone::HostedZone;
pub use record_set::{Record, RecordSet, RecordSetAttributes};
