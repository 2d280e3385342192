//! Terms: values in which everything that is known is worked out.
//!
//! A text has one form, whichever function made it: `Fn::Join`, `Fn::Sub`, `Fn::Select` and a literal that give the same text give
//! equal terms. What is not known is a [`Hole`] that says where the value comes from, at the innermost place, so that the rest of a
//! value stays comparable.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use formwork_template::IndexMap;
use serde_json::{Map, Number, Value as Json, json};

/// A value of a template, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `AWS::NoValue`: the property or the item is not there.
    Absent,
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(Number),
    /// A text that is known.
    Text(String),
    /// A text of which parts are not known: at least two pieces, no two known ones beside each other.
    Pieces(Vec<Piece>),
    /// The base64 form of a text, kept as the text so that it can be compared and shown by lines.
    Base64(Box<Term>),
    /// A list.
    List(Vec<Term>),
    /// An object, in its author's order.
    Map(IndexMap<String, Term>),
    /// A value of which nothing is known but its source.
    Hole(Hole),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Known text.
    Text(String),
    /// A text that is not known.
    Hole(Hole),
}

/// The source of a value that is not known.
#[derive(Clone, Debug, PartialEq)]
pub enum Hole {
    /// A parameter to which no value is given.
    Parameter(String),
    /// A parameter that the deployer fills with the output of a stack that is deployed first.
    Producer {
        /// The parameter.
        parameter: String,
        /// The producer's name.
        stack: String,
    },
    /// A pseudo parameter, e.g. `AWS::StackId`.
    Pseudo(String),
    /// Value of `Ref` for a resource.
    Reference(String),
    /// Value of `Fn::GetAtt` for a resource.
    Attribute(String, String),
    /// A dynamic reference, without its braces: `resolve:ssm:/name:1`.
    Dynamic(String),
    /// A value that hangs on a condition that is not decided.
    If(Arc<Branches>),
    /// A value of a mapping whose keys are not known, with the part of the mapping in question.
    Mapped(Arc<Mapped>),
    /// A function that cannot be worked out, with its arguments: `Fn::Select` of a list that is not known, an export of another
    /// stack, a macro.
    Call(Arc<Call>),
}

/// Two values of which an undecided condition chooses one.
#[derive(Clone, Debug)]
pub struct Branches {
    /// The condition's name.
    pub name: String,
    /// The condition, as far as it is known: a tree of [`Hole::Call`]s.
    pub condition: Term,
    /// The value when it holds.
    pub then: Term,
    /// The value when it does not.
    pub otherwise: Term,
}

/// A look-up in a mapping by keys that are not known.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// The mapping's name, if that is known.
    pub mapping: Term,
    /// The first key.
    pub top: Term,
    /// The second key.
    pub second: Term,
    /// The entries that the keys may mean, first key by first key.
    pub table: Json,
    /// The value where the mapping does not have the keys.
    pub default: Option<Term>,
}

/// A function that is not worked out.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its name in a template, e.g. `Fn::Select`.
    pub name: String,
    /// Its argument, in the form that the template has.
    pub argument: Term,
}

/// The name of a condition is not its meaning.
impl PartialEq for Branches {
    fn eq(&self, other: &Self) -> bool {
        self.condition == other.condition && self.then == other.then && self.otherwise == other.otherwise
    }
}

/// Nor is the name of a mapping. Of one mapping as it was and as it is, without a default, both tables have the entry that is meant, or the
/// look-up fails: an entry that one of them alone has is not the one.
///
/// Source: AWS CloudFormation Template Reference, "Fn::FindInMap", `DefaultValue`: "The value that Fn::FindInMap will resolve to if the
/// TopLevelKey and/or SecondLevelKey can not be found from the MapName map"; without it, "Template error: Unable to get mapping for".
impl PartialEq for Mapped {
    fn eq(&self, other: &Self) -> bool {
        self.top == other.top
            && self.second == other.second
            && self.default == other.default
            && (self.table == other.table || self.default.is_none() && self.agrees(other))
    }
}

