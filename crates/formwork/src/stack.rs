//! Stacks: [`Stack<R>`] is what users build, with its region in its type; [`AnyStack`] is the same with the region as a
//! value, which is what an [`App`](crate::App) keeps and synth works on.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use formwork_assembly::{Acknowledgement, FileArtifact, Location, Problem, Switch};
use formwork_template::names::check_stack_name;
use formwork_template::{
    DeletionPolicy, HasAttributes, IndexMap, Map, Output, Parameter, Resource, StackId, Template, UpdateReplacePolicy,
    Val, Value, function, logical_id,
};

use crate::construct::{Construct, Scope};
use crate::handle::Handle;
use crate::patterns::Listener;
use crate::region::{Partition, Region};

/// A stack in region `R`: the unit of deployment.
#[derive(Debug)]
pub struct Stack<R> {
    inner: AnyStack,
    region: PhantomData<fn() -> R>,
}

/// A stack in some region.
#[derive(Debug)]
pub struct AnyStack {
    pub(crate) id: StackId,
    pub(crate) partition: &'static str,
    pub(crate) template: Template,
    pub(crate) tags: IndexMap<String, String>,
    pub(crate) termination_protection: bool,
    pub(crate) depends_on: Vec<StackId>,
    pub(crate) files: Vec<FileArtifact>,
    pub(crate) switches: Vec<Switch>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) location: Location,
    pub(crate) locations: IndexMap<String, Location>,
    pub(crate) acknowledged: Vec<Acknowledgement>,
    pub(crate) problems: Vec<Problem>,
}

impl<R: Region> Stack<R> {
    /// An empty stack. The name is unique in its region; it cannot be changed without making another stack.
    #[track_caller]
    pub fn new(name: impl Into<String>) -> Self {
        Self::new_at(name.into(), std::panic::Location::caller().into())
    }

    /// A stack that a pattern makes for the user's line at `location`.
    pub(crate) fn new_at(name: String, location: Location) -> Self {
        let mut inner = AnyStack {
            id: StackId { name: Arc::from(name.as_str()), region: Arc::from(R::CODE) },
            partition: R::Partition::CODE,
            template: Template::default(),
            tags: IndexMap::new(),
            termination_protection: false,
            depends_on: Vec::new(),
            files: Vec::new(),
            switches: Vec::new(),
            listeners: Vec::new(),
            location: location.clone(),
            locations: IndexMap::new(),
            acknowledged: Vec::new(),
            problems: Vec::new(),
        };
        if let Err(reason) = check_stack_name(&name) {
            let problem = Problem::error(format!("{name:?} is not a stack name: {reason}"));
            inner.problem(problem.at(location).hint("a letter, then letters, digits and hyphens, 128 at most"));
        }
        Stack { inner, region: PhantomData }
    }

    /// Adds a construct under a logical id: the name that its resource has in the template, for good. Another id means
    /// another resource.
    #[track_caller]
    pub fn add<C: Construct<R>>(&mut self, logical_id: &str, construct: C) -> C::Handle {
        self.add_at(logical_id, construct, std::panic::Location::caller().into())
    }

    /// What a pattern adds for the user's line at `location`.
    pub(crate) fn add_at<C: Construct<R>>(&mut self, logical_id: &str, construct: C, location: Location) -> C::Handle {
        construct.add_to(&mut Scope::new(&mut self.inner, logical_id, location))
    }

