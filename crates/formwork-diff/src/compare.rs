//! Comparing terms: values that have one meaning are not a difference, and one inserted item of a list is one insertion.
//!
//! CloudFormation takes scalars as text wherever a schema describes the place: there, a number, a truth value and their spellings mean
//! the same. In free JSON, which goes through as it is, `5` and `"5"` are different. Sources: AWS CloudFormation User Guide,
//! "Parameters" ("when you use the parameter elsewhere in your template, the parameter value becomes a literal string"), and the
//! comparison of `@aws-cdk/cloudformation-diff` (`deepEqual`: "allows a numeric 10 and a literal "10" to be equivalent; this is
//! consistent with CloudFormation"). Two texts are equal only when they are the same: "1.10" is not "1.1".

use std::collections::BTreeMap;

use formwork_model::term::{Branches, Hole, Piece, Term};
use formwork_template::IndexMap;

use crate::pairing::{self, IDENTITIES, Item};
use crate::path::{Path, Step};
use crate::value::quote;

/// One difference between two values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change<'a> {
    pub(crate) path: Path,
    pub(crate) before: Option<&'a Term>,
    pub(crate) after: Option<&'a Term>,
    pub(crate) kind: Kind,
    /// The cause, where the values do not show it.
    pub(crate) because: Option<String>,
}

/// Kind of difference between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// For certain.
    Different,
    /// The same items of a list in another order.
    OrderOnly,
    /// The template says another value, which may turn out to be the same: one of the two is not known, or both are spellings of one
    /// truth value.
    Unsure,
    /// The template says the same, and the value becomes another one for certain, since what it refers to is replaced.
    Follows,
    /// The template says the same, and the value may become another one.
    MayFollow,
}

/// The reason of a list's change beside the changes of its items.
pub(crate) const OTHERS_IN_ANOTHER_ORDER: &str = "its other items are in another order";

/// Answers that the comparison needs about the places and the names in the values.
pub(crate) trait Around {
    /// True if the order of a list's items has no meaning, by the list's place.
    fn is_unordered(&self, path: &Path) -> bool;
    /// True if the list at the place is one of tags, whose order has no meaning.
    fn is_tags(&self, path: &Path) -> bool;
    /// True if the place takes JSON as it is.
    fn is_free_json(&self, path: &Path) -> bool;
    /// Change of a value whose source is the same on both sides.
    fn follows(&self, hole: &Hole) -> Follows;
}

/// Change of a value whose source is the same on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Follows {
    /// It stays.
    #[default]
    No,
    /// It may become another one; why.
    Perhaps(String),
    /// It becomes another one; why.
    Surely(String),
}

impl Follows {
    /// The more certain of two.
    pub(crate) fn or(self, other: Follows) -> Follows {
        match (&self, &other) {
            (Follows::Surely(_), _) | (Follows::Perhaps(_), Follows::Perhaps(_) | Follows::No) => self,
            _ => other,
        }
    }

    /// The same, where one cannot be sure any more.
    pub(crate) fn perhaps(self) -> Follows {
        match self {
            Follows::Surely(why) => Follows::Perhaps(why),
            other => other,
        }
    }
}

/// All differences between two values, the innermost place of each.
pub(crate) fn changes<'a>(
    path: &Path,
    before: Option<&'a Term>,
    after: Option<&'a Term>,
    around: &dyn Around,
    found: &mut Vec<Change<'a>>,
) {
    let there = |side: Option<&'a Term>| side.filter(|term| **term != Term::Absent);
    match (there(before), there(after)) {
        (None, None) => {}
        (Some(before), Some(after)) => both(path, before, after, around, found),
        (before, after) => {
            let undecided = before.or(after).and_then(|term| match term {
                Term::Hole(Hole::If(branches))
                    if branches.then == Term::Absent || branches.otherwise == Term::Absent =>
                {
                    Some(format!(
                        "it is there only if `{}` {}",
                        branches.name,
                        if branches.otherwise == Term::Absent { "holds" } else { "does not hold" }
                    ))
                }
                _ => None,
            });
            let kind = if undecided.is_some() { Kind::MayFollow } else { Kind::Different };
            found.push(Change { path: path.clone(), before, after, kind, because: undecided });
        }
    }
}

