//! One side of a difference: a template as it would be deployed, with every value worked out as far as it is known.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use formwork_model::evaluate::Truth;
use formwork_model::references::names_of;
use formwork_model::term::Hole;
use formwork_model::{Document, Entry, EvalError, Evaluator, Known, Name, Pseudo, Term, parameter, secret};
use formwork_template::{Function, IndexMap, Map, Template, Value};

use crate::globals;
use crate::parameters::ParameterValue;

/// Existence of a resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Exists {
    /// It is.
    Yes,
    /// It is not: its condition does not hold.
    No,
    /// Its condition, by name, hangs on values that are not known: the condition as far as it is worked out.
    Perhaps(String, Term),
}

/// A template with its values worked out.
pub(crate) struct Side<'t> {
    pub(crate) template: &'t Template,
    pub(crate) document: Document<'t>,
    /// The resources. One that is the same on the other side is shared with it.
    pub(crate) resources: IndexMap<String, Rc<Resource>>,
    /// Outputs that are there, or may be, worked out.
    pub(crate) outputs: IndexMap<String, Term>,
    /// Parameters by name, as functions see them. Those with `NoEcho` are holes.
    pub(crate) parameters: BTreeMap<String, Term>,
    /// Parameters with `NoEcho`, here or on the other side.
    pub(crate) secrets: BTreeSet<String>,
    /// The parameters with their secrets, which are compared and never shown.
    revealed: BTreeMap<String, Term>,
    pseudo: Option<Pseudo>,
    /// Conditions by name.
    pub(crate) conditions: BTreeMap<String, Truth>,
    /// The reasons for which a value cannot be worked out by anybody, each once.
    pub(crate) faults: Vec<String>,
}

/// A resource with its values worked out.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) type_name: String,
    pub(crate) exists: Exists,
    /// An object.
    pub(crate) properties: Term,
    /// Everything beside type, condition, properties and `DependsOn`.
    pub(crate) attributes: BTreeMap<String, Term>,
}

/// Known values of a side: those of parameters, and those of pseudo parameters that the caller gives.
struct Values<'v> {
    parameters: &'v BTreeMap<String, Term>,
    pseudo: Option<&'v Pseudo>,
    /// Conditions that are decided already.
    decided: BTreeMap<String, bool>,
    faults: RefCell<BTreeSet<String>>,
}

impl Known for Values<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.parameters.get(name).cloned()
    }

    fn pseudo(&self, name: &str) -> Term {
        let known = self.pseudo.and_then(|pseudo| pseudo.get(name)).filter(|term| *term != Term::text(""));
        known.unwrap_or_else(|| Term::Hole(Hole::Pseudo(name.to_owned())))
    }

    fn condition(&self, name: &str) -> Option<bool> {
        self.decided.get(name).copied()
    }

    /// Something can be said about every other value, so the function stays as it is written.
    fn fault(&self, error: EvalError, function: &Function) -> Result<Term, EvalError> {
        // A macro is not a mistake.
        if !matches!(error, EvalError::Macro { .. }) {
            self.faults.borrow_mut().insert(error.to_string());
        }
        Ok(as_written(function))
    }
}

/// A function that cannot be worked out, with its arguments as they are written.
fn as_written(function: &Function) -> Term {
    match function {
        Function::Untyped(value) => Term::call("Fn::Unknown", written(value)),
        function => match function.to_map().into_iter().next() {
            Some((name, argument)) => Term::call(&name, written(&argument)),
            None => Term::Null,
        },
    }
}

fn written(value: &Value) -> Term {
    match value {
        Value::Null => Term::Null,
        Value::Bool(value) => Term::Bool(*value),
        Value::Number(number) => Term::Number(number.clone()),
        Value::String(text) => Term::text(text.as_str()),
        Value::List(items) => Term::List(items.iter().map(written).collect()),
        Value::Map(map) => Term::Map(map.iter().map(|(key, item)| (key.clone(), written(item))).collect()),
        Value::Function(function) => match &**function {
            Function::Ref(name) => Term::Hole(Hole::Reference(name.clone())),
            other => as_written(other),
        },
    }
}

/// The values of all parameters, secrets included.
fn values(template: &Template, given: Option<&IndexMap<String, ParameterValue>>) -> BTreeMap<String, Term> {
    let value = |(name, parameter): (&String, &formwork_template::Parameter)| {
        let hole = || Term::Hole(Hole::Parameter(name.clone()));
        let term = match given.and_then(|given| given.get(name)) {
            Some(ParameterValue::KnownAfter(stack)) => {
                Term::Hole(Hole::Producer { parameter: name.clone(), stack: stack.clone() })
            }
            Some(ParameterValue::Known(text)) => parameter::term(&parameter.parameter_type, text),
            None => parameter::default_text(parameter)
                .map_or_else(hole, |text| parameter::term(&parameter.parameter_type, &text)),
        };
        (name.clone(), term)
    };
    template.parameters.iter().map(value).collect()
}

