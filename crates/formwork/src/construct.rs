//! Constructs: what can be added to a stack. One resource of a generated type (L1), one with defaults and checks (L2), or
//! several (a pattern).

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use formwork_assembly::{Carrier, Location, Problem, Switch};
use formwork_template::{
    Attribute, HasAttributes, Parameter, Reference, Resource, ResourceType, Shape, Val, Value, function,
};

use crate::handle::Handle;
use crate::patterns::Listener;
use crate::region::Region;
use crate::stack::AnyStack;

/// Something that can be added to a stack in region `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to a stack in `{R}`",
    note = "a resource may be missing in the partition of a region; a pattern over several stacks goes to `App::with`"
)]
pub trait Construct<R: Region> {
    /// What the caller gets to refer to it.
    type Handle;

    /// Adds what the construct consists of.
    fn add_to(self, scope: &mut Scope<'_, R>) -> Self::Handle;
}

/// An L2 type: a resource with defaults and checks, made of one L1 type.
pub trait L2: HasAttributes + Sized {
    /// The generated type that it becomes.
    type L1: ResourceType;

    /// The generated type with everything filled in; what is wrong goes to `problems`.
    fn lower(self, problems: &mut Vec<Problem>) -> Self::L1;

    /// The same resource with `edit` applied to its generated type, for what this type does not cover.
    ///
    /// ```
    /// use formwork::cfn::certificatemanager::certificate::CertificateExport;
    /// use formwork::prelude::*;
    ///
    /// # let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    /// let mut stack = Stack::<UsEast1>::new("site");
    /// let certificate = Certificate::dns_validated("example.com", &zone);
    /// stack.add("Certificate", certificate.customize(|l1| l1.certificate_export = Some(CertificateExport::Enabled.into())));
    /// ```
    fn customize<F: FnOnce(&mut Self::L1)>(self, edit: F) -> Customized<Self, F> {
        Customized { construct: self, edit }
    }
}

/// An L2 type with an edit of its L1 type, see [`L2::customize`].
#[derive(Clone, Debug)]
pub struct Customized<T, F> {
    construct: T,
    edit: F,
}

/// Where a construct adds its parts: a stack, and the logical id that the user gave.
pub struct Scope<'a, R> {
    stack: &'a mut AnyStack,
    logical_id: String,
    location: Location,
    region: PhantomData<fn() -> R>,
}

impl<'a, R: Region> Scope<'a, R> {
    pub(crate) fn new(stack: &'a mut AnyStack, logical_id: &str, location: Location) -> Self {
        Scope { stack, logical_id: logical_id.to_owned(), location, region: PhantomData }
    }

    /// Adds a resource under the construct's logical id, and returns the handle to it.
    ///
    /// `T` is the type the handle is for: the L1 type itself, or the L2 type that stands for it.
    pub fn resource<T: HasAttributes>(&mut self, properties: impl ResourceType) -> Handle<T, R> {
        self.insert(Resource::new(properties))
    }

    /// True for a template with a `Transform`: macros rewrite it before it is deployed.
    pub(crate) fn has_macros(&self) -> bool {
        self.stack.template.transform.is_some()
    }

    pub(crate) fn insert<T: HasAttributes>(&mut self, resource: Resource) -> Handle<T, R> {
        self.stack.insert(&self.logical_id, resource, &self.location);
        Handle::new(Reference {
            stack: self.stack.id.clone(),
            logical_id: Arc::from(self.logical_id.as_str()),
            attribute: Attribute::Ref(Cow::Borrowed("Ref")),
            shape: Shape::Scalar,
        })
    }

    /// Adds a part under the construct's logical id and a fixed suffix: `Alias` and `A` give `AliasA`.
    pub fn add<C: Construct<R>>(&mut self, suffix: &str, part: C) -> C::Handle {
        let logical_id = format!("{}{suffix}", self.logical_id);
        let mut scope = Scope::new(self.stack, &logical_id, self.location.clone());
        part.add_to(&mut scope)
    }

