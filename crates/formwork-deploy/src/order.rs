//! Which stacks wait for which.

use std::future::Future;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_template::graph::Graph;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::error::Error;

/// Which stacks of a run are worked through first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Producers,
    Consumers,
}

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

    /// The places of the stacks that wait for this one.
    pub(crate) fn consumers(&self, producer: usize) -> impl Iterator<Item = usize> {
        (0..self.stacks.len()).filter(move |&other| self.stacks[other].waits_for.contains(&producer))
    }

    /// Works through all stacks, some at once: each after its producers, or after its consumers. After an error nothing new is begun, but
    /// what was begun is ended, so that nothing is lost sight of.
    pub(crate) async fn each<F>(&self, first: First, at_once: usize, work: impl Fn(usize) -> F) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let (mut begun, mut ended) = (vec![false; self.stacks.len()], vec![false; self.stacks.len()]);
        let mut going_on = FuturesUnordered::new();
        let mut first_error = None;
        loop {
            for place in 0..self.stacks.len() {
                let (index, is_ready) = match first {
                    First::Producers => (place, self.stacks[place].waits_for.iter().all(|&producer| ended[producer])),
                    First::Consumers => {
                        let index = self.stacks.len() - 1 - place;
                        (index, self.consumers(index).all(|consumer| ended[consumer]))
                    }
                };
                if is_ready && !begun[index] && first_error.is_none() && going_on.len() < at_once {
                    begun[index] = true;
                    let work = work(index);
                    going_on.push(async move { (index, work.await) });
                }
            }
            let Some((index, result)) = going_on.next().await else {
                return first_error.map_or(Ok(()), Err);
            };
            ended[index] = true;
            if let Err(error) = result {
                first_error.get_or_insert(error);
            }
        }
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
