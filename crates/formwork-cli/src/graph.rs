//! The graph of dependencies: the stacks of an app, and the resources of a template. As Mermaid, as DOT, and as a list.

use std::fmt::Write as _;

use formwork_assembly::Assembly;
use formwork_assembly::visible::visible;
use formwork_model::names_in;
use formwork_template::{StackId, Template};

/// Nodes in their order, each with what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
}

/// A stack or a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The stack's name, or the logical id.
    pub(crate) name: String,
    /// The region, or the type.
    pub(crate) kind: String,
    /// The places of the nodes that it needs, ascending.
    pub(crate) needs: Vec<usize>,
}

impl Graph {
    /// The stacks that `is_meant`, and those of them that each waits for.
    pub(crate) fn of_stacks(assembly: &Assembly, is_meant: impl Fn(&StackId) -> bool) -> Graph {
        let stacks: Vec<_> = assembly.stacks.iter().filter(|stack| is_meant(&stack.id)).collect();
        let nodes = stacks.iter().map(|stack| {
            let place = |id: &StackId| stacks.iter().position(|other| other.id == *id);
            let mut needs: Vec<usize> = stack.depends_on.iter().filter_map(place).collect();
            needs.sort_unstable();
            needs.dedup();
            Node { name: stack.name().to_owned(), kind: stack.region().to_owned(), needs }
        });
        Graph { nodes: nodes.collect() }
    }

    /// The resources of a template, and those that each refers to or depends on.
    pub(crate) fn of_resources(template: &Template) -> Graph {
        let nodes = template.resources.iter().map(|(id, resource)| {
            let named = names_in(&resource.properties.to_value());
            let names = named.iter().filter_map(|named| named.logical_id());
            let all = names.chain(resource.depends_on.iter().map(String::as_str)).filter(|name| name != id);
            let mut needs: Vec<usize> = all.filter_map(|name| template.resources.get_index_of(name)).collect();
            needs.sort_unstable();
            needs.dedup();
            Node { name: id.clone(), kind: resource.type_name.to_string(), needs }
        });
        Graph { nodes: nodes.collect() }
    }
}

/// Graphs under their titles, as a Mermaid flowchart; the arrows lead from what needs to what is needed.
pub(crate) fn mermaid(graphs: &[(String, Graph)]) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (number, (title, graph)) in graphs.iter().enumerate() {
        let indent = if title.is_empty() { "  " } else { "    " };
        if !title.is_empty() {
            let _ = writeln!(text, "  subgraph g{number}[\"{}\"]", in_mermaid(title));
        }
        for (place, node) in graph.nodes.iter().enumerate() {
            let (name, kind) = (in_mermaid(&node.name), in_mermaid(&node.kind));
            let _ = writeln!(text, "{indent}g{number}n{place}[\"{name}<br/>{kind}\"]");
        }
        for (place, node) in graph.nodes.iter().enumerate() {
            for need in &node.needs {
                let _ = writeln!(text, "{indent}g{number}n{place} --> g{number}n{need}");
            }
        }
        if !title.is_empty() {
            text += "  end\n";
        }
    }
    text
}

/// The same in the language of Graphviz.
pub(crate) fn dot(graphs: &[(String, Graph)]) -> String {
    let mut text = "digraph {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (number, (title, graph)) in graphs.iter().enumerate() {
        let indent = if title.is_empty() { "  " } else { "    " };
        if !title.is_empty() {
            let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label=\"{}\";", in_dot(title));
        }
        for (place, node) in graph.nodes.iter().enumerate() {
            let (name, kind) = (in_dot(&node.name), in_dot(&node.kind));
            let _ = writeln!(text, "{indent}g{number}n{place} [label=\"{name}\\n{kind}\"];");
        }
        for (place, node) in graph.nodes.iter().enumerate() {
            for need in &node.needs {
                let _ = writeln!(text, "{indent}g{number}n{place} -> g{number}n{need};");
            }
        }
        if !title.is_empty() {
            text += "  }\n";
        }
    }
    text + "}\n"
}

/// A text between quotation marks of Mermaid, which reads entities with `#`: everything but letters, digits, spaces and a few signs is one.
fn in_mermaid(text: &str) -> String {
    let mut escaped = String::new();
    for character in visible(text).chars() {
        if character.is_alphanumeric() || " -_./:@()".contains(character) {
            escaped.push(character);
        } else {
            let _ = write!(escaped, "#{};", u32::from(character));
        }
    }
    escaped
}

/// A text between quotation marks of DOT.
fn in_dot(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use formwork_template::Template;

    use super::{Graph, Node, dot, mermaid};

    #[test]
    fn a_template_as_a_graph() {
        let template = Template::from_json(
            r#"{"Resources": {
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"Description": {"Fn::Sub": "for ${Bucket.Arn} and ${AWS::Region}"}}},
                "Bucket": {"Type": "AWS::S3::Bucket", "DependsOn": "Topic"},
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Join": ["-", [{"Ref": "Role"}, {"Ref": "Role"}]]}}}
            }}"#,
        )
        .unwrap();
        let graphs = [(String::new(), Graph::of_resources(&template))];
        insta::assert_snapshot!("a_template", mermaid(&graphs) + &dot(&graphs));
    }

    #[test]
    fn hostile_names_stay_within_their_labels() {
        let hostile = r#"a"]; click x href "javascript:alert(1)" <b>&quot; \ #quot; | {} é"#.to_owned() + "\n\u{202e}";
        let nodes = vec![Node { name: hostile.clone(), kind: "\\".to_owned(), needs: vec![0] }];
        let graphs = [(hostile, Graph { nodes })];
        insta::assert_snapshot!("hostile_names", mermaid(&graphs) + &dot(&graphs));
    }
}