impl Mapped {
    /// True if both tables have entries with the same keys, and these are the same.
    fn agrees(&self, other: &Mapped) -> bool {
        /// True if there is such an entry at this depth or below; beside it, true if all of them are the same.
        fn common(one: &Json, other: &Json, depth: usize) -> (bool, bool) {
            let (Some(one), Some(other), true) = (one.as_object(), other.as_object(), depth > 0) else {
                return (true, one == other);
            };
            let both = one.iter().filter_map(|(key, item)| Some(common(item, other.get(key)?, depth - 1)));
            both.fold((false, true), |(any, all), (is_one, is_same)| (any | is_one, all && is_same))
        }
        // Where the mapping itself is not known, there is a table for each that may be meant.
        let levels = if self.mapping.known_text().is_some() { 2 } else { 3 };
        self.mapping == other.mapping && common(&self.table, &other.table, levels) == (true, true)
    }
}

impl Term {
    /// A text.
    pub fn text(text: impl Into<String>) -> Term {
        Term::Text(text.into())
    }

    /// A value that is known, as JSON.
    pub fn from_json(value: &Json) -> Term {
        match value {
            Json::Null => Term::Null,
            Json::Bool(value) => Term::Bool(*value),
            Json::Number(number) => Term::Number(number.clone()),
            Json::String(text) => Term::Text(text.clone()),
            Json::Array(items) => Term::List(items.iter().map(Term::from_json).collect()),
            Json::Object(entries) => {
                Term::Map(entries.iter().map(|(key, entry)| (key.clone(), Term::from_json(entry))).collect())
            }
        }
    }

    /// The text of pieces, in the one form that a text has.
    pub fn of_pieces(pieces: impl IntoIterator<Item = Piece>) -> Term {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (_, Piece::Text(text)) if text.is_empty() => {}
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        match <[Piece; 1]>::try_from(joined) {
            Ok([Piece::Text(text)]) => Term::Text(text),
            Ok([Piece::Hole(hole)]) => Term::Hole(hole),
            Err(joined) if joined.is_empty() => Term::Text(String::new()),
            Err(joined) => Term::Pieces(joined),
        }
    }

    /// A call of a function.
    pub fn call(name: &str, argument: Term) -> Term {
        Term::Hole(Hole::Call(Arc::new(Call { name: name.to_owned(), argument })))
    }

    /// The text that a function makes of the value: of a text itself, a number, a truth value or a hole. `None` for a list, an
    /// object or nothing.
    pub fn pieces(&self) -> Option<Vec<Piece>> {
        Some(match self {
            Term::Text(text) => vec![Piece::Text(text.clone())],
            Term::Bool(value) => vec![Piece::Text(value.to_string())],
            Term::Number(number) => vec![Piece::Text(number.to_string())],
            Term::Pieces(pieces) => pieces.clone(),
            Term::Hole(hole) => vec![Piece::Hole(hole.clone())],
            Term::Base64(inner) => match inner.encoded() {
                Some(text) => vec![Piece::Text(text)],
                None => vec![Piece::Hole(Hole::Call(Arc::new(Call {
                    name: "Fn::Base64".to_owned(),
                    argument: (**inner).clone(),
                })))],
            },
            Term::Absent | Term::Null | Term::List(_) | Term::Map(_) => return None,
        })
    }

    /// The text, if the value is a scalar that is known: the one spelling of scalars that CloudFormation compares and joins.
    pub fn known_text(&self) -> Option<String> {
        match self {
            Term::Text(text) => Some(text.clone()),
            Term::Bool(value) => Some(value.to_string()),
            Term::Number(number) => Some(number.to_string()),
            Term::Base64(inner) => inner.encoded(),
            _ => None,
        }
    }

    /// The base64 form of the text, if that is known.
    fn encoded(&self) -> Option<String> {
        Some(BASE64_STANDARD.encode(self.known_text()?))
    }

    /// True if everything in the value is known.
    pub fn is_known(&self) -> bool {
        match self {
            Term::Pieces(_) | Term::Hole(_) => false,
            Term::Base64(inner) => inner.is_known(),
            Term::List(items) => items.iter().all(Term::is_known),
            Term::Map(entries) => entries.values().all(Term::is_known),
            Term::Absent | Term::Null | Term::Bool(_) | Term::Number(_) | Term::Text(_) => true,
        }
    }

