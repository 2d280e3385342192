//! `import-template`: a template becomes the source of a stack crate.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use formwork_import::{Import, Options};
use formwork_template::text_of;
use formwork_workspace::{Workspace, whole_files};
use serde::Serialize;

use crate::args::AwsOptions;
use crate::aws::{self, Clients};
use crate::dependency::{self, Crates};
use crate::error::CliError;
use crate::session::Session;
use crate::template_file;
use crate::wording::{count, shown};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork import-template network.yaml
  cargo formwork import-template network.yaml --name network --region eu-west-1 --print
  cargo formwork import-template --stack network --region eu-west-1 --profile production";

/// Limit of the remarks that are printed.
const SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The template, in JSON or YAML
    #[arg(value_name = "FILE", required_unless_present = "stack")]
    // Nobody is asked for a file: of the options of AWS, only the region says something.
    #[arg(conflicts_with_all = ["stack", "profile", "endpoint_url", "allow_plain_http"])]
    #[cfg_attr(feature = "local", arg(conflicts_with_all = ["local", "local_state", "local_speed", "local_faults"]))]
    file: Option<PathBuf>,
    /// Take the template of this deployed stack
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The name of the stack in the source; without it, the deployed stack's or the file's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The folder of the crate; without it, `stacks/NAME` of the workspace, or `NAME`
    #[arg(long, value_name = "DIR", conflicts_with = "print")]
    out: Option<PathBuf>,
    /// Print the source, and write nothing
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    aws: AwsOptions,
}

/// Output of `import-template --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The name of the stack.
    stack: String,
    /// The region of the stack.
    region: String,
    /// The name of the crate.
    package: String,
    /// The folder of the crate, when it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
    /// The source of the stack, when it was to be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The features of `formwork` that it needs.
    features: Vec<String>,
    /// Number of resources of the template.
    resources: usize,
    /// Parts that are not typed, and are in the source as in the template.
    untyped: Vec<UntypedPart>,
}

/// A part that is not typed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct UntypedPart {
    /// The entry of the template, such as `Resources.Bucket`.
    entry: String,
    /// The part of the entry, such as `Tags[0].Value`, if it is not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The reason.
    reason: String,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let region = arguments.aws.region.as_deref().unwrap_or("us-east-1");
    template_file::known_region(region, formwork_import::regions)?;
    let (text, from, usual) = match (&arguments.file, &arguments.stack) {
        (Some(file), _) => {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let stem = stem.strip_suffix(".template").unwrap_or(&stem);
            let shown = file.file_name().unwrap_or_default().to_string_lossy().replace('`', "'");
            let text = text_of(&template_file::read(file)?).map(str::to_owned);
            let text = text.map_err(|error| template_file::refused(&format!("`{}`", file.display()), &[error]))?;
            (text, format!("`{shown}`"), formwork_import::stack_name(stem))
        }
        (None, stack) => {
            let stack = stack.clone().unwrap_or_default();
            (deployed(&stack, region, arguments, session)?, "the deployed stack".to_owned(), stack)
        }
    };
    let (template, remarks) = template_file::parse_with_remarks(&text, &from)?;
    // A macro may make all of them.
    if template.resources.is_empty() && template.resource_macros.is_empty() && template.transform.is_none() {
        let error = CliError::input(format!("{from} is not a template with resources"));
        return Err(error.hint("a template has the resources of its stack in `Resources`"));
    }
    let name = arguments.name.clone().unwrap_or(usual);
    if !formwork_template::names::is_stack_name(&name) {
        let error = CliError::input(format!("`{name}` is not a stack name"));
        return Err(error.hint("`--name` takes a letter, then letters, digits and hyphens, 128 at most"));
    }
    let package = formwork_import::crate_name(&name);
    let here = std::env::current_dir().map_err(|source| formwork_workspace::Error::CurrentFolder { source })?;
    // Cargo takes a workspace without members for none at all.
    let workspace = Workspace::find(&here).ok();
    let folder = match &arguments.out {
        Some(out) => here.join(out),
        None => root(&here).map_or_else(|| here.join(&package), |root| root.join("stacks").join(&package)),
    };
    let is_json = text.trim_start().starts_with('{');
    let mut comments = if is_json { BTreeMap::new() } else { formwork_import::comments(&text) };
    let left_out = if is_json { Vec::new() } else { formwork_import::left_out(&text) };
    if let Some(first) = left_out.first() {
        let lines = count(left_out.len(), "line");
        session.printer.important(format_args!(
            "warning: {lines} of comments of the template are not in the code, the first is line {first}: comments above entries are taken over"
        ));
    }
    for remark in &remarks {
        let (line, message, hint) = (remark.line, &remark.message, &remark.hint);
        session.printer.important(format_args!("warning: line {line}: {message}; {hint}"));
        let comment: &mut String =
            comments.entry(remark.path.iter().take(2).cloned().collect::<Vec<_>>().join(".")).or_default();
        *comment += &format!("\nIn the template, {message}.");
    }
    let dependency = dependency(workspace.as_ref(), root(&here).as_deref(), &folder);
    let options = Options { name: name.clone(), region: region.to_owned(), source: Some(from), comments, dependency };
    let mut import = formwork_import::import(&template, &options);
    for source in import.files.iter_mut().filter(|(path, _)| path.ends_with(".rs")).map(|(_, source)| source) {
        if let Some(formatted) = formatted(source, &folder) {
            *source = formatted;
        }
    }
    if !arguments.print {
        check(&folder, &package, workspace.as_ref())?;
        write(&folder, &import)?;
    }
    tell(session, &import);
    if session.printer.is_json() {
        let source = import.files.get("src/lib.rs").filter(|_| arguments.print).cloned();
        return session.printer.document(&Document {
            stack: name,
            region: region.to_owned(),
            package,
            folder: (!arguments.print).then(|| shown(&folder)),
            source,
            features: import.features.into_iter().collect(),
            resources: template.resources.len(),
            untyped: import.remarks.iter().map(UntypedPart::from).collect(),
        });
    }
    if arguments.print {
        return session.printer.file(import.files.get("src/lib.rs").map_or("", String::as_str));
    }
    let resources = count(template.resources.len(), "resource");
    session.printer.text(&format!("{}: the stack `{name}` in {region}, {resources}\n", shown(&folder)))?;
    next(session, &here, &package, &folder);
    Ok(())
}

