//! The places in resources that get a secret, so that its value is never shown: neither of the templates nor of a change set.

use formwork_model::Term;
pub(crate) use formwork_model::secret::MASK as SECRET;

use crate::path::{Path, Step};
use crate::side::Side;

/// The places in all resources that get a secret.
pub(crate) fn places(side: &Side<'_>, found: &mut Vec<(String, Path)>) {
    if side.secrets.is_empty() && !side.resources.values().any(|resource| has_reference(&resource.properties)) {
        return;
    }
    for (id, resource) in &side.resources {
        let mut paths = Vec::new();
        search(side, &Path::default(), &resource.properties, &mut paths);
        found.extend(paths.into_iter().map(|path| (id.clone(), path)));
    }
}

fn has_reference(term: &Term) -> bool {
    formwork_model::secret::is_in(term, &std::collections::BTreeSet::new())
}

fn search(side: &Side<'_>, path: &Path, term: &Term, found: &mut Vec<Path>) {
    match term {
        Term::Map(map) => map.iter().for_each(|(name, item)| search(side, &path.name(name), item, found)),
        Term::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let (before, after) = (Some(index), Some(index));
                search(side, &path.with(Step::Item { before, after }), item, found);
            }
        }
        other if side.is_secret(other) => found.push(path.clone()),
        _ => {}
    }
}
