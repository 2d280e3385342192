//! Findings of validation, for the commands that print them and for those that go no further because of them.

use std::collections::BTreeMap;

use clap::Args;
use formwork_assembly::visible::{paragraph, visible};
use formwork_assembly::{Assembly, NestedArtifact, Problem, StackArtifact};
use formwork_template::Template;
use formwork_validate::{Acknowledgement, Finding, Location, Options, Severity, Validator};
use serde::Serialize;

use crate::documents::LocationPart;
use crate::error::CliError;
use crate::paint::{Paint, Style};
use crate::session::Session;

/// One thing that validation found.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingPart {
    /// An error stops a deployment, the others do not.
    severity: FindingSeverityPart,
    /// The rule's id, such as `property-value`.
    rule: &'static str,
    /// The fault.
    message: String,
    /// Place in the template: names and indexes from the root.
    path: Vec<String>,
    /// Place where it was made: in the source, or in the template's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationPart>,
    /// The wrong value, shortened; left out when it could be a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// The allowed values.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<String>,
    /// Hint on how to correct it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Reason why it is in order, of a finding that the source acknowledges.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Severities of findings.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum FindingSeverityPart {
    /// CloudFormation would refuse it.
    Error,
    /// It is deployed, but perhaps not as it was meant.
    Warning,
    /// The source says that it is in order, and why.
    Acknowledged,
}

/// The findings about a stack of an assembly, with values that its parameters are given. In a template that is not of the form of one,
/// as synth writes none, the places are those in its `file`, where that is one which somebody can open.
pub(crate) fn of_stack(
    validator: &mut Validator,
    stack: &StackArtifact,
    parameters: BTreeMap<String, String>,
    file: Option<&str>,
) -> Vec<Finding> {
    let options = Options {
        region: Some(stack.region().to_owned()),
        locations: stack.locations.iter().map(|(id, location)| (id.clone(), place(location))).collect(),
        location: stack.location.as_ref().map(place),
        acknowledged: stack.acknowledged.iter().map(acknowledgement).collect(),
        parameters,
    };
    match Template::from_json(&stack.template) {
        Ok(template) => validator.validate(&template, &options),
        // Lines of a file that nobody wrote help nobody: the place is the stack's own.
        Err(_) if let Some(file) = file => validator.validate_text(&stack.template, file, &options),
        Err(_) => {
            let findings = validator.validate_text(&stack.template, &stack.id.to_string(), &options);
            findings.into_iter().map(|finding| Finding { location: options.location.clone(), ..finding }).collect()
        }
    }
}

/// The stacks nested in a stack, each as one of its own, by their paths.
pub(crate) fn nested(assembly: &Assembly, stack: &StackArtifact) -> Vec<(String, StackArtifact)> {
    let one = |nested: &NestedArtifact| {
        let template = assembly.nested_template(&stack.id, nested)?.to_owned();
        let artifact = StackArtifact {
            id: stack.id.clone(),
            partition: stack.partition.clone(),
            template,
            location: nested.location.clone(),
            locations: nested.locations.clone(),
            acknowledged: nested.acknowledged.clone(),
            ..StackArtifact::default()
        };
        Some((nested.path.clone(), artifact))
    };
    stack.nested.iter().filter_map(one).collect()
}

fn acknowledgement(one: &formwork_assembly::Acknowledgement) -> Acknowledgement {
    Acknowledgement {
        logical_id: one.logical_id.clone(),
        rule: one.rule.clone(),
        reason: one.reason.clone(),
        location: Some(place(&one.location)),
    }
}

fn place(location: &formwork_assembly::Location) -> Location {
    Location { file: location.file.to_string(), line: location.line, column: None }
}

/// Findings of validation that are left out; for `validate`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Ignored {
    /// Leave out what this rule finds, such as `record-set`; can be given several times
    #[arg(long, value_name = "RULE", value_parser = rule)]
    ignore: Vec<String>,
}

