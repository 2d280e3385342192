//! Which stacks wait for which.

use std::collections::BTreeSet;

use formwork_assembly::{Assembly, StackArtifact};

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
    pub(crate) fn new(assembly: &'a Assembly, ids: &[String]) -> Result<Order<'a>, Error> {
        let mut waiting: Vec<(&StackArtifact, BTreeSet<String>)> = Vec::new();
        for id in ids {
            let artifact = assembly.stack(id).ok_or_else(|| Error::UnknownStack {
                name: id.clone(),
                known: assembly.stacks.iter().map(StackArtifact::id).collect(),
            })?;
            if !waiting.iter().any(|(known, _)| known.id() == *id) {
                waiting.push((artifact, behind(assembly, artifact)));
            }
        }
        let selected: BTreeSet<String> = waiting.iter().map(|(artifact, _)| artifact.id()).collect();
        let mut order = Order { stacks: Vec::new() };
        while !waiting.is_empty() {
            let ready = waiting
                .iter()
                .position(|(_, behind)| behind.iter().all(|id| !selected.contains(id) || order.position(id).is_some()));
            let Some(ready) = ready else {
                return Err(Error::Cycle { stacks: waiting.iter().map(|(artifact, _)| artifact.id()).collect() });
            };
            let (artifact, behind) = waiting.remove(ready);
            let waits_for = behind.iter().filter_map(|id| order.position(id)).collect();
            order.stacks.push(Ordered { artifact, waits_for });
        }
        Ok(order)
    }

    /// Where the stack with this id stands.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.stacks.iter().position(|stack| stack.artifact.id() == id)
    }
}

/// Everything that must be deployed before this stack.
fn behind(assembly: &Assembly, artifact: &StackArtifact) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = direct(artifact).collect();
    while let Some(id) = next.pop() {
        if found.insert(id.to_owned())
            && let Some(producer) = assembly.stack(id)
        {
            next.extend(direct(producer));
        }
    }
    found
}

fn direct(artifact: &StackArtifact) -> impl Iterator<Item = &str> {
    artifact.depends_on.iter().map(String::as_str).chain(artifact.imports.iter().map(|import| import.producer.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(name: &str, depends_on: &[&str]) -> StackArtifact {
        StackArtifact {
            name: name.to_owned(),
            region: "us-east-1".to_owned(),
            depends_on: depends_on.iter().map(|name| format!("{name}@us-east-1")).collect(),
            ..StackArtifact::default()
        }
    }

    fn order(stacks: Vec<StackArtifact>, names: &[&str]) -> Result<Vec<String>, Error> {
        let assembly = Assembly { stacks, ..Assembly::default() };
        let ids: Vec<String> = names.iter().map(|name| format!("{name}@us-east-1")).collect();
        let order = Order::new(&assembly, &ids)?;
        let told = order.stacks.iter().map(|stack| format!("{}{:?}", stack.artifact.name, stack.waits_for));
        Ok(told.collect())
    }

    #[test]
    fn producers_come_first_also_across_a_gap() {
        let stacks = vec![stack("c", &["b"]), stack("b", &["a"]), stack("a", &[]), stack("d", &[])];
        assert_eq!(order(stacks.clone(), &["c", "b", "a"]).unwrap(), ["a[]", "b[0]", "c[0, 1]"]);
        assert_eq!(order(stacks.clone(), &["c", "a", "d"]).unwrap(), ["a[]", "c[0]", "d[]"]);
    }

    #[test]
    fn a_cycle_is_an_error_and_no_hang() {
        let error = order(vec![stack("a", &["b"]), stack("b", &["a"])], &["a", "b"]).unwrap_err();
        assert_eq!(error.to_string(), "the stacks a@us-east-1, b@us-east-1 depend on each other");
    }
}
