//! The view of a deploy or a destroy while it goes on: previews, questions, one line for each new state of a resource, and, on
//! a terminal, what is going on right now.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Instant;

use formwork_assembly::visible::{paragraph, visible};
use formwork_assembly::{Assembly, StackId};
use formwork_deploy::{
    Answer, Error, Loss, Observer, Pending, Preview, Progress, ResourceEvent, StackPlan, Unanswered, WayOut,
};
use formwork_diff::assets::bytes;
use formwork_diff::{Diff, Totals};

use crate::approval::{self, Given, Needed};
use crate::args::AwsOptions;
use crate::aws::Clients;
use crate::documents::WarningPart;
use crate::identity::Head;
use crate::outcome::Teller;
use crate::paint::{Paint, Style};
use crate::printer::Printer;
use crate::runs::{Running, Runs};
use crate::session::Session;
use crate::typed::Typed;
use crate::watch::{HEARTBEAT, Shown, Watch, elapsed};
use crate::{parameters, preview, silence};

/// Prints what it hears.
pub(crate) struct Listener<'a> {
    printer: &'a Printer,
    /// Writes the commands that lead out of what went wrong.
    pub(crate) typed: &'a Typed,
    /// The app, by which stacks are named.
    assembly: &'a Assembly,
    given: Given,
    /// The words of the command before the stack's name, where it is not a deploy.
    again: &'a [&'a str],
    /// False of a command whose work is over when the operation is that it waited for.
    waits: bool,
    /// Approvals that were needed where nobody could be asked: of a stack that is changed more than was approved, and of the whole run.
    needed: RefCell<BTreeMap<Option<StackId>, Needed>>,
    /// Warnings so far.
    warnings: RefCell<Vec<WarningPart>>,
    /// Place and login of the run.
    head: RefCell<Option<Head>>,
    /// True once it was shown.
    is_head_shown: Cell<bool>,
    begun: Instant,
    /// The operations that are in progress.
    watch: RefCell<Watch>,
    /// The ARNs of stacks on which an operation goes on.
    going_on: RefCell<BTreeMap<StackId, String>>,
    /// The time of the last line.
    printed: Cell<Instant>,
    /// Calls that have no answer yet.
    unanswered: &'a Unanswered,
    /// Runs of this machine.
    runs: Runs,
    /// The run of this command.
    running: RefCell<Option<Running>>,
    /// While a question is open, what there was to say meanwhile: its line is left alone until the answer is typed.
    held: RefCell<Option<Vec<Line>>>,
}

/// Something to print, by how much it matters.
enum Line {
    Detail(String),
    Note(String),
    Important(String),
}

impl Line {
    fn print(self, printer: &Printer) {
        match self {
            Line::Detail(text) => printer.detail(text),
            Line::Note(text) => printer.note(text),
            Line::Important(text) => printer.important(text),
        }
    }
}

/// A question that waits for its answer; nothing else is printed meanwhile. However it ends, what was held back is printed.
struct OpenQuestion<'a> {
    listener: &'a Listener<'a>,
    is_answered: bool,
}

impl Drop for OpenQuestion<'_> {
    fn drop(&mut self) {
        let held = self.listener.held.borrow_mut().take();
        if !self.is_answered {
            // The question's line has no end yet.
            self.listener.printer.important("");
        }
        held.into_iter().flatten().for_each(|line| self.listener.print(line));
    }
}

impl<'a> Listener<'a> {
    pub(crate) fn new(session: &'a Session, assembly: &'a Assembly, given: Given) -> Self {
        let printer = &session.printer;
        Listener {
            printer,
            typed: &session.typed,
            assembly,
            given,
            again: &["deploy"],
            waits: true,
            needed: RefCell::default(),
            warnings: RefCell::default(),
            head: RefCell::default(),
            is_head_shown: Cell::new(false),
            begun: Instant::now(),
            watch: RefCell::default(),
            printed: Cell::new(Instant::now()),
            going_on: RefCell::default(),
            unanswered: &session.unanswered,
            runs: Runs::of(session),
            running: RefCell::default(),
            held: RefCell::default(),
        }
    }

