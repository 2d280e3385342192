//! The end of a deploy or a destroy: its errors, what is left behind, and a summary.

use formwork_assembly::{Assembly, SCRIPT_SAYS, StackId, joined_names};
use formwork_aws::shell::quoted;
use formwork_deploy::{
    Failure, KnownReason, Operation, Outcome, Reported, ResourceEvent, StackReport, StackStatus, reasons, status,
};
use serde::Serialize;

use crate::approval::Needed;
use crate::args::AwsOptions;
use crate::aws::of_deployer;
use crate::documents::LocationPart;
pub(crate) use crate::documents::TotalsPart;
use crate::error::{Class, CliError};
use crate::left_behind;
pub(crate) use crate::left_behind::{LeftBehindPart, RemovedPart};
use crate::session::Session;
use crate::summary;
use crate::typed::Typed;

/// A listener of a run, which knows more than the run's report says.
pub(crate) trait Teller {
    /// Writes the commands that lead out of what went wrong.
    fn typed(&self) -> &Typed;
    /// The command that does the same to a stack once more.
    fn again(&self, stack: &str) -> String {
        self.typed().command(&["deploy", stack])
    }
    /// True if the same command again waits for an operation that goes on, and ends as this one would have.
    fn waits(&self) -> bool {
        true
    }
    /// True if an operation on the stack was begun, and its end was not seen.
    fn goes_on(&self, stack: &StackId) -> bool;
    /// The approval that was needed for a stack, or for the whole run, where nobody could be asked.
    fn needed(&self, stack: Option<&StackId>) -> Needed;
}

/// Outcome for a stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum OutcomePart {
    /// There was nothing to do.
    Unchanged,
    /// It was created.
    Created,
    /// It was updated.
    Updated,
    /// The rest of a failed creation was deleted, and it was created.
    Recreated,
    /// It was deleted.
    Deleted,
    /// The changes of a failed operation were rolled back.
    RolledBack,
    /// The operation failed, or could not be started.
    Failed,
    /// A stack that it needs was not deployed, or one that needs it was not deleted.
    NotStarted,
    /// It was not approved.
    Declined,
    /// Its change set waits to be executed.
    Prepared,
    /// The run was interrupted; the operation goes on at AWS.
    GoesOn,
    /// The run was interrupted; it is not known whether the operation was begun.
    NotKnown,
    /// The run was interrupted before the operation was started.
    Interrupted,
}

impl From<&Outcome> for OutcomePart {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Unchanged => OutcomePart::Unchanged,
            Outcome::Done(Operation::Create) => OutcomePart::Created,
            Outcome::Done(Operation::Update) => OutcomePart::Updated,
            Outcome::Done(Operation::Recreate) => OutcomePart::Recreated,
            Outcome::Done(Operation::Delete) => OutcomePart::Deleted,
            Outcome::Done(Operation::Rollback) => OutcomePart::RolledBack,
            Outcome::NotStarted { .. } => OutcomePart::NotStarted,
            Outcome::Declined | Outcome::NobodyToAsk | Outcome::Exceeds(_) => OutcomePart::Declined,
            Outcome::Prepared { .. } => OutcomePart::Prepared,
            Outcome::GoesOn { is_seen: true, .. } => OutcomePart::GoesOn,
            Outcome::GoesOn { is_seen: false, .. } => OutcomePart::NotKnown,
            Outcome::Interrupted => OutcomePart::Interrupted,
            _ => OutcomePart::Failed,
        }
    }
}

/// Failure of a stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailurePart {
    /// The message.
    message: String,
    /// Causes, from the nearest to the root.
    causes: Vec<String>,
    /// Hints on how to correct it.
    hints: Vec<String>,
    /// CloudFormation's status of the stack after it; missing if nothing was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// The service's reason for the first failure; missing if it gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonPart>,
    /// The resource that failed first; missing if it was not a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<FailedResourcePart>,
}