    /// Adds a value that the stack gives out: shown after a deploy, and readable by others. What it returns adds to it.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("example");
    /// stack.output("Url", "https://example.com").description("where it answers").export("example-url");
    /// ```
    #[track_caller]
    pub fn output(&mut self, name: &str, value: impl Into<Value>) -> OutputOptions<'_> {
        self.inner.output(name, value.into(), &std::panic::Location::caller().into());
        OutputOptions { output: self.inner.template.outputs.get_mut(name) }
    }

    pub(crate) fn output_at(&mut self, name: &str, value: Value, location: Location) {
        self.inner.output(name, value, &location);
    }

    /// Adds a parameter, and returns the reference to its value.
    #[track_caller]
    pub fn parameter<T>(&mut self, name: &str, parameter: Parameter) -> Val<T> {
        self.inner.parameter(name, parameter, &std::panic::Location::caller().into());
        function::parameter(name)
    }

    /// Adds a condition, by whose name resources, outputs and [`function::if_`] can ask for it.
    #[track_caller]
    pub fn condition(&mut self, name: &str, condition: formwork_template::Function) {
        let location = std::panic::Location::caller().into();
        if self.inner.name_entry("a condition", name, &location) {
            if self.inner.template.conditions.insert(name.to_owned(), condition.into()).is_some() {
                self.inner.problem(Problem::error(format!("there are two conditions `{name}`")).at(location.clone()));
            }
            self.inner.locations.entry(name.to_owned()).or_insert(location);
        }
    }

    /// Adds a mapping: a table of constants in two levels of keys, for [`function::find_in_map`].
    #[track_caller]
    pub fn mapping(&mut self, name: &str, table: impl Into<Value>) {
        let location = std::panic::Location::caller().into();
        if self.inner.name_entry("a mapping", name, &location) {
            if self.inner.template.mappings.insert(name.to_owned(), table.into()).is_some() {
                self.inner.problem(Problem::error(format!("there are two mappings `{name}`")).at(location.clone()));
            }
            self.inner.locations.entry(name.to_owned()).or_insert(location);
        }
    }

    /// Adds a rule: assertions over parameters, which CloudFormation checks before it changes anything.
    #[track_caller]
    pub fn rule(&mut self, name: &str, rule: impl Into<Value>) {
        let location = std::panic::Location::caller().into();
        if self.inner.name_entry("a rule", name, &location) {
            if self.inner.template.rules.insert(name.to_owned(), rule.into()).is_some() {
                self.inner.problem(Problem::error(format!("there are two rules `{name}`")).at(location.clone()));
            }
            self.inner.locations.entry(name.to_owned()).or_insert(location);
        }
    }

    /// Adds metadata of the template, for people and tools: `AWS::CloudFormation::Interface` orders the parameters on a form.
    pub fn metadata(&mut self, key: &str, value: impl Into<Value>) {
        self.inner.template.metadata.insert(key.to_owned(), value.into());
    }

    /// The macros that CloudFormation runs over the template: the name of one, or a list.
    pub fn transform(&mut self, macros: impl Into<Value>) {
        self.inner.template.transform = Some(macros.into());
    }

    /// Says what the stack is for.
    pub fn description(&mut self, text: impl Into<String>) {
        self.inner.template.description = Some(text.into());
    }

    /// Tags the stack; CloudFormation passes the tag on to every resource that can have tags.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.inner.tags.insert(key.into(), value.into());
    }

    /// Makes CloudFormation refuse to delete the stack.
    pub fn termination_protection(&mut self, protect: bool) {
        self.inner.termination_protection = protect;
    }

    /// Has the stack deployed after another one, beyond those whose values it uses.
    pub fn depends_on<S: Region>(&mut self, other: &Stack<S>) {
        self.inner.depends_on.push(other.inner.id.clone());
    }

    /// Adds a file that goes with the stack; it is written to `files/<stack>/` in the assembly. `path` is relative, with `/`.
    #[track_caller]
    pub fn file(&mut self, path: &str, content: impl Into<String>) {
        self.inner.file(path, content.into(), std::panic::Location::caller().into());
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.inner.problem(problem);
    }

    /// What stands beside the properties of a resource: policies, dependencies, condition, metadata.
    #[track_caller]
    pub fn options<T: HasAttributes>(&mut self, resource: &Handle<T, R>) -> ResourceOptions<'_> {
        let reference = Handle::reference(resource);
        if reference.stack != self.inner.id || !self.inner.template.resources.contains_key(&*reference.logical_id) {
            let problem =
                Problem::error(format!("`{}` is not in stack `{}`", reference.logical_id, self.inner.id.name));
            self.inner.problem(problem.at(std::panic::Location::caller()));
        }
        ResourceOptions {
            resource: self.inner.template.resources.get_mut(&*reference.logical_id),
            logical_id: reference.logical_id.to_string(),
            acknowledged: &mut self.inner.acknowledged,
        }
    }

    /// The template as it stands, for what this type does not cover.
    pub fn template_mut(&mut self) -> &mut Template {
        &mut self.inner.template
    }
}

