//! The inside of a scope, which does not depend on its region and so is compiled once.

use formwork_assembly::{Location, Problem};
use formwork_template::{Map, Output, Reference, Resource, Template, Value};

use crate::contents::Contents;
use crate::existing::not_changed;

/// Part of a scope that does not depend on its region, so that it is compiled once.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) contents: Box<Contents>,
    /// The names of the constructs around, joined.
    pub(crate) path: String,
    /// The place of the outermost call.
    pub(crate) at: Option<Location>,
    /// True below a name that was refused, which has been reported.
    pub(crate) refused: bool,
}

/// State that [`Inner::enter`] changed, to be put back.
pub(crate) struct Around {
    length: usize,
    refused: bool,
    outermost: bool,
}

impl Inner {
    pub(crate) fn new(contents: Contents) -> Self {
        Inner { contents: Box::new(contents), path: String::new(), at: None, refused: false }
    }

    #[track_caller]
    pub(crate) fn here(&self) -> Location {
        match &self.at {
            Some(at) => at.clone(),
            None => std::panic::Location::caller().into(),
        }
    }

    /// Begins a construct. Its id is checked here, since it may have no resource.
    pub(crate) fn enter(&mut self, name: &str, here: Location) -> Around {
        let around = Around { length: self.path.len(), refused: self.refused, outermost: self.at.is_none() };
        self.path.push_str(name);
        if !self.refused {
            self.refused = !self.contents.name_entry("a resource or a construct", &self.path, &here);
        }
        self.at.get_or_insert(here);
        around
    }

    pub(crate) fn leave(&mut self, around: &Around) {
        self.path.truncate(around.length);
        self.refused = around.refused;
        if around.outermost {
            self.at = None;
        }
    }

    pub(crate) fn insert(&mut self, resource: Resource, here: Location) -> Reference {
        // A stack is not a construct, so there is no id of its own for a resource.
        let refused = self.refused || !self.contents.name_entry("a resource", &self.path, &here);
        match refused {
            true => {
                self.contents.refused.insert(self.path.clone());
            }
            false => self.contents.insert(&self.path, resource, here),
        }
        Reference::to(self.contents.id.clone(), self.path.as_str())
    }

    /// The logical id of a resource of this stack; reported if it is not one.
    pub(crate) fn own(&mut self, reference: &Reference, here: &Location) -> Option<String> {
        if let Some(existing) = reference.existing() {
            self.contents.problem(not_changed(reference, existing).placed(here.clone()));
            return None;
        }
        let id = &*reference.logical_id;
        let is_here = reference.stack == self.contents.id;
        if is_here && self.contents.template.resources.contains_key(id) {
            return Some(id.to_owned());
        }
        if !is_here || !self.contents.refused.contains(id) {
            let problem = Problem::error(format!("`{id}` is not in stack `{}`", self.contents.id.name));
            let problem = problem.at(here.clone());
            self.contents.problem(match is_here {
                true => problem.hint("it was taken out of the template"),
                false => problem.hint(format!("it is in stack `{}`", reference.stack.name)),
            });
        }
        None
    }

    /// The full name of an entry of the template, and whether it is one; reported if not.
    pub(crate) fn name_entry(&mut self, what: &str, name: &str, here: &Location) -> (String, bool) {
        let name = format!("{}{name}", self.path);
        let accepted = !self.refused && self.contents.name_entry(what, &name, here);
        (name, accepted)
    }

    pub(crate) fn output(&mut self, name: &str, value: Value, here: &Location) -> Option<String> {
        let (name, accepted) = self.name_entry("an output", name, here);
        if !accepted {
            return None;
        }
        if self.contents.template.outputs.contains_key(&name) {
            self.contents.problem(Problem::error(format!("there are two outputs `{name}`")).at(here.clone()));
        }
        self.contents.template.outputs.insert(name.clone(), Output::new(value));
        self.contents.locations.entry(name.clone()).or_insert_with(|| here.clone());
        Some(name)
    }

    pub(crate) fn entry(
        &mut self,
        what: &str,
        several: &str,
        name: &str,
        value: Value,
        here: Location,
        section: fn(&mut Template) -> &mut Map,
    ) -> String {
        let (name, accepted) = self.name_entry(what, name, &here);
        if accepted {
            if section(&mut self.contents.template).insert(name.clone(), value).is_some() {
                let problem = Problem::error(format!("there are two {several} `{name}`"));
                self.contents.problem(problem.at(here.clone()));
            }
            self.contents.locations.entry(name.clone()).or_insert(here);
        }
        name
    }
}
