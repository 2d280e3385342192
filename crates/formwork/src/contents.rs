//! The contents of a stack: its template, and the parts beside it. [`Scope`](crate::Scope) fills it, synth reads it. [`Stacks`] are
//! those of an app, for checks that need all of them: a certificate, its distribution and its records are often in different stacks.

use std::collections::BTreeSet;
use std::fmt;

use formwork_assembly::{Acknowledgement, Asset, FileArtifact, Location, Problem};
use formwork_template::memory::{Memory, Owner};
use formwork_template::{
    DeletionPolicy, IndexMap, Lowering, Reference, Resource, StackId, Template, UpdateReplacePolicy, logical_id,
    replaced, token,
};

use crate::plain;
use crate::switching::{Carried, Switching};

/// A stack as it is put together.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) id: StackId,
    pub(crate) partition: &'static str,
    pub(crate) template: Template,
    pub(crate) tags: IndexMap<String, String>,
    pub(crate) termination_protection: bool,
    pub(crate) depends_on: Vec<StackId>,
    pub(crate) files: Vec<FileArtifact>,
    pub(crate) assets: Vec<Asset>,
    /// Stacks that are resources of this one.
    pub(crate) nested: Vec<Contents>,
    /// Of a nested stack.
    pub(crate) place: Option<Place>,
    pub(crate) switches: Vec<Switching>,
    pub(crate) carried: Vec<Carried>,
    pub(crate) checks: Vec<Check>,
    pub(crate) location: Location,
    pub(crate) locations: IndexMap<String, Location>,
    pub(crate) acknowledged: Vec<Acknowledgement>,
    pub(crate) problems: Vec<Problem>,
    /// Ids of resources that were not added, which has been reported.
    pub(crate) refused: BTreeSet<String>,
    /// The part of the template that is for the deployer.
    pub(crate) memory: Memory,
}

/// Place of a nested stack in the app.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The stack whose resource it is.
    pub(crate) parent: StackId,
    /// The resource.
    pub(crate) logical_id: String,
    /// The outermost stack around it.
    pub(crate) root: StackId,
    /// The logical ids on the way from there, with `/` between them.
    pub(crate) path: String,
    /// The outermost stack's asset that is its template.
    pub(crate) asset: String,
}

type Run = dyn Fn(&Stacks<'_>) -> Vec<Problem> + Send + Sync;

/// A look at all stacks of the app, once they are there; what it finds is placed at `location`.
pub(crate) struct Check {
    pub(crate) location: Location,
    pub(crate) run: Box<Run>,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.location)
    }
}

impl Contents {
    pub(crate) fn new(id: StackId, partition: &'static str, location: Location) -> Contents {
        // With it the template is known as one that is made here, whose texts may have tokens, before synth says how it spells references.
        let lowering = Lowering { stack: Some(id.clone()), ..Lowering::default() };
        Contents {
            id,
            partition,
            template: Template { lowering, ..Template::default() },
            tags: IndexMap::new(),
            termination_protection: false,
            depends_on: Vec::new(),
            files: Vec::new(),
            assets: Vec::new(),
            nested: Vec::new(),
            place: None,
            switches: Vec::new(),
            carried: Vec::new(),
            checks: Vec::new(),
            location,
            locations: IndexMap::new(),
            acknowledged: Vec::new(),
            problems: Vec::new(),
            refused: BTreeSet::new(),
            memory: Memory::default(),
        }
    }

    /// Keeps the resource, should it be replaced: another stack uses a value of it, and follows later. What the source says of it holds.
    pub(crate) fn keep(&mut self, logical_id: &str) {
        let Some(resource) = self.template.resources.get_mut(logical_id) else { return };
        let is_said = resource.update_replace_policy.is_some() || resource.others.contains_key("UpdateReplacePolicy");
        if !is_said && replaced::can_stay(&resource.type_name) {
            resource.update_replace_policy = Some(UpdateReplacePolicy::Retain);
            let is_said = resource.deletion_policy.is_some() || resource.others.contains_key("DeletionPolicy");
            if !is_said && replaced::is_deleted_by_default(&resource.type_name) {
                // One policy alone reads as if the other was forgotten.
                resource.deletion_policy = Some(DeletionPolicy::Delete);
            }
            self.memory.keeps.push(logical_id.to_owned());
        }
    }

