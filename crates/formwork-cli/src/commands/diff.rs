//! `diff`: what deploying would change, without changing anything; or what is different between two template files.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use formwork_diff::{Diff, ParameterValue, ParameterValues, RenderOptions, render};
use formwork_template::{IndexMap, Template, joined, text_of};
use formwork_workspace::whole_file;
use serde::Serialize;
use serde_json::Value;

#[cfg(feature = "deploy")]
use crate::args::Target;
use crate::documents::TotalsPart;
use crate::error::{Class, CliError};
use crate::graph::Graph;
use crate::registry;
use crate::review::{Review, Reviewed, comment, page};
use crate::session::Session;
use crate::template_file;
#[cfg(feature = "deploy")]
use crate::{pairs, parameters, preview};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork diff
  cargo formwork diff habitpay-edge --template-only --verbose
  cargo formwork diff --fail-on broadening
  cargo formwork diff --markdown --html preview.html > comment.md
  cargo formwork diff --from old.template.json --to new.template.json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Compare this template file, as if it was deployed; AWS is not called
    #[arg(long, value_name = "FILE", requires = "to")]
    #[cfg_attr(not(feature = "deploy"), arg(required = true))]
    // What is about stacks and about AWS; stacks and apps have an error of their own.
    #[cfg_attr(
        feature = "deploy",
        arg(conflicts_with_all = [
            "release", "profile", "region", "endpoint_url", "allow_plain_http", "parameter_file", "parameter_env", "asset_bucket"
        ])
    )]
    #[cfg_attr(
        all(feature = "deploy", feature = "local"),
        arg(conflicts_with_all = ["local", "local_state", "local_speed", "local_faults"])
    )]
    #[cfg_attr(all(feature = "deploy", feature = "validate"), arg(conflicts_with_all = ["no_validate", "ignore"]))]
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
    /// Print Markdown for a comment in a pull request; its first line tells whose it is, so that a workflow can renew it
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Write the changes as a page too, which needs no other file and no network
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The value of a parameter: `STACK:KEY=VALUE`, where STACK is a name or `NAME@REGION`; of files, `KEY=VALUE`, which holds on both
    /// sides; can be given several times
    #[arg(long, value_name = "[STACK:]KEY=VALUE")]
    parameter: Vec<String>,
    #[cfg(feature = "deploy")]
    #[command(flatten)]
    elsewhere: parameters::Elsewhere,
    /// Compare code and files, or skip them: what is deployed is taken for what is there
    #[cfg(feature = "deploy")]
    #[arg(long, value_name = "HOW", default_value = "compare", conflicts_with = "from")]
    code: Code,
    /// Look nothing up: what `formwork.lock` does not have is an error
    #[cfg(feature = "deploy")]
    #[arg(long, conflicts_with = "from")]
    locked: bool,
    #[cfg(feature = "deploy")]
    #[command(flatten)]
    assets: crate::assets::AssetOptions,
    #[cfg(all(feature = "deploy", feature = "validate"))]
    #[command(flatten)]
    validation: crate::validation::Validation,
    #[cfg(feature = "deploy")]
    #[command(flatten)]
    target: Target,
}

/// Kinds of changes that `--fail-on` looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Any change
    AnyChange,
    /// A statement that allows, a rule that opens, a denial that goes
    Broadening,
    /// A resource that is, or may be, replaced, or is destroyed
    Destructive,
}

/// Ways to treat contents that are shipped.
#[cfg(feature = "deploy")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Code {
    /// The files that stacks ship are compared
    Compare,
    /// They are not read
    Skip,
}

/// Output of `diff --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// Place and login of the run; missing for files, which nobody is asked about.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<crate::identity::Head>,
    /// The stacks, producers before consumers; or the one comparison of two files.
    stacks: Vec<StackPart>,
    /// Numbers of changes, all stacks together.
    totals: TotalsPart,
}