    /// The same of a command that does the same again by these words.
    #[cfg(feature = "verify")]
    pub(crate) fn again_by(self, words: &'a [&'a str]) -> Self {
        Listener { again: words, ..self }
    }

    /// The same of a command that begins no operation when it has waited for one.
    pub(crate) fn without_waiting(self) -> Self {
        Listener { waits: false, ..self }
    }

    /// Asks for place and login of the run, which stand above its questions.
    ///
    /// # Errors
    ///
    /// When there is no login, or it cannot be used.
    pub(crate) async fn introduce(
        &self,
        clients: &Clients,
        aws: &AwsOptions,
        session: &Session,
        stacks: &[StackId],
    ) -> Result<(), Error> {
        *self.head.borrow_mut() = Some(Head::ask(&clients.aws, aws, session, stacks).await?);
        Ok(())
    }

    /// Asks for the value of a parameter; `None` if nobody is there, or nothing was typed.
    pub(crate) async fn secret(&self, name: &str) -> Option<String> {
        let prompt = self.printer.prompt()?;
        let mut open = self.open_question();
        let question = parameters::question(name);
        let typed = tokio::task::spawn_blocking(move || prompt.secret(&question)).await;
        open.is_answered = true;
        typed.ok().flatten()
    }

    /// Place and login of the run, for its document.
    pub(crate) fn head(&self) -> Head {
        self.head.borrow().clone().unwrap_or_default()
    }

    /// Notes that the run leaves a plan, or, without one, change sets for nobody.
    pub(crate) fn leaves(&self, has_plan: bool) {
        let running = self.running.borrow();
        running.iter().for_each(if has_plan { Running::leaves_plan } else { Running::leaves });
    }

    /// Warnings about the stacks, for its document.
    pub(crate) fn warnings(&self) -> Vec<WarningPart> {
        self.warnings.borrow().clone()
    }

    /// Draws what goes on now anew; where nothing is drawn, says from time to time that it does.
    pub(crate) fn tick(&self) {
        // Not while somebody types.
        if self.held.borrow().is_some() {
            return;
        }
        let now = Instant::now();
        if let Some(live) = self.printer.live_region() {
            let mut lines = self.watch.borrow().lines(now, self.printer.note_paint());
            lines.extend(silence::all(self.unanswered).into_iter().map(Shown::Whole));
            let hide = |line| match line {
                Shown::Cut(text) => Shown::Cut(self.printer.without_secrets(&text)),
                Shown::Whole(text) => Shown::Whole(self.printer.without_secrets(&text)),
            };
            let lines: Vec<Shown> = lines.into_iter().map(hide).collect();
            live.draw(&lines);
        } else {
            let mut sentences = self.watch.borrow().heartbeat(self.printed.get(), now);
            if now - self.printed.get() >= HEARTBEAT {
                sentences.extend(silence::all(self.unanswered));
            }
            sentences.into_iter().for_each(|sentence| self.timed(&sentence));
        }
    }

    /// Prints above the lines that are drawn anew; once the answer is there, if a question is open.
    fn print(&self, line: Line) {
        if let Some(held) = self.held.borrow_mut().as_mut() {
            held.push(line);
            return;
        }
        self.printed.set(Instant::now());
        line.print(self.printer);
        self.tick();
    }

    fn open_question(&self) -> OpenQuestion<'_> {
        if let Some(live) = self.printer.live_region() {
            live.erase();
        }
        *self.held.borrow_mut() = Some(Vec::new());
        OpenQuestion { listener: self, is_answered: false }
    }

    /// One line about a stack.
    fn line(&self, stack: &StackId, style: Option<Style>, text: &str) {
        let text = visible(text);
        let paint = self.printer.note_paint();
        self.painted(stack, &style.map_or_else(|| text.to_string(), |style| paint.apply(style, &text)));
    }

    fn painted(&self, stack: &StackId, text: &str) {
        self.timed(&format!("{}  {text}", visible(&self.assembly.spelling(stack))));
    }

    fn timed(&self, text: &str) {
        let time = self.printer.note_paint().apply(Style::Faint, &elapsed(self.begun.elapsed()));
        self.print(Line::Note(format!("{time} {text}")));
    }

    fn event(&self, stack: &StackId, event: &ResourceEvent) {
        if !self.watch.borrow_mut().event(stack, event, Instant::now()) {
            return;
        }
        // The stack's own states say nothing that its resources and the last line do not; but that it turns back does.
        if event.is_stack() && !event.status.begins_rollback() {
            return;
        }
        self.painted(stack, &event_line(event, self.printer.note_paint()));
    }

    /// Names that are allowed, and that no resource has.
    fn warn_of_unknown(&self, preview: Preview<'_>) {
        let nested = match preview {
            Preview::Deploy(plan) => plan.stacks.iter().flat_map(|stack| &stack.nested).collect(),
            _ => Vec::new(),
        };
        let changed: Vec<&Diff> = match preview {
            Preview::Deploy(plan) => plan.stacks.iter().flat_map(|stack| [&stack.remains, &stack.diff]).collect(),
            Preview::Destroy(plan) => plan.stacks.iter().map(|stack| &stack.diff).collect(),
            _ => return,
        };
        for warning in approval::unknown(&self.given.by_name, &changed, &nested, self.assembly) {
            let mark = self.printer.note_paint().apply(Style::Warning, "warning:");
            self.print(Line::Important(format!("{mark} {}\n", paragraph(&warning))));
        }
    }

    /// Notes the approval that nobody could be asked for.
    fn note_needed(&self, preview: Preview<'_>, losses: &[Loss<'_>]) {
        let stack = match preview {
            Preview::Exceeding { stack, .. } => Some(stack.id.clone()),
            _ => None,
        };
        let is_deletion = matches!(preview, Preview::Destroy(_) | Preview::Recovery(_));
        let needed = Needed::new(&self.given, losses, self.assembly, is_deletion);
        self.needed.borrow_mut().insert(stack, needed);
    }

    fn planned(&self, stack: &StackPlan) -> String {
        preview::planned(stack, self.printer.note_paint(), self.printer.is_verbose(), self.typed)
    }

    /// Shows what is about to be done; where a question follows, `--quiet` does not hide it.
    fn show(&self, text: &str, changes: bool, question: bool) {
        let mut head = String::new();
        if changes && !self.is_head_shown.replace(true) {
            head = self.head().lines(self.printer.note_paint());
        }
        let gap = if head.is_empty() { "" } else { "\n" };
        let text = format!("{head}{gap}{}\n", text.trim_end());
        self.print(if question { Line::Important(text) } else { Line::Note(text) });
    }
}

