//! `validate`: every finding about the stacks, or about one template file, before anything is sent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use formwork_assembly::{Problem, StackId};
use formwork_validate::{Finding, Options, Severity, Validator};
use serde::Serialize;

use crate::args::AppOptions;
use crate::error::CliError;
use crate::findings::{self, FindingPart, Ignored};
use crate::given;
use crate::pairs::{self, Pair};
use crate::registry;
use crate::session::{self, Destination, Session};
use crate::template_file;
use crate::wording::count;
use crate::{rustc, sarif};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork validate
  cargo formwork validate habitpay-edge --json
  cargo formwork validate --template network.yaml --template-region eu-west-1
  cargo formwork validate --format sarif > findings.sarif";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// Validate this template file, in JSON or YAML, in place of the stacks of an app
    #[arg(long, value_name = "FILE", conflicts_with_all = ["stacks", "app", "env", "context", "release"])]
    template: Option<PathBuf>,
    /// The region that the template file is for; without it, nothing is said about regions
    #[arg(long, value_name = "REGION", requires = "template")]
    template_region: Option<String>,
    /// The template file's own resource types: a folder of registry schemas, as for `generate`
    #[arg(long, value_name = "DIR", requires = "template")]
    schemas: Option<PathBuf>,
    /// The value of a parameter: `STACK:KEY=VALUE`, where STACK is a name or `NAME@REGION`; of a file, `KEY=VALUE`; held against the
    /// parameter's type and constraints, and decides what else is held against the rules; can be given several times
    #[arg(long, value_name = "[STACK:]KEY=VALUE")]
    parameter: Vec<String>,
    /// The form of the findings on standard output: SARIF 2.1.0, for code scanning; or rustc's JSON, a finding per line, for editors
    #[arg(long, value_name = "FORM", conflicts_with = "json")]
    format: Option<Form>,
    #[command(flatten)]
    ignored: Ignored,
    #[command(flatten)]
    app: AppOptions,
}

/// Forms that other programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Sarif,
    Rustc,
}

/// Output of `validate --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The stacks, in the order of the apps; or the one template file.
    templates: Vec<TemplatePart>,
    /// Number of errors, all together.
    errors: usize,
    /// Number of warnings, all together.
    warnings: usize,
    /// Number of findings that the source acknowledges, with a reason; they are among the findings.
    acknowledged: usize,
    /// Number of findings that `--ignore` left out.
    ignored: usize,
}

/// A template that was validated.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct TemplatePart {
    /// The stack, `NAME@REGION`; of a file, its path.
    id: String,
    /// The findings, errors first.
    findings: Vec<FindingPart>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let mut problems = Vec::new();
    let found = match &arguments.template {
        Some(file) => of_file(file, arguments).map(|findings| vec![(file.display().to_string(), findings)]),
        None => of_stacks(arguments, session, &mut problems),
    };
    let found = match found {
        Ok(found) => found,
        // What reads one of these forms reads it then, too.
        Err(error) => {
            match arguments.format {
                Some(Form::Sarif) => session.printer.document(&sarif::stopped(&error))?,
                Some(Form::Rustc) => {
                    let root = root(arguments, session);
                    let mut lines: Vec<String> =
                        error.problems.iter().map(|problem| rustc::problem_line(problem, &root)).collect();
                    if lines.is_empty() {
                        lines.push(rustc::error_line(&error));
                    }
                    session.printer.json_lines(&lines)?;
                }
                None => {}
            }
            return Err(error);
        }
    };
    let mut ignored = 0;
    let mut left = |(id, findings)| {
        let (findings, count) = arguments.ignored.apply(findings);
        ignored += count;
        (id, findings)
    };
    let found: Vec<(String, Vec<Finding>)> = found.into_iter().map(&mut left).collect();
    let all: Vec<Finding> = found.iter().flat_map(|(_, findings)| findings).cloned().collect();
    let errors = all.iter().filter(|finding| finding.severity == Severity::Error).count();
    let acknowledged = all.iter().filter(|finding| finding.severity == Severity::Acknowledged).count();
    let warnings = all.len() - errors - acknowledged;
    if session.printer.is_json() {
        let templates = found
            .iter()
            .map(|(id, findings)| TemplatePart {
                id: id.clone(),
                findings: findings.iter().map(FindingPart::from).collect(),
            })
            .collect();
        session.printer.document(&Document { templates, errors, warnings, acknowledged, ignored })?;
        return findings::conclude(&all);
    }
    match arguments.format {
        Some(Form::Sarif) => {
            session.printer.document(&sarif::document(&found, &problems))?;
            return findings::conclude(&all);
        }
        Some(Form::Rustc) => {
            let root = root(arguments, session);
            let warnings = problems.iter().map(|problem| rustc::problem_line(problem, &root));
            let lines: Vec<String> = warnings.chain(all.iter().map(|finding| rustc::line(finding, &root))).collect();
            session.printer.json_lines(&lines)?;
            return findings::conclude(&all);
        }
        None => {}
    }
    findings::say(session, &all);
    findings::conclude(&all)?;
    session.printer.text(&format!(
        "{} validated: 0 errors, {}{}{}\n",
        count(found.len(), "template"),
        count(warnings, "warning"),
        if acknowledged == 0 { String::new() } else { format!(", {acknowledged} acknowledged") },
        if ignored == 0 { String::new() } else { format!(", {ignored} ignored") }
    ))
}

