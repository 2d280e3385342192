//! What is kept of a resource that is deleted or replaced, and what a changed policy takes away: remarks below the resource.
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
        if matches!(diff.impact, Impact::Destroy | Impact::MayDestroy) && diff.policy.is_none() {
            if before.word("DeletionPolicy").is_none() && is_snapshot_default(registry, before) {
                diff.reasons
                    .push("a snapshot is made first: the default DeletionPolicy of this type is Snapshot".to_owned());
            }
            continue;
        }
        for entry in &diff.attributes {
            let word =
                |side: &Option<serde_json::Value>| side.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned);
            let (was, is) = (word(&entry.before), word(&entry.after));
            let kept =
                |word: &Option<String>| matches!(word.as_deref(), Some("Retain" | "RetainExceptOnCreate" | "Snapshot"));
            if !kept(&was) || kept(&is) && was.as_deref() != Some("Retain") {
                continue;
            }
            let (was, is) = (was.unwrap_or_default(), is.unwrap_or_else(|| "Delete".to_owned()));
            match entry.name.as_str() {
                "DeletionPolicy" if was != is => diff.reasons.push(format!(
                    "no longer kept: when it leaves the template or the stack is deleted, its DeletionPolicy is {is}, not {was}"
                )),
                "UpdateReplacePolicy" if was != is => diff.reasons.push(format!(
                    "no longer kept: when an update replaces it, its UpdateReplacePolicy is {is}, not {was}"
                )),
                _ => {}
            }
        }
    }
}

/// Whether CloudFormation makes a snapshot where the template says nothing.
fn is_snapshot_default(registry: &Registry, resource: &Resource) -> bool {
    let facts = registry.of(&resource.type_name);
    let has = |property: &str| resource.property(property).is_some();
    facts.is_some_and(|facts| facts.default_deletion_policy(has) == DefaultPolicy::Snapshot)
}