fn both<'a>(path: &Path, before: &'a Term, after: &'a Term, around: &dyn Around, found: &mut Vec<Change<'a>>) {
    let mut push = |kind: Kind, because: Option<String>| {
        found.push(Change { path: path.clone(), before: Some(before), after: Some(after), kind, because });
    };
    match (before, after) {
        (Term::Map(old), Term::Map(new)) => {
            for (name, item) in new {
                let before = old.get(name);
                if before.is_none_or(|before| !is_same(before, item, around)) {
                    changes(&path.name(name), before, Some(item), around, found);
                }
            }
            for (name, item) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
                changes(&path.name(name), Some(item), None, around, found);
            }
        }
        (Term::List(old), Term::List(new)) => {
            if before == after && before.is_known() {
                return;
            }
            list(path, (before, old), (after, new), around, found);
        }
        (Term::Base64(old), Term::Base64(new)) if old.pieces().is_some() && new.pieces().is_some() => {
            let mut inner = Vec::new();
            both(path, old, new, around, &mut inner);
            for change in inner {
                found.push(Change { before: Some(before), after: Some(after), ..change });
            }
        }
        (Term::Hole(Hole::If(old)), Term::Hole(Hole::If(new))) if old.condition == new.condition => {
            branches(path, old, new, around, found);
        }
        // The same keys, and other entries: whether the ones that are meant differ is not known.
        (Term::Hole(Hole::Mapped(old)), Term::Hole(Hole::Mapped(new)))
            if old != new && (&old.mapping, &old.top, &old.second) == (&new.mapping, &new.top, &new.second) =>
        {
            push(Kind::MayFollow, Some("an entry of a mapping changes, and may be the one that is meant".to_owned()));
        }
        _ if before == after => match follows(after, around) {
            Follows::No => {}
            Follows::Perhaps(why) => push(Kind::MayFollow, Some(why)),
            Follows::Surely(why) => push(Kind::Follows, Some(why)),
        },
        _ => match (before.known_text(), after.known_text()) {
            (Some(old), Some(new)) if old == new => {
                // A number and its text; the same kind of scalar would be the same value.
                if is_text(before) != is_text(after) && around.is_free_json(path) {
                    push(Kind::Different, None);
                }
            }
            (Some(_), Some(_)) if same_number(before, after) => {}
            // The service reads both as one truth value; it is not documented whether CloudFormation compares before or after that.
            (Some(old), Some(new)) if same_truth(&old, &new) && !around.is_free_json(path) => {
                push(Kind::Unsure, Some(format!("`{old}` and `{new}` may be the same truth value")));
            }
            (Some(_), Some(_)) => push(Kind::Different, None),
            _ if before.is_known() && after.is_known() => push(Kind::Different, None),
            _ => {
                let surely = match (before.pieces(), after.pieces()) {
                    (Some(old), Some(new)) => surely_differ(&old, &new),
                    // A text is not an object, whatever is in it.
                    (None, None) => false,
                    _ => !is_hole(before) && !is_hole(after),
                };
                push(if surely { Kind::Different } else { Kind::Unsure }, None);
            }
        },
    }
}

/// True for equal values that refer to nothing that changes, as most are: no path is made for them.
pub(crate) fn is_same(before: &Term, after: &Term, around: &dyn Around) -> bool {
    before == after && follows(after, around) == Follows::No
}

fn is_text(term: &Term) -> bool {
    matches!(term, Term::Text(_) | Term::Base64(_))
}

fn is_hole(term: &Term) -> bool {
    matches!(term, Term::Hole(_))
}

/// `1` and `1.0`.
fn same_number(left: &Term, right: &Term) -> bool {
    match (left, right) {
        (Term::Number(left), Term::Number(right)) => left.as_f64() == right.as_f64(),
        _ => false,
    }
}

/// `true` and `True`.
fn same_truth(left: &str, right: &str) -> bool {
    let is_truth = |text: &str| ["true", "false"].iter().any(|truth| text.eq_ignore_ascii_case(truth));
    is_truth(left) && left.eq_ignore_ascii_case(right)
}

