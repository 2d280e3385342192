//! The inside of a scope, which does not depend on its region and so is compiled once.

use formwork_assembly::{Carrier, Location, Problem};
use formwork_template::{Function, Map, Output, Parameter, Reference, Resource, Template, Value};

use crate::contents::Contents;
use crate::existing::not_changed;
use crate::plain::shortened;
use crate::switching::Carried;

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

    /// Adds a parameter; the reference to its value is of this stack, wherever it is used.
    pub(crate) fn parameter(&mut self, name: &str, parameter: Parameter, here: Location) -> Function {
        let (name, accepted) = self.name_entry("a parameter", name, &here);
        let shape = parameter.parameter_type.shape();
        if accepted {
            self.contents.reserve(&name, &here);
            self.contents.template.parameters.insert(name.clone(), parameter);
            self.contents.locations.entry(name.clone()).or_insert(here);
        } else {
            self.contents.refused.insert(name.clone());
        }
        Function::Reference(Reference { shape, ..Reference::to(self.contents.id.clone(), name) })
    }

    /// Adds macros behind those that are there: one alone is no list.
    pub(crate) fn transform(&mut self, macros: Value) {
        let listed = |macros: Value| match macros {
            Value::List(macros) => macros,
            one => vec![one],
        };
        let transform = &mut self.contents.template.transform;
        *transform = Some(match transform.take() {
            None => macros,
            Some(first) => {
                let mut all = listed(first);
                for one in listed(macros) {
                    if !all.contains(&one) {
                        all.push(one);
                    }
                }
                match all.len() {
                    1 => all.remove(0),
                    _ => Value::List(all),
                }
            }
        });
    }

    pub(crate) fn carrier(&mut self, path: &str, carrier: Carrier, location: Location) {
        let full = match self.path.is_empty() {
            true => format!("{}/{path}", self.contents.id.name),
            false => format!("{}/{}/{path}", self.contents.id.name, self.path),
        };
        let mut files = self.contents.files.iter_mut().filter(|file| file.path == full).peekable();
        if files.peek().is_none() {
            let problem = Problem::error(format!("{} is not a file that was added here", shortened(path)));
            return self
                .contents
                .problem(problem.at(location).hint("`file` adds one, before what carries it is named"));
        }
        files.for_each(|file| file.carrier = Some(carrier.clone()));
        self.contents.carried.push(Carried { carrier, file: path.to_owned(), location });
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
