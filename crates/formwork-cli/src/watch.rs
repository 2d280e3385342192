//! The operations in progress right now, as a terminal shows them below everything else, and in a sentence for where there is no terminal.
//!
//! It reads no clock and draws nothing: the time and the width are given.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use formwork_assembly::StackId;
use formwork_assembly::visible::visible;
use formwork_deploy::{EventStatus, Operation, ResourceEvent, ValidationRecord};
use formwork_diff::assets::bytes;

use crate::paint::{Paint, Style};
use crate::wording::count;

/// After so long without a line, where nothing is drawn, a line says that it goes on.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(30);

/// Everything that goes on.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Stacks with something that goes on.
    stacks: BTreeMap<StackId, Now>,
    /// Resources that are to be changed, by stack; known after the preview.
    planned: BTreeMap<StackId, usize>,
    /// Resources that were changed, by stack whose operation has ended.
    ended: BTreeMap<StackId, usize>,
}

/// The operation on one stack.
#[derive(Debug)]
struct Now {
    /// The stack's name as messages spell it: with its region where it is not unique.
    name: String,
    doing: Doing,
    since: Instant,
    resources: BTreeMap<String, Resource>,
    /// Logical ids of the resources that were complete once.
    done: BTreeSet<String>,
    /// True once the operation failed and what it did is being undone.
    is_turned_back: bool,
}

#[derive(Debug)]
enum Doing {
    /// Waiting for the operation of somebody else: its status.
    Waiting(String),
    /// Making the change set.
    Preparing,
    /// Uploading contents: bytes that have arrived, and all bytes, by asset.
    Uploading(BTreeMap<String, (u64, u64)>),
    Operation(Operation),
}

#[derive(Debug)]
struct Resource {
    type_name: String,
    status: EventStatus,
    since: Instant,
    /// The service's words about a status that goes on.
    reason: Option<String>,
    record: Option<ValidationRecord>,
}

/// A line of the view: cut at the terminal's edge, or continued on the next row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A line that may be cut.
    Cut(String),
    /// A line that has to be readable to its end.
    Whole(String),
}

impl Watch {
    /// So many resources of the stack are to be changed.
    pub(crate) fn plan(&mut self, stack: &StackId, resources: usize) {
        self.planned.insert(stack.clone(), resources);
    }

    /// Somebody else's operation goes on with the stack.
    pub(crate) fn wait(&mut self, stack: &StackId, name: String, status: String, now: Instant) {
        self.begin(stack, name, Doing::Waiting(status), now);
    }

    /// The stack's change set is being made.
    pub(crate) fn prepare(&mut self, stack: &StackId, name: String, now: Instant) {
        self.begin(stack, name, Doing::Preparing, now);
    }

    /// A part of a content has arrived: these bytes of all.
    pub(crate) fn upload(&mut self, stack: &StackId, name: String, asset: &str, arrived: (u64, u64), now: Instant) {
        if !self.stacks.get(stack).is_some_and(|now| matches!(now.doing, Doing::Uploading(_))) {
            self.begin(stack, name, Doing::Uploading(BTreeMap::new()), now);
        }
        let Some(Doing::Uploading(assets)) = self.stacks.get_mut(stack).map(|now| &mut now.doing) else { return };
        assets.insert(asset.to_owned(), arrived);
        if assets.values().all(|(sent, length)| sent == length) {
            self.leave(stack);
        }
    }

    /// An operation began.
    pub(crate) fn start(&mut self, stack: &StackId, name: String, operation: Operation, now: Instant) {
        self.ended.remove(stack);
        self.begin(stack, name, Doing::Operation(operation), now);
    }

    fn begin(&mut self, stack: &StackId, name: String, doing: Doing, since: Instant) {
        let now = Now { name, doing, since, resources: BTreeMap::new(), done: BTreeSet::new(), is_turned_back: false };
        self.stacks.insert(stack.clone(), now);
    }

    /// The operation that was waited for is over, or the change set is made.
    pub(crate) fn leave(&mut self, stack: &StackId) {
        self.stacks.remove(stack);
    }

    /// The operation is over.
    pub(crate) fn end(&mut self, stack: &StackId) {
        if let Some(now) = self.stacks.remove(stack) {
            self.ended.insert(stack.clone(), now.done());
        }
    }

    /// A new state of a resource or of the stack; false if it was known.
    pub(crate) fn event(&mut self, stack: &StackId, event: &ResourceEvent, at: Instant) -> bool {
        let Some(now) = self.stacks.get_mut(stack) else { return true };
        if event.is_stack() {
            now.is_turned_back |= event.status.begins_rollback();
            return true;
        }
        let before = now.resources.get_mut(&event.logical_id);
        // CloudFormation reports some states twice: when it begins, and when the resource has its name.
        if let Some(before) = before
            && before.status == event.status
        {
            before.reason = event.reason.clone().or(before.reason.take());
            return false;
        }
        if event.status.is_complete() {
            now.done.insert(event.logical_id.clone());
        }
        let resource = Resource {
            type_name: event.type_name.clone(),
            status: event.status.clone(),
            since: at,
            reason: event.reason.clone(),
            record: None,
        };
        now.resources.insert(event.logical_id.clone(), resource);
        true
    }

