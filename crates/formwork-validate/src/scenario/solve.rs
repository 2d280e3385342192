//! The values of variables with which a side of a comparison gives a text.

use formwork_model::{Hole, Piece, Term};

/// Characters put before a text, at most, so that it is the wanted item of a list.
const MAX_BEFORE: usize = 4096;

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// A parameter, a pseudo parameter, a dynamic reference, or a resource's value.
    Value(String),
    /// A condition that is not understood.
    Condition(String),
}

impl Name {
    /// The variable that fills the hole, if it is one.
    pub(super) fn of(hole: &Hole) -> Option<Name> {
        match hole {
            Hole::Dynamic(reference) => Some(Name::Value(reference.clone())),
            other => other.name().map(Name::Value),
        }
    }

    /// A text that nothing else is equal to.
    pub(super) fn unlike_all(&self) -> String {
        let (Name::Value(name) | Name::Condition(name)) = self;
        format!("\u{0}{name}")
    }
}

/// Adds values to `found` with which `side` gives `text`; none where it never does. `false` where that is not known.
pub(super) fn solve(side: &Term, text: &str, found: &mut Vec<(Name, String)>) -> bool {
    match side {
        Term::Text(_) | Term::Bool(_) | Term::Number(_) => true,
        Term::Pieces(pieces) => solve_pieces(pieces, text, found),
        Term::Hole(hole) => solve_hole(hole, text, found),
        Term::Absent | Term::Null | Term::Base64(_) | Term::List(_) | Term::Map(_) => false,
    }
}

fn solve_hole(hole: &Hole, text: &str, found: &mut Vec<(Name, String)>) -> bool {
    match hole {
        Hole::If(branches) => [&branches.then, &branches.otherwise].into_iter().all(|side| solve(side, text, found)),
        // The keys that it is looked up by are all tried.
        Hole::Mapped(_) => true,
        Hole::Call(call) => match (call.name.as_str(), &call.argument) {
            ("Fn::Join", Term::List(arguments)) => match arguments.as_slice() {
                [Term::Text(delimiter), list @ Term::Hole(_)] if delimiter.is_empty() => solve(list, text, found),
                [Term::Text(delimiter), list @ Term::Hole(_)] => {
                    solve(list, &text.replace(delimiter.as_str(), ","), found)
                }
                _ => false,
            },
            ("Fn::Select", Term::List(arguments)) => match arguments.as_slice() {
                [index, Term::Hole(list)] => {
                    let index = index.known_text().and_then(|text| text.parse().ok());
                    index.is_some_and(|index| solve_item(list, index, text, found))
                }
                _ => false,
            },
            _ => false,
        },
        other => match Name::of(other) {
            Some(name) => {
                found.push((name, text.to_owned()));
                true
            }
            None => false,
        },
    }
}

/// The item at `index` of a list is the text.
fn solve_item(list: &Hole, index: usize, text: &str, found: &mut Vec<(Name, String)>) -> bool {
    let after = |delimiter: &str| {
        let length = delimiter.len().saturating_mul(index);
        (length <= MAX_BEFORE).then(|| delimiter.repeat(index) + text)
    };
    match list {
        Hole::Call(call) if call.name == "Fn::Split" => match &call.argument {
            Term::List(arguments) => match arguments.as_slice() {
                [Term::Text(delimiter), source] => after(delimiter).is_some_and(|text| solve(source, &text, found)),
                _ => false,
            },
            _ => false,
        },
        Hole::Call(_) => false,
        list => after(",").is_some_and(|text| solve_hole(list, &text, found)),
    }
}

/// Each hole takes as little as it can: what is between two known pieces.
fn solve_pieces(pieces: &[Piece], text: &str, found: &mut Vec<(Name, String)>) -> bool {
    let mut rest = text;
    let mut open: Option<&Hole> = None;
    let mut values: Vec<(&Hole, &str)> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Hole(hole) => values.extend(open.replace(hole).map(|before| (before, ""))),
            Piece::Text(known) => {
                let at = match open {
                    None => rest.starts_with(known.as_str()).then_some(0),
                    Some(_) if place + 1 == pieces.len() => rest.strip_suffix(known.as_str()).map(str::len),
                    Some(_) => rest.find(known.as_str()),
                };
                // Whatever the values are, it is another text.
                let Some(at) = at else { return true };
                values.extend(open.take().map(|hole| (hole, &rest[..at])));
                rest = &rest[at + known.len()..];
            }
        }
    }
    values.extend(open.map(|hole| (hole, rest)));
    values.into_iter().all(|(hole, value)| solve_hole(hole, value, found))
}