/// Changes of a stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    /// Name and region, `NAME@REGION`; of files, the path of the new one.
    id: String,
    /// Basis of the answer.
    source: SourcePart,
    /// The names of the stacks that must be deployed before more is known.
    after: Vec<String>,
    /// The change: `resources`, with `impact` and `properties`; `parameters`, `outputs` and the other sections, with
    /// `before` and `after`; `broadening`; `totals`.
    diff: Value,
    /// The files that the stack ships and that change; missing where there are none.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<crate::documents::FilePart>,
    /// The contents that the stack ships and that change; missing where there are none.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assets: Vec<crate::documents::AssetPart>,
    /// Changed parts that other deployed stacks of the app use; missing where there are none.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    in_use: Vec<crate::documents::InUsePart>,
    /// Changes that CloudFormation refuses when it comes to them; missing where there are none.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<crate::documents::RefusedPart>,
    /// Steps beside the update: before it, or when the stacks that use something have followed; missing if there is none.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    /// Changes inside of nested stacks; missing where there are none, or none are known.
    #[cfg(feature = "deploy")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nested: Vec<crate::documents::NestedPart>,
    #[serde(skip)]
    found: Option<FailOn>,
}

/// Bases of a diff.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
enum SourcePart {
    /// The change set of CloudFormation together with the templates.
    #[cfg(feature = "deploy")]
    ChangeSet,
    /// The templates alone.
    Template,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    if let Some(file) = &arguments.html {
        whole_file::can_be_written(file).map_err(|error| CliError::not_written(file, error))?;
    }
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
    let (before, after) = (read(from)?, read(to)?);
    let given = given_values(arguments, [&before, &after])?;
    let diff = if given.is_empty() {
        Diff::between(Some(&before), &after, &registry)
    } else {
        let values = ParameterValues { before: given.clone(), after: given, ..ParameterValues::default() };
        Diff::between_with(Some(&before), &after, &registry, &values)
    };
    let totals = diff.totals();
    let text = if arguments.markdown { String::new() } else { render(&diff, &options(session)) };
    let name = to.display().to_string();
    let of_files =
        ["diff".to_owned(), "--from".to_owned(), from.display().to_string(), "--to".to_owned(), name.clone()];
    let stacks = || vec![Reviewed::of_files(name.clone(), &diff, Graph::of_resources(&after))];
    let comment = review(arguments, session, || Review {
        stacks: stacks(),
        name: name.clone(),
        totals: diff.summary(),
        command: session.typed.quoted(&of_files.each_ref().map(String::as_str)),
        graph: None,
    })?;
    let part = StackPart {
        id: to.display().to_string(),
        source: SourcePart::Template,
        after: Vec::new(),
        diff: diff.to_json(),
        #[cfg(feature = "deploy")]
        files: Vec::new(),
        #[cfg(feature = "deploy")]
        assets: Vec::new(),
        #[cfg(feature = "deploy")]
        in_use: Vec::new(),
        #[cfg(feature = "deploy")]
        refused: Vec::new(),
        #[cfg(feature = "deploy")]
        steps: Vec::new(),
        #[cfg(feature = "deploy")]
        nested: Vec::new(),
        found: find(arguments, [&diff], diff.is_change()),
    };
    let text = comment.map_or(Text::Terminal(text), Text::Markdown);
    let summary = diff.summary();
    // The process ends with the answer: nobody needs the memory of large templates back.
    std::mem::forget((before, after, diff));
    let document = Document {
        #[cfg(feature = "deploy")]
        target: None,
        stacks: vec![part],
        totals: totals.into(),
    };
    answer(session, text, document, &summary)
}

/// The values that `--parameter` gives to the templates of two files.
fn given_values(
    arguments: &Arguments,
    templates: [&Template; 2],
) -> Result<IndexMap<String, ParameterValue>, CliError> {
    let mut given = IndexMap::new();
    for text in &arguments.parameter {
        let (key, value) = crate::given::key_and_value(text)?;
        // The new template says which values there may be from now on.
        let Some(declaration) = templates.iter().rev().find_map(|template| template.parameters.get(&key)) else {
            let known: Vec<&str> =
                templates.iter().flat_map(|template| template.parameters.keys()).map(String::as_str).collect();
            let error = CliError::input(format!("neither template has a parameter `{key}`"));
            return Err(match formwork_assembly::did_you_mean(&key, known) {
                Some(close) => error.hint(format!("did you mean `{close}`?")),
                None => error,
            });
        };
        #[cfg(feature = "validate")]
        crate::given::check(&key, declaration, &value)?;
        #[cfg(not(feature = "validate"))]
        let _ = declaration;
        given.insert(key, ParameterValue::Known(value));
    }
    Ok(given)
}

