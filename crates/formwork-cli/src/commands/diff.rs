//! `diff`: what deploying would change, without changing anything; or what is different between two template files.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use formwork_diff::{Diff, RenderOptions, Totals, render};
use formwork_template::{Template, text_of};
use serde::Serialize;
use serde_json::Value;

#[cfg(feature = "deploy")]
use crate::args::Target;
use crate::documents::TotalsPart;
use crate::error::{Class, CliError};
#[cfg(feature = "deploy")]
use crate::preview;
use crate::registry;
use crate::session::Session;
use crate::template_file;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork diff
  cargo formwork diff habitpay-edge --template-only --verbose
  cargo formwork diff --fail-on broadening
  cargo formwork diff --from old.template.json --to new.template.json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Compare this template file, as if it was deployed; AWS is not called
    #[arg(long, value_name = "FILE", requires = "to")]
    #[cfg_attr(not(feature = "deploy"), arg(required = true))]
    from: Option<PathBuf>,
    /// Compare with this template file, as if it was to be deployed
    #[arg(long, value_name = "FILE", requires = "from")]
    to: Option<PathBuf>,
    /// The template files' own resource types: a folder of registry schemas, as for `generate`
    #[arg(long, value_name = "DIR", requires = "from")]
    schemas: Option<PathBuf>,
    /// Compare the deployed templates, and make no change sets
    #[cfg(feature = "deploy")]
    #[arg(long, conflicts_with = "from")]
    template_only: bool,
    /// Exit with 3 if there is such a change: any at all, one that permits more, one that loses or may lose a resource
    #[arg(long, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    /// The value of a parameter; STACK is a name, or `NAME@REGION`; can be given several times
    #[cfg(feature = "deploy")]
    #[arg(long, value_name = "STACK:KEY=VALUE", value_parser = super::deploy::parameter, conflicts_with = "from")]
    parameter: Vec<formwork_deploy::GivenParameter>,
    #[cfg(all(feature = "deploy", feature = "validate"))]
    #[command(flatten)]
    validation: crate::findings::Validation,
    #[cfg(feature = "deploy")]
    #[command(flatten)]
    target: Target,
}

/// What a change is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Any change
    AnyChange,
    /// A statement that allows, a rule that opens, a denial that goes
    Broadening,
    /// A resource that is, or may be, replaced, or is destroyed
    Destructive,
}

/// What `diff --json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The stacks, producers before consumers; or the one comparison of two files.
    stacks: Vec<StackPart>,
    /// How much would be changed, all stacks together.
    totals: TotalsPart,
}

/// What would be changed in a stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    /// Name and region, `NAME@REGION`; of files, the path of the new one.
    id: String,
    /// Where the answer comes from.
    source: SourcePart,
    /// The names of the stacks that must be deployed before more is known.
    after: Vec<String>,
    /// The change: `resources`, with `impact` and `properties`; `parameters`, `outputs` and the other sections, with
    /// `before` and `after`; `broadening`; `totals`.
    diff: Value,
    #[serde(skip)]
    found: Option<FailOn>,
}

/// Where a diff comes from.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum SourcePart {
    /// The change set of CloudFormation together with the templates.
    ChangeSet,
    /// The templates alone.
    Template,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    match (&arguments.from, &arguments.to) {
        (Some(from), Some(to)) => files(arguments, from, to, session),
        _ => stacks(arguments, session),
    }
}

/// `--from`, `--to`
fn files(arguments: &Arguments, from: &Path, to: &Path, session: &Session) -> Result<(), CliError> {
    #[cfg(feature = "deploy")]
    if arguments.target.is_named() {
        return Err(CliError::input("`--from` and `--to` compare two files, and take no stacks and no app"));
    }
    let registry = arguments.schemas.as_deref().map(registry::of_folder).transpose()?.unwrap_or_default();
    let diff = Diff::between(Some(&read(from)?), &read(to)?, &registry);
    let totals = diff.totals();
    let text = render(&diff, &options(session));
    let part = StackPart {
        id: to.display().to_string(),
        source: SourcePart::Template,
        after: Vec::new(),
        diff: diff.to_json(),
        found: find(arguments, &diff, !diff.is_empty()),
    };
    answer(session, text, vec![part], totals)
}

