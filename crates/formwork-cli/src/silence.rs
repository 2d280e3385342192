//! Calls that have no answer for long: a line for each, from time to time.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

use formwork_assembly::visible::visible;
use formwork_deploy::{Unanswered, UnansweredCall};

use crate::paint::Style;
use crate::printer::Printer;
use crate::session::Session;
use crate::watch::{HEARTBEAT, Shown, elapsed};

/// Tells them, of a command that has nothing else to tell while it waits.
pub(crate) struct Silences<'a> {
    printer: &'a Printer,
    unanswered: &'a Unanswered,
    begun: Instant,
    /// The time of the last line.
    printed: Cell<Instant>,
}

impl<'a> Silences<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        let now = Instant::now();
        let (printer, unanswered) = (&session.printer, &session.unanswered);
        Silences { printer, unanswered, begun: now, printed: Cell::new(now) }
    }

    /// Draws them anew; where nothing is drawn, says them from time to time.
    pub(crate) fn tick(&self) {
        if let Some(live) = self.printer.live_region() {
            let lines: Vec<Shown> = all(self.unanswered).into_iter().map(Shown::Whole).collect();
            live.draw(&lines);
        } else if self.printed.get().elapsed() >= HEARTBEAT {
            for silence in all(self.unanswered) {
                self.printed.set(Instant::now());
                let time = self.printer.note_paint().apply(Style::Faint, &elapsed(self.begun.elapsed()));
                self.printer.note(format_args!("{time} {silence}"));
            }
        }
    }
}

/// All of them, a sentence each.
pub(crate) fn all(unanswered: &Unanswered) -> Vec<String> {
    let calls = unanswered.all().into_iter();
    let silences = calls.filter_map(|call| silence(&call, call.since.elapsed(), SystemTime::now()));
    silences.map(|silence| visible(&silence).into_owned()).collect()
}

/// After so long, a call that has no answer is worth a line.
const LONG: Duration = Duration::from_secs(15);

/// Since when a call has no answer, if that is long; `now` is the time after so long.
fn silence(call: &UnansweredCall, waited: Duration, now: SystemTime) -> Option<String> {
    let since = formwork_aws::rfc_3339(now - waited);
    let UnansweredCall { call, region, error, .. } = call;
    let no_answer = format!("no answer to {} in {region} since {since}", call.as_str());
    (waited >= LONG).then(|| match error {
        None => no_answer,
        Some(error) => format!("{no_answer}, it is called again: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use formwork_model::service::{Call, CallError};

    use super::*;

    #[test]
    fn a_silence_is_told_with_its_beginning() {
        let (endpoint, reason) = ("https://cloudformation".to_owned(), "connection reset".to_owned());
        let error = CallError::Unreachable { endpoint, reason, is_connected: true };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
        let (region, since) = ("us-east-1".to_owned(), tokio::time::Instant::now());
        let first = UnansweredCall { call: Call::ExecuteChangeSet, region, since, error: None };
        let again = UnansweredCall { error: Some(error), ..first.clone() };
        assert_eq!(silence(&again, Duration::from_secs(14), now), None);
        let told = [(&first, 15), (&again, 300)];
        let told = told.map(|(call, waited)| silence(call, Duration::from_secs(waited), now).unwrap_or_default());
        insta::assert_snapshot!(told.join("\n"), @"
        no answer to ExecuteChangeSet in us-east-1 since 1970-01-01T00:59:45Z
        no answer to ExecuteChangeSet in us-east-1 since 1970-01-01T00:55:00Z, it is called again: cannot reach https://cloudformation: connection reset
        ");
    }
}
