//! `events`: the last operation of a stack, resource by resource, and the one that is in progress.

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_deploy::{ResourceEvent, history};
use serde::Serialize;

use crate::args::Target;
use crate::aws::{Clients, Selected};
use crate::documents::StackName;
use crate::error::CliError;
use crate::listener;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork events habitpay-site
  cargo formwork events habitpay-site --follow";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Go on until nothing is in progress; for one stack
    #[arg(long, short, conflicts_with = "json")]
    follow: bool,
    #[command(flatten)]
    target: Target,
}

/// Output of `events --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The stacks, in the order of the app.
    stacks: Vec<StackPart>,
}

/// A stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// CloudFormation's status, such as `UPDATE_COMPLETE`; missing if the stack is not deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// The events of its last operation, oldest first.
    events: Vec<EventPart>,
}

/// An event.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct EventPart {
    /// When, by the service's clock: `2026-03-01T12:00:00Z`.
    time: String,
    /// The resource's name in the template; the stack's name for the stack itself.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Its physical id, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_id: Option<String>,
    /// CloudFormation's status, such as `CREATE_COMPLETE`.
    status: String,
    /// Reason for the status, if CloudFormation gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    if arguments.follow && selected.ids.len() > 1 {
        let names: Vec<String> = selected.ids.iter().map(|id| selected.assembly().spelling(id)).collect();
        let message = format!("`--follow` is for one stack, but these are {}", names.len());
        return Err(CliError::input(message).hint(format!("name one of {}", names.join(", "))));
    }
    let printer = &session.printer;
    let work = async |clients: &Clients| {
        let mut stacks = Vec::new();
        for id in &selected.ids {
            let mut events = Vec::new();
            let tell = |event: &ResourceEvent| {
                if !printer.is_json() {
                    let line = listener::event_line(event, printer.data_paint());
                    // An output that is closed ends the command elsewhere.
                    let _ = printer.text(&format!(
                        "{} {}  {line}\n",
                        to_milliseconds(&visible(&event.time)),
                        visible(&id.name)
                    ));
                }
                events.push(EventPart::from(event));
            };
            let status = history(&clients.service, id, arguments.follow, tell, clients.interrupted()).await?;
            stacks.push(StackPart {
                stack: StackName::new(id),
                status: status.map(|status| status.to_string()),
                events,
            });
        }
        Ok(stacks)
    };
    let stacks = selected.look(&arguments.target.aws, session, work)?;
    for (id, stack) in selected.ids.iter().zip(&stacks) {
        let (name, region) = (&id.name, &id.region);
        match &stack.status {
            None => printer.note(format_args!("`{name}` is not deployed in {region}")),
            Some(status) => printer.note(format_args!("`{name}` is in {status}")),
        }
    }
    if printer.is_json() { printer.document(&Document { stacks }) } else { Ok(()) }
}

impl From<&ResourceEvent> for EventPart {
    fn from(event: &ResourceEvent) -> Self {
        EventPart {
            time: event.time.clone(),
            logical_id: event.logical_id.clone(),
            type_name: event.type_name.clone(),
            physical_id: event.physical_id.clone(),
            status: event.status.to_string(),
            reason: event.reason.clone(),
        }
    }
}

/// A time with three digits of fractions, of which CloudFormation writes none to six, so that lines are below each other.
fn to_milliseconds(time: &str) -> String {
    let Some(start) = time.strip_suffix('Z') else { return time.to_owned() };
    match start.split_once('.') {
        None => format!("{start}.000Z"),
        Some((seconds, digits)) => format!("{seconds}.{digits:0<3.3}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::to_milliseconds;

    #[test]
    fn times_have_one_width() {
        for (time, shown) in [
            ("2026-08-21T10:00:00Z", "2026-08-21T10:00:00.000Z"),
            ("2026-08-21T10:00:00.5Z", "2026-08-21T10:00:00.500Z"),
            ("2026-08-21T10:00:00.123456Z", "2026-08-21T10:00:00.123Z"),
            ("", ""),
        ] {
            assert_eq!(to_milliseconds(time), shown);
        }
    }
}
