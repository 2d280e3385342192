//! `generate`: Rust types of resource schemas that are not AWS's, or are newer than those that came with this program.

use clap::Args;
use formwork_codegen::{CodegenError, own};
use formwork_workspace::{App, Workspace};
use serde::Serialize;

use crate::error::CliError;
use crate::registry;
use crate::session::Session;
use crate::wording::{count, shown};

pub(crate) const EXAMPLES: &str = "\
A crate's own schemas are the files `schemas/*.json` beside its Cargo.toml, or those of the folder that \
`schemas` in [package.metadata.formwork] names: registry schemas, as `aws cloudformation describe-type` prints \
them. The types go to `src/generated`; `mod generated;` in the crate makes them its own.

Examples:
  cargo formwork generate
  cargo formwork generate --app site --check";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only for this crate; without it, for every app that has schemas
    #[arg(long, value_name = "CRATE")]
    app: Option<String>,
    /// Write nothing; fail when the types are not what the schemas give
    #[arg(long)]
    check: bool,
}

/// Output of `generate --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The crates with schemas of their own.
    apps: Vec<AppPart>,
}

/// A crate with schemas of its own.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct AppPart {
    /// The crate's name.
    name: String,
    /// The folder of the types.
    folder: String,
    /// The resource types, by name.
    types: Vec<String>,
    /// The files that were written or removed; with `--check`, those that would be.
    changed: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let here = std::env::current_dir().map_err(|source| formwork_workspace::Error::CurrentFolder { source })?;
    let workspace = Workspace::find(&here)?;
    let apps: Vec<&App> = match &arguments.app {
        Some(name) => vec![workspace.app(name)?],
        None => workspace.apps()?.into_iter().filter(|app| app.schemas.is_dir()).collect(),
    };
    if apps.is_empty() {
        let error = CliError::input("no app of the workspace has resource schemas of its own");
        return Err(error.hint("put them into a folder `schemas` beside the Cargo.toml of an app"));
    }
    let mut parts = Vec::new();
    for app in apps {
        parts.push(of_app(app, arguments.check)?);
    }
    let stale = parts.iter().map(|part| part.changed.len()).sum::<usize>();
    if session.printer.is_json() {
        session.printer.document(&Document { apps: parts })?;
    } else {
        let lines: String = parts.iter().map(|part| part.line(arguments.check)).collect();
        session.printer.text(&lines)?;
    }
    if arguments.check && stale > 0 {
        let files = format!("{} {} stale", count(stale, "generated file"), if stale == 1 { "is" } else { "are" });
        return Err(
            CliError::input(files).hint("run `cargo formwork generate` without `--check`, and commit what it writes")
        );
    }
    Ok(())
}

fn of_app(app: &App, check: bool) -> Result<AppPart, CliError> {
    let schemas = registry::schemas(app)?;
    if schemas.is_empty() {
        let error = CliError::input(format!("`{}` has no resource schemas of its own", app.name));
        return Err(error.hint(format!("put them into `{}`", shown(&app.schemas))));
    }
    let files = own::files(&schemas).map_err(|errors| registry::unusable_of(app, &errors))?;
    let folder = app.manifest.with_file_name("src").join("generated");
    let failed =
        |error: CodegenError| CliError::input(format!("the types of `{}` could not be written", app.name)).cause(error);
    let stale = own::stale(&folder, &files).map_err(failed)?;
    if !check {
        own::write(&folder, &files, &stale).map_err(failed)?;
    }
    let mut types: Vec<String> = schemas.into_iter().map(|schema| schema.type_name).collect();
    types.sort();
    Ok(AppPart {
        name: app.name.clone(),
        folder: shown(&folder),
        types,
        changed: stale.iter().map(|path| path.display().to_string()).collect(),
    })
}

impl AppPart {
    fn line(&self, check: bool) -> String {
        let what = match (self.changed.len(), check) {
            (0, _) => "fresh".to_owned(),
            (changed, true) => format!("{} stale", count(changed, "file")),
            (changed, false) => format!("{} written", count(changed, "file")),
        };
        let line = format!("{}: {} in {}, {what}\n", self.name, count(self.types.len(), "type"), self.folder);
        let each = self.types.iter().map(|type_name| format!("  {type_name}: `{}`\n", own::path(type_name)));
        line + &each.collect::<String>()
    }
}
