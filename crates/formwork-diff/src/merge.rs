//! The template diff, corrected by the change set. One function per rule; each has a test of its name.
//!
//! The two sources err in opposite ways. CloudFormation's change set leaves things out (a swap between empty objects of a
//! union completes with an empty list: aws/aws-cdk-cli#1951; some properties of type JSON: #1785), so a difference of
//! literals stays whatever the change set says. The template diff predicts replacements that do not come where a value is
//! only known during the deployment, so there, and only there, the change set decides.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diff::{Basis, Diff, PropertyDiff, ResourceDiff};
use crate::exports::ExportFate;
use crate::impact::Impact;
use crate::path::{Path, Step};
use crate::secret::SECRET;
use formwork_model::change_set::{
    Action, ChangeDetail, ChangeSet, ChangeSetReplacement, KNOWN_AFTER_APPLY, RequiresRecreation, ResourceChange,
};

/// The note for when CloudFormation finds nothing to do although the templates differ.
pub(crate) const NOTHING_TO_DO: &str = "CloudFormation finds nothing to deploy in this difference";

pub(crate) fn merge(mut diff: Diff, change_set: &ChangeSet) -> Diff {
    let secrets = |id: &str| -> Vec<Path> {
        let own = diff.secret_places.iter().filter(|(resource, _)| resource == id);
        own.map(|(_, path)| path.clone()).collect()
    };
    let replaced = replaced(change_set);
    let mut merged: Vec<ResourceDiff> = Vec::new();
    let mut unlisted = Vec::new();
    for resource in diff.resources.iter().cloned() {
        let change = change_set.changes.iter().find(|change| change.logical_id == resource.logical_id);
        let kept = match change {
            Some(change) => Ok(both(resource, change, &secrets(&change.logical_id), &replaced)),
            None => unlisted_by_change_set(resource),
        };
        match kept {
            Ok(resource) => merged.push(resource),
            Err(dropped) => unlisted.push(dropped),
        }
    }
    for change in &change_set.changes {
        if diff.resource(&change.logical_id).is_none() {
            merged.push(only_in_change_set(change, &secrets(&change.logical_id), &replaced));
        }
    }
    merged.retain(|resource| resource.impact != Impact::NoChange);
    merged.iter_mut().for_each(ResourceDiff::settle_kept_name);
    let stays = |before: &ResourceDiff| {
        let now = merged.iter().find(|now| now.logical_id == before.logical_id);
        before.impact == Impact::Replace && now.is_none_or(|now| now.impact != Impact::Replace)
    };
    if diff.resources.iter().any(stays) {
        // Its identity may be in the value.
        let certain = diff.exports.iter_mut().filter(|export| export.fate == ExportFate::Changes);
        certain.for_each(|export| export.fate = ExportFate::MayChange);
    }
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
fn only_in_change_set(change: &ResourceChange, secrets: &[Path], replaced: &Replaced<'_>) -> ResourceDiff {
    let impact = impact_of(change, replaced);
    let mut resource = ResourceDiff {
        logical_id: change.logical_id.clone(),
        type_name: change.type_name.clone(),
        physical_id: change.physical_id.clone(),
        impact,
        policy: change.policy_action.and_then(|action| action.policy()).map(str::to_owned),
        ..ResourceDiff::default()
    };
    for detail in &change.details {
        apply_detail(&mut resource, detail, secrets, replaced);
    }
    resource
}

/// A resource that both have.
fn both(
    mut resource: ResourceDiff,
    change: &ResourceChange,
    secrets: &[Path],
    replaced: &Replaced<'_>,
) -> ResourceDiff {
    resource.physical_id = change.physical_id.clone().or(resource.physical_id);
    if !matches!(
        resource.impact,
        Impact::Create | Impact::MayCreate | Impact::Destroy | Impact::MayDestroy | Impact::Orphan
    ) {
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
            resource.impact = impact_of(change, replaced);
            return resource;
        }
        _ => {}
    }
    let certain = resource.certain_impact();
    // Under `Create` in the template diff and `Modify` in the change set, the resource was deployed all along.
    let certain = if certain == Impact::Create { Impact::Update } else { certain };
    for property in &mut resource.properties {
        if matches!(property.basis, Basis::Runtime | Basis::Unknown) {
            let guess = property.impact.min(impact_of(change, replaced).max(Impact::Update));
            property.impact = detail_impact(change, property, replaced).unwrap_or(guess);
        }
    }
    for detail in &change.details {
        apply_detail(&mut resource, detail, secrets, replaced);
    }
    resource.impact = certain.max(impact_of(change, replaced));
    resource
}

