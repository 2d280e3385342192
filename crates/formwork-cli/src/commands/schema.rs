//! `schema`: the JSON Schemas of what the commands print with `--json`, kept as files in `schemas/output/`; and of what they read, in
//! `schemas/input/`. A test holds the files to the types.

use clap::Args;
use formwork_template::backticked;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

#[cfg(feature = "diff")]
use super::diff;
#[cfg(feature = "generate")]
use super::generate;
#[cfg(feature = "diff")]
use super::graph;
#[cfg(feature = "import")]
use super::import_template;
#[cfg(feature = "local")]
use super::local;
#[cfg(feature = "shell")]
use super::man;
#[cfg(feature = "new")]
use super::new;
#[cfg(feature = "validate")]
use super::validate;
use super::{cost, files, list, synth};
#[cfg(feature = "deploy")]
use super::{deploy, destroy, events, gc, lookup, outputs, status};
#[cfg(feature = "verify")]
use super::{doctor, switch, verify};
use crate::documents::ErrorDocument;
use crate::error::CliError;
use crate::session::Session;
use crate::settings;
use crate::table::{self, Column};
#[cfg(feature = "deploy")]
use crate::{plan_file, recovery};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork schema
  cargo formwork schema list > list.schema.json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The command, `error` for what any command prints when it fails, or a file that is read; without it, the list of them
    #[arg(value_name = "COMMAND")]
    name: Option<String>,
}

/// A document of ours.
struct Documented {
    name: &'static str,
    about: &'static str,
    of: fn() -> Schema,
}

impl Documented {
    fn schema(&self) -> Schema {
        let mut schema = (self.of)();
        schema.insert("title".into(), format!("formwork {}", self.name).into());
        schema
    }
}

/// Of what is written, not of what could be read: a property that may be absent is never `null`.
fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// The same of what is read: what may be left out may be left out.
fn of_input<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>()
}

/// The files that are read, by name.
const INPUTS: &[Documented] =
    &[Documented { name: "formwork.toml", about: "the file of environments", of: of_input::<settings::File> }];

/// All documents.
fn all() -> impl Iterator<Item = &'static Documented> {
    SCHEMAS.iter().chain(INPUTS)
}