fn options(session: &Session) -> RenderOptions {
    RenderOptions { colour: session.printer.data_paint().0, verbose: session.printer.is_verbose() }
}

fn read(file: &Path) -> Result<Template, CliError> {
    text_of(&template_file::read(file)?)
        .and_then(Template::from_text)
        .map_err(|error| CliError::input(format!("`{}` is no CloudFormation template", file.display())).cause(error))
}

#[cfg(feature = "deploy")]
fn stacks(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    use formwork_deploy::{Consent, DiffOptions, Source};

    use crate::aws;
    use crate::listener::Listener;

    let synthesized = session.synth_one(&arguments.target.app)?;
    let assembly = &synthesized.assembly;
    let ids = aws::select(assembly, &arguments.target)?;
    let registry = registry::of_apps([&synthesized.app])?;
    #[cfg(feature = "validate")]
    arguments.validation.before(session, &synthesized, &registry, &ids, |stack| {
        aws::deployed_template(&arguments.target.aws, session, stack)
    })?;
    let options =
        DiffOptions { template_only: arguments.template_only, parameters: arguments.parameter.clone(), registry };
    let listener = Listener::new(&session.printer, Consent::Given);
    let clients = std::cell::OnceCell::new();
    let work = |clients| formwork_deploy::diff(clients, assembly, &ids, &options, &listener, aws::interrupted());
    let plan = aws::run(&arguments.target.aws, session, assembly, &clients, work, || listener.tick())?;
    let plan = plan.ok_or_else(|| CliError::input("interrupted; nothing was changed"))?;

    let paint = session.printer.data_paint();
    let verbose = session.printer.is_verbose();
    let texts: Vec<String> = plan.stacks.iter().map(|stack| preview::planned(stack, paint, verbose)).collect();
    let parts = plan.stacks.iter().map(|stack| StackPart {
        id: format!("{}@{}", stack.stack, stack.region),
        source: match &stack.source {
            Source::ChangeSet => SourcePart::ChangeSet,
            Source::Template { .. } => SourcePart::Template,
        },
        after: match &stack.source {
            Source::ChangeSet => Vec::new(),
            Source::Template { after } => after.clone(),
        },
        diff: stack.diff.to_json(),
        found: find(arguments, &stack.diff, stack.changes()),
    });
    answer(session, texts.join("\n"), parts.collect(), plan.totals())
}

#[cfg(not(feature = "deploy"))]
fn stacks(_: &Arguments, _: &Session) -> Result<(), CliError> {
    Err(CliError::input("this program was built without what calls AWS")
        .hint("compare two files with `--from FILE --to FILE`"))
}

/// What `--fail-on` looks for, if it is there.
fn find(arguments: &Arguments, diff: &Diff, changes: bool) -> Option<FailOn> {
    arguments.fail_on.filter(|fail_on| match fail_on {
        FailOn::AnyChange => changes,
        FailOn::Broadening => !diff.broadening.is_empty(),
        FailOn::Destructive => diff.is_destructive(),
    })
}

fn answer(session: &Session, text: String, stacks: Vec<StackPart>, totals: Totals) -> Result<(), CliError> {
    let found: Vec<(FailOn, String)> =
        stacks.iter().filter_map(|stack| Some((stack.found?, format!("`{}`", stack.id)))).collect();
    if session.printer.is_json() {
        session.printer.document(&Document { stacks, totals: totals.into() })?;
    } else {
        let gap = if text.is_empty() { "" } else { "\n" };
        session.printer.text(&format!("{text}{gap}{totals}\n"))?;
    }
    let Some((fail_on, _)) = found.first() else { return Ok(()) };
    let what = match fail_on {
        FailOn::AnyChange => "would change",
        FailOn::Broadening => "would permit more than before",
        FailOn::Destructive => "would lose a resource, or may",
    };
    let ids: Vec<&str> = found.iter().map(|(_, id)| id.as_str()).collect();
    Err(CliError::new(Class::Found, format!("{} {what}, which `--fail-on` looks for", ids.join(" and "))))
}