/// The folder in which the places of sources begin.
fn root(arguments: &Arguments, session: &Session) -> PathBuf {
    match (&arguments.template, session.workspace()) {
        (None, Ok(workspace)) => workspace.root.clone(),
        _ => PathBuf::new(),
    }
}

fn of_file(file: &Path, arguments: &Arguments) -> Result<Vec<Finding>, CliError> {
    let shown = file.display().to_string();
    let bytes = template_file::read(file)?;
    if let Some(region) = &arguments.template_region {
        template_file::known_region(region, formwork_validate::regions)?;
    }
    let registry = arguments.schemas.as_deref().map(registry::of_folder).transpose()?.unwrap_or_default();
    let given: Result<_, CliError> = arguments.parameter.iter().map(|text| given::key_and_value(text)).collect();
    let options = Options { region: arguments.template_region.clone(), parameters: given?, ..Options::default() };
    Ok(Validator::with(registry).validate_bytes(&bytes, &shown, &options))
}

/// The values that are given to stacks. One for a stack that is not validated would be given in vain.
fn given_values(arguments: &Arguments, selected: &[StackId]) -> Result<Vec<Pair>, CliError> {
    let given: Result<Vec<Pair>, String> = arguments.parameter.iter().map(|text| pairs::pair(text)).collect();
    let given = given.map_err(|reason| CliError::input(format!("`--parameter`: {reason}")))?;
    for pair in &given {
        if !selected.iter().any(|id| pair.stack.names(id)) {
            let mut known: Vec<String> = selected.iter().map(|id| pair.stack.spelling_of(id)).collect();
            known.dedup();
            return Err(CliError::input(format!(
                "a value is given for `{}` of `{}`, which is not a stack that is validated; those are {}",
                pair.key,
                pair.stack,
                known.join(", ")
            )));
        }
    }
    Ok(given)
}

/// The findings about each stack. `problems` are the warnings of synth, about whichever stack they are.
fn of_stacks(
    arguments: &Arguments,
    session: &Session,
    problems: &mut Vec<Problem>,
) -> Result<Vec<(String, Vec<Finding>)>, CliError> {
    let synthesized = session.synth_all(&arguments.app, Destination::Scratch)?;
    problems.extend(synthesized.iter().flat_map(|one| one.problems.iter().cloned()));
    let selected = session::selected(&synthesized, &arguments.stacks)?;
    let given = given_values(arguments, &selected)?;
    let mut found = Vec::new();
    for one in &synthesized {
        let mut validator = Validator::with(registry::of_apps([&one.app])?);
        for stack in one.assembly.stacks.iter().filter(|stack| selected.contains(&stack.id)) {
            found.push((
                stack.id.to_string(),
                findings::of_stack(&mut validator, stack, pairs::of_stack(&given, &stack.id), None),
            ));
            for (path, nested) in findings::nested(&one.assembly, stack) {
                found.push((
                    format!("{}/{path}", stack.id),
                    findings::of_stack(&mut validator, &nested, BTreeMap::default(), None),
                ));
            }
        }
    }
    Ok(found)
}
