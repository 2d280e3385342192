//! Places in properties, dotted, and how two places lie to each other.

/// Places in a resource's properties, dotted.
#[derive(Clone, Debug)]
pub struct Paths<'t> {
    rest: &'t str,
}

impl<'t> Paths<'t> {
    /// The places of a list with commas.
    pub(super) fn new(list: &'t str) -> Paths<'t> {
        Paths { rest: list }
    }
}

impl<'t> Iterator for Paths<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let (path, rest) = self.rest.split_once(',').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(path)
    }
}

/// Position of a path relative to a place of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lies {
    /// They have nothing in common.
    Apart,
    /// The path contains the place.
    Around,
    /// The path is inside of the place.
    Inside,
    /// They are the same.
    Same,
}

/// Position of `path` relative to `place`.
///
/// Schemas name the field of a list's item with and without `*`, and a path has the key of a map where the place has `*`. So a `*`
/// of the place takes one step of the path or none, and a `*` of the path takes one of the place or none.
pub(super) fn lies(path: &[&str], place: &str) -> Lies {
    meet(path, if place.is_empty() { None } else { Some(place) })
}

fn meet(path: &[&str], place: Option<&str>) -> Lies {
    let (name, below) = match place {
        None => return if path.iter().all(|step| *step == "*") { Lies::Same } else { Lies::Inside },
        Some(place) => match place.split_once('.') {
            Some((name, below)) => (name, Some(below)),
            None => (place, None),
        },
    };
    match (path.split_first(), name) {
        (None, "*") => meet(path, below),
        (None, _) => Lies::Around,
        (Some((&"*", rest)), "*") => meet(rest, below),
        (Some((&"*", rest)), _) => meet(rest, place),
        (Some((_, rest)), "*") => meet(path, below).max(meet(rest, below)),
        (Some((step, rest)), name) if *step == name => meet(rest, below),
        _ => Lies::Apart,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lies, lies};

    #[test]
    fn a_star_is_an_item_a_key_or_nothing() {
        for (path, place, expected) in [
            ("A.B", "A.B", Lies::Same),
            ("A.*.B", "A.B", Lies::Same),
            ("A.B", "A.*.B", Lies::Same),
            ("A.*.B", "A.*.B", Lies::Same),
            ("A.key.B", "A.*.B", Lies::Same),
            ("A.key", "A.*", Lies::Same),
            ("A.*", "A", Lies::Same),
            ("A", "A.*", Lies::Same),
            ("A.key.B.*.C", "A.*.B", Lies::Inside),
            ("A.*.C", "A", Lies::Inside),
            ("A", "A.*.B", Lies::Around),
            ("", "A", Lies::Around),
            ("A.C", "A.*.B", Lies::Around),
            ("A.key.C", "A.*.B", Lies::Apart),
            ("B", "A.B", Lies::Apart),
            ("AB", "A", Lies::Apart),
        ] {
            let steps: Vec<&str> = path.split('.').filter(|step| !step.is_empty()).collect();
            assert_eq!(lies(&steps, place), expected, "{path} to {place}");
        }
    }
}
