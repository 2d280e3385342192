//! The places in resources that get a secret, so that its value is never shown: neither of the templates nor of a change set.

use formwork_model::Term;
pub(crate) use formwork_model::secret::MASK as SECRET;

use crate::path::{Path, Step};
use crate::side::Side;

/// The places in all resources of a side that get a secret; those of resources that it shares with the new side are found there.
pub(crate) fn places(side: &Side<'_>, new: &Side<'_>, found: &mut Vec<(String, Path)>) {
    for (id, resource) in &side.resources {
        if (std::ptr::from_ref(side) != new && side.is_shared(id, new)) || !side.is_secret(&resource.properties) {
            continue;
        }
        let mut paths = Vec::new();
        search(side, &Path::default(), &resource.properties, &mut paths);
        found.extend(paths.into_iter().map(|path| (id.clone(), path)));
    }
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
