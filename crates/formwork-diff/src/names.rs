//! Names that there can be only once: a replacement that keeps a fixed name, and two resources that are one thing.
//!
//! Source: AWS CloudFormation Template Reference, "CloudFormation resource custom naming" ("You can't perform an update that causes a
//! custom-named resource to be replaced"); Route 53 API Reference, "ChangeResourceRecordSets".

use formwork_model::Term;
use formwork_schema::facts::{Registry, ReplacementStrategy};

use crate::diff::ResourceDiff;
use crate::impact::Impact;
use crate::side::{Resource, Side};

/// The type whose resources are known by several properties together.
const RECORD_SET: &str = "AWS::Route53::RecordSet";
const RECORD_SET_PARTS: [&str; 5] = ["HostedZoneId", "HostedZoneName", "Name", "Type", "SetIdentifier"];

/// Adds the remarks.
pub(crate) fn remark(registry: &Registry, resources: &mut [ResourceDiff], old: Option<&Side<'_>>, new: &Side<'_>) {
    let Some(old) = old else { return };
    for diff in resources.iter_mut() {
        if matches!(diff.impact, Impact::Replace | Impact::MayReplace)
            && diff.old_type_name.is_none()
            && let (Some(before), Some(after)) = (old.resource(&diff.logical_id), new.resource(&diff.logical_id))
            && let Some((property, name)) = kept_name(registry, before, after)
            // A name that refers to what is replaced becomes another one.
            && !diff.properties.iter().any(|change| change.path.names().first() == Some(&property.as_str()))
        {
            diff.reasons.push(format!(
                "CloudFormation creates the new one before it deletes the old one, and refuses that as long as `{property}` stays `{name}`"
            ));
        }
    }
    let gone: Vec<(String, Vec<Term>)> = resources
        .iter()
        .filter(|diff| matches!(diff.impact, Impact::Destroy | Impact::MayDestroy | Impact::Orphan))
        .filter_map(|diff| Some((diff.logical_id.clone(), identity(registry, old.resource(&diff.logical_id)?)?)))
        .collect();
    if gone.is_empty() {
        return;
    }
    let mut twins = Vec::new();
    for diff in resources.iter_mut().filter(|diff| matches!(diff.impact, Impact::Create | Impact::MayCreate)) {
        let Some(own) = new.resource(&diff.logical_id).and_then(|resource| identity(registry, resource)) else {
            continue;
        };
        let Some((twin, _)) = gone.iter().find(|(_, other)| *other == own) else { continue };
        diff.reasons.push(format!(
            "`{twin}`, which leaves the stack, is the same thing under another logical id: creating it fails since it exists already, \
             or it is gone when `{twin}` is deleted afterwards"
        ));
        twins.push((twin.clone(), diff.logical_id.clone()));
    }
    for (gone, twin) in twins {
        if let Some(diff) = resources.iter_mut().find(|diff| diff.logical_id == gone) {
            diff.reasons.push(format!("the same thing as `{twin}`, which is to be created"));
        }
    }
}

/// The property that names the resource, and the name, where both sides give the same.
fn kept_name(registry: &Registry, before: &Resource, after: &Resource) -> Option<(String, String)> {
    let facts = registry.of(&after.type_name)?;
    if facts.replacement_strategy() == ReplacementStrategy::DeleteThenCreate {
        return None;
    }
    let property = facts.name_property()?;
    // A part of an identifier, such as `ServiceNamespace`, is not a name.
    let is_name = ["Name", "Identifier", "Alias"].iter().any(|end| property.ends_with(end));
    if !is_name {
        return None;
    }
    let name = after.property(property)?;
    let is_same = |property: &str| before.property(property) == after.property(property);
    if !is_same(property) || facts.name_scope().any(|scope| !is_same(scope)) {
        return None;
    }
    let shown = crate::render::short(&name.to_template());
    Some((property.to_owned(), shown))
}

/// The type and the values that make the resource the only one of its kind.
fn identity(registry: &Registry, resource: &Resource) -> Option<Vec<Term>> {
    let mut parts = vec![Term::text(resource.type_name.as_str())];
    if resource.type_name == RECORD_SET {
        resource.property("Name")?;
        parts.extend(RECORD_SET_PARTS.map(|name| domain_name(resource.property(name))));
        return Some(parts);
    }
    let facts = registry.of(&resource.type_name)?;
    parts.push(resource.property(facts.name_property()?)?.clone());
    parts.extend(facts.name_scope().map(|name| resource.property(name).cloned().unwrap_or(Term::Absent)));
    Some(parts)
}

/// Names of records are the same in every case, and with or without the dot at their end.
fn domain_name(term: Option<&Term>) -> Term {
    match term {
        Some(Term::Text(text)) => Term::Text(text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()),
        Some(term) => term.clone(),
        None => Term::Absent,
    }
}
