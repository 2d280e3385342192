//! Remarks on what is not typed, with the reason.

/// Something that could not be said in types, and stands in the source as it stands in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The entry of the template, e.g. `Resources.Bucket`.
    pub place: String,
    /// The part of the entry, e.g. `Tags[0].Value`, if it is not all of it.
    pub path: String,
    /// The reason.
    pub reason: String,
}

/// The remarks in words, those about one entry with one reason together: the entry, and what is said about it.
pub fn together(remarks: &[Remark]) -> Vec<(&str, String)> {
    const SHOWN: usize = 4;
    let mut groups: Vec<(&Remark, Vec<&str>)> = Vec::new();
    for remark in remarks {
        let same = |first: &Remark| first.place == remark.place && first.reason == remark.reason;
        match groups.iter_mut().find(|(first, _)| same(first)) {
            Some((_, paths)) => paths.push(&remark.path),
            None => groups.push((remark, vec![&remark.path])),
        }
    }
    let words = |(first, paths): (&Remark, Vec<&str>)| {
        let named = paths.iter().filter(|path| !path.is_empty());
        let shown: Vec<String> = named.take(SHOWN).map(|path| format!("`{path}`")).collect();
        let more = if paths.len() > SHOWN { format!(" and {} more", paths.len() - SHOWN) } else { String::new() };
        if shown.is_empty() { first.reason.clone() } else { format!("{} ({}{more})", first.reason, shown.join(", ")) }
    };
    groups.into_iter().map(|(first, paths)| (first.place.as_str(), words((first, paths)))).collect()
}