/// The conditions that are decided when secrets are known.
fn decided(
    template: &Template,
    parameters: &BTreeMap<String, Term>,
    pseudo: Option<&Pseudo>,
) -> BTreeMap<String, bool> {
    let known = Values { parameters, pseudo, decided: BTreeMap::new(), faults: RefCell::default() };
    let evaluator = Evaluator::new(&template.conditions, &template.mappings, &known);
    let decided = template.conditions.keys().filter_map(|name| match evaluator.condition(name) {
        Ok(Truth::Known(holds)) => Some((name.clone(), holds)),
        _ => None,
    });
    decided.collect()
}

/// Names whose values differ between two sides.
struct Differing<'s> {
    other: &'s Side<'s>,
    parameters: BTreeSet<&'s str>,
    conditions: BTreeSet<&'s str>,
    mappings: bool,
}

impl<'s> Differing<'s> {
    fn new(
        other: &'s Side<'s>,
        parameters: &'s BTreeMap<String, Term>,
        conditions: &'s BTreeMap<String, Truth>,
        mappings: &Map,
    ) -> Differing<'s> {
        fn names<'s, T: PartialEq>(one: &'s BTreeMap<String, T>, other: &'s BTreeMap<String, T>) -> BTreeSet<&'s str> {
            let all = one.keys().chain(other.keys());
            all.filter(|name| one.get(*name) != other.get(*name)).map(String::as_str).collect()
        }
        Differing {
            parameters: names(parameters, &other.parameters),
            conditions: names(conditions, &other.conditions),
            mappings: *mappings != *other.document.mappings,
            other,
        }
    }

    /// The resource of the other side, if it is written in the same way there and names nothing that differs.
    fn same(&self, id: &str, entry: &Entry<'_>) -> Option<Rc<Resource>> {
        let twin = self.other.document.resources.get(id)?;
        let is_same = twin.type_name == entry.type_name
            && twin.condition == entry.condition
            && entry.condition.as_deref().is_none_or(|name| !self.conditions.contains(name))
            && twin.properties == entry.properties
            && twin.whole == entry.whole
            && twin.attributes == entry.attributes
            && (self.is_empty() || entry.values().all(|value| !self.is_named_in(value)));
        is_same.then(|| self.other.resources.get(id).cloned()).flatten()
    }

    fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.conditions.is_empty() && !self.mappings
    }

    fn is_named_in(&self, value: &Value) -> bool {
        let mut found = false;
        value.visit_functions(&mut |function| {
            found |= self.mappings && matches!(function, Function::FindInMap { .. });
            names_of(function, &mut |name| {
                found |= match name {
                    Name::Ref(name) | Name::Attribute(name, _) => self.parameters.contains(name),
                    Name::Condition(name) => self.conditions.contains(name),
                    Name::Mapping(_) => false,
                };
            });
        });
        found
    }
}

