//! The engine's knowledge for the evaluation of a template. The evaluation itself is `formwork_model`'s.
//!
//! Values of resources come from [`Resources`], because a preview and an operation know different things; values of other stacks come
//! from [`Outside`]. Values that the model leaves open are [`UNKNOWN`] in the engine's JSON.

mod dynamic;
mod outside;
mod text;

pub(crate) use dynamic::References;
pub(crate) use outside::Outside;
pub(crate) use text::text_of;

use std::collections::BTreeMap;

pub(crate) use formwork_model::change_set::KNOWN_AFTER_APPLY as UNKNOWN;
use formwork_model::evaluate::Truth;
use formwork_model::term::Hole;
use formwork_model::{Document as Written, Entry, EvalError, Known, Pseudo, Term, parameter};
use formwork_template::{Map, Value};
use serde_json::Value as Json;

/// The values of the stack's own resources.
pub(crate) trait Resources {
    /// The value of `Ref`.
    fn reference(&self, logical_id: &str) -> Result<Term, String>;
    /// The value of `Fn::GetAtt`.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, String>;
}

/// Works out the values of one template.
pub(crate) struct Evaluator<'a> {
    document: &'a Written<'static>,
    knows: Knows<'a>,
}

/// The engine's answers to what an evaluation asks.
struct Knows<'a> {
    pseudo: &'a Pseudo,
    parameters: &'a BTreeMap<String, Term>,
    resources: &'a dyn Resources,
    outside: &'a dyn Outside,
    references: References,
}

impl Known for Knows<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.parameters.get(name).cloned()
    }

    fn pseudo(&self, name: &str) -> Term {
        self.pseudo.get(name).unwrap_or_else(|| Term::Hole(Hole::Pseudo(name.to_owned())))
    }

    fn reference(&self, logical_id: &str) -> Result<Term, EvalError> {
        self.resources.reference(logical_id).map_err(unavailable)
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, EvalError> {
        self.resources.attribute(logical_id, attribute).map_err(unavailable)
    }

    fn import(&self, name: &str) -> Result<Option<Term>, EvalError> {
        self.outside.import(name).map(|value| Some(Term::Text(value))).map_err(unavailable)
    }

    fn stack_output(&self, stack: &str, output: &str, region: Option<&str>) -> Result<Option<Term>, EvalError> {
        let value = self.outside.stack_output(stack, output, region).map_err(unavailable)?;
        Ok(value.map(Term::Text))
    }

    fn zones(&self, region: &str) -> Option<Term> {
        let region = if region.is_empty() { &self.pseudo.region } else { region };
        Some(Term::List(["a", "b", "c"].map(|zone| Term::Text(format!("{region}{zone}"))).into()))
    }

    fn dynamic(&self, reference: &str) -> Result<Option<String>, EvalError> {
        // To functions a reference is a text like any other: the service that it is given to resolves it.
        dynamic::resolve(self.outside, self.references, reference).map(Some).map_err(unavailable)
    }
}

fn unavailable(reason: String) -> EvalError {
    EvalError::Unavailable { reason }
}

/// A term as the engine keeps and shows it.
pub(crate) fn json(term: &Term) -> Json {
    term.to_json(&mut |_| Json::String(UNKNOWN.to_owned()))
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        document: &'a Written<'static>,
        pseudo: &'a Pseudo,
        parameters: &'a BTreeMap<String, Term>,
        resources: &'a dyn Resources,
        outside: &'a dyn Outside,
    ) -> Self {
        Evaluator { document, knows: Knows { pseudo, parameters, resources, outside, references: References::Kept } }
    }

    /// The same, with other things done about dynamic references.
    pub(crate) fn with(mut self, references: References) -> Self {
        self.knows.references = references;
        self
    }

    fn model(&self) -> formwork_model::Evaluator<'_> {
        formwork_model::Evaluator::new(&self.document.conditions, &self.document.mappings, &self.knows)
    }

    /// True if a condition of the template holds.
    pub(crate) fn condition(&self, name: &str) -> Result<bool, String> {
        match self.model().condition(name).map_err(words)? {
            Truth::Known(holds) => Ok(holds),
            // A condition may ask for nothing that the engine does not know.
            Truth::Open(_) => Err(words(EvalError::NotACondition)),
        }
    }

    /// A value; `None` is `AWS::NoValue`.
    pub(crate) fn value(&self, value: &Value) -> Result<Option<Json>, String> {
        let term = self.model().value(value).map_err(words)?;
        Ok((term != Term::Absent).then(|| json(&term)))
    }

    /// The properties of a resource, or another object.
    pub(crate) fn map(&self, map: &Map) -> Result<Json, String> {
        self.model().map(map).map(|term| json(&term)).map_err(words)
    }

    /// Checks the rules of the template.
    pub(crate) fn rules(&self) -> Result<(), String> {
        self.model().rules(&self.document.rules).map_err(words)
    }

    /// The properties of a resource, with holes where a value is not known yet.
    pub(crate) fn terms(&self, map: &Map) -> Result<Term, String> {
        self.model().map(map).map_err(words)
    }

    /// An attribute of a resource that is an object: `Metadata`, `CreationPolicy`, `UpdatePolicy`. `None` where there is none.
    pub(crate) fn attribute(&self, entry: &Entry, name: &str) -> Result<Option<Term>, String> {
        let Some(value) = entry.attributes.get(name) else { return Ok(None) };
        let term = self.model().value(value).map_err(words)?;
        Ok((term != Term::Absent).then_some(term))
    }

    /// The word of `DeletionPolicy` or `UpdateReplacePolicy`; with the language extensions a function may give it.
    pub(crate) fn policy(&self, entry: &Entry, name: &'static str) -> Result<Option<String>, String> {
        let Some(value) = entry.attributes.get(name) else { return Ok(None) };
        let value = self.model().value(value).map_err(words)?;
        parameter::policy(name, &value).map_err(words)
    }
}

fn words(error: EvalError) -> String {
    error.to_string()
}
