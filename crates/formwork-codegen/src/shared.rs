//! Nested types that several resource types of a service have in common: defined once, and re-exported where they belong too.
//!
//! The same text means the same type only if the types in it are the same as well. All are taken to be the same as long as their
//! texts are, and told apart from there until nothing changes any more (partition refinement), so that types that contain
//! themselves are shared too.

use std::collections::BTreeMap;

use crate::emit::{File, Nested};

/// For each file: the nested types that an earlier file defines, by that file's place in `files`.
pub(crate) fn shared(files: &[File]) -> Vec<BTreeMap<&str, usize>> {
    let classes = classes(files);
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    let own = |(place, file): (usize, &BTreeMap<&'_ str, usize>)| -> Vec<(usize, usize)> {
        file.values().map(|class| (*class, place)).collect()
    };
    for (class, place) in classes.iter().enumerate().flat_map(own) {
        first.entry(class).or_insert(place);
    }
    classes
        .into_iter()
        .enumerate()
        .map(|(place, file)| {
            let origins = file.into_iter().filter_map(|(name, class)| Some((name, *first.get(&class)?)));
            origins.filter(|(_, origin)| *origin != place).collect()
        })
        .collect()
}

/// The class of every nested type of every file, by its name: types of one class are the same.
fn classes(files: &[File]) -> Vec<BTreeMap<&str, usize>> {
    let mut classes = number(files, |_, nested| (nested.text.as_str(), Vec::new()));
    loop {
        let finer = number(files, |place, nested| {
            let inside = nested.uses.iter().map(|used| classes[place].get(used.as_str()).copied()).collect();
            (nested.text.as_str(), inside)
        });
        if finer == classes {
            return classes;
        }
        classes = finer;
    }
}

/// Everything by which two types can differ.
type Signature<'f> = (&'f str, Vec<Option<usize>>);

/// Numbers the signatures as they are first met; the same partition has the same numbers.
fn number<'f>(
    files: &'f [File],
    signature: impl Fn(usize, &'f Nested) -> Signature<'f>,
) -> Vec<BTreeMap<&'f str, usize>> {
    let mut known: BTreeMap<Signature<'f>, usize> = BTreeMap::new();
    let mut classes = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let mut own = BTreeMap::new();
        for nested in &file.nested {
            let next = known.len();
            own.insert(nested.name.as_str(), *known.entry(signature(place, nested)).or_insert(next));
        }
        classes.push(own);
    }
    classes
}
