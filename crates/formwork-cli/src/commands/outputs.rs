//! `outputs`: what deployed stacks give out.

use clap::Args;
use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, StackId};
use formwork_deploy::StackOutput;
use formwork_model::secret;
use formwork_template::Template;
use serde::Serialize;

use crate::args::Target;
use crate::aws::{Clients, Selected};
use crate::documents::StackName;
use crate::error::CliError;
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork outputs
  cargo formwork outputs habitpay-site --json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
}

/// Output of `outputs --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The stacks, producers before consumers.
    stacks: Vec<StackPart>,
}

/// A stack of the app.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StackPart {
    #[serde(flatten)]
    stack: StackName,
    /// True if it is deployed.
    deployed: bool,
    /// Its outputs.
    outputs: Vec<OutputPart>,
}

/// An output of a stack.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutputPart {
    /// Its name in the template.
    name: String,
    /// Its value.
    value: String,
    /// Its description in the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let selected = Selected::look_at(&arguments.target, session)?;
    let work =
        async |clients: &Clients| formwork_deploy::outputs(&clients.service, selected.assembly(), &selected.ids).await;
    let mut stacks = selected.look(&arguments.target.aws, session, work)?;
    for stack in &mut stacks {
        stack.outputs = stack.outputs.take().map(|outputs| shown(selected.assembly(), &stack.id, &outputs));
    }
    for stack in stacks.iter().filter(|stack| stack.outputs.is_none()) {
        session.printer.note(format_args!("`{}` is not deployed in {}", stack.id.name, stack.id.region));
    }
    if session.printer.is_json() {
        let part = |stack: &formwork_deploy::StackOutputs| StackPart {
            stack: StackName::new(&stack.id),
            deployed: stack.outputs.is_some(),
            outputs: stack.outputs.iter().flatten().map(OutputPart::from).collect(),
        };
        return session.printer.document(&Document { stacks: stacks.iter().map(part).collect() });
    }
    let text: String = stacks
        .iter()
        .map(|stack| lines(&selected.assembly().spelling(&stack.id), stack.outputs.iter().flatten()))
        .collect();
    session.printer.text(&text)
}

/// The outputs of a stack, without the values that a secret parameter of its template goes into.
pub(crate) fn shown(assembly: &Assembly, stack: &StackId, outputs: &[StackOutput]) -> Vec<StackOutput> {
    let template = assembly.stack(stack).and_then(|artifact| Template::from_json(&artifact.template).ok());
    let hidden = template.map(|template| secret::outputs(&template, &secret::parameters(&template)));
    let hidden = hidden.unwrap_or_default();
    let mut outputs = outputs.to_vec();
    for output in outputs.iter_mut().filter(|output| hidden.contains(&output.key)) {
        output.value = secret::MASK.to_owned();
    }
    outputs
}

/// `stack.Output = value`, a line each.
pub(crate) fn lines<'a>(stack: &str, outputs: impl IntoIterator<Item = &'a StackOutput>) -> String {
    let line =
        |output: &StackOutput| format!("{}.{} = {}\n", visible(stack), visible(&output.key), visible(&output.value));
    outputs.into_iter().map(line).collect()
}

impl From<&StackOutput> for OutputPart {
    fn from(output: &StackOutput) -> Self {
        OutputPart { name: output.key.clone(), value: output.value.clone(), description: output.description.clone() }
    }
}