/// Both sides hang on the same condition: each branch is compared with its like, and what differs in one of them may come.
fn branches<'a>(path: &Path, old: &'a Branches, new: &'a Branches, around: &dyn Around, found: &mut Vec<Change<'a>>) {
    let sides = [(&old.then, &new.then, "holds"), (&old.otherwise, &new.otherwise, "does not hold")];
    for (before, after, holds) in sides {
        let mut inner = Vec::new();
        changes(path, Some(before), Some(after), around, &mut inner);
        for change in inner {
            let because = change.because.unwrap_or_else(|| format!("if `{}` {holds}", new.name));
            found.push(Change { kind: Kind::MayFollow, because: Some(because), ..change });
        }
    }
    let mut condition = Follows::No;
    new.condition.visit_holes(&mut |hole| {
        condition = std::mem::take(&mut condition).or(around.follows(hole));
    });
    if let Follows::Surely(why) | Follows::Perhaps(why) = condition {
        let (before, after) = (Some(&old.then), Some(&new.otherwise));
        found.push(Change { path: path.clone(), before, after, kind: Kind::MayFollow, because: Some(why) });
    }
}

/// Change of a value whose source is the same on both sides.
pub(crate) fn follows(term: &Term, around: &dyn Around) -> Follows {
    match term {
        Term::Hole(hole) => hole_follows(hole, around),
        Term::Pieces(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(_) => Follows::No,
                Piece::Hole(hole) => hole_follows(hole, around),
            })
            .fold(Follows::No, Follows::or),
        Term::Base64(inner) => follows(inner, around),
        Term::List(items) => items.iter().map(|item| follows(item, around)).fold(Follows::No, Follows::or),
        Term::Map(entries) => entries.values().map(|entry| follows(entry, around)).fold(Follows::No, Follows::or),
        Term::Absent | Term::Null | Term::Bool(_) | Term::Number(_) | Term::Text(_) => Follows::No,
    }
}

fn hole_follows(hole: &Hole, around: &dyn Around) -> Follows {
    match hole {
        Hole::If(branches) => [&branches.condition, &branches.then, &branches.otherwise]
            .into_iter()
            .map(|term| follows(term, around))
            .fold(Follows::No, Follows::or)
            .perhaps(),
        Hole::Mapped(mapped) => [&mapped.mapping, &mapped.top, &mapped.second]
            .into_iter()
            .chain(&mapped.default)
            .map(|term| follows(term, around))
            .fold(Follows::No, Follows::or)
            .perhaps(),
        Hole::Call(call) => {
            let inner = follows(&call.argument, around);
            // Another text in these gives another text; the others may choose the part that stays.
            if matches!(call.name.as_str(), "Fn::Join" | "Fn::Base64" | "Fn::ToJsonString") {
                inner
            } else {
                inner.perhaps()
            }
        }
        other => around.follows(other),
    }
}

/// True if two texts differ whatever the values are that are not known in them.
fn surely_differ(old: &[Piece], new: &[Piece]) -> bool {
    fn holes(pieces: &[Piece]) -> impl Iterator<Item = &Hole> {
        pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Hole(hole) => Some(hole),
        })
    }
    fn known(piece: Option<&Piece>) -> &str {
        match piece {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }
    if holes(old).eq(holes(new)) {
        // The values that are not known are the same, and the text around them is not.
        return true;
    }
    let (start, other) = (known(old.first()), known(new.first()));
    if !start.starts_with(other) && !other.starts_with(start) {
        return true;
    }
    let (end, other) = (known(old.last()), known(new.last()));
    !end.ends_with(other) && !other.ends_with(end)
}

/// One side of a list: the list itself, and its items.
type Side<'a> = (&'a Term, &'a [Term]);

