//! Constructs, and the scopes in which they add their parts. A construct is one resource of a generated type (L1), one or several with
//! defaults and checks (L2), or no resource at all, such as files. A [`Stack`](crate::Stack) is a scope, so that everything a stack
//! offers is open to a construct, too.

use std::any::type_name;
use std::marker::PhantomData;

use formwork_assembly::{Carrier, Location, Problem, Switch};
use formwork_template::{Function, HasAttributes, Properties, Resource, ResourceType, StackId, Template, Val, Value};

use crate::contents::{Check, Contents, Stacks};
use crate::handle::Handle;
use crate::inner::Inner;
use crate::into_value::IntoValue;
use crate::named::{Condition, Mapping};
use crate::options::{OutputOptions, ResourceOptions, typed};
use crate::parameter::ToParameter;
use crate::region::Anywhere;
use crate::switching::Switching;

/// The place where a construct adds its parts: a stack in region `R`, below a name.
///
/// Names that are given to it get the names of the constructs around it in front: what a construct that was added as `Site` adds as
/// `Alias` is `SiteAlias`, an output `Url` of it is `SiteUrl`. In a [`Stack`](crate::Stack) itself there is nothing in front.
///
/// A mistake is reported at the line of the outermost call: that of the user who added the construct.
#[derive(Debug)]
pub struct Scope<R = Anywhere> {
    inner: Inner,
    region: PhantomData<fn() -> R>,
}

impl<R> Scope<R> {
    pub(crate) fn new(contents: Contents) -> Self {
        Scope { inner: Inner::new(contents), region: PhantomData }
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

    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.inner
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

    /// Adds a resource of any type, with its options, under the construct's own id.
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
    pub fn output(&mut self, name: &str, value: impl IntoValue) -> OutputOptions<'_> {
        let here = self.inner.here();
        let name = self.inner.output(name, value.into_value(), &here);
        OutputOptions::new(&mut self.inner.contents, name, here)
    }

    /// Adds a parameter, and returns the reference to its value. In another stack that is what it is of this one: it travels there, as
    /// values of resources do. One that is `NoEcho` does not.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("example");
    /// let port: Val<i64> = stack.parameter("Port", parameter::number().default(443));
    /// ```
    #[track_caller]
    pub fn parameter<T>(&mut self, name: &str, parameter: impl ToParameter<T>) -> Val<T> {
        let here = self.inner.here();
        self.inner.parameter(name, parameter.to_parameter(), here).val()
    }

    /// Adds a condition, which resources, outputs and [`if_`](crate::function::if_) can ask for.
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
        Mapping::new(&self.inner.contents.id, &name)
    }

    /// Adds a rule: assertions over parameters, which CloudFormation checks before it changes anything.
    #[track_caller]
    pub fn rule(&mut self, name: &str, rule: impl Into<Value>) {
        let here = self.inner.here();
        self.inner.entry("a rule", "rules", name, rule.into(), here, |it| &mut it.rules);
    }

    /// Says what the stack is for, in place of what was said before.
    pub fn description(&mut self, text: impl Into<String>) {
        self.inner.contents.template.description = Some(text.into());
    }

    /// Adds macros that CloudFormation runs over the template: the name of one, or a list. One that is there stays where it is, so that each
    /// construct can say what it needs; they run in this order.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let mut stack = Stack::<UsEast1>::new("example");
    /// stack.transform("AWS::LanguageExtensions");
    /// stack.transform(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]);
    /// # assert_eq!(stack.template().transform, Some(json!(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"])));
    /// ```
    pub fn transform(&mut self, macros: impl Into<Value>) {
        self.inner.transform(macros.into());
    }

    /// Makes CloudFormation refuse to delete the stack.
    pub fn termination_protection(&mut self, protect: bool) {
        self.inner.contents.termination_protection = protect;
    }

    /// Has the stack deployed after another one, beyond those whose values it uses.
    pub fn depends_on<S>(&mut self, other: &Scope<S>) {
        let (own, other) = (&mut self.inner.contents.depends_on, &other.contents().id);
        if !own.contains(other) {
            own.push(other.clone());
        }
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

    /// Adds a file of the stack: `files/<stack>/<path>` in the assembly, and `files/<stack>/<id>/<path>` for a construct.
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

    /// Names the part of a deployed stack that shows which file was delivered: of a file that was added before with this `path`. A preview
    /// compares the two.
    #[track_caller]
    pub fn carrier(&mut self, path: &str, carrier: Carrier) {
        let location = self.inner.here();
        if !self.inner.refused {
            self.inner.carrier(path, carrier, location);
        }
    }

    /// Says by which parameter the stack is switched from one backend to another, without a change of the source. The parameter is named
    /// as for [`parameter`](Self::parameter); its full name is taken, too. Its allowed values are the choices.
    #[track_caller]
    pub fn switch(&mut self, switch: Switch) {
        let location = self.inner.here();
        if !self.inner.refused {
            let path = self.inner.path.clone();
            self.inner.contents.switches.push(Switching { switch, path, location });
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

/// A part that can be added to a stack in region `R`: one resource or several, with all that belongs to them.
///
/// It is written with what every scope offers; the types of this crate use nothing else. Its handle gives its parts.
///
/// ```
/// use formwork::cfn::route53::{HostedZone, HostedZoneAttributes};
/// use formwork::prelude::*;
///
/// /// A zone that is kept, and says its servers.
/// struct KeptZone {
///     name: String,
/// }
///
/// impl<R> Construct<R> for KeptZone {
///     type Handle = Handle<HostedZone, R>;
///
///     fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
///         if self.name.is_empty() {
///             scope.problem(Problem::error("the zone has no name"));
///         }
///         let zone = scope.add("", HostedZone { name: some(self.name), ..HostedZone::default() });
///         scope.options(&zone).retain();
///         scope.output("Servers", function::join(" ", zone.name_servers()));
///         zone
///     }
/// }
///
/// let mut stack = Stack::<UsEast1>::new("dns");
/// stack.add("Zone", KeptZone { name: "example.com".into() }); // the resource `Zone`, the output `ZoneServers`
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to a stack in `{R}`",
    label = "not a construct there",
    note = "a pattern over several stacks is added to the app: `App::with`",
    note = "a resource may be missing in the partition of a region"
)]
pub trait Construct<R> {
    /// The handle by which the caller refers to it.
    type Handle;

    /// Adds the parts of the construct.
    #[track_caller]
    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle;
}

/// A type with handles of resources, and the properties that such a resource has in the template: what [`Scope::edit`] changes.
///
/// A generated type is its own; a type by hand names the generated one that it becomes.
pub trait Lowered: HasAttributes + Sized {
    /// The properties: the generated type.
    type L1: Properties;
}

impl<T: ResourceType> Lowered for T {
    type L1 = T;
}

/// Every generated type is a construct.
#[diagnostic::do_not_recommend]
impl<T: ResourceType, R> Construct<R> for T {
    type Handle = Handle<T, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        scope.resource(self)
    }
}
