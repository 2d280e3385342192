//! Sets of texts: a pattern with `*` and `?`, or all texts but those of some patterns; whether one contains another.

use std::collections::BTreeSet;

use super::text::Part;

/// One place of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, or none.
    Any,
    /// The value of a function, by the function's spelling.
    Unknown(String),
}

/// A text in which `*` and `?` stand for others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern(Vec<Piece>);

/// Patterns longer than this, multiplied, are not held against each other place by place.
const LIMIT: usize = 1 << 20;

impl Pattern {
    /// The pattern that the parts of a text spell. In what a function gives nothing is a wildcard.
    pub(super) fn new(parts: &[Part]) -> Pattern {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Part::Known(text) => pieces.extend(text.chars().map(|character| match character {
                    '*' => Piece::Any,
                    '?' => Piece::One,
                    other => Piece::Char(other),
                })),
                Part::Unknown(name) => pieces.push(Piece::Unknown(name.clone())),
            }
        }
        // Of one run of wildcards, the single characters come first: `*?` and `?*` are the same.
        for run in pieces.chunk_by_mut(|left, right| left.is_wildcard() && right.is_wildcard()) {
            run.sort_by_key(|piece| *piece == Piece::Any);
        }
        pieces.dedup_by(|right, left| *right == Piece::Any && *left == Piece::Any);
        Pattern(pieces)
    }

    /// A text in which nothing is a wildcard.
    pub(super) fn literal(parts: &[Part]) -> Pattern {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Part::Known(text) => pieces.extend(text.chars().map(Piece::Char)),
                Part::Unknown(name) => pieces.push(Piece::Unknown(name.clone())),
            }
        }
        Pattern(pieces)
    }

    /// The pattern of a known text.
    pub(super) fn of(text: &str) -> Pattern {
        Pattern::new(&[Part::Known(text.to_owned())])
    }

    /// The same without regard to upper and lower case.
    pub(super) fn folded(self) -> Pattern {
        let fold = |piece| match piece {
            Piece::Char(character) => Piece::Char(character.to_ascii_lowercase()),
            other => other,
        };
        Pattern(self.0.into_iter().map(fold).collect())
    }

    pub(super) fn is_everything(&self) -> bool {
        self.0 == [Piece::Any]
    }

    fn unknowns(&self) -> BTreeSet<&str> {
        let pieces = self.0.iter();
        pieces.filter_map(|piece| if let Piece::Unknown(name) = piece { Some(name.as_str()) } else { None }).collect()
    }

    /// True if this pattern may cover another one, as it depends on what functions give: not when both say the same
    /// functions, nor when both are ARNs of resources, which are different ones. What a function gives has no wildcard.
    fn may_cover(&self, narrow: &Pattern) -> bool {
        let (own, other) = (self.unknowns(), narrow.unknowns());
        let are_arns = || own.iter().chain(&other).all(|name| name.ends_with(".Arn"));
        let has_wildcard = |pattern: &Pattern| pattern.0.contains(&Piece::Any);
        own != other
            && !(are_arns() && !own.is_empty() && !other.is_empty())
            && (has_wildcard(self) || !has_wildcard(narrow))
            && self.intersects(narrow)
    }

    /// True if every text of `narrow` is one of this pattern: this pattern is matched against the pieces of `narrow`, where
    /// only a wildcard takes a wildcard.
    pub(super) fn covers(&self, narrow: &Pattern) -> bool {
        let (wide, narrow) = (&self.0, &narrow.0);
        let (mut place, mut other) = (0, 0);
        // Where the last `*` is, and how far it has taken the other side.
        let mut star: Option<(usize, usize)> = None;
        let mut steps = 0;
        while other < narrow.len() {
            // Only a text that no service takes needs as many.
            steps += 1;
            if steps > LIMIT {
                return false;
            }
            match wide.get(place) {
                Some(Piece::Any) => {
                    star = Some((place, other));
                    place += 1;
                }
                Some(Piece::One) if matches!(narrow[other], Piece::Char(_) | Piece::One) => {
                    place += 1;
                    other += 1;
                }
                Some(piece) if *piece != Piece::One && *piece == narrow[other] => {
                    place += 1;
                    other += 1;
                }
                _ => {
                    let Some((at, taken)) = star else { return false };
                    star = Some((at, taken + 1));
                    (place, other) = (at + 1, taken + 1);
                }
            }
        }
        wide[place..].iter().all(|piece| *piece == Piece::Any)
    }

    /// True if a text may be one of both: an unknown part may be any text.
    pub(super) fn intersects(&self, other: &Pattern) -> bool {
        let (left, right) = (&self.0, &other.0);
        if left.len().saturating_mul(right.len()) > LIMIT {
            return true;
        }
        let is_open = |piece: &Piece| matches!(piece, Piece::Any | Piece::Unknown(_));
        // `row[j]`: whether the pieces so far and the first `j` of the other side have a text in common.
        let mut row = vec![true];
        for piece in right {
            row.push(row.last() == Some(&true) && is_open(piece));
        }
        for piece in left {
            let mut next = vec![row[0] && is_open(piece)];
            for (place, other) in right.iter().enumerate() {
                let meets = if is_open(piece) || is_open(other) {
                    row[place + 1] || next[place]
                } else {
                    row[place] && (*piece == Piece::One || *other == Piece::One || piece == other)
                };
                next.push(meets);
            }
            row = next;
        }
        row.last() == Some(&true)
    }
}

