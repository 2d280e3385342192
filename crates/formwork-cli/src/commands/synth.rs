//! `synth`: the cloud assembly of each app, or one template.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use formwork_assembly::{Asset, AssetSource, StackArtifact};
use formwork_template::{Template, backticked};
#[cfg(feature = "assets")]
use formwork_workspace::bucket_name;
use serde::Serialize;
use serde_json::Value;

use crate::args::AppOptions;
use crate::documents::{LocationPart, ProblemPart, StackName};
use crate::error::CliError;
use crate::pattern;
#[cfg(feature = "assets")]
use crate::publish;
use crate::session::{Destination, Session, Synthesized};
use crate::table::{self, Column};
use crate::wording::count;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork synth
  cargo formwork synth --app habitpay --out templates --context zone-id=Z0123456789ABCDEFGHIJ
  cargo formwork synth --print habitpay-edge > habitpay-edge.json
  cargo formwork synth --print habitpay-edge --format yaml
  cargo formwork synth --with-assets cdk.out && cdk deploy --app cdk.out";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder to write to; of several apps, each gets a folder in it [default: target/formwork/CRATE]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print this stack's template, and write nothing unless `--out` says where
    #[arg(long, value_name = "STACK")]
    print: Option<String>,
    /// Notation in which `--print` writes the template; YAML has short forms, such as `!Ref`
    #[arg(long, value_name = "NOTATION", requires = "print", default_value = "json", hide_default_value = true)]
    format: Notation,
    /// The folder to write an assembly to that other tools deploy, with what the stacks ship; `cdk deploy --app DIR` uploads it
    #[cfg(feature = "assets")]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "print"])]
    with_assets: Option<PathBuf>,
    /// The bucket that these tools upload to; `{region}` and `{account}` in it stand for those of the stack [default: `asset-bucket` of the environment, or
    /// the one that `cdk bootstrap` makes]
    #[cfg(feature = "assets")]
    #[arg(long, value_name = "NAME", requires = "with_assets", value_parser = bucket_name)]
    asset_bucket: Option<String>,
    #[command(flatten)]
    app: AppOptions,
}

/// Notations of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Notation {
    Json,
    Yaml,
}

/// Output of `synth --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The apps, by name.
    apps: Vec<AppPart>,
}

/// An app whose assembly was written.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct AppPart {
    /// The crate's name.
    name: String,
    /// The folder of the assembly, absolute.
    folder: PathBuf,
    /// The stacks, in the order of the app.
    stacks: Vec<StackPart>,
    /// The files that go with the stacks, relative to the folder.
    files: Vec<String>,
    /// The contents that the stacks ship, as the source names them: synth reads none of them.
    assets: Vec<ShippedPart>,
    /// The values that the app asked for.
    context: Vec<ContextPart>,
    /// Warnings about the source.
    warnings: Vec<ProblemPart>,
}

/// A stack whose template was written.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// The template's file, relative to the folder.
    template: String,
    /// Number of resources of the template.
    resources: usize,
    /// The length of the template in bytes; above 51,200 it goes through the bucket.
    bytes: usize,
}

/// A content that a stack ships.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ShippedPart {
    /// The stack that ships it, as `NAME@REGION`; what a nested stack ships, the outermost stack does.
    stack: String,
    /// Its id in the stack.
    id: String,
    /// The parameter of the template that is its key.
    parameter: String,
    /// Its kind: `file`, `folder`, `content` of the source, or the `template` of a nested stack.
    kind: &'static str,
    /// The path of a file or folder, relative to the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The patterns of files of a folder that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude: Vec<String>,
    /// The place in the source that added it.
    location: LocationPart,
}

/// A value that the app asked for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ContextPart {
    /// The key, as in `--context KEY=VALUE`.
    key: String,
    /// The value that the app got.
    value: String,
    /// True if the value was given; else it is the app's default.
    given: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    if session.printer.is_json() && arguments.print.is_some() {
        let error = CliError::input("`--print` and `--json` exclude each other");
        return Err(error.hint("`--print` writes the template itself, which is JSON without `--json`"));
    }
    #[cfg(feature = "assets")]
    if let Some(folder) = &arguments.with_assets {
        let mut synthesized = session.synth_all(&arguments.app, Destination::Scratch)?;
        let is_one = synthesized.len() == 1;
        for one in &mut synthesized {
            let folder = if is_one { folder.clone() } else { folder.join(&one.app.name) };
            one.assembly = publish::write(session, one, &folder, arguments.asset_bucket.as_deref())?;
            one.folder = folder.canonicalize().unwrap_or(folder);
        }
        return say(&synthesized, session);
    }
    let to = match (&arguments.out, &arguments.print) {
        (Some(out), _) => Destination::Folder(out),
        (None, Some(_)) => Destination::Scratch,
        (None, None) => Destination::Usual,
    };
    let synthesized = session.synth_all(&arguments.app, to)?;
    if let Some(stack) = &arguments.print {
        return print(stack, arguments.format, &synthesized, session);
    }
    say(&synthesized, session)
}

