//! Following an operation by its events, and finding out why it failed.
//!
//! An operation's events are distinguished from older ones by the service's times, never by this machine's clock: by the change
//! set's creation time, or by the newest event there was before the operation began. They come newest first, in pages, may
//! come again in the next answer, and may come late.
//!
//! They are those of `DescribeStackEvents`, of the stack whatever goes on with it. `DescribeEvents` has the events of one operation, whose id
//! nobody says who executes a change set, and a rollback is an operation of its own. Sources: API Reference, `DescribeEvents`,
//! `ExecuteChangeSet`; awslabs/mcp issue 4275.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Duration;

use formwork_model::service::{CallError, StackEvent, Timestamp, visit_pages};
use formwork_model::status::{ResourceStatus, StackStatus};
use tokio::time::Instant;

use crate::error::Error;
use crate::operation::Operation;
use crate::pace::Pace;
use crate::regional::Regional;
use crate::stack;
use crate::status::{Ending, EventStatus, Reported, ending};

/// After so long without a new event, the stack itself is asked whether the operation goes on.
const QUIET: Duration = Duration::from_secs(40);

/// After so many times that the events could not be had, the stack alone is asked.
const UNREAD: usize = 3;

/// One resource, or the stack itself, came into a new state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceEvent {
    /// When, by the service's clock: `2026-03-01T12:00:00Z`.
    pub time: String,
    /// The resource's name in the template; the stack's name for the stack itself.
    pub logical_id: String,
    /// The name at AWS, once there is one.
    pub physical_id: Option<String>,
    /// Its type.
    pub type_name: String,
    /// The new status, and whether it is the stack's own.
    pub status: EventStatus,
    /// The reason, if the service gives one.
    pub reason: Option<String>,
    /// The id of the operation that it is part of, if the service says.
    pub operation: Option<String>,
}

/// A DNS record by which AWS wants to see that a domain is ours. A certificate waits for it, for hours if need be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationRecord {
    /// The record's name, `_x1.api.example.com.`
    pub name: String,
    /// The record's type, `CNAME`
    pub record_type: String,
    /// The record's value.
    pub value: String,
}

impl ResourceEvent {
    /// True for an event of the stack itself.
    pub fn is_stack(&self) -> bool {
        self.status.is_stack()
    }

    /// True if something failed by itself, as opposed to being stopped because something else had failed.
    pub fn is_cause(&self) -> bool {
        self.status.is_failed() && !self.reason.as_deref().is_some_and(is_follow_on)
    }

    /// The record that a certificate waits for, out of its status reason.
    pub fn validation_record(&self) -> Option<ValidationRecord> {
        let reason = self.reason.as_deref()?;
        let (_, record) = reason.split_once("Content of DNS Record is: {")?;
        let (record, _) = record.split_once('}')?;
        let field = |name: &str| {
            record
                .split(',')
                .filter_map(|field| field.split_once(':'))
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim().to_owned())
        };
        Some(ValidationRecord { name: field("Name")?, record_type: field("Type")?, value: field("Value")? })
    }
}

/// "Resource creation cancelled", "Resource update cancelled": the words of the User Guide, "Troubleshooting CloudFormation".
fn is_follow_on(reason: &str) -> bool {
    let words = reason.trim().trim_end_matches('.').to_ascii_lowercase();
    words.starts_with("resource ") && (words.ends_with(" cancelled") || words.ends_with(" canceled"))
}

/// The first failure, by the service's clock: an event that comes late may be of an earlier time. The stack's own event comes last in
/// that order: it only repeats what its resources say, except where nothing else failed.
pub(crate) fn root_cause(events: &[ResourceEvent]) -> Option<&ResourceEvent> {
    // Without its `Z`, a time with a fraction is greater than the same without.
    let time = |event: &&ResourceEvent| event.time.trim_end_matches('Z').to_owned();
    let of_resources = events.iter().filter(|event| !event.is_stack() && event.is_cause());
    of_resources.min_by_key(time).or_else(|| {
        events.iter().find(|event| {
            event.is_stack() && event.reason.is_some() && (event.status.is_rollback() || event.is_cause())
        })
    })
}

/// The point where an operation's events begin.
#[derive(Clone, Debug)]
pub(crate) enum Since {
    /// At the creation of its change set.
    Time(Timestamp),
    /// After this event, or at the very first.
    Event(Option<String>),
    /// At the first deletion of the stack: after its last event of anything else.
    Deletion,
}

/// Reads one operation's events as they come.
pub(crate) struct Follower<'a> {
    pub(crate) regional: Regional<'a>,
    pub(crate) stack_id: &'a str,
    operation: Operation,
    since: Since,
    /// True of an operation that leaves the stack there, whatever else its kind may do.
    keeps_stack: bool,
    seen: BTreeSet<String>,
    /// True once the events turned out not to be readable: the stack alone is asked from then on.
    is_denied: bool,
    /// All events of the operation so far, oldest first.
    pub(crate) events: Vec<ResourceEvent>,
}

