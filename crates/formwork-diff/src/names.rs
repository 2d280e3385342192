//! Names that there can be only once: a replacement that keeps a fixed name, and two resources that are one thing.
//!
//! Source: AWS CloudFormation Template Reference, "CloudFormation resource custom naming" ("You can't perform an update that causes a
//! custom-named resource to be replaced"). The things are those of `things`.

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::facts::{Registry, ReplacementStrategy};

use crate::diff::ResourceDiff;
use crate::impact::Impact;
use crate::side::{Exists, Resource, Side};
use crate::things::{self, Thing};

/// Begin of the remark on a resource that is replaced under the name that it has.
const KEPT: &str = "CloudFormation creates the new one before it deletes the old one";
/// Begin of the remark on a resource whose thing another one of the new template is to be.
const TWIN: &str = "the same thing as ";

impl ResourceDiff {
    /// The remark on a replacement under the same fixed name, which CloudFormation refuses.
    pub fn kept_name(&self) -> Option<&str> {
        let is_replaced = matches!(self.impact, Impact::Replace | Impact::MayReplace);
        let mut remarks = self.reasons.iter().filter(|reason| is_replaced && reason.starts_with(KEPT));
        remarks.next().map(String::as_str)
    }

    /// Forgets that remark where the resource is not replaced after all.
    pub(crate) fn settle_kept_name(&mut self) {
        if self.kept_name().is_none() {
            self.reasons.retain(|reason| !reason.starts_with(KEPT));
        }
    }

    /// True if another resource of the new template is to be the thing that this one is: the two cannot be deployed side by side.
    pub fn has_twin(&self) -> bool {
        self.reasons.iter().any(|reason| reason.starts_with(TWIN))
    }
}

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
            diff.reasons.push(format!("{KEPT}, and refuses that as long as `{property}` stays `{name}`"));
        }
    }
    one_thing(registry, resources, old, new);
}

/// Adds the remarks on resources that are to have a thing which another resource has.
fn one_thing(registry: &Registry, resources: &mut [ResourceDiff], old: &Side<'_>, new: &Side<'_>) {
    let replaced: BTreeSet<&str> =
        resources.iter().filter(|diff| diff.impact == Impact::Replace).map(|diff| diff.logical_id.as_str()).collect();
    // Of a table, a zone or a group that is replaced, everything is another thing.
    let of = |side: &Side<'_>, id: &str| -> BTreeMap<String, BTreeSet<String>> {
        let things = side.resource(id).map(|resource| things::of(registry, id, resource)).unwrap_or_default();
        let stays = |thing: &Thing| !thing.refers_to.iter().any(|id| replaced.contains(id.as_str()));
        things.into_iter().filter(stays).map(|thing| (thing.key, thing.refers_to)).collect()
    };
    let mut gone: BTreeMap<String, usize> = BTreeMap::new();
    let mut come: Vec<(usize, String, BTreeSet<String>)> = Vec::new();
    for (place, diff) in resources.iter().enumerate() {
        let (before, after) = (of(old, &diff.logical_id), of(new, &diff.logical_id));
        gone.extend(before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), place)));
        let new = after.into_iter().filter(|(key, _)| !before.contains_key(key));
        come.extend(new.map(|(key, refers_to)| (place, key, refers_to)));
    }
    let kinds: BTreeSet<&str> =
        come.iter().filter_map(|(place, ..)| Some(things::kind(&resources.get(*place)?.type_name))).collect();
    let mut owners: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (id, resource) in new.resources.iter().filter(|(_, resource)| kinds.contains(things::kind(&resource.type_name)))
    {
        // If two hang on conditions, perhaps only one of them exists.
        if resource.exists == Exists::Yes {
            of(new, id).into_keys().for_each(|key| owners.entry(key).or_default().push(id));
        }
    }
    let mut remarks: Vec<(usize, String)> = Vec::new();
    for (place, key, refers_to) in come {
        let Some(diff) = resources.get(place) else { continue };
        let id = &diff.logical_id;
        let twin = gone.get(&key).filter(|twin| **twin != place).and_then(|twin| Some((*twin, resources.get(*twin)?)));
        if let Some((twin_place, twin)) = twin {
            let name = &twin.logical_id;
            // It is changed first, as the other one refers to it.
            if matches!(twin.impact, Impact::Update | Impact::MayUpdate) && refers_to.contains(name) {
                continue;
            }
            let leaves = matches!(twin.impact, Impact::Destroy | Impact::MayDestroy | Impact::Orphan);
            let comes = matches!(diff.impact, Impact::Create | Impact::MayCreate);
            let doing = if comes { "creating it" } else { "the change" };
            remarks.push((place, if leaves {
                format!(
                    "`{name}`, which leaves the stack, is the same thing under another logical id: {doing} fails since it exists \
                     already, or it is gone when `{name}` is deleted afterwards"
                )
            } else {
                format!(
                    "`{name}`, which becomes another thing in the same update, is the same thing until then: {doing} fails as long as \
                     that exists"
                )
            }));
            let done = if comes { "created" } else { "changed" };
            remarks.push((twin_place, format!("{TWIN}`{id}`, which is to be {done}")));
        } else if let Some(other) = owners.get(&key).into_iter().flatten().find(|other| **other != id.as_str())
            && new.resource(id).is_some_and(|resource| resource.exists == Exists::Yes)
        {
            remarks.push((
                place,
                format!("`{other}` is the same thing under another logical id, but there can be only one"),
            ));
        }
    }
    for (place, remark) in remarks {
        if let Some(diff) = resources.get_mut(place)
            && !diff.reasons.contains(&remark)
        {
            diff.reasons.push(remark);
        }
    }
}

/// The property that names the resource, and the name, where both sides give the same.
fn kept_name(registry: &Registry, before: &Resource, after: &Resource) -> Option<(String, String)> {
    let facts = registry.of(&after.type_name)?;
    // One that is retained is not deleted before the new one is created.
    let is_retained = after.word("UpdateReplacePolicy").as_deref() == Some("Retain");
    if facts.replacement_strategy() == ReplacementStrategy::DeleteThenCreate && !is_retained {
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