/// The reason that a service gives for a failure.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ReasonPart {
    /// The service's words.
    text: String,
    /// The code by which the resource's handler sorts it, such as `AlreadyExists`; missing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    handler_error_code: Option<String>,
    /// Name of the known reason, such as `name-taken`, whose hint is among the hints; missing for any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    known_as: Option<&'static str>,
    /// Address of the page or the thread that tells of the known reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
}

impl ReasonPart {
    fn of(cause: &ResourceEvent) -> Option<ReasonPart> {
        let text = cause.reason.clone()?;
        let known = known_reason(cause);
        Some(ReasonPart {
            handler_error_code: reasons::handler_error_code(&text).map(str::to_owned),
            text,
            known_as: known.as_ref().map(|known| known.name),
            source: known.map(|known| known.source),
        })
    }
}

/// The resource that failed first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct FailedResourcePart {
    /// The name in the template.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Its place in the source, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationPart>,
    /// The resources that failed first inside of it, if it is a nested stack: from the outermost to the cause of all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inside: Vec<InsidePart>,
}

/// A resource of a nested stack that failed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct InsidePart {
    /// The name in the template of the nested stack.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// The service's words; missing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl From<&ResourceEvent> for InsidePart {
    fn from(event: &ResourceEvent) -> Self {
        InsidePart {
            logical_id: event.logical_id.clone(),
            type_name: event.type_name.clone(),
            reason: event.reason.clone(),
        }
    }
}

impl FailurePart {
    /// A failure before anything was begun.
    pub(crate) fn before(error: &CliError) -> FailurePart {
        FailurePart {
            message: error.message.clone(),
            causes: error.causes.clone(),
            hints: error.hints.clone(),
            status: None,
            reason: None,
            resource: None,
        }
    }

    /// Failure of a stack; `None` where the outcome says all.
    pub(crate) fn of(
        assembly: &Assembly,
        listener: &dyn Teller,
        aws: &AwsOptions,
        id: &StackId,
        outcome: &Outcome,
    ) -> Option<FailurePart> {
        let error = aws.reached(error_of(assembly, listener, aws, id, outcome)?, listener.typed());
        let failure = match outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        };
        let cause = failure.and_then(|failure| failure.cause.as_ref());
        let reason = failure.and_then(innermost).and_then(ReasonPart::of);
        let inside = failure.map(|failure| failure.inside.iter().map(InsidePart::from).collect()).unwrap_or_default();
        let cause = cause.filter(|cause| !cause.is_stack());
        let location = |logical_id: &str| assembly.stack(id)?.location_of(logical_id).map(LocationPart::from);
        Some(FailurePart {
            message: error.message,
            causes: error.causes,
            hints: error.hints,
            status: failure.map(|failure| failure.status.to_string()),
            reason,
            resource: cause.map(|cause| FailedResourcePart {
                location: location(&cause.logical_id),
                logical_id: cause.logical_id.clone(),
                type_name: cause.type_name.clone(),
                inside,
            }),
        })
    }
}