impl<'t> Side<'t> {
    /// A side of a difference. `other`, where it is given, is the other side with the same `pseudo` and `secrets`.
    pub(crate) fn new(
        template: &'t Template,
        given: Option<&IndexMap<String, ParameterValue>>,
        pseudo: Option<&Pseudo>,
        secrets: &BTreeSet<String>,
        other: Option<&Side<'_>>,
    ) -> Side<'t> {
        let with_secrets = values(template, given);
        let mut parameters = with_secrets.clone();
        for name in secrets {
            if let Some(term @ (Term::Text(_) | Term::List(_))) = parameters.get_mut(name) {
                *term = Term::Hole(Hole::Parameter(name.clone()));
            }
        }
        // Conditions may ask for a secret, of which they show no more than whether they hold.
        let decided = decided(template, &with_secrets, pseudo);
        let known = Values { parameters: &parameters, pseudo, decided, faults: RefCell::default() };
        let mut document = Document::new(template, &known).unwrap_or_else(|error| {
            known.faults.borrow_mut().insert(error.to_string());
            Document::unexpanded(template)
        });
        globals::apply(template, &mut document);
        let evaluator = Evaluator::new(&document.conditions, &document.mappings, &known);
        let fault = |error: EvalError| known.faults.borrow_mut().insert(error.to_string());
        let truth = |name: &str| {
            evaluator.condition(name).unwrap_or_else(|error| {
                fault(error);
                Truth::Open(Term::call("Condition", Term::text(name)))
            })
        };
        let exists = |condition: Option<&str>| match condition.map(|name| (name, truth(name))) {
            None | Some((_, Truth::Known(true))) => Exists::Yes,
            Some((_, Truth::Known(false))) => Exists::No,
            Some((name, Truth::Open(term))) => Exists::Perhaps(name.to_owned(), term),
        };
        let value = |value: &Value| {
            evaluator.value(value).unwrap_or_else(|error| {
                fault(error);
                written(value)
            })
        };
        let map = |map: &Map| {
            evaluator.map(map).unwrap_or_else(|error| {
                fault(error);
                Term::Map(map.iter().map(|(key, item)| (key.clone(), written(item))).collect())
            })
        };
        let conditions: BTreeMap<String, Truth> =
            document.conditions.keys().map(|name| (name.clone(), truth(name))).collect();
        let differing = other.map(|other| Differing::new(other, &parameters, &conditions, &document.mappings));
        let resources = document.resources.iter().map(|(id, entry)| {
            if let Some(resource) = differing.as_ref().and_then(|differing| differing.same(id, entry)) {
                return (id.clone(), resource);
            }
            let exists = exists(entry.condition.as_deref());
            let resource = if exists == Exists::No {
                Resource {
                    type_name: entry.type_name.clone(),
                    exists,
                    properties: Term::Map(IndexMap::new()),
                    attributes: BTreeMap::new(),
                }
            } else {
                let attributes = entry.attributes.iter().map(|(name, item)| (name.clone(), value(item)));
                Resource {
                    type_name: entry.type_name.clone(),
                    properties: match &entry.whole {
                        Some(whole) => value(whole),
                        None => map(&entry.properties),
                    },
                    attributes: attributes.filter(|(_, term)| *term != Term::Absent).collect(),
                    exists,
                }
            };
            (id.clone(), Rc::new(resource))
        });
        let resources: IndexMap<String, Rc<Resource>> = resources.collect();
        let outputs = document
            .outputs
            .iter()
            .filter_map(|(name, output)| {
                let condition = output.as_map().and_then(|output| output.get("Condition")).and_then(Value::as_str);
                (exists(condition) != Exists::No).then(|| (name.clone(), value(output)))
            })
            .collect();
        let faults = known.faults.take().into_iter().collect();
        Side {
            template,
            document,
            resources,
            outputs,
            parameters,
            secrets: secrets.clone(),
            revealed: with_secrets,
            pseudo: pseudo.cloned(),
            conditions,
            faults,
        }
    }

    /// The properties of a resource with the secrets in them: to be compared, and not shown.
    pub(crate) fn revealed(&self, id: &str) -> Option<Term> {
        let decided = self.conditions.iter().filter_map(|(name, truth)| match truth {
            Truth::Known(holds) => Some((name.clone(), *holds)),
            Truth::Open(_) => None,
        });
        let known = Values {
            parameters: &self.revealed,
            pseudo: self.pseudo.as_ref(),
            decided: decided.collect(),
            faults: RefCell::default(),
        };
        let evaluator = Evaluator::new(&self.document.conditions, &self.document.mappings, &known);
        let entry = self.document.resources.get(id)?;
        match &entry.whole {
            Some(whole) => evaluator.value(whole).ok(),
            None => evaluator.map(&entry.properties).ok(),
        }
    }

    /// The condition on which an output hangs, as far as it is worked out; `None` if the output is there for certain.
    pub(crate) fn condition_of_output(&self, name: &str) -> Option<&Term> {
        let output = self.document.outputs.get(name)?.as_map()?;
        match self.conditions.get(output.get("Condition")?.as_str()?)? {
            Truth::Known(_) => None,
            Truth::Open(term) => Some(term),
        }
    }

    /// The resource, unless its condition does not hold.
    pub(crate) fn resource(&self, id: &str) -> Option<&Rc<Resource>> {
        self.resources.get(id).filter(|resource| resource.exists != Exists::No)
    }

    /// True if a resource is the same on the other side.
    pub(crate) fn is_shared(&self, id: &str, other: &Side<'_>) -> bool {
        let both = self.resources.get(id).zip(other.resources.get(id));
        both.is_some_and(|(own, other)| Rc::ptr_eq(own, other))
    }

    /// True if a value is a secret or has one in it.
    pub(crate) fn is_secret(&self, term: &Term) -> bool {
        secret::is_in(term, &self.secrets)
    }
}

impl Resource {
    /// A word such as `Retain`; `None` where it is not given or not known.
    pub(crate) fn word(&self, attribute: &str) -> Option<String> {
        self.attributes.get(attribute)?.known_text()
    }

    /// The value of a property, dotted.
    pub(crate) fn property(&self, path: &str) -> Option<&Term> {
        let mut term = &self.properties;
        for name in path.split('.') {
            let Term::Map(map) = term else { return None };
            term = map.get(name)?;
        }
        Some(term)
    }
}