impl Teller for Listener<'_> {
    fn typed(&self) -> &Typed {
        self.typed
    }

    fn again(&self, stack: &str) -> String {
        self.typed.command(&[self.again, &[stack]].concat())
    }

    fn waits(&self) -> bool {
        self.waits
    }

    fn goes_on(&self, stack: &StackId) -> bool {
        self.going_on.borrow().contains_key(stack)
    }

    fn needed(&self, stack: Option<&StackId>) -> Needed {
        self.needed.borrow().get(&stack.cloned()).cloned().unwrap_or_default()
    }
}

impl Observer for Listener<'_> {
    fn dead_runs(&self) -> Vec<String> {
        self.runs.killed_here()
    }

    fn progress(&self, progress: Progress) {
        match progress {
            Progress::Begun { run } => {
                *self.running.borrow_mut() = self.runs.begin(&run);
            }
            Progress::Waiting { stack, status, meaning } => {
                let name = self.assembly.spelling(&stack);
                self.watch.borrow_mut().wait(&stack, name, status.to_string(), Instant::now());
                self.line(&stack, None, &format!("{status}: {meaning}; waiting until that has ended"));
            }
            Progress::Settled { stack } | Progress::Prepared { stack } => self.watch.borrow_mut().leave(&stack),
            Progress::Preparing { stack } => {
                self.watch.borrow_mut().prepare(&stack, self.assembly.spelling(&stack), Instant::now());
                self.print(Line::Detail(format!(
                    "making the change set of {}",
                    visible(&self.assembly.spelling(&stack))
                )));
            }
            Progress::Started { stack, stack_id, operation } => {
                let text = format!("{} in {}", operation.doing(), stack.region);
                self.watch.borrow_mut().start(&stack, self.assembly.spelling(&stack), operation, Instant::now());
                self.going_on.borrow_mut().insert(stack.clone(), stack_id);
                self.line(&stack, Some(Style::Strong), &text);
            }
            Progress::Event { stack, event } => self.event(&stack, &event),
            Progress::CertificateWaits { stack, logical_id, record } => {
                self.watch.borrow_mut().record(&stack, &logical_id, &record);
                let text = format!(
                    "{logical_id} waits until DNS answers {} {} with {}",
                    record.name, record.record_type, record.value
                );
                self.line(&stack, Some(Style::Warning), &text);
            }
            Progress::Ended { stack, operation, status, done } => {
                self.watch.borrow_mut().end(&stack);
                self.going_on.borrow_mut().remove(&stack);
                let word = if done { operation.done() } else { "failed" };
                let style = if done { Style::Success } else { Style::Error };
                self.line(&stack, Some(style), &format!("{word}: {status}"));
            }
            Progress::ChangeSetLeft { stack, name, is_empty, error } => {
                self.running.borrow().iter().for_each(Running::leaves);
                let stack_name = self.assembly.spelling(&stack);
                let reason = error.map_or("the answer was not waited for".to_owned(), |error| error.to_string());
                let mut message = format!("its change set `{name}` may be left, it could not be deleted: {reason}");
                message += &match is_empty {
                    true => format!("; if the stack is there, {}", self.typed.way_out(&stack_name, WayOut::Empty, &[])),
                    false => format!(
                        "; it changes nothing, and {} makes a new one",
                        self.typed.command(&["deploy", &stack_name])
                    ),
                };
                self.progress(Progress::Warning { stack, message });
            }
            Progress::Uploading { stack, asset, sent, length } => {
                let name = self.assembly.spelling(&stack);
                self.watch.borrow_mut().upload(&stack, name, &asset, (sent, length), Instant::now());
                if sent == 0 {
                    self.line(&stack, None, &format!("uploading {asset}, {}", bytes(length)));
                } else {
                    self.tick();
                }
            }
            Progress::Removing { stack, left } => {
                let text = format!("deleting the old {} ({}): {}", left.logical_id, left.type_name, left.physical_id);
                self.line(&stack, Some(Style::Strong), &text);
            }
            Progress::Removed { stack, left, failure } => {
                let (style, text) = match failure {
                    None => (Style::Success, format!("deleted: the old {} ({})", left.logical_id, left.type_name)),
                    Some(reason) => (Style::Error, format!("the old {} was not deleted: {reason}", left.logical_id)),
                };
                self.line(&stack, Some(style), &text);
            }
            Progress::Warning { stack, message } => {
                let message = self.typed.adapted(&message);
                let (name, told) = (stack.to_string(), self.printer.without_secrets(&message));
                self.warnings.borrow_mut().push(WarningPart { stack: name, message: told });
                let paint = self.printer.note_paint();
                let message = paragraph(&format!("`{}`: {message}", self.assembly.spelling(&stack)));
                let text = format!("{} {message}", paint.apply(Style::Warning, "warning:"));
                self.print(Line::Important(text));
            }
            // Progress that this version cannot show.
            _ => {}
        }
    }

    fn preview(&self, preview: Preview<'_>) {
        let Given { consent, by_name, .. } = &self.given;
        self.warn_of_unknown(preview);
        match preview {
            Preview::Deploy(plan) => {
                let planned = plan.stacks.iter().map(|stack| (&stack.id, resources(stack.diff.totals())));
                planned.for_each(|(stack, resources)| self.watch.borrow_mut().plan(stack, resources));
                let stacks: Vec<String> = plan.stacks.iter().map(|stack| self.planned(stack)).collect();
                let question = !plan.is_empty() && consent.asks_about(by_name, plan);
                self.show(&stacks.join("\n"), !plan.is_empty(), question);
            }
            Preview::Destroy(plan) => {
                let planned = plan.stacks.iter().map(|stack| (&stack.id, stack.diff.totals().destroy));
                planned.for_each(|(stack, resources)| self.watch.borrow_mut().plan(stack, resources));
                let (paint, verbose) = (self.printer.note_paint(), self.printer.is_verbose());
                let stacks: Vec<String> =
                    plan.stacks.iter().map(|stack| preview::deletion(stack, paint, verbose)).collect();
                if !stacks.is_empty() {
                    self.show(&stacks.join("\n"), true, consent.asks_about_deletion(by_name, plan));
                }
            }
            Preview::Recovery(plan) => {
                let (paint, verbose) = (self.printer.note_paint(), self.printer.is_verbose());
                let stacks: Vec<String> =
                    plan.stacks.iter().map(|stack| preview::recovery(stack, paint, verbose)).collect();
                self.show(&stacks.join("\n"), true, consent.asks_about_recovery(by_name, plan));
            }
            Preview::Exceeding { stack, exceeding } => {
                self.watch.borrow_mut().plan(&stack.id, resources(stack.diff.totals()));
                let mut text = self.planned(stack);
                text += "This is more than what was approved:\n";
                for one in exceeding {
                    text += &format!("  {}\n", visible(one));
                }
                self.show(&text, true, consent.asks_about_more(by_name, stack, exceeding));
            }
        }
    }

    fn approve<'a>(&'a self, preview: Preview<'a>) -> Pending<'a> {
        let question = match preview {
            Preview::Deploy(plan) => format!("Deploy this? {}", plan.summary()),
            Preview::Destroy(plan) => format!("Delete all this? {}", plan.totals()),
            Preview::Recovery(plan) => match plan.stacks.as_slice() {
                [one] => format!("Roll back {}?", self.assembly.spelling(&one.id)),
                several => format!("Roll back {} stacks?", several.len()),
            },
            Preview::Exceeding { stack, .. } => {
                format!("Go on with {}? {}", self.assembly.spelling(&stack.id), stack.summary())
            }
        };
        let losses = self.given.by_name.open(preview);
        Box::pin(async move {
            let Some(prompt) = self.printer.prompt() else {
                self.note_needed(preview, &losses);
                return Answer::NobodyThere;
            };
            // The agreement is to everything that the preview shows; what holds data has to be named besides.
            let names = losses.iter().filter(|loss| loss.holds_data()).map(|loss| {
                let question = format!("{}; type its name to go on", approval::words(loss, self.assembly));
                let whole = format!("{}/{}", self.assembly.spelling(loss.stack), loss.name());
                (question, [loss.name(), whole])
            });
            let names: Vec<(String, [String; 2])> = names.collect();
            let mut open = self.open_question();
            // On a thread of its own, so that other stacks are followed meanwhile, and Ctrl-C is heard.
            let agrees = tokio::task::spawn_blocking(move || {
                prompt.agrees(&question) && names.iter().all(|(question, names)| prompt.names(question, names))
            })
            .await;
            open.is_answered = true;
            drop(open);
            if agrees.unwrap_or(false) { Answer::Yes } else { Answer::No }
        })
    }
}

