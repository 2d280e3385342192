//! The template diff, corrected by the change set. One function a rule; each has a test of its name.
//!
//! The two sources err in opposite ways. CloudFormation's change set leaves things out (a swap between empty objects of a
//! union completes with an empty list: aws/aws-cdk-cli#1951; some properties of type JSON: #1785), so a difference of
//! literals stays whatever the change set says. The template diff predicts replacements that do not come where a value is
//! only known during the deployment, so there, and only there, the change set decides.

use serde_json::Value;

use crate::change_set::{
    Action, ChangeDetail, ChangeSet, ChangeSetReplacement, KNOWN_AFTER_APPLY, RequiresRecreation, ResourceChange,
};
use crate::diff::{Basis, Diff, PropertyDiff, ResourceDiff};
use crate::impact::Impact;
use crate::path::{Path, Step};
use crate::secret::SECRET;

/// What is noted when CloudFormation finds nothing to do although the templates differ.
pub(crate) const NOTHING_TO_DO: &str = "CloudFormation finds nothing to deploy in this difference";

pub(crate) fn merge(mut diff: Diff, change_set: &ChangeSet) -> Diff {
    let secrets = |id: &str| -> Vec<Path> {
        let own = diff.secret_places.iter().filter(|(resource, _)| resource == id);
        own.map(|(_, path)| path.clone()).collect()
    };
    let mut merged: Vec<ResourceDiff> = Vec::new();
    let mut unlisted = Vec::new();
    for resource in diff.resources.iter().cloned() {
        let change = change_set.changes.iter().find(|change| change.logical_id == resource.logical_id);
        let kept = match change {
            Some(change) => Ok(both(resource, change, &secrets(&change.logical_id))),
            None => unlisted_by_change_set(resource),
        };
        match kept {
            Ok(resource) => merged.push(resource),
            Err(dropped) => unlisted.push(dropped),
        }
    }
    for change in &change_set.changes {
        if diff.resource(&change.logical_id).is_none() {
            merged.push(only_in_change_set(change, &secrets(&change.logical_id)));
        }
    }
    merged.retain(|resource| resource.impact != Impact::NoChange);
    diff.resources = merged;
    diff.broadening.retain(|broadening| !unlisted.contains(&broadening.logical_id));
    if !change_set.has_changes && !diff.is_empty() && !diff.notes.iter().any(|note| note == NOTHING_TO_DO) {
        diff.notes.push(NOTHING_TO_DO.to_owned());
    }
    diff
}

/// A resource that only the template diff has: it stays when its difference is one of the templates, and goes (with its
/// name) when all of it hung on values of the deployment.
fn unlisted_by_change_set(mut resource: ResourceDiff) -> Result<ResourceDiff, String> {
    match resource.certain_impact() {
        Impact::NoChange => Err(resource.logical_id),
        certain => {
            resource.properties.retain(|property| property.basis != Basis::Runtime);
            for property in &mut resource.properties {
                if property.basis == Basis::Unknown {
                    property.impact = property.impact.min(Impact::Update);
                }
            }
            resource.impact = certain;
            Ok(resource)
        }
    }
}

/// A resource that only the change set has: something outside the template changes it, such as another resource, a
/// parameter of Systems Manager, a tag of the stack.
fn only_in_change_set(change: &ResourceChange, secrets: &[Path]) -> ResourceDiff {
    let impact = impact_of(change);
    let mut resource = ResourceDiff {
        logical_id: change.logical_id.clone(),
        type_name: change.type_name.clone(),
        physical_id: change.physical_id.clone(),
        impact,
        policy: change.policy_action.and_then(|action| action.policy()).map(str::to_owned),
        ..ResourceDiff::default()
    };
    for detail in &change.details {
        apply_detail(&mut resource, detail, secrets);
    }
    resource
}

/// A resource that both have.
fn both(mut resource: ResourceDiff, change: &ResourceChange, secrets: &[Path]) -> ResourceDiff {
    resource.physical_id = change.physical_id.clone().or(resource.physical_id);
    if resource.impact != Impact::Create && resource.impact != Impact::Destroy && resource.impact != Impact::Orphan {
        resource.policy =
            change.policy_action.and_then(|action| action.policy()).map(str::to_owned).or(resource.policy);
    }
    match change.action {
        // Which side has the resource at all can hang on a condition; whether it is there, CloudFormation knows.
        Action::Add => {
            resource.impact = Impact::Create;
            return resource;
        }
        Action::Import => {
            resource.impact = Impact::Import;
            return resource;
        }
        Action::Remove => {
            resource.impact = impact_of(change);
            return resource;
        }
        _ => {}
    }
    let certain = resource.certain_impact();
    // Under `Create` in the template diff and `Modify` in the change set, the resource was deployed all along.
    let certain = if certain == Impact::Create { Impact::Update } else { certain };
    for property in &mut resource.properties {
        if matches!(property.basis, Basis::Runtime | Basis::Unknown) {
            let guess = property.impact.min(impact_of(change).max(Impact::Update));
            property.impact = detail_impact(change, property).unwrap_or(guess);
        }
    }
    for detail in &change.details {
        apply_detail(&mut resource, detail, secrets);
    }
    resource.impact = certain.max(impact_of(change));
    resource
}

/// What the change set says about a property that the template diff could only guess; `None` when it does not name it.
fn detail_impact(change: &ResourceChange, property: &PropertyDiff) -> Option<Impact> {
    let of_property = change.details.iter().filter(|detail| {
        path_of(detail).is_some_and(|path| starts_with(&property.path, &path) || starts_with(&path, &property.path))
    });
    of_property.filter_map(recreation).max()
}

