//! Evaluation: from the values of a template to [`Term`]s. The one evaluator; its functions are in the module `functions`.
//!
//! Sources: AWS CloudFormation Template Reference, "Intrinsic functions", "Condition functions", "Pseudo parameters" and
//! "AWS::LanguageExtensions transform".

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use formwork_template::{Function, IndexMap, Map, Value, dynamic};

pub use crate::error::{EvalError, MAX_TEXT};
use crate::known::Known;
use crate::term::{Hole, Piece, Term};

/// Bytes of all values that one evaluator gives, at most.
const MAX_ALL: usize = 64 * MAX_TEXT;

/// Truth of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// It does, or does not.
    Known(bool),
    /// It hangs on values that are not known: the condition as far as it is worked out.
    Open(Term),
}

/// Bytes of a condition that is not decided, beyond which only its fingerprint is kept: conditions that name each other twice would
/// grow with every step.
const MAX_OPEN: usize = 4_096;

impl Truth {
    /// The same, with the fingerprint in the place of a large condition. Equal conditions have equal fingerprints.
    fn bounded(self) -> Truth {
        match self {
            Truth::Open(term) if term.weight() > MAX_OPEN => {
                let mut hasher = DefaultHasher::new();
                term.to_template().to_string().hash(&mut hasher);
                Truth::Open(Term::call("Condition", Term::Text(format!("{:016x}", hasher.finish()))))
            }
            other => other,
        }
    }
}

