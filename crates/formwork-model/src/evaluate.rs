//! Evaluation: from the values of a template to [`Term`]s. The one evaluator; its functions are in the module `functions`.
//!
//! Sources: AWS CloudFormation Template Reference, "Intrinsic functions", "Condition functions", "Pseudo parameters" and
//! "AWS::LanguageExtensions transform". The words of errors are CloudFormation's own, as people search for them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;

use formwork_template::{Function, IndexMap, Map, Value, dynamic};

use crate::known::Known;
use crate::term::{Hole, Piece, Term};

/// Bytes of one text at most: a template has no more, and a text that grows beyond was made to grow.
pub const MAX_TEXT: usize = 1_048_576;

/// Bytes of all values that one evaluator gives, at most.
const MAX_ALL: usize = 64 * MAX_TEXT;

/// Why a value cannot be worked out, whatever is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvalError {
    /// A function whose arguments are not of its form.
    Malformed {
        /// The function, e.g. `Fn::Join`.
        function: String,
    },
    /// A condition that the template does not have.
    UnknownCondition {
        /// Its name.
        name: String,
    },
    /// A condition that hangs on itself.
    CircularCondition {
        /// Its name.
        name: String,
    },
    /// A value where a condition must be.
    NotACondition,
    /// A mapping that the template does not have.
    UnknownMapping {
        /// Its name.
        name: String,
    },
    /// Keys that a mapping does not have.
    UnknownMappingKey {
        /// The mapping, the first and the second key.
        keys: [String; 3],
    },
    /// A look-up inside of a mapping: it could find itself.
    LookUpInMapping,
    /// `Fn::Select` beyond the end of a list.
    NoItem {
        /// The index as it was given.
        index: String,
    },
    /// `Fn::Select` of an item that is `null`.
    NullItem,
    /// A name in `Fn::Sub` whose value is a list or an object.
    NotAText {
        /// The name.
        variable: String,
    },
    /// A block that cannot be cut as `Fn::Cidr` is asked to.
    Cidr {
        /// Why not.
        reason: String,
    },
    /// A function of rules outside of a rule.
    RulesOnly {
        /// The function.
        function: &'static str,
    },
    /// A macro, which only the service carries out.
    Macro {
        /// Its name.
        name: String,
    },
    /// A text that grows beyond what is worked out.
    TooLarge,
    /// A policy that is not one of those allowed.
    Policy {
        /// The attribute, e.g. `DeletionPolicy`.
        attribute: &'static str,
        /// The word.
        word: String,
        /// The words allowed.
        allowed: &'static [&'static str],
    },
    /// Rules of the template that do not hold, with their descriptions.
    Rules {
        /// One a rule.
        broken: Vec<String>,
    },
    /// The words of whoever was asked for a value.
    Unavailable {
        /// The words.
        reason: String,
    },
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvalError::Malformed { function } => f.write_str(&malformed(function)),
            EvalError::UnknownCondition { name } => write!(
                f,
                "Template error: unresolved condition dependency {name} in the Conditions block of the template"
            ),
            EvalError::CircularCondition { name } => {
                write!(f, "Template format error: Circular dependency of condition {name}")
            }
            EvalError::NotACondition => f.write_str(
                "Template format error: Conditions can only be boolean operations on parameters and other conditions",
            ),
            EvalError::UnknownMapping { name } => write!(
                f,
                "Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
            ),
            EvalError::UnknownMappingKey { keys: [map, top, second] } => {
                write!(f, "Template error: Unable to get mapping for {map}::{top}::{second}")
            }
            EvalError::LookUpInMapping => {
                f.write_str("Template format error: Every Mappings attribute must be a String or a List.")
            }
            EvalError::NoItem { index } => {
                write!(f, "Template error: Fn::Select cannot select nonexistent value at index {index}")
            }
            EvalError::NullItem => {
                f.write_str("Template error: Fn::Select requires that the list contains no null values")
            }
            EvalError::NotAText { variable } => {
                write!(f, "Template error: variable {variable} in Fn::Sub expression does not resolve to a string")
            }
            EvalError::Cidr { reason } => write!(f, "Template error: Fn::Cidr: {reason}"),
            EvalError::RulesOnly { function } => {
                write!(f, "Template format error: {function} can be used in rules only")
            }
            EvalError::Macro { name } => write!(f, "No transform named {name} found."),
            EvalError::TooLarge => {
                write!(f, "Template error: a value grows beyond {MAX_TEXT} bytes when its functions are worked out")
            }
            EvalError::Policy { attribute, word, allowed } => {
                write!(f, "Template error: {attribute} {word} is none of {}", allowed.join(", "))
            }
            EvalError::Rules { broken } => write!(f, "Template constraint failed: {}", broken.join("; ")),
            EvalError::Unavailable { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for EvalError {}

/// CloudFormation's words for a function whose arguments are not of its form.
fn malformed(name: &str) -> String {
    let form = match name {
        "Fn::Join" => "two parameters, the first a string delimiter and the second a list of strings to be joined",
        "Fn::Split" => "two parameters, the first a string delimiter and the second a string to be split",
        "Fn::Select" => "two parameters, the second a list of values",
        "Fn::If" => "a list of three: the name of a condition and two values",
        "Fn::Sub" => "a string, or a list of a string and a map of variables",
        "Fn::FindInMap" => "three parameters, the map name, the top level key and the second level key",
        "Fn::GetAtt" => "two non-empty parameters, the resource name and the resource attribute",
        "Fn::Cidr" => "an IP block, a count from 1 to 256 and optionally the number of host bits",
        "Fn::GetStackOutput" => "StackName and OutputName, and optionally Region and RoleArn",
        "Fn::Equals" => "a list of two",
        "Fn::Not" => "a list of one condition",
        "Fn::And" | "Fn::Or" => "a list of two to ten conditions",
        _ => return format!("Template format error: {name} is not a valid intrinsic function"),
    };
    format!("Template error: every {name} object requires {form}")
}

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// It does, or does not.
    Known(bool),
    /// It hangs on values that are not known: the condition as far as it is worked out.
    Open(Term),
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

    /// Whether a condition of the template holds.
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
                    let truth = self.truth(value)?;
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
            Term::Pieces(pieces) => pieces,
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