/// What a detail says about replacement. A replacement that hangs on a value not known yet may still not come.
fn recreation(detail: &ChangeDetail) -> Option<Impact> {
    Some(match detail.requires_recreation? {
        RequiresRecreation::Never => Impact::Update,
        RequiresRecreation::Conditionally => Impact::MayReplace,
        RequiresRecreation::Always if waits(detail) => Impact::MayReplace,
        RequiresRecreation::Always => Impact::Replace,
    })
}

/// Whether the detail's new value is only known during the deployment.
fn waits(detail: &ChangeDetail) -> bool {
    detail.after_value.as_deref().is_some_and(|value| value.contains(KNOWN_AFTER_APPLY))
}

/// The impact that the change set gives a resource.
fn impact_of(change: &ResourceChange) -> Impact {
    match change.action {
        Action::Add => return Impact::Create,
        Action::Import => return Impact::Import,
        Action::Remove => {
            let is_kept = change.policy_action.and_then(|action| action.policy()) == Some("Retain");
            return if is_kept { Impact::Orphan } else { Impact::Destroy };
        }
        Action::SyncWithActual => return Impact::NoChange,
        Action::Dynamic => return Impact::MayReplace,
        Action::Modify | Action::Other(_) => {}
    }
    let is_replaced = change.replacement == Some(ChangeSetReplacement::True)
        || change.policy_action.is_some_and(|action| action.replaces());
    if is_replaced {
        let replacing: Vec<Impact> =
            change.details.iter().filter_map(recreation).filter(|impact| *impact != Impact::Update).collect();
        // Every reason for the replacement is a value that is not known yet.
        let all_wait = !replacing.is_empty() && replacing.iter().all(|impact| *impact == Impact::MayReplace);
        let knows_of_waiting = change.details.iter().any(waits);
        return if all_wait && knows_of_waiting { Impact::MayReplace } else { Impact::Replace };
    }
    match change.replacement {
        Some(ChangeSetReplacement::Conditional) => Impact::MayReplace,
        _ => Impact::Update,
    }
}

/// Adds to the resource what a detail knows: values, or a property that the template diff does not have.
fn apply_detail(resource: &mut ResourceDiff, detail: &ChangeDetail, secrets: &[Path]) {
    let is_tag = detail.attribute == "Tags";
    if !is_tag && detail.attribute != "Properties" {
        return;
    }
    let Some(path) = path_of(detail) else { return };
    let is_secret = secrets.iter().any(|secret| starts_with(secret, &path) || starts_with(&path, secret));
    let value = |text: &Option<String>| match text.as_deref() {
        Some(_) if is_secret => Some(Value::from(SECRET)),
        text => text.map(parse),
    };
    let (before, after) = (value(&detail.before_value), value(&detail.after_value));
    // Details name the top-level property, whatever is different in it; the template diff is finer.
    let below = |known: &PropertyDiff| starts_with(&known.path, &path) || starts_with(&path, &known.path);
    let known = resource.properties.iter_mut().find(|known| same_place(&known.path, &path));
    if let Some(known) = known {
        if known.basis == Basis::Runtime && !is_secret {
            known.before = before.or_else(|| known.before.clone());
            known.after = after.or_else(|| known.after.clone());
        }
        return;
    }
    if resource.properties.iter().any(below) || matches!(resource.impact, Impact::Create | Impact::Destroy) {
        return;
    }
    let secret = is_secret.then(|| "a secret changes".to_owned());
    let because = detail.causing_entity.as_deref().map(|entity| match detail.change_source.as_deref() {
        Some("ParameterReference") => format!("parameter `{entity}` changes"),
        _ => format!("`{entity}` changes"),
    });
    let because = because.or(secret);
    if before == after && before.is_some() && because.is_none() {
        return;
    }
    resource.properties.push(PropertyDiff {
        path,
        before,
        after,
        impact: recreation(detail).unwrap_or(Impact::Update),
        basis: Basis::ChangeSet,
        because,
    });
}

fn starts_with(path: &Path, prefix: &Path) -> bool {
    path.steps.len() >= prefix.steps.len()
        && path.steps.iter().zip(&prefix.steps).all(|(left, right)| same_step(left, right))
}

fn same_place(left: &Path, right: &Path) -> bool {
    left.steps.len() == right.steps.len() && starts_with(left, right)
}

fn same_step(left: &Step, right: &Step) -> bool {
    match (left, right) {
        (Step::Item { before, after }, Step::Item { before: b, after: a }) => {
            (after.is_some() && after == a) || (before.is_some() && before == b)
        }
        _ => left == right,
    }
}

/// `/Properties/DistributionConfig/Aliases/0`, or the top-level name where there is no path.
fn path_of(detail: &ChangeDetail) -> Option<Path> {
    let mut steps = Vec::new();
    match detail.path.as_deref().filter(|path| !path.is_empty()) {
        Some(path) => {
            let pieces = path.trim_start_matches('/').split('/');
            for piece in pieces.skip_while(|piece| *piece == "Properties") {
                // JSON Pointer: `~1` is a slash, `~0` a tilde.
                let name = piece.replace("~1", "/").replace("~0", "~");
                steps.push(match name.parse::<usize>() {
                    Ok(index) if !steps.is_empty() => Step::Item { before: Some(index), after: Some(index) },
                    _ => Step::Name(name),
                });
            }
        }
        None if detail.attribute == "Tags" => steps.push(Step::Name("Tags".to_owned())),
        None => steps.push(Step::Name(detail.name.clone()?)),
    }
    (!steps.is_empty()).then(|| Path::from(steps))
}

/// A change set gives values as text; those of objects and lists are JSON.
fn parse(text: &str) -> Value {
    match text.trim_start().chars().next() {
        Some('{' | '[') => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        _ => Value::from(text),
    }
}