/// Works out the values of one template.
pub struct Evaluator<'a> {
    pub(crate) conditions: &'a Map,
    pub(crate) mappings: &'a Map,
    pub(crate) known: &'a dyn Known,
    /// Conditions that were worked out; `None` while one is, so that a circle ends.
    decided: RefCell<BTreeMap<String, Option<Truth>>>,
    spent: Cell<usize>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of a template with these conditions and mappings.
    pub fn new(conditions: &'a Map, mappings: &'a Map, known: &'a dyn Known) -> Self {
        Evaluator { conditions, mappings, known, decided: RefCell::default(), spent: Cell::new(0) }
    }

    /// Truth of a condition of the template.
    ///
    /// # Errors
    ///
    /// Where the condition is unknown, circular or malformed.
    pub fn condition(&self, name: &str) -> Result<Truth, EvalError> {
        if let Some(holds) = self.known.condition(name) {
            return Ok(Truth::Known(holds));
        }
        let is_begun = |name: &str| self.decided.borrow().contains_key(name);
        let is_decided = |name: &str| self.decided.borrow().get(name).is_some_and(Option::is_some);
        // Conditions that this one hangs on come first, without recursion: a chain may have more links than the stack has room for.
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.pop() {
            if is_decided(&next) {
                continue;
            }
            let Some(value) = self.conditions.get(&next) else {
                return Err(EvalError::UnknownCondition { name: next });
            };
            let mut undecided = None;
            value.visit_functions(&mut |function| {
                if let Function::If { condition: name, .. } | Function::Condition(name) = function
                    && undecided.is_none()
                    && self.known.condition(name).is_none()
                    && !is_decided(name)
                {
                    undecided = Some(name.clone());
                }
            });
            match undecided {
                None => {
                    let truth = self.truth(value)?.bounded();
                    self.decided.borrow_mut().insert(next, Some(truth));
                }
                Some(first) if is_begun(&first) || first == next => {
                    return Err(EvalError::CircularCondition { name: first });
                }
                Some(first) => {
                    self.decided.borrow_mut().insert(next.clone(), None);
                    open.extend([next, first]);
                }
            }
        }
        let decided = self.decided.borrow().get(name).cloned().flatten();
        decided.ok_or_else(|| EvalError::UnknownCondition { name: name.to_owned() })
    }

    /// A value; [`Term::Absent`] is `AWS::NoValue`.
    ///
    /// # Errors
    ///
    /// Where a function in it is wrong whatever is known.
    pub fn value(&self, value: &Value) -> Result<Term, EvalError> {
        let term = match value {
            Value::Null => Term::Null,
            Value::Bool(value) => Term::Bool(*value),
            Value::Number(number) => Term::Number(number.clone()),
            Value::String(text) => self.literal(text)?,
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    match self.value(item)? {
                        Term::Absent => {}
                        term => list.push(term),
                    }
                }
                return Ok(Term::List(list));
            }
            Value::Map(map) => return self.map(map),
            Value::Function(function) => match self.function(function) {
                Ok(term) => term,
                Err(EvalError::TooLarge) => return Err(EvalError::TooLarge),
                Err(error) => self.known.fault(error, function)?,
            },
        };
        self.spend(&term)?;
        Ok(term)
    }

    /// The properties of a resource, or another object.
    ///
    /// # Errors
    ///
    /// As for [`Evaluator::value`].
    pub fn map(&self, map: &Map) -> Result<Term, EvalError> {
        if let Some((name, argument)) = map.first()
            && map.len() == 1
            && name.starts_with("Fn::")
        {
            // Read as an object because its arguments are not of a known form.
            let error = EvalError::Malformed { function: name.clone() };
            return self.known.fault(error, &Function::Untyped(argument.clone()));
        }
        let mut entries = IndexMap::with_capacity(map.len());
        for (key, value) in map {
            match self.value(value)? {
                Term::Absent => {}
                term => _ = entries.insert(key.clone(), term),
            }
        }
        Ok(Term::Map(entries))
    }

    /// The text that a value gives, in pieces; `None` where it is a list, an object or nothing.
    pub(crate) fn pieces(&self, value: &Value) -> Result<Option<Vec<Piece>>, EvalError> {
        Ok(self.value(value)?.pieces())
    }

    /// A text of the template, with its dynamic references told apart.
    pub(crate) fn literal(&self, text: &str) -> Result<Term, EvalError> {
        if text.len() <= MAX_TEXT && !dynamic::is_in(text) {
            return Ok(Term::text(text));
        }
        self.joined(vec![Piece::Text(text.to_owned())])
    }

    /// The text of pieces, bounded, with its dynamic references told apart.
    pub(crate) fn joined(&self, pieces: Vec<Piece>) -> Result<Term, EvalError> {
        let mut length = 0;
        for piece in &pieces {
            length += match piece {
                Piece::Text(text) => text.len(),
                Piece::Hole(_) => 32,
            };
            if length > MAX_TEXT {
                return Err(EvalError::TooLarge);
            }
        }
        let whole = match Term::of_pieces(pieces) {
            Term::Text(text) if dynamic::is_in(&text) => vec![Piece::Text(text)],
            Term::Pieces(pieces) if pieces.iter().any(has_reference) => pieces,
            other => return Ok(other),
        };
        let mut parts = Vec::new();
        for piece in whole {
            let Piece::Text(text) = piece else {
                parts.push(piece);
                continue;
            };
            for part in dynamic::parts(&text) {
                parts.push(match part {
                    dynamic::Part::Text(text) => Piece::Text(text.to_owned()),
                    dynamic::Part::Reference(reference) => match self.known.dynamic(reference)? {
                        Some(value) => Piece::Text(value),
                        None => Piece::Hole(Hole::Dynamic(reference.to_owned())),
                    },
                });
            }
        }
        Ok(Term::of_pieces(parts))
    }

    fn spend(&self, term: &Term) -> Result<(), EvalError> {
        let spent = self.spent.get().saturating_add(term.weight());
        self.spent.set(spent);
        if spent > MAX_ALL { Err(EvalError::TooLarge) } else { Ok(()) }
    }
}

/// True for a text with a dynamic reference in it.
fn has_reference(piece: &Piece) -> bool {
    matches!(piece, Piece::Text(text) if dynamic::is_in(text))
}