/// Says what was written.
fn say(synthesized: &[Synthesized], session: &Session) -> Result<(), CliError> {
    if session.printer.is_json() {
        let apps = synthesized.iter().map(AppPart::of).collect::<Result<_, _>>()?;
        return session.printer.document(&Document { apps });
    }
    let current = std::env::current_dir().unwrap_or_default();
    let mut rows = Vec::new();
    for one in synthesized {
        let folder = one.folder.strip_prefix(&current).unwrap_or(&one.folder);
        for stack in &one.assembly.stacks {
            rows.push(vec![
                stack.name().to_owned(),
                stack.region().to_owned(),
                resources(stack)?.to_string(),
                stack.template.len().to_string(),
                folder.join(one.assembly.template_file(stack)).display().to_string(),
            ]);
        }
        session.printer.note(wrote(one, folder));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = [
        Column::Left("STACK"),
        Column::Left("REGION"),
        Column::Right("RESOURCES"),
        Column::Right("BYTES"),
        Column::Left("TEMPLATE"),
    ];
    session.printer.text(&table::render(&columns, &rows))
}

/// `--print`: the text of its file, or the same in YAML.
fn print(stack: &str, notation: Notation, synthesized: &[Synthesized], session: &Session) -> Result<(), CliError> {
    let all = synthesized.iter().flat_map(|one| &one.assembly.stacks);
    match pattern::select(all, &[stack.to_owned()])?.as_slice() {
        [stack] if notation == Notation::Json => session.printer.file(&stack.template),
        [stack] => {
            let cannot = || CliError::service(format!("cannot write the template of `{}` as YAML", stack.name()));
            let template = Template::from_json(&stack.template).map_err(|error| cannot().cause(error))?;
            match template.to_yaml() {
                (text, problems) if problems.is_empty() => session.printer.file(&text),
                (_, problems) => Err(cannot().cause(problems.join("; "))),
            }
        }
        several => Err(CliError::input(format!("`--print {stack}` matches {} stacks", several.len()))
            .hint(format!("name one of {}", backticked(several.iter().map(|stack| &stack.id))))),
    }
}

fn wrote(one: &Synthesized, folder: &Path) -> String {
    let mut parts = vec![count(one.assembly.stacks.len(), "template")];
    if !one.assembly.files.is_empty() {
        parts.push(count(one.assembly.files.len(), "file"));
    }
    if !one.assembly.assets.is_empty() {
        parts.push(count(one.assembly.assets.len(), "asset"));
    }
    format!("wrote `{}`: {}", folder.display(), parts.join(", "))
}

/// Number of resources in the template of a stack.
fn resources(stack: &StackArtifact) -> Result<usize, CliError> {
    let template: Value = serde_json::from_str(&stack.template)
        .map_err(|error| CliError::input(format!("the template of `{}` is not JSON", stack.name())).cause(error))?;
    Ok(template["Resources"].as_object().map_or(0, |resources| resources.len()))
}

impl AppPart {
    fn of(one: &Synthesized) -> Result<AppPart, CliError> {
        let stack = |stack: &StackArtifact| {
            Ok(StackPart {
                stack: StackName::new(&stack.id),
                template: one.assembly.template_file(stack),
                resources: resources(stack)?,
                bytes: stack.template.len(),
            })
        };
        Ok(AppPart {
            name: one.app.name.clone(),
            folder: one.folder.clone(),
            stacks: one.assembly.stacks.iter().map(stack).collect::<Result<_, CliError>>()?,
            files: one.assembly.files.iter().map(|file| format!("files/{}", file.path)).collect(),
            assets: one.assembly.assets.iter().map(ShippedPart::from).collect(),
            context: one
                .assembly
                .context
                .iter()
                .map(|value| ContextPart { key: value.key.clone(), value: value.value.clone(), given: value.given })
                .collect(),
            warnings: one.assembly.warnings.iter().map(ProblemPart::from).collect(),
        })
    }
}

impl From<&Asset> for ShippedPart {
    fn from(asset: &Asset) -> ShippedPart {
        let (kind, path) = match &asset.source {
            AssetSource::File { path } => ("file", Some(path.clone())),
            AssetSource::Folder { path } => ("folder", Some(path.clone())),
            AssetSource::Content { .. } if asset.is_template() => ("template", None),
            AssetSource::Content { .. } => ("content", None),
        };
        ShippedPart {
            stack: asset.stack.to_string(),
            id: asset.id.clone(),
            parameter: asset.parameter.clone(),
            kind,
            path,
            exclude: asset.exclude.clone(),
            location: LocationPart::from(&asset.location),
        }
    }
}
