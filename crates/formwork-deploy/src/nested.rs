//! The inside of nested stacks: before, by their own change sets, and when one fails.
//!
//! Of a failure, the parent's event says that a nested stack failed, and not why; its own events do, and those of a
//! stack that was deleted meanwhile can still be read by its ARN.
//!
//! Source: API Reference, `DescribeStackEvents`: "You can list events for stacks that have failed to create or have been deleted by
//! specifying the unique stack identifier".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;

use formwork_assembly::{Location, StackArtifact};
use formwork_diff::{ChangeSet, ResourceDiff};
use formwork_model::ResourceChange;
use formwork_model::service::{CallError, Page, StackEvent, all_pages, visit_pages};
use formwork_template::Template;

use crate::error::Error;
use crate::events::{ResourceEvent, root_cause};
use crate::regional::Regional;
use crate::resources::{self, NESTED_STACK};
use crate::status::EventStatus;

/// Levels down to which stacks are opened. A stack that were its own child must not be followed for ever.
pub(crate) const DEEPEST: usize = 8;

/// Events of the first failures inside of the nested stack whose failure this is, from the outermost to the first cause of all; empty for any other
/// failure, and where the events cannot be read.
pub(crate) async fn inside(regional: Regional<'_>, failure: &ResourceEvent) -> Vec<ResourceEvent> {
    let mut chain: Vec<ResourceEvent> = Vec::new();
    while chain.len() < DEEPEST {
        let outer = chain.last().unwrap_or(failure);
        let (NESTED_STACK, false, Some(id)) = (outer.type_name.as_str(), outer.is_stack(), &outer.physical_id) else {
            break;
        };
        let Ok(events) = attempt(regional, id, outer).await else { break };
        let Some(cause) = root_cause(&events) else { break };
        chain.push(cause.clone());
    }
    chain
}

/// Events of an operation inside of the nested stacks that it came to, oldest first, each with the stack's path: `Network.Subnets`. Without those that
/// cannot be read.
pub(crate) async fn events(regional: Regional<'_>, of_root: &[ResourceEvent]) -> Vec<(String, Vec<ResourceEvent>)> {
    // A nested stack to which the operation did not come has older events alone.
    let Some(begin) = of_root.first().map(|event| event.time.trim_end_matches('Z').to_owned()) else {
        return Vec::new();
    };
    let opened = |path: Option<&str>, events: &[ResourceEvent]| -> BTreeSet<(String, String)> {
        let nested = events.iter().filter(|event| event.type_name == NESTED_STACK && !event.is_stack());
        let named = nested.filter_map(|event| {
            let name = path.map_or_else(|| event.logical_id.clone(), |path| format!("{path}.{}", event.logical_id));
            Some((name, event.physical_id.clone().filter(|id| !id.is_empty())?))
        });
        named.collect()
    };
    let (mut found, mut open) = (Vec::new(), opened(None, of_root));
    while let Some((path, id)) = open.pop_first() {
        let Ok(events) = since(regional, &id, &begin).await else { continue };
        if path.split('.').count() < DEEPEST {
            open.extend(opened(Some(&path), &events));
        }
        found.push((path, events));
    }
    found
}

/// Events of a stack since this time, oldest first.
async fn since(regional: Regional<'_>, id: &str, begin: &str) -> Result<Vec<ResourceEvent>, CallError> {
    let is_older = |event: &ResourceEvent| event.time.trim_end_matches('Z') < begin;
    let mut events = Vec::new();
    let visit = |page: Vec<StackEvent>| {
        for event in page.into_iter().map(ResourceEvent::from) {
            if is_older(&event) {
                return ControlFlow::Break(());
            }
            events.push(event);
        }
        ControlFlow::Continue(())
    };
    visit_pages(async |token| regional.service.events(regional.region, id, token).await, visit).await?;
    events.reverse();
    Ok(events)
}

/// The nested stacks of a deployed stack, at every level, each with its path and its ARN.
pub(crate) async fn stacks(regional: Regional<'_>, stack_id: &str) -> Result<Vec<(String, String)>, Error> {
    let (mut found, mut open) = (Vec::new(), vec![(None::<String>, stack_id.to_owned())]);
    while let Some((path, id)) = open.pop() {
        for (logical_id, id) in resources::of_type(regional, &id, NESTED_STACK).await? {
            let name = path.as_ref().map_or_else(|| logical_id.clone(), |path| format!("{path}.{logical_id}"));
            found.push((name.clone(), id.clone()));
            if name.split('.').count() < DEEPEST {
                open.push((Some(name), id));
            }
        }
    }
    Ok(found)
}