    /// Writes the memory of the deployer into the template.
    pub(crate) fn remember(&mut self, owner: Option<Owner>) {
        self.memory.app = owner;
        self.memory.keeps.sort_unstable();
        self.memory.write(&mut self.template);
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn file(&mut self, path: &str, content: String, location: Location) {
        if let Err(reason) = check_path(path) {
            let problem = Problem::error(format!("{path:?} is not a path below the assembly's `files/`: {reason}"));
            return self.problem(
                problem.at(location).hint("names of letters, digits, `.`, `_` and `-`, with `/` between them"),
            );
        }
        if token::is_in(&content) {
            let message = format!("the file `{path}` has a value in it that is known only when the stack is deployed");
            let hint = "give it to the server by a parameter or an output";
            return self.problem(Problem::error(message).at(location).hint(hint));
        }
        let path = format!("{}/{path}", self.id.name);
        let is_below = |inner: &str, outer: &str| {
            let (inner, outer) = (inner.to_ascii_lowercase(), outer.to_ascii_lowercase());
            inner == outer || inner.strip_prefix(&outer).is_some_and(|rest| rest.starts_with('/'))
        };
        if let Some(other) =
            self.files.iter().find(|other| is_below(&other.path, &path) || is_below(&path, &other.path))
        {
            let message = format!("the files `{path}` and `{}` cannot both be there", other.path);
            return self.problem(Problem::error(message).at(location).hint("give one of them another name"));
        }
        self.files.push(FileArtifact { path, content, carrier: None });
    }

    pub(crate) fn insert(&mut self, logical_id: &str, resource: Resource, location: Location) {
        self.reserve(logical_id, &location);
        self.template.resources.insert(logical_id.to_owned(), resource);
        self.locations.insert(logical_id.to_owned(), location);
    }

    /// Reports a logical id that is taken. Resources and parameters share one space of names, since `Ref` names both.
    pub(crate) fn reserve(&mut self, name: &str, location: &Location) {
        if self.template.resources.contains_key(name) || self.template.parameters.contains_key(name) {
            let problem = Problem::error(format!("the logical id `{name}` is taken")).at(location.clone());
            self.problem(match self.locations.get(name) {
                Some(first) => problem.hint(format!("it was first used at {first}")),
                None => problem,
            });
        }
    }

    /// True if `name` can be the name of an entry of the template; reports a problem if it cannot.
    pub(crate) fn name_entry(&mut self, what: &str, name: &str, location: &Location) -> bool {
        let Err(reason) = logical_id::check(name) else { return true };
        let message = format!("{} cannot name {what}: {reason}", plain::shortened(name));
        let problem = Problem::error(message).at(location.clone());
        let suggestion: String = token::with_holes(name, "")
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(logical_id::MAX_LENGTH)
            .collect();
        self.problem(match suggestion.is_empty() {
            true => problem,
            false => problem.hint(format!("for example `{suggestion}`")),
        });
        false
    }
}

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

    /// Every file of a stack, with its stack.
    pub fn files(&self) -> impl Iterator<Item = (&'a StackId, &'a FileArtifact)> + use<'a> {
        self.0.iter().flat_map(|stack| stack.files.iter().map(move |file| (&stack.id, file)))
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

/// Checks that a file can have this path on every system, whatever it is unpacked on.
///
/// Source: Microsoft, "Naming Files, Paths, and Namespaces".
fn check_path(path: &str) -> Result<(), String> {
    if token::is_in(path) {
        return Err(token::NOT_YET_KNOWN.into());
    }
    if path.len() > 1024 || path.split('/').any(|part| part.len() > 255) {
        return Err("it, or a part of it, is too long: 1,024 bytes are allowed, 255 between two `/`".into());
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return Err(format!("`{part}` is not a name in it"));
        }
        if let Some(other) = part.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-".contains(*c)) {
            return Err(format!("`{}` is not allowed in it", other.escape_debug()));
        }
        let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let is_one_to_nine = |rest: &str| rest.len() == 1 && rest.bytes().all(|byte| (b'1'..=b'9').contains(&byte));
        let is_device = matches!(&*stem, "con" | "prn" | "aux" | "nul")
            || ["com", "lpt"].iter().any(|name| stem.strip_prefix(name).is_some_and(is_one_to_nine));
        if is_device || part.ends_with('.') {
            return Err(format!("`{part}` is not a name of a file on Windows"));
        }
    }
    Ok(())
}
