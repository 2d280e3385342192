//! Replication groups of ElastiCache: automatic failover needs a replica to go to.
//!
//! Source: ElastiCache API Reference, `CreateReplicationGroup`, `NumCacheClusters`: "If `AutomaticFailoverEnabled` is `true`, the
//! value of this parameter must be at least 2".

use super::{At, Errors};
use crate::finding::rule;

pub(super) fn replication_group(at: &At<'_>, errors: &mut Errors) {
    let fails_over = at.get("AutomaticFailoverEnabled").and_then(|failover| failover.truth()) == Some(true);
    let Some(clusters) = at.get("NumCacheClusters").filter(|_| fails_over) else { return };
    if clusters.integer().is_some_and(|count| count < 2) {
        let wrong = clusters.wrong(rule::CLUSTER_FAILOVER, "{} is {value}, and `AutomaticFailoverEnabled` is `true`");
        errors.push(wrong.allowed("at least 2").hint("failover needs a replica to go to"));
    }
}
