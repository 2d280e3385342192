//! Parts that `rollback` and `continue` share: they recover stacks, and differ in the call.

use formwork_deploy::{Outcome, RecoverOptions, Recovery, StackReport, recover, status};
use serde::Serialize;

use crate::approval::Given;
use crate::args::Target;
use crate::aws::{Clients, Selected};
use crate::documents::{StackName, WarningPart};
use crate::error::CliError;
use crate::identity::Head;
use crate::listener::Listener;
use crate::outcome::{self, FailurePart, LeftBehindPart, OutcomePart};
use crate::session::Session;

/// Output of `rollback --json` and `continue --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Place and login of the run.
    target: Head,
    /// The selected stacks, consumers before producers; one that does not need this is `unchanged`.
    stacks: Vec<StackPart>,
    /// Warnings about the stacks; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningPart>,
}

/// A selected stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// CloudFormation's status before; missing if it is not deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    /// The outcome.
    outcome: OutcomePart,
    /// The failure; missing if there is none, or if `outcome` says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailurePart>,
    /// Resources that belonged to it and still exist; missing if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<LeftBehindPart>,
}

/// Recovers the selected stacks.
///
/// # Errors
///
/// When a stack is not rolled back that should be.
pub(crate) fn run(recovery: Recovery, given: Given, target: &Target, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(target, session)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let options = RecoverOptions { recovery, consent: given.consent, by_name: given.by_name.clone() };
    let recovery = &options.recovery;
    let listener = Listener::new(session, assembly, given).without_waiting();
    let work = async |clients: &Clients| {
        listener.introduce(clients, &target.aws, session, ids).await?;
        recover::recover(&clients.service, assembly, ids, &options, &listener, clients.interrupted()).await
    };
    let report = selected.run(&target.aws, session, work, || listener.tick());
    let report = report.map_err(outcome::before_a_change)?;
    let is_idle = report.plan.stacks.is_empty();
    // A status that holds the stack up, and that this is no way out of; of a whole app, others may be in another one.
    let stuck = |stack: &StackReport| {
        let found = report.found.get(&stack.id).filter(|_| stack.outcome == Outcome::Unchanged)?;
        let way_out = status::way_out(found).filter(|_| is_idle || !target.stacks.is_empty())?;
        let name = assembly.spelling(&stack.id);
        let message = format!("`{name}` is in {found}, where {}", recovery.nothing_because());
        let error = CliError::input(message).hint(session.typed.way_out(&name, way_out, &[]));
        Some(target.aws.reached(error, &session.typed))
    };
    if session.printer.is_json() {
        let stacks = report.stacks.iter().map(|stack| StackPart {
            stack: StackName::new(&stack.id),
            found: report.found.get(&stack.id).map(ToString::to_string),
            outcome: OutcomePart::from(&stack.outcome),
            failure: match stuck(stack) {
                Some(error) => Some(FailurePart::before(&error)),
                None => FailurePart::of(assembly, &listener, &target.aws, &stack.id, &stack.outcome),
            },
            left_behind: stack.left_behind.iter().map(LeftBehindPart::from).collect(),
        });
        let (target, warnings) = (listener.head(), listener.warnings());
        session.printer.document(&Document { target, stacks: stacks.collect(), warnings })?;
    }
    let mut refused: Vec<CliError> = report.stacks.iter().filter_map(stuck).collect();
    let is_noted = |stack: &&StackReport| stack.outcome == Outcome::Unchanged && stuck(stack).is_none();
    for stack in report.stacks.iter().filter(is_noted) {
        let (name, region) = (&stack.id.name, &stack.id.region);
        session.printer.note(match report.found.get(&stack.id) {
            None => format!("`{name}` is not deployed in {region}"),
            Some(found) => match status::way_out(found) {
                Some(way_out) => {
                    let stack = assembly.spelling(&stack.id);
                    format!("`{name}` is in {found}: {}", session.typed.way_out(&stack, way_out, &[]))
                }
                None => format!("`{name}` is in {found}, where there is nothing to roll back"),
            },
        });
    }
    for stack in report.stacks.iter().filter(|stack| matches!(stack.outcome, Outcome::Done(_))) {
        let skipped = report.plan.stacks.iter().filter(|plan| plan.id == stack.id).flat_map(|plan| &plan.skip);
        for id in skipped {
            let name = assembly.spelling(&stack.id);
            session.printer.important(format_args!(
                "`{id}` of `{name}` was skipped: it counts as rolled back, whatever it is; make it what the template says"
            ));
        }
    }
    if !session.printer.is_json() {
        session.printer.text(&outcome::last_line(assembly, &report.stacks))?;
    }
    let concluded = outcome::conclude(session, assembly, &listener, &target.aws, &report.stacks);
    let last = if concluded.is_ok() { refused.pop() } else { None };
    refused.iter().for_each(|error| session.printer.important(error.render(session.printer.note_paint())));
    concluded.and(last.map_or(Ok(()), Err))
}
