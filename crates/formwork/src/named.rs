//! Conditions and mappings as values: what [`Scope::condition`](crate::Scope::condition) and
//! [`Scope::mapping`](crate::Scope::mapping) return, instead of names that have to be typed again.

use std::fmt;
use std::sync::Arc;

use formwork_assembly::{Location, Problem};
use formwork_template::{Function, Reference, Source, StackId, Val, Value, function, token};

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
#[derive(Clone, PartialEq, Eq)]
pub struct Condition {
    /// `None` where it is a name alone.
    stack: Option<StackId>,
    name: Arc<str>,
    text: Arc<str>,
}

/// The name of an entry of a stack's template as a text that knows the stack: in a template of another one it is a problem.
fn marked(source: Source, stack: &StackId, name: &str) -> Arc<str> {
    let reference = Reference { source, ..Reference::to(stack.clone(), name) };
    token::of(&Function::Reference(reference)).into()
}

/// The problem of a condition or a mapping that is used in the template of another stack.
pub(crate) fn elsewhere(kind: &str, name: &str, stack: &StackId, used_in: &StackId) -> Problem {
    let message = format!("the {kind} `{name}` of stack `{}` is not one of stack `{}`", stack.name, used_in.name);
    Problem::error(message).hint(match kind {
        "condition" => "a condition holds in its own template only: add one to each",
        _ => "a mapping is of its own template only: add one to each",
    })
}

impl Condition {
    pub(crate) fn new(stack: StackId, name: &str) -> Self {
        let text = marked(Source::Condition, &stack, name);
        Condition { stack: Some(stack), name: Arc::from(name), text }
    }

    /// The condition's name in its template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reports a condition of another stack.
    pub(crate) fn check(&self, contents: &mut Contents, location: &Location) {
        if let Some(stack) = self.stack.as_ref().filter(|stack| **stack != contents.id) {
            let problem = elsewhere("condition", &self.name, stack, &contents.id);
            contents.problem(problem.at(location.clone()));
        }
    }
}

/// The name, for functions: in the template of another stack it is a problem.
impl AsRef<str> for Condition {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Condition {
    fn from(name: &str) -> Self {
        Condition { stack: None, name: Arc::from(name), text: Arc::from(name) }
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
        function::condition(condition)
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
#[derive(Clone, PartialEq, Eq)]
pub struct Mapping {
    name: Arc<str>,
    text: Arc<str>,
}

impl Mapping {
    pub(crate) fn new(stack: &StackId, name: &str) -> Self {
        Mapping { name: Arc::from(name), text: marked(Source::Mapping, stack, name) }
    }

    /// The mapping's name in its template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `Fn::FindInMap`: the value under two keys.
    pub fn get<T>(&self, top: impl Into<Value>, second: impl Into<Value>) -> Val<T> {
        function::find_in_map(&self.text, top, second)
    }
}

/// The name, for functions: in the template of another stack it is a problem.
impl AsRef<str> for Mapping {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// A token that no text takes.
impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&function::condition(self), f)
    }
}

/// A token that no text takes.
impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}