    /// Calls `visit` for every hole in the value, also for those within the arguments of calls and the branches of conditions.
    pub fn visit_holes(&self, visit: &mut dyn FnMut(&Hole)) {
        match self {
            Term::Hole(hole) => hole.visit(visit),
            Term::Pieces(pieces) => pieces.iter().for_each(|piece| {
                if let Piece::Hole(hole) = piece {
                    hole.visit(visit);
                }
            }),
            Term::Base64(inner) => inner.visit_holes(visit),
            Term::List(items) => items.iter().for_each(|item| item.visit_holes(visit)),
            Term::Map(entries) => entries.values().for_each(|entry| entry.visit_holes(visit)),
            Term::Absent | Term::Null | Term::Bool(_) | Term::Number(_) | Term::Text(_) => {}
        }
    }

    /// The greatest of the answers about the places of a value, which is at `place`; `*` is an item of a list.
    ///
    /// An empty list holds no place: it counts only where it is one itself, which an empty name asks for. An empty object is nothing:
    /// `None`, if there is nothing else.
    pub fn greatest<'a, R: Ord>(&'a self, place: &mut Vec<&'a str>, of: &dyn Fn(&[&str]) -> R) -> Option<R> {
        let mut below = |name: &'a str, item: &'a Term| {
            place.push(name);
            let found = item.greatest(place, of);
            place.pop();
            found
        };
        let found = match self {
            Term::Absent => None,
            Term::Map(entries) => return entries.iter().filter_map(|(name, item)| below(name, item)).max(),
            Term::List(items) => items.iter().filter_map(|item| below("*", item)).max(),
            _ => Some(of(place)),
        };
        found.or_else(|| {
            let Term::List(_) = self else { return None };
            place.push("");
            let own = of(place);
            place.pop();
            Some(own)
        })
    }

    /// A bound for the memory that the value takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Term::Absent | Term::Null | Term::Bool(_) | Term::Number(_) => 8,
            Term::Text(text) => 8 + text.len(),
            Term::Pieces(pieces) => pieces.iter().map(Piece::weight).sum(),
            Term::Base64(inner) => inner.weight(),
            Term::List(items) => items.iter().map(Term::weight).sum::<usize>() + 8,
            Term::Map(entries) => entries.iter().map(|(key, entry)| key.len() + entry.weight()).sum::<usize>() + 8,
            Term::Hole(hole) => hole.weight(),
        }
    }

    /// The value as JSON; `hole` says how a value that is not known is written. `AWS::NoValue` is left out of objects and lists, and
    /// is `null` by itself.
    pub fn to_json(&self, hole: &mut dyn FnMut(&Hole) -> Json) -> Json {
        match self {
            Term::Absent | Term::Null => Json::Null,
            Term::Bool(value) => Json::Bool(*value),
            Term::Number(number) => Json::Number(number.clone()),
            Term::Text(text) => Json::String(text.clone()),
            Term::Pieces(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(known) => text.push_str(known),
                        Piece::Hole(unknown) => match hole(unknown) {
                            Json::String(known) => text.push_str(&known),
                            other => text.push_str(&other.to_string()),
                        },
                    }
                }
                Json::String(text)
            }
            Term::Base64(inner) => match inner.encoded() {
                Some(text) => Json::String(text),
                None => {
                    let call = Call { name: "Fn::Base64".to_owned(), argument: (**inner).clone() };
                    hole(&Hole::Call(Arc::new(call)))
                }
            },
            Term::List(items) => {
                Json::Array(items.iter().filter(|item| **item != Term::Absent).map(|item| item.to_json(hole)).collect())
            }
            Term::Map(entries) => {
                let there = entries.iter().filter(|(_, entry)| **entry != Term::Absent);
                Json::Object(there.map(|(key, entry)| (key.clone(), entry.to_json(hole))).collect())
            }
            Term::Hole(unknown) => hole(unknown),
        }
    }

    /// The value as a template would say it: holes are the functions that they come from.
    pub fn to_template(&self) -> Json {
        match self {
            Term::Pieces(pieces) => spelled(pieces),
            Term::Base64(inner) => json!({ "Fn::Base64": inner.to_template() }),
            Term::List(items) => {
                Json::Array(items.iter().filter(|item| **item != Term::Absent).map(Term::to_template).collect())
            }
            Term::Map(entries) => {
                let there = entries.iter().filter(|(_, entry)| **entry != Term::Absent);
                Json::Object(there.map(|(key, entry)| (key.clone(), entry.to_template())).collect())
            }
            Term::Hole(hole) => hole.to_template(),
            Term::Absent => json!({ "Ref": "AWS::NoValue" }),
            known => known.to_json(&mut Hole::to_template),
        }
    }
}