fn list<'a>(
    path: &Path,
    before: (&'a Term, &'a Vec<Term>),
    after: (&'a Term, &'a Vec<Term>),
    around: &dyn Around,
    found: &mut Vec<Change<'a>>,
) {
    let (before, after): (Side<'a>, Side<'a>) = ((before.0, before.1.as_slice()), (after.0, after.1.as_slice()));
    let (old, new) = (before.1, after.1);
    if around.is_tags(path)
        && let (Some(before), Some(after)) = (tags(old), tags(new))
    {
        for (key, item) in &after {
            let path = path.with(Step::Tag((*key).to_owned()));
            changes(&path, before.get(key).copied(), Some(item), around, found);
        }
        for (key, item) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
            changes(&path.with(Step::Tag((*key).to_owned())), Some(item), None, around, found);
        }
        return;
    }
    if old == new {
        for (index, (before, after)) in old.iter().zip(new).enumerate() {
            if is_same(before, after, around) {
                continue;
            }
            let path = path.with(Step::Item { before: Some(index), after: Some(index) });
            changes(&path, Some(before), Some(after), around, found);
        }
        return;
    }
    let free = around.is_free_json(path);
    let items = |side: &[Term]| {
        side.iter().map(|item| Item { text: canonical(item, free), identity: None }).collect::<Vec<_>>()
    };
    let (mut old_items, mut new_items) = (items(old), items(new));
    let is_unordered = around.is_unordered(path);
    let same = pairing::reordered(&old_items, &new_items);
    if same.is_none() {
        for (items, side) in [(&mut old_items, old), (&mut new_items, new)] {
            items.iter_mut().zip(side).for_each(|(item, term)| item.identity = identity(term));
        }
    }
    let because = same.is_none().then(|| OTHERS_IN_ANOTHER_ORDER.to_owned());
    let pairs = if let Some(pairs) = same {
        pairs
    } else if is_unordered {
        pairing::in_any_order(&old_items, &new_items)
    } else {
        pairing::in_order(&old_items, &new_items)
    };
    // Of items that stay, beside others that come, go or change.
    if pairing::is_another_order(&pairs) {
        let (before, after) = (Some(before.0), Some(after.0));
        found.push(Change { path: path.clone(), before, after, kind: Kind::OrderOnly, because });
    }
    for (old_index, new_index) in pairs {
        let before = old_index.and_then(|index| old.get(index));
        let after = new_index.and_then(|index| new.get(index));
        if before.zip(after).is_none_or(|(before, after)| !is_same(before, after, around)) {
            let path = path.with(Step::Item { before: old_index, after: new_index });
            changes(&path, before, after, around, found);
        }
    }
}

/// A list of tags by key: every item an object with a `Key` of its own beside other things. Their order has no meaning.
pub(crate) fn tags(items: &[Term]) -> Option<BTreeMap<&str, &Term>> {
    let mut tags = BTreeMap::new();
    for item in items {
        let Term::Map(tag) = item else { return None };
        let known = |name: &String| matches!(name.as_str(), "Key" | "Value" | "PropagateAtLaunch");
        if !tag.contains_key("Value") || !tag.keys().all(known) {
            return None;
        }
        let Some(Term::Text(key)) = tag.get("Key") else { return None };
        if tags.insert(key.as_str(), item).is_some() {
            return None;
        }
    }
    (!tags.is_empty()).then_some(tags)
}

/// One text for all values of one meaning: keys sorted, tags by key, scalars as text unless the place is free JSON.
fn canonical(term: &Term, free: bool) -> String {
    let mut text = String::new();
    write_canonical(term, free, &mut text);
    text
}

fn write_canonical(term: &Term, free: bool, out: &mut String) {
    match term {
        Term::Map(map) => {
            let mut sorted: Vec<(&str, &Term)> = map.iter().map(|(key, item)| (key.as_str(), item)).collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            write_entries(sorted.into_iter(), free, out);
        }
        Term::List(items) => match tags(items) {
            Some(tags) => {
                out.push('#');
                write_entries(tags.into_iter(), free, out);
            }
            None => {
                out.push('[');
                for item in items {
                    write_canonical(item, free, out);
                    out.push(',');
                }
                out.push(']');
            }
        },
        Term::Text(text) => quote(text, out),
        scalar => match scalar.known_text() {
            Some(text) => {
                if free && !is_text(scalar) {
                    out.push('=');
                }
                quote(&text, out);
            }
            None => quote(&scalar.to_template().to_string(), out),
        },
    }
}

fn write_entries<'a>(entries: impl Iterator<Item = (&'a str, &'a Term)>, free: bool, out: &mut String) {
    out.push('{');
    for (key, item) in entries {
        quote(key, out);
        out.push(':');
        write_canonical(item, free, out);
        out.push(',');
    }
    out.push('}');
}

fn identity(term: &Term) -> Option<(&'static str, String)> {
    let Term::Map(map) = term else { return None };
    let of = |map: &IndexMap<String, Term>, name: &'static str| Some((name, canonical(map.get(name)?, false)));
    IDENTITIES.iter().find_map(|name| of(map, name))
}