/// See [`Stack::output`].
pub struct OutputOptions<'a> {
    // `None` when the name was refused, which has been reported.
    output: Option<&'a mut Output>,
}

impl OutputOptions<'_> {
    fn edit(mut self, edit: impl FnOnce(&mut Output)) -> Self {
        if let Some(output) = self.output.as_deref_mut() {
            edit(output);
        }
        self
    }

    /// Says what the value is.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.edit(|output| output.description = Some(text.into()))
    }

    /// Exports the value under a name, by which other stacks of the region can import it.
    pub fn export(self, name: impl Into<Value>) -> Self {
        self.edit(|output| output.export_name = Some(name.into()))
    }

    /// Gives the value out only when the condition of that name holds.
    pub fn condition(self, name: &str) -> Self {
        self.edit(|output| output.condition = Some(name.to_owned()))
    }
}

impl fmt::Debug for OutputOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputOptions").finish_non_exhaustive()
    }
}

/// See [`Stack::options`].
pub struct ResourceOptions<'a> {
    // `None` when the handle was of another stack, which has been reported.
    resource: Option<&'a mut Resource>,
    logical_id: String,
    acknowledged: &'a mut Vec<Acknowledgement>,
}

impl ResourceOptions<'_> {
    fn edit(mut self, edit: impl FnOnce(&mut Resource)) -> Self {
        if let Some(resource) = self.resource.as_deref_mut() {
            edit(resource);
        }
        self
    }

    /// Has the resource made after another one of its stack, beyond those it refers to.
    pub fn depends_on<T: HasAttributes, R>(self, other: &Handle<T, R>) -> Self {
        self.edit(|resource| resource.depends_on.push(Handle::logical_id(other).to_owned()))
    }

    /// What happens to the deployed resource when it leaves the template or its stack is deleted.
    pub fn deletion_policy(self, policy: DeletionPolicy) -> Self {
        self.edit(|resource| resource.deletion_policy = Some(policy))
    }

    /// What happens to the old resource when an update replaces it.
    pub fn update_replace_policy(self, policy: UpdateReplacePolicy) -> Self {
        self.edit(|resource| resource.update_replace_policy = Some(policy))
    }

    /// Keeps the deployed resource, whether it leaves the template or is replaced.
    pub fn retain(self) -> Self {
        self.deletion_policy(DeletionPolicy::Retain).update_replace_policy(UpdateReplacePolicy::Retain)
    }

    /// Makes the resource only when the condition of that name holds.
    pub fn condition(self, name: &str) -> Self {
        self.edit(|resource| resource.condition = Some(name.to_owned()))
    }

    /// Adds metadata for people and tools.
    pub fn metadata(self, key: &str, value: impl Into<Value>) -> Self {
        self.edit(|resource| {
            resource.metadata.insert(key.to_owned(), value.into());
        })
    }

    /// Acknowledges what validation finds about the resource by a rule, with the reason why it is in order: it is listed, and
    /// stops nothing. The template stays as it is.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("example");
    /// let zone = stack.add("Zone", cfn::route53::HostedZone::default());
    /// stack.options(&zone).acknowledge("property-missing", "the name comes with the next release");
    /// ```
    #[track_caller]
    pub fn acknowledge(self, rule: &str, reason: &str) -> Self {
        if self.resource.is_some() {
            self.acknowledged.push(Acknowledgement {
                logical_id: self.logical_id.clone(),
                rule: rule.to_owned(),
                reason: reason.to_owned(),
                location: std::panic::Location::caller().into(),
            });
        }
        self
    }

    /// What CloudFormation waits for before the resource counts as created.
    pub fn creation_policy(self, policy: impl Into<Value>) -> Self {
        self.edit(|resource| resource.creation_policy = Some(policy.into()))
    }

    /// How CloudFormation updates the resource.
    pub fn update_policy(self, policy: impl Into<Value>) -> Self {
        self.edit(|resource| resource.update_policy = Some(policy.into()))
    }

    /// Sets a property that the resource's type does not have, being newer than it.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("example");
    /// let zone = stack.add("Zone", cfn::route53::HostedZone::default());
    /// stack.options(&zone).property("NewProperty", json!({ "Enabled": true }));
    /// ```
    pub fn property(self, name: &str, value: impl Into<Value>) -> Self {
        self.edit(|resource| {
            let mut properties = match resource.properties.to_value() {
                Value::Map(properties) => properties,
                Value::Function(function) => function.to_map(),
                _ => Map::new(),
            };
            properties.insert(name.to_owned(), value.into());
            resource.properties = Box::new(properties);
        })
    }

    /// Sets an attribute that has no method here, such as a `DeletionPolicy` that is a function.
    pub fn attribute(self, name: &str, value: impl Into<Value>) -> Self {
        self.edit(|resource| {
            resource.others.insert(name.to_owned(), value.into());
        })
    }
}

