//! `graph`: what needs what, of the stacks or of their resources.

use clap::{Args, ValueEnum};
use formwork_template::Template;
use serde::Serialize;

use crate::args::AppOptions;
use crate::error::CliError;
use crate::graph::{Graph, dot, mermaid};
use crate::session::{self, Session};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork graph
  cargo formwork graph --resources habitpay-edge
  cargo formwork graph --format dot | dot -Tsvg > stacks.svg";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these stacks; `*` and `?` stand for any text and any character, `NAME@REGION` names one
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// The resources of the stacks, in place of the stacks
    #[arg(long)]
    resources: bool,
    /// The language: Mermaid, which GitHub draws, or Graphviz's DOT
    #[arg(
        long,
        value_name = "LANGUAGE",
        default_value = "mermaid",
        hide_default_value = true,
        conflicts_with = "json"
    )]
    format: Language,
    #[command(flatten)]
    app: AppOptions,
}

/// Languages of graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Mermaid,
    Dot,
}

/// Output of `graph --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The apps, with their stacks; with `--resources` the stacks, with their resources.
    graphs: Vec<GraphPart>,
}

/// A graph.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct GraphPart {
    /// The app's name; of resources, the stack's name and region, `NAME@REGION`.
    name: String,
    /// The nodes, in the order of the source.
    nodes: Vec<NodePart>,
}

/// A stack or a resource.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct NodePart {
    /// The stack's name, or the logical id.
    name: String,
    /// The region, or the type.
    kind: String,
    /// Places of the nodes that it needs, from zero.
    needs: Vec<usize>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let synthesized = session.look_at_all(&arguments.app)?;
    let selected = session::selected(&synthesized, &arguments.stacks)?;
    let mut graphs = Vec::new();
    for one in &synthesized {
        if !arguments.resources {
            graphs.push((one.app.name.clone(), Graph::of_stacks(&one.assembly, |id| selected.contains(id))));
            continue;
        }
        for stack in one.assembly.stacks.iter().filter(|stack| selected.contains(&stack.id)) {
            let template = Template::from_json(&stack.template).map_err(|error| {
                CliError::input(format!("the template of `{}` cannot be read", stack.name())).cause(error)
            })?;
            graphs.push((stack.id.to_string(), Graph::of_resources(&template)));
        }
    }
    graphs.retain(|(_, graph)| !graph.nodes.is_empty());
    if session.printer.is_json() {
        return session.printer.document(&Document { graphs: graphs.iter().map(part).collect() });
    }
    session.printer.text(&match arguments.format {
        Language::Mermaid => mermaid(&graphs),
        Language::Dot => dot(&graphs),
    })
}

fn part((name, graph): &(String, Graph)) -> GraphPart {
    let nodes = graph.nodes.iter().map(|node| NodePart {
        name: node.name.clone(),
        kind: node.kind.clone(),
        needs: node.needs.clone(),
    });
    GraphPart { name: name.clone(), nodes: nodes.collect() }
}