/// Findings while an operation is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'e> {
    /// An event, once.
    Event(&'e ResourceEvent),
    /// The events cannot be read, for this reason; the stack's status is followed alone.
    NoEvents(&'e Error),
}

impl<'a> Follower<'a> {
    pub(crate) fn new(regional: Regional<'a>, stack_id: &'a str, operation: Operation, since: Since) -> Self {
        let (seen, events) = (BTreeSet::new(), Vec::new());
        Follower { regional, stack_id, operation, since, keeps_stack: false, seen, is_denied: false, events }
    }

    /// The same of an operation after which the stack is there, unless somebody deleted it.
    pub(crate) fn keeping_stack(self, keeps_stack: bool) -> Self {
        Follower { keeps_stack, ..self }
    }

    fn ending(&self, status: &Reported<StackStatus>) -> Ending {
        match ending(self.operation, status) {
            Ending::Done if self.keeps_stack && status.is_deletion() => Ending::Failed,
            ending => ending,
        }
    }

    /// Follows until the operation has ended, passes each event on once, and returns the stack's last status.
    pub(crate) async fn follow(
        &mut self,
        mut tell: impl FnMut(Found<'_>),
    ) -> Result<(Ending, Reported<StackStatus>), Error> {
        let mut pace = Pace::stack();
        let (mut quiet_since, mut unread) = (Instant::now(), 0);
        loop {
            let before = self.events.len();
            if !self.is_denied {
                match self.poll().await {
                    Ok(()) => unread = 0,
                    // Forbidden, or not to be had for long, while the stack's own status may be.
                    Err(error) if matches!(error, Error::Aws(CallError::Forbidden { .. })) || error.may_pass() => {
                        unread += 1;
                        if unread == UNREAD || !error.may_pass() {
                            self.is_denied = true;
                            tell(Found::NoEvents(&error));
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            self.events[before..].iter().for_each(|event| tell(Found::Event(event)));
            if let Some(ended) = self.ended() {
                return Ok(ended);
            }
            if self.events.len() > before {
                quiet_since = Instant::now();
            }
            if self.is_denied || unread > 0 || self.is_unclear() || quiet_since.elapsed() >= QUIET {
                quiet_since = Instant::now();
                // The last event may never come, or not be readable; a stack that is gone has none at all where events are kept by
                // name.
                let found = stack::describe(self.regional, self.stack_id).await?;
                let status = found.map_or(Reported::Known(StackStatus::DeleteComplete), |stack| stack.status);
                let ending = self.ending(&status);
                if ending != Ending::NotYet {
                    return Ok((ending, status));
                }
            }
            pace.rest().await;
        }
    }

    /// End of the operation, by the stack's own events: by the first that says that it is done, since somebody may have begun
    /// something else after it; else by the last. Of a status that this version does not know, the stack itself is asked.
    fn ended(&self) -> Option<(Ending, Reported<StackStatus>)> {
        let of_stack = self.events.iter().filter_map(|event| match &event.status {
            EventStatus::Stack(status @ Reported::Unknown(_)) => Some((Ending::NotYet, status)),
            EventStatus::Stack(status) => Some((self.ending(status), status)),
            EventStatus::Resource(_) => None,
        });
        let endings: Vec<(Ending, &Reported<StackStatus>)> = of_stack.collect();
        let done = endings.iter().find(|(ending, _)| *ending == Ending::Done);
        let (ending, status) = done.or(endings.last())?;
        (*ending != Ending::NotYet).then(|| (*ending, (*status).clone()))
    }

    /// True if the last that the stack says of itself is a status that this version does not know.
    fn is_unclear(&self) -> bool {
        let mut last = self.events.iter().rev().filter(|event| event.is_stack());
        last.next().is_some_and(|event| event.status.is_unknown() && !event.status.is_busy())
    }

    /// Reads what is new, page by page, until it meets what it knows or what is older than the operation. What was read
    /// before an error counts as not read.
    pub(crate) async fn poll(&mut self) -> Result<(), Error> {
        let mut fresh = Vec::new();
        let mut read = BTreeSet::new();
        let Regional { service, region } = self.regional;
        let ask = async |token: Option<&str>| service.events(region, self.stack_id, token).await;
        let visit = |events: Vec<StackEvent>| {
            let mut reached_known = false;
            for event in events {
                if self.is_older(&event) {
                    return ControlFlow::Break(());
                }
                // A known event does not end the page: one that comes late may stand below it.
                if self.seen.contains(&event.id) || !read.insert(event.id.clone()) {
                    reached_known = true;
                } else {
                    fresh.push(ResourceEvent::from(event));
                }
            }
            if reached_known { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        visit_pages(ask, visit).await?;
        self.seen.append(&mut read);
        fresh.reverse();
        // Making the change set does not belong to its execution.
        let review = EventStatus::Stack(Reported::Known(StackStatus::ReviewInProgress));
        fresh.retain(|event| event.status != review);
        self.events.extend(fresh);
        Ok(())
    }

    fn is_older(&self, event: &StackEvent) -> bool {
        match &self.since {
            Since::Time(start) => event.time.as_ref().is_some_and(|time| time < start),
            Since::Event(newest) => newest.as_ref() == Some(&event.id),
            Since::Deletion => {
                let is_stack = event.physical_id.as_ref() == Some(&event.stack_id);
                is_stack && !Reported::<StackStatus>::read(&event.status).is_deletion()
            }
        }
    }
}

/// The newest event that the stack has now; `None` too where this login may not read events.
pub(crate) async fn newest(regional: Regional<'_>, stack_id: &str) -> Result<Option<String>, Error> {
    match regional.service.events(regional.region, stack_id, None).await {
        Ok(page) => Ok(page.items.into_iter().next().map(|event| event.id)),
        Err(CallError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The event by which CloudFormation took a deletion back before it began: the stack has the status of before again, and the reason stands in its
/// last event. `None` where that is of something else, or cannot be read.
pub(crate) async fn reversal(
    regional: Regional<'_>,
    stack_id: &str,
    status: &Reported<StackStatus>,
) -> Option<ResourceEvent> {
    let page = regional.service.events(regional.region, stack_id, None).await.ok()?;
    let newest = page.items.into_iter().next().map(ResourceEvent::from)?;
    let is_it = newest.status == EventStatus::Stack(status.clone()) && newest.reason.is_some();
    is_it.then_some(newest)
}

/// The events of the stack's last update and of all rollbacks of it, the newest first; `None` where this login may not read events.
async fn of_last_update(regional: Regional<'_>, stack_id: &str) -> Result<Option<Vec<ResourceEvent>>, Error> {
    let mut found = Vec::new();
    let ask = async |token: Option<&str>| regional.service.events(regional.region, stack_id, token).await;
    let visit = |events: Vec<StackEvent>| {
        for event in events.into_iter().map(ResourceEvent::from) {
            if event.status == EventStatus::Stack(Reported::Known(StackStatus::UpdateInProgress)) {
                return ControlFlow::Break(());
            }
            found.push(event);
        }
        ControlFlow::Continue(())
    };
    match visit_pages(ask, visit).await {
        Ok(_) => Ok(Some(found)),
        Err(CallError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Logical ids of the resources that failed in the rollback of the stack's last update, however often it was continued; `None` where this
/// login may not read events.
pub(crate) async fn failed_in_rollback(
    regional: Regional<'_>,
    stack_id: &str,
) -> Result<Option<BTreeSet<String>>, Error> {
    let Some(events) = of_last_update(regional, stack_id).await? else { return Ok(None) };
    let (mut failed, mut later) = (BTreeSet::new(), BTreeSet::new());
    // What failed before the rollback began stands below that.
    for event in events {
        match &event.status {
            status if status.begins_rollback() => failed.append(&mut later),
            EventStatus::Resource(Reported::Known(ResourceStatus::UpdateFailed)) => {
                later.insert(event.logical_id);
            }
            _ => {}
        }
    }
    Ok(Some(failed))
}

/// The failures of resources in the stack's last operation, in their order.
pub(crate) async fn failed_in_last(regional: Regional<'_>, stack_id: &str) -> Result<Vec<ResourceEvent>, Error> {
    let (mut failed, mut seen) = (Vec::new(), BTreeSet::new());
    let ask = async |token: Option<&str>| regional.service.events(regional.region, stack_id, token).await;
    let visit = |events: Vec<StackEvent>| {
        for event in events.into_iter().map(ResourceEvent::from) {
            match &event.status {
                EventStatus::Stack(status) if status.is_busy() => return ControlFlow::Break(()),
                EventStatus::Resource(_) if seen.insert(event.logical_id.clone()) && event.is_cause() => {
                    failed.push(event)
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    };
    visit_pages(ask, visit).await?;
    failed.reverse();
    Ok(failed)
}

/// Logical id and type of the resources that the stack's last update created, or created anew in place of others: its rollback deletes those.
/// `None` where this login may not read events.
pub(crate) async fn created_by_last_update(
    regional: Regional<'_>,
    stack_id: &str,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let Some(events) = of_last_update(regional, stack_id).await? else { return Ok(None) };
    let (mut created, mut ids) = (BTreeMap::new(), BTreeMap::<&str, BTreeSet<&str>>::new());
    for event in events.iter().filter(|event| !event.is_stack()) {
        let known = ids.entry(&event.logical_id).or_default();
        known.extend(event.physical_id.as_deref().filter(|id| !id.is_empty()));
        let is_created = event.status == EventStatus::Resource(Reported::Known(ResourceStatus::CreateComplete));
        if is_created || known.len() > 1 {
            created.insert(event.logical_id.clone(), event.type_name.clone());
        }
    }
    Ok(Some(created))
}

/// Logical ids of the resources at which an operation stopped: of a rollback, those that failed after it began; of a deletion, those that
/// are not deleted.
pub(crate) fn held_by(events: &[ResourceEvent]) -> Vec<String> {
    let begin = events.iter().rposition(|event| event.status.begins_rollback()).map_or(0, |position| position + 1);
    let mut held: Vec<String> = Vec::new();
    for event in events[begin..].iter().filter(|event| !event.is_stack()) {
        held.retain(|id| *id != event.logical_id);
        if event.is_cause() {
            held.push(event.logical_id.clone());
        }
    }
    held
}

impl From<StackEvent> for ResourceEvent {
    fn from(event: StackEvent) -> ResourceEvent {
        let is_stack = event.physical_id.as_ref().is_some_and(|id| *id == event.stack_id);
        ResourceEvent {
            time: event.time.map(|time| time.text).unwrap_or_default(),
            logical_id: event.logical_id,
            physical_id: event.physical_id,
            type_name: event.type_name,
            status: if is_stack {
                EventStatus::Stack(Reported::<StackStatus>::read(&event.status))
            } else {
                EventStatus::Resource(Reported::<ResourceStatus>::read(&event.status))
            },
            reason: event.reason,
            operation: event.operation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_what_failed_first_by_the_services_clock() {
        let at =
            |time: &str, id: &str| ResourceEvent { time: time.to_owned(), ..event(id, "CREATE_FAILED", Some("no")) };
        let events = [
            at("2026-03-01T12:00:01.5Z", "Late"),
            at("2026-03-01T12:00:01Z", "First"),
            at("2026-03-01T12:00:01.25Z", "B"),
        ];
        assert_eq!(root_cause(&events).map(|event| event.logical_id.as_str()), Some("First"));
    }

    #[test]
    fn what_was_only_stopped_is_not_a_cause() {
        for reason in ["Resource creation cancelled", "Resource update cancelled.", "Resource deletion Canceled"] {
            assert!(!event("A", "CREATE_FAILED", Some(reason)).is_cause(), "{reason}");
        }
        assert!(event("A", "CREATE_FAILED", Some("Resource limit reached")).is_cause());
    }

    fn event(logical_id: &str, status: &str, reason: Option<&str>) -> ResourceEvent {
        ResourceEvent {
            time: String::new(),
            logical_id: logical_id.to_owned(),
            physical_id: None,
            type_name: String::new(),
            status: if logical_id == "site" {
                EventStatus::Stack(Reported::<StackStatus>::read(status))
            } else {
                EventStatus::Resource(Reported::<ResourceStatus>::read(status))
            },
            reason: reason.map(str::to_owned),
            operation: None,
        }
    }

    #[test]
    fn the_cause_is_what_failed_first_and_was_not_merely_stopped() {
        let events = [
            event("site", "CREATE_IN_PROGRESS", Some("User Initiated")),
            event("A", "CREATE_FAILED", Some("Resource creation cancelled")),
            event("B", "CREATE_FAILED", Some("the name is taken")),
            event("C", "CREATE_FAILED", Some("no quota")),
            event("site", "ROLLBACK_IN_PROGRESS", Some("The following resource(s) failed to create: [A, B, C].")),
        ];
        assert_eq!(root_cause(&events).map(|event| event.logical_id.as_str()), Some("B"));
    }

    #[test]
    fn a_stack_that_fails_without_a_resource_is_its_own_cause() {
        let events = [event("site", "ROLLBACK_IN_PROGRESS", Some("Circular dependency"))];
        assert_eq!(root_cause(&events), Some(&events[0]));
    }

    #[test]
    fn the_record_a_certificate_waits_for() {
        let reason =
            "Content of DNS Record is: {Name: _x1.api.habitpay.link.,Type: CNAME,Value: _x2.acm-validations.aws.}";
        let record = event("Certificate", "CREATE_IN_PROGRESS", Some(reason)).validation_record();
        let expected = ValidationRecord {
            name: "_x1.api.habitpay.link.".to_owned(),
            record_type: "CNAME".to_owned(),
            value: "_x2.acm-validations.aws.".to_owned(),
        };
        assert_eq!(record, Some(expected));
        assert_eq!(event("A", "CREATE_IN_PROGRESS", Some("Resource creation Initiated")).validation_record(), None);
    }
}
