//! Scopes: where constructs add their parts. A [`Stack`](crate::Stack) is one, so that everything a stack offers is open to a
//! construct, too.

use std::any::type_name;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use formwork_assembly::{Location, Problem};
use formwork_template::{
    Attribute, Function, HasAttributes, Output, Reference, Resource, ResourceType, Shape, StackId, Template, Val,
    Value, function,
};

use crate::construct::{Construct, Lowered};
use crate::contents::{Check, Contents};
use crate::handle::Handle;
use crate::named::{Condition, Mapping};
use crate::options::{OutputOptions, ResourceOptions, typed};
use crate::parameter::ToParameter;
use crate::region::Anywhere;
use crate::stacks::Stacks;

/// Where a construct adds its parts: a stack in region `R`, below a name.
///
/// Names that are given to it get the names of the constructs around it in front: what a construct that was added as `Site` adds as
/// `Alias` is `SiteAlias`, an output `Url` of it is `SiteUrl`. In a [`Stack`](crate::Stack) itself there is nothing in front.
///
/// Whatever is wrong is reported at the line of the outermost call: that of the user who added the construct.
#[derive(Debug)]
pub struct Scope<R = Anywhere> {
    inner: Inner,
    region: PhantomData<fn() -> R>,
}

/// What of a scope does not depend on its region, so that it is compiled once.
#[derive(Debug)]
struct Inner {
    contents: Box<Contents>,
    /// The names of the constructs around, joined.
    path: String,
    /// The place of the outermost call.
    at: Option<Location>,
    /// True below a name that was refused, which has been reported.
    refused: bool,
}

/// What [`Inner::enter`] changed, to be put back.
struct Around {
    length: usize,
    refused: bool,
    outermost: bool,
}

impl<R> Scope<R> {
    pub(crate) fn new(contents: Contents) -> Self {
        let inner = Inner { contents: Box::new(contents), path: String::new(), at: None, refused: false };
        Scope { inner, region: PhantomData }
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.inner.contents
    }

    pub(crate) fn contents_mut(&mut self) -> &mut Contents {
        &mut self.inner.contents
    }

    pub(crate) fn into_contents(self) -> Contents {
        *self.inner.contents
    }

    /// Adds a construct under a name. In a stack that is the logical id that its resource has in the template, for good: another
    /// id means another resource. In a construct it is a fixed suffix: `Alias` and `A` give `AliasA`, and an empty one gives the
    /// construct's own id.
    #[track_caller]
    pub fn add<C: Construct<R>>(&mut self, name: &str, construct: C) -> C::Handle {
        let around = self.inner.enter(name, self.inner.here());
        let handle = construct.add_to(self);
        self.inner.leave(&around);
        handle
    }

    /// Adds a resource under the construct's own id, and returns the handle to it.
    ///
    /// `T` is the type the handle is for: the generated type itself, or the type by hand that becomes it.
    #[track_caller]
    pub fn resource<T: Lowered<L1: ResourceType>>(&mut self, properties: T::L1) -> Handle<T, R> {
        self.insert(Resource::new(properties))
    }

    /// Adds a resource of whatever type, with its options, under the construct's own id.
    #[track_caller]
    pub fn insert<T: HasAttributes>(&mut self, resource: Resource) -> Handle<T, R> {
        let here = self.inner.here();
        Handle::new(self.inner.insert(resource, here))
    }

    /// Changes the generated type behind a handle, after the resource was added: for what a type by hand does not cover, and for
    /// resources that a construct or a pattern added.
    ///
    /// ```
    /// use formwork::cfn::certificatemanager::certificate::CertificateExport;
    /// use formwork::prelude::*;
    ///
    /// # let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    /// let mut stack = Stack::<UsEast1>::new("site");
    /// let certificate = stack.add("Certificate", Certificate::dns_validated("example.com", &zone));
    /// stack.edit(&certificate, |l1| l1.certificate_export = some(CertificateExport::Enabled));
    /// ```
    #[track_caller]
    pub fn edit<T: Lowered>(&mut self, part: &Handle<T, R>, change: impl FnOnce(&mut T::L1)) {
        let here = self.inner.here();
        let Some(id) = self.inner.own(Handle::reference(part), &here) else { return };
        let Some(resource) = self.inner.contents.template.resources.get_mut(&id) else { return };
        match typed::<T::L1>(&mut *resource.properties) {
            Some(properties) => change(properties),
            None => {
                let message = format!("the properties of `{id}` are not of the type `{}`", type_name::<T::L1>());
                let hint = "they were replaced in the template by hand: change them there";
                self.inner.contents.problem(Problem::error(message).at(here).hint(hint));
            }
        }
    }

