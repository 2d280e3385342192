//! Which stacks wait for which.

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_template::graph::Graph;

use crate::error::Error;

/// The stacks of one run, producers before consumers.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) stacks: Vec<Ordered<'a>>,
}

/// One stack, with the places in [`Order::stacks`] of those it waits for.
#[derive(Debug)]
pub(crate) struct Ordered<'a> {
    pub(crate) artifact: &'a StackArtifact,
    pub(crate) waits_for: Vec<usize>,
}

impl<'a> Order<'a> {
    /// The stacks with these ids, in an order in which they can be deployed. A stack waits for another one also when only
    /// stacks that are not selected stand between the two.
    pub(crate) fn new(assembly: &'a Assembly, ids: &[StackId]) -> Result<Order<'a>, Error> {
        let unknown = |id: &&StackId| assembly.stack(id).is_none();
        if let Some(id) = ids.iter().find(unknown) {
            let known = assembly.stacks.iter().map(|stack| stack.id.to_string()).collect();
            return Err(Error::UnknownStack { name: id.to_string(), known });
        }
        let all = graph(assembly);
        let mut selected: Vec<usize> = Vec::new();
        for place in ids.iter().filter_map(|id| assembly.stacks.iter().position(|stack| stack.id == *id)) {
            if !selected.contains(&place) {
                selected.push(place);
            }
        }
        let mut waiting = Graph::new(selected.len());
        for (node, place) in selected.iter().enumerate() {
            for needed in all.all_needs(*place) {
                if let Some(other) = selected.iter().position(|selected| *selected == needed) {
                    waiting.add(node, other);
                }
            }
        }
        let cycles = waiting.cycles();
        if !cycles.is_empty() {
            let stacks = cycles.iter().flatten().map(|node| assembly.stacks[selected[*node]].id.to_string());
            return Err(Error::Cycle { stacks: stacks.collect() });
        }
        let order = waiting.order();
        let place_of = |node: &usize| order.iter().position(|other| other == node);
        let stacks = order.iter().map(|node| {
            let mut waits_for: Vec<usize> = waiting.needs(*node).iter().filter_map(place_of).collect();
            waits_for.sort_unstable();
            Ordered { artifact: &assembly.stacks[selected[*node]], waits_for }
        });
        Ok(Order { stacks: stacks.collect() })
    }

    /// The place of the stack with this id.
    pub(crate) fn position(&self, id: &StackId) -> Option<usize> {
        self.stacks.iter().position(|stack| stack.artifact.id == *id)
    }
}

/// Which stacks of the assembly must be deployed before which.
fn graph(assembly: &Assembly) -> Graph {
    let mut graph = Graph::new(assembly.stacks.len());
    for (node, artifact) in assembly.stacks.iter().enumerate() {
        for id in artifact.depends_on.iter().chain(artifact.imports.iter().map(|import| &import.producer)) {
            if let Some(other) = assembly.stacks.iter().position(|stack| stack.id == *id) {
                graph.add(node, other);
            }
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(name: &str, depends_on: &[&str]) -> StackArtifact {
        StackArtifact {
            id: StackId::new(name, "us-east-1"),
            depends_on: depends_on.iter().map(|name| StackId::new(*name, "us-east-1")).collect(),
            ..StackArtifact::default()
        }
    }

    fn order(stacks: Vec<StackArtifact>, names: &[&str]) -> Result<Vec<String>, Error> {
        let assembly = Assembly { stacks, ..Assembly::default() };
        let ids: Vec<StackId> = names.iter().map(|name| StackId::new(*name, "us-east-1")).collect();
        let order = Order::new(&assembly, &ids)?;
        let shown = order.stacks.iter().map(|stack| format!("{}{:?}", stack.artifact.name(), stack.waits_for));
        Ok(shown.collect())
    }

    #[test]
    fn producers_come_first_also_across_a_gap() {
        let stacks = vec![stack("c", &["b"]), stack("b", &["a"]), stack("a", &[]), stack("d", &[])];
        assert_eq!(order(stacks.clone(), &["c", "b", "a"]).unwrap(), ["a[]", "b[0]", "c[0, 1]"]);
        assert_eq!(order(stacks.clone(), &["c", "a", "d"]).unwrap(), ["a[]", "c[0]", "d[]"]);
        // A stack that is named twice is deployed once.
        assert_eq!(order(stacks.clone(), &["a", "c", "a"]).unwrap(), ["a[]", "c[0]"]);
    }

    #[test]
    fn a_cycle_is_an_error_and_no_hang() {
        let error = order(vec![stack("a", &["b"]), stack("b", &["a"])], &["a", "b"]).unwrap_err();
        assert_eq!(error.to_string(), "the stacks a@us-east-1, b@us-east-1 depend on each other");
        // Also where a stack that is not selected is part of it.
        let stacks = vec![stack("a", &["b"]), stack("b", &["c"]), stack("c", &["a"])];
        let error = order(stacks, &["a", "b"]).unwrap_err();
        assert_eq!(error.to_string(), "the stacks a@us-east-1, b@us-east-1 depend on each other");
    }

    #[test]
    fn a_stack_of_another_app_is_an_error() {
        let error = order(vec![stack("a", &[])], &["b"]).unwrap_err();
        assert!(matches!(error, Error::UnknownStack { name, .. } if name == "b@us-east-1"));
    }
}