/// The error of one stack; `None` if the stack has none, or if one error is for all stacks.
fn error_of(
    assembly: &Assembly,
    listener: &dyn Teller,
    aws: &AwsOptions,
    id: &StackId,
    outcome: &Outcome,
) -> Option<CliError> {
    let stack = assembly.spelling(id);
    Some(match outcome {
        Outcome::Failed(failure) => failed(assembly, listener, id, failure),
        Outcome::Stopped(error) => {
            let mut error = of_deployer(error.clone(), listener.typed());
            match listener.goes_on(id) {
                true if aws.is_local() => error.hints.push(STANDS_STILL.to_owned()),
                true => {
                    let follow = listener.typed().command(&["events", &stack, "--follow"]);
                    error.hints.push(format!("the operation may go on at {}: {follow}", server(aws)));
                }
                false => {}
            }
            error
        }
        Outcome::NobodyToAsk => {
            let needed = listener.needed(None);
            let mut error = CliError::input("approval is needed, and there is no terminal to ask on");
            error.causes.extend(needed.losses);
            error.hint(needed.hint)
        }
        Outcome::Exceeds(exceeding) => {
            let mut error = CliError::input(format!("`{stack}` would be changed more than was approved"));
            error.causes.extend(exceeding.iter().cloned());
            error.hint(match listener.needed(Some(id)).hint {
                // Nobody is asked where a plan is executed.
                hint if hint.is_empty() => listener.typed().adapted(
                    "the stacks that it waited for are deployed; plan what is left with `cargo formwork deploy --plan FILE`",
                ),
                hint => hint,
            })
        }
        Outcome::GoesOn { .. } if aws.is_local() => {
            CliError::input(format!("interrupted while something was done to `{stack}`")).hint(STANDS_STILL)
        }
        Outcome::GoesOn { is_seen: false, .. } => {
            let events = listener.typed().command(&["events", &stack]);
            let message = format!(
                "interrupted; it is not known whether the operation on `{stack}` was begun: {} had not answered",
                server(aws)
            );
            CliError::input(message).hint(match listener.waits() {
                true => format!("the same command again waits for it, if it was begun; {events} shows whether it was"),
                false => format!("{events} shows whether it was"),
            })
        }
        Outcome::GoesOn { .. } => {
            let follow = listener.typed().command(&["events", &stack, "--follow"]);
            CliError::input(format!("interrupted; {} goes on with `{stack}`", server(aws))).hint(
                match listener.waits() {
                    true => format!("the same command again waits for it; to follow it, {follow}"),
                    false => format!("to follow it, {follow}"),
                },
            )
        }
        Outcome::Unchanged
        | Outcome::Done(_)
        | Outcome::Prepared { .. }
        | Outcome::NotStarted { .. }
        | Outcome::Declined
        | Outcome::Interrupted => return None,
        _ => CliError::service(format!("`{stack}` ended in a way that this version does not know")),
    })
}

/// The end of a run that changed, or should have changed, something. Names what is left behind, and every stack that is
/// not as it should be; of a run that was refused or interrupted, what was done with which stack.
///
/// # Errors
///
/// When there is such a stack: the last of them, the others are printed.
pub(crate) fn conclude(
    session: &Session,
    assembly: &Assembly,
    listener: &dyn Teller,
    aws: &AwsOptions,
    stacks: &[StackReport],
) -> Result<(), CliError> {
    let Conclusion { notes, mut errors } = conclusion(assembly, listener, aws, stacks);
    notes.iter().for_each(|note| session.printer.important(note));
    let Some(last) = errors.pop() else { return Ok(()) };
    for error in errors {
        session.printer.important(error.render(session.printer.note_paint()));
    }
    Err(last)
}

/// The words at the end of a run, but for its answer.
pub(crate) struct Conclusion {
    /// Resources that are left behind, and stacks that were not started.
    pub(crate) notes: Vec<String>,
    /// Every stack that is not as it should be; the last one has the class of all.
    pub(crate) errors: Vec<CliError>,
}