    /// Everything beside the properties of a resource: policies, dependencies, condition, metadata.
    #[track_caller]
    pub fn options<T: HasAttributes>(&mut self, resource: &Handle<T, R>) -> ResourceOptions<'_> {
        let here = self.inner.here();
        let id = self.inner.own(Handle::reference(resource), &here);
        ResourceOptions::new(&mut self.inner.contents, id, here)
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
        let here = self.inner.here();
        let name = self.inner.output(name, value.into(), &here);
        OutputOptions::new(&mut self.inner.contents, name, here)
    }

    /// Adds a parameter, and returns the reference to its value.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("example");
    /// let port: Val<i64> = stack.parameter("Port", parameter::number().default(443));
    /// ```
    #[track_caller]
    pub fn parameter<T>(&mut self, name: &str, parameter: impl ToParameter<T>) -> Val<T> {
        let here = self.inner.here();
        let (name, accepted) = self.inner.name_entry("a parameter", name, &here);
        if accepted {
            self.inner.contents.reserve(&name, &here);
            self.inner.contents.template.parameters.insert(name.clone(), parameter.to_parameter());
            self.inner.contents.locations.entry(name.clone()).or_insert(here);
        }
        function::parameter(&name)
    }

    /// Adds a condition, which resources, outputs and [`function::if_`] can ask for.
    #[track_caller]
    pub fn condition(&mut self, name: &str, condition: impl Into<Function>) -> Condition {
        let here = self.inner.here();
        let condition = Value::from(condition.into());
        let name = self.inner.entry("a condition", "conditions", name, condition, here, |it| &mut it.conditions);
        Condition::new(self.inner.contents.id.clone(), &name)
    }

    /// Adds a mapping: a table of constants in two levels of keys.
    #[track_caller]
    pub fn mapping(&mut self, name: &str, table: impl Into<Value>) -> Mapping {
        let here = self.inner.here();
        let name = self.inner.entry("a mapping", "mappings", name, table.into(), here, |it| &mut it.mappings);
        Mapping::new(&name)
    }

    /// Adds a rule: assertions over parameters, which CloudFormation checks before it changes anything.
    #[track_caller]
    pub fn rule(&mut self, name: &str, rule: impl Into<Value>) {
        let here = self.inner.here();
        self.inner.entry("a rule", "rules", name, rule.into(), here, |it| &mut it.rules);
    }

    /// Adds metadata of the template, for people and tools: `AWS::CloudFormation::Interface` orders the parameters on a form.
    pub fn metadata(&mut self, key: &str, value: impl Into<Value>) {
        self.inner.contents.template.metadata.insert(key.to_owned(), value.into());
    }

    /// Tags the whole stack; CloudFormation passes the tag on to every resource that can have tags.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.inner.contents.tags.insert(key.into(), value.into());
    }

    /// The tags of the whole stack.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.contents.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Adds a file that goes with the stack: `files/<stack>/<path>` in the assembly, and `files/<stack>/<id>/<path>` for a construct.
    /// `path` is relative, with `/`.
    #[track_caller]
    pub fn file(&mut self, path: &str, content: impl Into<String>) {
        let here = self.inner.here();
        match (self.inner.refused, self.inner.path.is_empty()) {
            (true, _) => {}
            (false, true) => self.inner.contents.file(path, content.into(), here),
            (false, false) => {
                let path = format!("{}/{path}", self.inner.path);
                self.inner.contents.file(&path, content.into(), here);
            }
        }
    }

    /// Reports something wrong; it is placed where the user added the construct, unless it has a place.
    #[track_caller]
    pub fn problem(&mut self, problem: Problem) {
        let problem = if problem.location.is_some() { problem } else { problem.at(self.inner.here()) };
        self.inner.contents.problem(problem);
    }

    /// Reports everything that is wrong.
    #[track_caller]
    pub fn problems(&mut self, problems: impl IntoIterator<Item = Problem>) {
        for problem in problems {
            self.problem(problem);
        }
    }

    /// Has synth look at all stacks of the app once they are there, for what no construct can see alone. What `check` finds is placed
    /// where the construct was added, unless it has a place.
    #[track_caller]
    pub fn check(&mut self, check: impl Fn(&Stacks<'_>) -> Vec<Problem> + Send + Sync + 'static) {
        let location = self.inner.here();
        self.inner.contents.checks.push(Check { location, run: Box::new(check) });
    }

    /// Does `work` with everything in it placed at `location`, unless the scope has a place of the user's already: for patterns, which
    /// were made at another line than the one at which their stacks are.
    pub fn at<T>(&mut self, location: impl Into<Location>, work: impl FnOnce(&mut Self) -> T) -> T {
        let outermost = self.inner.at.is_none();
        if outermost {
            self.inner.at = Some(location.into());
        }
        let result = work(self);
        if outermost {
            self.inner.at = None;
        }
        result
    }

    /// The stack's name and region.
    pub fn stack_id(&self) -> &StackId {
        &self.inner.contents.id
    }

    /// The stack's region, e.g. `us-east-1`.
    pub fn region(&self) -> &str {
        &self.inner.contents.id.region
    }

    /// The partition of the stack's region, e.g. `aws`.
    pub fn partition(&self) -> &'static str {
        self.inner.contents.partition
    }

    /// The construct's own id: the names around it, joined. Empty for a stack.
    pub fn logical_id(&self) -> &str {
        &self.inner.path
    }

    /// The place of the user's line that is being worked on.
    #[track_caller]
    pub fn location(&self) -> Location {
        self.inner.here()
    }

    /// The template as it is so far.
    pub fn template(&self) -> &Template {
        &self.inner.contents.template
    }

    /// The template as it is so far, to be changed by hand, for what this type does not cover.
    pub fn template_mut(&mut self) -> &mut Template {
        &mut self.inner.contents.template
    }
}