/// The impact, by the change set, of a property that the template diff could only guess; `None` when it does not name it.
fn detail_impact(change: &ResourceChange, property: &PropertyDiff, replaced: &Replaced<'_>) -> Option<Impact> {
    let of_property = change.details.iter().filter(|detail| {
        path_of(detail).is_some_and(|path| starts_with(&property.path, &path) || starts_with(&path, &property.path))
    });
    of_property.filter_map(|detail| recreation(detail, replaced)).max()
}

/// The replacement that a detail tells. One that hangs on a value not known yet may still not come.
fn recreation(detail: &ChangeDetail, replaced: &Replaced<'_>) -> Option<Impact> {
    Some(match detail.requires_recreation? {
        RequiresRecreation::Never => Impact::Update,
        RequiresRecreation::Conditionally => Impact::MayReplace,
        RequiresRecreation::Always if waits(detail) && !follows(detail, replaced) => Impact::MayReplace,
        RequiresRecreation::Always => Impact::Replace,
    })
}

/// Resources that are replaced for certain.
type Replaced<'c> = BTreeSet<&'c str>;

/// The resources of the change set that are replaced for certain: for another reason than a value that is not known yet, or because
/// a resource that they refer to is one of them.
fn replaced(change_set: &ChangeSet) -> Replaced<'_> {
    let mut replaced = Replaced::new();
    loop {
        let more: Vec<&str> = change_set
            .changes
            .iter()
            .filter(|change| !replaced.contains(change.logical_id.as_str()))
            .filter(|change| impact_of(change, &replaced) == Impact::Replace)
            .map(|change| change.logical_id.as_str())
            .collect();
        if more.is_empty() {
            return replaced;
        }
        replaced.extend(more);
    }
}

/// True if the detail's value is one of a resource that is replaced for certain.
fn follows(detail: &ChangeDetail, replaced: &Replaced<'_>) -> bool {
    let is_reference = matches!(detail.change_source.as_deref(), Some("ResourceReference" | "ResourceAttribute"));
    let cause = detail.causing_entity.as_deref().map(|entity| entity.split('.').next().unwrap_or(entity));
    is_reference && !detail.is_dynamic && cause.is_some_and(|id| replaced.contains(id))
}

/// True if the detail's new value is only known during the deployment.
fn waits(detail: &ChangeDetail) -> bool {
    detail.after_value.as_deref().is_some_and(|value| value.contains(KNOWN_AFTER_APPLY))
}

/// The impact that the change set gives a resource.
fn impact_of(change: &ResourceChange, replaced: &Replaced<'_>) -> Impact {
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
        let replacing: Vec<Impact> = change
            .details
            .iter()
            .filter_map(|detail| recreation(detail, replaced))
            .filter(|impact| *impact != Impact::Update)
            .collect();
        // Every reason for the replacement is a value that is not known yet.
        let all_wait = !replacing.is_empty() && replacing.iter().all(|impact| *impact == Impact::MayReplace);
        let knows_of_waiting = change.details.iter().any(waits);
        return if all_wait && knows_of_waiting { Impact::MayReplace } else { Impact::Replace };
    }
    match change.replacement {
        Some(ChangeSetReplacement::Conditional) => Impact::MayReplace,
        // Every value that changes is one of another resource, and may come out as it is.
        _ if !change.details.is_empty() && change.details.iter().all(|detail| detail.is_dynamic) => Impact::MayUpdate,
        _ => Impact::Update,
    }
}

/// Adds to the resource what a detail knows: values, or a property that the template diff does not have.
fn apply_detail(resource: &mut ResourceDiff, detail: &ChangeDetail, secrets: &[Path], replaced: &Replaced<'_>) {
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
    if resource.properties.iter().any(below)
        || matches!(resource.impact, Impact::Create | Impact::MayCreate | Impact::Destroy | Impact::MayDestroy)
    {
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
        impact: recreation(detail, replaced).unwrap_or(Impact::Update),
        basis: Basis::ChangeSet,
        order_only: false,
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