/// Events of the operation on the nested stack that failed, oldest first: those since it began. What the parent did to it afterwards,
/// such as its deletion, is among them.
async fn attempt(regional: Regional<'_>, id: &str, failure: &ResourceEvent) -> Result<Vec<ResourceEvent>, CallError> {
    let begin = failure.status.to_string().replace("_FAILED", "_IN_PROGRESS");
    let mut events = Vec::new();
    let visit = |page: Vec<StackEvent>| {
        for event in page.into_iter().map(ResourceEvent::from) {
            let is_begin = matches!(&event.status, EventStatus::Stack(status) if status.to_string() == begin);
            events.push(event);
            if is_begin {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    };
    visit_pages(async |token| regional.service.events(regional.region, id, token).await, visit).await?;
    events.reverse();
    Ok(events)
}

/// A change of a resource of a nested stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NestedChange {
    /// Logical ids from the stack's own resource, which is the nested stack, down to the resource.
    pub path: Vec<String>,
    /// The change. Its name is the path: `Network/Subnet`.
    pub resource: ResourceDiff,
    /// True if it goes with the nested stack that it is in.
    pub is_with_outer: bool,
}

impl fmt::Display for NestedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ResourceDiff { logical_id, type_name, impact, .. } = &self.resource;
        write!(f, "`{logical_id}` ({type_name}): {impact}")
    }
}

/// True if the template has a nested stack.
pub(crate) fn has_nested(template: &Template) -> bool {
    template.resources.values().any(|resource| resource.type_name == NESTED_STACK)
}

/// The change sets of nested stacks, by their paths.
pub(crate) type NestedSets = BTreeMap<Vec<String>, ChangeSet>;

/// The change sets of nested stacks, at every level.
///
/// Source: User Guide, "Change sets for nested stacks"; API Reference, `ResourceChange`, `ChangeSetId`.
pub(crate) async fn sets(regional: Regional<'_>, of_root: &[ResourceChange]) -> Result<NestedSets, CallError> {
    let mut found = NestedSets::new();
    // Change sets to be described, the next one last.
    let opened = |path: &[String], changes: &[ResourceChange]| -> Vec<(Vec<String>, String)> {
        let nested = changes.iter().rev().filter_map(|change| {
            let path = path.iter().cloned().chain([change.logical_id.clone()]).collect();
            Some((path, change.change_set_id.clone()?))
        });
        nested.collect()
    };
    let mut open = opened(&[], of_root);
    while let Some((path, id)) = open.pop() {
        let ask = async |token: Option<&str>| {
            let page = regional.service.change_set(regional.region, &id, false, token).await?;
            Ok(Page { items: page.changes, next: page.next })
        };
        let inside = ChangeSet { has_changes: true, changes: all_pages(ask).await? };
        if path.len() < DEEPEST {
            open.extend(opened(&path, &inside.changes));
        }
        found.insert(path, inside);
    }
    Ok(found)
}

/// Gives changes inside of a stack of the app the lines of its source.
pub(crate) fn place(changes: &mut [NestedChange], artifact: &StackArtifact) {
    for change in changes {
        let Some((id, stacks)) = change.path.split_last() else { continue };
        let path = stacks.join("/");
        let nested = artifact.nested.iter().find(|nested| nested.path == path);
        let of_id = |(own, _): &&(String, Location)| own == id;
        let location = nested.and_then(|nested| nested.locations.iter().find(of_id));
        change.resource.location = location.map(|(_, location)| location.clone());
    }
}

/// Changes that are destructive and were not when they were approved, each in one line.
pub(crate) fn exceeding(now: &[NestedChange], approved: &[NestedChange]) -> Vec<String> {
    let is_new = |change: &&NestedChange| {
        let before = approved.iter().find(|approved| approved.path == change.path);
        let impact = change.resource.impact;
        impact.is_destructive() && before.is_none_or(|before| before.resource.impact < impact)
    };
    now.iter().filter(is_new).map(|change| format!("{change}, which was not shown")).collect()
}