impl Inner {
    #[track_caller]
    fn here(&self) -> Location {
        match &self.at {
            Some(at) => at.clone(),
            None => std::panic::Location::caller().into(),
        }
    }

    /// Begins a construct. Its id is checked here, since it may have no resource.
    fn enter(&mut self, name: &str, here: Location) -> Around {
        let around = Around { length: self.path.len(), refused: self.refused, outermost: self.at.is_none() };
        self.path.push_str(name);
        if !self.refused {
            self.refused = !self.contents.name_entry("a resource or a construct", &self.path, &here);
        }
        self.at.get_or_insert(here);
        around
    }

    fn leave(&mut self, around: &Around) {
        self.path.truncate(around.length);
        self.refused = around.refused;
        if around.outermost {
            self.at = None;
        }
    }

    fn insert(&mut self, resource: Resource, here: Location) -> Reference {
        // A stack is not a construct, so there is no id of its own for a resource.
        let refused = self.refused || !self.contents.name_entry("a resource", &self.path, &here);
        match refused {
            true => {
                self.contents.refused.insert(self.path.clone());
            }
            false => self.contents.insert(&self.path, resource, here),
        }
        Reference {
            stack: self.contents.id.clone(),
            logical_id: Arc::from(self.path.as_str()),
            attribute: Attribute::Ref(Cow::Borrowed("Ref")),
            shape: Shape::Scalar,
        }
    }

    /// The logical id of a resource of this stack; reported if it is not one.
    fn own(&mut self, reference: &Reference, here: &Location) -> Option<String> {
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
    fn name_entry(&mut self, what: &str, name: &str, here: &Location) -> (String, bool) {
        let name = format!("{}{name}", self.path);
        let accepted = !self.refused && self.contents.name_entry(what, &name, here);
        (name, accepted)
    }

    fn output(&mut self, name: &str, value: Value, here: &Location) -> Option<String> {
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

    fn entry(
        &mut self,
        what: &str,
        several: &str,
        name: &str,
        value: Value,
        here: Location,
        section: fn(&mut Template) -> &mut formwork_template::Map,
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
