//! `list`: the apps, their stacks, regions and dependencies.

use clap::Args;
use formwork_assembly::{Assembly, StackArtifact, StackId};
use serde::Serialize;

use crate::args::AppOptions;
use crate::documents::StackName;
use crate::error::CliError;
use crate::session::{self, Session, Synthesized};
use crate::table::{self, Column};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork list
  cargo formwork list '*-edge' 'site@us-east-1'
  cargo formwork list --app habitpay --json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    #[command(flatten)]
    app: AppOptions,
}

/// Output of `list --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The apps, by name.
    apps: Vec<AppPart>,
}

/// An app: a crate that defines stacks.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct AppPart {
    /// The crate's name.
    name: String,
    /// The stacks, in the order of the app; those that a pattern picks, if there is one.
    stacks: Vec<StackPart>,
}

/// A stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// The region's partition, such as `aws`.
    partition: String,
    /// The stacks that are deployed before this one, by `id`.
    depends_on: Vec<String>,
    /// True if CloudFormation refuses to delete the stack.
    termination_protection: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let synthesized = session.look_at_all(&arguments.app)?;
    let selected = session::selected(&synthesized, &arguments.stacks)?;
    let stacks = |one: &'_ Synthesized| -> Vec<StackArtifact> {
        one.assembly.stacks.iter().filter(|stack| selected.contains(&stack.id)).cloned().collect()
    };
    if session.printer.is_json() {
        let apps = synthesized
            .iter()
            .map(|one| AppPart {
                name: one.app.name.clone(),
                stacks: stacks(one).iter().map(StackPart::from).collect(),
            })
            .collect();
        return session.printer.document(&Document { apps });
    }
    let mut rows = Vec::new();
    for one in &synthesized {
        for stack in stacks(one) {
            let depends_on = dependencies(&one.assembly, &stack);
            rows.push(vec![one.app.name.clone(), stack.name().to_owned(), stack.region().to_owned(), depends_on]);
        }
    }
    if rows.is_empty() {
        session.printer.note("there are no stacks");
        return Ok(());
    }
    let columns = [Column::Left("APP"), Column::Left("STACK"), Column::Left("REGION"), Column::Left("DEPENDS ON")];
    session.printer.text(&table::render(&columns, &rows))
}

/// The names of the stacks that come first; with the region where the name alone does not tell.
fn dependencies(assembly: &Assembly, stack: &StackArtifact) -> String {
    stack.depends_on.iter().map(|id| assembly.spelling(id)).collect::<Vec<_>>().join(", ")
}

impl From<&StackArtifact> for StackPart {
    fn from(stack: &StackArtifact) -> Self {
        StackPart {
            stack: StackName::new(&stack.id),
            partition: stack.partition.clone(),
            depends_on: stack.depends_on.iter().map(StackId::to_string).collect(),
            termination_protection: stack.termination_protection,
        }
    }
}
