//! The `Condition` of a statement: whether one set of conditions holds whenever another one does.
//!
//! An operator that is not known here, and a value that is a function, is equal to itself only.

use serde_json::{Map, Value};

use super::address::{Blocks, cidr};
use super::pattern::{Pattern, Unknowns};
use super::text::{Part, parts, spelled};
use crate::value::{canonical, is_function};

/// All conditions of a statement: every one must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conditions(Vec<Clause>);

/// One operator with one key: one of the values must match, or none of them when the operator negates.
#[derive(Clone, Debug, PartialEq)]
struct Clause {
    /// `ForAllValues:`, `ForAnyValue:` or nothing.
    quantifier: String,
    operator: Operator,
    /// Holds also when the request has no such key.
    if_exists: bool,
    /// Without regard to case, as IAM compares keys.
    key: String,
    values: Vec<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Operator {
    /// Texts: as they are, or with wildcards, with regard to case or not.
    Text {
        is_pattern: bool,
        folds: bool,
        negates: bool,
    },
    Address {
        negates: bool,
    },
    /// Below or above a bound of numbers or dates.
    Bound {
        kind: &'static str,
        is_upper: bool,
        is_inclusive: bool,
    },
    /// Any other, by its name.
    Other(String),
}

impl Operator {
    fn new(name: &str) -> Operator {
        let text = |is_pattern, folds, negates| Operator::Text { is_pattern, folds, negates };
        let bound = |kind, is_upper, is_inclusive| Operator::Bound { kind, is_upper, is_inclusive };
        match name {
            "StringEquals" => text(false, false, false),
            "StringNotEquals" => text(false, false, true),
            "StringEqualsIgnoreCase" => text(false, true, false),
            "StringNotEqualsIgnoreCase" => text(false, true, true),
            "StringLike" | "ArnLike" | "ArnEquals" => text(true, false, false),
            "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => text(true, false, true),
            "Bool" => text(false, true, false),
            "IpAddress" => Operator::Address { negates: false },
            "NotIpAddress" => Operator::Address { negates: true },
            "NumericLessThan" => bound("number", true, false),
            "NumericLessThanEquals" => bound("number", true, true),
            "NumericGreaterThan" => bound("number", false, false),
            "NumericGreaterThanEquals" => bound("number", false, true),
            "DateLessThan" => bound("date", true, false),
            "DateLessThanEquals" => bound("date", true, true),
            "DateGreaterThan" => bound("date", false, false),
            "DateGreaterThanEquals" => bound("date", false, true),
            other => Operator::Other(other.to_owned()),
        }
    }

    /// True if more values let more through.
    fn is_alternative(&self) -> bool {
        match self {
            Operator::Text { negates, .. } | Operator::Address { negates } => !negates,
            Operator::Bound { .. } | Operator::Other(_) => false,
        }
    }
}

/// More alternatives than this are compared as a whole.
const ALTERNATIVES: usize = 256;

impl Conditions {
    /// Clauses of a statement's `Condition`.
    pub(super) fn new(value: Option<&Value>) -> Conditions {
        let mut clauses = Vec::new();
        match value {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) if !value.is_some_and(is_function) => operators(map, &mut clauses),
            Some(other) => clauses.push(Clause::opaque(other)),
        }
        Conditions(clauses)
    }

    /// True if these hold whenever `narrow` do: each one here follows from one there.
    pub(super) fn cover(&self, narrow: &Conditions, unknowns: Unknowns) -> bool {
        let may = |wide: &Clause, narrow: &Clause| {
            unknowns == Unknowns::Anything && wide.key == narrow.key && wide.unknowns() != narrow.unknowns()
        };
        self.0.iter().all(|wide| narrow.0.iter().any(|narrow| wide.follows_from(narrow) || may(wide, narrow)))
    }

    /// The same as several: one for each choice of a single value where one of several suffices.
    pub(super) fn alternatives(&self) -> Vec<Conditions> {
        let mut found = vec![Vec::new()];
        for clause in &self.0 {
            let splits = clause.operator.is_alternative()
                && clause.quantifier != "ForAllValues:"
                && clause.values.len() > 1
                && found.len().saturating_mul(clause.values.len()) <= ALTERNATIVES;
            let choices: Vec<Clause> = if splits {
                clause.values.iter().map(|value| Clause { values: vec![value.clone()], ..clause.clone() }).collect()
            } else {
                vec![clause.clone()]
            };
            found = found
                .iter()
                .flat_map(|chosen: &Vec<Clause>| {
                    choices.iter().map(|choice| chosen.iter().cloned().chain([choice.clone()]).collect())
                })
                .collect();
        }
        found.into_iter().map(Conditions).collect()
    }
}

