//! The inside of nested stacks: before, by their own change sets, and when one fails.
//!
//! Of a failure, the parent's event says that a nested stack failed, and not why; its own events do, and those of a
//! stack that was deleted meanwhile can still be read by its ARN.
//!
//! Source: API Reference, `DescribeStackEvents`: "You can list events for stacks that have failed to create or have been deleted by
//! specifying the unique stack identifier".

use std::fmt;

use formwork_diff::Impact;
use formwork_model::ResourceChange;
use formwork_model::change_set::{Action, ChangeSetReplacement, PolicyAction};
use formwork_model::service::CallError;
use formwork_template::Template;

use crate::events::{ResourceEvent, root_cause};
use crate::regional::Regional;
use crate::status::EventStatus;

const TYPE: &str = "AWS::CloudFormation::Stack";

/// Levels down to which stacks are opened. A stack that were its own child must not be followed for ever.
const DEEPEST: usize = 8;

/// Events of the first failures inside of the nested stack whose failure this is, from the outermost to the first cause of all; empty for any other
/// failure, and where the events cannot be read.
pub(crate) async fn inside(regional: Regional<'_>, failure: &ResourceEvent) -> Vec<ResourceEvent> {
    let mut chain: Vec<ResourceEvent> = Vec::new();
    while chain.len() < DEEPEST {
        let outer = chain.last().unwrap_or(failure);
        let (TYPE, false, Some(id)) = (outer.type_name.as_str(), outer.is_stack(), &outer.physical_id) else { break };
        let Ok(events) = attempt(regional, id, outer).await else { break };
        let Some(cause) = root_cause(&events) else { break };
        chain.push(cause.clone());
    }
    chain
}

/// Events of the operation on the nested stack that failed, oldest first: those since it began. What the parent did to it afterwards,
/// such as its deletion, is among them.
async fn attempt(regional: Regional<'_>, id: &str, failure: &ResourceEvent) -> Result<Vec<ResourceEvent>, CallError> {
    let begin = failure.status.to_string().replace("_FAILED", "_IN_PROGRESS");
    let (mut events, mut token): (Vec<ResourceEvent>, Option<String>) = (Vec::new(), None);
    loop {
        let page = regional.service.events(regional.region, id, token.as_deref()).await?;
        for event in page.items.into_iter().map(ResourceEvent::from) {
            let is_begin = matches!(&event.status, EventStatus::Stack(status) if status.to_string() == begin);
            events.push(event);
            if is_begin {
                events.reverse();
                return Ok(events);
            }
        }
        token = page.next;
        if token.is_none() {
            events.reverse();
            return Ok(events);
        }
    }
}

/// A change of a resource of a nested stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedChange {
    /// Logical ids from the stack's own resource, which is the nested stack, down to the resource.
    pub path: Vec<String>,
    /// The resource's type.
    pub type_name: String,
    /// The change.
    pub impact: Impact,
}

impl NestedChange {
    /// `Network/Subnet`
    pub fn name(&self) -> String {
        self.path.join("/")
    }
}

impl fmt::Display for NestedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}): {}", self.name(), self.type_name, self.impact)
    }
}

/// True if the template has a nested stack.
pub(crate) fn has_nested(template: &Template) -> bool {
    template.resources.values().any(|resource| resource.type_name == TYPE)
}

/// Changes by the change sets of nested stacks, each after the nested stack that it is in.
///
/// Source: User Guide, "Change sets for nested stacks"; API Reference, `ResourceChange`, `ChangeSetId`.
pub(crate) async fn changes(
    regional: Regional<'_>,
    of_root: &[ResourceChange],
) -> Result<Vec<NestedChange>, CallError> {
    let mut found = Vec::new();
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
        let (mut inside, mut token): (Vec<ResourceChange>, Option<String>) = (Vec::new(), None);
        loop {
            let page = regional.service.change_set(regional.region, &id, false, token.as_deref()).await?;
            inside.extend(page.changes);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        found.extend(inside.iter().map(|change| NestedChange {
            path: path.iter().cloned().chain([change.logical_id.clone()]).collect(),
            type_name: change.type_name.clone(),
            impact: impact(change),
        }));
        if path.len() < DEEPEST {
            open.extend(opened(&path, &inside));
        }
    }
    Ok(found)
}

fn impact(change: &ResourceChange) -> Impact {
    let is_kept = matches!(change.policy_action, Some(PolicyAction::Retain));
    match (&change.action, &change.replacement) {
        (Action::Add, _) => Impact::Create,
        (Action::Remove, _) if is_kept => Impact::Orphan,
        (Action::Remove, _) => Impact::Destroy,
        (Action::Import, _) => Impact::Import,
        (Action::Modify, Some(ChangeSetReplacement::True)) => Impact::Replace,
        (Action::Modify, Some(ChangeSetReplacement::Conditional)) => Impact::MayReplace,
        (Action::Modify, _) => Impact::Update,
        _ => Impact::MayReplace,
    }
}

/// Changes that are destructive and were not when they were approved, each in one line.
pub(crate) fn exceeding(now: &[NestedChange], approved: &[NestedChange]) -> Vec<String> {
    let is_new = |change: &&NestedChange| {
        let before = approved.iter().find(|approved| approved.path == change.path);
        change.impact.is_destructive() && before.is_none_or(|before| before.impact < change.impact)
    };
    now.iter().filter(is_new).map(|change| format!("{change}, which was not shown")).collect()
}