pub(crate) fn conclusion(
    assembly: &Assembly,
    listener: &dyn Teller,
    aws: &AwsOptions,
    stacks: &[StackReport],
) -> Conclusion {
    let mut errors: Vec<CliError> = Vec::new();
    let mut not_started = Vec::new();
    let mut declined = None;
    let mut stopped = None;
    for end in stacks {
        let (id, stack) = (&end.id, assembly.spelling(&end.id));
        match &end.outcome {
            Outcome::Unchanged | Outcome::Done(_) | Outcome::Prepared { .. } => {}
            Outcome::NotStarted { because } => not_started.push((stack, because)),
            Outcome::Declined => {
                stopped = Some(Stopped::Declined);
                declined = Some(CliError::input("not approved"));
            }
            Outcome::Interrupted => stopped = stopped.or(Some(Stopped::Interrupted)),
            Outcome::NobodyToAsk => declined = error_of(assembly, listener, aws, id, &end.outcome),
            outcome => {
                if matches!(outcome, Outcome::Stopped(_) | Outcome::Exceeds(_) | Outcome::GoesOn { .. }) {
                    stopped = stopped.or(Some(Stopped::Error));
                }
                errors.extend(error_of(assembly, listener, aws, id, outcome));
            }
        }
    }
    if errors.is_empty() && stopped == Some(Stopped::Interrupted) {
        errors.push(CliError::input("interrupted"));
    } else if stopped == Some(Stopped::Interrupted) {
        stopped = Some(Stopped::Error);
    }
    errors.extend(declined);
    if let (Some(_), Some(last)) = (stopped, errors.last_mut()) {
        match summary::of(assembly, stacks) {
            Some(summary) => last.message += &format!("; {summary}"),
            // An operation that may be in progress has an error of its own.
            None if stacks.iter().any(|end| end.may_go_on || matches!(end.outcome, Outcome::GoesOn { .. })) => {}
            None => last.message += NOTHING,
        }
    }
    let mut notes = left_behind::names(assembly, listener.typed(), stacks);
    for (stack, because) in not_started {
        let is_prepared = |end: &StackReport| matches!(end.outcome, Outcome::Prepared { .. });
        let is_planned = stacks.iter().any(is_prepared);
        let because = joined_names(because);
        notes.push(match because.as_str() {
            "" => format!(
                "`{stack}` has no change set: what its failed creation left is deleted first, by a deploy that executes"
            ),
            because if is_planned => format!(
                "`{stack}` has no change set yet, since it waits for {because}; the plan has its preview, beyond which nothing is executed"
            ),
            // Which may be done itself, when it was not followed to its end.
            because => format!("`{stack}` was not started, because the run stopped at {because}"),
        });
    }
    if errors.iter().any(|error| error.class == Class::Service)
        && let Some(last) = errors.last_mut()
    {
        last.class = Class::Service;
    }
    let errors = errors.into_iter().map(|error| aws.reached(error, listener.typed())).collect();
    Conclusion { notes, errors }
}

/// The last line of the answer: what was done, and not what was planned. Empty for a run that was refused or interrupted, whose error
/// says it.
pub(crate) fn last_line(assembly: &Assembly, stacks: &[StackReport]) -> String {
    let is_cut_short = |end: &StackReport| {
        use Outcome as O;
        matches!(
            end.outcome,
            O::Declined | O::NobodyToAsk | O::Interrupted | O::GoesOn { .. } | O::Exceeds(_) | O::Stopped(_)
        )
    };
    match summary::of(assembly, stacks) {
        _ if stacks.iter().any(is_cut_short) => String::new(),
        Some(summary) => format!("{summary}\n"),
        None if stacks.iter().any(|end| matches!(end.outcome, Outcome::Prepared { .. })) => {
            format!("{}\n", summary::of_prepared(assembly, stacks))
        }
        None => "nothing was changed\n".to_owned(),
    }
}

/// Reasons why a run did not do all that it was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    Declined,
    Interrupted,
    /// For another reason, which has an error of its own.
    Error,
}

/// The event of the first cause of all: inside of a nested stack, if one failed.
fn innermost(failure: &Failure) -> Option<&ResourceEvent> {
    failure.inside.last().or(failure.cause.as_ref())
}

/// The known reason of a failure, if it is one.
fn known_reason(cause: &ResourceEvent) -> Option<KnownReason> {
    let type_name = if cause.is_stack() { "" } else { &cause.type_name };
    reasons::known(type_name, cause.reason.as_deref()?)
}