    /// A certificate waits for this record.
    pub(crate) fn record(&mut self, stack: &StackId, logical_id: &str, record: &ValidationRecord) {
        let resource = self.stacks.get_mut(stack).and_then(|now| now.resources.get_mut(logical_id));
        if let Some(resource) = resource {
            resource.record = Some(record.clone());
        }
    }

    /// The view at this time.
    pub(crate) fn lines(&self, at: Instant, paint: Paint) -> Vec<Shown> {
        let mut lines = Vec::new();
        if self.planned.len() > 1 && self.stacks.values().any(|now| matches!(now.doing, Doing::Operation(_))) {
            lines.push(Shown::Cut(format!("      {}", self.totals())));
        }
        // Certificates that wait for somebody come first, since a small terminal does not show all.
        let mut stacks: Vec<(&StackId, &Now)> = self.stacks.iter().collect();
        stacks.sort_by_key(|(_, now)| !now.busy().any(|(_, resource)| resource.record.is_some()));
        for (stack, now) in stacks {
            let time = paint.apply(Style::Faint, &elapsed(at - now.since));
            let what = paint.apply(Style::Strong, &visible(&now.title()));
            let counts = self.counts(stack, now).map(|counts| format!(": {counts}")).unwrap_or_default();
            lines.push(Shown::Cut(format!("{time} {what}{counts}")));
            let mut busy: Vec<(&String, &Resource)> = now.busy().collect();
            busy.sort_by_key(|(_, resource)| resource.record.is_none());
            for (logical_id, resource) in busy {
                lines.extend(resource.lines(logical_id, at, paint));
            }
        }
        lines
    }

    /// One sentence a stack, for where nothing can be drawn; empty if nothing is in progress, or if the last line is not old.
    pub(crate) fn heartbeat(&self, last_line: Instant, at: Instant) -> Vec<String> {
        if at - last_line < HEARTBEAT { Vec::new() } else { self.sentences(at) }
    }

    fn sentences(&self, at: Instant) -> Vec<String> {
        let sentence = |(stack, now): (&StackId, &Now)| {
            let counts = self.counts(stack, now).map(|counts| format!(", {counts}")).unwrap_or_default();
            let busy = now.busy().map(|(logical_id, resource)| {
                let waits = resource.waits().map(|waits| format!(", {waits}")).unwrap_or_default();
                format!("{logical_id} ({} for {}{waits})", resource.status, elapsed(at - resource.since).trim_start())
            });
            let busy: Vec<String> = busy.collect();
            let busy = if busy.is_empty() { String::new() } else { format!(": {}", busy.join(", ")) };
            let since = elapsed(at - now.since);
            visible(&format!("still {}{counts}, for {}{busy}", now.title(), since.trim_start())).into_owned()
        };
        self.stacks.iter().map(sentence).collect()
    }

    fn counts(&self, stack: &StackId, now: &Now) -> Option<String> {
        if !matches!(now.doing, Doing::Operation(_)) {
            return None;
        }
        if now.is_turned_back {
            return Some("it failed, and is being undone".to_owned());
        }
        // More may be changed than what was planned, such as what an old resource leaves to be cleaned up.
        let (done, all) = (now.done(), self.planned.get(stack).copied().unwrap_or_default());
        (all > 0).then(|| format!("{done} of {} done", all.max(now.resources.len())))
    }

    /// `1 of 3 stacks, 4 of 12 resources done`
    fn totals(&self) -> String {
        let all: usize = self.planned.values().sum();
        let done: usize = self.ended.values().sum::<usize>() + self.stacks.values().map(Now::done).sum::<usize>();
        let changed = self.planned.values().filter(|resources| **resources > 0).count();
        let stacks = count(changed.max(self.ended.len()), "stack");
        format!(
            "{} of {stacks}, {} of {} done",
            self.ended.len(),
            done.min(all.max(done)),
            count(all.max(done), "resource")
        )
    }
}

impl Now {
    fn title(&self) -> String {
        match &self.doing {
            Doing::Waiting(status) => format!("waiting for {}, which is {status}", self.name),
            Doing::Preparing => format!("making the change set of {}", self.name),
            Doing::Uploading(assets) => {
                let (sent, all) = assets.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                let names: Vec<&str> = assets.keys().map(String::as_str).collect();
                format!("uploading {} of {}: {} of {}", names.join(", "), self.name, bytes(sent), bytes(all))
            }
            Doing::Operation(operation) => format!("{} {}", operation.doing(), self.name),
        }
    }