/// The template of a deployed stack, as it was given to CloudFormation.
fn deployed(stack: &str, region: &str, arguments: &Arguments, session: &Session) -> Result<String, CliError> {
    let work = async |clients: &Clients| formwork_deploy::original_template(&clients.service, region, stack).await;
    let found = aws::look_in(region, &arguments.aws, session, work)?;
    found.ok_or_else(|| {
        let error = CliError::input(format!("no stack `{stack}` is deployed in {region}"));
        match arguments.aws.region {
            None => error.hint("`--region` names another region"),
            Some(_) => error,
        }
    })
}

/// The folder of the workspace around `here`.
fn root(here: &Path) -> Option<PathBuf> {
    let is_workspace = |folder: &&Path| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "[workspace]")
    };
    here.ancestors().find(is_workspace).map(Path::to_owned)
}

/// Dependency of the crate on formwork: the workspace's, where it has one; by path where formwork is a member; else the one that is
/// right for this program.
fn dependency(workspace: Option<&Workspace>, root: Option<&Path>, folder: &Path) -> String {
    let around = root.filter(|root| folder.starts_with(root));
    if around.is_some_and(|root| dependency::is_inherited(&root.join("Cargo.toml"))) {
        return "workspace = true".into();
    }
    let member = workspace.filter(|workspace| folder.starts_with(&workspace.root));
    match member.and_then(|workspace| workspace.folder_of("formwork")) {
        Some(formwork) => format!("path = {:?}", relative(folder, formwork)),
        None => Crates::of_this_program().text(),
    }
}

/// The way from one folder to another, with `/`.
fn relative(from: &Path, to: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        let names = path.components().filter(|component| *component != Component::CurDir);
        names.map(|component| component.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    up.chain(to.into_iter().skip(shared)).collect::<Vec<_>>().join("/")
}

/// As rustfmt has it, with the settings of the folder; nothing when there is no rustfmt. The source reads well without.
fn formatted(source: &str, folder: &Path) -> Option<String> {
    let settings = folder.ancestors().find(|folder| folder.is_dir())?;
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .current_dir(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = rustfmt.stdin.take()?;
    let text = source.to_owned();
    // It answers while it reads.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = rustfmt.wait_with_output().ok()?;
    let written = writer.join().is_ok_and(|result| result.is_ok());
    let text = String::from_utf8(output.stdout).ok()?;
    (written && output.status.success() && !text.is_empty()).then_some(text)
}

/// Refuses to write over what is there.
fn check(folder: &Path, package: &str, workspace: Option<&Workspace>) -> Result<(), CliError> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    if !is_empty {
        let error = CliError::input(format!("`{}` is there already, and not empty", shown(folder)));
        return Err(error.hint("choose another folder with `--out`, or `--print` the source"));
    }
    let other = workspace
        .filter(|workspace| folder.starts_with(&workspace.root))
        .and_then(|workspace| workspace.folder_of(package));
    match other {
        Some(other) => {
            let error =
                CliError::input(format!("the workspace has a package `{package}` already, in `{}`", shown(other)));
            Err(error.hint("give the stack another name with `--name`"))
        }
        None => Ok(()),
    }
}

fn write(folder: &Path, import: &Import) -> Result<(), CliError> {
    let files: Vec<_> = import.files.iter().collect();
    whole_files::write(folder, &files).map_err(|(path, error)| CliError::not_written(&path, error))
}

/// Prints the parts that are not typed.
fn tell(session: &Session, import: &Import) {
    let groups = formwork_import::together(&import.remarks);
    for (entry, words) in groups.iter().take(SHOWN) {
        session.printer.important(format_args!("untyped: {entry}: {words}"));
    }
    if groups.len() > SHOWN {
        session.printer.important(format_args!(
            "untyped: and {} more entries; comments in the source name them all",
            groups.len() - SHOWN
        ));
    }
}

/// Prints the next steps with the crate.
fn next(session: &Session, here: &Path, package: &str, folder: &Path) {
    let is_member = |at: &Path| Workspace::find(at).is_ok_and(|workspace| workspace.folder_of(package).is_some());
    let synth = session.typed.command(&["synth", "--app", package]);
    if is_member(here) {
        session.printer.note(format_args!("{synth} compiles it and writes its template"));
    } else if is_member(folder) {
        session.printer.note(format_args!("in `{}`, {synth} compiles it and writes its template", shown(folder)));
    } else if root(folder).is_some() {
        session.printer.note("to build it, add its folder to `members` in the Cargo.toml of the workspace");
    }
}

impl From<&formwork_import::Remark> for UntypedPart {
    fn from(remark: &formwork_import::Remark) -> Self {
        UntypedPart {
            entry: remark.place.clone(),
            path: Some(remark.path.clone()).filter(|path| !path.is_empty()),
            reason: remark.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::relative;

    #[test]
    fn ways_between_folders() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/w/stacks/a", "/w/crates/formwork"), "../../crates/formwork");
        assert_eq!(way("/w/a/./b", "/w/a"), "..");
        assert_eq!(way("/w", "/w/formwork"), "formwork");
    }
}