/// The documents that are printed, by name.
const SCHEMAS: &[Documented] = &[
    #[cfg(feature = "deploy")]
    Documented { name: "continue", about: "`continue --json`", of: of::<recovery::Document> },
    Documented { name: "cost", about: "`cost --json`", of: of::<cost::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "deploy", about: "`deploy --json`", of: of::<deploy::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "destroy", about: "`destroy --json`", of: of::<destroy::Document> },
    #[cfg(feature = "diff")]
    Documented { name: "diff", about: "`diff --json`", of: of::<diff::Document> },
    #[cfg(feature = "verify")]
    Documented { name: "doctor", about: "`doctor --json`", of: of::<doctor::Document> },
    Documented { name: "error", about: "any command that fails before it has an answer", of: of::<ErrorDocument> },
    #[cfg(feature = "deploy")]
    Documented { name: "events", about: "`events --json`", of: of::<events::Document> },
    Documented { name: "files", about: "`files --json`", of: of::<files::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "gc", about: "`gc --json`", of: of::<gc::Document> },
    #[cfg(feature = "generate")]
    Documented { name: "generate", about: "`generate --json`", of: of::<generate::Document> },
    #[cfg(feature = "diff")]
    Documented { name: "graph", about: "`graph --json`", of: of::<graph::Document> },
    #[cfg(feature = "import")]
    Documented { name: "import-template", about: "`import-template --json`", of: of::<import_template::Document> },
    #[cfg(feature = "new")]
    Documented { name: "init", about: "`init --json`", of: of::<new::Document> },
    Documented { name: "list", about: "`list --json`", of: of::<list::Document> },
    #[cfg(feature = "local")]
    Documented { name: "local", about: "`local --json`", of: of::<local::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "lookup", about: "`lookup --json`", of: of::<lookup::Document> },
    #[cfg(feature = "shell")]
    Documented { name: "man", about: "`man --json`", of: of::<man::Document> },
    #[cfg(feature = "new")]
    Documented { name: "new", about: "`new --json`", of: of::<new::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "outputs", about: "`outputs --json`", of: of::<outputs::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "plan", about: "the file of `deploy --plan`", of: of::<plan_file::PlanFile> },
    #[cfg(feature = "deploy")]
    Documented { name: "rollback", about: "`rollback --json`", of: of::<recovery::Document> },
    #[cfg(feature = "deploy")]
    Documented { name: "status", about: "`status --json`", of: of::<status::Document> },
    #[cfg(feature = "verify")]
    Documented { name: "switch", about: "`switch --json`", of: of::<switch::Document> },
    Documented { name: "synth", about: "`synth --json`", of: of::<synth::Document> },
    #[cfg(feature = "validate")]
    Documented { name: "validate", about: "`validate --json`", of: of::<validate::Document> },
    #[cfg(feature = "verify")]
    Documented { name: "verify", about: "`verify --json`", of: of::<verify::Document> },
];

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let Some(name) = &arguments.name else {
        if session.printer.is_json() {
            let all: serde_json::Map<String, serde_json::Value> =
                all().map(|one| (one.name.to_owned(), one.schema().to_value())).collect();
            return session.printer.document(&all);
        }
        let rows: Vec<Vec<String>> = all().map(|one| vec![one.name.to_owned(), one.about.to_owned()]).collect();
        return session.printer.text(&table::render(&[Column::Left("SCHEMA"), Column::Left("OF WHAT")], &rows));
    };
    let Some(found) = all().find(|one| one.name == name) else {
        let names: Vec<&str> = all().map(|one| one.name).collect();
        let error = CliError::input(format!("there is no schema `{name}`"));
        return Err(match formwork_assembly::did_you_mean(name, names.iter().copied()) {
            Some(close) => error.hint(format!("did you mean `{close}`?")),
            None => error.hint(format!("the schemas are {}", backticked(names))),
        });
    };
    session.printer.document(&found.schema())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Documented, INPUTS, SCHEMAS, all};

    /// The files are what the types say. `FORMWORK_UPDATE=1` writes them.
    #[test]
    fn the_files_are_fresh() {
        are_fresh("output", SCHEMAS);
        are_fresh("input", INPUTS);
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(SCHEMAS.is_sorted_by_key(|one| one.name));
    }

    #[track_caller]
    fn are_fresh(name: &str, documents: &[Documented]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas").join(name);
        let update = std::env::var_os("FORMWORK_UPDATE").is_some();
        let mut expected = Vec::new();
        for one in documents {
            let file = format!("{}.schema.json", one.name);
            let text = format!("{}\n", serde_json::to_string_pretty(&one.schema()).unwrap());
            if update {
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(&file), &text).unwrap();
            }
            let found = fs::read_to_string(folder.join(&file)).unwrap_or_default();
            assert!(
                found == text,
                "schemas/{name}/{file} is stale: run `FORMWORK_UPDATE=1 cargo test -p formwork-cli`"
            );
            expected.push(file);
        }
        let mut found: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        expected.sort();
        #[cfg(feature = "deploy")]
        assert_eq!(found, expected, "a file in schemas/{name} that is of no command");
    }

    #[test]
    fn the_schemas_are_valid_and_describe_every_property() {
        for one in all() {
            let schema = one.schema().to_value();
            assert!(jsonschema::meta::is_valid(&schema), "{}", one.name);
            let definitions = schema["$defs"].as_object().cloned().unwrap_or_default();
            for (name, definition) in definitions.iter().chain([(&one.name.to_owned(), &schema)]) {
                for (property, value) in definition["properties"].as_object().cloned().unwrap_or_default() {
                    assert!(
                        value["description"].is_string(),
                        "{}: `{property}` of `{name}` is not described",
                        one.name
                    );
                }
            }
        }
    }
}
