//! Options of outputs and resources: everything that a template says of them beside a value and properties.

use std::any::Any;
use std::fmt;

use formwork_assembly::{Acknowledgement, Location, Problem};
use formwork_template::{
    DeletionPolicy, HasAttributes, JsonWriter, Map, Output, Properties, Resource, ToJson as _, UpdateReplacePolicy,
    Value,
};

use crate::contents::Contents;
use crate::existing::not_changed;
use crate::handle::Handle;
use crate::into_value::IntoValue;
use crate::named::Condition;
use crate::plain;

/// See [`Scope::output`](crate::Scope::output).
pub struct OutputOptions<'a> {
    contents: &'a mut Contents,
    /// `None` when the name was refused, which has been reported.
    name: Option<String>,
    location: Location,
}

impl<'a> OutputOptions<'a> {
    pub(crate) fn new(contents: &'a mut Contents, name: Option<String>, location: Location) -> Self {
        OutputOptions { contents, name, location }
    }

    fn edit(self, edit: impl FnOnce(&mut Output)) -> Self {
        if let Some(output) = self.name.as_ref().and_then(|name| self.contents.template.outputs.get_mut(name)) {
            edit(output);
        }
        self
    }

    /// Sets the description: the meaning of the value.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.edit(|output| output.description = Some(text.into()))
    }

    /// Exports the value under a name, by which other stacks of the region can import it.
    pub fn export(self, name: impl Into<Value>) -> Self {
        let name = name.into();
        if let Some(problem) = name.as_str().and_then(plain::export) {
            self.contents.problem(problem.at(self.location.clone()));
        }
        self.edit(|output| output.export_name = Some(name))
    }

    /// Gives the value out only when the condition holds.
    pub fn condition(self, condition: impl Into<Condition>) -> Self {
        let condition = condition.into();
        condition.check(self.contents, &self.location);
        self.edit(|output| output.condition = Some(condition.name().to_owned()))
    }
}

impl fmt::Debug for OutputOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputOptions").finish_non_exhaustive()
    }
}

/// See [`Scope::options`](crate::Scope::options).
pub struct ResourceOptions<'a> {
    contents: &'a mut Contents,
    /// `None` when the handle was of another stack, which has been reported.
    logical_id: Option<String>,
    location: Location,
}

impl<'a> ResourceOptions<'a> {
    pub(crate) fn new(contents: &'a mut Contents, logical_id: Option<String>, location: Location) -> Self {
        ResourceOptions { contents, logical_id, location }
    }

    fn edit(self, edit: impl FnOnce(&mut Resource)) -> Self {
        if let Some(resource) = self.logical_id.as_ref().and_then(|id| self.contents.template.resources.get_mut(id)) {
            edit(resource);
        }
        self
    }

    /// Has the resource made after another one of its stack, beyond those it refers to.
    pub fn depends_on<T: HasAttributes, R>(self, other: &Handle<T, R>) -> Self {
        let reference = Handle::reference(other);
        if let Some(existing) = reference.existing() {
            self.contents.problem(not_changed(reference, existing).placed(self.location.clone()));
            return self;
        }
        if reference.stack != self.contents.id {
            let message = format!(
                "a resource of stack `{}` cannot depend on `{}` of stack `{}`",
                self.contents.id.name, reference.logical_id, reference.stack.name
            );
            let hint = "a value of it does, or `Stack::depends_on` for the whole stack";
            self.contents.problem(Problem::error(message).at(self.location.clone()).hint(hint));
            return self;
        }
        self.edit(|resource| resource.depends_on.push(reference.logical_id.to_string()))
    }

    /// Sets the `DeletionPolicy`: the fate of the deployed resource when it leaves the template or its stack is deleted.
    pub fn deletion_policy(self, policy: DeletionPolicy) -> Self {
        self.edit(|resource| resource.deletion_policy = Some(policy))
    }

    /// Sets the `UpdateReplacePolicy`: the fate of the old resource when an update replaces it.
    pub fn update_replace_policy(self, policy: UpdateReplacePolicy) -> Self {
        self.edit(|resource| resource.update_replace_policy = Some(policy))
    }

    /// Keeps the deployed resource, whether it leaves the template or is replaced.
    pub fn retain(self) -> Self {
        self.deletion_policy(DeletionPolicy::Retain).update_replace_policy(UpdateReplacePolicy::Retain)
    }

    /// Makes the resource only when the condition holds.
    pub fn condition(self, condition: impl Into<Condition>) -> Self {
        let condition = condition.into();
        condition.check(self.contents, &self.location);
        self.edit(|resource| resource.condition = Some(condition.name().to_owned()))
    }

    /// Adds metadata for people and tools.
    pub fn metadata(self, key: &str, value: impl IntoValue) -> Self {
        self.edit(|resource| {
            resource.metadata.insert(key.to_owned(), value.into_value());
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
        if let Some(logical_id) = &self.logical_id {
            self.contents.acknowledged.push(Acknowledgement {
                logical_id: logical_id.clone(),
                rule: rule.to_owned(),
                reason: reason.to_owned(),
                location: std::panic::Location::caller().into(),
            });
        }
        self
    }

    /// Sets the `CreationPolicy`: the condition that CloudFormation waits for before the resource counts as created.
    pub fn creation_policy(self, policy: impl Into<Value>) -> Self {
        self.edit(|resource| resource.creation_policy = Some(policy.into()))
    }

    /// Sets the `UpdatePolicy`: the way in which CloudFormation updates the resource.
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
    pub fn property(self, name: &str, value: impl IntoValue) -> Self {
        self.edit(|resource| {
            let value = value.into_value();
            if let Some(given) = typed::<Overridden>(&mut *resource.properties) {
                given.given.insert(name.to_owned(), value);
                return;
            }
            let typed = std::mem::replace(&mut resource.properties, Box::new(Map::new()));
            let given = [(name.to_owned(), value)].into_iter().collect();
            resource.properties = Box::new(Overridden { typed, given });
        })
    }

    /// Sets an attribute that has no method here, such as a `DeletionPolicy` that is a function.
    pub fn attribute(self, name: &str, value: impl IntoValue) -> Self {
        self.edit(|resource| {
            resource.others.insert(name.to_owned(), value.into_value());
        })
    }
}

impl fmt::Debug for ResourceOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceOptions").finish_non_exhaustive()
    }
}

/// Properties with some that their type does not have. The typed ones stay typed, so that they can be edited afterwards.
#[derive(Debug)]
struct Overridden {
    typed: Box<dyn Properties>,
    given: Map,
}

impl Properties for Overridden {
    fn write(&self, out: &mut JsonWriter) {
        self.to_value().write(out);
    }

    fn to_value(&self) -> Value {
        let mut properties = match self.typed.to_value() {
            Value::Map(properties) => properties,
            Value::Function(function) => function.to_map(),
            _ => Map::new(),
        };
        properties.extend(self.given.iter().map(|(name, value)| (name.clone(), value.clone())));
        Value::Map(properties)
    }
}

/// The properties as the type that they were made of, if it is this one.
pub(crate) fn typed<T: Any>(properties: &mut dyn Properties) -> Option<&mut T> {
    let any: &mut dyn Any = properties;
    if any.is::<Overridden>() && !any.is::<T>() {
        return typed(&mut *any.downcast_mut::<Overridden>()?.typed);
    }
    any.downcast_mut()
}