fn failed(assembly: &Assembly, listener: &dyn Teller, id: &StackId, failure: &Failure) -> CliError {
    let (stack, typed) = (&assembly.spelling(id), listener.typed());
    let deleted = failure.status.is_deletion() && failure.operation != Operation::Delete;
    let mut error = match &failure.cause {
        None if deleted => {
            let error = CliError::service(format!(
                "{} `{stack}` failed: somebody deleted it meanwhile",
                failure.operation.doing()
            ));
            return error.hint(format!("{} creates it again", typed.command(&["deploy", stack])));
        }
        Some(cause) if cause.is_stack() => CliError::service(format!("{} `{stack}` failed", failure.operation.doing()))
            .cause(cause.reason.as_deref().unwrap_or("CloudFormation gives no reason")),
        Some(cause) => CliError::service(format!(
            "{} `{stack}` failed at `{}` ({})",
            failure.operation.doing(),
            cause.logical_id,
            cause.type_name
        ))
        .cause(cause.reason.as_deref().unwrap_or("CloudFormation gives no reason")),
        None => CliError::service(format!("{} `{stack}` failed: it is {}", failure.operation.doing(), failure.status)),
    };
    let nested = failure.cause.iter().chain(&failure.inside);
    for (outer, event) in nested.zip(&failure.inside) {
        let reason = event.reason.as_deref().unwrap_or("CloudFormation gives no reason");
        error = error.cause(match event.is_stack() {
            true => format!("the nested stack `{}` failed: {reason}", outer.logical_id),
            false => format!(
                "`{}` ({}) of the nested stack `{}` failed: {reason}",
                event.logical_id, event.type_name, outer.logical_id
            ),
        });
    }
    for hook in &failure.hooks {
        error = error.cause(hook);
    }
    for other in &failure.others {
        let reason = other.reason.as_deref().unwrap_or("CloudFormation gives no reason");
        error = error.cause(format!("`{}` ({}) failed too: {reason}", other.logical_id, other.type_name));
    }
    let location_of = |cause: &ResourceEvent| assembly.stack(id)?.location_of(&cause.logical_id).cloned();
    error.location = failure.cause.as_ref().and_then(location_of).map(Box::new);
    error.hints.extend(innermost(failure).and_then(known_reason).map(|known| typed.adapted(&known.hint)));
    error.hints.extend(innermost(failure).and_then(|event| words_of_a_script(event, &id.region)));
    match &failure.status {
        Reported::Known(status @ (StackStatus::UpdateRollbackComplete | StackStatus::RollbackComplete)) => {
            let now = match status {
                StackStatus::RollbackComplete => "what was created is deleted again",
                _ => "as it was before",
            };
            let again = listener.again(stack);
            error.hint(format!("`{stack}` is in {status} now, {now}: correct the cause, then {again}"))
        }
        status => error.hint(match status::way_out(status) {
            Some(way_out) => {
                let held: Vec<&str> = failure.held_by.iter().map(String::as_str).collect();
                format!("`{stack}` is in {status} now: {}", typed.way_out(stack, way_out, &held))
            }
            None => format!("`{stack}` is in {status} now"),
        }),
    }
}

/// The way to the words of a script that an association ran: CloudFormation has its status alone. It is the newest execution that failed.
/// Source: Systems Manager API Reference, `DescribeAssociationExecutions`, `DescribeAssociationExecutionTargets` (`OutputSource`: the id of
/// the command) and `ListCommandInvocations` (`Details`: what it printed).
fn words_of_a_script(event: &ResourceEvent, region: &str) -> Option<String> {
    let has_words = event.reason.as_deref().is_some_and(|reason| reason.contains(SCRIPT_SAYS));
    if event.type_name != "AWS::SSM::Association" || has_words {
        return None;
    }
    let (id, region) = (quoted(event.physical_id.as_deref()?), quoted(region));
    let of = format!("--region {region} --association-id {id}");
    Some(format!(
        "what the script said: `aws ssm list-command-invocations --details --region {region} --command-id \
         \"$(aws ssm describe-association-execution-targets {of} --execution-id \
         \"$(aws ssm describe-association-executions {of} --filters Key=Status,Value=Failed,Type=EQUAL \
         --query 'max_by(AssociationExecutions,&CreatedTime).ExecutionId' --output text)\" \
         --query 'AssociationExecutionTargets[0].OutputSource.OutputSourceId' --output text)\"`"
    ))
}

const NOTHING: &str = "; nothing was changed";

/// The error of a run that ended before anything was changed, which it says where the reason is not in what was typed.
pub(crate) fn before_a_change(mut error: CliError) -> CliError {
    if error.class == Class::Service {
        error.message += NOTHING;
    }
    error
}

/// Hint for an operation that stops because the engine ends with the command.
const STANDS_STILL: &str = "nothing is lost: the embedded engine goes on with it when the same command runs again";

/// The server that goes on when we stop.
fn server(aws: &AwsOptions) -> &str {
    aws.endpoint_url.as_deref().unwrap_or("AWS")
}
