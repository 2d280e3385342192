//! The names that a test can mean: the stacks and resources of what was deployed, or is about to be. A name that nothing has is a mistake of the
//! test, which would pass without testing anything.

use std::collections::{BTreeMap, BTreeSet};

use formwork::assembly::{Assembly, Selector, StackId, did_you_mean};
use formwork_local::Faults;
use serde_json::Value;

use crate::synthesized::meant;

/// Names, and those among them that are to fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Logical ids by stack.
    ids: BTreeMap<StackId, BTreeSet<String>>,
    /// Logical ids of nested stacks, whose own names only the engine knows; and the same with their paths, `Network/Table`.
    nested: BTreeSet<String>,
    /// The stacks and resources of faults.
    expected: Vec<(Option<String>, String)>,
}

impl Known {
    /// The names of an app's stacks.
    pub(crate) fn add(&mut self, assembly: &Assembly) {
        for stack in &assembly.stacks {
            self.ids.entry(stack.id.clone()).or_default().extend(ids(stack.template.as_bytes()));
        }
        for stack in &assembly.stacks {
            for nested in &stack.nested {
                let template = assembly.nested_template(&stack.id, nested).unwrap_or_default();
                for id in ids(template.as_bytes()) {
                    self.nested.insert(format!("{}/{id}", nested.path));
                    self.nested.insert(id);
                }
            }
        }
    }

    /// Resources that are to fail, or to drift.
    pub(crate) fn expect(&mut self, faults: &Faults) {
        let failing = faults.resources.iter().map(|fault| (fault.stack.clone(), fault.logical_id.clone()));
        let drifting = faults.drift.iter().map(|drift| (Some(drift.stack.clone()), drift.logical_id.clone()));
        self.expected.extend(failing.chain(drifting));
    }

    /// The first name among those of faults that nothing has.
    pub(crate) fn mistake(&self) -> Option<String> {
        self.expected.iter().find_map(|(stack, id)| self.mistake_of_id(stack.as_deref(), id))
    }

    /// The mistake in the name of a resource, in one stack or in any.
    pub(crate) fn mistake_of_id(&self, stack: Option<&str>, id: &str) -> Option<String> {
        if self.nested.contains(id) {
            return None;
        }
        if let Some(name) = stack.filter(|name| !self.has_stack(name)) {
            // A nested stack has a name that the engine makes up.
            return self.nested.is_empty().then(|| format!("the app has no stack `{name}`{}", self.meant_stack(name)));
        }
        let ids = || self.stacks(stack).flat_map(|(_, ids)| ids).chain(&self.nested).map(String::as_str);
        if ids().any(|other| other == id) {
            return None;
        }
        let of = stack.map_or("no stack of the app".to_owned(), |name| format!("stack `{name}`"));
        let has = if stack.is_some() { "has no resource" } else { "has a resource" };
        Some(format!("{of} {has} `{id}`{}", meant(did_you_mean(id, ids()))))
    }

    pub(crate) fn has_stack(&self, name: &str) -> bool {
        self.stacks(Some(name)).next().is_some()
    }

    /// A hint at the stack whose name is close to this one.
    pub(crate) fn meant_stack(&self, name: &str) -> String {
        meant(did_you_mean(name, self.ids.keys().map(|id| &*id.name)))
    }

    fn stacks(&self, name: Option<&str>) -> impl Iterator<Item = (&StackId, &BTreeSet<String>)> {
        let selector = name.map(Selector::read);
        self.ids.iter().filter(move |(id, _)| selector.as_ref().is_none_or(|selector| selector.names(id)))
    }
}

fn ids(template: &[u8]) -> Vec<String> {
    let template: Value = serde_json::from_slice(template).unwrap_or_default();
    template["Resources"].as_object().into_iter().flatten().map(|(id, _)| id.clone()).collect()
}