/// Writes the page, if one is asked for, and gives the comment, if that is.
fn review<'d>(
    arguments: &Arguments,
    session: &Session,
    review: impl FnOnce() -> Review<'d>,
) -> Result<Option<String>, CliError> {
    if !arguments.markdown && arguments.html.is_none() {
        return Ok(None);
    }
    let review = review();
    if let Some(file) = &arguments.html {
        whole_file::write(file, &page(&review)).map_err(|error| CliError::not_written(file, error))?;
        session.printer.note(format_args!("wrote `{}`", file.display()));
    }
    Ok(arguments.markdown.then(|| comment(&review)))
}

fn options(session: &Session) -> RenderOptions {
    RenderOptions { colour: session.printer.data_paint().0, verbose: session.printer.is_verbose() }
}

fn read(file: &Path) -> Result<Template, CliError> {
    let bytes = template_file::read(file)?;
    let from = format!("`{}`", file.display());
    let text = text_of(&bytes).map_err(|error| template_file::refused(&from, &[error]))?;
    template_file::parse(text, &from)
}

#[cfg(feature = "deploy")]
fn stacks(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    use formwork_deploy::{DiffOptions, Orphans, Source};

    use crate::approval::Given;
    use crate::assets::Contents;
    #[cfg(feature = "validate")]
    use crate::aws;
    use crate::aws::{Clients, Selected};
    #[cfg(feature = "validate")]
    use crate::error::both;
    use crate::listener::Listener;
    use crate::orphans;

    let mut selected = Selected::synthesize(&arguments.target, session, arguments.locked)?;
    let contents = Contents::read(&mut selected, &arguments.assets, session, arguments.code == Code::Skip);
    let (assembly, ids) = (selected.assembly(), &selected.ids);
    let registry = registry::of_apps([&selected.synthesized.app])?;
    let typed: Result<Vec<_>, String> = arguments.parameter.iter().map(|text| pairs::pair(text)).collect();
    let typed = typed.map_err(|reason| CliError::input(format!("`--parameter`: {reason}")))?;
    #[cfg(feature = "validate")]
    let contents = {
        let deployed = |stack: &_| aws::deployed_template(&arguments.target.aws, session, stack);
        both(contents, arguments.validation.before(session, &selected.synthesized, &registry, ids, &typed, deployed))
    };
    let contents = contents?;
    let given = parameters::all(&typed, &arguments.elsewhere, session)?;
    parameters::hide(&given, assembly, session);
    let mut options = DiffOptions {
        template_only: arguments.template_only,
        regions: orphans::regions(assembly, session),
        parameters: given,
        registry,
        shipping: None,
    };
    let listener = Listener::new(session, assembly, Given::by_yes(true));
    let work = async |clients: &Clients| {
        let service = &clients.service;
        let region = ids.first().map_or("us-east-1", |id| &*id.region);
        options.shipping = Some(contents.shipping(clients, session, region).await?);
        if session.printer.is_json() {
            listener.introduce(clients, &arguments.target.aws, session, ids).await?;
        }
        let plan = formwork_deploy::diff(service, assembly, ids, &options, &listener, clients.interrupted()).await?;
        let orphans = match &plan {
            Some(_) => orphans::find(clients, assembly, session).await,
            None => Orphans::default(),
        };
        Ok((plan, orphans))
    };
    let (plan, orphans) = selected.run(&arguments.target.aws, session, work, || listener.tick())?;
    let plan = plan.ok_or_else(|| CliError::input("interrupted; nothing was changed"))?;

    let paint = session.printer.data_paint();
    let verbose = session.printer.is_verbose();
    let texts: Vec<String> =
        plan.stacks.iter().map(|stack| preview::planned(stack, paint, verbose, &session.typed)).collect();
    let comment = review(arguments, session, || {
        let graph = |id| assembly.stack(id).and_then(|stack| Template::from_json(&stack.template).ok());
        let reviewed = plan.stacks.iter().map(|stack| {
            let graph = graph(&stack.id).as_ref().map(Graph::of_resources);
            Reviewed::of_plan(stack, graph.unwrap_or_default(), &session.typed)
        });
        let app = selected.app();
        let chosen = session.chosen().map(|chosen| chosen.environment.name.clone());
        let environment = chosen.or_else(|| assembly.owner.as_ref()?.environment.clone());
        Review {
            name: environment.map_or(app.to_owned(), |environment| format!("{app}/{environment}")),
            stacks: reviewed.collect(),
            totals: plan.summary(),
            command: session.typed.command(&["diff"]),
            graph: Some(Graph::of_stacks(assembly, |id| ids.contains(id))),
        }
    })?;
    let parts = plan.stacks.iter().map(|stack| StackPart {
        id: stack.id.to_string(),
        source: match &stack.source {
            Source::ChangeSet => SourcePart::ChangeSet,
            Source::Template { .. } => SourcePart::Template,
        },
        after: match &stack.source {
            Source::ChangeSet => Vec::new(),
            Source::Template { after } => after.clone(),
        },
        diff: stack.diff.to_json(),
        files: stack.files.iter().map(crate::documents::FilePart::from).collect(),
        assets: stack.assets.iter().map(crate::documents::AssetPart::from).collect(),
        in_use: stack.in_use.iter().map(crate::documents::InUsePart::from).collect(),
        refused: stack.refused.iter().map(crate::documents::RefusedPart::from).collect(),
        steps: preview::later(stack),
        nested: stack.nested.iter().map(crate::documents::NestedPart::from).collect(),
        found: find(arguments, [&stack.remains, &stack.diff], stack.changes()).or_else(|| {
            let is_lost = stack.nested.iter().any(|change| change.resource.impact.is_destructive());
            arguments.fail_on.filter(|fail_on| *fail_on == FailOn::Destructive && is_lost)
        }),
    });
    orphans::tell(&orphans, session);
    let text = comment.map_or_else(|| Text::Terminal(texts.join("\n")), Text::Markdown);
    let stacks = parts.collect();
    answer(
        session,
        text,
        Document { target: Some(listener.head()), stacks, totals: plan.totals().into() },
        &plan.summary(),
    )
}