impl fmt::Debug for ResourceOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceOptions").finish_non_exhaustive()
    }
}

impl AnyStack {
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn parameter(&mut self, name: &str, parameter: Parameter, location: &Location) {
        if self.name_entry("a parameter", name, location) {
            if self.is_taken(name) {
                self.problem(Problem::error(format!("the logical id `{name}` is taken")).at(location.clone()));
            }
            self.template.parameters.insert(name.to_owned(), parameter);
            self.locations.entry(name.to_owned()).or_insert_with(|| location.clone());
        }
    }

    pub(crate) fn output(&mut self, name: &str, value: Value, location: &Location) {
        if self.name_entry("an output", name, location) {
            if self.template.outputs.contains_key(name) {
                self.problem(Problem::error(format!("there are two outputs `{name}`")).at(location.clone()));
            }
            self.template.outputs.insert(name.to_owned(), Output::new(value));
            self.locations.entry(name.to_owned()).or_insert_with(|| location.clone());
        }
    }

    pub(crate) fn file(&mut self, path: &str, content: String, location: Location) {
        if let Err(reason) = check_path(path) {
            let problem = Problem::error(format!("{path:?} is not a path below the assembly's `files/`: {reason}"));
            return self.problem(
                problem.at(location).hint("names of letters, digits, `.`, `_` and `-`, with `/` between them"),
            );
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

    pub(crate) fn insert(&mut self, logical_id: &str, resource: Resource, location: &Location) {
        if !self.name_entry("a resource", logical_id, location) {
            return;
        }
        if let Some(first) = self.locations.get(logical_id).filter(|_| self.is_taken(logical_id)) {
            let problem = Problem::error(format!("the logical id `{logical_id}` is taken")).at(location.clone());
            let hint = format!("it was first used at {first}");
            self.problem(problem.hint(hint));
        }
        self.template.resources.insert(logical_id.to_owned(), resource);
        self.locations.insert(logical_id.to_owned(), location.clone());
    }

    /// Resources and parameters share one space of names, since `Ref` names both.
    fn is_taken(&self, name: &str) -> bool {
        self.template.resources.contains_key(name) || self.template.parameters.contains_key(name)
    }

    /// Whether `name` can name an entry of the template; reported if not.
    pub(crate) fn name_entry(&mut self, what: &str, name: &str, location: &Location) -> bool {
        match logical_id::check(name) {
            Ok(()) => true,
            Err(reason) => {
                let problem = Problem::error(format!("{name:?} cannot name {what}: {reason}"));
                let suggestion: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
                self.problem(match suggestion.is_empty() {
                    true => problem.at(location.clone()),
                    false => problem.at(location.clone()).hint(format!("for example `{suggestion}`")),
                });
                false
            }
        }
    }
}

/// Why no file can have this path on every system, whatever it is unpacked on.
///
/// Source: Microsoft, "Naming Files, Paths, and Namespaces".
fn check_path(path: &str) -> Result<(), String> {
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

impl<R> From<Stack<R>> for AnyStack {
    fn from(stack: Stack<R>) -> Self {
        stack.inner
    }
}
