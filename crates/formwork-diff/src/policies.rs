//! Remarks below a resource: what AWS keeps when it is deleted or replaced, and the effects of a changed policy.
//!
//! Source: AWS CloudFormation Template Reference, "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".

use formwork_schema::facts::{DefaultPolicy, Registry};

use crate::diff::ResourceDiff;
use crate::impact::Impact;
use crate::side::{Resource, Side};

/// Adds the remarks.
pub(crate) fn remark(registry: &Registry, resources: &mut [ResourceDiff], old: Option<&Side<'_>>) {
    for diff in resources {
        let Some(before) = old.and_then(|side| side.resource(&diff.logical_id)) else { continue };
        if matches!(diff.impact, Impact::Destroy | Impact::MayDestroy) {
            if diff.policy.as_deref() == Some("Snapshot") && !takes_snapshots(registry, before) {
                diff.policy = None;
                diff.reasons.push("no snapshot is made: this type does not take DeletionPolicy: Snapshot".to_owned());
            }
            if !before.attributes.contains_key("DeletionPolicy") && is_snapshot_default(registry, before) {
                diff.reasons
                    .push("a snapshot is made first: the default DeletionPolicy of this type is Snapshot".to_owned());
            }
            continue;
        }
        let default = if is_snapshot_default(registry, before) { "Snapshot" } else { "Delete" };
        for entry in &diff.attributes {
            let word =
                |side: &Option<serde_json::Value>| side.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned);
            let (was, is) = (word(&entry.before), word(&entry.after));
            // `RetainExceptOnCreate` deletes only what a failed creation left behind.
            let kept = |word: &Option<String>| match word.as_deref() {
                Some("Retain" | "RetainExceptOnCreate") => 2,
                Some("Snapshot") => 1,
                _ => 0,
            };
            // A replacement has no default but to delete.
            let default = if entry.name == "DeletionPolicy" { default } else { "Delete" };
            let was = was.or_else(|| entry.before.is_none().then(|| default.to_owned()));
            let is = is.or_else(|| entry.after.is_none().then(|| default.to_owned()));
            if kept(&is) >= kept(&was) {
                continue;
            }
            let (Some(was), Some(is)) = (was, is) else { continue };
            match entry.name.as_str() {
                "DeletionPolicy" => diff.reasons.push(format!(
                    "no longer kept: when it leaves the template or the stack is deleted, its DeletionPolicy is {is}, not {was}"
                )),
                "UpdateReplacePolicy" => diff.reasons.push(format!(
                    "no longer kept: when an update replaces it, its UpdateReplacePolicy is {is}, not {was}"
                )),
                _ => {}
            }
        }
    }
}

fn takes_snapshots(registry: &Registry, resource: &Resource) -> bool {
    registry.of(&resource.type_name).is_none_or(|facts| facts.takes_snapshots())
}

/// True if the resource's default deletion policy is `Snapshot`.
fn is_snapshot_default(registry: &Registry, resource: &Resource) -> bool {
    let facts = registry.of(&resource.type_name);
    let has = |property: &str| resource.property(property).is_some();
    facts.is_some_and(|facts| facts.default_deletion_policy(has) == DefaultPolicy::Snapshot)
}