    /// The number of those that are done, which does not go down: the old resource of a replaced one, which is deleted at the end, has its name.
    fn done(&self) -> usize {
        self.done.len()
    }

    fn busy(&self) -> impl Iterator<Item = (&String, &Resource)> {
        self.resources.iter().filter(|(_, resource)| resource.status.is_busy())
    }
}

/// Resource types that take long, and the cause of it.
const WAITS: [(&str, &str); 6] = [
    ("AWS::CertificateManager::Certificate", "its validation"),
    ("AWS::CloudFormation::CustomResource", "the answer of its function"),
    ("AWS::CloudFormation::WaitCondition", "a signal"),
    ("AWS::CloudFront::Distribution", "all edge locations"),
    ("AWS::SSM::Association", "its command on the machines"),
    ("Custom::", "the answer of its function"),
];

/// Reasons that say nothing more than the status does.
const IDLE: [&str; 3] = ["Resource creation Initiated", "Resource update Initiated", "User Initiated"];

impl Resource {
    /// The thing that it waits for, if that is known, or the service's words.
    fn waits(&self) -> Option<String> {
        if let Some(record) = &self.record {
            let answer = format!("{} {} with {}", record.name, record.record_type, record.value);
            return Some(format!("waits for DNS to answer {answer}"));
        }
        let reason = self.reason.as_deref().filter(|reason| !IDLE.contains(reason));
        let of_type = WAITS.iter().find(|(name, _)| self.type_name.starts_with(name));
        // A status that ends nothing is followed by the service's words about it.
        of_type.map(|(_, waits)| format!("waits for {waits}")).or_else(|| reason.map(|reason| format!("`{reason}`")))
    }

    fn lines(&self, logical_id: &str, at: Instant, paint: Paint) -> Vec<Shown> {
        let time = paint.apply(Style::Faint, &elapsed(at - self.since));
        let status = visible(&self.status.to_string()).into_owned();
        let status = if self.status.is_rollback() { paint.apply(Style::Error, &status) } else { status };
        // Without the type, which the lines above have: a row is short.
        let line = |rest: &str| Shown::Cut(format!("      {time} {status}  {}{rest}", visible(logical_id)));
        match &self.record {
            Some(record) => {
                let name = format!("{} {}", visible(&record.record_type), visible(&record.name));
                vec![
                    line(": waits until DNS answers"),
                    Shown::Whole(paint.apply(Style::Warning, &name)),
                    Shown::Whole(paint.apply(Style::Warning, &visible(&record.value))),
                ]
            }
            None => {
                let waits = self.waits().map(|waits| format!(": {}", visible(&waits)));
                vec![line(&waits.unwrap_or_default())]
            }
        }
    }
}

