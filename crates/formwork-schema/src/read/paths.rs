//! The lists of places in a schema: create-only, read-only and write-only properties, and the primary identifier.
//!
//! AWS writes them as `/properties/Endpoint/Address`, with `*` for the items of a list. Here they are dotted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::Node;
use crate::facts::Changes;
use crate::ir::Update;

/// The ways in which a type can be updated, as far as its handlers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handlers {
    /// The schema has no handlers: a type from before the registry.
    Absent,
    /// There is a handler for updates.
    WithUpdate,
    /// There are handlers, none for updates.
    WithoutUpdate,
}

impl Handlers {
    pub(crate) fn of(root: &Node) -> Handlers {
        match root.get("handlers").and_then(Value::as_object) {
            None => Handlers::Absent,
            Some(handlers) if handlers.is_empty() => Handlers::Absent,
            Some(handlers) if handlers.contains_key("update") => Handlers::WithUpdate,
            Some(_) => Handlers::WithoutUpdate,
        }
    }
}

/// The names in a place: `/properties/Endpoint/Address` -> `["Endpoint", "Address"]`.
pub fn segments(pointer: &str) -> Vec<String> {
    pointer
        .strip_prefix("/properties/")
        .unwrap_or(pointer)
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// The places listed under `keyword`, dotted, in the schema's order.
pub(crate) fn paths_of(root: &Node, keyword: &str) -> Vec<String> {
    root.get(keyword)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|pointer| segments(pointer).join("."))
        .collect()
}

/// The places whose change may replace the resource.
///
/// Those that the schema lists, and those that name the resource, can be written, and are not listed as create-only: what a resource
/// is known by cannot change, whatever the schema forgets, unless another source says so. A resource that can be updated under
/// another name is the exception.
pub(crate) fn conditional_create_only(root: &Node) -> Vec<String> {
    let changes = changes(root);
    let mut places = paths_of(root, "conditionalCreateOnlyProperties");
    let create_only = paths_of(root, "createOnlyProperties");
    let read_only = paths_of(root, "readOnlyProperties");
    let settled = |place: &str| [&changes.replace, &changes.update].iter().any(|list| list.contains(&place));
    let named = paths_of(root, "primaryIdentifier").into_iter();
    places.extend(named.filter(|place| !create_only.contains(place) && !read_only.contains(place)));
    places.retain(|place| !settled(place));
    let is_listed = |list: &[String], property: &str| list.iter().any(|place| place == property);
    let others = changes.may_replace.iter().filter(|property| !is_listed(&create_only, property));
    let others: Vec<String> =
        others.filter(|property| !is_listed(&places, property)).map(|one| (*one).to_owned()).collect();
    places.extend(others);
    places
}

/// The top-level properties whose change replaces the resource, though the schema does not list them.
pub(crate) fn replacing(root: &Node) -> Vec<String> {
    changes(root).replace.into_iter().map(str::to_owned).collect()
}

/// The top-level properties of a type without handlers that are known to be changed in place.
pub(crate) fn updating(root: &Node) -> Vec<String> {
    changes(root).update.into_iter().map(str::to_owned).collect()
}

fn changes(root: &Node) -> Changes {
    let type_name = root.get("typeName").and_then(Value::as_str).unwrap_or_default();
    crate::facts::changes(type_name, Handlers::of(root) != Handlers::Absent)
}

/// The effect of a change of a nested or a top-level field, by the owner's place in the reader's spelling and the field's name.
pub(super) fn updates(root: &Node) -> BTreeMap<(String, String), Update> {
    let mut found = BTreeMap::new();
    for (places, update) in [
        (conditional_create_only(root), Update::MayReplace),
        (replacing(root), Update::Replacement),
        (paths_of(root, "createOnlyProperties"), Update::Replacement),
    ] {
        for path in places {
            let names: Vec<&str> = path.split('.').filter(|name| *name != "*").collect();
            if let Some(place) = locate(root, &names) {
                found.insert((place.owner, place.field.to_owned()), update);
            }
        }
    }
    found
}

/// A field that a path leads to.
pub(super) struct Located<'r, 'n> {
    /// The owner's place.
    pub(super) owner: String,
    /// The field's name.
    pub(super) field: &'n str,
    /// The field's node.
    pub(super) node: &'r Node,
    /// True if the path goes through a list or a map.
    pub(super) through_items: bool,
}

/// Follows names from the root, through references, lists and maps.
pub(super) fn locate<'r, 'n>(root: &'r Node, names: &[&'n str]) -> Option<Located<'r, 'n>> {
    let (last, inner) = names.split_last()?;
    let mut here = Cursor { root, node: root, path: String::new(), through_items: false };
    for name in inner {
        here.enter(name)?;
        here.settle();
    }
    let owner = here.path.clone();
    here.enter(last)?;
    Some(Located { owner, field: last, node: here.node, through_items: here.through_items })
}

/// True if the value at a place, dotted, is a text, a number or a truth value, in whichever of these forms it is written.
pub(crate) fn is_scalar(root: &Node, place: &str) -> bool {
    let names: Vec<&str> = place.split('.').filter(|name| *name != "*").collect();
    let mut found =
        locate(root, &names).map(|place| Cursor { root, node: place.node, path: String::new(), through_items: false });
    if let Some(here) = &mut found
        && place.ends_with('*')
    {
        here.settle();
    }
    found.is_some_and(|here| has_scalars_only(resolve(root, here.node)))
}

fn has_scalars_only(node: &Node) -> bool {
    let is_scalar = |word: &Value| matches!(word.as_str(), Some("string" | "integer" | "number" | "boolean" | "null"));
    match node.get("type") {
        Some(Value::Array(words)) => words.iter().all(is_scalar),
        Some(word) => is_scalar(word),
        None => ["oneOf", "anyOf"]
            .iter()
            .filter_map(|keyword| node.get(*keyword)?.as_array())
            .any(|choices| choices.iter().all(|choice| choice.as_object().is_some_and(has_scalars_only))),
    }
}

/// The node behind references.
pub(super) fn resolve<'r>(root: &'r Node, node: &'r Node) -> &'r Node {
    let mut node = node;
    // A chain longer than this is a circle.
    for _ in 0..16 {
        match target(root, node) {
            Some((_, next)) => node = next,
            None => break,
        }
    }
    node
}

fn target<'r>(root: &'r Node, node: &'r Node) -> Option<(&'r str, &'r Node)> {
    let name = node.get("$ref")?.as_str()?.strip_prefix("#/definitions/")?;
    Some((name, root.get("definitions")?.get(name)?.as_object()?))
}

struct Cursor<'r> {
    root: &'r Node,
    node: &'r Node,
    path: String,
    through_items: bool,
}

impl<'r> Cursor<'r> {
    fn enter(&mut self, name: &str) -> Option<()> {
        self.node = self.node.get("properties")?.get(name)?.as_object()?;
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
        Some(())
    }

    /// Goes on to the object that has fields.
    fn settle(&mut self) {
        for _ in 0..16 {
            if let Some((name, node)) = target(self.root, self.node) {
                self.node = node;
                name.clone_into(&mut self.path);
            } else if let Some(items) = self.node.get("items").and_then(Value::as_object) {
                self.node = items;
                self.through_items = true;
                self.path.push_str(".*");
            } else if let Some(values) = map_values(self.node) {
                self.node = values;
                self.through_items = true;
                self.path.push_str(".*");
            } else {
                break;
            }
        }
    }
}

fn map_values(node: &Node) -> Option<&Node> {
    if node.contains_key("properties") {
        return None;
    }
    node.get("patternProperties")?.as_object()?.values().next()?.as_object()
}