/// Number of resources that something is done to.
fn resources(totals: Totals) -> usize {
    totals.create + totals.update + totals.replace + totals.destroy + totals.import
}

/// A new state of a resource: the status, the resource, and why where it failed.
pub(crate) fn event_line(event: &ResourceEvent, paint: Paint) -> String {
    let style = match &event.status {
        status if status.is_failed() || status.is_rollback() => Some(Style::Error),
        status if status.is_complete() => Some(Style::Success),
        _ => None,
    };
    let status = format!("{:<18}", visible(&event.status.to_string()));
    let status = style.map_or(status.clone(), |style| paint.apply(style, &status));
    let is_worth_a_reason = event.status.is_failed() || event.status.is_unknown() || event.is_stack();
    let reason = event.reason.as_deref().filter(|_| is_worth_a_reason);
    let reason = reason.map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
    format!("{status}  {} ({}){reason}", visible(&event.logical_id), visible(&event.type_name))
}

#[cfg(test)]
mod tests {
    use formwork_deploy::{EventStatus, Reported, ResourceEvent};

    use super::*;

    #[test]
    fn what_a_service_says_stays_on_its_line() {
        let event = ResourceEvent {
            time: String::new(),
            logical_id: "Queue\u{202e}".to_owned(),
            physical_id: None,
            type_name: "AWS::SQS::Queue\r".to_owned(),
            status: EventStatus::Resource(Reported::Unknown("CREATE_FAILED\u{1b}[2J".to_owned())),
            reason: Some("it is there\nerror: all is lost\u{2028}".to_owned()),
            operation: None,
        };
        insta::assert_snapshot!(event_line(&event, Paint(false)), @r"CREATE_FAILED\u{1b}[2J  Queue\u{202e} (AWS::SQS::Queue\r): it is there\nerror: all is lost\u{2028}");
    }
}