/// A text with holes: by `Fn::Sub` where names alone are filled in, else by `Fn::Join`.
fn spelled(pieces: &[Piece]) -> Json {
    let mut text = String::new();
    let has_names = pieces.iter().any(|piece| matches!(piece, Piece::Hole(hole) if hole.name().is_some()));
    for piece in pieces {
        match piece {
            Piece::Text(known) if has_names => text.push_str(&known.replace("${", "${!")),
            Piece::Text(known) => text.push_str(known),
            Piece::Hole(Hole::Dynamic(reference)) => {
                text.push_str("{{");
                text.push_str(reference);
                text.push_str("}}");
            }
            Piece::Hole(hole) => match hole.name() {
                Some(name) => {
                    text.push_str("${");
                    text.push_str(&name);
                    text.push('}');
                }
                None => {
                    let parts = pieces.iter().map(|piece| match piece {
                        Piece::Text(known) => json!(known),
                        Piece::Hole(hole) => hole.to_template(),
                    });
                    return json!({ "Fn::Join": ["", parts.collect::<Vec<_>>()] });
                }
            },
        }
    }
    if has_names { json!({ "Fn::Sub": text }) } else { json!(text) }
}

impl Piece {
    fn weight(&self) -> usize {
        match self {
            Piece::Text(text) => 8 + text.len(),
            Piece::Hole(hole) => hole.weight(),
        }
    }
}

/// The key of the object that stands for a value which a producer gives once it is deployed, in the JSON of a preview.
pub const KNOWN_AFTER: &str = "Formwork::KnownAfter";

impl Hole {
    fn visit(&self, visit: &mut dyn FnMut(&Hole)) {
        visit(self);
        match self {
            Hole::If(branches) => {
                for term in [&branches.condition, &branches.then, &branches.otherwise] {
                    term.visit_holes(visit);
                }
            }
            Hole::Mapped(mapped) => {
                let terms = [&mapped.mapping, &mapped.top, &mapped.second].into_iter().chain(&mapped.default);
                terms.for_each(|term| term.visit_holes(visit));
            }
            Hole::Call(call) => call.argument.visit_holes(visit),
            _ => {}
        }
    }

    fn weight(&self) -> usize {
        32 + match self {
            Hole::Parameter(name) | Hole::Pseudo(name) | Hole::Reference(name) | Hole::Dynamic(name) => name.len(),
            Hole::Producer { parameter, stack } => parameter.len() + stack.len(),
            Hole::Attribute(id, attribute) => id.len() + attribute.len(),
            Hole::If(branches) => branches.then.weight() + branches.otherwise.weight(),
            // The table is shared with the mapping.
            Hole::Mapped(mapped) => 64 + mapped.default.as_ref().map_or(0, Term::weight),
            Hole::Call(call) => call.argument.weight(),
        }
    }

    /// The name that `Fn::Sub` takes for it.
    pub fn name(&self) -> Option<String> {
        match self {
            Hole::Parameter(name) | Hole::Pseudo(name) | Hole::Reference(name) => Some(name.clone()),
            Hole::Attribute(id, attribute) => Some(format!("{id}.{attribute}")),
            _ => None,
        }
    }

    /// The function that gives the value, as a template says it.
    pub fn to_template(&self) -> Json {
        match self {
            Hole::Parameter(name) | Hole::Pseudo(name) | Hole::Reference(name) => json!({ "Ref": name }),
            Hole::Attribute(id, attribute) => json!({ "Fn::GetAtt": [id, attribute] }),
            Hole::Producer { stack, .. } => json!({ KNOWN_AFTER: stack }),
            Hole::Dynamic(reference) => json!(format!("{{{{{reference}}}}}")),
            Hole::If(branches) => {
                json!({ "Fn::If": [branches.name, branches.then.to_template(), branches.otherwise.to_template()] })
            }
            Hole::Mapped(mapped) => {
                let mut keys = [&mapped.mapping, &mapped.top, &mapped.second].map(Term::to_template).to_vec();
                keys.extend(mapped.default.as_ref().map(|default| json!({ "DefaultValue": default.to_template() })));
                json!({ "Fn::FindInMap": keys })
            }
            Hole::Call(call) => Json::Object(Map::from_iter([(call.name.clone(), call.argument.to_template())])),
        }
    }
}
