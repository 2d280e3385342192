//! The stacks of an app, for checks that need all of them: a certificate, its distribution and its records are often in
//! different stacks.

use formwork_assembly::Location;
use formwork_template::{Reference, Resource, StackId, Template};

use crate::contents::Contents;

/// All stacks of an app, as [`Scope::check`](crate::Scope::check) sees them: complete, before values travel between them.
#[derive(Clone, Copy, Debug)]
pub struct Stacks<'a>(&'a [Contents]);

impl<'a> Stacks<'a> {
    pub(crate) fn new(stacks: &'a [Contents]) -> Self {
        Stacks(stacks)
    }

    /// Every stack with its template.
    pub fn templates(&self) -> impl Iterator<Item = (&'a StackId, &'a Template)> + use<'a> {
        self.0.iter().map(|stack| (&stack.id, &stack.template))
    }

    /// Every resource of a type, with its stack and its logical id.
    pub fn resources<'t>(
        &self,
        type_name: &'t str,
    ) -> impl Iterator<Item = (&'a StackId, &'a str, &'a Resource)> + use<'a, 't> {
        let all = self.0.iter().flat_map(|stack| {
            stack
                .template
                .resources
                .iter()
                .map(move |(logical_id, resource)| (&stack.id, logical_id.as_str(), resource))
        });
        all.filter(move |(_, _, resource)| resource.type_name == type_name)
    }

    /// The resource that a reference is to.
    pub fn resource(&self, reference: &Reference) -> Option<&'a Resource> {
        let stack = self.0.iter().find(|stack| stack.id == reference.stack)?;
        stack.template.resources.get(&*reference.logical_id)
    }

    /// The place in the source of an entry of a template; of the stack itself where there is no such entry.
    pub fn location(&self, stack: &StackId, name: &str) -> Option<&'a Location> {
        let stack = self.0.iter().find(|other| other.id == *stack)?;
        Some(stack.locations.get(name).unwrap_or(&stack.location))
    }
}
