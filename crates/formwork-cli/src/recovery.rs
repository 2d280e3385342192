//! Parts that `rollback` and `continue` share: they recover stacks, and differ in the call.

use formwork_deploy::{Outcome, Recovery, recover, status};
use serde::Serialize;

use crate::approval::Given;
use crate::args::Target;
use crate::aws::{self, Clients, Selected};
use crate::documents::StackName;
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
pub(crate) fn run(recovery: &Recovery, yes: bool, target: &Target, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(target, session)?;
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let given = Given::by_yes(yes);
    let consent = given.consent;
    let listener = Listener::new(session, assembly, given);
    let work = async |clients: &Clients| {
        listener.introduce(clients, &target.aws, session, ids).await?;
        recover::recover(&clients.service, assembly, ids, recovery, consent, &listener, aws::interrupted()).await
    };
    let report = selected.run(&target.aws, session, work, || listener.tick());
    let report = report.map_err(outcome::before_a_change)?;
    if session.printer.is_json() {
        let stacks = report.stacks.iter().map(|stack| StackPart {
            stack: StackName::new(&stack.id),
            found: report.found.get(&stack.id).map(ToString::to_string),
            outcome: OutcomePart::from(&stack.outcome),
            failure: FailurePart::of(assembly, &listener, &target.aws, &stack.id, &stack.outcome),
            left_behind: stack.left_behind.iter().map(LeftBehindPart::from).collect(),
        });
        session.printer.document(&Document { target: listener.head(), stacks: stacks.collect() })?;
    }
    for stack in report.stacks.iter().filter(|stack| stack.outcome == Outcome::Unchanged) {
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
    outcome::conclude(session, assembly, &listener, &target.aws, &report.stacks)
}