#[cfg(not(feature = "deploy"))]
fn stacks(_: &Arguments, _: &Session) -> Result<(), CliError> {
    Err(CliError::input("this program was built without the commands that call AWS")
        .hint("compare two files with `--from FILE --to FILE`"))
}

/// The kind of change that `--fail-on` looks for, if a diff has it.
fn find<const N: usize>(arguments: &Arguments, diffs: [&Diff; N], changes: bool) -> Option<FailOn> {
    arguments.fail_on.filter(|fail_on| match fail_on {
        FailOn::AnyChange => changes,
        FailOn::Broadening => diffs.iter().any(|diff| !diff.broadening.is_empty()),
        FailOn::Destructive => diffs.iter().any(|diff| diff.is_destructive()),
    })
}

/// The answer for people.
enum Text {
    /// The totals are still missing.
    Terminal(String),
    /// It is complete.
    Markdown(String),
}

fn answer(session: &Session, text: Text, document: Document, summary: &str) -> Result<(), CliError> {
    let found: Vec<(FailOn, String)> =
        document.stacks.iter().filter_map(|stack| Some((stack.found?, format!("`{}`", stack.id)))).collect();
    if session.printer.is_json() {
        session.printer.document(&document)?;
    } else {
        session.printer.text(&match text {
            Text::Terminal(text) if text.is_empty() => format!("{summary}\n"),
            Text::Terminal(text) => format!("{text}\n{summary}\n"),
            Text::Markdown(text) => text,
        })?;
    }
    let Some((fail_on, _)) = found.first() else { return Ok(()) };
    let what = match fail_on {
        FailOn::AnyChange => "would change",
        FailOn::Broadening => "would permit more than before",
        FailOn::Destructive => "would lose a resource, or may",
    };
    let ids: Vec<&str> = found.iter().map(|(_, id)| id.as_str()).collect();
    Err(CliError::new(Class::Found, format!("{} {what}, which `--fail-on` looks for", joined(&ids))))
}
