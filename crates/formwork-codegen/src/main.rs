//! `formwork-codegen`: what `cargo xtask codegen` and `cargo xtask schemas` run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use formwork_codegen::changes::{self, Changes};
use formwork_codegen::import::{self, Request};
use formwork_codegen::stats::Stats;
use formwork_codegen::{CodegenError, extensions, overlay, revision, workspace};
use formwork_schema::snapshot::Snapshot;

const USAGE: &str = "\
usage:
  codegen                    write the generated sources and the table of facts
  codegen --check            only say whether they are fresh
  codegen --stats [--region REGION] [--json]
                             count what the snapshot gives, of all regions or of one
  schemas update --from <directory | zip | URL> [--date YYYY-MM-DD] [--origin TEXT] [--json]
                             take over schemas from AWS's CloudformationSchema.zip or from cfn-lint's data, and tell
                             what changes for users, as a section of CHANGELOG.md
  schemas changes --since <git revision | directory> [--json]
                             the same for the schemas that are here, against those of a revision of this repository
                             or of another folder `schemas`
  schemas overlay --from <db.json.gz> --version VERSION --date YYYY-MM-DD
                             take over what npm's @aws-cdk/aws-service-spec knows beyond the schemas
  schemas extensions --from <folder> --version VERSION
                             take over what the folder `data` of cfn-lint's package knows about values beyond the schemas";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(message) => {
            // A reader that went away, such as `head`, is not a failure.
            let _ = writeln!(std::io::stdout(), "{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<String, CodegenError> {
    if arguments.is_empty() || arguments.iter().any(|argument| ["--help", "-h", "help"].contains(argument)) {
        return Ok(USAGE.to_owned());
    }
    let here = std::env::current_dir().map_err(|source| CodegenError::Io { path: PathBuf::from("."), source })?;
    let root = workspace::root(&here)?;
    match arguments {
        ["codegen"] => {
            let files = workspace::expected(&root, &snapshot(&root)?)?;
            let written = workspace::write(&root, &files)?;
            Ok(format!("{} generated files, {} of them changed", files.len(), written.len()))
        }
        ["codegen", "--check"] => {
            let count = workspace::check(&root, &snapshot(&root)?)?;
            Ok(format!("{count} generated files are fresh"))
        }
        ["codegen", "--stats", options @ ..] => stats(&root, options),
        ["schemas", "update", options @ ..] => {
            let (options, format) = format(options);
            update(&root, &request(options)?, format)
        }
        ["schemas", "changes", "--since", since, options @ ..] if matches!(options, [] | ["--json"]) => {
            let before = revision::snapshot(&root, since)?;
            Ok(format(options).1.of(&changes::between(&before, &snapshot(&root)?)?))
        }
        ["schemas", "overlay", "--from", path, "--version", version, "--date", date] if is_date(date) => {
            let specification = overlay::read(Path::new(path))?;
            let text = overlay::text(&specification.content, &snapshot(&root)?)?;
            let count = text.lines().count();
            workspace::write_overlay(&root, &text, version, date, &specification.sha256)?;
            Ok(format!("{count} facts; now run `cargo xtask codegen`"))
        }
        ["schemas", "extensions", "--from", path, "--version", version] => {
            let (texts, date) = extensions::read(Path::new(path), &snapshot(&root)?)?;
            let folder = root.join("schemas/extensions");
            let origin = format!("PyPI cfn-lint {version}, data");
            formwork_schema::snapshot::write_texts(&folder, &origin, &date, &texts)?;
            workspace::write_stateful(&root, &extensions::stateful(Path::new(path), &origin, &date)?)?;
            Ok(format!("{} files in {}", texts.len(), folder.display()))
        }
        _ => Err(CodegenError::Usage(format!("`{}` is not understood\n{USAGE}", arguments.join(" ")))),
    }
}

fn stats(root: &Path, options: &[&str]) -> Result<String, CodegenError> {
    let (options, format) = format(options);
    let snapshot = snapshot(root)?;
    let stats = match options {
        [] => Stats::of(&snapshot)?,
        ["--region", region] => Stats::of_region(&snapshot, region)?,
        other => return Err(CodegenError::Usage(format!("`{}` is not understood\n{USAGE}", other.join(" ")))),
    };
    Ok(match format {
        Format::Text => stats.to_string(),
        Format::Json => stats.to_json(),
    })
}

fn snapshot(root: &Path) -> Result<Snapshot, CodegenError> {
    Ok(Snapshot::read(&root.join("schemas"))?)
}

/// The form in which changes and counts are printed.
#[derive(Clone, Copy)]
enum Format {
    /// For people; changes in Markdown.
    Text,
    Json,
}

impl Format {
    fn of(self, changes: &Changes) -> String {
        match self {
            // `run`'s caller ends the text with a line end of its own.
            Format::Text => changes.to_markdown().trim_end().to_owned(),
            Format::Json => changes.to_json(),
        }
    }
}

fn format<'o, 'a>(options: &'o [&'a str]) -> (&'o [&'a str], Format) {
    match options {
        [others @ .., "--json"] => (others, Format::Json),
        all => (all, Format::Text),
    }
}

fn request(options: &[&str]) -> Result<Request, CodegenError> {
    let mut request = Request::default();
    for pair in options.chunks(2) {
        match pair {
            ["--from", value] => request.from = (*value).to_owned(),
            ["--date", value] if is_date(value) => request.date = Some((*value).to_owned()),
            ["--date", value] => {
                return Err(CodegenError::Usage(format!("`--date {value}`: expected YYYY-MM-DD")));
            }
            ["--origin", value] => request.origin = Some((*value).to_owned()),
            other => {
                return Err(CodegenError::Usage(format!("`{}` is not understood\n{USAGE}", other.join(" "))));
            }
        }
    }
    if request.from.is_empty() {
        return Err(CodegenError::Usage(format!("`--from` is missing\n{USAGE}")));
    }
    Ok(request)
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn update(root: &Path, request: &Request, format: Format) -> Result<String, CodegenError> {
    let folder = root.join("schemas");
    // The first import has nothing before it; a snapshot that cannot be read is an error and not overwritten.
    let previous = match folder.join("SOURCE.toml").exists() {
        true => Some(Snapshot::read(&folder)?),
        false => None,
    };
    let snapshot = import::import(request, previous.as_ref())?;
    // Before anything is written: a schema that cannot be read stops here.
    let changes = match &previous {
        Some(previous) => format.of(&changes::between(previous, &snapshot)?),
        None => "the first snapshot: there is nothing to compare it with".to_owned(),
    };
    snapshot.write(&folder)?;
    let _ = writeln!(
        std::io::stderr(),
        "{} types of {} services, {} regions, {}; now run `cargo xtask codegen`",
        snapshot.schemas.len(),
        snapshot.services().len(),
        snapshot.regions.known.len(),
        snapshot.source.date
    );
    Ok(changes)
}
