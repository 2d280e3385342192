//! The order of stacks, and the order in which the two phases of their changes are carried out.

use std::future::Future;

use formwork_assembly::{Assembly, StackArtifact, StackId};
use formwork_template::graph::Graph;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::error::Error;
use crate::native;

/// The stacks of a run that are worked through first.
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
    /// Those of them that it names beside parameters: in its dependencies, or in its template.
    pub(crate) names: Vec<usize>,
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
        let native = native::references(assembly);
        let all = graph(assembly, &native);
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
            let artifact = &assembly.stacks[selected[*node]];
            let is_named = |place: &usize| {
                order.get(*place).and_then(|node| selected.get(*node)).is_some_and(|other| {
                    artifact.depends_on.contains(&assembly.stacks[*other].id)
                        || native.contains(&(selected[*node], *other))
                })
            };
            let names = waits_for.iter().copied().filter(is_named).collect();
            Ordered { artifact, waits_for, names }
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
        let mut graph = Graph::new(self.stacks.len());
        for (consumer, stack) in self.stacks.iter().enumerate() {
            for producer in &stack.waits_for {
                match first {
                    First::Producers => graph.add(consumer, *producer),
                    First::Consumers => graph.add(*producer, consumer),
                }
            }
        }
        walk(&graph, at_once, work).await
    }

    /// Works through both phases of all stacks, some at once. `used_by` has the stacks that use something of each stack as they are
    /// deployed. A stack grows after those that it takes values from; it shrinks when every stack that used something of it has followed,
    /// and has shrunk itself.
    pub(crate) async fn each_phase<F>(
        &self,
        used_by: &[Vec<usize>],
        at_once: usize,
        work: impl Fn(usize, Phase) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>>,
    {
        let graph = self.phases(used_by);
        let phase = |node: usize| if node.is_multiple_of(2) { Phase::Grow } else { Phase::Shrink };
        walk(&graph, at_once, |node| work(node / 2, phase(node))).await
    }

    /// The graph of the phases: the growing of the stack at `place` is node `2 * place`, its shrinking the next one.
    fn phases(&self, used_by: &[Vec<usize>]) -> Graph {
        let (grow, shrink) = (|place: usize| 2 * place, |place: usize| 2 * place + 1);
        let mut graph = Graph::new(2 * self.stacks.len());
        for (place, stack) in self.stacks.iter().enumerate() {
            graph.add(shrink(place), grow(place));
            for producer in &stack.waits_for {
                graph.add(grow(place), grow(*producer));
                graph.add(shrink(*producer), grow(place));
            }
        }
        for (place, consumers) in used_by.iter().enumerate() {
            for consumer in consumers.iter().filter(|consumer| **consumer != place) {
                graph.add(shrink(place), grow(*consumer));
                graph.add(shrink(place), shrink(*consumer));
            }
        }
        graph
    }
}

/// Halves of the change of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// New resources are created, and those that other deployed stacks use stay.
    Grow,
    /// Resources that no stack uses any more are deleted.
    Shrink,
}

/// Works through a graph, some nodes at once, each after those that it needs. After an error nothing new is begun, but what was begun is
/// ended.
async fn walk<F>(graph: &Graph, at_once: usize, work: impl Fn(usize) -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let order = graph.order();
    let (mut begun, mut ended) = (vec![false; order.len()], vec![false; order.len()]);
    let mut going_on = FuturesUnordered::new();
    let mut first_error = None;
    loop {
        for node in &order {
            let is_ready = !begun[*node] && graph.needs(*node).iter().all(|needed| ended[*needed]);
            // Nodes that need each other are begun in their order: nothing else could begin.
            let is_stuck = !begun[*node] && going_on.is_empty();
            if (is_ready || is_stuck) && first_error.is_none() && going_on.len() < at_once {
                begun[*node] = true;
                let work = work(*node);
                going_on.push(async move { (*node, work.await) });
            }
        }
        let Some((node, result)) = going_on.next().await else {
            return first_error.map_or(Ok(()), Err);
        };
        ended[node] = true;
        if let Err(error) = result {
            first_error.get_or_insert(error);
        }
    }
}

/// The order in which the stacks of the assembly must be deployed. Stacks that came to import from each other in the course of time are deployed
/// as the assembly has them.
fn graph(assembly: &Assembly, native: &[(usize, usize)]) -> Graph {
    let mut graph = Graph::new(assembly.stacks.len());
    for (node, artifact) in assembly.stacks.iter().enumerate() {
        for id in artifact.depends_on.iter().chain(artifact.imports.iter().map(|import| &import.producer)) {
            if let Some(other) = assembly.stacks.iter().position(|stack| stack.id == *id) {
                graph.add(node, other);
            }
        }
    }
    for (consumer, producer) in native {
        if !graph.all_needs(*producer).contains(consumer) {
            graph.add(*consumer, *producer);
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

    /// The order of the phases, one after the other.
    fn phases(stacks: Vec<StackArtifact>, used_by: &[Vec<usize>]) -> String {
        let assembly = Assembly { stacks, ..Assembly::default() };
        let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
        let order = Order::new(&assembly, &ids).unwrap();
        let told = std::cell::RefCell::new(Vec::new());
        let work = order.each_phase(used_by, 1, |index, phase| {
            let sign = if phase == Phase::Grow { '+' } else { '-' };
            told.borrow_mut().push(format!("{}{sign}", order.stacks[index].artifact.name()));
            std::future::ready(Ok(()))
        });
        futures_util::FutureExt::now_or_never(work).unwrap().unwrap();
        told.into_inner().join(" ")
    }

    #[test]
    fn a_stack_shrinks_after_those_that_used_something_of_it() {
        let chain = || vec![stack("a", &[]), stack("b", &["a"]), stack("c", &["b"])];
        assert_eq!(phases(chain(), &[vec![1], vec![2], vec![]]), "a+ b+ c+ c- b- a-");
        // The new stacks use nothing of each other any more; the deployed ones still do.
        let apart = || vec![stack("a", &[]), stack("b", &[]), stack("c", &[])];
        assert_eq!(phases(apart(), &[vec![1], vec![2], vec![]]), "a+ b+ c+ c- b- a-");
        // Nobody uses anything: nothing waits for stacks that have nothing to do with it.
        assert_eq!(phases(apart(), &[vec![], vec![], vec![]]), "a+ a- b+ b- c+ c-");
        // The direction was turned round.
        let turned = vec![stack("a", &["b"]), stack("b", &[])];
        assert_eq!(phases(turned, &[vec![], vec![0]]), "b+ a+ b- a-");
    }

    #[test]
    fn stacks_that_use_each_other_do_not_hang() {
        let apart = vec![stack("a", &[]), stack("b", &[])];
        assert_eq!(phases(apart, &[vec![1], vec![0]]), "a+ b+ b- a-");
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
