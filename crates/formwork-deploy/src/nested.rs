//! Failures inside of nested stacks. The parent's event says that a nested stack failed, and not why; its own events do, and those of a
//! stack that was deleted meanwhile can still be read by its ARN.
//!
//! Source: API Reference, `DescribeStackEvents`: "You can list events for stacks that have failed to create or have been deleted by
//! specifying the unique stack identifier".

use formwork_model::service::CallError;

use crate::events::{ResourceEvent, root_cause};
use crate::regional::Regional;
use crate::status::EventStatus;

const TYPE: &str = "AWS::CloudFormation::Stack";

/// How deep stacks are opened. A stack that were its own child must not be followed for ever.
const DEEPEST: usize = 8;

/// What failed inside of the nested stack whose failure this is, from the outermost to the first cause of all; empty for any other
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
