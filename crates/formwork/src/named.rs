//! Conditions and mappings as values: what [`Scope::condition`](crate::Scope::condition) and
//! [`Scope::mapping`](crate::Scope::mapping) return, instead of names that have to be typed again.

use std::sync::Arc;

use formwork_assembly::{Location, Problem};
use formwork_template::{Function, StackId, Val, Value, function};

use crate::contents::Contents;

/// A condition of a template.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut stack = Stack::<UsEast1>::new("example");
/// let stage = stack.parameter("Stage", parameter::text().default("test"));
/// let production = stack.condition("IsProduction", function::equals(stage, "production"));
/// let zone = stack.add("Zone", cfn::route53::HostedZone::default());
/// stack.options(&zone).condition(&production);
/// stack.output("Size", function::if_::<String>(&production, "large", "small"));
/// stack.condition("IsTest", function::not(&production));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `None` where it is a name alone.
    stack: Option<StackId>,
    name: Arc<str>,
}

impl Condition {
    pub(crate) fn new(stack: StackId, name: &str) -> Self {
        Condition { stack: Some(stack), name: Arc::from(name) }
    }

    /// The condition's name in its template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reports a condition of another stack.
    pub(crate) fn check(&self, contents: &mut Contents, location: &Location) {
        if let Some(stack) = self.stack.as_ref().filter(|stack| **stack != contents.id) {
            let message = format!(
                "the condition `{}` of stack `{}` is not one of stack `{}`",
                self.name, stack.name, contents.id.name
            );
            let hint = "a condition holds in its own template only: add one to each";
            contents.problem(Problem::error(message).at(location.clone()).hint(hint));
        }
    }
}

impl AsRef<str> for Condition {
    fn as_ref(&self) -> &str {
        &self.name
    }
}

impl From<&str> for Condition {
    fn from(name: &str) -> Self {
        Condition { stack: None, name: Arc::from(name) }
    }
}

impl From<&String> for Condition {
    fn from(name: &String) -> Self {
        Condition::from(name.as_str())
    }
}

impl From<String> for Condition {
    fn from(name: String) -> Self {
        Condition::from(name.as_str())
    }
}

impl From<&Condition> for Condition {
    fn from(condition: &Condition) -> Self {
        condition.clone()
    }
}

/// The condition as an operand of another one.
impl From<&Condition> for Function {
    fn from(condition: &Condition) -> Self {
        function::condition(&condition.name)
    }
}

impl From<Condition> for Function {
    fn from(condition: Condition) -> Self {
        Function::from(&condition)
    }
}

impl From<&Condition> for Value {
    fn from(condition: &Condition) -> Self {
        Function::from(condition).into()
    }
}

impl From<Condition> for Value {
    fn from(condition: Condition) -> Self {
        Value::from(&condition)
    }
}

/// A mapping of a template: a table of constants in two levels of keys.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut stack = Stack::<UsEast1>::new("example");
/// let sizes = stack.mapping("Sizes", json!({ "us-east-1": { "small": "t4g.nano", "large": "t4g.large" } }));
/// stack.output("Type", sizes.get::<String>(pseudo::region(), "small"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    name: Arc<str>,
}

impl Mapping {
    pub(crate) fn new(name: &str) -> Self {
        Mapping { name: Arc::from(name) }
    }

    /// The mapping's name in its template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `Fn::FindInMap`: the value under two keys.
    pub fn get<T>(&self, top: impl Into<Value>, second: impl Into<Value>) -> Val<T> {
        function::find_in_map(&self.name, top, second)
    }
}

impl AsRef<str> for Mapping {
    fn as_ref(&self) -> &str {
        &self.name
    }
}
