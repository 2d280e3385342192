//! Names in messages: lists of them, and "did you mean …?" with the closest one. Here, since synth, validation and the
//! commands ask it.

/// Longer names are none that anybody misspells, and comparing them would take long.
const MAX_LENGTH: usize = 255;

/// `` `a`, `b`, `c` ``: the form in which messages list names.
pub fn backticked<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The same, of at most twelve names, and how many more there are.
pub fn shortened<T: std::fmt::Display>(names: &[T]) -> String {
    const SHOWN: usize = 12;
    match names.len().saturating_sub(SHOWN) {
        0 => backticked(names),
        more => format!("{} and {more} more", backticked(&names[..SHOWN])),
    }
}

/// `a, b and c`
pub fn joined<T: AsRef<str>>(texts: &[T]) -> String {
    let Some((last, several)) = texts.split_last() else { return String::new() };
    let several: Vec<&str> = several.iter().map(AsRef::as_ref).collect();
    let and = if several.is_empty() { "" } else { " and " };
    format!("{}{and}{}", several.join(", "), last.as_ref())
}

/// `` `a`, `b` and `c` ``: the same of names.
pub fn joined_names<T: std::fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    joined(&names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
}

/// The known name closest to `name`, if it is close enough to be meant.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > MAX_LENGTH {
        return None;
    }
    let limit = 1 + length / 4;
    let name = name.to_lowercase();
    known
        .into_iter()
        // What is much longer or shorter is as far away, without counting.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance};

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("zone-id", "zone_id"), 1);
    }

    #[test]
    fn only_what_is_close_is_meant() {
        assert_eq!(did_you_mean("zoneid", ["zone-id", "domain"]), Some("zone-id"));
        assert_eq!(did_you_mean("Zone-Id", ["zone-id"]), Some("zone-id"));
        assert_eq!(did_you_mean("price", ["zone-id", "domain"]), None);
        let long = "a".repeat(1_000_000);
        assert_eq!(did_you_mean(&long, [long.as_str()]), None);
    }
}
