//! Backup plans: how long a backup in cold storage is kept.
//!
//! Source: AWS Backup Developer Guide, `Lifecycle`: "backups transitioned to cold storage must be stored in cold storage for a
//! minimum of 90 days".

use super::{At, Errors};
use crate::finding::rule;

/// Days that cold storage is paid for at least.
const COLD_DAYS: i64 = 90;

pub(super) fn plan(at: &At<'_>, errors: &mut Errors) {
    let rules = at.find(&["BackupPlan", "BackupPlanRule"]).map(|rules| rules.items()).unwrap_or_default();
    for rule in rules {
        let copies = rule.get("CopyActions").map(|copies| copies.items()).unwrap_or_default();
        for lifecycle in copies.iter().chain([&rule]).filter_map(|at| at.get("Lifecycle")) {
            let days = |key: &str| lifecycle.get(key)?.integer();
            let Some((kept, cold)) = days("DeleteAfterDays").zip(days("MoveToColdStorageAfterDays")) else { continue };
            let least = cold.saturating_add(COLD_DAYS);
            // A negative number means: never.
            if cold >= 0 && (0..least).contains(&kept) {
                let at = lifecycle.get("DeleteAfterDays").unwrap_or(lifecycle);
                let message =
                    format!("{{}} is {{value}}, fewer than {COLD_DAYS} days after `MoveToColdStorageAfterDays`");
                errors.push(at.wrong(rule::BACKUP_LIFECYCLE, &message).allowed(format!("at least {least}")));
            }
        }
    }
}