impl Piece {
    fn is_wildcard(&self) -> bool {
        matches!(self, Piece::Any | Piece::One)
    }
}

/// Treatment of unknown parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknowns {
    /// As texts that nothing but a `*` or the same function covers.
    Apart,
    /// As texts that may be any: whatever may be covered is.
    Anything,
}

/// One entry of an `Action`, a `Resource` or a `Principal`, or the whole of their opposites.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// The texts of a pattern.
    Of(Pattern),
    /// All texts but those of some patterns.
    AllBut(Vec<Pattern>),
}

impl Term {
    pub(super) fn everything() -> Term {
        Term::Of(Pattern::of("*"))
    }

    fn covers(&self, narrow: &Term, unknowns: Unknowns) -> bool {
        let may = unknowns == Unknowns::Anything;
        match (self, narrow) {
            (Term::Of(wide), Term::Of(narrow)) => wide.covers(narrow) || (may && wide.may_cover(narrow)),
            (Term::Of(wide), Term::AllBut(_)) => wide.is_everything(),
            // The value of a function is apart from a text only when the two cannot be equal.
            (Term::AllBut(out), Term::Of(narrow)) => {
                let differ = |out: &Pattern| may && !out.is_everything() && out.unknowns() != narrow.unknowns();
                out.iter().all(|out| !out.intersects(narrow) || differ(out))
            }
            (Term::AllBut(out), Term::AllBut(narrow)) => {
                out.iter().all(|out| narrow.iter().any(|narrow| narrow.covers(out) || (may && narrow.may_cover(out))))
            }
        }
    }

    fn is_disjoint(&self, pattern: &Pattern) -> bool {
        match self {
            Term::Of(own) => !own.intersects(pattern),
            Term::AllBut(out) => out.iter().any(|out| out.covers(pattern)),
        }
    }
}

/// True if the terms together cover one: `NotAction: a` and `Action: a` are everything.
pub(super) fn union_covers(wide: &[&Term], narrow: &Term, unknowns: Unknowns) -> bool {
    if wide.iter().any(|term| term.covers(narrow, unknowns)) {
        return true;
    }
    wide.iter().enumerate().any(|(place, term)| {
        let Term::AllBut(out) = term else { return false };
        let others: Vec<&Term> =
            wide.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, term)| *term).collect();
        out.iter().all(|out| {
            narrow.is_disjoint(out) || others.iter().any(|other| other.covers(&Term::Of(out.clone()), unknowns))
        })
    })
}