    /// Adds a file that goes with the stack, as `files/<stack>/<logical id>/<path>` in the assembly.
    pub fn file(&mut self, path: &str, content: impl Into<String>) {
        // A construct may have no resource, whose id would have been checked.
        if self.stack.name_entry("a folder of files", &self.logical_id, &self.location) {
            let path = format!("{}/{path}", self.logical_id);
            self.stack.file(&path, content.into(), self.location.clone());
        }
    }

    /// The logical id of a part with this suffix.
    pub(crate) fn name_of(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.logical_id)
    }

    /// Adds a parameter under the construct's logical id and a fixed suffix, and returns the reference to its value.
    pub(crate) fn parameter<T>(&mut self, suffix: &str, parameter: Parameter) -> Val<T> {
        let name = self.name_of(suffix);
        self.stack.parameter(&name, parameter, &self.location);
        function::parameter(&name)
    }

    /// Says where in the template the text of a file is that was added.
    pub(crate) fn file_is_at(&mut self, path: &str, pointer: &str) {
        let stack = self.stack.id.clone();
        self.carried(path, Carrier::Template { stack, pointer: pointer.to_owned() });
    }

    /// Adds an output with the digests of the files that were added, each as `<path>:<digest>`.
    pub(crate) fn files_are_told(&mut self, suffix: &str, digests: Vec<String>) {
        let output = self.name_of(suffix);
        for entry in &digests {
            let path = entry.rsplit_once(':').map_or("", |(path, _)| path);
            let stack = self.stack.id.clone();
            self.carried(path, Carrier::Output { stack, output: output.clone(), entry: entry.clone() });
        }
        self.stack.output(&output, Value::from(digests.join(" ")), &self.location);
    }

    fn carried(&mut self, path: &str, carrier: Carrier) {
        let path = format!("{}/{}/{path}", self.stack.id.name, self.logical_id);
        for file in self.stack.files.iter_mut().filter(|file| file.path == path) {
            file.carrier = Some(carrier.clone());
        }
    }

    /// Says by which parameter the construct is switched.
    pub(crate) fn switch(&mut self, switch: Switch) {
        self.stack.switches.push(switch);
    }

    /// Notes that a server answers requests for a distribution.
    pub(crate) fn listener(&mut self, listener: impl FnOnce(Location) -> Listener) {
        self.stack.listeners.push(listener(self.location.clone()));
    }

    /// Reports something wrong with the construct; it is placed where the user added it, unless it has a place.
    pub fn problem(&mut self, problem: Problem) {
        let problem = if problem.location.is_some() { problem } else { problem.at(self.location.clone()) };
        self.stack.problem(problem);
    }

    /// Adds an L2 type: lowers it, reports what is wrong, adds the result.
    pub fn lower<T: L2>(&mut self, construct: T) -> Handle<T, R> {
        self.lower_with(construct, |_| ())
    }

    fn lower_with<T: L2>(&mut self, construct: T, edit: impl FnOnce(&mut T::L1)) -> Handle<T, R> {
        let mut problems = Vec::new();
        let mut l1 = construct.lower(&mut problems);
        edit(&mut l1);
        problems.into_iter().for_each(|problem| self.problem(problem));
        self.resource(l1)
    }
}

/// Every generated type is a construct.
impl<T: ResourceType, R: Region> Construct<R> for T {
    type Handle = Handle<T, R>;

    fn add_to(self, scope: &mut Scope<'_, R>) -> Self::Handle {
        scope.resource(self)
    }
}

/// Where the L2 type may stand (`T: Construct<R>`), its customized form may.
impl<T, F, R> Construct<R> for Customized<T, F>
where
    R: Region,
    T: L2 + Construct<R, Handle = Handle<T, R>>,
    F: FnOnce(&mut T::L1),
{
    type Handle = Handle<T, R>;

    fn add_to(self, scope: &mut Scope<'_, R>) -> Self::Handle {
        scope.lower_with(self.construct, self.edit)
    }
}