impl Ignored {
    /// The findings that are left, and the number of those that are left out.
    pub(crate) fn apply(&self, findings: Vec<Finding>) -> (Vec<Finding>, usize) {
        let before = findings.len();
        let left: Vec<Finding> =
            findings.into_iter().filter(|finding| !self.ignore.iter().any(|rule| rule == finding.rule)).collect();
        let count = before - left.len();
        (left, count)
    }
}

fn rule(name: &str) -> Result<String, String> {
    if formwork_validate::finding::rule::ALL.contains(&name) {
        return Ok(name.to_owned());
    }
    let close = formwork_assembly::did_you_mean(name, formwork_validate::finding::rule::ALL);
    Err(match close {
        Some(close) => format!("there is no such rule; did you mean `{close}`?"),
        None => "there is no such rule; findings show theirs, as in `error[record-set]`".to_owned(),
    })
}

/// Prints findings where problems are printed.
pub(crate) fn say(session: &Session, findings: &[Finding]) {
    for finding in findings {
        session.printer.important(format_args!("{}\n", render(finding, session.printer.note_paint())));
    }
}

/// The failure that errors among the findings are.
pub(crate) fn conclude(findings: &[Finding]) -> Result<(), CliError> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors == 0 {
        return Ok(());
    }
    let mut error = CliError::input(match errors {
        1 => "validation found 1 error".to_owned(),
        several => format!("validation found {several} errors"),
    });
    error.problems = findings.iter().filter_map(problem).collect();
    Err(error)
}

fn problem(finding: &Finding) -> Option<Problem> {
    let message = format!("{} ({}, at {})", finding.message, finding.rule, finding.place());
    let problem = match finding.severity {
        Severity::Error => Problem::error(message),
        Severity::Warning => Problem::warning(message),
        Severity::Acknowledged => return None,
    };
    let location = finding
        .location
        .as_ref()
        .map(|location| formwork_assembly::Location { file: location.file.clone().into(), line: location.line });
    Some(Problem { location, hint: finding.hint.clone(), ..problem })
}

/// A finding as people read it; ends without a line break.
pub(crate) fn render(finding: &Finding, paint: Paint) -> String {
    let style = match finding.severity {
        Severity::Error => Style::Error,
        Severity::Warning => Style::Warning,
        Severity::Acknowledged => Style::Faint,
    };
    let mut text = paint.apply(style, &format!("{}[{}]:", finding.severity.as_str(), finding.rule));
    text += &format!(" {}", paragraph(&finding.message));
    if let Some(location) = &finding.location {
        text += &format!("\n  {} {}", paint.apply(Style::Faint, "-->"), visible(&location.to_string()));
    }
    let mut note = |what: String| text += &format!("\n   {} {what}", paint.apply(Style::Faint, "="));
    if !finding.path.is_empty() {
        note(format!("at {}", visible(&finding.place())));
    }
    if let Some(allowed) = &finding.allowed {
        note(format!("allowed: {}", paragraph(allowed)));
    }
    if let Some(reason) = &finding.reason {
        note(format!("in order: {}", paragraph(reason)));
    } else if let Some(hint) = &finding.hint {
        text += &format!("\n{} {}", paint.apply(Style::Hint, "hint:"), paragraph(hint));
    }
    text
}

impl From<&Finding> for FindingPart {
    fn from(finding: &Finding) -> Self {
        FindingPart {
            severity: match finding.severity {
                Severity::Error => FindingSeverityPart::Error,
                Severity::Warning => FindingSeverityPart::Warning,
                Severity::Acknowledged => FindingSeverityPart::Acknowledged,
            },
            rule: finding.rule,
            message: finding.message.clone(),
            path: finding.path.clone(),
            location: finding.location.as_ref().map(|location| LocationPart {
                file: location.file.clone(),
                line: location.line,
                column: location.column,
            }),
            value: finding.value.clone(),
            allowed: finding.allowed.clone(),
            hint: finding.hint.clone(),
            reason: finding.reason.clone(),
        }
    }
}