fn operators(map: &Map<String, Value>, clauses: &mut Vec<Clause>) {
    for (name, keys) in map {
        let (quantifier, bare) = match name.split_once(':') {
            Some((quantifier, bare)) => (format!("{quantifier}:"), bare),
            None => (String::new(), name.as_str()),
        };
        let (bare, if_exists) = match bare.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (bare, false),
        };
        let Some(keys) = keys.as_object().filter(|_| !is_function(keys)) else {
            if !keys.is_null() {
                clauses.push(Clause::opaque(keys));
            }
            continue;
        };
        for (key, values) in keys {
            let values = match values {
                Value::Array(items) => items.iter().filter(|item| !item.is_null()).map(value_parts).collect(),
                one => vec![value_parts(one)],
            };
            let (operator, key) = (Operator::new(bare), key.to_ascii_lowercase());
            clauses.push(Clause { quantifier: quantifier.clone(), operator, if_exists, key, values });
        }
    }
}

fn value_parts(value: &Value) -> Vec<Part> {
    parts(value).unwrap_or_else(|| vec![Part::Unknown(canonical(value))])
}

impl Clause {
    fn opaque(value: &Value) -> Clause {
        Clause {
            quantifier: String::new(),
            operator: Operator::Other(String::new()),
            if_exists: false,
            key: String::new(),
            values: vec![value_parts(value)],
        }
    }

    /// The parts of its values that are not known.
    fn unknowns(&self) -> Vec<&Part> {
        self.values.iter().flatten().filter(|part| matches!(part, Part::Unknown(_))).collect()
    }

    /// True if this one holds whenever `narrow` does.
    fn follows_from(&self, narrow: &Clause) -> bool {
        if self == narrow {
            return true;
        }
        if self.key != narrow.key || self.quantifier != narrow.quantifier || (narrow.if_exists && !self.if_exists) {
            return false;
        }
        match (&self.operator, &narrow.operator) {
            (
                Operator::Text { is_pattern, folds, negates },
                Operator::Text { is_pattern: narrow_pattern, folds: narrow_folds, negates: narrow_negates },
            ) if negates == narrow_negates && (*negates || *folds || !narrow_folds) => {
                let all = |clause: &Clause, is_pattern: bool| -> Vec<Pattern> {
                    let pattern = |value: &Vec<Part>| {
                        let pattern = if is_pattern { Pattern::new(value) } else { Pattern::literal(value) };
                        if *folds || *narrow_folds { pattern.folded() } else { pattern }
                    };
                    clause.values.iter().map(pattern).collect()
                };
                let (wide, narrow) = (all(self, *is_pattern), all(narrow, *narrow_pattern));
                match negates {
                    false => narrow.iter().all(|narrow| wide.iter().any(|wide| wide.covers(narrow))),
                    // Values that are left out here must be left out there.
                    true if *folds && !narrow_folds => false,
                    true => wide.iter().all(|wide| narrow.iter().any(|narrow| narrow.covers(wide))),
                }
            }
            (Operator::Address { negates }, Operator::Address { negates: narrow_negates })
                if negates == narrow_negates =>
            {
                if *negates {
                    within(&self.values, &narrow.values)
                } else {
                    within(&narrow.values, &self.values)
                }
            }
            (
                Operator::Bound { kind, is_upper, is_inclusive },
                Operator::Bound { kind: narrow_kind, is_upper: narrow_upper, is_inclusive: narrow_inclusive },
            ) if kind == narrow_kind && is_upper == narrow_upper => {
                let (Some(wide), Some(narrow)) = (self.bound(*is_upper), narrow.bound(*is_upper)) else {
                    return false;
                };
                let beyond = if *is_upper { narrow < wide } else { narrow > wide };
                beyond || (narrow == wide && (*is_inclusive || !narrow_inclusive))
            }
            (Operator::Other(name), Operator::Other(narrow_name)) if name == narrow_name => {
                narrow.values.iter().all(|value| self.values.contains(value))
                    && (!name.contains("Not") || self.values.len() == narrow.values.len())
            }
            _ => false,
        }
    }

    /// The bound that counts, as one of several must hold: numbers, or dates as digits in the order of time.
    fn bound(&self, is_upper: bool) -> Option<f64> {
        let number = |value: &Vec<Part>| -> Option<f64> {
            let [Part::Known(text)] = value.as_slice() else { return None };
            text.parse().ok().or_else(|| date(text))
        };
        let numbers: Vec<f64> = self.values.iter().map(number).collect::<Option<_>>()?;
        numbers.into_iter().reduce(if is_upper { f64::max } else { f64::min })
    }
}

/// `2025-01-31T12:00:00Z` as one number that grows with time; a date alone is its midnight.
fn date(text: &str) -> Option<f64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let shape_holds = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | 'T' | ':'));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !shape_holds || digits.len() < 8 || digits.len() > 14 {
        return None;
    }
    format!("{digits:0<14}").parse().ok()
}

/// True if each address of some blocks is in one of others. A block that is not known is in itself, and in all addresses.
fn within(narrow: &[Vec<Part>], wide: &[Vec<Part>]) -> bool {
    let blocks = Blocks::new(wide.iter().filter_map(|value| cidr(&spelled(value))));
    narrow.iter().all(|value| match cidr(&spelled(value)) {
        Some((family, range)) => blocks.contain(family, range),
        None => wide.contains(value),
    })
}