/// `0:07`, `12:30`, `1:02:03`
pub(crate) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:>2}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use formwork_deploy::{Reported, ResourceStatus, StackStatus};

    use super::*;

    fn event(logical_id: &str, type_name: &str, status: &str, reason: Option<&str>) -> ResourceEvent {
        let status = match type_name {
            "" => EventStatus::Stack(Reported::<StackStatus>::read(status)),
            _ => EventStatus::Resource(Reported::<ResourceStatus>::read(status)),
        };
        ResourceEvent {
            time: String::new(),
            logical_id: logical_id.to_owned(),
            physical_id: None,
            type_name: type_name.to_owned(),
            status,
            reason: reason.map(str::to_owned),
            operation: None,
        }
    }

    fn shown(watch: &Watch, at: Instant) -> String {
        let lines = watch.lines(at, Paint(false)).into_iter().map(|line| match line {
            Shown::Cut(text) => text,
            Shown::Whole(text) => format!("| {text}"),
        });
        lines.chain(watch.sentences(at)).collect::<Vec<_>>().join("\n")
    }

    /// The old resource of a replaced one is deleted at the end, under the same name.
    #[test]
    fn the_number_of_those_that_are_done_does_not_go_down() {
        let (edge, begun) = (&StackId::new("edge", "us-east-1"), Instant::now());
        let mut watch = Watch::default();
        watch.plan(edge, 1);
        watch.start(edge, "edge".to_owned(), Operation::Update, begun);
        for status in ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS"] {
            watch.event(edge, &event("Queue", "AWS::SQS::Queue", status, None), begun);
        }
        assert!(shown(&watch, begun).contains("1 of 1 done"), "{}", shown(&watch, begun));
    }

    #[test]
    fn a_run_is_seen_from_its_change_sets_to_its_end() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let (edge, site) = (&StackId::new("edge", "us-east-1"), &StackId::new("site", "eu-west-1"));
        let mut watch = Watch::default();
        let mut seen = vec![shown(&watch, begun)];
        watch.wait(edge, "edge".to_owned(), "UPDATE_IN_PROGRESS".to_owned(), begun);
        watch.prepare(site, "site@eu-west-1".to_owned(), at(3));
        seen.push(shown(&watch, at(75)));
        assert_eq!(watch.heartbeat(at(50), at(79)), [""; 0], "the last line is not old");
        assert_eq!(watch.heartbeat(at(49), at(79)).len(), 2);
        watch.leave(edge);
        assert_eq!(watch.heartbeat(begun, at(80)), ["still making the change set of site@eu-west-1, for 1:17"]);
        watch.leave(site);
        watch.plan(edge, 2);
        watch.plan(site, 3);
        seen.push(shown(&watch, at(80)));
        watch.start(edge, "edge".to_owned(), Operation::Create, at(80));
        assert!(watch.event(edge, &event("Queue", "AWS::SQS::Queue", "CREATE_IN_PROGRESS", None), at(81)));
        let initiated = event("Queue", "AWS::SQS::Queue", "CREATE_IN_PROGRESS", Some("Resource creation Initiated"));
        assert!(!watch.event(edge, &initiated, at(82)), "it is known");
        let certificate = event("Certificate", "AWS::CertificateManager::Certificate", "CREATE_IN_PROGRESS", None);
        watch.event(edge, &certificate, at(82));
        seen.push(shown(&watch, at(90)));
        let record = ValidationRecord {
            name: "_x1.api.habitpay.link.".to_owned(),
            record_type: "CNAME".to_owned(),
            value: "_x2.acm-validations.aws.".to_owned(),
        };
        watch.record(edge, "Certificate", &record);
        watch.event(edge, &event("Queue", "AWS::SQS::Queue", "CREATE_COMPLETE", None), at(100));
        seen.push(shown(&watch, at(4000)));
        watch.end(edge);
        watch.start(site, "site@eu-west-1".to_owned(), Operation::Update, at(4001));
        let odd = event("Thing", "AWS::EC2::Thing", "UPDATE_IN_PROGRESS", Some("wait\r\u{202e}for\u{1b}[2J it"));
        watch.event(site, &odd, at(4002));
        seen.push(shown(&watch, at(4010)));
        watch.event(site, &event("site", "", "UPDATE_ROLLBACK_IN_PROGRESS", None), at(4011));
        seen.push(shown(&watch, at(4012)));
        watch.end(site);
        seen.push(shown(&watch, at(4013)));
        insta::assert_snapshot!(seen.join("\n--\n"), @r#"

--
 1:15 waiting for edge, which is UPDATE_IN_PROGRESS
 1:12 making the change set of site@eu-west-1
still waiting for edge, which is UPDATE_IN_PROGRESS, for 1:15
still making the change set of site@eu-west-1, for 1:12
--

--
      0 of 2 stacks, 0 of 5 resources done
 0:10 creating edge: 0 of 2 done
       0:08 CREATE_IN_PROGRESS  Certificate: waits for its validation
       0:09 CREATE_IN_PROGRESS  Queue
still creating edge, 0 of 2 done, for 0:10: Certificate (CREATE_IN_PROGRESS for 0:08, waits for its validation), Queue (CREATE_IN_PROGRESS for 0:09)
--
      0 of 2 stacks, 1 of 5 resources done
1:05:20 creating edge: 1 of 2 done
      1:05:18 CREATE_IN_PROGRESS  Certificate: waits until DNS answers
| CNAME _x1.api.habitpay.link.
| _x2.acm-validations.aws.
still creating edge, 1 of 2 done, for 1:05:20: Certificate (CREATE_IN_PROGRESS for 1:05:18, waits for DNS to answer _x1.api.habitpay.link. CNAME with _x2.acm-validations.aws.)
--
      1 of 2 stacks, 1 of 5 resources done
 0:09 updating site@eu-west-1: 0 of 3 done
       0:08 UPDATE_IN_PROGRESS  Thing: `wait\r\u{202e}for\u{1b}[2J it`
still updating site@eu-west-1, 0 of 3 done, for 0:09: Thing (UPDATE_IN_PROGRESS for 0:08, `wait\r\u{202e}for\u{1b}[2J it`)
--
      1 of 2 stacks, 1 of 5 resources done
 0:11 updating site@eu-west-1: it failed, and is being undone
       0:10 UPDATE_IN_PROGRESS  Thing: `wait\r\u{202e}for\u{1b}[2J it`
still updating site@eu-west-1, it failed, and is being undone, for 0:11: Thing (UPDATE_IN_PROGRESS for 0:10, `wait\r\u{202e}for\u{1b}[2J it`)
--
"#);
    }
}
